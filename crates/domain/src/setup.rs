//! Whether bounces and complaints reach the functions: an account's facts in, findings out.
//!
//! [`snapshot`] holds what was read of the account; [`needs()`] says what has to be read next,
//! because what was read so far names it; [`diagnose`] judges. [`policy`] and [`filter`] answer
//! the two questions that AWS gives no API for: whether a resource policy lets a service in,
//! and whether a subscription's filter lets feedback through.
//!
//! A path of feedback has these links, and each can be broken in ways of its own: identity →
//! configuration set → event destination → topic → subscription → queue → event source mapping →
//! function. A broken link is one finding at the thing that has to be corrected; the identity or set
//! that suffers from it says so and names the finding's code.
//!
//! **Invariant:** nothing is concluded from what was not read. It is reported as `not-read`, with
//! the permission that is missing.

mod account;
mod alarms;
mod arn;
pub mod codes;
mod commands;
mod context;
mod events;
pub mod filter;
mod functions;
mod identities;
mod links;
mod needs;
mod not_read;
mod permissions;
pub mod policy;
mod queues;
mod sets;
pub mod snapshot;
#[cfg(test)]
mod tests;
mod topics;

use serde::Serialize;

use crate::finding::Finding;
pub use needs::{Needs, needs};
pub use permissions::PERMISSIONS;
use snapshot::Snapshot;

/// What a section is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SectionKind {
    /// The account in this Region.
    Account,
    /// A sending identity.
    Identity,
    /// A configuration set.
    ConfigurationSet,
    /// An SNS topic.
    Topic,
    /// An SQS queue.
    Queue,
    /// A Lambda function.
    Function,
    /// A CloudWatch alarm.
    Alarm,
}

impl SectionKind {
    /// Returns the words for a person.
    pub fn words(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Identity => "identity",
            Self::ConfigurationSet => "configuration set",
            Self::Topic => "topic",
            Self::Queue => "queue",
            Self::Function => "function",
            Self::Alarm => "alarm",
        }
    }
}

/// What was found about one thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Section {
    /// What it is.
    pub kind: SectionKind,
    /// Its name, or its ARN where the name alone does not say which.
    pub name: String,
    /// The Region.
    pub region: String,
    /// The findings, the most severe first.
    pub findings: Vec<Finding>,
}

/// Returns the CloudWatch namespace that metrics writes to.
pub fn namespace(snapshot: &Snapshot) -> &str {
    context::Context::new(snapshot).namespace()
}

/// Returns what is to be said of the account, of each identity, set, topic, queue and function,
/// and of the alarms.
pub fn diagnose(snapshot: &Snapshot) -> Vec<Section> {
    let context = context::Context::new(snapshot);
    let mut found = vec![(SectionKind::Account, "account".to_owned(), account::findings(&context))];
    let mut add = |kind: SectionKind, sections: Vec<(String, Vec<Finding>)>| {
        found.extend(sections.into_iter().map(|(name, findings)| (kind, name, findings)));
    };
    add(SectionKind::Identity, identities::findings(&context));
    add(SectionKind::ConfigurationSet, sets::findings(&context));
    add(SectionKind::Topic, topics::findings(&context));
    add(SectionKind::Queue, queues::findings(&context));
    add(SectionKind::Function, functions::findings(&context));
    add(SectionKind::Alarm, alarms::findings(&context));
    let region = &snapshot.region;
    let section = |(kind, name, mut findings): (SectionKind, String, Vec<Finding>)| {
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        Section { kind, name, region: region.clone(), findings }
    };
    found.into_iter().map(section).collect()
}
