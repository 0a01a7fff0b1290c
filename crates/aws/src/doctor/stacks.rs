//! The CloudFormation stack of ses-warden.

use std::collections::BTreeMap;

use aws_types::SdkConfig;

use super::existing;
use crate::error::{CallError, Class};

/// Reads stacks of one Region.
#[derive(Debug, Clone)]
pub struct StackReader {
    cloudformation: aws_sdk_cloudformation::Client,
}

impl StackReader {
    /// Creates a reader of the configuration's Region.
    pub fn new(config: &SdkConfig) -> Self {
        Self { cloudformation: aws_sdk_cloudformation::Client::new(config) }
    }

    /// DescribeStacks: a stack's outputs; `None` where there is no such stack.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn outputs(&self, name: &str) -> Result<Option<BTreeMap<String, String>>, CallError> {
        let answer = self.cloudformation.describe_stacks().stack_name(name).send().await;
        let answer = answer.map_err(|error| CallError::of("DescribeStacks", &error));
        let answer = match existing(answer) {
            Ok(Some(answer)) => answer,
            Ok(None) => return Ok(None),
            // CloudFormation answers 400 for a stack that is not there.
            Err(CallError { class: Class::Refused { code }, .. }) if code == "ValidationError" => {
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let Some(stack) = answer.stacks().first() else { return Ok(None) };
        let outputs = stack.outputs().iter();
        Ok(Some(
            outputs
                .filter_map(|o| Some((o.output_key()?.to_owned(), o.output_value()?.to_owned())))
                .collect(),
        ))
    }
}
