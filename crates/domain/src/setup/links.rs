//! The links of a path of feedback, each working, broken or not known.

mod ends;

use std::collections::BTreeSet;

use super::arn::Arn;
use super::context::{Context, Publisher, Role};
use super::policy::{PolicyAnswer, Request};
use super::snapshot::{Fact, Key, Topic};
pub(super) use ends::{TopicEnd, end, ends, function_link, into_queue, invocation, label, readers};

/// Whether something gets on from here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Link {
    Works,
    /// The code of the finding that says what is broken.
    Broken(&'static str),
    /// Why it is not known.
    Unclear(String),
}

impl Link {
    pub(super) fn and(self, next: impl FnOnce() -> Self) -> Self {
        match self {
            Self::Works => next(),
            Self::Broken(_) => self,
            Self::Unclear(_) => match next() {
                broken @ Self::Broken(_) => broken,
                Self::Works | Self::Unclear(_) => self,
            },
        }
    }

    fn of(access: PolicyAnswer, code: &'static str, what: &str) -> Self {
        match access {
            PolicyAnswer::Allowed => Self::Works,
            PolicyAnswer::Denied => Self::Broken(code),
            PolicyAnswer::Unclear { condition } => {
                Self::Unclear(format!("the policy of {what} rests on {condition}"))
            }
        }
    }
}

/// A whole path from a publisher through a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Path {
    /// Messages arrive at these ends; some are ours.
    Arrives {
        at: Vec<String>,
        roles: BTreeSet<Role>,
        /// Whether some ends are not known.
        has_unclear: bool,
    },
    /// No message arrives; these findings say why.
    Broken(BTreeSet<&'static str>),
    Unclear(String),
}

/// Follows a publisher's messages through a topic to all its ends.
pub(super) fn path(context: &Context<'_>, publisher: &Publisher, topic: &str) -> Path {
    let entry = into_topic(context, publisher, topic);
    if let Link::Broken(code) = entry {
        return Path::Broken(BTreeSet::from([code]));
    }
    let ends = match ends(context, publisher, topic) {
        Ok(ends) if ends.is_empty() => {
            return Path::Broken(BTreeSet::from(["topic-without-subscription"]));
        }
        Ok(ends) => ends,
        Err(why) => return Path::Unclear(why),
    };
    let working: Vec<&TopicEnd> = ends.iter().filter(|end| end.link == Link::Works).collect();
    if !working.is_empty() {
        return match entry {
            Link::Unclear(why) => Path::Unclear(why),
            Link::Works | Link::Broken(_) => Path::Arrives {
                at: working.iter().map(|end| end.label.clone()).collect(),
                roles: working.iter().flat_map(|end| end.roles.clone()).collect(),
                has_unclear: ends.iter().any(|end| matches!(end.link, Link::Unclear(_))),
            },
        };
    }
    let mut codes = BTreeSet::new();
    for end in ends {
        match end.link {
            Link::Broken(code) => {
                codes.insert(code);
            }
            Link::Unclear(why) => return Path::Unclear(why),
            Link::Works => {}
        }
    }
    Path::Broken(codes)
}

/// Whether a publisher's messages are taken by a topic.
pub(super) fn into_topic(context: &Context<'_>, publisher: &Publisher, arn: &str) -> Link {
    match Arn::parse(arn) {
        Some(parts) if parts.region != context.region() => {
            return Link::Broken("topic-other-region");
        }
        Some(parts) if publisher.is_ses() && parts.resource.ends_with(".fifo") => {
            return Link::Broken("topic-fifo");
        }
        _ => {}
    }
    match context.snapshot.topics.get(arn) {
        Some(Fact::Known(None)) => Link::Broken("topic-missing"),
        Some(Fact::Known(Some(topic))) => admits(context, publisher, arn, topic)
            .and(|| key_admits(context, publisher, arn, topic)),
        Some(Fact::NotRead(_)) | None => Link::Unclear(format!("{arn} was not read")),
    }
}

fn admits(context: &Context<'_>, publisher: &Publisher, arn: &str, topic: &Topic) -> Link {
    let code = if publisher.is_ses() {
        "topic-policy-excludes-ses"
    } else {
        "topic-policy-excludes-cloudwatch"
    };
    let request = as_service(context, publisher.service, "sns:Publish", arn, &publisher.source);
    Link::of(request.answer(&topic.policy), code, "the topic")
}

/// A call of a service on behalf of something of this account.
fn as_service<'a>(
    context: &Context<'_>,
    service: &'a str,
    action: &'a str,
    resource: &'a str,
    source: &str,
) -> Request<'a> {
    Request::new(service, action, resource)
        .with("aws:SourceAccount", &context.account)
        .with("aws:SourceOwner", &context.account)
        .with("aws:SourceArn", source)
}

fn key_admits(context: &Context<'_>, publisher: &Publisher, topic: &str, found: &Topic) -> Link {
    let Some(key) = &found.key else { return Link::Works };
    let codes = if publisher.is_ses() {
        ["topic-key-excludes-ses", "topic-key-missing", "topic-key-disabled", "topic-key-of-aws"]
    } else {
        [
            "topic-key-excludes-cloudwatch",
            "topic-key-missing",
            "topic-key-disabled",
            "topic-key-of-aws",
        ]
    };
    let via = format!("sns.{}.amazonaws.com", context.region());
    key_link(context, key, codes, |key, action| {
        as_service(context, publisher.service, action, key, &publisher.source)
            .with("kms:ViaService", &via)
            .with("kms:CallerAccount", &context.account)
            .with("kms:EncryptionContext:aws:sns:topicArn", topic)
    })
}

/// `codes`: excluded, missing, disabled, kept by AWS.
fn key_link<'a>(
    context: &'a Context<'_>,
    key: &str,
    codes: [&'static str; 4],
    request: impl Fn(&'a str, &'static str) -> Request<'a>,
) -> Link {
    let [excluded, missing, disabled, of_aws] = codes;
    let unread = || Link::Unclear(format!("the key {key} was not read"));
    let found = match context.snapshot.keys.get(key) {
        Some(Fact::Known(Some(found))) => found,
        Some(Fact::Known(None)) => return Link::Broken(missing),
        Some(Fact::NotRead(_)) | None => return unread(),
    };
    let Key { arn, state, is_aws_managed, policy } = found;
    if *is_aws_managed {
        return Link::Broken(of_aws);
    }
    if state != "Enabled" {
        return Link::Broken(disabled);
    }
    let Some(policy) = policy.known() else { return unread() };
    let each = ["kms:GenerateDataKey", "kms:Decrypt"];
    each.into_iter().fold(Link::Works, |link, action| {
        link.and(|| Link::of(request(arn, action).answer(policy), excluded, "the key"))
    })
}
