//! The very text that CloudWatch gets, evaluated, against the judgement in Rust.

mod metric_math;

use std::collections::BTreeMap;

use warden_domain::guard::confidence::{
    ProofStatus, WindowCounts, assess, judge, wilson_lower_bound,
};
use warden_domain::guard::{AlarmDefinition, Label, Scope, StackNames, Watched, WatchedSeries};

use super::super::tests::thresholds;

use super::*;
use metric_math::{Power, evaluate, evaluate_with};

const MEASURES: [Measure; 2] = [Measure::Bounce, Measure::Complaint];
const SEVERITIES: [Severity; 2] = [Severity::Warn, Severity::Critical];
const WINDOWS: [AlarmWindow; 2] = [AlarmWindow::Fast, AlarmWindow::Slow];

fn setting() -> AlarmSettings {
    AlarmSettings {
        prefix: "ses-warden/".into(),
        namespace: "SesWarden".into(),
        topic: "arn:aws:sns:x:1:alarms".into(),
    }
}

fn all() -> Vec<WantedAlarm> {
    let mut all = Vec::new();
    for measure in MEASURES {
        for severity in SEVERITIES {
            for window in WINDOWS {
                all.push(WantedAlarm::of_domain(
                    &setting(),
                    "news.example.org",
                    measure,
                    severity,
                    window,
                ));
            }
        }
    }
    all
}

/// The alarm's value for the sums of its two metrics, as CloudWatch works it out:
/// expressions in order, nothing where a sum is missing.
fn value(rule: &AlarmRule, events: Option<u64>, total: Option<u64>) -> Option<f64> {
    let mut known = BTreeMap::from([
        ("events".to_owned(), events.map(|n| n as f64)),
        ("total".to_owned(), total.map(|n| n as f64)),
    ]);
    for query in &rule.queries {
        if let QuerySource::Expression(text) = &query.source {
            let value = evaluate(text, &known).unwrap();
            known.insert(query.id.clone(), value);
        }
    }
    let returned: Vec<&AlarmQuery> = rule.queries.iter().filter(|query| query.returned).collect();
    assert_eq!(returned.len(), 1, "one query is what an alarm compares");
    known[&returned[0].id]
}

fn is_in_alarm(definition: &WantedAlarm, events: u64, total: u64) -> bool {
    value(&definition.rule, Some(events), Some(total))
        .is_some_and(|value| value > definition.rule.threshold)
}

fn counts() -> impl Iterator<Item = (u64, u64)> {
    let totals = (0_u64..=130).chain([499, 500, 1_000, 4_999, 20_000, 250_000, 10_000_000]);
    totals.flat_map(|total| {
        let shares = [400, 500, 800, 1_000, 20_000, 40_000, 50_000, 80_000, 100_000, 500_000];
        // So many events in a million mails: around the thresholds and far above.
        let near = shares.into_iter().flat_map(move |share| {
            let middle = share * total / 1_000_000;
            middle.saturating_sub(3)..=middle + 3
        });
        let few = 0..=14;
        few.chain(near)
            .chain([total.saturating_sub(1), total, total + 1, 3 * total])
            .map(move |events| (events, total))
    })
}

#[test]
fn the_expression_is_the_lower_bound_of_the_domain_crate() {
    let mut compared = 0;
    for definition in all() {
        let rule = Rule::of(definition.measure);
        for (events, total) in counts() {
            let got = value(&definition.rule, Some(events), Some(total));
            let hits = events.min(total);
            let enough = total >= rule.total_floor && hits >= rule.events_floor;
            let expected = if enough { wilson_lower_bound(events, total, rule.z) } else { 0.0 };
            assert!(
                got.is_some_and(|got| (got - expected).abs() < 1e-12),
                "{events} of {total}: {got:?} {expected}"
            );
            compared += usize::from(enough);
        }
    }
    assert!(compared > 10_000, "{compared}");
}

/// CloudWatch's manual does not say whether a power binds more tightly than a product.
#[test]
fn the_expression_means_the_same_however_powers_bind() {
    for definition in all() {
        for query in &definition.rule.queries {
            let QuerySource::Expression(text) = &query.source else { continue };
            for (events, total) in [(12.0, 100.0), (80.0, 1_000.0)] {
                let known = ["events", "hits"].map(|name| (name.to_owned(), Some(events)));
                let known = known.into_iter().chain([("total".to_owned(), Some(total))]).collect();
                let loose = evaluate_with(text, &known, Power::BindsAsProducts);
                assert_eq!(loose, evaluate(text, &known), "{text}");
            }
        }
    }
}

#[test]
fn an_alarm_needs_a_proven_surge_of_its_severity() {
    for definition in all() {
        let rule = Rule::of(definition.measure);
        let window =
            if definition.window == Some(AlarmWindow::Fast) { rule.fast } else { rule.slow };
        let mut in_alarm = 0;
        for (events, total) in counts() {
            // One mail is usual, so that any other number is a surge.
            let finding =
                assess(&rule, &window, &WindowCounts { events, total, earlier: 0, usual: 1 });
            let proven = match definition.severity {
                Severity::Warn => finding.severity.is_some(),
                Severity::Critical => finding.severity == Some(Severity::Critical),
            };
            assert_eq!(
                is_in_alarm(&definition, events, total),
                proven,
                "{} {events} of {total}",
                definition.name
            );
            assert_eq!(proven, finding.reason == ProofStatus::Proven && proven);
            in_alarm += usize::from(proven);
        }
        assert!(in_alarm > 100, "{} was in ALARM {in_alarm} times", definition.name);
    }
}

/// guard is woken whenever it would have something to say about these counts, also where
/// it holds them against the larger mail of an earlier window.
///
/// Not so where a window itself has less mail than the floor: guard would judge the late
/// events of a campaign by the campaign's mail, but an alarm does not know that mail. The
/// slow window still has it.
#[test]
fn guard_never_judges_more_harshly_than_the_alarms_ring() {
    for measure in MEASURES {
        let rule = Rule::of(measure);
        let alarm = |severity, window| {
            WantedAlarm::of_domain(&setting(), "example.com", measure, severity, window)
        };
        for (events, total) in counts().filter(|(_, total)| *total >= rule.total_floor) {
            let is_in_alarm =
                [(Severity::Warn, AlarmWindow::Fast), (Severity::Critical, AlarmWindow::Fast)]
                    .into_iter()
                    .chain([
                        (Severity::Warn, AlarmWindow::Slow),
                        (Severity::Critical, AlarmWindow::Slow),
                    ])
                    .filter(|(severity, window)| {
                        is_in_alarm(&alarm(*severity, *window), events, total)
                    });
            let is_in_alarm: Vec<_> = is_in_alarm.collect();
            let usual = [0, total / 2, total];
            for (usual, earlier) in
                usual.iter().flat_map(|usual| [0, total + 1, 10 * total].map(|e| (*usual, e)))
            {
                let sums = WindowCounts { events, total, earlier, usual };
                for (window, fast, slow) in [
                    (AlarmWindow::Fast, sums, WindowCounts::default()),
                    (AlarmWindow::Slow, WindowCounts::default(), sums),
                ] {
                    if let Some(severity) = judge(&rule, &fast, &slow).severity {
                        assert!(
                            is_in_alarm.contains(&(severity, window)),
                            "{events} of {total}: {usual}, {earlier}"
                        );
                        assert!(is_in_alarm.contains(&(Severity::Warn, window)));
                    }
                }
            }
        }
    }
}

/// Nothing was sent, nothing came back, or neither.
#[test]
fn missing_data_never_ring() {
    for definition in all() {
        for (events, total) in [(None, None), (None, Some(100_000)), (Some(100), None)] {
            let value = value(&definition.rule, events, total);
            assert!(value.is_none_or(|value| value <= 0.0), "{events:?} of {total:?}: {value:?}");
        }
        assert_eq!(definition.rule.missing_data, "notBreaching");
    }
}

#[test]
fn thresholds_are_the_lowest_of_the_judge() {
    for (measure, severity, window, threshold) in [
        (Measure::Bounce, Severity::Warn, AlarmWindow::Fast, 0.04),
        (Measure::Bounce, Severity::Warn, AlarmWindow::Slow, 0.0175),
        (Measure::Bounce, Severity::Critical, AlarmWindow::Fast, 0.04),
        (Measure::Bounce, Severity::Critical, AlarmWindow::Slow, 0.04),
        (Measure::Complaint, Severity::Warn, AlarmWindow::Fast, 0.0008),
        (Measure::Complaint, Severity::Warn, AlarmWindow::Slow, 0.0006),
        (Measure::Complaint, Severity::Critical, AlarmWindow::Fast, 0.0008),
        (Measure::Complaint, Severity::Critical, AlarmWindow::Slow, 0.0008),
    ] {
        let alarm = WantedAlarm::of_domain(&setting(), "a.test", measure, severity, window);
        let got = alarm.rule.threshold;
        assert!((got - threshold).abs() < 1e-15, "{measure:?} {severity:?} {window:?}: {got}");
    }
}

/// What guard reads off an alarm with such a name and rule.
fn understood(wanted: &WantedAlarm) -> Option<Label> {
    let series: Vec<WatchedSeries> = wanted
        .rule
        .queries
        .iter()
        .filter_map(|query| match &query.source {
            QuerySource::Metric { namespace, name, dimensions, .. } => Some(WatchedSeries {
                namespace: namespace.clone(),
                metric: name.clone(),
                dimensions: dimensions.clone(),
                account: None,
            }),
            QuerySource::Expression(_) => None,
        })
        .collect();
    let is_expression = |query: &AlarmQuery| matches!(query.source, QuerySource::Expression(_));
    let alarm = AlarmDefinition {
        name: &wanted.name,
        arn: "arn:aws:cloudwatch:eu-central-1:111122223333:alarm:x",
        series: &series,
        has_expression: wanted.rule.queries.iter().any(is_expression),
    };
    let stack = StackNames { namespace: "SesWarden", alarm_prefix: "ses-warden/" };
    Label::from_definition(&alarm, &stack)
}

/// guard reads what an alarm watches off its definition and name; tags are for `remove`.
#[test]
fn guard_understands_every_alarm() {
    let set = "news";
    let of_sets = MEASURES.into_iter().flat_map(|measure| {
        SEVERITIES
            .map(|severity| WantedAlarm::of_set(&setting(), &thresholds(), set, measure, severity))
    });
    for wanted in all().into_iter().chain(of_sets) {
        let scope = match &wanted.subject {
            Subject::Domain(name) => Scope::Domain(name.clone()),
            Subject::Set(name) => Scope::ConfigurationSet(name.clone()),
            Subject::Identity(_) => unreachable!("no alarm is of an identity"),
        };
        let (watched, severity) = (Watched::Rate(wanted.measure), wanted.severity);
        assert_eq!(
            understood(&wanted),
            Some(Label { scope, watched, severity }),
            "{}",
            wanted.name
        );
        assert_eq!(subject_of("ses-warden/", &wanted.name).as_ref(), Some(&wanted.subject));
    }
    assert_eq!(
        WantedAlarm::tags(),
        [("ses-warden:made-by".to_owned(), "ses-warden-connect".to_owned())].into()
    );
}

#[test]
fn a_name_says_whose_the_alarm_is() {
    for (name, expected) in [
        ("mail/domain/a.test/bounce/warn", Some(Subject::Domain("a.test".to_owned()))),
        ("mail/configuration-set/a/bounce/warn", Some(Subject::Set("a".to_owned()))),
        ("mail/account/bounce/warn", None),
        ("post/domain/a.test/bounce/warn", None),
    ] {
        assert_eq!(subject_of("mail/", name), expected, "{name}");
    }
}

#[test]
fn names_have_the_form_of_the_stacks_own() {
    let names: Vec<String> = all().into_iter().map(|definition| definition.name).collect();
    assert_eq!(
        names,
        [
            "ses-warden/domain/news.example.org/bounce/warn",
            "ses-warden/domain/news.example.org/bounce/slow/warn",
            "ses-warden/domain/news.example.org/bounce/critical",
            "ses-warden/domain/news.example.org/bounce/slow/critical",
            "ses-warden/domain/news.example.org/complaint/warn",
            "ses-warden/domain/news.example.org/complaint/slow/warn",
            "ses-warden/domain/news.example.org/complaint/critical",
            "ses-warden/domain/news.example.org/complaint/slow/critical",
        ]
    );
}

/// Limits of PutMetricAlarm: Period times EvaluationPeriods at most seven days, or one
/// day for periods below an hour; periods in whole minutes; descriptions of 1024.
#[test]
fn cloudwatch_takes_the_windows() {
    for definition in all() {
        for query in &definition.rule.queries {
            if let QuerySource::Metric { period, .. } = &query.source {
                let range = period * definition.rule.periods;
                assert!(
                    period % 60 == 0 && range <= if *period < 3_600 { 86_400 } else { 604_800 },
                    "{range}"
                );
            }
        }
        assert!(definition.rule.description.len() <= 1_024);
        let known: Vec<&str> =
            definition.rule.queries.iter().map(|query| query.id.as_str()).collect();
        assert_eq!(known, ["events", "total", "hits", "bound"]);
    }
}

#[test]
fn each_measure_reads_its_own_metrics() {
    for definition in all() {
        let read: Vec<&str> = definition
            .rule
            .queries
            .iter()
            .filter_map(|query| match &query.source {
                QuerySource::Metric { name, dimensions, statistic, namespace, .. } => {
                    assert_eq!(
                        dimensions,
                        &BTreeMap::from([("Domain".to_owned(), "news.example.org".to_owned())])
                    );
                    assert_eq!((statistic.as_str(), namespace.as_str()), ("Sum", "SesWarden"));
                    Some(name.as_str())
                }
                QuerySource::Expression(_) => None,
            })
            .collect();
        match definition.measure {
            Measure::Bounce => assert_eq!(read, ["BounceHard", "Send"]),
            Measure::Complaint => assert_eq!(read, ["Complaint", "Delivery"]),
        }
    }
}
