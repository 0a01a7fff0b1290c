//! Configuration sets that a CloudFormation stack made in the local AWS.

use std::collections::BTreeMap;

use aws_sdk_sesv2::error::DisplayErrorContext;

use super::Upstream;
use crate::configuration_sets::Switches;
use crate::destinations::{Definition, SnsDestination};
use crate::suppression::Reason;
use crate::tags::Tags;

/// A configuration set as the local AWS knows it.
#[derive(Debug)]
pub(crate) struct FoundSet {
    pub(crate) switches: Switches,
    pub(crate) destinations: BTreeMap<String, Definition>,
}

impl Upstream {
    /// Looks a configuration set up; `None` when the local AWS has none of
    /// that name.
    ///
    /// # Errors
    ///
    /// Says why it could not be asked.
    pub(crate) async fn find_set(&self, name: &str) -> Result<Option<FoundSet>, String> {
        let set = match self.ses.get_configuration_set().configuration_set_name(name).send().await {
            Ok(set) => set,
            Err(error) => {
                return match error.as_service_error() {
                    Some(service) if service.is_not_found_exception() => Ok(None),
                    Some(_) | None => Err(DisplayErrorContext(error).to_string()),
                };
            }
        };
        let switches = Switches {
            sending_enabled: set.sending_options().is_none_or(|options| options.sending_enabled()),
            reputation_metrics_enabled: set
                .reputation_options()
                .is_some_and(|options| options.reputation_metrics_enabled()),
            suppressed_reasons: set
                .suppression_options()
                .and_then(|options| options.suppressed_reasons.as_ref())
                .map(|reasons| {
                    reasons.iter().filter_map(|reason| Reason::parse(reason.as_str())).collect()
                }),
            tags: tags(&set),
        };
        let found = self
            .ses
            .get_configuration_set_event_destinations()
            .configuration_set_name(name)
            .send()
            .await
            .map_err(|error| DisplayErrorContext(error).to_string())?;
        let destinations = found
            .event_destinations()
            .iter()
            .map(|destination| (destination.name().to_owned(), definition(destination)))
            .collect();
        Ok(Some(FoundSet { switches, destinations }))
    }

    /// The names of all configuration sets of the local AWS.
    ///
    /// # Errors
    ///
    /// Says why it could not be asked.
    pub(crate) async fn list_sets(&self) -> Result<Vec<String>, String> {
        let answer = self
            .ses
            .list_configuration_sets()
            .page_size(1000)
            .send()
            .await
            .map_err(|error| DisplayErrorContext(error).to_string())?;
        Ok(answer.configuration_sets().to_vec())
    }
}

fn tags(set: &aws_sdk_sesv2::operation::get_configuration_set::GetConfigurationSetOutput) -> Tags {
    set.tags().iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect()
}

/// Only what decides about publishing is taken over; a destination that is no
/// topic publishes nothing here.
fn definition(destination: &aws_sdk_sesv2::types::EventDestination) -> Definition {
    Definition {
        enabled: destination.enabled(),
        matching_event_types: destination
            .matching_event_types()
            .iter()
            .map(|event_type| event_type.as_str().to_owned())
            .collect(),
        sns_destination: destination
            .sns_destination()
            .map(|sns| SnsDestination { topic_arn: sns.topic_arn().to_owned() }),
        cloud_watch_destination: None,
        event_bridge_destination: None,
        kinesis_firehose_destination: None,
        pinpoint_destination: None,
    }
}
