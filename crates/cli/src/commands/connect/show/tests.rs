use std::collections::BTreeSet;

use warden_aws::operator::DefinedAlarm;

use super::super::alarms::definition::WantedAlarm;
use super::super::alarms::plan::wanted_alarms;
use super::super::alarms::tests::{choice, made, named, setting, thresholds};
use super::super::plan::{PlanStep, alarm_steps, together};
use super::super::sets::{DestinationStep, EVENTS, MetricsStep};
use super::super::subject::Subject;
use super::*;

fn wanted(domains: &[&str]) -> Vec<WantedAlarm> {
    let none = BTreeSet::new();
    wanted_alarms(&setting(), &thresholds(), &choice(&[]), &none, &named(domains))
}

fn existing(domains: &[&str]) -> Vec<DefinedAlarm> {
    wanted(domains).iter().map(made).collect()
}

/// `wanted` domains, of which those `made` have their alarms already.
fn domains(wanted_ones: &[&str], with_alarms: &[&str], removes: bool) -> ConnectPlan {
    let scope = choice(&[]).scope;
    let steps = alarm_steps("mail/", &scope, wanted(wanted_ones), existing(with_alarms));
    together(&setting(), Vec::new(), steps, Default::default(), removes)
}

/// A set that gets everything, and one whose destination is somebody else's.
fn with_sets() -> ConnectPlan {
    let sets = named(&["marketing", "receipts"]);
    let alarms = wanted_alarms(&setting(), &thresholds(), &choice(&[]), &sets, &named(&["a.test"]));
    let scope = choice(&[]).scope;
    let kept: Vec<DefinedAlarm> =
        alarms.iter().filter(|alarm| alarm.name.contains("receipts")).map(made).collect();
    let keep = DestinationStep::Keep {
        name: "to-warden".to_owned(),
        is_ours: false,
        remarks: vec!["somebody else made the event destination to-warden: it is kept".to_owned()],
    };
    let create =
        DestinationStep::Create { name: "mail-feedback".to_owned(), events: EVENTS.to_vec() };
    let step = |set: &str, action| PlanStep { subject: Subject::Set(set.to_owned()), action };
    let steps = vec![
        step("marketing", StepAction::Destination(create)),
        step("marketing", StepAction::Metrics(MetricsStep::Create)),
        step("receipts", StepAction::Destination(keep)),
        step("receipts", StepAction::Metrics(MetricsStep::Keep)),
    ];
    let alarms = alarm_steps("mail/", &scope, alarms, kept);
    together(&setting(), steps, alarms, Default::default(), false)
}

fn settings() -> ConnectSettings {
    ConnectSettings::for_tests(setting(), "arn:aws:sns:x:1:feedback")
}

fn shown(plan: &ConnectPlan, domains: usize, columns: Option<usize>) -> String {
    let settings = settings();
    let shown = ShownPlan {
        settings: &settings,
        plan,
        format: Format::Table,
        is_removal: false,
        engagement: false,
        sets: 0,
        domains,
        is_beyond_cap: false,
        doubt: None,
        ses_calls_per_second: 1.0,
    };
    let mut out = Vec::new();
    shown.table(columns, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn a_plan_says_what_happens_its_thresholds_and_its_cost() {
    assert_eq!(
        shown(&with_sets(), 1, None),
        "Event destinations mail-feedback publish to arn:aws:sns:x:1:feedback.\n\
         Alarm names begin with mail/. Alarms notify arn:aws:sns:x:1:alarms.\n\
         \n\
         Configuration sets\n\
         create  marketing  destination, reputation metrics, 4 alarms\n\
         keep    receipts   destination to-warden, reputation metrics, 4 alarms\n\
         \x20       somebody else made the event destination to-warden: it is kept\n\
         \n\
         Sender domains\n\
         create  a.test     8 alarms\n\
         \n\
         sets, bounce: warn from 2 %, critical from 4 %; every 15 min\n\
         sets, complaint: warn from 0.04 %, critical from 0.08 %; every 15 min\n\
         domains, bounce: warn above 1.75 %, critical above 4 %; fast 5 min, slow 3 d\n\
         domains, complaint: warn above 0.06 %, critical above 0.08 %; fast 6 h, slow 3 d\n\
         \n\
         14 to create, 6 to keep. The alarms cost $2.40 a month.\n"
    );
}

#[test]
fn what_is_gone_is_said_and_costs_until_it_is_removed() {
    let said = shown(&domains(&["b.test"], &["b.test", "old.test"], false), 1, None);
    assert!(said.contains("\ngone  old.test  8 alarms\n"), "{said}");
    assert!(
        said.ends_with(
            "Nothing to do: 8 to keep, 8 no longer needed, which apply --remove-gone removes. The \
             alarms cost $3.20 a month, $1.60 of it for alarms no longer needed.\n"
        ),
        "{said}"
    );
    let said = shown(&domains(&["b.test"], &["b.test", "old.test"], true), 1, None);
    assert!(said.contains("\nremove  old.test  8 alarms\n"), "{said}");
    assert!(said.ends_with("\n8 to keep, 8 to remove. The alarms cost $1.60 a month.\n"), "{said}");
}

/// CloudWatch bills an alarm by the metrics that it reads, also after somebody changed it.
#[test]
fn an_alarm_that_is_gone_costs_what_it_reads_now() {
    let mut there = existing(&["old.test"]);
    for alarm in &mut there {
        alarm.rule = None;
    }
    let steps = alarm_steps("mail/", &choice(&[]).scope, Vec::new(), there);
    let plan = together(&setting(), Vec::new(), steps, Default::default(), false);
    assert!(shown(&plan, 0, None).contains("The alarms cost $0.80 a month"));
}

#[test]
fn more_domains_than_metrics_keeps_apart_are_warned_of() {
    let plan = domains(&["a.test"], &[], false);
    let said = shown(&plan, 152, None);
    assert!(
        said.contains("Warning: 152 domains are to have alarms, but metrics keeps series for 100 "),
        "{said}"
    );
    assert!(!shown(&plan, 100, None).contains("Warning"));
}

#[test]
fn what_takes_long_is_said() {
    let step = |n: usize| PlanStep {
        subject: Subject::Set(format!("s{n}")),
        action: StepAction::Metrics(MetricsStep::Create),
    };
    let plan =
        together(&setting(), (0..90).map(step).collect(), Vec::new(), Default::default(), false);
    let said = shown(&plan, 0, None);
    assert!(said.contains("Its 180 calls to SES take about 3 min."), "{said}");
}

#[test]
fn every_line_fits_the_terminal() {
    let long = "a-very-long-name-of-a-department.newsletters.example.com";
    for columns in [40, 80, 140] {
        for plan in [domains(&["b.test", long], &["b.test", "old.test"], false), with_sets()] {
            let said = shown(&plan, 152, Some(columns));
            assert!(said.lines().all(|line| line.chars().count() <= columns), "{said}");
        }
    }
}

#[test]
fn machines_get_every_step() {
    let (settings, plan) = (settings(), with_sets());
    let shown = ShownPlan {
        settings: &settings,
        plan: &plan,
        format: Format::Ndjson,
        is_removal: false,
        engagement: false,
        sets: 2,
        domains: 1,
        is_beyond_cap: false,
        doubt: None,
        ses_calls_per_second: 1.0,
    };
    let mut out = Vec::new();
    shown.json(false, &[], &mut out).unwrap();
    let said: serde_json::Value = serde_json::from_slice(&out).unwrap();
    assert_eq!(said["steps"].as_array().map(Vec::len), Some(20));
    assert_eq!(said["steps"][0]["kind"], "destination");
    assert_eq!(said["steps"][0]["set"], "marketing");
    assert_eq!(said["counts"]["create"], 14);
    assert_eq!(said["destination"], "mail-feedback");
}
