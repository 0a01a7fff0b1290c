//! Alarms and their tags.

use std::collections::BTreeMap;
use std::time::Duration;

use warden_aws::{Alarms, Class};

use crate::connection;
use crate::wire::{Alarm, AlarmSeries, Answer, Wire};

const ARN: &str =
    "arn:aws:cloudwatch:eu-central-1:111122223333:alarm:w/account/all/bounce/critical";

fn alarm(name: &str, state: &str) -> Alarm {
    Alarm {
        arn: format!("arn:aws:cloudwatch:eu-central-1:111122223333:alarm:{name}"),
        name: name.into(),
        state: state.into(),
        reason: "Threshold Crossed".into(),
        updated_at: 1_790_000_100.0,
        transitioned_at: Some(1_790_000_000.25),
        ..Alarm::default()
    }
}

#[tokio::test]
async fn alarms_of_the_prefix_come_from_all_pages() {
    let wire = Wire::start();
    {
        let mut world = wire.world();
        world.page_size = 1;
        world.alarms = vec![
            alarm("w/a", "ALARM"),
            Alarm { transitioned_at: Some(1_790_000_001.0), ..alarm("w/b", "OK") },
            Alarm { is_composite: true, ..alarm("w/c", "ALARM") },
            alarm("other/d", "ALARM"),
            Alarm { transitioned_at: None, ..alarm("w/e", "ALARM") },
        ];
    }
    let found = Alarms::new(&connection(&wire)).all("w/").await.unwrap();
    let names: Vec<&str> = found.iter().map(|alarm| alarm.name.as_str()).collect();
    assert_eq!(names, ["w/a", "w/b", "w/c", "w/e"]);
    let states: Vec<&str> = found.iter().map(|alarm| alarm.state.name()).collect();
    assert_eq!(states, ["ALARM", "OK", "ALARM", "ALARM"]);
    assert_eq!(found[0].reason, "Threshold Crossed");
    let episodes: Vec<&str> = found.iter().map(|alarm| alarm.episode.as_str()).collect();
    assert_eq!(
        episodes,
        [
            "2026-09-21T14:13:20.25Z",
            "2026-09-21T14:13:21Z",
            "2026-09-21T14:13:20.25Z",
            "2026-09-21T14:15:00Z"
        ]
    );
    assert_eq!(wire.calls().len(), 4);
}

#[tokio::test]
async fn an_alarm_says_which_series_it_reads() {
    let wire = Wire::start();
    let of_set = [("ses:configuration-set", "marketing")];
    let of_domain = [("Domain", "example.com")];
    let sends = AlarmSeries { account: "999988887777".into(), ..AlarmSeries::default() };
    wire.world().alarms = vec![
        Alarm {
            series: Some(AlarmSeries::new("AWS/SES", "Reputation.BounceRate", &of_set)),
            ..alarm("w/a", "ALARM")
        },
        Alarm {
            math: vec![AlarmSeries::new("SesWarden", "BounceHard", &of_domain), sends],
            ..alarm("w/b", "ALARM")
        },
        Alarm { is_composite: true, ..alarm("w/c", "ALARM") },
    ];
    let found = Alarms::new(&connection(&wire)).all("w/").await.unwrap();
    let [plain, math, composite] = found.as_slice() else { panic!("{found:?}") };
    assert!(!plain.has_expression && math.has_expression && !composite.has_expression);
    assert_eq!(composite.definition().series, []);
    let [rate] = plain.series.as_slice() else { panic!("{plain:?}") };
    assert_eq!(
        (rate.namespace.as_str(), rate.metric.as_str()),
        ("AWS/SES", "Reputation.BounceRate")
    );
    assert_eq!(rate.dimensions["ses:configuration-set"], "marketing");
    assert_eq!(rate.account, None);
    let [bounces, nameless] = math.series.as_slice() else { panic!("{math:?}") };
    assert_eq!(
        (bounces.metric.as_str(), bounces.dimensions["Domain"].as_str()),
        ("BounceHard", "example.com")
    );
    // What a definition lacks is not made up, and the series does not disappear.
    assert_eq!((nameless.namespace.as_str(), nameless.metric.as_str()), ("", ""));
    assert_eq!(nameless.account.as_deref(), Some("999988887777"));
}

#[tokio::test]
async fn an_alarm_that_is_not_there_is_not_found() {
    let wire = Wire::start();
    wire.script("ListTagsForResource", [Answer::error(404, "ResourceNotFoundException")]);
    let error = Alarms::new(&connection(&wire)).tags(ARN).await.unwrap_err();
    assert_eq!((error.operation, error.class), ("ListTagsForResource", Class::NotFound));
}

#[tokio::test]
async fn a_read_is_repeated_after_throttling() {
    let wire = Wire::start();
    wire.script("DescribeAlarms", [Answer::error(400, "Throttling")]);
    assert!(Alarms::new(&connection(&wire)).all("w/").await.unwrap().is_empty());
    assert_eq!(wire.calls().len(), 2);
}

#[tokio::test]
async fn a_role_without_permission_is_denied() {
    let wire = Wire::start();
    wire.script("DescribeAlarms", [Answer::error(403, "AccessDenied")]);
    let error = Alarms::new(&connection(&wire)).all("w/").await.unwrap_err();
    assert_eq!((error.operation, error.class), ("DescribeAlarms", Class::Denied));
    assert_eq!(wire.calls().len(), 1);
}
