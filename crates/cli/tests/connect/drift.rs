//! What is different from what it should be, and what is not ours.

use serde_json::{Value, json};

use super::{Result, TOPIC, counts, of, run, started, wire};

#[test]
fn what_differs_is_mended_and_what_is_nobodys_business_stays() -> Result {
    let wire = started();
    counts(&wire, "apply --yes")?;
    let arn = |name: &str| {
        format!("arn:aws:cloudwatch:eu-central-1:111122223333:alarm:mail/domain/{name}")
    };
    {
        let mut world = wire.world();
        let put =
            world.alarms_put.get_mut("mail/domain/example.com/bounce/warn").ok_or("no alarm")?;
        put["Threshold"] = json!(0.9);
        put["ActionsEnabled"] = json!(false);
        let tags = world.tags.get_mut(&arn("example.com/bounce/warn")).ok_or("no tags")?;
        tags.insert("ses-warden:handled".into(), "2026-10-06T07:15:12Z".into());
        tags.insert("team".into(), "post".into());
    }
    let plan: Value = serde_json::from_slice(&run(&wire, "plan --json")?.stdout)?;
    let changed =
        plan["steps"].as_array().into_iter().flatten().find(|alarm| alarm["step"] == "change");
    let changed = changed.ok_or("no change")?;
    assert_eq!(changed["differs"], json!([{ "part": "threshold", "old": "0.9", "new": "0.04" }]));
    assert_eq!(changed["actions_off"], true);
    assert_eq!(counts(&wire, "apply --yes")?, of([("change", 1), ("keep", 23)]));
    assert_eq!(counts(&wire, "plan")?, of([("keep", 24)]));
    let puts = wire.calls_of("PutMetricAlarm");
    assert_eq!(puts.len(), 25);
    assert_eq!(
        (&puts[24].body["ActionsEnabled"], &puts[24].body["Threshold"]),
        (&json!(false), &json!(0.04))
    );
    let tags = wire.world().tags[&arn("example.com/bounce/warn")].clone();
    assert!(tags.contains_key("ses-warden:handled") && tags["team"] == "post", "{tags:?}");
    Ok(())
}

/// Everything that changes when an alarm is in ALARM, as CloudWatch answers it.
#[test]
fn what_somebody_changed_is_seen_at_the_wire() -> Result {
    type Edit = fn(&mut Value);
    let cases: [(&str, Edit); 11] = [
        ("events: period", |put| put["Metrics"][0]["MetricStat"]["Period"] = json!(60)),
        ("events: unit", |put| put["Metrics"][0]["MetricStat"]["Unit"] = json!("Seconds")),
        ("total: account", |put| put["Metrics"][1]["AccountId"] = json!("444455556666")),
        ("hits: period", |put| put["Metrics"][2]["Period"] = json!(60)),
        ("hits: compared", |put| put["Metrics"][2]["ReturnData"] = Value::Null),
        ("periods", |put| put["EvaluationPeriods"] = json!(2)),
        ("datapoints to alarm", |put| put["DatapointsToAlarm"] = json!(3)),
        ("evaluation window", |put| put["EvaluationWindow"] = json!({ "WallClockWindow": {} })),
        ("warm-up", |put| {
            put["WarmUpConfiguration"] = json!({ "WarmUpPeriodDurationInMinutes": 60 })
        }),
        ("actions on OK or missing data", |put| put["OKActions"] = json!([TOPIC])),
        ("actions on OK or missing data", |put| put["InsufficientDataActions"] = json!([TOPIC])),
    ];
    let wire = started();
    let line = "--domain example.com --measure bounce --severity warn --window fast";
    for (part, edit) in cases {
        counts(&wire, &format!("apply --yes {line}"))?;
        edit(
            wire.world()
                .alarms_put
                .get_mut("mail/domain/example.com/bounce/warn")
                .ok_or("no alarm")?,
        );
        let plan: Value =
            serde_json::from_slice(&run(&wire, &format!("plan {line} --json"))?.stdout)?;
        assert_eq!(plan["steps"][0]["differs"][0]["part"], part, "{plan}");
        assert_eq!(plan["steps"][0]["differs"].as_array().map(Vec::len), Some(1), "{plan}");
    }
    // What CloudWatch does where nothing is named.
    counts(&wire, &format!("apply --yes {line}"))?;
    {
        let mut world = wire.world();
        let put =
            world.alarms_put.get_mut("mail/domain/example.com/bounce/warn").ok_or("no alarm")?;
        put["EvaluationWindow"] = json!({ "SlidingWindow": {} });
        put["DatapointsToAlarm"] = Value::Null;
    }
    assert_eq!(counts(&wire, &format!("plan {line}"))?, of([("keep", 1)]));
    Ok(())
}

#[test]
fn a_composite_alarm_that_has_the_name_is_left_alone() -> Result {
    let wire = started();
    let name = "mail/domain/example.com/bounce/warn".to_owned();
    wire.world().alarms.push(wire::Alarm {
        arn: format!("arn:{name}"),
        name,
        is_composite: true,
        ..Default::default()
    });
    assert_eq!(counts(&wire, "apply --yes")?, of([("create", 23), ("leave", 1)]));
    assert_eq!(wire.calls_of("PutMetricAlarm").len(), 23);
    assert!(
        String::from_utf8(run(&wire, "plan")?.stdout)?.contains("a composite alarm has its name")
    );
    Ok(())
}
