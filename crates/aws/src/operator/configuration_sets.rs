//! Configuration sets and the default sets of identities, as the command connects them.

use std::collections::BTreeMap;

use aws_sdk_sesv2::types::{EventDestinationDefinition, EventType, SnsDestination, Tag};
use warden_domain::setup::snapshot::Destination;

use crate::doctor::destination;
use crate::error::{CONSTRUCTION_FAILURE, CallError, Class};
use crate::paced::{Retries, paced_call};
use crate::{Connection, RateLimiter};

/// Names on one page of a listing: the most that SES gives.
const PAGE: i32 = 1000;

/// A configuration set, as far as connecting it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigurationSetState {
    /// Its name.
    pub name: String,
    /// Whether SES publishes its reputation to CloudWatch.
    pub reputation_metrics: bool,
    /// Its event destinations.
    pub destinations: Vec<Destination>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

/// A sending identity, as far as its default configuration set is concerned.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DefaultSetState {
    /// The domain or address.
    pub identity: String,
    /// The set that mail of this identity takes where it names none.
    pub default_set: Option<String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

/// The configuration sets and identities of one Region.
#[derive(Debug, Clone)]
pub struct ConfigurationSets {
    ses: aws_sdk_sesv2::Client,
    limiter: RateLimiter,
}

impl ConfigurationSets {
    /// Creates a client for the connection's Region; the limiter sets the rate of its calls.
    pub fn new(connection: &Connection, limiter: RateLimiter) -> Self {
        Self { ses: connection.sesv2(), limiter }
    }

    /// ListConfigurationSets, all pages: the names.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn names(&self) -> Result<Vec<String>, CallError> {
        let mut names = Vec::new();
        let mut token: Option<String> = None;
        loop {
            let page = paced_call(&self.limiter, Retries::COMMAND, "ListConfigurationSets", || {
                let call = self.ses.list_configuration_sets().page_size(PAGE);
                call.set_next_token(token.clone()).send()
            })
            .await?;
            names.extend_from_slice(page.configuration_sets());
            // A token that comes again would go round for ever.
            match page.next_token.filter(|next| !next.is_empty() && Some(next) != token.as_ref()) {
                Some(next) => token = Some(next),
                None => return Ok(names),
            }
        }
    }

    /// ListEmailIdentities, all pages: the names, of domains and of addresses.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn identity_names(&self) -> Result<Vec<String>, CallError> {
        let mut names = Vec::new();
        let mut token: Option<String> = None;
        loop {
            let page = paced_call(&self.limiter, Retries::COMMAND, "ListEmailIdentities", || {
                let call = self.ses.list_email_identities().page_size(PAGE);
                call.set_next_token(token.clone()).send()
            })
            .await?;
            let found = page.email_identities();
            names.extend(found.iter().filter_map(|one| one.identity_name().map(str::to_owned)));
            match page.next_token.filter(|next| !next.is_empty() && Some(next) != token.as_ref()) {
                Some(next) => token = Some(next),
                None => return Ok(names),
            }
        }
    }

    /// GetConfigurationSet and GetConfigurationSetEventDestinations; `None` where there is no such
    /// set.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn state(&self, name: &str) -> Result<Option<ConfigurationSetState>, CallError> {
        let set = paced_call(&self.limiter, Retries::COMMAND, "GetConfigurationSet", || {
            self.ses.get_configuration_set().configuration_set_name(name).send()
        })
        .await;
        let Some(set) = existing(set)? else { return Ok(None) };
        let Some(destinations) = existing(self.destinations(name).await)? else { return Ok(None) };
        Ok(Some(ConfigurationSetState {
            name: name.to_owned(),
            // A set without the option has no metrics.
            reputation_metrics: set
                .reputation_options()
                .is_some_and(|options| options.reputation_metrics_enabled()),
            destinations,
            tags: tags(set.tags()),
        }))
    }

    /// GetConfigurationSetEventDestinations.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn destinations(&self, set: &str) -> Result<Vec<Destination>, CallError> {
        let answer = paced_call(
            &self.limiter,
            Retries::COMMAND,
            "GetConfigurationSetEventDestinations",
            || {
                self.ses
                    .get_configuration_set_event_destinations()
                    .configuration_set_name(set)
                    .send()
            },
        )
        .await?;
        Ok(answer.event_destinations().iter().map(destination).collect())
    }

    /// CreateConfigurationSetEventDestination to an SNS topic, switched on.
    ///
    /// # Errors
    /// [`CallError`], `AlreadyExistsException` where the set has one of that name.
    pub async fn create_destination(
        &self,
        set: &str,
        name: &str,
        topic: &str,
        events: &[&str],
    ) -> Result<(), CallError> {
        const OPERATION: &str = "CreateConfigurationSetEventDestination";
        let definition = definition(OPERATION, topic, events, true)?;
        paced_call(&self.limiter, Retries::COMMAND, OPERATION, || {
            let call = self.ses.create_configuration_set_event_destination();
            let call = call.configuration_set_name(set).event_destination_name(name);
            call.event_destination(definition.clone()).send()
        })
        .await
        .map(|_| ())
    }

    /// UpdateConfigurationSetEventDestination: replaces all of it.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn update_destination(
        &self,
        set: &str,
        name: &str,
        topic: &str,
        events: &[&str],
        enabled: bool,
    ) -> Result<(), CallError> {
        const OPERATION: &str = "UpdateConfigurationSetEventDestination";
        let definition = definition(OPERATION, topic, events, enabled)?;
        paced_call(&self.limiter, Retries::COMMAND, OPERATION, || {
            let call = self.ses.update_configuration_set_event_destination();
            let call = call.configuration_set_name(set).event_destination_name(name);
            call.event_destination(definition.clone()).send()
        })
        .await
        .map(|_| ())
    }

    /// DeleteConfigurationSetEventDestination. One that is gone, or whose set is, is no error.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn delete_destination(&self, set: &str, name: &str) -> Result<(), CallError> {
        let answer = paced_call(
            &self.limiter,
            Retries::COMMAND,
            "DeleteConfigurationSetEventDestination",
            || {
                let call = self.ses.delete_configuration_set_event_destination();
                call.configuration_set_name(set).event_destination_name(name).send()
            },
        )
        .await;
        existing(answer).map(|_| ())
    }

    /// PutConfigurationSetReputationOptions.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn set_reputation_metrics(&self, set: &str, on: bool) -> Result<(), CallError> {
        paced_call(&self.limiter, Retries::COMMAND, "PutConfigurationSetReputationOptions", || {
            let call = self.ses.put_configuration_set_reputation_options();
            call.configuration_set_name(set).reputation_metrics_enabled(on).send()
        })
        .await
        .map(|_| ())
    }

    /// GetEmailIdentity; `None` where there is no such identity.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn default_set(&self, identity: &str) -> Result<Option<DefaultSetState>, CallError> {
        let answer = paced_call(&self.limiter, Retries::COMMAND, "GetEmailIdentity", || {
            self.ses.get_email_identity().email_identity(identity).send()
        })
        .await;
        Ok(existing(answer)?.map(|answer| DefaultSetState {
            identity: identity.to_owned(),
            default_set: answer
                .configuration_set_name()
                .filter(|name| !name.is_empty())
                .map(str::to_owned),
            tags: tags(answer.tags()),
        }))
    }

    /// PutEmailIdentityConfigurationSetAttributes: the set, or none.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn put_default_set(
        &self,
        identity: &str,
        set: Option<&str>,
    ) -> Result<(), CallError> {
        paced_call(
            &self.limiter,
            Retries::COMMAND,
            "PutEmailIdentityConfigurationSetAttributes",
            || {
                let call = self.ses.put_email_identity_configuration_set_attributes();
                let call = call.email_identity(identity);
                call.set_configuration_set_name(set.map(str::to_owned)).send()
            },
        )
        .await
        .map(|_| ())
    }

    /// TagResource with one tag; an older value is replaced.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn tag(&self, arn: &str, key: &str, value: &str) -> Result<(), CallError> {
        const OPERATION: &str = "TagResource";
        let tag = Tag::builder().key(key).value(value).build();
        let tag = tag.map_err(|error| unbuildable(OPERATION, &error))?;
        paced_call(&self.limiter, Retries::COMMAND, OPERATION, || {
            self.ses.tag_resource().resource_arn(arn).tags(tag.clone()).send()
        })
        .await
        .map(|_| ())
    }

    /// UntagResource of one tag. A tag or resource that is gone is no error.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn untag(&self, arn: &str, key: &str) -> Result<(), CallError> {
        let answer = paced_call(&self.limiter, Retries::COMMAND, "UntagResource", || {
            self.ses.untag_resource().resource_arn(arn).tag_keys(key).send()
        })
        .await;
        existing(answer).map(|_| ())
    }
}

fn definition(
    operation: &'static str,
    topic: &str,
    events: &[&str],
    enabled: bool,
) -> Result<EventDestinationDefinition, CallError> {
    let topic = SnsDestination::builder().topic_arn(topic).build();
    let topic = topic.map_err(|error| unbuildable(operation, &error))?;
    let events = events.iter().map(|event| EventType::from(*event)).collect();
    Ok(EventDestinationDefinition::builder()
        .enabled(enabled)
        .set_matching_event_types(Some(events))
        .sns_destination(topic)
        .build())
}

fn unbuildable(operation: &'static str, error: &impl std::fmt::Display) -> CallError {
    let class = Class::Refused { code: CONSTRUCTION_FAILURE.to_owned() };
    CallError::new(operation, class, &error.to_string())
}

fn tags(tags: &[Tag]) -> BTreeMap<String, String> {
    tags.iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect()
}

/// An answer of NotFound is one too.
fn existing<T>(answer: Result<T, CallError>) -> Result<Option<T>, CallError> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.class == Class::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
