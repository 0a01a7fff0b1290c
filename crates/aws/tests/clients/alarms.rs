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
async fn tags_of_many_alarms_come_in_their_order_and_as_far_as_there_is_time() {
    let wire = Wire::start();
    let arns: Vec<String> = (0..40).map(|n| format!("{ARN}-{n}")).collect();
    for (n, arn) in arns.iter().enumerate() {
        wire.world().tags.insert(arn.clone(), BTreeMap::from([("n".into(), n.to_string())]));
    }
    wire.world().tag_reads.insert(arns[1].clone(), Answer::error(403, "AccessDenied"));
    wire.world().tag_reads.insert(arns[2].clone(), Answer::Hang);
    wire.script("ListTagsForResource", vec![Answer::error(400, "Throttling"); 3]);
    let arns: Vec<&str> = arns.iter().map(String::as_str).collect();
    let alarms = Alarms::new(&connection(&wire));
    // At twenty calls a second, not all have their turn.
    let read = alarms.tags_of(&arns, Duration::from_millis(1500)).await;
    assert_eq!(read[0].as_ref().unwrap().as_ref().unwrap()["n"], "0", "throttled, and read again");
    assert_eq!(read[1].as_ref().unwrap().as_ref().unwrap_err().class, Class::Denied);
    assert_eq!(read[2].as_ref().unwrap().as_ref().unwrap_err().class, Class::Temporary);
    assert_eq!(read[3].as_ref().unwrap().as_ref().unwrap()["n"], "3");
    assert_eq!(read[39], None, "no time was left to ask");
}

#[tokio::test]
async fn tags_are_read_and_written() {
    let wire = Wire::start();
    let alarms = Alarms::new(&connection(&wire));
    assert_eq!(alarms.tags(ARN).await.unwrap(), BTreeMap::new());
    alarms.tag(ARN, "ses-warden:handled", "1").await.unwrap();
    alarms.tag(ARN, "ses-warden:handled", "2026-09-21T14:13:20Z").await.unwrap();
    let tags = alarms.tags(ARN).await.unwrap();
    assert_eq!(
        tags,
        BTreeMap::from([("ses-warden:handled".into(), "2026-09-21T14:13:20Z".into())])
    );
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
