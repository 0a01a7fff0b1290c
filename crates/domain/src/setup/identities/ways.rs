//! The ways by which feedback about an identity's mail arrives.

use super::super::context::Context;
use super::super::sets::carries;
use super::super::snapshot::{
    ConfigurationSet, DestinationTarget, IdentitySettings, IdentityTopics,
};

/// The ways of feedback for mail that names no configuration set.
pub(super) struct Ways<'a> {
    /// The default set, where it exists.
    pub(super) set: Option<(&'a str, &'a ConfigurationSet)>,
    /// Topics of identity notifications, where they were read.
    pub(super) topics: Option<&'a IdentityTopics>,
}

impl<'a> Ways<'a> {
    pub(super) fn of(
        context: &Context<'a>,
        settings: &'a IdentitySettings,
        topics: Option<&'a IdentityTopics>,
    ) -> Self {
        let name = settings.default_set.as_deref();
        let set = name.and_then(|name| {
            let (name, set) = context.snapshot.sets.known()?.get_key_value(name)?;
            Some((name.as_str(), set))
        });
        Self { set, topics }
    }

    /// Topics of the default set's destinations that carry this event.
    pub(super) fn set_topics(&self, event: &str) -> Vec<&'a str> {
        let destinations = self.set.and_then(|(_, set)| set.destinations.known());
        let carrying = destinations.into_iter().flatten().filter(|one| carries(one, event));
        carrying
            .filter_map(|one| match &one.target {
                DestinationTarget::Sns { topic } => Some(topic.as_str()),
                DestinationTarget::EventBridge | DestinationTarget::Other { .. } => None,
            })
            .collect()
    }

    pub(super) fn uses_event_bridge(&self, event: &str) -> bool {
        let destinations = self.set.and_then(|(_, set)| set.destinations.known());
        let mut carrying = destinations.into_iter().flatten().filter(|one| carries(one, event));
        carrying.any(|one| matches!(one.target, DestinationTarget::EventBridge))
    }

    /// The default set's destinations could not be read.
    pub(super) fn set_is_unread(&self) -> bool {
        self.set.is_some_and(|(_, set)| set.destinations.known().is_none())
    }

    pub(super) fn identity_topic(&self, event: &str) -> Option<&'a str> {
        let topics = self.topics?;
        let topic = if event == "BOUNCE" { &topics.bounce } else { &topics.complaint };
        topic.as_deref()
    }

    pub(super) fn has_set_route(&self) -> bool {
        !self.set_topics("BOUNCE").is_empty() || !self.set_topics("COMPLAINT").is_empty()
    }

    pub(super) fn has_identity_route(&self) -> bool {
        self.identity_topic("BOUNCE").is_some() || self.identity_topic("COMPLAINT").is_some()
    }

    /// Whether both kinds come by the identity's own topics.
    pub(super) fn identity_routes_are_complete(&self) -> bool {
        self.identity_topic("BOUNCE").is_some() && self.identity_topic("COMPLAINT").is_some()
    }
}
