//! The ends of a topic's messages: queues, functions, and who reads them.

use super::super::arn::{self};
use super::super::context::{Context, Publisher, Role};
use super::super::filter::{self, Passes};
use super::super::snapshot::{Fact, LambdaFunction, Subscription};
use super::{Link, as_service, key_link};
use std::collections::{BTreeMap, BTreeSet};

/// One end of a topic's messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct TopicEnd {
    /// What it is, for a person.
    pub(in super::super) label: String,
    pub(in super::super) link: Link,
    /// What our functions there do.
    pub(in super::super) roles: BTreeSet<Role>,
}

/// Returns the ends of a topic's messages, one for each subscription.
///
/// # Errors
/// Why they are not known.
pub(in super::super) fn ends(
    context: &Context<'_>,
    publisher: &Publisher,
    topic: &str,
) -> Result<Vec<TopicEnd>, String> {
    let found = context.snapshot.topics.get(topic).and_then(|topic| topic.known()?.as_ref());
    let subscriptions = found.and_then(|topic| topic.subscriptions.known());
    let Some(subscriptions) = subscriptions else {
        return Err(format!("the subscriptions of {topic} were not read"));
    };
    let member = publisher.type_member;
    Ok(subscriptions.iter().map(|one| end(context, topic, one, member)).collect())
}

pub(in super::super) fn end(
    context: &Context<'_>,
    topic: &str,
    subscription: &Subscription,
    type_member: Option<&'static str>,
) -> TopicEnd {
    let broken = |code| TopicEnd {
        label: label(subscription),
        link: Link::Broken(code),
        roles: BTreeSet::new(),
    };
    if !subscription.is_confirmed {
        return broken("subscription-pending");
    }
    let filtered = match type_member {
        Some(member) => filtered(subscription, member),
        None => Link::Works,
    };
    if let Link::Broken(code) = filtered {
        return broken(code);
    }
    let endpoint = subscription.endpoint.as_str();
    let end = match subscription.protocol.as_str() {
        "sqs" => queue_end(context, endpoint, topic),
        "lambda" => {
            let function = arn::unqualified(endpoint);
            let link = function_link(context, &function)
                .and(|| invocation(context, &function, "sns.amazonaws.com", topic));
            TopicEnd {
                label: format!("function {}", arn::name(&function)),
                link,
                roles: context.role(&function).into_iter().collect(),
            }
        }
        _ => TopicEnd { label: label(subscription), link: Link::Works, roles: BTreeSet::new() },
    };
    match filtered {
        Link::Unclear(why) if end.link == Link::Works => {
            TopicEnd { link: Link::Unclear(why), ..end }
        }
        Link::Works | Link::Broken(_) | Link::Unclear(_) => end,
    }
}

/// What a subscription delivers to; of an address only so much that its owner knows it.
pub(in super::super) fn label(subscription: &Subscription) -> String {
    let Subscription { protocol, endpoint, .. } = subscription;
    match protocol.as_str() {
        "email" | "email-json" => match crate::address::EmailAddress::parse(endpoint) {
            Ok(address) => format!("e-mail to {address}"),
            Err(_) => "e-mail".to_owned(),
        },
        "sms" => "text message".to_owned(),
        "sqs" => format!("queue {}", arn::name(endpoint)),
        "lambda" => format!("function {}", arn::name(endpoint)),
        // The path of a web hook is often its secret.
        "http" | "https" => {
            let host = endpoint.split("://").nth(1).unwrap_or_default();
            let host = host.split(['/', '?', '#']).next().unwrap_or_default();
            format!("{protocol}://{}", host.rsplit('@').next().unwrap_or_default())
        }
        _ => protocol.clone(),
    }
}

pub(super) fn filtered(subscription: &Subscription, member: &'static str) -> Link {
    let Some(attributes) = subscription.attributes.known() else { return Link::Works };
    let Some(policy) = &attributes.filter else { return Link::Works };
    match filter::passes(policy, attributes.filter_on_body, member) {
        Passes::All => Link::Works,
        Passes::Not(_) => Link::Broken("subscription-filter"),
        Passes::Unclear => Link::Unclear("a filter policy cannot be judged from here".to_owned()),
    }
}

pub(super) fn queue_end(context: &Context<'_>, queue: &str, topic: &str) -> TopicEnd {
    let name = arn::name(queue);
    let entry = into_queue(context, queue, topic);
    let readers = readers(context, queue);
    let roles: BTreeSet<Role> = readers
        .iter()
        .filter(|(_, link)| **link == Link::Works)
        .filter_map(|(function, _)| context.role(function))
        .collect();
    let onward = if context.snapshot.mappings.known().is_none() {
        Link::Unclear("the event source mappings were not read".to_owned())
    } else if readers.is_empty() {
        if context.stack_queues().contains_key(queue) {
            Link::Broken("mapping-missing")
        } else {
            // Something other than Lambda may poll it: an own worker, a person.
            Link::Works
        }
    } else {
        best(readers.values())
    };
    let functions: Vec<&str> = readers.keys().map(|function| arn::name(function)).collect();
    let label = match functions.as_slice() {
        [] => format!("queue {name}"),
        functions => format!("function {} through queue {name}", functions.join(", ")),
    };
    TopicEnd { label, link: entry.and(|| onward), roles }
}

/// The most favourable of several links.
pub(super) fn best<'a>(links: impl Iterator<Item = &'a Link>) -> Link {
    let mut best: Option<&Link> = None;
    for link in links {
        let is_better = match (best, link) {
            (None, _) | (Some(Link::Broken(_) | Link::Unclear(_)), Link::Works) => true,
            (Some(Link::Broken(_)), Link::Unclear(_)) => true,
            (Some(_), _) => false,
        };
        if is_better {
            best = Some(link);
        }
    }
    best.cloned().unwrap_or(Link::Works)
}

/// Whether SNS may put a topic's messages into a queue.
pub(in super::super) fn into_queue(context: &Context<'_>, queue: &str, topic: &str) -> Link {
    let found = match context.snapshot.queues.get(queue) {
        Some(Fact::Known(Some(found))) => found,
        Some(Fact::Known(None)) => return Link::Broken("queue-missing"),
        Some(Fact::NotRead(_)) | None => {
            return Link::Unclear(format!("the queue {queue} was not read"));
        }
    };
    let request = as_service(context, "sns.amazonaws.com", "sqs:SendMessage", queue, topic);
    let policy = found.policy.as_deref().unwrap_or_default();
    Link::of(request.answer(policy), "queue-policy-excludes-sns", "the queue").and(|| {
        let Some(key) = &found.key else { return Link::Works };
        let codes = [
            "queue-key-excludes-sns",
            "queue-key-missing",
            "queue-key-disabled",
            "queue-key-of-aws",
        ];
        let via = format!("sqs.{}.amazonaws.com", context.region());
        key_link(context, key, codes, |key, action| {
            as_service(context, "sns.amazonaws.com", action, key, topic)
                .with("kms:ViaService", &via)
                .with("kms:CallerAccount", &context.account)
        })
    })
}

/// The functions that a queue invokes, by ARN.
pub(in super::super) fn readers(context: &Context<'_>, queue: &str) -> BTreeMap<String, Link> {
    let of_queue = context.mappings().iter().filter(|mapping| mapping.queue == queue);
    let reader = |mapping: &super::super::snapshot::Mapping| {
        let function = arn::unqualified(&mapping.function);
        let is_off = matches!(mapping.state.as_str(), "Disabled" | "Disabling" | "Deleting");
        let link = if is_off {
            Link::Broken("mapping-disabled")
        } else {
            function_link(context, &function)
        };
        (function, link)
    };
    of_queue.map(reader).collect()
}

/// Whether a function runs when it is invoked.
pub(in super::super) fn function_link(context: &Context<'_>, function: &str) -> Link {
    let found: &LambdaFunction = match context.snapshot.functions.get(function) {
        Some(Fact::Known(Some(found))) => found,
        Some(Fact::Known(None)) => return Link::Broken("function-missing"),
        Some(Fact::NotRead(_)) | None => {
            return Link::Unclear(format!("the function {} was not read", arn::name(function)));
        }
    };
    if found.state == "Failed" {
        return Link::Broken("function-failed");
    }
    match found.reserved.known() {
        Some(Some(0)) => Link::Broken("function-switched-off"),
        _ => Link::Works,
    }
}

/// Whether a service may invoke a function directly.
pub(in super::super) fn invocation(
    context: &Context<'_>,
    function: &str,
    service: &'static str,
    source: &str,
) -> Link {
    let found = context.snapshot.functions.get(function).and_then(|one| one.known()?.as_ref());
    let Some(policy) = found.and_then(|function| function.policy.known()) else {
        return Link::Unclear(format!("the policy of {} was not read", arn::name(function)));
    };
    let request = as_service(context, service, "lambda:InvokeFunction", function, source);
    let code = if service == "sns.amazonaws.com" {
        "function-policy-excludes-sns"
    } else {
        "function-policy-excludes-cloudwatch"
    };
    Link::of(request.answer(policy.as_deref().unwrap_or_default()), code, "the function")
}
