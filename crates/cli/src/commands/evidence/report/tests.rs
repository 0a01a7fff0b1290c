use super::*;
use crate::frame::decisions::Decisions;
use jiff::SignedDuration;
use warden_domain::journal::HistoryNumbers;

const DAY: &str = "2026-10-01T00:00:00Z";

fn at(hour: i64) -> Timestamp {
    DAY.parse::<Timestamp>().unwrap() + SignedDuration::from_hours(hour)
}

fn entry(hour: i64, event: HistoryEvent, actor: Actor, reason: &str) -> HistoryEntry {
    HistoryEntry {
        at_millis: at(hour).as_millisecond(),
        id: format!("{hour}"),
        event,
        target: HistoryTarget::ConfigurationSet("marketing".to_owned()),
        actor,
        reason: reason.to_owned(),
        numbers: HistoryNumbers::default(),
        incident: String::new(),
    }
}

/// Ten hours: mail to a bad list, a pause, a resume, and good mail.
fn readings() -> EvidenceReadings {
    let hourly = |values: [f64; 10]| {
        values.into_iter().zip(0..).map(|(value, hour)| (at(hour).as_second(), value)).collect()
    };
    EvidenceReadings {
        region: "eu-central-1".to_owned(),
        stack_name: "ses-warden".to_owned(),
        history: Some(vec![
            entry(3, HistoryEvent::Pause, Actor::Guard, "bounce rate"),
            entry(
                6,
                HistoryEvent::Resume,
                Actor::Command { identity: String::new(), name: "jo@example.com".to_owned() },
                "list removed",
            ),
        ]),
        counts: [
            hourly([100.0, 100.0, 100.0, 0.0, 0.0, 0.0, 100.0, 100.0, 100.0, 100.0]),
            hourly([80.0, 80.0, 80.0, 0.0, 0.0, 0.0, 99.0, 100.0, 100.0, 100.0]),
            hourly([20.0, 20.0, 20.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]),
            hourly([0.0; 10]),
        ],
        decisions: Some(Decisions::default()),
        ..EvidenceReadings::default()
    }
}

fn window() -> Window {
    Window::of(Some(at(0)), Some(at(10)), at(10)).unwrap()
}

#[test]
fn rates_are_shown_before_and_after_the_pause() {
    let report = build(&readings(), window(), None, &[]);
    let rates: Vec<(&str, f64, Option<f64>)> =
        report.phases.iter().map(|one| (one.name, one.sends, one.bounce_rate)).collect();
    assert_eq!(
        rates,
        [
            ("before the pause", 300.0, Some(0.2)),
            ("while paused", 0.0, None),
            ("after the resume", 400.0, Some(0.0025)),
        ]
    );
    assert_eq!(report.incident_ended.as_deref(), Some("2026-10-01 06:00 UTC"));
}

#[test]
fn an_incident_that_a_person_names_counts() {
    let report = build(&readings(), window(), Some((at(1), None)), &[]);
    let sends: Vec<f64> = report.phases.iter().map(|one| one.sends).collect();
    assert_eq!(sends, [100.0, 600.0]);
}

#[test]
fn without_a_pause_there_is_one_phase_and_a_gap() {
    let report =
        build(&EvidenceReadings { history: Some(Vec::new()), ..readings() }, window(), None, &[]);
    let [phase] = report.phases.as_slice() else { panic!("{:?}", report.phases) };
    assert_eq!((phase.name, phase.sends), ("the whole time", 700.0));
    assert!(report.gaps.iter().any(|gap| gap.contains("--incident")), "{:?}", report.gaps);
}

#[test]
fn what_is_not_known_is_a_gap() {
    let nothing = EvidenceReadings {
        failures: vec!["X could not be read.".to_owned()],
        ..EvidenceReadings::default()
    };
    let report = build(&nothing, window(), None, &[]);
    for text in ["X could not be read.", "--fixed", "counted no mail", "no reputation metrics"] {
        assert!(report.gaps.iter().any(|gap| gap.contains(text)), "{text}: {:?}", report.gaps);
    }
    assert_eq!(report.unread, 1);
}

#[test]
fn no_address_is_in_the_report() {
    let mut found = readings();
    found.callers = vec![("jane@example.net".to_owned(), 3.0)];
    let fixed = ["asked jane@example.net".to_owned()];
    let report = build(&found, window(), None, &fixed);
    let text = serde_json::to_string(&report).unwrap()
        + &super::super::markdown::render(&report).unwrap()
        + &super::super::page::render(&report).unwrap();
    assert!(!text.contains("jane@") && !text.contains("jo@"), "{text}");
    assert!(text.contains("list removed") && text.contains("bounce rate"));
}

#[test]
fn a_page_draws_what_was_read_and_escapes_it() {
    let mut found = readings();
    found.region = "<script>".to_owned();
    found.reputation[0] =
        vec![(at(0).as_second(), 0.04), (at(1).as_second(), 0.12), (at(5).as_second(), 0.02)];
    let page = super::super::page::render(&build(&found, window(), None, &[])).unwrap();
    assert!(!page.contains("<script>,") && page.contains("&#60;script&#62;"));
    assert_eq!(page.matches("<polyline").count(), 1);
    assert_eq!(page.matches("<circle").count(), 1, "a lone value after a gap");
    assert!(page.matches(">paused<").count() >= 3 && !page.contains("://"));
}

#[test]
fn numbers_read_well() {
    assert_eq!([0.0, 999.0, 1234567.0].map(number), ["0", "999", "1,234,567"]);
    assert_eq!(
        [None, Some(0.0), Some(0.0008), Some(0.042)].map(percent),
        ["none sent", "0.0 %", "0.08 %", "4.2 %"]
    );
}
