use serde_json::Value;

use super::*;
use crate::guard::account::{AwsMessage, AwsMessageKind};
use crate::guard::confidence::{Rule, WindowCounts, judge};
use crate::guard::enforcement::{EnforcementStatus, Transition};
use crate::guard::incident::AlarmEpisode;
use crate::guard::record::Target;
use crate::guard::sweep::FoundSwitch;
use crate::guard::{Measure, NotifyOnly, Scope, Severity, Watched};
use crate::journal::Actor;

const NAME: &str = "ses-warden/configuration-set/marketing/bounce/critical";
const EPISODE: &str = "2026-10-06T07:15:12.345Z";
const SENDER: NoticeContext<'_> = NoticeContext { place: None, at: "t", repeats: false };

fn place() -> Place {
    Place { account: "111122223333".into(), region: "eu-central-1".into() }
}

fn label() -> Label {
    Label {
        scope: Scope::ConfigurationSet("marketing".into()),
        watched: Watched::Rate(Measure::Bounce),
        severity: Severity::Critical,
    }
}

fn alarm<'a>(name: &'a str, label: &'a Label) -> AlarmFacts<'a> {
    AlarmFacts {
        name,
        label: Some(label),
        episode: EPISODE,
        reason: "Threshold Crossed:\n1 datapoint",
        proof: None,
        rests_on_aws: false,
        threshold: None,
        after: None,
    }
}

fn facts<'a>(alarm: AlarmFacts<'a>, action: &'a Action, last_hour: &'a LastHour) -> Facts<'a> {
    Facts {
        alarm,
        others: &[],
        action,
        place: None,
        at: "2026-10-06T07:15:20.000Z",
        enforcement_status: Some(&EnforcementStatus::Healthy),
        paused_by: None,
        sends_again: false,
        missing: &[],
        is_rest: false,
        repeats: false,
        last_hour,
    }
}

fn json_of(notice: &Notice) -> Value {
    serde_json::from_str(&notice.attributes["notice"]).unwrap()
}

fn evidence() -> LastHour {
    let count = |name: &str, count| Count { name: name.into(), count };
    LastHour {
        totals: Some(Totals { sends: 210, hard_bounces: 35, complaints: 3 }),
        unexpected: None,
        domains: vec![DomainCounts {
            domain: "news.example.org".into(),
            sends: 120,
            hard_bounces: 30,
            complaints: 3,
        }],
        faults: vec![count("news.example.org recipient_gone", 28)],
        callers: vec![count("old-newsletter", 90), count("$(reboot)", 2), count("--debug", 1)],
        sources: vec![count("203.0.113.7", 90)],
    }
}

#[test]
fn a_pause_says_who_why_and_how_to_undo_it() {
    let fast = WindowCounts { events: 120, total: 1000, ..WindowCounts::default() };
    let proof = judge(&Rule::of(Measure::Bounce), &fast, &WindowCounts::default());
    let (label, evidence) = (label(), evidence());
    let action = Action::Pause(Target::Sets(vec!["marketing".into()]));
    let others = [alarm("ses-warden/configuration-set/marketing/complaint/warn", &label)];
    let after = Some(("2026-10-06T06:00:00.000Z", "another"));
    let alarm = AlarmFacts { proof: Some(&proof), after, ..alarm(NAME, &label) };
    let place = place();
    let notice =
        write(&Facts { others: &others, place: Some(&place), ..facts(alarm, &action, &evidence) });
    assert_eq!(
        notice.subject,
        "ses-warden paused configuration set marketing in eu-central-1: bounce rate too high"
    );
    for text in [
        "Threshold Crossed: 1 datapoint",
        "Account 111122223333, Region eu-central-1.",
        "too high\n\n120 of 1000 sends from marketing hard-bounced in the last 5 minutes: 12 %, lower confidence bound \
         10.1 %; the pause threshold is 8 %.\n",
        "bounces and complaints before 2026-10-06T06:00:00.000Z do not count: guard paused for them then, for alarm another,",
        "marketing/complaint/warn went into ALARM",
        "30 (25.00 %)",
        "28  news.example.org recipient_gone",
        "90  203.0.113.7",
        "aws iam update-access-key --user-name old-newsletter --access-key-id KEY --status Inactive",
        "\"NotIpAddress\": { \"aws:SourceIp\"",
        "Resume it once the cause is gone:\n    aws sesv2 put-configuration-set-sending-options \
         --configuration-set-name marketing --sending-enabled --region eu-central-1\n",
    ] {
        assert!(notice.body.contains(text), "{text} in\n{}", notice.body);
    }
    for hostile in ["--user-name $(", "--user-name --debug"] {
        assert!(!notice.body.contains(hostile), "a name out of mail is no part of a command");
    }
    assert!(!notice.body.contains("may repeat"));
    let id = format!("{NAME}@{EPISODE}");
    assert_eq!(
        (notice.attributes["action"].as_str(), &notice.attributes["id"]),
        ("paused_sets", &id)
    );
    assert!(notice.attributes.len() < 10);
    let json = json_of(&notice);
    assert_eq!((&json["version"], &json["id"]), (&1.into(), &id.into()));
    assert_eq!(
        json["paused"],
        serde_json::json!({ "kind": "configuration-set", "names": ["marketing"] })
    );
    assert_eq!(json["alarms"][0]["finding"]["events"], 120);
    assert_eq!(json["alarms"][1]["name"], "ses-warden/configuration-set/marketing/complaint/warn");
    assert_eq!(json["last_hour"]["callers"][0]["name"], "old-newsletter");
}

/// The pause that AWS's own number decided, beside complaints that prove nothing: an operator reads
/// the bounces first, as ses-warden counted them.
#[test]
fn pause_by_aws_numbers_begins_with_our_count() {
    let (bounces, last_hour, place) = (label(), evidence(), place());
    let complaints = Label { watched: Watched::Rate(Measure::Complaint), ..label() };
    let few = judge(
        &Rule::of(Measure::Complaint),
        &WindowCounts { events: 3, total: 210, ..WindowCounts::default() },
        &WindowCounts::default(),
    );
    let others = [AlarmFacts { proof: Some(&few), ..alarm("complaints", &complaints) }];
    let led = AlarmFacts { rests_on_aws: true, threshold: Some(0.04), ..alarm(NAME, &bounces) };
    let action = Action::Pause(Target::Sets(vec!["marketing".into()]));
    let notice =
        write(&Facts { others: &others, place: Some(&place), ..facts(led, &action, &last_hour) });
    let opening = "ses-warden paused configuration set marketing in eu-central-1: bounce rate too high\n\n\
         35 of 210 sends from marketing hard-bounced in the last hour: 16.7 %, lower confidence bound 12.2 %; the pause \
         threshold is 8 %.\n\
         AWS's own bounce rate of marketing is above the alarm's threshold of 4 %, and that decides here.\n\
         3 of 210 sends from marketing led to complaints in the last 6 hours: 1.4 %. That is too little to prove a rate: \
         guard needs 10 complaints.\n";
    assert!(notice.body.starts_with(opening), "{}", notice.body);
    let place = |words: &str| {
        notice.body.find(words).unwrap_or_else(|| panic!("{words} in {}", notice.body))
    };
    // CloudWatch's words come last.
    assert!(place("How to go on") < place("as ses-warden counted it"));
    assert!(place("as ses-warden counted it") < place("Threshold Crossed"));
}

#[test]
fn every_finding_has_its_sentence() {
    let rule = Rule::of(Measure::Bounce);
    let sums = |events, total| WindowCounts { events, total, ..WindowCounts::default() };
    let none = WindowCounts::default();
    let surge = WindowCounts { usual: 100, ..sums(120, 1000) };
    let cases = [
        (
            sums(120, 1000),
            none,
            "in the last 5 minutes: 12 %, lower confidence bound 10.1 %; the pause threshold is 8 %.",
        ),
        (
            sums(80, 1000),
            none,
            "8 %, lower confidence bound 6.5 %; the pause threshold is 8 %. The warning threshold is 6 %.",
        ),
        (
            sums(20, 1000),
            none,
            "2 %, lower confidence bound 1.3 %; the pause threshold is 8 %. The warning threshold is 6 %.",
        ),
        (
            sums(9, 60),
            none,
            "15 %. That is too little to prove a rate: guard needs 10 hard bounces.",
        ),
        (sums(1, 13), none, "7.7 %. That is too little to prove a rate: guard needs 50 sends."),
        (
            sums(0, 1000),
            sums(600, 10_000),
            "600 of 10000 sends from marketing hard-bounced in the last 3 days: 6 %, lower confidence bound 5.6 %; the \
             pause threshold is 4 %. But it has passed",
        ),
        (surge, none, "the pause threshold is 4 %. The thresholds are lower than usual"),
        (none, none, "ses-warden counted no mail from marketing in the last 5 minutes."),
    ];
    let (label, last_hour) = (label(), LastHour::default());
    let action = Action::Pause(Target::Sets(vec!["marketing".into()]));
    for (fast, slow, text) in cases {
        let proof = judge(&rule, &fast, &slow);
        let led = AlarmFacts { proof: Some(&proof), ..alarm(NAME, &label) };
        let body = write(&facts(led, &action, &last_hour)).body;
        assert!(body.contains(text), "{text} in\n{body}");
    }
}

#[test]
fn mail_by_unexpected_senders_is_counted_first() {
    let label = Label {
        scope: Scope::Account,
        watched: Watched::UnexpectedSender,
        severity: Severity::Critical,
    };
    let last_hour = LastHour { unexpected: Some(90), ..evidence() };
    let action = Action::Pause(Target::Account);
    let notice = write(&facts(alarm("a", &label), &action, &last_hour));
    let opening = "ses-warden paused the account: mail by unexpected senders\n\n90 mails in the last hour came from";
    assert!(notice.body.starts_with(opening), "{}", notice.body);
}

#[test]
fn the_policy_can_be_copied_and_is_json() {
    let (label, last_hour) = (label(), evidence());
    let body = write(&facts(alarm(NAME, &label), &Action::Pause(Target::Account), &last_hour)).body;
    let (_, rest) = body.split_once("with your networks:\n").unwrap();
    let lines = rest.lines().take_while(|line| line.starts_with("    "));
    let policy: String = lines.flat_map(|line| [line, "\n"]).collect();
    let policy: Value = serde_json::from_str(&policy).unwrap();
    assert_eq!(policy["Statement"][0]["Effect"], "Deny");
}

#[test]
fn repeated_notice_says_so_and_has_the_same_id() {
    let (label, evidence) = (label(), LastHour::default());
    let action = Action::Pause(Target::Account);
    let first = write(&facts(alarm(NAME, &label), &action, &evidence));
    let again = write(&Facts { repeats: true, ..facts(alarm(NAME, &label), &action, &evidence) });
    assert_eq!(first.attributes["id"], again.attributes["id"]);
    assert!(again.body.contains("may repeat") && json_of(&again)["repeats"] == true);
    assert!(first.body.contains("counted no unexpected sender"), "an empty list is said to be one");
}

#[test]
fn a_notice_stays_within_the_limits_of_sns() {
    let (label, name) = (label(), "\u{1F4E7}".repeat(255));
    let reason = "\u{1F4E7}".repeat(5000);
    let long = AlarmFacts { reason: &reason, ..alarm(&name, &label) };
    let others = vec![long.clone(); 300];
    let many: Vec<String> = (0..40).map(|n| format!("sét-{n}\n")).collect();
    let names = vec![Count { name: "\u{1F4E7}".repeat(3000), count: 1_000_000_000 }; 10];
    let evidence =
        LastHour { faults: names.clone(), callers: names.clone(), sources: names, ..evidence() };
    let action = Action::Pause(Target::Sets(many));
    let notice = write(&Facts { others: &others, ..facts(long, &action, &evidence) });
    assert!(
        notice.subject.len() <= MAX_SUBJECT
            && notice.subject.is_ascii()
            && !notice.subject.contains('\n')
    );
    let attributes: usize =
        notice.attributes.iter().map(|(name, value)| name.len() + value.len() + 6).sum();
    let size = notice.subject.len() + notice.body.len() + attributes;
    assert!(size <= 256 * 1024, "{size}");
    assert!(notice.body.contains("280 more alarms"));
}

#[test]
fn every_reason_not_to_pause_has_its_words() {
    for why in [
        NotifyOnly::Warning,
        NotifyOnly::NotUnderstood,
        NotifyOnly::ShutDown,
        NotifyOnly::AccountPaused,
        NotifyOnly::SetsPaused,
        NotifyOnly::TenantPaused,
        NotifyOnly::NoSuchTenant,
        NotifyOnly::Protected,
        NotifyOnly::NoSuchSet,
        NotifyOnly::NotProven,
        NotifyOnly::PauseUnknown,
    ] {
        let (label, action) = (label(), Action::Notify(why));
        let notice = write(&facts(alarm(NAME, &label), &action, &LastHour::default()));
        assert_eq!(notice.attributes["action"], why.code());
        assert!(notice.body.contains("Nothing"), "{}", notice.body);
        assert_eq!(json_of(&notice)["paused"], Value::Null);
    }
}

#[test]
fn missing_part_is_named_and_follow_up_has_own_id() {
    let (label, evidence) = (label(), LastHour::default());
    let action = Action::Pause(Target::Sets(vec!["marketing".into(), "news".into()]));
    let missing = [MissingPart {
        target: Target::Sets(vec!["bulk".into()]),
        why: "AccessDeniedException".into(),
    }];
    let facts = facts(alarm(NAME, &label), &action, &evidence);
    let part = write(&Facts { missing: &missing, ..facts.clone() });
    assert_eq!(
        part.subject,
        "ses-warden paused configuration sets marketing, news, but not yet 1 more: bounce rate too high"
    );
    for text in [
        "NOT paused yet: configuration set bulk, because AccessDeniedException. guard tries again.",
        "Pause configuration set bulk by hand if it cannot wait:\n    aws sesv2 put-configuration-set-sending-options \
         --configuration-set-name bulk --no-sending-enabled\n",
    ] {
        assert!(part.body.contains(text), "{text} in\n{}", part.body);
    }
    assert_eq!(
        json_of(&part)["missing"],
        serde_json::json!(["configuration set bulk (AccessDeniedException)"])
    );
    let rest = write(&Facts { is_rest: true, ..facts });
    assert_eq!(rest.attributes["id"], format!("{NAME}@{EPISODE}/2"));
}

#[test]
fn both_measures_are_named_and_equal_counts_once() {
    let fast = WindowCounts { events: 120, total: 1000, ..WindowCounts::default() };
    let proof = judge(&Rule::of(Measure::Bounce), &fast, &WindowCounts::default());
    let (bounces, evidence) = (label(), evidence());
    let complaints = Label { watched: Watched::Rate(Measure::Complaint), ..label() };
    let led = AlarmFacts { proof: Some(&proof), ..alarm(NAME, &bounces) };
    let others =
        [led.clone(), AlarmFacts { proof: Some(&proof), ..alarm("complaints", &complaints) }];
    let action = Action::Pause(Target::Sets(vec!["marketing".into()]));
    let notice = write(&Facts { others: &others, ..facts(led, &action, &evidence) });
    assert!(
        notice.subject.ends_with("marketing: bounce and complaint rates too high"),
        "{}",
        notice.subject
    );
    assert_eq!(
        notice.body.matches("120 of 1000 sends from marketing hard-bounced").count(),
        1,
        "{}",
        notice.body
    );
    assert_eq!(
        notice.body.matches("120 of 1000 sends from marketing led to complaints").count(),
        1
    );
    assert!(notice.body.contains("Which list?") && notice.body.contains("Did these people ask"));

    // What our counts deny is no reason for the pause, and comes after what they prove.
    let few = judge(
        &Rule::of(Measure::Complaint),
        &WindowCounts { events: 3, total: 900, ..WindowCounts::default() },
        &WindowCounts::default(),
    );
    let denied = [AlarmFacts { proof: Some(&proof), ..alarm("proven", &bounces) }];
    let led = AlarmFacts { proof: Some(&few), ..alarm("complaints", &complaints) };
    let notice = write(&Facts { others: &denied, ..facts(led, &action, &evidence) });
    assert!(notice.subject.ends_with("marketing: bounce rate too high"), "{}", notice.subject);
    let place = |words: &str| {
        notice.body.find(words).unwrap_or_else(|| panic!("{words} in {}", notice.body))
    };
    assert!(
        place("120 of 1000 sends from marketing hard-bounced")
            < place("3 of 900 sends from marketing led to complaints")
    );

    // A warning in ALARM at the same time is no reason for the pause.
    let warns = Label { severity: Severity::Warn, ..complaints };
    let others = [alarm("complaints", &warns)];
    let notice =
        write(&Facts { others: &others, ..facts(alarm(NAME, &bounces), &action, &evidence) });
    assert!(notice.subject.ends_with("marketing: bounce rate too high"), "{}", notice.subject);
}

#[test]
fn counts_that_two_alarms_share_are_stated_once() {
    let (critical, warn) = (label(), Label { severity: Severity::Warn, ..label() });
    let few = Totals { sends: 361, hard_bounces: 36, complaints: 0 };
    let last_hour = LastHour { totals: Some(few), ..evidence() };
    let action = Action::Pause(Target::Sets(vec!["marketing".into()]));
    let others = [AlarmFacts { rests_on_aws: true, ..alarm("warn", &warn) }];
    let leader = AlarmFacts { rests_on_aws: true, ..alarm(NAME, &critical) };
    let body = write(&Facts { others: &others, ..facts(leader, &action, &last_hour) }).body;
    assert_eq!(body.matches("36 of 361 sends").count(), 1, "{body}");
    assert!(body.contains("on these counts alone"), "{body}");
}

#[test]
fn only_what_is_not_paused_has_a_command_to_pause() {
    let (label, place) = (label(), place());
    let body = |action: &Action| {
        write(&Facts {
            place: Some(&place),
            ..facts(alarm(NAME, &label), action, &LastHour::default())
        })
    };
    let observed = body(&Action::Observe(Target::Sets(vec!["marketing".into()])));
    assert_eq!(
        observed.subject,
        "ses-warden would pause configuration set marketing in eu-central-1: bounce rate too high"
    );
    assert_eq!(observed.attributes["action"], "observing");
    assert_eq!(json_of(&observed)["would_pause"]["names"][0], "marketing");
    let by_hand = "Pause by hand if you must:\n    aws sesv2 put-configuration-set-sending-options \
                   --configuration-set-name marketing --no-sending-enabled --region eu-central-1\n";
    assert!(observed.body.contains(by_hand), "{}", observed.body);
    for (why, account) in [
        (NotifyOnly::Protected, true),
        (NotifyOnly::SetsPaused, false),
        (NotifyOnly::AccountPaused, false),
    ] {
        let notices = body(&Action::Notify(why)).body;
        assert_eq!(
            notices.contains("put-account-sending-attributes --no-sending-enabled"),
            account,
            "{notices}"
        );
        assert_eq!(notices.contains("Pause by hand"), account, "{notices}");
    }
}

#[test]
fn a_tenant_is_named_and_can_be_resumed() {
    let arn = "arn:aws:ses:eu-central-1:111122223333:tenant/shop/tn-1";
    let (label, action) = (label(), Action::Pause(Target::Tenant(arn.into())));
    let notice = write(&facts(alarm(NAME, &label), &action, &LastHour::default()));
    assert_eq!(notice.subject, "ses-warden paused tenant shop: bounce rate too high");
    assert!(
        notice
            .body
            .contains(&format!("--reputation-entity-reference {arn} --sending-status ENABLED"))
    );
}

fn found() -> Vec<(FoundSwitch, Actor)> {
    let set = Target::Sets(vec!["news".into()]);
    let jo = Actor::Person { identity: "arn:aws:iam::111122223333:user/jo".into() };
    vec![
        (FoundSwitch { target: set, sends: false }, jo),
        (FoundSwitch { target: Target::Account, sends: true }, Actor::Unknown),
    ]
}

#[test]
fn what_the_daily_check_found_is_said_one_by_one() {
    let said = found_switched(&found(), "s", SENDER).body;
    let lines = [
        "  configuration set news does not send; switched by arn:aws:iam::111122223333:user/jo.\n",
        "  the account sends; nobody knows who switched it.\n",
    ];
    assert!(lines.iter().all(|line| said.contains(line)), "{said}");
}

#[test]
fn other_notices_have_their_own_id_and_subject() {
    let change = Transition {
        from: Some(EnforcementStatus::Healthy),
        since: "t".into(),
        to: EnforcementStatus::Probation,
    };
    let message = AwsMessage {
        id: "event-1".into(),
        kind: AwsMessageKind::Switched { on: true },
        time: "t".into(),
        resources: vec![],
        detail: "PutAccountSendingAttributes, by arn:aws:iam::111122223333:user/jo".into(),
        switched: Some(Target::Sets(vec!["news".into()])),
        identity: "arn:aws:iam::111122223333:user/jo".into(),
    };
    let leader = AlarmEpisode::new(NAME, EPISODE);
    let record = Resumed { leader: &leader, target: &Target::Account, paused_at: "t" };
    let notices = [
        (
            enforcement(&change, true, SENDER),
            "enforcement",
            "enforcement/HEALTHY/PROBATION@t".to_owned(),
        ),
        (aws_message(&message, SENDER), "switched", "message/event-1".to_owned()),
        (
            resumed(&message, &[NAME], NoticeContext { repeats: true, ..SENDER }),
            "resumed",
            "message/event-1".to_owned(),
        ),
        (auto_resumed(record, SENDER), "lifted", format!("{NAME}@{EPISODE}/lifted")),
        (found_switched(&found(), "s", SENDER), "found_switched", "found/s".to_owned()),
        (journal_unavailable(&[NAME], "e", SENDER), "journal_unavailable", "journal/t".to_owned()),
    ];
    for (notice, action, id) in &notices {
        assert_eq!((notice.attributes["action"].as_str(), &notice.attributes["id"]), (*action, id));
        assert!(notice.body.contains(id) && notice.subject.len() <= MAX_SUBJECT);
        assert_eq!(json_of(notice)["version"], 1);
    }
    let switched_on = &notices[2].0.body;
    assert!(switched_on.contains("user/jo") && switched_on.contains(NAME));
    assert!(
        switched_on.contains("--configuration-set-name news --no-sending-enabled"),
        "{switched_on}"
    );
    assert!(notices[2].0.body.contains("may repeat"));
}

/// Paths of all members, those of lists with `[]`.
fn members(path: &str, value: &Value, found: &mut std::collections::BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                found.insert(path.clone());
                members(&path, value, found);
            }
        }
        Value::Array(values) => {
            values.iter().for_each(|value| members(&format!("{path}[]"), value, found))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn the_runbook_has_every_member_and_no_other() {
    let fast = WindowCounts { events: 120, total: 1000, ..WindowCounts::default() };
    let proof = judge(&Rule::of(Measure::Bounce), &fast, &WindowCounts::default());
    let (label, evidence) = (label(), evidence());
    let action = Action::Pause(Target::Sets(vec!["marketing".into()]));
    let led = AlarmFacts { proof: Some(&proof), ..alarm(NAME, &label) };
    let change = Transition {
        from: Some(EnforcementStatus::Healthy),
        since: "t".into(),
        to: EnforcementStatus::Probation,
    };
    let message = AwsMessage {
        id: "event-1".into(),
        kind: AwsMessageKind::Advisor,
        time: "t".into(),
        resources: vec!["arn".into()],
        detail: "SPF".into(),
        switched: None,
        identity: String::new(),
    };
    let (leader, sets) = (AlarmEpisode::new(NAME, EPISODE), Target::Sets(vec!["a".into()]));
    let record = Resumed { leader: &leader, target: &sets, paused_at: "t" };
    let switched = found();
    let mut found = std::collections::BTreeSet::new();
    for notice in [
        write(&facts(led.clone(), &action, &evidence)),
        write(&facts(led, &Action::Observe(Target::Account), &evidence)),
        enforcement(&change, true, SENDER),
        aws_message(&message, SENDER),
        resumed(&message, &[NAME], SENDER),
        auto_resumed(record, SENDER),
        found_switched(&switched, "s", SENDER),
        journal_unavailable(&[NAME], "e", SENDER),
    ] {
        members("", &json_of(&notice), &mut found);
    }
    let page = include_str!("../../../../docs/RUNBOOK.md");
    let (_, table) = page.split_once("| member | value |\n|---|---|\n").unwrap();
    let documented: std::collections::BTreeSet<String> = table
        .lines()
        .take_while(|line| line.starts_with('|'))
        .filter_map(|line| line.split('|').nth(1))
        .flat_map(|cell| cell.split('`').skip(1).step_by(2).map(str::to_owned))
        .collect();
    assert_eq!(found, documented);
}

#[test]
fn the_runbook_has_every_action() {
    let page = include_str!("../../../../docs/RUNBOOK.md");
    let notices = [
        "warning",
        "not_proven",
        "observing",
        "account_paused",
        "sets_paused",
        "tenant_paused",
        "shut_down",
    ]
    .into_iter()
    .chain(["protected", "no_such_set", "no_such_tenant", "unlabelled"])
    .chain(["enforcement", "sending_status", "advisor", "resumed", "lifted", "pause_unknown"])
    .chain(["found_switched", "journal_unavailable", "drill"])
    .chain(["paused_account", "paused_sets", "paused_tenant"]);
    for action in notices {
        assert!(page.contains(&format!("`{action}`")), "{action}");
    }
}

#[test]
fn refused_authentication_leads_to_doctor_domain() {
    let count = |name: &str, count| Count { name: name.into(), count };
    let evidence = LastHour {
        faults: vec![
            count("news.example.org sender_authentication", 28),
            count("shop.example.com content", 9),
            count("$(reboot) sender_authentication", 3),
        ],
        ..evidence()
    };
    let action = Action::Pause(Target::Sets(vec!["marketing".into()]));
    let (label, place) = (label(), place());
    let notice =
        write(&Facts { place: Some(&place), ..facts(alarm(NAME, &label), &action, &evidence) });
    assert!(
        notice.body.contains("28 bounces of the last hour say that SPF, DKIM or DMARC failed.")
    );
    let commands: Vec<&str> =
        notice.body.lines().filter(|line| line.contains("doctor domain")).map(str::trim).collect();
    assert_eq!(commands, ["ses-warden doctor domain news.example.org --region eu-central-1"]);
}

#[test]
fn a_drill_is_reported_as_one_and_not_as_an_incident() {
    let name = "ses-warden/drill/1790000000-1a2b/warn";
    let action = Action::Notify(NotifyOnly::NotUnderstood);
    let label = label();
    let alarm = AlarmFacts { label: None, ..alarm(name, &label) };
    let notice = write(&facts(alarm.clone(), &action, &evidence()));
    assert!(notice.subject.starts_with("ses-warden drill"), "{}", notice.subject);
    assert!(notice.body.contains("nothing is to be done"), "{}", notice.body);
    assert_eq!((&*notice.attributes["action"], &*notice.attributes["alarm"]), ("drill", name));
    assert_eq!(json_of(&notice)["action"], "drill");
    // Beside a real alarm it is one of the alarms of an incident.
    let others = [alarm.clone()];
    let real = write(&Facts { others: &others, ..facts(alarm, &action, &evidence()) });
    assert_eq!(real.attributes["action"], "unlabelled");
}
