//! Each transition, and the table of them.

use std::collections::BTreeMap;

use super::*;

const AT: i64 = 1_790_000_000_000;

fn set(name: &str) -> Target {
    Target::Sets(vec![name.to_owned()])
}

fn both() -> Target {
    Target::Sets(vec!["a".to_owned(), "b".to_owned()])
}

fn in_phase(phase: Phase) -> Incident {
    let leader =
        AlarmEpisode::new("ses-warden/account/all/bounce/critical", "2026-10-06T07:15:00Z");
    Incident { phase, ..Incident::new(leader) }
}

/// One incident of each phase; more where what follows depends on what it holds.
fn phases() -> Vec<Incident> {
    let pause = Pause::begin(both(), AT);
    let pending = PendingNotice::of_pause(&pause.clone().with_off(&[both()]), &[], AT);
    let partial = PendingNotice::of_pause(&pause.clone().with_off(&[set("a")]), &[set("b")], AT);
    let plain = |why| PendingNotice::new(Action::Notify(why), AT);
    let actor = Actor::Unknown;
    [
        P::Open,
        P::Pausing(pause.clone()),
        P::Pausing(Pause { notified: Some(set("a")), ..pause }),
        P::Notifying(pending),
        P::Notifying(partial),
        P::Notifying(plain(NotifyOnly::Warning)),
        P::Notifying(plain(NotifyOnly::NotProven)),
        P::Paused { target: both(), at: AT },
        P::Resuming { target: both(), at: AT, since: AT, may_switch: true },
        P::Resuming { target: both(), at: AT, since: AT, may_switch: false },
        P::Ending { target: both(), at: AT, found: AT, actor },
        P::Ended { target: both(), at: AT },
        P::Handled,
        P::Closed,
    ]
    .map(in_phase)
    .to_vec()
}

fn decided(action: Action) -> Observation {
    O::Decided { action, others: Vec::new(), cause: Cause::default(), at: AT }
}

fn found_as(states: &[PartState]) -> Observation {
    let parts = [set("a"), set("b")].into_iter().zip(states);
    let parts = parts.map(|(target, state)| FoundPart { target, state: *state }).collect();
    O::Found { parts, at: AT + AT_WORK }
}

/// Every observation, with the words that the table has for it.
fn observations() -> Vec<(&'static str, Observation)> {
    use PartState::{Off, Sends, SendsAgain, Spared, Unknown};
    let switched = |off: &[Target], failed: &[Target]| O::Switched {
        off: off.to_vec(),
        failed: failed.to_vec(),
        in_doubt: false,
        at: AT,
    };
    let operator = |on| O::Operator { target: set("a"), on, at: AT };
    vec![
        ("decided: pause", decided(Action::Pause(both()))),
        ("decided: notify", decided(Action::Notify(NotifyOnly::Warning))),
        ("found: a part sends, never switched off", found_as(&[Off, Sends])),
        ("found: all off", found_as(&[Off, Off])),
        ("found: somebody resumed it", found_as(&[SendsAgain, Spared])),
        ("found: nobody can say", found_as(&[Unknown, Unknown])),
        ("found: sends, not asked for any more", found_as(&[Spared, Spared])),
        ("switched off: all", switched(&[both()], &[])),
        ("switched off: a part", switched(&[set("a")], &[set("b")])),
        ("switched off: nothing", switched(&[], &[both()])),
        ("interrupted, still off", O::Interrupted { sends: false }),
        ("interrupted, sends", O::Interrupted { sends: true }),
        ("done", O::Done),
        ("sends", O::Sends { actor: Actor::Unknown, at: AT }),
        ("may resume", O::MayResume { at: AT }),
        ("gone", O::Gone),
        ("operator paused it", operator(false)),
        ("operator resumed it", operator(true)),
        ("alarms left", O::AlarmsLeft),
    ]
}

fn word(effect: &Effect) -> &'static str {
    match effect {
        Effect::SwitchOff(_) => "switch off",
        Effect::Notify => "notify",
        Effect::SwitchOn(_) => "switch on",
        Effect::NotifyResumed { .. } => "notify of the resume",
        Effect::Record { .. } => "record",
    }
}

/// The table of docs/ARCHITECTURE.md: the phases and observations that lead to something.
fn table() -> String {
    let mut rows: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    let codes: Vec<&str> = phases().iter().map(|incident| incident.phase.code()).collect();
    for incident in phases() {
        for (observation, seen) in observations() {
            let (next, effects) = step(&incident, &seen);
            if next == incident && effects.is_empty() {
                continue;
            }
            let (code, then) = (incident.phase.code(), next.phase.code());
            let effects: Vec<&str> = effects.iter().map(word).collect();
            let effects = if effects.is_empty() { "none".to_owned() } else { effects.join(", ") };
            let row = format!("| `{code}` | {observation} | `{then}` | {effects} |");
            let place = codes.iter().position(|one| *one == code).unwrap();
            let rows = rows.entry(place).or_default();
            if !rows.contains(&row) {
                rows.push(row);
            }
        }
    }
    let rows: Vec<String> = rows.into_values().flatten().collect();
    format!(
        "| phase | observation | next phase | effects |\n|---|---|---|---|\n{}\n",
        rows.join("\n")
    )
}

#[test]
fn the_page_on_architecture_has_the_table() {
    let page = include_str!("../../../../../docs/ARCHITECTURE.md");
    let table = table();
    assert!(page.contains(&table), "docs/ARCHITECTURE.md must have this table:\n{table}");
}

#[test]
fn every_phase_is_reached() {
    let reached = |observations: &[Observation]| {
        let begin = in_phase(P::Open);
        let end = observations.iter().fold(begin, |incident, seen| step(&incident, seen).0);
        end.phase.code()
    };
    let off = O::Switched { off: vec![both()], failed: vec![], in_doubt: false, at: AT };
    let pause = decided(Action::Pause(both()));
    let sends = O::Sends { actor: Actor::Aws, at: AT };
    let paused = [pause, off, O::Done];
    let then = |more: &[Observation]| reached(&[&paused, more].concat());
    assert_eq!(reached(&[]), "open");
    assert_eq!(reached(&paused[..1]), "pausing");
    assert_eq!(reached(&paused[..2]), "notifying");
    assert_eq!(then(&[]), "paused");
    assert_eq!(then(&[O::MayResume { at: AT }]), "resuming");
    assert_eq!(then(std::slice::from_ref(&sends)), "ending");
    assert_eq!(then(&[sends, O::Done]), "ended");
    let warned = [decided(Action::Notify(NotifyOnly::Warning)), O::Done];
    assert_eq!(reached(&warned), "handled");
    assert_eq!(reached(&[&warned[..], &[O::AlarmsLeft]].concat()), "closed");
}

#[test]
fn every_state_is_read_back() {
    for incident in phases() {
        let item = incident.item(AT);
        let read = Incident::from_item(&item).unwrap().unwrap();
        assert_eq!(read, Incident { version: 1, ..incident.clone() });
        assert_eq!(read.expected(), Some(1));
        let expires = item.number(crate::journal::EXPIRES_AT).is_some();
        assert_eq!(expires, incident.phase == P::Closed);
    }
}

#[test]
fn what_cannot_be_read_is_an_error_and_not_an_empty_incident() {
    let item = in_phase(P::Open).item(AT);
    let broken = [
        item.clone().with_text("state", "{}"),
        item.clone().with_text("state", "not JSON"),
        item.clone().with_number("v", 2),
        item.clone().with_number("version", 0),
        crate::journal::Item { fields: BTreeMap::new(), ..item.clone() },
    ];
    for item in broken {
        assert!(Incident::from_item(&item).unwrap().is_err(), "{item:?}");
    }
    let mut moved = item;
    moved.key.sort = "ses-warden/another@2026-10-06T07:15:00Z".into();
    assert!(Incident::from_item(&moved).unwrap().is_err());
    moved.key.sort = "account".into();
    assert!(Incident::from_item(&moved).is_none());
}

#[test]
fn a_notice_that_may_have_gone_out_says_so() {
    for incident in phases() {
        if let (Incident { phase: P::Notifying(notice), .. }, effects) =
            step(&incident, &O::Interrupted { sends: true })
        {
            assert!(notice.repeats && notice.sends_again && effects[0] == Effect::Notify);
        }
    }
    let resuming = P::Resuming { target: both(), at: AT, since: AT, may_switch: true };
    let (_, effects) = step(&in_phase(resuming), &O::Interrupted { sends: true });
    assert_eq!(effects[0], Effect::NotifyResumed { repeats: true }, "and nothing is switched on");
}

#[test]
fn what_operators_know_is_not_said_again() {
    let incident = Incident { notified: vec!["observing".into()], ..in_phase(P::Open) };
    for action in [Action::Observe(both()), Action::Notify(NotifyOnly::NotProven)] {
        assert_eq!(step(&incident, &decided(action)), (incident.clone(), vec![]));
    }
    let (next, _) = step(&incident, &decided(Action::Notify(NotifyOnly::Protected)));
    assert_eq!(next.phase.code(), "notifying");
}

#[test]
fn the_rest_of_a_pause_has_its_own_notice() {
    let begun = Pause { notified: Some(set("a")), ..Pause::begin(both(), AT) };
    let off = O::Switched { off: vec![set("b")], failed: vec![], in_doubt: false, at: AT };
    let (next, effects) = step(&in_phase(P::Pausing(begun)), &off);
    let P::Notifying(notice) = next.phase else { panic!("{next:?}") };
    assert_eq!((notice.is_rest, notice.paused), (true, Some(both())));
    assert_eq!(notice.newly_paused, Some(set("b")));
    assert_eq!(effects.len(), 2);
}

#[test]
fn a_pause_that_another_guard_may_be_making_is_not_dropped() {
    let begun = in_phase(P::Pausing(Pause::begin(set("a"), AT)));
    let spared = vec![FoundPart { target: set("a"), state: PartState::Spared }];
    let look = |at| step(&begun, &O::Found { parts: spared.clone(), at }).0.phase;
    assert_eq!(look(AT + AT_WORK - 1), begun.phase);
    assert_eq!(look(AT + AT_WORK), P::Open);
}

#[test]
fn only_what_shares_a_target_concerns_an_incident() {
    let paused = in_phase(P::Paused { target: both(), at: AT });
    let other = O::Operator { target: set("c"), on: true, at: AT };
    assert_eq!(step(&paused, &other), (paused.clone(), vec![]));
}
