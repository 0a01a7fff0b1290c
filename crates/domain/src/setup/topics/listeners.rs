//! Who gets the messages of a topic.

use super::super::commands::aws;
use super::super::context::{Context, Publisher};
use super::super::filter;
use super::super::links::{self, Link};
use super::super::snapshot::{Subscription, Topic};
use super::names;
use crate::finding::{Finding, FindingSeverity};
use std::collections::BTreeSet;

/// What is wrong with those who get the messages; empty where nothing is.
pub(super) fn listeners(
    context: &Context<'_>,
    arn: &str,
    topic: &Topic,
    publishers: &BTreeSet<Publisher>,
) -> Vec<Finding> {
    let Some(subscriptions) = topic.subscriptions.known() else { return Vec::new() };
    if subscriptions.is_empty() {
        return vec![nobody(context, arn, publishers)];
    }
    let member = publishers.iter().find_map(|publisher| publisher.type_member);
    let works = |one: &Subscription| links::end(context, arn, one, member).link == Link::Works;
    let some_work = subscriptions.iter().any(works);
    let severity = if some_work { FindingSeverity::Warning } else { FindingSeverity::Error };
    let mut found = Vec::new();
    for one in subscriptions {
        let label = links::label(one);
        match links::end(context, arn, one, member).link {
            Link::Broken(code @ "subscription-pending") => found.push(
                Finding::new(severity, code, arn).found(format!("{label}: PendingConfirmation")).text(
                    format!(
                        "The subscription of {label} is not confirmed, so it gets nothing. Follow the \
                         link of the confirmation message; subscribe again if it is older than \
                         three days."
                    ),
                ).command(aws(context.region(), &[
                    "sns", "subscribe", "--topic-arn", arn, "--protocol", &one.protocol,
                    "--notification-endpoint", shown_endpoint(one),
                ])),
            ),
            Link::Broken("subscription-filter") if is_for_deliveries(one) => {}
            Link::Broken(code @ "subscription-filter") => {
                let filter = one.attributes.known().and_then(|known| known.filter.clone());
                let set = |name: &str, value: &str| aws(context.region(), &[
                    "sns", "set-subscription-attributes", "--subscription-arn", &one.arn,
                    "--attribute-name", name, "--attribute-value", value,
                ]);
                found.push(
                    Finding::new(severity, code, arn)
                        .found(filter.unwrap_or_default().to_string())
                        .text(format!(
                            "The filter policy of {label} withholds bounces or complaints. SES sends \
                             no message attributes, so only a filter on the body can let them through."
                        ))
                        .command(set("FilterPolicyScope", "MessageBody"))
                        .command(set("FilterPolicy", FILTER)),
                );
            }
            Link::Works | Link::Broken(_) | Link::Unclear(_) => {}
        }
    }
    found
}

fn is_for_deliveries(subscription: &Subscription) -> bool {
    let Some(attributes) = subscription.attributes.known() else { return false };
    let filter = attributes.filter.as_ref();
    filter.is_some_and(|filter| filter::is_for_deliveries(filter, attributes.filter_on_body))
}

/// Lets bounces and complaints of both formats through.
pub(super) const FILTER: &str =
    r#"{"$or":[{"eventType":["Bounce","Complaint"]},{"notificationType":["Bounce","Complaint"]}]}"#;

/// Addresses and web hooks are not repeated; whoever runs the command knows them.
pub(super) fn shown_endpoint(subscription: &Subscription) -> &str {
    match subscription.protocol.as_str() {
        "sqs" | "lambda" => &subscription.endpoint,
        _ => "ENDPOINT",
    }
}

pub(super) fn nobody(
    context: &Context<'_>,
    arn: &str,
    publishers: &BTreeSet<Publisher>,
) -> Finding {
    let is_operators = context
        .outputs()
        .and_then(|outputs| outputs.get("OperatorTopicArn"))
        .is_some_and(|topic| topic == arn);
    let subscribe = |protocol: &str, endpoint: &str| {
        let words = [
            "sns",
            "subscribe",
            "--topic-arn",
            arn,
            "--protocol",
            protocol,
            "--notification-endpoint",
            endpoint,
        ];
        aws(context.region(), &words)
    };
    if is_operators || publishers.iter().all(|publisher| !publisher.is_ses()) {
        return Finding::warning("topic-without-subscription", arn)
            .text("Nobody is subscribed to the topic, so nobody is notified.")
            .command(subscribe("email", "ADDRESS"));
    }
    let who: Vec<&Publisher> = publishers.iter().collect();
    let queue = context.stack_queues().into_iter().find(|(_, o)| *o == "SuppressQueueUrl");
    let finding = Finding::error("topic-without-subscription", arn).text(format!(
        "The topic has no subscription: what {} publishes there reaches nobody.",
        names(&who)
    ));
    match queue {
        Some((queue, _)) => finding.command(subscribe("sqs", &queue)),
        None => finding.command(subscribe("email", "ADDRESS")),
    }
}
