//! Findings about SQS queues: who may send, who reads, what could not be delivered.

mod reading;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::arn;
use super::commands::aws;
use super::context::Context;
use super::links::{self, Link};
use super::snapshot::{Fact, Queue};
use super::topics::{amended, key_excludes};
use crate::finding::{Finding, FindingSeverity};
use reading::reading;

/// One list of findings for each queue.
pub(super) fn findings(context: &Context<'_>) -> Vec<(String, Vec<Finding>)> {
    let uses = Uses::new(context);
    let queues = context.snapshot.queues.iter();
    queues.map(|(arn, queue)| (arn.clone(), of_queue(context, &uses, arn, queue))).collect()
}

/// What the queues are for.
struct Uses<'a> {
    /// Topics that deliver into each queue.
    topics: BTreeMap<&'a str, BTreeSet<&'a str>>,
    /// Dead-letter queues, each with what puts messages there.
    dead_letters: BTreeMap<String, BTreeSet<String>>,
    /// The stack's queues and their outputs.
    stack: BTreeMap<String, &'a str>,
}

impl<'a> Uses<'a> {
    fn new(context: &Context<'a>) -> Self {
        let mut topics: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        let mut dead_letters: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (arn, topic) in &context.snapshot.topics {
            let topic = topic.known().and_then(Option::as_ref);
            for one in topic.and_then(|topic| topic.subscriptions.known()).into_iter().flatten() {
                if one.protocol == "sqs" {
                    topics.entry(&one.endpoint).or_default().insert(arn);
                }
                if let Some(queue) = one.attributes.known().and_then(|a| a.dead_letters.clone()) {
                    let from = format!("the subscription of {}", links::label(one));
                    dead_letters.entry(queue).or_default().insert(from);
                }
            }
        }
        for (arn, queue) in &context.snapshot.queues {
            let queue = queue.known().and_then(Option::as_ref);
            if let Some(target) = queue.and_then(|queue| queue.dead_letters.clone()) {
                let from = format!("the queue {}", arn::name(arn));
                dead_letters.entry(target).or_default().insert(from);
            }
        }
        let stack = context.stack_queues();
        for (arn, output) in &stack {
            if output.ends_with("DeadLetterQueueUrl") {
                dead_letters.entry(arn.clone()).or_default();
            }
        }
        Self { topics, dead_letters, stack }
    }
}

fn of_queue(
    context: &Context<'_>,
    uses: &Uses<'_>,
    arn: &str,
    queue: &Fact<Option<Queue>>,
) -> Vec<Finding> {
    let name = arn::name(arn);
    let is_dead_letters = uses.dead_letters.contains_key(arn);
    let queue = match queue {
        Fact::NotRead(_) => return Vec::new(),
        Fact::Known(None) => return vec![missing(context, uses, arn)],
        Fact::Known(Some(queue)) => queue,
    };
    let mut found = Vec::new();
    for topic in uses.topics.get(arn).into_iter().flatten() {
        if let Link::Broken(code) = links::into_queue(context, arn, topic) {
            found.push(shut(context, code, arn, queue, topic));
        }
    }
    if is_dead_letters {
        found.extend(dead_letters(context, uses, arn, queue));
    } else {
        found.extend(reading(context, uses, arn));
        found.extend(unsubscribed(context, uses, arn));
    }
    if found.iter().all(|finding| finding.severity == FindingSeverity::Info) && !is_dead_letters {
        let readers = links::readers(context, arn);
        let functions: Vec<&str> = readers.keys().map(|function| arn::name(function)).collect();
        found.push(if functions.is_empty() {
            Finding::info("queue-read-by-others", arn).text(format!(
                "No Lambda function reads the queue {name}. Whether something else does, such as a \
                 worker of yours, cannot be seen from here; {} wait.",
                messages(queue.waiting)
            ))
        } else {
            Finding::info("queue-ok", arn).text(format!(
                "The queue {name} invokes {}; {} wait.",
                functions.join(", "),
                messages(queue.waiting)
            ))
        });
    }
    found
}

fn messages(count: u64) -> String {
    if count == 1 { "1 message".to_owned() } else { format!("{count} messages") }
}

fn missing(context: &Context<'_>, uses: &Uses<'_>, arn: &str) -> Finding {
    let mut who: Vec<String> = Vec::new();
    if let Some(topics) = uses.topics.get(arn) {
        who.extend(topics.iter().map(|topic| format!("the topic {}", arn::name(topic))));
    }
    who.extend(uses.dead_letters.get(arn).into_iter().flatten().cloned());
    let name = arn::name(arn);
    let region = context.region();
    if who.is_empty() {
        return Finding::error("queue-missing", arn).text(format!(
            "The stack's queue {name} does not exist. Update or redeploy the stack."
        ));
    }
    Finding::error("queue-missing", arn)
        .text(format!(
            "The queue {name} does not exist, and {} delivers there: the messages are lost.",
            who.join(" and ")
        ))
        .command(aws(region, &["sqs", "create-queue", "--queue-name", name]))
}

/// SNS may not put a topic's messages into the queue.
fn shut(
    context: &Context<'_>,
    code: &'static str,
    arn: &str,
    queue: &Queue,
    topic: &str,
) -> Finding {
    let finding = Finding::error(code, arn);
    let lost = format!("messages of the topic {} do not get into the queue", arn::name(topic));
    let key = queue.key.as_deref().unwrap_or_default();
    match code {
        "queue-policy-excludes-sns" => {
            let statement = json!({
                "Effect": "Allow",
                "Principal": {"Service": "sns.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": arn,
                "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
            });
            let policy = queue.policy.as_deref().unwrap_or_default();
            let attributes = json!({"Policy": amended(policy, statement)}).to_string();
            let finding = finding
                .text(format!("The queue's policy does not let SNS in: {lost}. Add a statement."))
                .command(aws(
                    context.region(),
                    &[
                        "sqs",
                        "set-queue-attributes",
                        "--queue-url",
                        &queue.url,
                        "--attributes",
                        &attributes,
                    ],
                ));
            if policy.is_empty() { finding } else { finding.found(policy) }
        }
        "queue-key-excludes-sns" => key_excludes(context, finding, key, "sns.amazonaws.com", &lost),
        "queue-key-missing" => {
            finding.found(key).text(format!("The queue's key does not exist: {lost}."))
        }
        "queue-key-disabled" => {
            finding.found(key).text(format!("The queue's key is not enabled: {lost}."))
        }
        _ => finding.found(key).text(format!(
            "The queue is encrypted with the key that AWS keeps for SQS, which SNS may not use: \
             {lost}. Use a key of your own or SQS-managed encryption."
        )),
    }
}

fn dead_letters(
    context: &Context<'_>,
    uses: &Uses<'_>,
    arn: &str,
    queue: &Queue,
) -> Option<Finding> {
    if queue.waiting == 0 {
        return None;
    }
    let from: Vec<String> = uses.dead_letters.get(arn).into_iter().flatten().cloned().collect();
    let whose = if from.is_empty() { String::new() } else { format!(" of {}", from.join(" and ")) };
    let lie = if queue.waiting == 1 { "lies" } else { "lie" };
    let region = context.region();
    Some(
        Finding::warning("dead-letters", arn)
            .found(format!("about {}", messages(queue.waiting)))
            .text(format!(
                "About {} that could not be handled {lie} in the dead-letter queue{whose}. Find the \
                 cause in the function's log, remove it, then move the messages back.",
                messages(queue.waiting)
            ))
            .command(aws(
                region,
                &["sqs", "receive-message", "--queue-url", &queue.url, "--visibility-timeout", "10"],
            ))
            .command(aws(region, &["sqs", "start-message-move-task", "--source-arn", arn])),
    )
}

/// A queue of the stack that the feedback topic does not deliver to.
fn unsubscribed(context: &Context<'_>, uses: &Uses<'_>, arn: &str) -> Option<Finding> {
    uses.stack.get(arn)?;
    let topic = context.outputs()?.get("FeedbackTopicArn")?;
    let known = context.snapshot.topics.get(topic)?.known()?.as_ref()?;
    let subscriptions = known.subscriptions.known()?;
    // With none at all the topic says so.
    if subscriptions.is_empty() || subscriptions.iter().any(|one| one.endpoint == arn) {
        return None;
    }
    let name = arn::name(arn);
    Some(
        Finding::error("subscription-missing", arn)
            .text(format!(
                "The queue {name} is not subscribed to the stack's feedback topic {}: its function \
                 sees nothing.",
                arn::name(topic)
            ))
            .command(aws(
                context.region(),
                &[
                    "sns",
                    "subscribe",
                    "--topic-arn",
                    topic,
                    "--protocol",
                    "sqs",
                    "--notification-endpoint",
                    arn,
                    "--attributes",
                    "RawMessageDelivery=true",
                ],
            )),
    )
}
