//! `ses-warden connect` as it is typed, against AWS at the wire.

#![allow(
    clippy::indexing_slicing,
    reason = "of JSON, where what is not there is null and fails the test"
)]

mod access;
mod account;
mod crashes;
mod declared;
mod drift;
mod failures;
mod gone;
mod policy;
mod remove;
mod sets;
mod size;

use std::collections::BTreeMap;
use std::error::Error;
use std::process::{Command, Output, Stdio};

use fake_aws as wire;
use serde_json::{Value, json};
use wire::{Answer, Wire};

type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

const TOPIC: &str = "arn:aws:sns:eu-central-1:111122223333:mail-alarms";
const FEEDBACK: &str = "arn:aws:sns:eu-central-1:111122223333:mail-feedback";

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
        let kinds = [
            ("example.com", "DOMAIN"),
            ("quiet.example.net", "DOMAIN"),
            ("a@mail.test", "EMAIL_ADDRESS"),
        ];
        world.identities = kinds.map(|(name, kind)| (name.to_owned(), kind.to_owned())).into();
    }
    wire
}

fn command(environment: &[(&str, String)], line: &str) -> Command {
    ses_warden(environment, &format!("connect {line} --ses-calls-per-second 1000"))
}

fn ses_warden(environment: &[(&str, String)], line: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ses-warden"));
    command.env_clear().envs(environment.iter().map(|(name, value)| (*name, value.as_str())));
    // No profile and no instance of the machine that runs this.
    command.env("AWS_EC2_METADATA_DISABLED", "true").env("HOME", "/nonexistent");
    command.args(line.split_whitespace()).stdin(Stdio::null());
    command
}

/// The options that replace all outputs of a stack.
fn place() -> String {
    format!("--stack mail --prefix mail/ --alarm-topic {TOPIC} --feedback-topic {FEEDBACK}")
}

/// Runs with prefix and topics named, so that no stack is asked.
fn run(wire: &Wire, line: &str) -> Result<Output> {
    let line = format!("{line} {}", place());
    Ok(command(&wire.environment(), &line).output()?)
}

fn counts(wire: &Wire, line: &str) -> Result<BTreeMap<String, u64>> {
    let output = run(wire, &format!("{line} --json"))?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let plan: Value = serde_json::from_slice(&output.stdout)?;
    let counts = plan["counts"].as_object().ok_or("no counts")?;
    Ok(counts
        .iter()
        .filter_map(|(word, n)| Some((word.clone(), n.as_u64().filter(|n| *n > 0)?)))
        .collect())
}

fn of<const N: usize>(pairs: [(&str, u64); N]) -> BTreeMap<String, u64> {
    pairs.map(|(word, n)| (word.to_owned(), n)).into()
}

#[test]
fn a_plan_is_applied_and_then_there_is_nothing_to_do() -> Result {
    let wire = started();
    let output = run(&wire, "plan --json")?;
    assert!(
        output.stderr.is_empty(),
        "progress is for terminals: {:?}",
        String::from_utf8_lossy(&output.stderr)
    );
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
    counts(
        &wire,
        "apply --yes --domain News.Example.org. --measure bounce --severity critical --window fast",
    )?;
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
    assert_eq!(tags, [("ses-warden:made-by", "ses-warden-connect")].into());
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
fn the_stack_says_where_alarms_belong() -> Result {
    let wire = started();
    let member = |list: &str, pairs: &[(&str, &str, &str)]| {
        let each = |(kind, key, value): &(&str, &str, &str)| {
            format!(
                "<member><{kind}Key>{key}</{kind}Key><{kind}Value>{value}</{kind}Value></member>"
            )
        };
        format!("<{list}>{}</{list}>", pairs.iter().map(each).collect::<String>())
    };
    let outputs = [
        ("Output", "AlarmTopicArn", TOPIC),
        ("Output", "AlarmPrefix", "post/"),
        ("Output", "FeedbackTopicArn", FEEDBACK),
        ("Output", "MetricNamespace", "OtherWarden"),
    ];
    let stack = format!(
        "<member><StackName>post</StackName>{}{}</member>",
        member("Outputs", &outputs),
        member(
            "Parameters",
            // A stack of the CDK may have outputs that no parameter has.
            &[("Parameter", "MaxDomains", "2")]
        )
    );
    wire.script("DescribeStacks", [Answer::Ok(json!({ "Stacks": stack }))]);
    let output = command(&wire.environment(), "apply --yes --json --stack post").output()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let plan: Value = serde_json::from_slice(&output.stdout)?;
    assert_eq!((&plan["prefix"], &plan["alarm_topic"]), (&json!("post/"), &json!(TOPIC)));
    let warning = plan["warnings"][0].as_str().ok_or("no warning")?;
    assert!(
        warning.contains("3 domains are to have alarms, but metrics keeps series for 2 "),
        "{warning}"
    );
    assert_eq!(wire.calls_of("DescribeStacks")[0].body["StackName"], "post");
    assert_eq!(wire.calls_of("ListMetrics")[0].body["Namespace"], "OtherWarden");
    let prefixes = wire.calls_of("DescribeAlarms");
    let prefixes: Vec<&Value> = prefixes.iter().map(|call| &call.body["AlarmNamePrefix"]).collect();
    assert_eq!(prefixes, ["post/configuration-set/", "post/domain/"]);
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
    for topic in [
        "nonsense",
        "arn:aws:sqs:eu-central-1:111122223333:queue",
        "arn:aws:sns::111122223333:alarms",
    ] {
        let output = command(
            &wire.environment(),
            &format!("plan --prefix mail/ --alarm-topic {topic} --no-sets"),
        )
        .output()?;
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8(output.stderr)?.contains("not the ARN of a topic"), "{topic}");
    }
    assert!(wire.calls_of("DescribeAlarms").is_empty());
    Ok(())
}
