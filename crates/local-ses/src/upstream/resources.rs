//! Resources of the local AWS that SES uses for its account: topics, their keys, and objects.

use aws_sdk_sesv2::error::{DisplayErrorContext, ProvideErrorMetadata};

use super::{Upstream, in_region_of};

/// A topic, as far as publishing to it is concerned.
#[derive(Debug)]
pub(crate) struct Topic {
    pub(crate) policy: String,
    /// The KMS key of an encrypted topic.
    pub(crate) key: Option<String>,
}

impl Upstream {
    /// Looks a topic up; `None` when there is none of that ARN.
    ///
    /// # Errors
    ///
    /// Says why SNS could not be asked.
    pub(crate) async fn topic(&self, arn: &str) -> Result<Option<Topic>, String> {
        let ask = self.sns.get_topic_attributes().topic_arn(arn);
        let found = match ask.customize().config_override(in_region_of(arn)).send().await {
            Ok(found) => found,
            Err(error) => {
                return match error.code() {
                    Some("NotFound" | "NotFoundException" | "InvalidParameter") => Ok(None),
                    Some(_) | None => Err(DisplayErrorContext(error).to_string()),
                };
            }
        };
        let attribute = |name: &str| found.attributes()?.get(name).cloned();
        Ok(Some(Topic {
            policy: attribute("Policy").unwrap_or_default(),
            key: attribute("KmsMasterKeyId").filter(|key| !key.is_empty()),
        }))
    }

    /// The policy of a KMS key; `None` when there is no such key.
    ///
    /// # Errors
    ///
    /// Says why KMS could not be asked.
    pub(crate) async fn key_policy(&self, key: &str) -> Result<Option<String>, String> {
        match self.kms.get_key_policy().key_id(key).policy_name("default").send().await {
            Ok(found) => Ok(found.policy),
            Err(error) if error.code() == Some("NotFoundException") => Ok(None),
            Err(error) => Err(DisplayErrorContext(error).to_string()),
        }
    }

    /// The policy of a bucket; `None` when it has none.
    ///
    /// # Errors
    ///
    /// Says why S3 could not be asked.
    pub(crate) async fn bucket_policy(&self, bucket: &str) -> Result<Option<String>, String> {
        match self.s3.get_bucket_policy().bucket(bucket).send().await {
            Ok(found) => Ok(found.policy),
            Err(error) if error.code() == Some("NoSuchBucketPolicy") => Ok(None),
            Err(error) => Err(format!("s3://{bucket}: {}", DisplayErrorContext(error))),
        }
    }

    /// Reads an object of a bucket.
    ///
    /// # Errors
    ///
    /// Says why it could not be read.
    pub(crate) async fn read_object(&self, bucket: &str, key: &str) -> Result<String, String> {
        let object = self.s3.get_object().bucket(bucket).key(key).send().await;
        let object = object
            .map_err(|error| format!("s3://{bucket}/{key}: {}", DisplayErrorContext(&error)))?;
        let body =
            object.body.collect().await.map_err(|error| format!("s3://{bucket}/{key}: {error}"))?;
        String::from_utf8(body.to_vec()).map_err(|_| format!("s3://{bucket}/{key}: not UTF-8"))
    }
}
