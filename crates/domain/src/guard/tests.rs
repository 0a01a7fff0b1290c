use super::confidence::{RateJudgement, Rule, WindowCounts, judge};
use super::enforcement::EnforcementStatus;
use super::record::Target;
use super::*;

fn observation(sets: &[(&str, Option<bool>)]) -> DecisionFacts {
    DecisionFacts {
        account_sending_enabled: true,
        enforcement_status: EnforcementStatus::Healthy,
        sets: sets
            .iter()
            .map(|(n, s)| SetState { name: (*n).to_owned(), sending_enabled: *s })
            .collect(),
        tenant_sending_enabled: None,
        proof: None,
        aws_number_holds: None,
        account_proof: None,
    }
}

/// What `events` in `total` mails of the last minutes prove.
fn proof(events: u64, total: u64) -> Option<RateJudgement> {
    let fast = WindowCounts { events, total, ..WindowCounts::default() };
    Some(judge(&Rule::of(Measure::Bounce), &fast, &WindowCounts::default()))
}

fn label(scope: Scope, severity: Severity) -> Label {
    Label { scope, watched: Watched::Rate(Measure::Bounce), severity }
}

fn domain() -> Label {
    label(Scope::Domain("news.example.org".into()), Severity::Critical)
}

fn set() -> Label {
    label(Scope::ConfigurationSet("marketing".into()), Severity::Critical)
}

#[test]
fn the_ladder() {
    let settings = Settings {
        mode: Mode::Act,
        protected_sets: vec!["password-reset".into()],
        ..Settings::default()
    };
    let (set, domain) = (set(), domain());
    let account = label(Scope::Account, Severity::Critical);
    let pause = |names: &[&str]| {
        Action::Pause(Target::Sets(names.iter().map(|n| (*n).to_owned()).collect()))
    };
    let tell = Action::Notify;
    let cases = [
        ("set", &set, observation(&[("marketing", Some(true))]), pause(&["marketing"])),
        (
            "set already paused",
            &set,
            observation(&[("marketing", Some(false))]),
            tell(NotifyOnly::SetsPaused),
        ),
        ("set gone", &set, observation(&[("marketing", None)]), tell(NotifyOnly::NoSuchSet)),
        (
            "protected",
            &domain,
            observation(&[("password-reset", Some(true))]),
            tell(NotifyOnly::Protected),
        ),
        (
            "a domain's sets",
            &domain,
            observation(&[("a", Some(true)), ("b", Some(false)), ("password-reset", Some(true))]),
            pause(&["a"]),
        ),
        ("domain without set", &domain, observation(&[]), tell(NotifyOnly::NoSuchSet)),
        ("account", &account, observation(&[]), Action::Pause(Target::Account)),
        (
            "account paused by somebody",
            &account,
            DecisionFacts { account_sending_enabled: false, ..observation(&[]) },
            tell(NotifyOnly::AccountPaused),
        ),
        (
            "account paused, set alarm",
            &set,
            DecisionFacts {
                account_sending_enabled: false,
                ..observation(&[("marketing", Some(true))])
            },
            tell(NotifyOnly::AccountPaused),
        ),
        (
            "shut down by AWS",
            &account,
            DecisionFacts { enforcement_status: EnforcementStatus::Shutdown, ..observation(&[]) },
            tell(NotifyOnly::ShutDown),
        ),
        (
            "shut down by AWS, and off by its own switch",
            &account,
            DecisionFacts {
                enforcement_status: EnforcementStatus::Shutdown,
                account_sending_enabled: false,
                ..observation(&[])
            },
            tell(NotifyOnly::ShutDown),
        ),
        (
            "under review is no reason to hold back",
            &account,
            DecisionFacts { enforcement_status: EnforcementStatus::Probation, ..observation(&[]) },
            Action::Pause(Target::Account),
        ),
    ];
    for (name, label, observation, expected) in cases {
        assert_eq!(decide(label, &observation, &settings), expected, "{name}");
    }
}

#[test]
fn the_account_comes_first_and_pauses_before_warnings() {
    let mut order = [
        None,
        Some(label(Scope::Account, Severity::Warn)),
        Some(label(Scope::Account, Severity::Critical)),
        Some(set()),
    ];
    order.sort_by_key(|label| rank(label.as_ref()));
    let scopes: Vec<_> =
        order.iter().map(|l| l.as_ref().map(|l| (l.scope.name(), l.severity))).collect();
    assert_eq!(
        scopes,
        [
            Some(("account", Severity::Critical)),
            Some(("configuration-set", Severity::Critical)),
            Some(("account", Severity::Warn)),
            None,
        ]
    );
}

#[test]
fn warnings_of_the_account_and_alarms_that_are_not_understood_need_no_observation() {
    let warn = label(Scope::Account, Severity::Warn);
    assert_eq!(held_to_counts(Some(&warn)), Err(NotifyOnly::Warning));
    assert_eq!(held_to_counts(None), Err(NotifyOnly::NotUnderstood));
    let domain = Scope::Domain("example.com".into());
    for counted in [label(Scope::Account, Severity::Critical), label(domain, Severity::Warn)] {
        assert_eq!(held_to_counts(Some(&counted)), Ok(&counted));
    }
}

#[test]
fn an_alarm_warns_of_what_the_counts_prove() {
    let warn = label(Scope::Domain("example.com".into()), Severity::Warn);
    for (bounces, expected) in [(70, Action::Nothing), (80, Action::Notify(NotifyOnly::Warning))] {
        let observation = DecisionFacts { proof: proof(bounces, 1_000), ..observation(&[]) };
        let action = decide(&warn, &observation, &Settings::default());
        assert_eq!(action, expected, "{bounces}");
    }
}

#[test]
fn warnings_and_observing_change_nothing() {
    let warn = label(Scope::Account, Severity::Warn);
    assert_eq!(
        decide(&warn, &observation(&[]), &Settings::default()),
        Action::Notify(NotifyOnly::Warning)
    );
    let observing = Settings { mode: Mode::Observe, ..Settings::default() };
    let critical = label(Scope::Account, Severity::Critical);
    assert_eq!(decide(&critical, &observation(&[]), &observing), Action::Observe(Target::Account));
}

#[test]
fn a_rate_that_is_not_proven_pauses_nothing() {
    let domain = domain();
    let cases = [
        (1, 13, Action::Notify(NotifyOnly::NotProven)),
        (9, 60, Action::Notify(NotifyOnly::NotProven)),
        (90, 1000, Action::Notify(NotifyOnly::NotProven)),
        (120, 1000, Action::Pause(Target::Sets(vec!["a".into()]))),
    ];
    for (events, total, expected) in cases {
        let observation =
            DecisionFacts { proof: proof(events, total), ..observation(&[("a", Some(true))]) };
        assert_eq!(
            decide(&domain, &observation, &Settings::default()),
            expected,
            "{events} of {total}"
        );
    }
}

#[test]
fn domain_pauses_account_only_without_sets_and_with_proof() {
    let domain = domain();
    let decided = |sets: &[(&str, Option<bool>)], account: Option<RateJudgement>| {
        let observation =
            DecisionFacts { proof: proof(120, 1000), account_proof: account, ..observation(sets) };
        decide(&domain, &observation, &Settings::default())
    };
    assert_eq!(decided(&[], proof(120, 1000)), Action::Pause(Target::Account));
    assert_eq!(decided(&[("gone", None)], proof(120, 1000)), Action::Pause(Target::Account));
    assert_eq!(decided(&[], proof(120, 9000)), Action::Notify(NotifyOnly::NoSuchSet));
    assert_eq!(decided(&[], None), Action::Notify(NotifyOnly::NoSuchSet));
    assert_eq!(
        decided(&[("a", Some(true))], proof(120, 1000)),
        Action::Pause(Target::Sets(vec!["a".into()]))
    );
    assert_eq!(
        decided(&[("a", Some(false))], proof(120, 1000)),
        Action::Notify(NotifyOnly::SetsPaused)
    );
}

#[test]
fn sets_are_weighed_by_the_bounces_they_carried() {
    let carried = |events: &[(&str, f64)], all| {
        carriers(&events.iter().map(|(n, e)| ((*n).into(), *e)).collect::<Vec<_>>(), all)
    };
    assert_eq!(
        carried(&[("small", 9.0), ("bulk", 81.0), ("tenth", 10.0)], 100.0),
        ["bulk", "tenth"]
    );
    assert_eq!(carried(&[("small", 9.0), ("bulk", 81.0), ("tenth", 10.0)], 0.0), ["bulk", "tenth"]);
    assert_eq!(carried(&[("innocent", 5.0)], 734.0), [""; 0], "nearly all went without a set");
    assert_eq!(carried(&[("idle", 0.0)], 0.0), [""; 0]);
    assert_eq!(carried(&[], 10.0), [""; 0]);
}

#[test]
fn unexpected_senders_pause_the_account_by_severity() {
    for (severity, expected) in [
        (Severity::Critical, Action::Pause(Target::Account)),
        (Severity::Warn, Action::Notify(NotifyOnly::Warning)),
    ] {
        let label = Label { scope: Scope::Account, watched: Watched::UnexpectedSender, severity };
        assert_eq!(decide(&label, &observation(&[]), &Settings::default()), expected);
    }
}

#[test]
fn a_tenant_is_paused_by_itself() {
    let arn = "arn:aws:ses:eu-central-1:111122223333:tenant/shop/tn-1";
    let tenant = label(Scope::Tenant(arn.into()), Severity::Critical);
    let decided = |sends| {
        let observation = DecisionFacts { tenant_sending_enabled: sends, ..observation(&[]) };
        decide(&tenant, &observation, &Settings::default())
    };
    assert_eq!(
        decided(Some(true)),
        Action::Pause(Target::Tenant(tenant.scope.target().to_owned()))
    );
    assert_eq!(decided(Some(false)), Action::Notify(NotifyOnly::TenantPaused));
    assert_eq!(decided(None), Action::Notify(NotifyOnly::NoSuchTenant));
}

#[test]
fn an_alarm_on_aws_numbers_pauses_the_account_only_while_the_number_holds() {
    let critical = label(Scope::Account, Severity::Critical);
    for (holds, action) in [
        (Some(true), Action::Pause(Target::Account)),
        (Some(false), Action::Notify(NotifyOnly::NotProven)),
    ] {
        let observation = DecisionFacts { aws_number_holds: holds, ..observation(&[]) };
        assert_eq!(decide(&critical, &observation, &Settings::default()), action);
    }
}
