//! Findings about SNS topics: who may publish, who listens.

mod listeners;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::arn::{self, Arn};
use super::commands::{aws, connect};
use super::context::{Context, Publisher};
use super::events::destination_command;
use super::links::{self, Link};
use super::snapshot::{Key, Topic};
use crate::finding::{Finding, FindingSeverity};
use listeners::listeners;

/// One list of findings for each topic that something publishes to.
pub(super) fn findings(context: &Context<'_>) -> Vec<(String, Vec<Finding>)> {
    let topics = context.publishers();
    topics.iter().map(|(arn, by)| (arn.clone(), of_topic(context, arn, by))).collect()
}

fn of_topic(context: &Context<'_>, arn: &str, publishers: &BTreeSet<Publisher>) -> Vec<Finding> {
    let mut broken: BTreeMap<&'static str, Vec<&Publisher>> = BTreeMap::new();
    let mut unclear: BTreeMap<String, Vec<&Publisher>> = BTreeMap::new();
    for publisher in publishers {
        match links::into_topic(context, publisher, arn) {
            Link::Works => {}
            Link::Broken(code) => broken.entry(code).or_default().push(publisher),
            Link::Unclear(why) => unclear.entry(why).or_default().push(publisher),
        }
    }
    let mut found: Vec<Finding> =
        broken.iter().map(|(code, publishers)| entry(context, code, arn, publishers)).collect();
    if broken.contains_key("topic-fifo") {
        // Another topic takes its place, whoever listens to this one.
        return found;
    }
    let topic = context.snapshot.topics.get(arn).and_then(|topic| topic.known()?.as_ref());
    let Some(topic) = topic else {
        if publishers.is_empty()
            && context.snapshot.topics.get(arn).is_some_and(|topic| topic.known().is_some())
        {
            found.push(missing(context, arn, "the stack"));
        }
        return found;
    };
    found.extend(unclear.iter().map(|(why, publishers)| {
        Finding::info("topic-access-unclear", arn)
            .found(why)
            .text(format!("Whether {} may publish cannot be judged: {why}.", names(publishers)))
    }));
    let is_feedback = context.outputs().and_then(|o| o.get("FeedbackTopicArn")).map(String::as_str);
    if publishers.is_empty() && is_feedback == Some(arn) && context.knows_all_publishers() {
        found.push(without_publisher(context, arn));
    }
    let serious = found.iter().any(|finding| finding.severity != FindingSeverity::Info);
    let listening = listeners(context, arn, topic, publishers);
    let is_fine = !serious && listening.is_empty();
    found.extend(listening);
    if let Some(subscriptions) = topic.subscriptions.known().filter(|_| is_fine) {
        let ends: Vec<String> = subscriptions.iter().map(links::label).collect();
        let by: Vec<&Publisher> = publishers.iter().collect();
        let whose = if by.is_empty() {
            "Messages".to_owned()
        } else {
            format!("Messages of {}", names(&by))
        };
        found.push(
            Finding::info("topic-ok", arn)
                .text(format!("{whose} are taken and go to {}.", ends.join(", "))),
        );
    }
    found
}

/// The names of publishers, at most five of them.
fn names(publishers: &[&Publisher]) -> String {
    const SHOWN: usize = 5;
    let mut names: Vec<&str> =
        publishers.iter().take(SHOWN).map(|publisher| publisher.label.as_str()).collect();
    let more = publishers.len().saturating_sub(SHOWN);
    let rest = format!("{more} more");
    if more > 0 {
        names.push(&rest);
    }
    match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, first)) => format!("{} and {last}", first.join(", ")),
        None => "nobody".to_owned(),
    }
}

fn missing(context: &Context<'_>, arn: &str, who: &str) -> Finding {
    Finding::error("topic-missing", arn)
        .text(format!(
            "The topic does not exist, and {who} publishes to it: every message is lost. Create \
             it again with its policy and subscriptions, or name another topic."
        ))
        .command(aws(context.region(), &["sns", "create-topic", "--name", arn::name(arn)]))
}

/// What keeps messages from getting into the topic.
fn entry(context: &Context<'_>, code: &'static str, arn: &str, by: &[&Publisher]) -> Finding {
    let who = names(by);
    let region = context.region();
    let finding = Finding::error(code, arn);
    let topic = context.snapshot.topics.get(arn).and_then(|topic| topic.known()?.as_ref());
    match code {
        "topic-missing" => missing(context, arn, &who),
        "topic-other-region" => {
            let elsewhere = Arn::parse(arn).map_or("another Region", |arn| arn.region);
            finding.found(elsewhere).text(format!(
                "The topic is in {elsewhere}, and {who} publishes from {region}: only topics of \
                 the same Region get anything. Name a topic of {region}."
            ))
        }
        "topic-fifo" => finding.text(format!(
            "SES does not publish to FIFO topics, and {who} names one. Create a standard topic and \
             name that."
        )),
        "topic-policy-excludes-ses" | "topic-policy-excludes-cloudwatch" => {
            let policy = topic.map(|topic| topic.policy.as_str()).unwrap_or_default();
            let (service, sources) = sources(context, by);
            let amended = amended(policy, topic_statement(context, service, arn, &sources));
            finding
                .found(policy)
                .text(format!(
                    "The topic's policy does not let {service} publish for {who}: every message is \
                     refused. Add a statement that does."
                ))
                .command(aws(
                    region,
                    &[
                        "sns",
                        "set-topic-attributes",
                        "--topic-arn",
                        arn,
                        "--attribute-name",
                        "Policy",
                        "--attribute-value",
                        &amended,
                    ],
                ))
        }
        _ => of_key(context, finding, topic, by),
    }
}

/// The service and the ARN patterns under which it publishes.
fn sources(context: &Context<'_>, by: &[&Publisher]) -> (&'static str, Vec<String>) {
    let Context { partition, account, .. } = context;
    let region = context.region();
    match by.first() {
        Some(publisher) if publisher.is_ses() => (
            publisher.service,
            ["configuration-set", "identity"]
                .map(|kind| format!("arn:{partition}:ses:{region}:{account}:{kind}/*"))
                .to_vec(),
        ),
        Some(publisher) => (
            publisher.service,
            vec![format!("arn:{partition}:cloudwatch:{region}:{account}:alarm:*")],
        ),
        None => ("", Vec::new()),
    }
}

fn topic_statement(context: &Context<'_>, service: &str, arn: &str, sources: &[String]) -> Value {
    json!({
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sns:Publish",
        "Resource": arn,
        "Condition": {
            "StringEquals": {"aws:SourceAccount": context.account},
            "ArnLike": {"aws:SourceArn": sources},
        },
    })
}

/// A policy with one statement more. What is no policy is replaced.
pub(super) fn amended(policy: &str, statement: Value) -> String {
    let mut whole = serde_json::from_str::<Value>(policy)
        .ok()
        .filter(Value::is_object)
        .unwrap_or_else(|| json!({"Version": "2012-10-17", "Statement": []}));
    let statements = match whole.get_mut("Statement").map(Value::take) {
        Some(Value::Array(mut statements)) => {
            statements.push(statement);
            statements
        }
        Some(one @ Value::Object(_)) => vec![one, statement],
        _ => vec![statement],
    };
    if let Some(members) = whole.as_object_mut() {
        members.insert("Statement".to_owned(), Value::Array(statements));
    }
    whole.to_string()
}

fn of_key(
    context: &Context<'_>,
    finding: Finding,
    topic: Option<&Topic>,
    by: &[&Publisher],
) -> Finding {
    let who = names(by);
    let key = topic.and_then(|topic| topic.key.as_deref()).unwrap_or_default();
    let (service, _) = sources(context, by);
    match finding.code {
        "topic-key-missing" => finding.found(key).text(format!(
            "The topic is encrypted with a key that does not exist: the messages of {who} are lost. \
             Name another key, or none."
        )),
        "topic-key-of-aws" => finding.found(key).text(format!(
            "The topic is encrypted with the key that AWS keeps for SNS, which {service} may not \
             use and whose policy cannot be changed: the messages of {who} are lost. Use a key of \
             your own that lets {service} in, or none."
        )),
        "topic-key-disabled" => finding.found(key).text(format!(
            "The topic's key is not enabled: the messages of {who} are lost."
        )),
        _ => key_excludes(context, finding, key, service, &format!("the messages of {who} are lost")),
    }
}

/// A key's policy that keeps a service out, with the amended policy.
pub(super) fn key_excludes(
    context: &Context<'_>,
    finding: Finding,
    key: &str,
    service: &str,
    consequence: &str,
) -> Finding {
    let known = context.snapshot.keys.get(key).and_then(|key| key.known()?.as_ref());
    let text = format!(
        "The policy of the key {key} does not let {service} use it (kms:GenerateDataKey and \
         kms:Decrypt): {consequence}. Add a statement that does."
    );
    let Some(Key { arn, policy, .. }) = known else { return finding.text(text) };
    let policy = policy.known().map(String::as_str).unwrap_or_default();
    let statement = json!({
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": ["kms:GenerateDataKey*", "kms:Decrypt"],
        "Resource": "*",
    });
    let amended = amended(policy, statement);
    finding.found(policy).text(text).command(aws(
        context.region(),
        &[
            "kms",
            "put-key-policy",
            "--key-id",
            arn,
            "--policy-name",
            "default",
            "--policy",
            &amended,
        ],
    ))
}

fn without_publisher(context: &Context<'_>, arn: &str) -> Finding {
    let sets = context.snapshot.sets.known();
    let example = sets.and_then(|sets| sets.keys().next()).map_or("NAME", String::as_str);
    Finding::warning("topic-without-publisher", arn)
        .text(
            "No configuration set and no identity publishes to the stack's feedback topic: the \
             functions see nothing.",
        )
        .command(
            connect(context, example).unwrap_or_else(|| destination_command(context, example, arn)),
        )
}
