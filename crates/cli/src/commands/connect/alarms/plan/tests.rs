use warden_aws::operator::{AlarmRule, QuerySource};

use super::super::tests::{choice, made, named, setting, thresholds};

use super::*;

fn planned(choice: &AlarmChoice, domains: &[&str], existing: Vec<DefinedAlarm>) -> Vec<AlarmStep> {
    let wanted =
        wanted_alarms(&setting(), &thresholds(), choice, &BTreeSet::new(), &named(domains));
    plan("mail/", &choice.scope, wanted, existing)
}

fn words(steps: &[AlarmStep]) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for step in steps {
        *counts.entry(step.word()).or_default() += 1;
    }
    counts
}

/// All alarms of these domains, as CloudWatch has them.
fn all_made(domains: &[&str]) -> Vec<DefinedAlarm> {
    let none = BTreeSet::new();
    let all = wanted_alarms(&setting(), &thresholds(), &choice(&[]), &none, &named(domains));
    all.iter().map(made).collect()
}

#[test]
fn what_is_missing_is_created_and_then_kept() {
    let first = planned(&choice(&[]), &["b.test", "a.test"], Vec::new());
    assert_eq!(words(&first), [("create", 16)].into());
    let names: Vec<&str> = first.iter().map(AlarmStep::name).collect();
    assert!(names.is_sorted(), "{names:?}");
    let second = planned(&choice(&[]), &["a.test", "b.test"], all_made(&["a.test", "b.test"]));
    assert_eq!(words(&second), [("keep", 16)].into());
}

/// Parts that differ, as `part: old -> new`, of each alarm that is to be changed.
fn changes(steps: &[AlarmStep]) -> Vec<Vec<String>> {
    let said = |parts: &[Difference]| {
        parts.iter().map(|d| format!("{}: {} -> {}", d.part, d.old, d.new)).collect()
    };
    let changes = steps.iter().filter_map(|step| {
        if let AlarmStep::Change { parts, .. } = step { Some(said(parts)) } else { None }
    });
    changes.collect()
}

fn body(existing: &mut DefinedAlarm) -> &mut AlarmRule {
    existing.rule.as_mut().unwrap()
}

#[test]
fn each_difference_is_found_and_named_with_both_values() {
    type Edit = fn(&mut DefinedAlarm);
    let cases: [(&str, Edit); 20] = [
        ("threshold: 0.9 -> 0.0175", |e| body(e).threshold = 0.9),
        ("threshold: 0.017500001 -> 0.0175", |e| body(e).threshold += 1e-9),
        ("threshold: none -> 0.0175", |e| body(e).threshold = f64::NAN),
        ("missing data: missing -> notBreaching", |e| body(e).missing_data = "missing".into()),
        ("actions: none -> arn:aws:sns:x:1:alarms", |e| body(e).actions.clear()),
        ("actions on OK or missing data: arn:aws:sns:x:1:pager -> none", |e| {
            body(e).calm_actions.push("arn:aws:sns:x:1:pager".into());
        }),
        ("comparison: LessThanThreshold -> GreaterThanThreshold", |e| {
            body(e).comparison = "LessThanThreshold".into()
        }),
        ("periods: 2 -> 1", |e| body(e).periods = 2),
        ("datapoints to alarm: 2 -> 1", |e| body(e).datapoints = 2),
        ("evaluation window: wall clock UTC -> none", |e| {
            body(e).further.insert("evaluation window", "wall clock UTC".into());
        }),
        ("kind: neither of one metric nor of metric math -> metric math", |e| e.rule = None),
        ("events: period: 60 s -> 259200 s", |e| {
            let QuerySource::Metric { period, .. } = &mut body(e).queries[0].source else {
                unreachable!()
            };
            *period = 60;
        }),
        ("events: unit: Seconds -> none", |e| {
            let QuerySource::Metric { unit, .. } = &mut body(e).queries[0].source else {
                unreachable!()
            };
            *unit = Some("Seconds".into());
        }),
        ("total: statistic: Average -> Sum", |e| {
            let QuerySource::Metric { statistic, .. } = &mut body(e).queries[1].source else {
                unreachable!()
            };
            *statistic = "Average".into();
        }),
        ("total: metric: SesWarden Open -> SesWarden Send", |e| {
            let QuerySource::Metric { name, .. } = &mut body(e).queries[1].source else {
                unreachable!()
            };
            *name = "Open".into();
        }),
        ("total: dimensions: Domain=b.test -> Domain=a.test", |e| {
            let QuerySource::Metric { dimensions, .. } = &mut body(e).queries[1].source else {
                unreachable!()
            };
            dimensions.insert("Domain".into(), "b.test".into());
        }),
        ("total: account: 444455556666 -> none", |e| {
            body(e).queries[1].account = Some("444455556666".into())
        }),
        ("hits: period: 60 s -> none", |e| body(e).queries[2].period = Some(60)),
        ("hits: compared: yes -> no", |e| body(e).queries[2].returned = true),
        ("hits: expression: events -> IF(events > total, total, events)", |e| {
            body(e).queries[2].source = QuerySource::Expression("events".into());
        }),
    ];
    for (said, edit) in cases {
        let mut existing = all_made(&["a.test"]);
        // The slow one that warns of bounces.
        edit(&mut existing[1]);
        let steps = planned(&choice(&[]), &["a.test"], existing);
        assert_eq!(changes(&steps), [vec![said.to_owned()]]);
        assert_eq!(words(&steps)["keep"], 7);
    }
}

#[test]
fn a_metric_that_is_missing_or_too_many_is_a_difference() {
    let mut existing = all_made(&["a.test"]);
    body(&mut existing[0]).queries.truncate(3);
    body(&mut existing[1]).queries[0].id = "all".into();
    let changes = changes(&planned(&choice(&[]), &["a.test"], existing));
    assert!(
        changes.iter().flatten().any(|said| said.starts_with("bound: expression: none -> IF(")),
        "{changes:?}"
    );
    assert!(
        changes.iter().flatten().any(|said| said == "all: metric: SesWarden BounceHard -> none"),
        "{changes:?}"
    );
}

#[test]
fn guards_note_other_tags_and_switched_off_actions_are_nobodys_business() {
    let mut existing = all_made(&["a.test"]);
    for alarm in &mut existing {
        alarm.tags.insert("ses-warden:handled".into(), "2026-10-06T07:15:12Z".into());
        alarm.tags.insert("cost-center".into(), "7".into());
        alarm.actions_enabled = false;
    }
    let steps = planned(&choice(&[]), &["a.test"], existing);
    assert_eq!(words(&steps), [("keep", 8)].into());
    assert!(steps.iter().all(AlarmStep::is_silenced));
    assert!(
        !planned(&choice(&[]), &["a.test"], all_made(&["a.test"]))
            .iter()
            .any(AlarmStep::is_silenced)
    );
}

#[test]
fn the_order_in_which_metrics_are_listed_is_no_difference() {
    let mut existing = all_made(&["a.test"]);
    for alarm in &mut existing {
        alarm.rule.as_mut().unwrap().queries.reverse();
    }
    assert_eq!(words(&planned(&choice(&[]), &["a.test"], existing)), [("keep", 8)].into());
}

/// Address literals have brackets, which the name of an alarm and a dimension may hold.
#[test]
fn every_domain_that_metrics_counts_can_have_alarms() {
    for domain in ["[192.0.2.7]", "[ipv6:2001:db8::7]", "a_b.test", "xn--bcher-kva.example"] {
        assert_eq!(words(&planned(&choice(&[]), &[domain], Vec::new())), [("create", 8)].into());
    }
}

#[test]
fn a_set_has_an_alarm_for_each_measure_and_severity() {
    let sets = named(&["news"]);
    let wanted = |choice: &AlarmChoice| {
        wanted_alarms(&setting(), &thresholds(), choice, &sets, &BTreeSet::new())
    };
    let first = plan("mail/", &choice(&[]).scope, wanted(&choice(&[])), Vec::new());
    let names: Vec<&str> = first.iter().map(AlarmStep::name).collect();
    assert_eq!(
        names,
        [
            "mail/configuration-set/news/bounce/critical",
            "mail/configuration-set/news/bounce/warn",
            "mail/configuration-set/news/complaint/critical",
            "mail/configuration-set/news/complaint/warn",
        ]
    );
    let mut existing: Vec<DefinedAlarm> = wanted(&choice(&[])).iter().map(made).collect();
    let kept = plan("mail/", &choice(&[]).scope, wanted(&choice(&[])), existing.clone());
    assert_eq!(words(&kept), [("keep", 4)].into());
    body(&mut existing[0]).threshold = 0.9;
    let QuerySource::Metric { period, .. } = &mut body(&mut existing[1]).queries[0].source else {
        unreachable!()
    };
    *period = 60;
    let changed = plan("mail/", &choice(&[]).scope, wanted(&choice(&[])), existing);
    let mut changes = changes(&changed);
    changes.sort();
    assert_eq!(changes, [vec!["period: 60 s -> 900 s"], vec!["threshold: 0.9 -> 0.02"]]);
}

#[test]
fn sets_that_were_not_chosen_are_not_spoken_of() {
    let sets = named(&["news", "old"]);
    let all = wanted_alarms(&setting(), &thresholds(), &choice(&[]), &sets, &BTreeSet::new());
    let existing = || all.iter().map(made).collect::<Vec<_>>();
    let scope = ChosenScope { sets: named(&["old"]), ..ChosenScope::default() };
    assert_eq!(words(&plan("mail/", &scope, Vec::new(), existing())), [("gone", 4)].into());
    let scope = ChosenScope { without_sets: true, ..ChosenScope::default() };
    assert!(plan("mail/", &scope, Vec::new(), existing()).is_empty());
}

#[test]
fn alarms_that_others_made_are_left_alone_unless_they_are_as_they_should_be() {
    let mut existing = all_made(&["a.test"]);
    for alarm in &mut existing[..3] {
        alarm.tags.clear();
    }
    existing[0].tags.insert("aws:cloudformation:stack-name".into(), "mail".into());
    existing[0].rule = None;
    existing[1].rule = None;
    let steps = planned(&choice(&[]), &["a.test"], existing);
    assert_eq!(words(&steps), [("keep", 6), ("leave", 2)].into());
    let mut why: Vec<_> = steps
        .iter()
        .filter_map(|step| if let AlarmStep::LeaveAlone(_, why) = step { Some(*why) } else { None })
        .collect();
    why.sort_unstable();
    assert_eq!(why, ["a stack made it", "somebody else made it"]);
}

/// CloudWatch answers ten such reads a second, and an account may have thousands of alarms.
#[test]
fn only_the_tags_that_decide_are_read() {
    let changed = "mail/domain/a.test/bounce/warn".to_owned();
    let mut existing = all_made(&["a.test", "old.test"]);
    for alarm in &mut existing {
        match alarm.name.as_str() {
            name if name == changed => alarm.rule = None,
            "mail/domain/a.test/bounce/critical" => alarm.is_composite = true,
            _ => {}
        }
    }
    let none = BTreeSet::new();
    let wanted = wanted_alarms(&setting(), &thresholds(), &choice(&[]), &none, &named(&["a.test"]));
    let asked = |scope: &ChosenScope| undecided("mail/", scope, &wanted, &existing);
    let all = asked(&choice(&[]).scope);
    assert_eq!(all.len(), 9, "{all:?}");
    assert!(all.iter().all(|name| *name == changed || name.contains("old.test")), "{all:?}");
    assert_eq!(asked(&choice(&["a.test"]).scope), [changed].into());
}

/// CloudWatch has one name for both kinds.
#[test]
fn a_composite_alarm_is_left_alone_whatever_its_tags() {
    let mut existing = all_made(&["a.test", "old.test"]);
    for alarm in &mut existing {
        (alarm.is_composite, alarm.rule) = (true, None);
    }
    let steps = planned(&choice(&[]), &["a.test"], existing);
    assert_eq!(words(&steps), [("leave", 8)].into());
    let has_note = |step: &AlarmStep| {
        matches!(step, AlarmStep::LeaveAlone(_, "a composite alarm has its name"))
    };
    assert!(steps.iter().all(has_note), "{steps:?}");
}

#[test]
fn only_our_own_alarms_are_ever_gone() {
    let mut existing = all_made(&["old.test"]);
    existing[0].tags.remove(TAG_MADE_BY);
    existing[1].tags.insert(TAG_MADE_BY.into(), "somebody".into());
    let steps = planned(&choice(&[]), &["a.test"], existing);
    assert_eq!(words(&steps), [("create", 8), ("gone", 6)].into());
}

#[test]
fn with_chosen_domains_those_of_others_are_not_spoken_of() {
    let existing = || all_made(&["a.test", "b.test"]);
    let chosen = AlarmChoice { severities: vec![Severity::Critical], ..choice(&["a.test"]) };
    let steps = planned(&chosen, &["a.test"], existing());
    assert_eq!(words(&steps), [("gone", 4), ("keep", 4)].into());
    assert!(steps.iter().all(|step| step.name().starts_with("mail/domain/a.test/")), "{steps:?}");
    // A domain whose name begins like another's is another.
    let steps = planned(&choice(&["a.tes"]), &["a.tes"], existing());
    assert_eq!(words(&steps), [("create", 8)].into());
}

#[test]
fn a_name_that_cloudwatch_would_refuse_is_not_tried() {
    let label = "a".repeat(60);
    let long = format!("{label}.{label}.{label}.{label}.test");
    let steps = planned(&choice(&[]), &[&long], Vec::new());
    assert_eq!(words(&steps), [("leave", 8)].into());
}
