use std::collections::BTreeSet;

use warden_aws::operator::DefinedAlarm;
use warden_domain::guard::Severity;

use super::super::alarms::definition::WantedAlarm;
use super::super::alarms::plan::wanted_alarms;
use super::super::alarms::tests::{choice, made, named, setting, thresholds};
use super::super::ownership::DefaultSetTag;
use super::super::plan::{alarm_steps, together};
use super::super::sets::EVENTS;
use super::*;

/// The plan for the alarms of some domains, of which some are there as `edit` leaves them.
fn plan(domains: &[&str], edit: impl Fn(&WantedAlarm, &mut DefinedAlarm) -> bool) -> ConnectPlan {
    let none = BTreeSet::new();
    let wanted = wanted_alarms(&setting(), &thresholds(), &choice(&[]), &none, &named(domains));
    let existing = wanted.iter().filter_map(|definition| {
        let mut existing = made(definition);
        edit(definition, &mut existing).then_some(existing)
    });
    let existing = existing.collect();
    let steps = alarm_steps("mail/", &choice(&[]).scope, wanted, existing);
    together(&setting(), Vec::new(), steps, Default::default(), false)
}

fn lines(plan: &ConnectPlan, columns: Option<usize>) -> Vec<String> {
    drawn(&rows("mail/", plan), columns).lines().map(str::to_owned).collect()
}

#[test]
fn a_domain_whose_alarms_share_a_verb_is_one_row() {
    // In the order of names of alarms `-` comes before `/`.
    let plan = plan(&["a.test", "a.test-b.example"], |definition, _| {
        definition.subject.name() == "a.test"
    });
    assert_eq!(
        lines(&plan, None),
        [
            "Sender domains",
            "keep    a.test            8 alarms",
            "create  a.test-b.example  8 alarms",
        ]
    );
}

#[test]
fn where_they_differ_each_row_says_no_more_than_is_so() {
    let plan = plan(&["a.test"], |definition, existing| {
        let name = definition.name.as_str();
        if name.ends_with("bounce/critical") {
            existing.rule.as_mut().unwrap().threshold = 0.9;
        }
        if name.ends_with("complaint/critical") {
            existing.actions_enabled = false;
        }
        definition.severity == Severity::Critical
    });
    assert_eq!(
        lines(&plan, None),
        [
            "Sender domains",
            "change  a.test  1 alarm: bounce, critical, fast",
            "        threshold: 0.9 -> 0.04",
            "keep    a.test  2 alarms: bounce+complaint, critical, slow",
            "create  a.test  4 alarms: bounce+complaint, warn, fast+slow",
            "keep    a.test  1 alarm: complaint, critical, fast",
            "        its actions are off: it notifies nobody, guard included",
        ]
    );
}

#[test]
fn what_is_kept_is_counted_and_what_is_made_is_named() {
    let is_one = |name: &str| name.ends_with("/bounce/critical") || name.ends_with("slow/warn");
    let keeps = plan(&["a.test"], |definition, _| !is_one(&definition.name));
    assert_eq!(
        lines(&keeps, None),
        [
            "Sender domains",
            "create  a.test  1 alarm: bounce, critical, fast",
            "create  a.test  1 alarm: bounce, warn, slow",
            "create  a.test  1 alarm: complaint, warn, slow",
            "keep    a.test  5 alarms",
        ]
    );
}

#[test]
fn what_is_no_product_of_words_is_a_row_each() {
    let parts = [["bounce", "warn", "fast"], ["complaint", "critical", "fast"]];
    assert_eq!(product(&parts), None);
    assert_eq!(product(&parts[..1]), Some("bounce, warn, fast".to_owned()));
    let pair = [["bounce", "critical", "slow"], ["bounce", "warn", "slow"]];
    assert_eq!(product(&pair), Some("bounce, warn+critical, slow".to_owned()));
    // Of a set, and a name that is not of this form.
    assert_eq!(product(&[["bounce", "warn", ""]]), Some("bounce, warn".to_owned()));
    assert_eq!(product(&[["old", "", ""]]), Some("old".to_owned()));
}

#[test]
fn a_change_of_all_is_said_once_and_wrapped() {
    let plan = plan(&["a.test"], |_, existing| {
        existing.rule.as_mut().unwrap().actions =
            vec!["arn:aws:sns:eu-central-1:111122223333:old".into()];
        true
    });
    let row = "change  a.test  8 alarms";
    let note =
        "        actions: arn:aws:sns:eu-central-1:111122223333:old -> arn:aws:sns:x:1:alarms";
    assert_eq!(lines(&plan, Some(90)), ["Sender domains", row, note]);
    let (before, after) = note.split_once(" -> ").unwrap();
    assert_eq!(
        lines(&plan, Some(68)),
        ["Sender domains", row, &format!("{before} ->"), &format!("        {after}")]
    );
}

fn step(subject: Subject, action: StepAction) -> PlanStep {
    PlanStep { subject, action }
}

#[test]
fn sets_and_identities_say_what_happens_to_them() {
    let set = |name: &str| Subject::Set(name.to_owned());
    let identity = |name: &str| Subject::Identity(name.to_owned());
    let name = || "mail-feedback".to_owned();
    let made = DefaultSetTag { set: "news".to_owned(), was: None };
    let steps = vec![
        step(
            set("a"),
            StepAction::Destination(DestinationStep::Change {
                name: name(),
                enabled: true,
                old: vec!["SEND".to_owned(), "OPEN".to_owned()],
                events: EVENTS[..2].to_vec(),
            }),
        ),
        step(set("a"), StepAction::Metrics(MetricsStep::Keep)),
        step(
            set("b"),
            StepAction::Destination(DestinationStep::Leave {
                name: name(),
                why: "it is full".into(),
            }),
        ),
        step(set("b"), StepAction::Metrics(MetricsStep::Remove)),
        step(set("b"), StepAction::Tag),
        step(
            identity("a.test"),
            StepAction::DefaultSet(DefaultStep::Put { old: Some("old".into()), made }),
        ),
        step(
            identity("b.test"),
            StepAction::DefaultSet(DefaultStep::Remove {
                set: "news".into(),
                was: None,
                remark: Some("its former default set old no longer exists".into()),
            }),
        ),
        step(identity("b.test"), StepAction::Tag),
    ];
    let plan = together(&setting(), steps, Vec::new(), Default::default(), false);
    assert_eq!(
        lines(&plan, Some(80)),
        [
            "Configuration sets",
            "change  a       destination",
            "        event types added: REJECT; taken off: OPEN",
            "keep    a       reputation metrics",
            "leave   b       destination mail-feedback",
            "        it is full",
            "remove  b       reputation metrics, tag",
            "",
            "Default configuration sets",
            "change  a.test  old -> news",
            "remove  b.test  news -> none, tag",
            "        its former default set old no longer exists",
        ]
    );
}

/// Longer than any terminal of 80 columns has room for.
#[test]
fn no_line_is_wider_than_the_terminal_and_a_pipe_gets_every_name() {
    let long = "a-very-long-name-of-a-department-of-a-company.newsletters.and.receipts.example.com";
    let plan = plan(&[long, "b.test"], |_, _| false);
    for columns in [24, 40, 80, 140] {
        let lines = lines(&plan, Some(columns));
        assert!(lines.iter().all(|line| line.chars().count() <= columns), "{lines:#?}");
        assert_eq!(lines[1].contains(long), columns == 140, "{lines:#?}");
    }
    assert!(lines(&plan, None)[1].contains(long));
    assert!(lines(&plan, Some(80))[1].contains("receipts.example.com  8 alarms"));
}
