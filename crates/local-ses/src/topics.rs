//! Whether SES may publish to a topic. SES finds out when a topic is named to it, and refuses
//! one that it cannot use; the words are its own.

use crate::resource_policy::Access;
use crate::upstream::Upstream;
use crate::wire::WireError;

/// The resource whose events are to go to a topic.
#[derive(Debug)]
pub(crate) struct EventSource<'a> {
    pub(crate) account_id: &'a str,
    pub(crate) region: &'a str,
    /// The resource's part of its ARN: `configuration-set/NAME` or `identity/NAME`.
    pub(crate) resource: &'a str,
}

/// Checks that SES may publish to a topic: it is a standard topic of the same Region, exists,
/// and its policy and that of its key let SES use them.
///
/// Both messages were seen on AWS: `not found` in tests of another emulator, recorded against AWS
/// in 2023, and `Could not publish` by users of the v2 API whose key policy left SES out.
///
/// # Errors
///
/// BadRequestException in SES's words, and InternalServiceErrorException when the local AWS
/// does not answer.
pub(crate) async fn check(
    upstream: Option<&Upstream>,
    source: &EventSource<'_>,
    topic_arn: &str,
) -> Result<(), WireError> {
    if topic_arn.ends_with(".fifo") {
        return Err(WireError::bad_request("Amazon SES does not support FIFO topics."));
    }
    let missing = || WireError::bad_request(format!("SNS topic <{topic_arn}> not found."));
    if topic_arn.split(':').nth(3) != Some(source.region) {
        return Err(missing());
    }
    let Some(upstream) = upstream else {
        return Ok(());
    };
    let unanswered = |error: String| {
        tracing::warn!(topic_arn, error, "upstream not asked");
        WireError::internal("the local AWS behind this server does not answer")
    };
    let topic = upstream.topic(topic_arn).await.map_err(unanswered)?.ok_or_else(missing)?;
    let access = |action: &str, resource: &str| {
        let EventSource { account_id, region, resource: own } = source;
        let arn = format!("arn:aws:ses:{region}:{account_id}:{own}");
        Access::new(action, resource, account_id).on_behalf_of(&arn)
    };
    let mut may_publish = access("sns:Publish", topic_arn).is_allowed_by(&topic.policy);
    if let Some(key) = topic.key {
        // No policy of ours governs SNS's own key, and its policy leaves SES out.
        let policy = match key.as_str() {
            "alias/aws/sns" => None,
            key => upstream.key_policy(key).await.map_err(unanswered)?,
        };
        may_publish &= policy.is_some_and(|policy| {
            let actions = ["kms:GenerateDataKey", "kms:Decrypt"];
            actions.iter().all(|action| access(action, &key).is_allowed_by(&policy))
        });
    }
    if may_publish {
        return Ok(());
    }
    Err(WireError::bad_request(format!("Could not publish message to SNS topic <{topic_arn}>.")))
}
