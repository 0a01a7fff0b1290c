//! `ses-warden alarms` as it is typed, against AWS at the wire.

#![allow(clippy::indexing_slicing, reason = "of JSON, where what is not there is null and fails the test")]

#[path = "../../aws/tests/wire/mod.rs"]
mod wire;

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use wire::{Answer, Wire};

type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

const TOPIC: &str = "arn:aws:sns:eu-central-1:111122223333:mail-alarms";

/// Two domains that sent, one of them an identity too, and one that never did.
fn started() -> Wire {
    let wire = Wire::start();
    {
        let mut world = wire.world();
        world.page_size = 3;
        for domain in ["news.example.org", "example.com", "unknown", "other"] {
            world.add_series("Send", &[("Domain", domain)], 100.0);
            world.add_series("Send", &[("Domain", domain), ("ConfigurationSet", "x")], 100.0);
        }
        let kinds = [("example.com", "DOMAIN"), ("quiet.example.net", "DOMAIN"), ("a@mail.test", "EMAIL_ADDRESS")];
        world.identities = kinds.map(|(name, kind)| (name.to_owned(), kind.to_owned())).into();
    }
    wire
}

fn command(environment: &[(&str, String)], line: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ses-warden"));
    command.env_clear().envs(environment.iter().map(|(name, value)| (*name, value.as_str())));
    // No profile and no instance of the machine that runs this.
    command.env("AWS_EC2_METADATA_DISABLED", "true").env("HOME", "/nonexistent");
    command.arg("alarms").args(line.split_whitespace()).stdin(Stdio::null());
    command
}

/// Runs with the prefix and topic named, so that no stack is asked.
fn run(wire: &Wire, line: &str) -> Result<Output> {
    let line = format!("{line} --prefix mail/ --alarm-topic {TOPIC}");
    Ok(command(&wire.environment(), &line).output()?)
}

fn counts(wire: &Wire, line: &str) -> Result<BTreeMap<String, u64>> {
    let output = run(wire, &format!("{line} --json"))?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let plan: Value = serde_json::from_slice(&output.stdout)?;
    let counts = plan["counts"].as_object().ok_or("no counts")?;
    Ok(counts.iter().filter_map(|(word, n)| Some((word.clone(), n.as_u64().filter(|n| *n > 0)?))).collect())
}

fn of<const N: usize>(pairs: [(&str, u64); N]) -> BTreeMap<String, u64> {
    pairs.map(|(word, n)| (word.to_owned(), n)).into()
}

#[test]
fn a_plan_is_applied_and_then_there_is_nothing_to_do() -> Result {
    let wire = started();
    let output = run(&wire, "plan --json")?;
    assert!(output.stderr.is_empty(), "progress is for terminals: {:?}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(counts(&wire, "plan")?, of([("create", 24)]));
    assert!(wire.calls_of("PutMetricAlarm").is_empty(), "a plan changes nothing");

    assert_eq!(counts(&wire, "apply --yes")?, of([("create", 24)]));
    assert_eq!(wire.calls_of("PutMetricAlarm").len(), 24);
    let again = run(&wire, "plan")?;
    let text = String::from_utf8(again.stdout)?;
    assert!(text.contains("Nothing to do: 24 to keep."), "{text}");
    assert_eq!(counts(&wire, "apply --yes --remove-gone")?, of([("keep", 24)]));
    assert_eq!(wire.calls_of("PutMetricAlarm").len(), 24);
    assert!(wire.calls_of("DeleteAlarms").is_empty() && wire.calls_of("TagResource").is_empty());
    Ok(())
}

#[test]
fn what_cloudwatch_gets() -> Result {
    let wire = started();
    counts(&wire, "apply --yes --domain News.Example.org. --measure bounce --severity critical --window fast")?;
    let calls = wire.calls_of("PutMetricAlarm");
    let [call] = calls.as_slice() else { return Err(format!("{} calls", calls.len()).into()) };
    let body = &call.body;
    assert_eq!(body["AlarmName"], "mail/domain/news.example.org/bounce/critical");
    assert_eq!(body["AlarmActions"], json!([TOPIC]));
    assert_eq!((&body["Threshold"], &body["EvaluationPeriods"]), (&json!(0.04), &json!(1)));
    assert_eq!(body["ComparisonOperator"], "GreaterThanThreshold");
    assert_eq!(body["TreatMissingData"], "notBreaching");
    let metric = |id: &str, name: &str| {
        json!({ "Id": id, "ReturnData": false, "MetricStat": { "Period": 300, "Stat": "Sum", "Metric": {
            "Namespace": "SesWarden", "MetricName": name,
            "Dimensions": [{ "Name": "Domain", "Value": "news.example.org" }] } } })
    };
    assert_eq!(body["Metrics"][0], metric("events", "BounceHard"));
    assert_eq!(body["Metrics"][1], metric("total", "Send"));
    assert_eq!(body["Metrics"][3]["Id"], "bound");
    let tags: BTreeMap<&str, &str> = body["Tags"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|tag| Some((tag["Key"].as_str()?, tag["Value"].as_str()?)))
        .collect();
    assert_eq!(
        tags,
        [
            ("ses-warden:made-by", "ses-warden-alarms"),
            ("ses-warden:measure", "bounce"),
            ("ses-warden:scope", "domain"),
            ("ses-warden:severity", "critical"),
            ("ses-warden:target", "news.example.org"),
        ]
        .into()
    );
    Ok(())
}

#[test]
fn what_differs_is_mended_and_what_is_nobodys_business_stays() -> Result {
    let wire = started();
    counts(&wire, "apply --yes")?;
    let arn = |name: &str| format!("arn:aws:cloudwatch:eu-central-1:111122223333:alarm:mail/domain/{name}");
    {
        let mut world = wire.world();
        let put = world.alarms_put.get_mut("mail/domain/example.com/bounce/warn").ok_or("no alarm")?;
        put["Threshold"] = json!(0.9);
        put["ActionsEnabled"] = json!(false);
        for name in ["bounce/warn", "complaint/critical"] {
            let tags = world.tags.get_mut(&arn(&format!("example.com/{name}"))).ok_or("no tags")?;
            tags.insert("ses-warden:severity".into(), "nonsense".into());
            tags.insert("ses-warden:handled".into(), "2026-10-06T07:15:12Z".into());
        }
    }
    let plan: Value = serde_json::from_slice(&run(&wire, "plan --json")?.stdout)?;
    let changed = plan["alarms"].as_array().into_iter().flatten().find(|alarm| alarm["step"] == "change");
    let changed = changed.ok_or("no change")?;
    assert_eq!(
        changed["differs"],
        json!([
            { "part": "threshold", "old": "0.9", "new": "0.02" },
            { "part": "tag ses-warden:severity", "old": "nonsense", "new": "warn" },
        ])
    );
    assert_eq!(changed["actions_off"], true);
    assert_eq!(counts(&wire, "apply --yes")?, of([("change", 2), ("keep", 22)]));
    assert_eq!(counts(&wire, "plan")?, of([("keep", 24)]));
    let puts = wire.calls_of("PutMetricAlarm");
    assert_eq!(puts.len(), 25, "tags alone need no PutMetricAlarm");
    assert_eq!((&puts[24].body["ActionsEnabled"], &puts[24].body["Threshold"]), (&json!(false), &json!(0.02)));
    assert_eq!(wire.world().tags[&arn("example.com/bounce/warn")]["ses-warden:severity"], "warn");
    let tags = wire.world().tags[&arn("example.com/complaint/critical")].clone();
    assert_eq!(tags["ses-warden:severity"], "critical");
    assert!(tags.contains_key("ses-warden:handled"));
    Ok(())
}

/// All that changes what rings, as CloudWatch answers it.
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
        ("warm-up", |put| put["WarmUpConfiguration"] = json!({ "WarmUpPeriodDurationInMinutes": 60 })),
        ("actions on OK or missing data", |put| put["OKActions"] = json!([TOPIC])),
        ("actions on OK or missing data", |put| put["InsufficientDataActions"] = json!([TOPIC])),
    ];
    let wire = started();
    let line = "--domain example.com --measure bounce --severity warn --window fast";
    for (part, edit) in cases {
        counts(&wire, &format!("apply --yes {line}"))?;
        edit(wire.world().alarms_put.get_mut("mail/domain/example.com/bounce/warn").ok_or("no alarm")?);
        let plan: Value = serde_json::from_slice(&run(&wire, &format!("plan {line} --json"))?.stdout)?;
        assert_eq!(plan["alarms"][0]["differs"][0]["part"], part, "{plan}");
        assert_eq!(plan["alarms"][0]["differs"].as_array().map(Vec::len), Some(1), "{plan}");
    }
    // What CloudWatch does where nothing is named.
    counts(&wire, &format!("apply --yes {line}"))?;
    {
        let mut world = wire.world();
        let put = world.alarms_put.get_mut("mail/domain/example.com/bounce/warn").ok_or("no alarm")?;
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
    assert!(String::from_utf8(run(&wire, "plan")?.stdout)?.contains("a composite alarm has its name"));
    Ok(())
}

#[test]
fn an_identity_that_cannot_send_gets_alarms_only_when_it_is_seen() -> Result {
    let wire = started();
    wire.world().unverified = ["quiet.example.net", "example.com"].map(str::to_owned).into();
    assert_eq!(counts(&wire, "apply --yes")?, of([("create", 16)]));
    wire.world().identities.insert("late.example.net".into(), "DOMAIN".into());
    assert_eq!(counts(&wire, "apply --yes")?, of([("create", 8), ("keep", 16)]));
    // Its DNS is broken now: nothing is made for it, and nothing removed.
    wire.world().unverified.insert("late.example.net".into());
    assert_eq!(counts(&wire, "apply --yes --remove-gone")?, of([("keep", 24)]));
    Ok(())
}

#[test]
fn nearly_everything_is_removed_only_with_a_second_word() -> Result {
    let wire = started();
    counts(&wire, "apply --yes")?;
    let refused = |line: &str, why: &str| -> Result {
        let output = run(&wire, line)?;
        assert_eq!(output.status.code(), Some(2), "{line}");
        let said = String::from_utf8(output.stderr)?;
        assert!(
            said.contains(why) && said.contains("nothing was changed. Give --remove-most if it is meant"),
            "{said}"
        );
        Ok(())
    };
    wire.world().identities.retain(|name, _| name == "example.com");
    wire.world().series.clear();
    refused("apply --yes --remove-gone", "2 of the 3 domains that have alarms would lose them")?;
    wire.world().identities.clear();
    refused("apply --yes --remove-gone --json", "no domain at all was found in SesWarden")?;
    refused("apply --yes --remove-gone --domain example.com", "no domain at all was found in SesWarden")?;
    assert!(wire.calls_of("DeleteAlarms").is_empty());
    assert_eq!(counts(&wire, "apply --yes --remove-gone --remove-most")?, of([("gone", 24)]));
    assert!(wire.world().alarms.is_empty());
    Ok(())
}

#[test]
fn a_named_domain_that_is_gone_goes_and_gets_nothing() -> Result {
    let wire = started();
    counts(&wire, "apply --yes --domain old.example")?;
    assert_eq!(wire.world().alarms.len(), 8, "a person who names a domain knows more than CloudWatch");
    assert_eq!(counts(&wire, "apply --yes --domain old.example")?, of([("keep", 8)]));
    assert_eq!(
        counts(&wire, "apply --yes --remove-gone --domain old.example --domain example.com")?,
        of([("create", 8), ("gone", 8)])
    );
    assert!(wire.world().alarms.iter().all(|alarm| alarm.name.starts_with("mail/domain/example.com/")));
    Ok(())
}

#[test]
fn what_no_mail_comes_from_is_refused_with_the_reason() -> Result {
    let wire = started();
    for (domain, why) in [("Other", "metrics counts under other"), ("localhost", "has a dot")] {
        let output = run(&wire, &format!("apply --yes --domain {domain}"))?;
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8(output.stderr)?.contains(why));
    }
    assert!(wire.calls().is_empty());
    Ok(())
}

#[test]
fn what_is_gone_goes_only_when_told_to() -> Result {
    let wire = started();
    counts(&wire, "apply --yes")?;
    wire.world().identities.remove("quiet.example.net");
    assert_eq!(counts(&wire, "apply --yes")?, of([("gone", 8), ("keep", 16)]));
    assert_eq!(wire.world().alarms.len(), 24);
    assert_eq!(counts(&wire, "apply --yes --remove-gone")?, of([("gone", 8), ("keep", 16)]));
    assert!(wire.world().alarms.iter().all(|alarm| !alarm.name.contains("quiet.example.net")));
    assert_eq!(counts(&wire, "plan")?, of([("keep", 16)]));
    Ok(())
}

#[test]
fn nobody_there_to_ask_changes_nothing() -> Result {
    let wire = started();
    let output = run(&wire, "apply")?;
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr)?.contains("give --yes"));
    assert!(wire.calls_of("PutMetricAlarm").is_empty());
    Ok(())
}

#[test]
fn the_stack_says_where_alarms_belong() -> Result {
    let wire = started();
    let member = |list: &str, pairs: &[(&str, &str, &str)]| {
        let each = |(kind, key, value): &(&str, &str, &str)| {
            format!("<member><{kind}Key>{key}</{kind}Key><{kind}Value>{value}</{kind}Value></member>")
        };
        format!("<{list}>{}</{list}>", pairs.iter().map(each).collect::<String>())
    };
    let outputs = [("Output", "AlarmTopicArn", TOPIC), ("Output", "AlarmPrefix", "post/")];
    let stack = format!(
        "<member><StackName>post</StackName>{}{}</member>",
        member("Outputs", &outputs),
        member("Parameters", &[("Parameter", "MetricNamespace", "OtherWarden"), ("Parameter", "MaxDomains", "2")])
    );
    wire.script("DescribeStacks", [Answer::Ok(json!({ "Stacks": stack }))]);
    let output = command(&wire.environment(), "apply --yes --json --stack post").output()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let plan: Value = serde_json::from_slice(&output.stdout)?;
    assert_eq!((&plan["prefix"], &plan["alarm_topic"]), (&json!("post/"), &json!(TOPIC)));
    let warning = plan["warnings"][0].as_str().ok_or("no warning")?;
    assert!(warning.contains("3 domains are to have alarms, but metrics keeps series for 2 "), "{warning}");
    assert_eq!(wire.calls_of("DescribeStacks")[0].body["StackName"], "post");
    assert_eq!(wire.calls_of("ListMetrics")[0].body["Namespace"], "OtherWarden");
    assert_eq!(wire.calls_of("DescribeAlarms")[0].body["AlarmNamePrefix"], "post/domain/");
    Ok(())
}

#[test]
fn a_failed_call_is_named_and_throttling_is_waited_out() -> Result {
    let wire = started();
    let denied = Answer::Error { status: 403, code: "AccessDenied".into(), message: "not for you".into() };
    let throttled = || Answer::error(400, "ThrottlingException");
    wire.script("PutMetricAlarm", [throttled(), throttled(), throttled(), denied]);
    let output = run(&wire, "apply --yes")?;
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr)?;
    assert!(said.contains("1 of 24 failed, the rest is done:\n  PutMetricAlarm mail/domain/"), "{said}");
    assert!(said.contains("AccessDenied: not for you"), "{said}");
    // The one that is throttled three times and refused then, and the 23 after it.
    assert_eq!(wire.calls_of("PutMetricAlarm").len(), 27);
    assert_eq!(counts(&wire, "plan")?, of([("create", 1), ("keep", 23)]));
    Ok(())
}

#[test]
fn of_many_failures_the_first_are_named_and_the_rest_counted() -> Result {
    let wire = started();
    let denied = || Answer::Error { status: 403, code: "AccessDenied".into(), message: "not for you".into() };
    wire.script("PutMetricAlarm", std::iter::repeat_with(denied).take(24));
    let output = run(&wire, "apply --yes")?;
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr)?;
    assert!(said.contains("24 of 24 failed") && said.trim_end().ends_with("and 14 more"), "{said}");
    assert_eq!(said.lines().count(), 12, "{said}");
    Ok(())
}

#[test]
fn machines_get_the_plan_and_what_failed() -> Result {
    let wire = started();
    counts(&wire, "apply --yes --domain old.example")?;
    let denied = || Answer::Error { status: 403, code: "AccessDenied".into(), message: "not for you".into() };
    wire.script("PutMetricAlarm", [denied()]);
    wire.script("DeleteAlarms", [denied()]);
    let output = run(&wire, "apply --yes --remove-gone --remove-most --json")?;
    assert_eq!(output.status.code(), Some(1));
    let plan: Value = serde_json::from_slice(&output.stdout)?;
    assert_eq!((&plan["counts"]["create"], &plan["counts"]["gone"]), (&json!(24), &json!(8)));
    let failures = plan["failures"].as_array().ok_or("no failures")?;
    assert_eq!(failures.len(), 9, "one that was to be made, and all of the one call that deletes");
    let reason = failures[0]["reason"].as_str().ok_or("no reason")?;
    assert!(failures[0]["alarm"].as_str().is_some_and(|name| name.starts_with("mail/domain/example.com/")));
    assert!(reason.contains("AccessDenied: not for you"), "{reason}");
    let clean: Value = serde_json::from_slice(&run(&wire, "plan --json")?.stdout)?;
    assert_eq!(clean["failures"], json!([]));
    Ok(())
}

#[test]
fn deletion_goes_by_the_hundred() -> Result {
    let wire = started();
    for n in 0..15 {
        wire.world().add_series("Send", &[("Domain", &format!("d{n}.example.org"))], 1.0);
    }
    counts(&wire, "apply --yes")?;
    wire.world().series.clear();
    wire.world().identities.clear();
    assert_eq!(counts(&wire, "apply --yes --remove-gone --remove-most")?, of([("gone", 144)]));
    let deleted: Vec<usize> = wire
        .calls_of("DeleteAlarms")
        .iter()
        .filter_map(|call| call.body["AlarmNames"].as_array().map(Vec::len))
        .collect();
    assert_eq!(deleted, [100, 44]);
    assert!(wire.world().alarms.is_empty());
    Ok(())
}

#[test]
fn domains_beyond_the_cap_are_spoken_of() -> Result {
    let wire = started();
    let said = |line: &str| -> Result<String> { Ok(String::from_utf8(run(&wire, line)?.stdout)?) };
    assert!(said("plan")?.contains("Raise the stack's MaxDomains"), "{}", said("plan")?);
    assert!(said("plan --json")?.contains(r#""beyond_max_domains":true"#));
    wire.world().series.retain(|series| !format!("{series:?}").contains("other"));
    assert!(!said("plan")?.contains("MaxDomains"));
    Ok(())
}

#[test]
fn what_is_no_topic_is_refused_at_once() -> Result {
    let wire = started();
    for topic in ["nonsense", "arn:aws:sqs:eu-central-1:111122223333:queue", "arn:aws:sns::111122223333:alarms"] {
        let output = command(&wire.environment(), &format!("plan --prefix mail/ --alarm-topic {topic}")).output()?;
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8(output.stderr)?.contains("not the ARN of a topic"), "{topic}");
    }
    assert!(wire.calls_of("DescribeAlarms").is_empty());
    Ok(())
}

/// A file of profiles that is gone with the test.
struct Profiles(std::path::PathBuf);

impl Profiles {
    fn new(name: &str, text: &str) -> Result<Self> {
        let path = std::env::temp_dir().join(format!("ses-warden-{name}-{}", std::process::id()));
        fs::write(&path, text)?;
        Ok(Self(path))
    }

    fn variable(&self) -> (&'static str, String) {
        ("AWS_CONFIG_FILE", self.0.display().to_string())
    }
}

impl Drop for Profiles {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

const KEYS_OF_A_PROFILE: &str = "aws_access_key_id = AKIDPROFILE\naws_secret_access_key = not-a-secret";

#[test]
fn a_profile_names_region_credentials_and_endpoint() -> Result {
    let wire = started();
    let text = format!("[profile mail]\nregion = ap-south-2\n{KEYS_OF_A_PROFILE}\nendpoint_url = {}\n", wire.url());
    let profiles = Profiles::new("endpoint", &text)?;
    let line = format!("plan --profile mail --prefix mail/ --alarm-topic {TOPIC}");
    let output = command(&[profiles.variable()], &line).output()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(wire.calls_of("ListMetrics")[0].signed_for, "ap-south-2/monitoring");
    Ok(())
}

/// They would act on another account.
#[test]
fn keys_in_the_environment_are_not_taken_where_a_profile_is_named() -> Result {
    let wire = started();
    let profiles = Profiles::new("keys", &format!("[profile mail]\n{KEYS_OF_A_PROFILE}\n"))?;
    let environment = [wire.environment(), vec![profiles.variable()]].concat();
    let by = |line: &str| -> Result<String> {
        let before = wire.calls().len();
        let output = command(&environment, &format!("plan {line} --prefix mail/ --alarm-topic {TOPIC}")).output()?;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let mut keys: Vec<String> = wire.calls().into_iter().skip(before).map(|call| call.access_key).collect();
        keys.dedup();
        Ok(keys.join(", "))
    };
    assert_eq!(by("--profile mail")?, "AKIDPROFILE");
    assert_eq!(by("")?, "AKIDEXAMPLE");
    Ok(())
}

#[test]
fn a_profile_that_gives_no_credentials_is_named_and_nobody_is_called() -> Result {
    let wire = started();
    let profiles = Profiles::new("none", "[profile empty]\nregion = eu-central-1\n")?;
    let environment = [wire.environment(), vec![profiles.variable()]].concat();
    for (profile, why) in [("nope", "`nope` was not defined"), ("empty", "")] {
        let line = format!("plan --profile {profile} --prefix mail/ --alarm-topic {TOPIC}");
        let output = command(&environment, &line).output()?;
        assert_eq!(output.status.code(), Some(2));
        let said = String::from_utf8(output.stderr)?;
        assert!(said.contains(&format!("the profile {profile} gives no credentials")) && said.contains(why), "{said}");
    }
    assert!(wire.calls().is_empty());
    Ok(())
}

#[test]
fn without_a_region_the_way_out_is_named() -> Result {
    let output = command(&[], "plan").output()?;
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr)?.contains("give --region"));
    Ok(())
}
