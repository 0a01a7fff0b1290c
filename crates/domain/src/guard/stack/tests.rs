use super::*;
use crate::guard::incident::{Cause, INCIDENT};
use crate::guard::{Mode, NotifyOnly, WatchedSeries};
use crate::journal::ItemKey;

const EPISODE: &str = "2026-10-06T07:15:00Z";
const ACCOUNT: &str = "ses-warden/account/all/bounce/critical";
const NEWS: &str = "ses-warden/configuration-set/news/bounce/critical";
const NEWS_SLOW: &str = "ses-warden/configuration-set/news/bounce/critical/slow";
const WARNS: &str = "ses-warden/configuration-set/news/bounce/warn";
const NAMES: StackNames<'_> = StackNames { namespace: "SesWarden", alarm_prefix: "ses-warden/" };

/// An alarm in ALARM on AWS's own bounce rate, of the account or of the set `news`.
fn alarm(name: &str) -> AlarmRecord {
    let of_set = [("ses:configuration-set".to_owned(), "news".to_owned())].into();
    let dimensions = if name == ACCOUNT { Default::default() } else { of_set };
    let series = WatchedSeries {
        namespace: "AWS/SES".into(),
        metric: "Reputation.BounceRate".into(),
        dimensions,
        account: None,
    };
    AlarmRecord { state: AlarmState::Alarm, series: vec![series], ..AlarmRecord::gone(&id(name)) }
}

fn id(name: &str) -> AlarmEpisode {
    AlarmEpisode::new(name, EPISODE)
}

fn stack(alarms: &[&str]) -> StackState {
    StackState::new(alarms.iter().map(|name| alarm(name)).collect(), &NAMES)
}

fn in_phase(name: &str, phase: Phase) -> Incident {
    Incident { phase, ..Incident::new(id(name)) }
}

fn news() -> Target {
    Target::Sets(vec!["news".into()])
}

fn decision(name: &str, action: Action) -> AlarmDecision {
    let label = stack(&[name]).label(name).cloned();
    AlarmDecision { alarm: alarm(name), label, action, proof: None, after: None }
}

fn to_decide(stack: &StackState) -> Vec<String> {
    stack.to_decide(0).into_iter().map(|alarm| alarm.name).collect()
}

#[test]
fn the_account_is_decided_first_and_warnings_last() {
    let mut stack = stack(&[WARNS, NEWS, ACCOUNT]);
    assert_eq!(to_decide(&stack), [ACCOUNT, NEWS, WARNS]);
    assert_eq!(stack.critical(), [ACCOUNT, NEWS]);
    stack.note(&Incident { notified: vec!["not_proven".into()], ..Incident::new(id(ACCOUNT)) });
    assert_eq!(to_decide(&stack), [NEWS, WARNS, ACCOUNT], "operators know of it");
}

#[test]
fn an_alarm_that_an_incident_holds_is_decided_only_while_nothing_is_paused() {
    let mut stack = stack(&[NEWS, WARNS]);
    let mut incident = in_phase(NEWS, Phase::Open);
    incident.others.push(id(WARNS));
    stack.note(&incident);
    assert_eq!(to_decide(&stack).len(), 2);
    stack.note(&Incident { phase: Phase::Handled, ..incident.clone() });
    assert_eq!(to_decide(&stack), [""; 0]);
    // Another stay in ALARM is another incident.
    stack.alarms.get_mut(NEWS).unwrap().episode = "2026-10-06T08:00:00Z".into();
    assert_eq!(to_decide(&stack), [NEWS]);
}

#[test]
fn nothing_is_decided_for_an_incident_that_cannot_be_read() {
    let mut stack = stack(&[NEWS, WARNS]);
    let newer = in_phase(NEWS, Phase::Open).item(0).with_number("v", 99);
    let other = Item::new(ItemKey::new(INCIDENT, "account"));
    let unreadable = stack.add_incidents(&[newer, other, in_phase(WARNS, Phase::Open).item(0)]);
    assert_eq!(unreadable.len(), 1);
    assert_eq!(to_decide(&stack), [WARNS]);
    assert_eq!(stack.incidents().count(), 1);
}

#[test]
fn what_this_invocation_changed_is_not_checked_again() {
    let mut stack = stack(&[]);
    stack.add_incidents(&[in_phase(NEWS, Phase::Open).item(0)]);
    assert_eq!(stack.unchanged().len(), 1);
    stack.note(&in_phase(NEWS, Phase::Handled));
    assert_eq!((stack.unchanged().len(), stack.incidents().count()), (0, 1));
}

#[test]
fn a_state_that_is_not_known_may_be_alarm() {
    let mut stack = stack(&[NEWS]);
    let incident = in_phase(NEWS, Phase::Paused { target: news(), at: 0 });
    assert!(stack.any_lasts(&incident) && !stack.is_calm(&incident));
    for (state, lasts) in [
        (AlarmState::Unknown("SLEEPING".into()), true),
        (AlarmState::Ok, false),
        (AlarmState::InsufficientData, false),
    ] {
        let is_ok = state == AlarmState::Ok;
        stack = StackState::new(vec![AlarmRecord { state, ..alarm(NEWS) }], &NAMES);
        assert_eq!((stack.any_lasts(&incident), stack.is_calm(&incident)), (lasts, is_ok));
    }
    assert!(!StackState::default().is_calm(&incident), "an alarm that is gone is not OK");
}

#[test]
fn what_is_protected_or_only_observed_now_is_paused_no_further() {
    let stack = stack(&[NEWS]);
    let incident = in_phase(NEWS, Phase::Open);
    let act = Settings::default();
    let observe = Settings { mode: Mode::Observe, ..Settings::default() };
    let protect = Settings { protected_sets: vec!["news".into()], ..Settings::default() };
    let may = |settings: &Settings| stack.may_pause(&news(), &incident, settings);
    assert!(may(&act) && !may(&observe) && !may(&protect));
    assert!(stack.may_pause(&Target::Account, &incident, &protect));
    assert!(!StackState::default().may_pause(&news(), &incident, &act), "the alarm has left");
}

#[test]
fn the_pause_of_another_alarm_of_the_same_mail_is_an_earlier_one() {
    let mut stack = stack(&[NEWS, NEWS_SLOW, ACCOUNT]);
    stack.note(&in_phase(NEWS, Phase::Ended { target: news(), at: 7 }));
    let (alarm, news_alarm) = (alarm(NEWS_SLOW), alarm(NEWS));
    let label = stack.label(NEWS_SLOW).unwrap().clone();
    let pauses = stack.earlier_pauses(&alarm, &label);
    assert_eq!(pauses.len(), 1);
    assert_eq!((pauses[0].at, pauses[0].alarm.as_str(), pauses[0].is_over), (7, NEWS, true));
    assert!(pauses[0].concerns(&label.scope, &[]), "the same scope");
    let domain = Scope::Domain("example.com".into());
    assert!(pauses[0].concerns(&domain, &["news".into()]));
    assert!(!pauses[0].concerns(&domain, &["other".into()]));
    // Its own pause is none, nor one of an alarm that has left ALARM or that watches complaints.
    let own = stack.label(NEWS).unwrap().clone();
    assert_eq!(stack.earlier_pauses(&news_alarm, &own), []);
    let complaints = Label {
        watched: crate::guard::Watched::Rate(crate::guard::Measure::Complaint),
        ..label.clone()
    };
    assert_eq!(stack.earlier_pauses(&alarm, &complaints), []);
    stack.alarms.get_mut(NEWS).unwrap().state = AlarmState::Ok;
    assert_eq!(stack.earlier_pauses(&alarm, &label), []);
}

#[test]
fn a_pause_is_known_until_it_is_over() {
    let mut stack = stack(&[]);
    stack.note(&in_phase(NEWS, Phase::Paused { target: news(), at: 0 }));
    assert!(stack.is_known_pause(&news()) && !stack.is_known_pause(&Target::Account));
    stack.note(&in_phase(NEWS, Phase::Ended { target: news(), at: 0 }));
    assert!(!stack.is_known_pause(&news()));
}

#[test]
fn one_incident_pauses_what_any_of_its_alarms_asks_for() {
    let stack = stack(&[NEWS, WARNS]);
    let warning = || decision(WARNS, Action::Notify(NotifyOnly::Warning));
    let other = Target::Sets(vec!["other".into()]);
    let members = [Action::Pause(news()), Action::Pause(other)].map(|one| decision(NEWS, one));
    let members = [members.to_vec(), vec![warning()]].concat();
    let (incident, seen) = stack.incident_of(members, 9).unwrap();
    assert_eq!(incident, Incident::new(id(NEWS)));
    let both = Target::Sets(vec!["news".into(), "other".into()]);
    let others = vec![id(NEWS), id(WARNS)];
    let cause = Cause { reason: format!("alarm {NEWS}"), ..Cause::default() };
    let action = Action::Pause(both);
    assert_eq!(seen, Observation::Decided { action, others, cause, at: 9 });
}

#[test]
fn what_operators_know_by_another_incident_is_not_said_again() {
    let mut stack = stack(&[NEWS, NEWS_SLOW]);
    let not_proven = || decision(NEWS_SLOW, Action::Notify(NotifyOnly::NotProven));
    assert!(stack.incident_of(vec![not_proven()], 0).is_some());
    let others = vec![id(NEWS_SLOW)];
    let notified = vec!["not_proven".to_owned()];
    stack.note(&Incident { others, notified: notified.clone(), ..Incident::new(id(NEWS)) });
    assert_eq!(stack.incident_of(vec![not_proven()], 0), None);
    // A pause is more, and keeps in mind what was said.
    let pause = vec![decision(NEWS_SLOW, Action::Pause(news()))];
    assert_eq!(stack.incident_of(pause, 0).unwrap().0.notified, notified);
    assert_eq!(stack.incident_of(Vec::new(), 0), None);
}

#[test]
fn a_notice_shows_the_decision_or_the_alarm_as_it_is_now() {
    let mut stack = stack(&[NEWS]);
    let pause = Action::Pause(news());
    let made = decision(NEWS, Action::Notify(NotifyOnly::Protected));
    stack.note_decision(&made);
    assert_eq!(stack.decision(&id(NEWS), &pause).action, made.action);
    let earlier = AlarmEpisode::new(NEWS, "2026-10-05T00:00:00Z");
    let shown = stack.decision(&earlier, &pause);
    assert_eq!((shown.action, shown.alarm.episode), (pause.clone(), earlier.episode));
    assert!(shown.alarm.reason.starts_with("it has left ALARM since."), "{}", shown.alarm.reason);
    let gone = stack.decision(&id("ses-warden/gone"), &pause);
    assert_eq!((gone.label, gone.alarm.state), (None, AlarmState::Ok));
}
