//! KMS keys.

use aws_sdk_kms::types::KeyManagerType;
use aws_types::SdkConfig;
use warden_domain::setup::snapshot::Key;

use super::{existing, fact};
use crate::error::CallError;

/// Reads keys of one Region.
#[derive(Debug, Clone)]
pub struct KeyReader {
    kms: aws_sdk_kms::Client,
}

impl KeyReader {
    /// Creates a reader of the configuration's Region.
    pub fn new(config: &SdkConfig) -> Self {
        Self { kms: aws_sdk_kms::Client::new(config) }
    }

    /// DescribeKey and GetKeyPolicy, by id, ARN or alias; `None` where there is no such key.
    ///
    /// # Errors
    /// [`CallError`] when the key itself cannot be read.
    pub async fn key(&self, id: &str) -> Result<Option<Key>, CallError> {
        let answer = self.kms.describe_key().key_id(id).send().await;
        let answer = answer.map_err(|error| CallError::of("DescribeKey", &error));
        let Some(found) = existing(answer)?.and_then(|answer| answer.key_metadata) else {
            return Ok(None);
        };
        let state = found.key_state().map(|state| state.as_str().to_owned());
        let policy = self.policy(found.key_id()).await;
        Ok(Some(Key {
            state: state.unwrap_or_else(|| "Enabled".to_owned()),
            is_aws_managed: found.key_manager() == Some(&KeyManagerType::Aws),
            policy: fact("kms:GetKeyPolicy", policy),
            arn: found.arn.unwrap_or(found.key_id),
        }))
    }

    async fn policy(&self, id: &str) -> Result<String, CallError> {
        let answer = self.kms.get_key_policy().key_id(id).policy_name("default").send().await;
        let answer = answer.map_err(|error| CallError::of("GetKeyPolicy", &error))?;
        Ok(answer.policy.unwrap_or_default())
    }
}
