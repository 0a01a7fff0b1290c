//! What has to be read next: things that are named by what was read so far.

use std::collections::BTreeSet;

use super::arn::{self, Arn};
use super::context::{Context, destinations, identities, stack_topics};
use super::snapshot::{DestinationTarget, IdentityTopics, Snapshot};

/// Names of things that are not in the snapshot yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// ARNs of topics.
    pub topics: BTreeSet<String>,
    /// Keys, as topics and queues name them.
    pub keys: BTreeSet<String>,
    /// ARNs of queues.
    pub queues: BTreeSet<String>,
    /// ARNs of functions.
    pub functions: BTreeSet<String>,
    /// Names of dedicated IP pools.
    pub pools: BTreeSet<String>,
}

impl Needs {
    /// Whether there is nothing left to read.
    pub fn is_empty(&self) -> bool {
        self.topics.is_empty()
            && self.keys.is_empty()
            && self.queues.is_empty()
            && self.functions.is_empty()
            && self.pools.is_empty()
    }
}

/// Returns what the snapshot names and does not hold. Reading that and asking again until
/// nothing is left follows every path of feedback to its end.
///
/// Topics and queues of another Region are left out: SES and SNS cannot use them anyway.
pub fn needs(snapshot: &Snapshot) -> Needs {
    let context = Context::new(snapshot);
    let mut needs = Needs::default();
    let mut want = |service: &str, arn: &str| {
        let Some(parts) = Arn::parse(arn) else { return };
        if parts.service != service || parts.region != snapshot.region {
            return;
        }
        match service {
            "sns" if !snapshot.topics.contains_key(arn) => {
                needs.topics.insert(arn.to_owned());
            }
            "sqs" if !snapshot.queues.contains_key(arn) => {
                needs.queues.insert(arn.to_owned());
            }
            "lambda" => {
                let function = arn::unqualified(arn);
                if !snapshot.functions.contains_key(&function) {
                    needs.functions.insert(function);
                }
            }
            _ => {}
        }
    };
    for (_, destination) in destinations(snapshot) {
        if let DestinationTarget::Sns { topic } = &destination.target {
            want("sns", topic);
        }
    }
    for (_, identity) in identities(snapshot) {
        identity
            .topics
            .known()
            .into_iter()
            .flat_map(IdentityTopics::all)
            .for_each(|topic| want("sns", topic));
    }
    for action in context.alarms().iter().flat_map(|alarm| &alarm.actions) {
        want("sns", action);
        want("lambda", action);
    }
    stack_topics(snapshot).for_each(|topic| want("sns", topic));
    context.stack_queues().keys().for_each(|queue| want("sqs", queue));
    context.stack_functions().values().for_each(|function| want("lambda", function));
    for topic in snapshot.topics.values().filter_map(|topic| topic.known()?.as_ref()) {
        for subscription in topic.subscriptions.known().into_iter().flatten() {
            want("sqs", &subscription.endpoint);
            want("lambda", &subscription.endpoint);
            let attributes = subscription.attributes.known();
            if let Some(queue) = attributes.and_then(|known| known.dead_letters.as_ref()) {
                want("sqs", queue);
            }
        }
    }
    for queue in snapshot.queues.values().filter_map(|queue| queue.known()?.as_ref()) {
        if let Some(dead_letters) = &queue.dead_letters {
            want("sqs", dead_letters);
        }
    }
    for mapping in snapshot.mappings.known().into_iter().flatten() {
        if snapshot.queues.contains_key(&mapping.queue) {
            want("lambda", &mapping.function);
        }
    }
    needs.keys = keys(snapshot);
    needs.pools = pools(snapshot);
    needs
}

fn keys(snapshot: &Snapshot) -> BTreeSet<String> {
    let topics = snapshot.topics.values().filter_map(|topic| topic.known()?.as_ref());
    let queues = snapshot.queues.values().filter_map(|queue| queue.known()?.as_ref());
    let of_topics = topics.filter_map(|topic| topic.key.as_ref());
    let of_queues = queues.filter_map(|queue| queue.key.as_ref());
    of_topics.chain(of_queues).filter(|key| !snapshot.keys.contains_key(*key)).cloned().collect()
}

fn pools(snapshot: &Snapshot) -> BTreeSet<String> {
    let sets = snapshot.sets.known().into_iter().flat_map(|sets| sets.values());
    let named = sets.filter_map(|set| set.settings.known()?.pool.as_ref());
    named.filter(|pool| !snapshot.pools.contains_key(*pool)).cloned().collect()
}
