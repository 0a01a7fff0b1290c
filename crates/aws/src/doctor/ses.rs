//! The account, its configuration sets, identities and dedicated IP pools.

use std::collections::BTreeMap;

use aws_sdk_sesv2::types as v2;
use aws_smithy_types::retry::RetryConfig;
use aws_types::SdkConfig;
use aws_types::service_config::ServiceConfigKey;
use warden_domain::setup::snapshot::{
    Account, Destination, DestinationTarget, IdentitySettings, IdentityTopics, Pool, SetSettings,
};

use super::existing;
use crate::RateLimiter;
use crate::error::CallError;
use crate::paced::paced;

/// Identities that one call asks the topics of.
const IDENTITIES_A_CALL: usize = 100;

/// Reads SES, at the pace that it allows.
#[derive(Debug, Clone)]
pub struct SesReader {
    v1: aws_sdk_ses::Client,
    v2: aws_sdk_sesv2::Client,
    limiter: RateLimiter,
}

impl SesReader {
    /// Creates a reader of the configuration's Region. Both versions of the API share one limiter,
    /// because SES counts their calls together.
    pub fn new(config: &SdkConfig, limiter: RateLimiter) -> Self {
        // Without retries of the SDK's: they would pass the limiter by.
        let retries = RetryConfig::disabled();
        let v2 = aws_sdk_sesv2::config::Builder::from(config).retry_config(retries.clone());
        let mut v1 = aws_sdk_ses::config::Builder::from(config).retry_config(retries);
        if let Some(url) = shared_endpoint(config) {
            v1 = v1.endpoint_url(url);
        }
        Self {
            v1: aws_sdk_ses::Client::from_conf(v1.build()),
            v2: aws_sdk_sesv2::Client::from_conf(v2.build()),
            limiter,
        }
    }

    /// GetAccount.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn account(&self) -> Result<Account, CallError> {
        let answer = paced(&self.limiter, "GetAccount", || self.v2.get_account().send()).await?;
        let reasons =
            answer.suppression_attributes().map(|a| a.suppressed_reasons()).unwrap_or_default();
        let quota = answer.send_quota();
        Ok(Account {
            sending_enabled: answer.sending_enabled(),
            enforcement_status: answer.enforcement_status().unwrap_or("unknown").to_owned(),
            production_access: answer.production_access_enabled(),
            suppressed_reasons: reasons.iter().map(|r| r.as_str().to_owned()).collect(),
            max_24_hour_send: quota.map_or(-1.0, |quota| quota.max24_hour_send()),
            sent_last_24_hours: quota.map_or(0.0, |quota| quota.sent_last24_hours()),
        })
    }

    /// ListConfigurationSets, all pages: the names.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn sets(&self) -> Result<Vec<String>, CallError> {
        let mut names = Vec::new();
        let mut token: Option<String> = None;
        loop {
            let page = paced(&self.limiter, "ListConfigurationSets", || {
                let call = self.v2.list_configuration_sets().page_size(1000);
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

    /// GetConfigurationSet.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn set(&self, name: &str) -> Result<SetSettings, CallError> {
        let answer = paced(&self.limiter, "GetConfigurationSet", || {
            self.v2.get_configuration_set().configuration_set_name(name).send()
        })
        .await?;
        let reasons = answer.suppression_options().and_then(|o| o.suppressed_reasons.as_ref());
        Ok(SetSettings {
            // A set without the option sends, and one without the other has no metrics.
            sending_enabled: answer.sending_options().is_none_or(|o| o.sending_enabled()),
            reputation_metrics: answer
                .reputation_options()
                .is_some_and(|options| options.reputation_metrics_enabled()),
            suppressed_reasons: reasons
                .map(|reasons| reasons.iter().map(|r| r.as_str().to_owned()).collect()),
            pool: answer
                .delivery_options()
                .and_then(|options| options.sending_pool_name())
                .filter(|name| !name.is_empty())
                .map(str::to_owned),
        })
    }

    /// GetConfigurationSetEventDestinations.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn destinations(&self, set: &str) -> Result<Vec<Destination>, CallError> {
        let answer = paced(&self.limiter, "GetConfigurationSetEventDestinations", || {
            self.v2.get_configuration_set_event_destinations().configuration_set_name(set).send()
        })
        .await?;
        Ok(answer.event_destinations().iter().map(destination).collect())
    }

    /// ListEmailIdentities, all pages: the names.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn identities(&self) -> Result<Vec<String>, CallError> {
        let mut names = Vec::new();
        let mut token: Option<String> = None;
        loop {
            let page = paced(&self.limiter, "ListEmailIdentities", || {
                let call = self.v2.list_email_identities().page_size(1000);
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

    /// GetEmailIdentity.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn identity(&self, name: &str) -> Result<IdentitySettings, CallError> {
        let answer = paced(&self.limiter, "GetEmailIdentity", || {
            self.v2.get_email_identity().email_identity(name).send()
        })
        .await?;
        Ok(IdentitySettings {
            verified: answer.verified_for_sending_status(),
            email_forwarding: answer.feedback_forwarding_status(),
            default_set: answer
                .configuration_set_name()
                .filter(|name| !name.is_empty())
                .map(str::to_owned),
        })
    }

    /// GetIdentityNotificationAttributes of API v1, a hundred identities a call: v2 tells neither
    /// topics nor headers. An identity that the answer leaves out has none.
    ///
    /// # Errors
    /// [`CallError`] of the first call that fails.
    pub async fn identity_topics(
        &self,
        names: &[String],
    ) -> Result<BTreeMap<String, IdentityTopics>, CallError> {
        let mut found = BTreeMap::new();
        for names in names.chunks(IDENTITIES_A_CALL) {
            let answer = paced(&self.limiter, "GetIdentityNotificationAttributes", || {
                let call = self.v1.get_identity_notification_attributes();
                call.set_identities(Some(names.to_vec())).send()
            })
            .await?;
            found.extend(answer.notification_attributes.into_iter().map(|(name, attributes)| {
                let topic = |arn: String| Some(arn).filter(|arn| !arn.is_empty());
                let topics = IdentityTopics {
                    bounce: topic(attributes.bounce_topic),
                    complaint: topic(attributes.complaint_topic),
                    delivery: topic(attributes.delivery_topic),
                    headers_in_bounces: attributes.headers_in_bounce_notifications_enabled,
                    headers_in_complaints: attributes.headers_in_complaint_notifications_enabled,
                };
                (name, topics)
            }));
        }
        Ok(found)
    }

    /// GetDedicatedIpPool; `None` where there is none.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn pool(&self, name: &str) -> Result<Option<Pool>, CallError> {
        let answer = paced(&self.limiter, "GetDedicatedIpPool", || {
            self.v2.get_dedicated_ip_pool().pool_name(name).send()
        })
        .await;
        let pool = existing(answer)?.and_then(|answer| answer.dedicated_ip_pool);
        let managed = |pool: v2::DedicatedIpPool| pool.scaling_mode == v2::ScalingMode::Managed;
        Ok(pool.map(|pool| Pool { is_managed: managed(pool) }))
    }
}

/// The endpoint named for v2 alone. On AWS both versions live at one address, so that whoever
/// names another for v2 means SES, unless one is named for v1 too.
fn shared_endpoint(config: &SdkConfig) -> Option<String> {
    if config.get_origin("endpoint_url").is_client_config() {
        return None;
    }
    let named = |service: &'static str| {
        let key = ServiceConfigKey::builder()
            .service_id(service)
            .env("AWS_ENDPOINT_URL")
            .profile("endpoint_url")
            .build()
            .ok()?;
        config.service_config()?.load_config(key)
    };
    let general = config.endpoint_url().map(str::to_owned);
    let (v1, v2) = (named("SES"), named("SESv2")?);
    (v1.is_none() || v1 == general).then_some(v2)
}

/// Returns what SES answered of one event destination.
pub(crate) fn destination(found: &v2::EventDestination) -> Destination {
    let other = |is_there: bool, service| is_there.then_some(DestinationTarget::Other { service });
    let topic = found
        .sns_destination()
        .map(|sns| DestinationTarget::Sns { topic: sns.topic_arn().to_owned() });
    let bus = found.event_bridge_destination().map(|_| DestinationTarget::EventBridge);
    let target = topic
        .or(bus)
        .or(other(found.cloud_watch_destination().is_some(), "CloudWatch"))
        .or(other(found.kinesis_firehose_destination().is_some(), "Firehose"))
        .or(other(found.pinpoint_destination().is_some(), "Pinpoint"));
    Destination {
        name: found.name().to_owned(),
        enabled: found.enabled(),
        events: found.matching_event_types().iter().map(|e| e.as_str().to_owned()).collect(),
        target: target.unwrap_or(DestinationTarget::Other { service: "an unknown service" }),
    }
}
