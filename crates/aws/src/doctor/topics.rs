//! SNS topics and their subscriptions.

use std::collections::HashMap;

use aws_types::SdkConfig;
use serde_json::Value;
use warden_domain::setup::snapshot::{Fact, NotRead, Subscription, SubscriptionAttributes, Topic};

use super::{each, existing, fact};
use crate::error::CallError;

/// Reads topics of one Region.
#[derive(Debug, Clone)]
pub struct TopicReader {
    sns: aws_sdk_sns::Client,
}

impl TopicReader {
    /// Creates a reader of the configuration's Region.
    pub fn new(config: &SdkConfig) -> Self {
        Self { sns: aws_sdk_sns::Client::new(config) }
    }

    /// GetTopicAttributes, ListSubscriptionsByTopic and GetSubscriptionAttributes of each
    /// confirmed subscription; `None` where there is no such topic.
    ///
    /// # Errors
    /// [`CallError`] when the topic itself cannot be read.
    pub async fn topic(&self, arn: &str) -> Result<Option<Topic>, CallError> {
        let answer = self.sns.get_topic_attributes().topic_arn(arn).send().await;
        let answer = answer.map_err(|error| CallError::of("GetTopicAttributes", &error));
        let Some(answer) = existing(answer)? else { return Ok(None) };
        let mut attributes = answer.attributes.unwrap_or_default();
        let key = attributes.remove("KmsMasterKeyId").filter(|key| !key.is_empty());
        Ok(Some(Topic {
            policy: attributes.remove("Policy").unwrap_or_default(),
            key,
            subscriptions: fact("sns:ListSubscriptionsByTopic", self.subscriptions(arn).await),
        }))
    }

    async fn subscriptions(&self, topic: &str) -> Result<Vec<Subscription>, CallError> {
        let listing = self.sns.list_subscriptions_by_topic().topic_arn(topic);
        let mut pages = listing.into_paginator().send();
        let mut listed = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| CallError::of("ListSubscriptionsByTopic", &error))?;
            listed.extend(page.subscriptions.unwrap_or_default());
        }
        // One that was deleted is listed for some days more.
        listed.retain(|one| one.subscription_arn() != Some("Deleted"));
        Ok(each(listed, |one| self.subscription(one)).await)
    }

    async fn subscription(&self, listed: aws_sdk_sns::types::Subscription) -> Subscription {
        let arn = listed.subscription_arn.unwrap_or_default();
        let is_listed_as_confirmed = arn.starts_with("arn:");
        let mut is_confirmed = is_listed_as_confirmed;
        let attributes = if is_listed_as_confirmed {
            let read = self.attributes(&arn).await;
            if let Ok(found) = &read {
                is_confirmed = found.get("PendingConfirmation").is_none_or(|is| is != "true");
            }
            fact("sns:GetSubscriptionAttributes", read.map(attributes))
        } else {
            // There are none before it is confirmed.
            Fact::NotRead(NotRead {
                action: "sns:GetSubscriptionAttributes",
                is_denied: false,
                reason: "the subscription is not confirmed".to_owned(),
            })
        };
        Subscription {
            arn,
            protocol: listed.protocol.unwrap_or_default(),
            endpoint: listed.endpoint.unwrap_or_default(),
            is_confirmed,
            attributes,
        }
    }

    async fn attributes(&self, arn: &str) -> Result<HashMap<String, String>, CallError> {
        let answer = self.sns.get_subscription_attributes().subscription_arn(arn).send().await;
        let answer = answer.map_err(|error| CallError::of("GetSubscriptionAttributes", &error))?;
        Ok(answer.attributes.unwrap_or_default())
    }
}

fn attributes(found: HashMap<String, String>) -> SubscriptionAttributes {
    let json = |name: &str| {
        let text = found.get(name).filter(|text| !text.is_empty())?;
        serde_json::from_str::<Value>(text).ok()
    };
    let redrive = json("RedrivePolicy");
    let dead_letters = redrive.as_ref().and_then(|policy| policy.get("deadLetterTargetArn"));
    SubscriptionAttributes {
        filter: json("FilterPolicy").filter(|filter| *filter != Value::Object(Default::default())),
        filter_on_body: found.get("FilterPolicyScope").is_some_and(|scope| scope == "MessageBody"),
        dead_letters: dead_letters.and_then(Value::as_str).map(str::to_owned),
    }
}
