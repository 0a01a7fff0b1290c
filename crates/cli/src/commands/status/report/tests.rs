use warden_aws::operator::{AccountFacts, QueueDepth, TenantFacts};
use warden_aws::{CallError, Class};
use warden_domain::alarm::AlarmState;
use warden_domain::guard::AlarmRecord;
use warden_domain::guard::enforcement::EnforcementStatus;
use warden_domain::journal::{Actor, HistoryEntry, HistoryEvent, HistoryNumbers, HistoryTarget};

use super::super::read::{
    AllRates, DomainDay, Listed, Pools, QueueKind, QueueReading, RatePoint, Rates, SetStates,
    StackReadings, SuppressTotals,
};
use super::*;

const NOW: i64 = 1_790_000_000;

/// A healthy account with a bounce rate of `bounce` and no complaints, without a stack.
pub(in crate::commands::status) fn quick(bounce: f64) -> StatusReadings {
    let point = |rate| Some(RatePoint { rate, at: NOW - 60 });
    let account = Rates { bounce: point(bounce), complaint: point(0.0) };
    StatusReadings {
        region: "eu-central-1".to_owned(),
        now: NOW,
        account: Ok(AccountFacts {
            sending_enabled: true,
            enforcement: EnforcementStatus::Healthy,
            production_access: true,
            suppressed_reasons: vec!["BOUNCE".to_owned()],
            most_in_24_hours: Some(50_000.0),
            sent_in_24_hours: Some(12_345.0),
            most_per_second: Some(14.0),
            plan: Some("ESSENTIALS".to_owned()),
            next_plan: None,
            vdm: false,
        }),
        rates: Ok(AllRates { account, ..AllRates::default() }),
        stack_name: "ses-warden".to_owned(),
        stack: Ok(None),
    }
}

/// A stack in which nothing is wrong, with one domain.
pub(in crate::commands::status) fn stack(domain: &str) -> StackReadings {
    let mut sends_by_hour = vec![0.0; 24];
    sends_by_hour[23] = 100.0;
    sends_by_hour[20] = 300.0;
    StackReadings {
        domains: Ok(vec![DomainDay {
            domain: domain.to_owned(),
            sends_by_hour,
            hard_bounces: 6.0,
            complaints: 1.0,
            deliveries: 390.0,
            multi_recipient: 0.0,
        }]),
        totals: Ok(SuppressTotals::default()),
        alarms: Ok(Vec::new()),
        queues: Vec::new(),
        functions: Vec::new(),
        history: Some(Ok(Vec::new())),
        waiting: None,
    }
}

/// What SES says of an account with one set and nothing else.
pub(in crate::commands::status) fn sending(set: &str, sends: bool) -> Sending {
    Sending {
        sets: Ok(SetStates { read: vec![(set.to_owned(), Some(sends))], not_read: 0 }),
        pools: Ok(Pools::default()),
        tenants: Ok(Vec::new()),
        jobs: Ok(Vec::new()),
        listed: Ok(Listed { bounces: 3, complaints: 1, has_more: false }),
        providers: None,
    }
}

fn entry(event: HistoryEvent, minutes_ago: i64) -> HistoryEntry {
    HistoryEntry {
        at_millis: (NOW - minutes_ago * 60) * 1_000,
        id: minutes_ago.to_string(),
        event,
        target: HistoryTarget::ConfigurationSet("news".to_owned()),
        actor: Actor::Guard,
        reason: "bounce rate".to_owned(),
        numbers: HistoryNumbers::default(),
        incident: String::new(),
    }
}

fn headline(quick: &StatusReadings) -> String {
    StatusReport::of(quick, None).headline
}

#[test]
fn the_first_line_says_how_near_the_worst_rate_is() {
    for (rate, expected) in [
        (0.001, "All right. Bounce rate 0.1 %: 2 % of AWS's review line (5 %)."),
        (0.021, "Watch: Bounce rate 2.1 %: 42 % of AWS's review line (5 %)."),
        (0.06, "Not all right: Bounce rate 6 %: 120 % of AWS's review line (5 %)."),
    ] {
        assert_eq!(headline(&quick(rate)), expected);
    }
}

#[test]
fn an_account_that_has_sent_nothing_is_no_failure() {
    let mut fresh = quick(0.0);
    fresh.rates = Ok(AllRates::default());
    let account = |fresh: &mut StatusReadings, sent, production| {
        let account = fresh.account.as_mut().unwrap();
        account.sent_in_24_hours = Some(sent);
        account.production_access = production;
    };
    account(&mut fresh, 0.0, true);
    let report = StatusReport::of(&fresh, None);
    let expected = "All right. Nothing was sent in 24 hours, and AWS has no rates.";
    assert_eq!((report.headline.as_str(), report.exit_status()), (expected, 0));
    account(&mut fresh, 0.0, false);
    let report = StatusReport::of(&fresh, None);
    assert!(report.headline.starts_with("Watch: The account is in SES's sandbox. Nothing was"));
    assert_eq!(report.exit_status(), 0);
    // Who sends and has no rates, or could not read them, does not know.
    account(&mut fresh, 12.0, true);
    assert_eq!(StatusReport::of(&fresh, None).exit_status(), exit::PARTIAL);
    account(&mut fresh, 0.0, true);
    let error = CallError::new("GetMetricData", Class::Denied, "403 AccessDenied: no");
    fresh.rates = Err(UnreadPart { what: "AWS's rates", error });
    assert_eq!(StatusReport::of(&fresh, None).exit_status(), exit::PARTIAL);
}

#[test]
fn what_aws_does_comes_before_any_rate() {
    let mut quick = quick(0.06);
    let account = quick.account.as_mut().unwrap();
    account.enforcement = EnforcementStatus::Shutdown;
    account.sending_enabled = false;
    let report = StatusReport::of(&quick, None);
    assert!(report.headline.starts_with("Not all right: AWS has paused"), "{}", report.headline);
    assert!(report.headline.ends_with("120 % of AWS's review line (5 %)."), "{}", report.headline);
    quick.account.as_mut().unwrap().production_access = false;
    assert!(headline(&quick).ends_with("(1 more below)"), "{}", headline(&quick));
    assert_eq!(report.exit_status(), exit::PARTIAL);
}

#[test]
fn an_account_that_cannot_be_read_is_not_all_right() {
    let denied = CallError::new("GetAccount", Class::Denied, "403 AccessDeniedException: no");
    let mut quick = quick(0.001);
    quick.account = Err(UnreadPart { what: "the account", error: denied });
    let report = StatusReport::of(&quick, None);
    assert_eq!(report.verdict, StatusVerdict::NotKnown);
    assert!(report.headline.starts_with("Not known: the account could not be read."));
    assert_eq!(report.not_read[0].permission, "ses:GetAccount");
    assert_eq!(report.exit_status(), exit::PARTIAL);
}

#[test]
fn an_account_without_rates_is_not_known() {
    let mut quick = quick(0.001);
    quick.rates = Ok(AllRates::default());
    let report = StatusReport::of(&quick, None);
    assert!(report.headline.starts_with("Not known: "), "{}", report.headline);
    assert_eq!(report.exit_status(), exit::PARTIAL);
}

#[test]
fn a_pause_is_attributed_only_while_it_is_the_last_entry() {
    let paused = |history| {
        let mut quick = quick(0.001);
        quick.stack = Ok(Some(StackReadings { history: Some(Ok(history)), ..stack("a.example") }));
        let report = StatusReport::of(&quick, Some(&sending("news", false)));
        report.sets[0].paused_by.clone().map(|by| by.sentence())
    };
    let guard = entry(HistoryEvent::Pause, 5);
    let text = paused(vec![guard.clone()]).unwrap();
    assert!(text.starts_with(" by guard at ") && text.ends_with(": bounce rate"), "{text}");
    // Newest first: somebody resumed after guard's pause, so this pause is another's.
    assert_eq!(paused(vec![entry(HistoryEvent::Resume, 1), guard]), None);
    assert_eq!(paused(vec![]), None);
}

#[test]
fn a_paused_set_and_dead_letters_are_problems() {
    let mut quick = quick(0.001);
    let depth = Ok(QueueDepth { waiting: 2, in_flight: 0 });
    let kind = QueueKind::DeadLetters;
    let queues = vec![QueueReading { name: "guard, dead letters".to_owned(), kind, depth }];
    quick.stack = Ok(Some(StackReadings { queues, ..stack("a.example") }));
    let report = StatusReport::of(&quick, Some(&sending("news", false)));
    let texts: Vec<&str> = report.problems.iter().map(|problem| problem.text.as_str()).collect();
    assert_eq!(
        texts,
        ["Configuration set news is paused.", "2 messages lie in the queue guard, dead letters.",]
    );
    assert_eq!(report.verdict, StatusVerdict::Problem);
}

#[test]
fn alarms_in_alarm_are_problems_unless_they_only_warn() {
    let alarm = |name: &str, state| AlarmRecord {
        arn: format!("arn:{name}"),
        name: name.to_owned(),
        state,
        reason: String::new(),
        episode: "2026-11-27T03:00:00Z".to_owned(),
        threshold: None,
        series: Vec::new(),
        has_expression: false,
        is_silenced: false,
    };
    let mut quick = quick(0.001);
    let alarms = vec![
        alarm("w/domain/a.example/bounce/warn", AlarmState::Alarm),
        alarm("w/domain/b.example/bounce/critical", AlarmState::Ok),
    ];
    quick.stack = Ok(Some(StackReadings { alarms: Ok(alarms), ..stack("a.example") }));
    let report = StatusReport::of(&quick, None);
    assert_eq!(report.verdict, StatusVerdict::Watch);
    assert_eq!(report.domains[0].in_alarm, ["w/domain/a.example/bounce/warn"]);
    assert_eq!(report.domains[0].alarms, 1);
    assert_eq!(report.exit_status(), 0);
}

#[test]
fn a_domain_has_its_rate_and_the_bound_below_it() {
    let mut quick = quick(0.001);
    quick.stack = Ok(Some(stack("a.example")));
    let report = StatusReport::of(&quick, None);
    let domain = &report.domains[0];
    assert_eq!((domain.sends, domain.hard_bounces, domain.complaints), (400, 6, 1));
    assert_eq!(domain.bounce_rate, Some(0.015));
    assert!(domain.bounce_bound > 0.0 && domain.bounce_bound < 0.015);
}

#[test]
fn disabled_tenants_are_named_with_who_disabled_them() {
    let tenant = TenantFacts {
        arn: "arn:aws:ses:eu-central-1:111122223333:tenant/acme/tn-1".to_owned(),
        status: "DISABLED".to_owned(),
        disabled_by: vec!["aws"],
        cause: Some("spam".to_owned()),
        impact: Some("HIGH".to_owned()),
    };
    let sending = Sending { tenants: Ok(vec![tenant]), ..sending("news", true) };
    let report = StatusReport::of(&quick(0.001), Some(&sending));
    assert_eq!(report.problems[0].text, "Tenant acme is disabled by aws: spam.");
    assert_eq!(report.tenants.unwrap().high_impact, ["acme"]);
}

#[test]
fn an_account_without_a_stack_says_what_is_not_known() {
    let report = StatusReport::of(&quick(0.001), Some(&sending("news", true)));
    assert!(report.cannot_know[0].contains("no stack ses-warden"), "{:?}", report.cannot_know);
    assert_eq!(report.exit_status(), 0);
}

#[test]
fn small_rates_have_the_digits_that_they_need() {
    for (fraction, expected) in [
        (0.021, "2.1 %"),
        (0.0012, "0.12 %"),
        (0.00005, "0.005 %"),
        (0.0, "0 %"),
        (0.1, "10 %"),
        (0.05, "5 %"),
        (1.0, "100 %"),
    ] {
        assert_eq!(percent(fraction), expected, "{fraction}");
    }
}
