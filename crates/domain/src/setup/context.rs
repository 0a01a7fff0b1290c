//! What the checks share: the snapshot, and what follows from it about names and roles.

use std::collections::{BTreeMap, BTreeSet};

use super::arn::{self, Arn};
use super::snapshot::{
    Alarm, Destination, DestinationTarget, Identity, IdentityTopics, LambdaFunction, Mapping,
    Snapshot,
};

/// Namespace of our metrics where no function says otherwise.
const NAMESPACE: &str = "SesWarden";

/// What a function of ours does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    Suppress,
    Metrics,
    Guard,
}

impl Role {
    pub(super) const ALL: [Self; 3] = [Self::Suppress, Self::Metrics, Self::Guard];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Suppress => "suppress",
            Self::Metrics => "metrics",
            Self::Guard => "guard",
        }
    }

    /// The stack's output that names the function.
    pub(super) fn output(self) -> &'static str {
        match self {
            Self::Suppress => "SuppressFunctionName",
            Self::Metrics => "MetricsFunctionName",
            Self::Guard => "GuardFunctionName",
        }
    }
}

/// A publisher to a topic: SES for a set or identity, or CloudWatch for an alarm.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Publisher {
    /// The service principal.
    pub(super) service: &'static str,
    /// ARN that the service names as the source of its call.
    pub(super) source: String,
    /// What it is, for a person.
    pub(super) label: String,
    /// The member of a message that holds its type; nothing for alarms.
    pub(super) type_member: Option<&'static str>,
}

impl Publisher {
    /// The word that codes use for the service.
    pub(super) fn is_ses(&self) -> bool {
        self.service == "ses.amazonaws.com"
    }
}

/// The snapshot, with what several checks ask of it.
pub(super) struct Context<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) partition: String,
    pub(super) account: String,
    roles: BTreeMap<String, Role>,
}

impl<'a> Context<'a> {
    pub(super) fn new(snapshot: &'a Snapshot) -> Self {
        // The account's number stands in every ARN of its own; a topic may be another's.
        let alarms = snapshot.alarms.known().into_iter().flatten().map(|alarm| alarm.arn.as_str());
        let known = alarms
            .chain(stack_topics(snapshot))
            .chain(snapshot.functions.keys().map(String::as_str))
            .chain(snapshot.topics.keys().map(String::as_str))
            .find_map(|arn| Arn::parse(arn).filter(|arn| !arn.account.is_empty()));
        let outputs = snapshot.stack.outputs.known().and_then(Option::as_ref);
        let by_output = |name: &str| {
            let names = outputs?;
            let is = |role: &Role| names.get(role.output()).map(String::as_str) == Some(name);
            Role::ALL.into_iter().find(is)
        };
        let roles = snapshot.functions.iter().filter_map(|(arn, function)| {
            let by_settings = function.known().and_then(Option::as_ref).and_then(role);
            let role = by_settings.or_else(|| by_output(arn::name(arn)))?;
            Some((arn.clone(), role))
        });
        Self {
            snapshot,
            partition: known.map_or("aws", |arn| arn.partition).to_owned(),
            account: known.map_or("", |arn| arn.account).to_owned(),
            roles: roles.collect(),
        }
    }

    pub(super) fn region(&self) -> &'a str {
        &self.snapshot.region
    }

    /// The namespace that metrics writes to.
    pub(super) fn namespace(&self) -> &'a str {
        let settings =
            self.roles.iter().filter(|(_, role)| **role == Role::Metrics).find_map(|(arn, _)| {
                self.snapshot
                    .functions
                    .get(arn)?
                    .known()?
                    .as_ref()?
                    .settings
                    .get("WARDEN_NAMESPACE")
            });
        settings.map_or(NAMESPACE, String::as_str)
    }

    pub(super) fn role(&self, function: &str) -> Option<Role> {
        self.roles.get(function).copied()
    }

    /// The function of a role, if it is known and there.
    pub(super) fn function(&self, role: Role) -> Option<&'a LambdaFunction> {
        let arn = self.roles.iter().find(|(_, known)| **known == role).map(|(arn, _)| arn)?;
        self.snapshot.functions.get(arn)?.known()?.as_ref()
    }

    pub(super) fn outputs(&self) -> Option<&'a BTreeMap<String, String>> {
        self.snapshot.stack.outputs.known()?.as_ref()
    }

    /// The stack's queues by ARN, each with the output that names it.
    pub(super) fn stack_queues(&self) -> BTreeMap<String, &'a str> {
        let outputs = self.outputs().into_iter().flatten();
        let queue = |(name, value): (&'a String, &'a String)| {
            let queue = name.ends_with("QueueUrl").then_some(value)?;
            Some((arn::of_queue(queue, &self.partition, self.region())?, name.as_str()))
        };
        outputs.filter_map(queue).collect()
    }

    /// The ARNs of the stack's functions, by the output that names each.
    pub(super) fn stack_functions(&self) -> BTreeMap<&'a str, String> {
        let Self { partition, account, .. } = self;
        let outputs = self.outputs().into_iter().flatten();
        let named = outputs.filter(|(output, _)| output.ends_with("FunctionName"));
        let region = self.region();
        let arn = |name: &str| format!("arn:{partition}:lambda:{region}:{account}:function:{name}");
        named.map(|(output, name)| (output.as_str(), arn(name))).collect()
    }

    /// The ARN of something of SES's in this Region: `identity` or `configuration-set`.
    pub(super) fn ses_arn(&self, kind: &str, name: &str) -> String {
        let Self { partition, account, .. } = self;
        format!("arn:{partition}:ses:{}:{account}:{kind}/{name}", self.region())
    }

    pub(super) fn mappings(&self) -> &'a [Mapping] {
        self.snapshot.mappings.known().map(Vec::as_slice).unwrap_or_default()
    }

    /// The alarms that concern sending: on SES's metrics, on ours, or of the stack's prefix.
    pub(super) fn alarms(&self) -> Vec<&'a Alarm> {
        let alarms = self.snapshot.alarms.known().map(Vec::as_slice).unwrap_or_default();
        alarms.iter().filter(|alarm| concerns_us(self.snapshot, self.namespace(), alarm)).collect()
    }

    pub(super) fn as_set(&self, name: &str) -> Publisher {
        Publisher {
            service: "ses.amazonaws.com",
            source: self.ses_arn("configuration-set", name),
            label: format!("configuration set {name}"),
            type_member: Some("eventType"),
        }
    }

    pub(super) fn as_identity(&self, name: &str) -> Publisher {
        Publisher {
            service: "ses.amazonaws.com",
            source: self.ses_arn("identity", name),
            label: format!("identity {name}"),
            type_member: Some("notificationType"),
        }
    }

    pub(super) fn as_alarm(alarm: &Alarm) -> Publisher {
        Publisher {
            service: "cloudwatch.amazonaws.com",
            source: alarm.arn.clone(),
            label: format!("alarm {}", alarm.name),
            type_member: None,
        }
    }

    /// Whether everything of SES's that could name a topic was read.
    pub(super) fn knows_all_publishers(&self) -> bool {
        let snapshot = self.snapshot;
        let sets = snapshot.sets.known();
        let identities = snapshot.identities.known();
        sets.is_some_and(|sets| sets.values().all(|set| set.destinations.known().is_some()))
            && identities.is_some_and(|all| all.values().all(|one| one.topics.known().is_some()))
    }

    /// Who publishes to which topic. A topic of the stack that nobody publishes to is there too.
    pub(super) fn publishers(&self) -> BTreeMap<String, BTreeSet<Publisher>> {
        let mut found: BTreeMap<String, BTreeSet<Publisher>> = BTreeMap::new();
        for (set, destination) in destinations(self.snapshot) {
            if let DestinationTarget::Sns { topic } = &destination.target {
                found.entry(topic.clone()).or_default().insert(self.as_set(set));
            }
        }
        for (name, identity) in identities(self.snapshot) {
            for topic in identity.topics.known().into_iter().flat_map(IdentityTopics::all) {
                found.entry(topic.to_owned()).or_default().insert(self.as_identity(name));
            }
        }
        for alarm in self.alarms() {
            for action in alarm.actions.iter().filter(|action| is_topic(action)) {
                found.entry(action.clone()).or_default().insert(Self::as_alarm(alarm));
            }
        }
        for topic in stack_topics(self.snapshot) {
            found.entry(topic.to_owned()).or_default();
        }
        found
    }
}

impl IdentityTopics {
    /// Returns the topics named, for whatever kind of notification.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        [&self.bounce, &self.complaint, &self.delivery].into_iter().flatten().map(String::as_str)
    }
}

/// Every event destination, with its set's name.
pub(super) fn destinations(snapshot: &Snapshot) -> impl Iterator<Item = (&str, &Destination)> {
    let sets = snapshot.sets.known().into_iter().flatten();
    sets.flat_map(|(name, set)| {
        let known = set.destinations.known().into_iter().flatten();
        known.map(move |destination| (name.as_str(), destination))
    })
}

pub(super) fn identities(snapshot: &Snapshot) -> impl Iterator<Item = (&str, &Identity)> {
    let identities = snapshot.identities.known().into_iter().flatten();
    identities.map(|(name, identity)| (name.as_str(), identity))
}

/// Topics that the stack's outputs name.
pub(super) fn stack_topics(snapshot: &Snapshot) -> impl Iterator<Item = &str> {
    let outputs = snapshot.stack.outputs.known().and_then(Option::as_ref).into_iter().flatten();
    outputs.map(|(_, value)| value.as_str()).filter(|value| is_topic(value))
}

/// Whether an alarm is about sending.
fn concerns_us(snapshot: &Snapshot, namespace: &str, alarm: &Alarm) -> bool {
    let prefix = snapshot.stack.name.as_str();
    let of_stack = alarm.name.strip_prefix(prefix).is_some_and(|rest| rest.starts_with(['/', '-']));
    let has_stack = matches!(snapshot.stack.outputs.known(), Some(Some(_)));
    let watches = |series: &super::snapshot::SnapshotSeries| {
        series.namespace == "AWS/SES" || series.namespace == namespace
    };
    (has_stack && of_stack) || alarm.series.iter().any(watches)
}

pub(super) fn is_topic(arn: &str) -> bool {
    Arn::parse(arn).is_some_and(|arn| arn.service == "sns")
}

pub(super) fn is_function(arn: &str) -> bool {
    Arn::parse(arn).is_some_and(|arn| arn.service == "lambda")
}

/// What a function does, by the settings that only one of ours has.
fn role(function: &LambdaFunction) -> Option<Role> {
    let has = |name: &str| function.settings.contains_key(name);
    if has("WARDEN_ALARM_PREFIX") {
        Some(Role::Guard)
    } else if has("WARDEN_METRIC_SET") || has("WARDEN_MAX_DOMAINS") {
        Some(Role::Metrics)
    } else if has("WARDEN_SES_CALLS_PER_SECOND") || has("WARDEN_IMPORT_THRESHOLD") {
        Some(Role::Suppress)
    } else {
        None
    }
}
