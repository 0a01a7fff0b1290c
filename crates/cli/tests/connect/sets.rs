//! What configuration sets get.

use serde_json::{Value, json};

use super::account::{ALL, small, to};
use super::wire::{Answer, Wire};
use super::{FEEDBACK, Result, TOPIC, counts, of, run};

fn plan(wire: &Wire, line: &str) -> Result<Value> {
    let output = run(wire, &format!("{line} --json"))?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// The step of one kind at one set.
fn step<'a>(plan: &'a Value, set: &str, kind: &str) -> &'a Value {
    let mut steps = plan["steps"].as_array().into_iter().flatten();
    steps.find(|step| step["set"] == set && step["kind"] == kind).unwrap_or(&Value::Null)
}

#[test]
fn each_set_gets_destination_metrics_and_alarms_once() -> Result {
    let wire = small();
    // 2 of 3 destinations, 2 of 3 switches, 3 x 4 and 8 alarms.
    let first = counts(&wire, "apply --yes")?;
    assert_eq!(first, of([("create", 1 + 1 + 2 + 20), ("keep", 2)]));
    {
        let world = wire.world();
        let made = &world.set_setups["bare"];
        assert!(made.reputation_metrics);
        assert_eq!(made.destinations["mail-feedback"], to(FEEDBACK, &ALL));
        assert_eq!(
            world.ses_tags("configuration-set/bare")["ses-warden:connect/mail"],
            "destination reputation-metrics"
        );
        assert_eq!(
            world.ses_tags("configuration-set/theirs")["ses-warden:connect/mail"],
            "reputation-metrics"
        );
        assert_eq!(
            world.ses_tags("configuration-set/metered")["ses-warden:connect/mail"],
            "destination"
        );
        assert_eq!(world.ses_tags("configuration-set/metered")["team"], "post");
        assert_eq!(world.set_setups["theirs"].destinations.len(), 1, "theirs is respected");
    }
    assert_eq!(counts(&wire, "plan")?, of([("keep", 26)]));
    let writes = wire.calls().len();
    assert_eq!(counts(&wire, "apply --yes --remove-gone")?, of([("keep", 26)]));
    let again = wire.calls().split_off(writes);
    let reads = ["List", "Get", "Describe"];
    assert!(
        again.iter().all(|call| reads.iter().any(|word| call.operation.starts_with(word))),
        "{again:?}"
    );
    Ok(())
}

#[test]
fn what_cloudwatch_gets_for_a_set() -> Result {
    let wire = small();
    plan(&wire, "apply --yes --no-domains --set bare --set-complaint-critical 0.0007")?;
    let calls = wire.calls_of("PutMetricAlarm");
    let call = calls
        .iter()
        .find(|call| call.body["AlarmName"] == "mail/configuration-set/bare/complaint/critical")
        .ok_or("no such alarm")?;
    let body = &call.body;
    assert_eq!(calls.len(), 4);
    assert_eq!(
        (&body["Namespace"], &body["MetricName"]),
        (&json!("AWS/SES"), &json!("Reputation.ComplaintRate"))
    );
    assert_eq!(body["Dimensions"], json!([{ "Name": "ses:configuration-set", "Value": "bare" }]));
    assert_eq!((&body["Statistic"], &body["Period"]), (&json!("Maximum"), &json!(900)));
    assert_eq!((&body["Threshold"], &body["EvaluationPeriods"]), (&json!(0.0007), &json!(1)));
    assert_eq!(body["ComparisonOperator"], "GreaterThanOrEqualToThreshold");
    assert_eq!(body["TreatMissingData"], "ignore");
    assert_eq!(body["AlarmActions"], json!([TOPIC]));
    assert_eq!(
        body["Tags"],
        json!([{ "Key": "ses-warden:made-by", "Value": "ses-warden-connect" }])
    );
    assert!(body["Metrics"].is_null(), "{body}");
    Ok(())
}

#[test]
fn what_others_made_is_spoken_of() -> Result {
    let wire = small();
    {
        let mut world = wire.world();
        let theirs = world.set_setups.get_mut("theirs").ok_or("no set")?;
        let mut odd = to(FEEDBACK, &["SEND", "BOUNCE", "COMPLAINT", "OPEN"]);
        odd["Enabled"] = json!(false);
        theirs.destinations.insert("to-warden".into(), odd);
        let full = world.add_set("full");
        for n in 0..10 {
            full.destinations.insert(format!("d{n}"), to("arn:aws:sns:x:1:other", &["SEND"]));
        }
        let taken = world.add_set("taken");
        taken.destinations.insert("mail-feedback".into(), to("arn:aws:sns:x:1:other", &["SEND"]));
    }
    let plan = plan(&wire, "apply --yes --no-domains")?;
    let theirs = step(&plan, "theirs", "destination");
    assert_eq!((&theirs["step"], &theirs["made_by_connect"]), (&json!("keep"), &json!(false)));
    let remarks = theirs["remarks"].to_string();
    for word in [
        "to-warden is switched off",
        "lacks REJECT, DELIVERY, RENDERING_FAILURE, DELIVERY_DELAY, SUBSCRIPTION",
        "has OPEN: SES adds a pixel",
    ] {
        assert!(remarks.contains(word), "{word}: {remarks}");
    }
    let full = step(&plan, "full", "destination");
    assert_eq!(full["step"], "leave");
    assert_eq!(full["why"], "the set has 10 event destinations, the most that SES takes");
    let taken = step(&plan, "taken", "destination");
    assert!(
        taken["why"].as_str().is_some_and(|why| why.contains("publishes elsewhere")),
        "{taken}"
    );
    let world = wire.world();
    assert_eq!(world.set_setups["full"].destinations.len(), 10);
    assert!(world.set_setups["full"].reputation_metrics, "the rest of the set is connected");
    Ok(())
}

#[test]
fn opens_and_clicks_come_only_when_asked_for_and_go_again() -> Result {
    let wire = small();
    counts(&wire, "apply --yes --no-domains --set bare")?;
    let said = String::from_utf8(run(&wire, "plan --no-domains --set bare --engagement")?.stdout)?;
    for word in [
        "change  bare  destination",
        "event types added: OPEN, CLICK; taken off: none",
        "Warning: with OPEN and CLICK SES adds a pixel to the HTML mail of 1 configuration set",
        "MetricSet is not known",
    ] {
        assert!(said.contains(word), "{word}: {said}");
    }
    let refused = run(&wire, "apply --no-domains --set bare --engagement")?;
    assert_eq!(refused.status.code(), Some(2), "nobody can be asked");
    plan(&wire, "apply --yes --no-domains --set bare --engagement")?;
    let events = || {
        wire.world().set_setups["bare"].destinations["mail-feedback"]["MatchingEventTypes"].clone()
    };
    assert_eq!(events(), json!([&ALL[..], &["OPEN", "CLICK"]].concat()));
    let kept = counts(&wire, "plan --no-domains --set bare --engagement")?;
    assert_eq!(kept, of([("keep", 6)]));
    plan(&wire, "apply --yes --no-domains --set bare")?;
    assert_eq!(events(), json!(ALL));
    Ok(())
}

#[test]
fn a_default_set_is_put_shown_and_remembered() -> Result {
    let wire = small();
    let line =
        "--no-domains --set bare --default-set a@mail.test=bare --default-set example.com=bare";
    let said = String::from_utf8(run(&wire, &format!("plan {line}"))?.stdout)?;
    assert!(said.contains("change  a@mail.test  metered -> bare"), "{said}");
    assert!(said.contains("create  example.com  none -> bare"), "{said}");
    plan(&wire, &format!("apply --yes {line}"))?;
    {
        let world = wire.world();
        assert_eq!(world.default_sets["a@mail.test"], "bare");
        assert_eq!(world.default_sets["example.com"], "bare");
        let tag = |name: &str| world.ses_tags(name)["ses-warden:connect/mail"].clone();
        assert_eq!(tag("identity/a@mail.test"), "set=bare was=metered");
        assert_eq!(tag("identity/example.com"), "set=bare was=");
        assert_eq!(tag("configuration-set/bare"), "destination reputation-metrics default-set");
    }
    assert_eq!(counts(&wire, &format!("plan {line}"))?, of([("keep", 8)]));
    for (wrong, why) in [
        ("--set nope", "there is no configuration set nope; there are bare, metered, theirs"),
        ("--default-set example.com=nope", "there is no configuration set nope"),
        ("--default-set nope.test=bare", "SES has no identity nope.test"),
        ("--default-set example.com", "not IDENTITY=SET"),
    ] {
        let output = run(&wire, &format!("plan {wrong}"))?;
        assert_eq!(output.status.code(), Some(2), "{wrong}");
        let said = String::from_utf8(output.stderr)?;
        assert!(said.contains(why), "{wrong}: {said}");
    }
    Ok(())
}

#[test]
fn a_set_that_ses_refuses_does_not_stop_the_others() -> Result {
    let wire = small();
    {
        let mut world = wire.world();
        world.set_setups.get_mut("bare").ok_or("no set")?.refusal = Some(Answer::Error {
            status: 400,
            code: "BadRequestException".into(),
            message: "Could not publish notification to Amazon SNS topic".into(),
        });
    }
    let output = run(&wire, "apply --yes --no-domains")?;
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr)?;
    assert!(said.contains("1 of 16 failed, the rest is done"), "{said}");
    assert!(
        said.contains(
            "configuration set bare, event destination mail-feedback: \
             CreateConfigurationSetEventDestination failed: 400 BadRequestException: Could not \
             publish notification to Amazon SNS topic. SES tries the topic out"
        ),
        "{said}"
    );
    wire.world().set_setups.get_mut("bare").ok_or("no set")?.refusal = None;
    assert_eq!(counts(&wire, "apply --yes --no-domains")?, of([("create", 1), ("keep", 17)]));
    assert_eq!(counts(&wire, "plan --no-domains")?, of([("keep", 18)]));
    Ok(())
}

#[test]
fn a_set_deleted_since_the_plan_is_reported_and_stops_nothing() -> Result {
    let wire = small();
    // What SES answers about a set that went meanwhile.
    wire.script("TagResource", [Answer::error(404, "NotFoundException")]);
    wire.script("TagResource", [Answer::error(404, "NotFoundException")]);
    let output = run(&wire, "apply --yes --no-domains")?;
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr)?;
    assert!(said.contains("The set was deleted meanwhile; plan again"), "{said}");
    assert!(
        said.contains("mail/configuration-set/bare/bounce/warn: the set was deleted meanwhile"),
        "{said}"
    );
    let world = wire.world();
    assert!(world.set_setups["metered"].destinations.contains_key("mail-feedback"));
    assert!(world.alarms.iter().all(|alarm| !alarm.name.contains("/bare/")));
    Ok(())
}

#[test]
fn throttling_and_concurrent_changes_are_waited_out() -> Result {
    let wire = small();
    for operation in [
        "ListConfigurationSets",
        "GetConfigurationSet",
        "GetConfigurationSetEventDestinations",
        "TagResource",
        "PutConfigurationSetReputationOptions",
        "CreateConfigurationSetEventDestination",
    ] {
        // Each doubles the time between two calls, which is a millisecond here.
        wire.script(operation, [Answer::throttled()]);
    }
    let concurrent = || Answer::error(500, "ConcurrentModificationException");
    wire.script("TagResource", [concurrent(), concurrent(), concurrent()]);
    assert_eq!(counts(&wire, "apply --yes --no-domains")?, of([("create", 16), ("keep", 2)]));
    assert_eq!(counts(&wire, "plan --no-domains")?, of([("keep", 18)]));
    Ok(())
}

/// A quota is no throttling, which it is called like.
#[test]
fn a_quota_is_not_waited_for() -> Result {
    let wire = small();
    let quota = Answer::error(400, "LimitExceededException");
    wire.world().set_setups.get_mut("bare").ok_or("no set")?.refusal = Some(quota);
    let output = run(&wire, "apply --yes --no-domains --set bare")?;
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr)?;
    assert!(said.contains("A set takes 10 event destinations"), "{said}");
    assert_eq!(wire.calls_of("CreateConfigurationSetEventDestination").len(), 1);
    Ok(())
}

/// The answer to the first try is lost.
#[test]
fn a_destination_that_is_there_already_is_done() -> Result {
    let wire = small();
    let broken = [Answer::Broken, Answer::error(400, "AlreadyExistsException")];
    wire.script("CreateConfigurationSetEventDestination", broken);
    let destinations = json!({ "EventDestinations": [{ "Name": "mail-feedback", "Enabled": true,
        "MatchingEventTypes": ALL, "SnsDestination": { "TopicArn": FEEDBACK } }] });
    let none = json!({ "EventDestinations": [] });
    wire.script(
        "GetConfigurationSetEventDestinations",
        [Answer::Ok(none), Answer::Ok(destinations)],
    );
    assert_eq!(counts(&wire, "apply --yes --no-domains --set bare")?, of([("create", 6)]));
    // Somebody made another of that name.
    let wire = small();
    wire.script(
        "CreateConfigurationSetEventDestination",
        [Answer::error(400, "AlreadyExistsException")],
    );
    let output = run(&wire, "apply --yes --no-domains --set bare")?;
    assert_eq!(output.status.code(), Some(1));
    Ok(())
}

#[test]
fn sets_need_a_feedback_topic_and_domains_alone_do_not() -> Result {
    let wire = small();
    let output = super::command(
        &wire.environment(),
        &format!("plan --no-sets --prefix mail/ --alarm-topic {TOPIC}"),
    )
    .output()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(wire.calls_of("DescribeStacks").is_empty());
    assert!(wire.calls_of("ListConfigurationSets").is_empty());
    let output =
        super::command(&wire.environment(), &format!("plan --prefix mail/ --alarm-topic {TOPIC}"))
            .output()?;
    assert_eq!(output.status.code(), Some(5));
    assert!(String::from_utf8(output.stderr)?.contains("--feedback-topic"));
    Ok(())
}
