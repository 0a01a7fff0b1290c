//! A healthy account, and the handles by which a test breaks it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use crate::setup::snapshot::*;

pub(super) const REGION: &str = "eu-central-1";
pub(super) const ACCOUNT: &str = "111122223333";
pub(super) const SET: &str = "marketing";
pub(super) const DOMAIN: &str = "example.com";
pub(super) const KEY: &str = "arn:aws:kms:eu-central-1:111122223333:key/0a1b";

pub(super) fn arn(service: &str, resource: &str) -> String {
    format!("arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}")
}

pub(super) fn topic_arn(name: &str) -> String {
    arn("sns", &format!("ses-warden-{name}"))
}

pub(super) fn queue_arn(name: &str) -> String {
    arn("sqs", &format!("ses-warden-{name}"))
}

pub(super) fn function_arn(name: &str) -> String {
    arn("lambda", &format!("function:ses-warden-{name}"))
}

fn allow(service: &str, action: &str, resource: &str, source: &str) -> String {
    json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": service}, "Action": action,
        "Resource": resource, "Condition": {"ArnLike": {"aws:SourceArn": source}},
    }]})
    .to_string()
}

fn url(name: &str) -> String {
    format!("https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/ses-warden-{name}")
}

fn subscription(protocol: &str, endpoint: &str) -> Subscription {
    let attributes = SubscriptionAttributes {
        dead_letters: Some(queue_arn("suppress-dead-letters")),
        ..SubscriptionAttributes::default()
    };
    Subscription {
        arn: format!("{}:1", topic_arn("feedback")),
        protocol: protocol.to_owned(),
        endpoint: endpoint.to_owned(),
        is_confirmed: true,
        attributes: Fact::Known(attributes),
    }
}

pub(super) fn topic(name: &str, service: &str, listener: Subscription) -> Topic {
    let source = format!("arn:aws:*:{REGION}:{ACCOUNT}:*");
    Topic {
        policy: allow(service, "sns:Publish", &topic_arn(name), &source),
        key: None,
        subscriptions: Fact::Known(vec![listener]),
    }
}

fn queue(name: &str, dead_letters: Option<&str>) -> Queue {
    let feedback = topic_arn("feedback");
    Queue {
        url: url(name),
        policy: Some(allow("sns.amazonaws.com", "sqs:SendMessage", &queue_arn(name), &feedback)),
        key: None,
        waiting: 0,
        dead_letters: dead_letters.map(queue_arn),
    }
}

fn function(name: &str, setting: &str) -> LambdaFunction {
    let source = topic_arn("alarms");
    let invoke = "lambda:InvokeFunction";
    LambdaFunction {
        name: format!("ses-warden-{name}"),
        state: "Active".to_owned(),
        settings: BTreeMap::from([(setting.to_owned(), "x".to_owned())]),
        reserved: Fact::Known(None),
        policy: Fact::Known(Some(allow("sns.amazonaws.com", invoke, &function_arn(name), &source))),
    }
}

pub(super) fn series(namespace: &str, metric: &str, dimensions: &[(&str, &str)]) -> SnapshotSeries {
    let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    SnapshotSeries {
        namespace: namespace.to_owned(),
        metric: metric.to_owned(),
        dimensions: dimensions.iter().map(pair).collect(),
    }
}

pub(super) fn alarm(name: &str, series: SnapshotSeries) -> Alarm {
    Alarm {
        name: format!("ses-warden/{name}"),
        arn: arn("cloudwatch", &format!("alarm:ses-warden/{name}")),
        actions_enabled: true,
        actions: vec![topic_arn("alarms")],
        series: vec![series],
        missing_data: "ignore".to_owned(),
    }
}

pub(super) fn key() -> Key {
    Key {
        arn: KEY.to_owned(),
        state: "Enabled".to_owned(),
        is_aws_managed: false,
        policy: Fact::Known(
            json!({"Statement": [{"Effect": "Allow", "Action": "kms:*", "Resource": "*",
                "Principal": {"Service": ["ses.amazonaws.com", "cloudwatch.amazonaws.com",
                    "sns.amazonaws.com"]}}]})
            .to_string(),
        ),
    }
}

pub(super) fn mapping(name: &str) -> Mapping {
    Mapping {
        id: "0b5d".to_owned(),
        queue: queue_arn(name),
        function: function_arn(name),
        state: "Enabled".to_owned(),
        last_result: Some("OK".to_owned()),
        reports_item_failures: true,
    }
}

pub(super) fn destination(name: &str, topic: &str) -> Destination {
    Destination {
        name: name.to_owned(),
        enabled: true,
        events: crate::setup::events::EVENTS.map(str::to_owned).to_vec(),
        target: DestinationTarget::Sns { topic: topic_arn(topic) },
    }
}

pub(super) fn set() -> ConfigurationSet {
    ConfigurationSet {
        settings: Fact::Known(SetSettings {
            sending_enabled: true,
            reputation_metrics: true,
            suppressed_reasons: None,
            pool: None,
        }),
        destinations: Fact::Known(vec![destination("feedback", "feedback")]),
    }
}

pub(super) fn identity() -> Identity {
    Identity {
        settings: Fact::Known(IdentitySettings {
            verified: true,
            email_forwarding: false,
            default_set: Some(SET.to_owned()),
        }),
        topics: Fact::Known(IdentityTopics::default()),
    }
}

fn outputs() -> BTreeMap<String, String> {
    let mut outputs = BTreeMap::new();
    for (name, value) in [
        ("FeedbackTopicArn", topic_arn("feedback")),
        ("AlarmTopicArn", topic_arn("alarms")),
        ("OperatorTopicArn", topic_arn("operators")),
        ("SuppressQueueUrl", url("suppress")),
        ("SuppressDeadLetterQueueUrl", url("suppress-dead-letters")),
        ("SuppressFunctionName", "ses-warden-suppress".to_owned()),
        ("MetricsQueueUrl", url("metrics")),
        ("MetricsFunctionName", "ses-warden-metrics".to_owned()),
        ("GuardFunctionName", "ses-warden-guard".to_owned()),
    ] {
        outputs.insert(name.to_owned(), value);
    }
    outputs
}

fn known<T>(entries: impl IntoIterator<Item = (String, T)>) -> BTreeMap<String, Fact<Option<T>>> {
    entries.into_iter().map(|(name, value)| (name, Fact::Known(Some(value)))).collect()
}

pub(super) fn healthy() -> Snapshot {
    let mut feedback =
        topic("feedback", "ses.amazonaws.com", subscription("sqs", &queue_arn("suppress")));
    feedback.subscriptions = Fact::Known(vec![
        subscription("sqs", &queue_arn("suppress")),
        subscription("sqs", &queue_arn("metrics")),
    ]);
    let guard = subscription("lambda", &function_arn("guard"));
    let pager = subscription("email", "jane@example.com");
    let rates = ["Reputation.BounceRate", "Reputation.ComplaintRate"];
    let of_account = rates.map(|rate| series("AWS/SES", rate, &[]));
    let of_set = rates.map(|rate| series("AWS/SES", rate, &[("ses:configuration-set", SET)]));
    let alarms = of_account.iter().chain(&of_set).enumerate();
    Snapshot {
        region: REGION.to_owned(),
        account: Fact::Known(Account {
            sending_enabled: true,
            enforcement_status: "HEALTHY".to_owned(),
            production_access: true,
            suppressed_reasons: vec!["BOUNCE".to_owned(), "COMPLAINT".to_owned()],
            max_24_hour_send: 50_000.0,
            sent_last_24_hours: 1_000.0,
        }),
        sets: Fact::Known(BTreeMap::from([(SET.to_owned(), set())])),
        identities: Fact::Known(BTreeMap::from([(DOMAIN.to_owned(), identity())])),
        pools: BTreeMap::new(),
        topics: known([
            (topic_arn("feedback"), feedback),
            (topic_arn("alarms"), topic("alarms", "cloudwatch.amazonaws.com", guard)),
            (topic_arn("operators"), topic("operators", "cloudwatch.amazonaws.com", pager)),
        ]),
        keys: BTreeMap::new(),
        queues: known([
            (queue_arn("suppress"), queue("suppress", Some("suppress-dead-letters"))),
            (queue_arn("metrics"), queue("metrics", None)),
            (queue_arn("suppress-dead-letters"), queue("suppress-dead-letters", None)),
        ]),
        mappings: Fact::Known(vec![mapping("suppress"), mapping("metrics")]),
        functions: known([
            (function_arn("suppress"), function("suppress", "WARDEN_IMPORT_THRESHOLD")),
            (function_arn("metrics"), function("metrics", "WARDEN_METRIC_SET")),
            (function_arn("guard"), function("guard", "WARDEN_ALARM_PREFIX")),
        ]),
        alarms: Fact::Known(
            alarms.map(|(n, series)| alarm(&format!("alarm{n}"), series.clone())).collect(),
        ),
        series: Fact::Known(of_account.into_iter().chain(of_set).collect::<BTreeSet<_>>()),
        stack: Stack {
            name: "ses-warden".to_owned(),
            is_named: false,
            outputs: Fact::Known(Some(outputs())),
        },
        last_counted_ms: Fact::Known(Some(1_000)),
        now_ms: 2_000,
    }
}

/// The known value behind a fact.
pub(super) fn of<T>(fact: &mut Fact<T>) -> &mut T {
    match fact {
        Fact::Known(value) => value,
        Fact::NotRead(_) => panic!("not read"),
    }
}

/// Something that is there, of a map of facts.
pub(super) fn at<'a, T>(map: &'a mut BTreeMap<String, Fact<Option<T>>>, name: &str) -> &'a mut T {
    of(map.get_mut(name).unwrap()).as_mut().unwrap()
}
