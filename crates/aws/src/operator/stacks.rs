//! Stacks of CloudFormation, by their parameters and outputs.

use std::collections::BTreeMap;

use crate::Connection;
use crate::error::{CallError, Class};

/// Parameters and outputs of a stack, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StackFacts {
    /// Its parameters.
    pub parameters: BTreeMap<String, String>,
    /// Its outputs.
    pub outputs: BTreeMap<String, String>,
}

/// The stacks of one Region.
#[derive(Debug, Clone)]
pub struct Stacks {
    cloudformation: aws_sdk_cloudformation::Client,
}

impl Stacks {
    /// The stacks of the connection's Region.
    pub fn new(connection: &Connection) -> Self {
        Self { cloudformation: connection.cloudformation() }
    }

    /// DescribeStacks of one stack.
    ///
    /// # Errors
    /// [`CallError`], also where there is no such stack.
    pub async fn describe(&self, name: &str) -> Result<StackFacts, CallError> {
        const OPERATION: &str = "DescribeStacks";
        let answer = self.cloudformation.describe_stacks().stack_name(name).send().await;
        let answer = answer.map_err(|error| CallError::of(OPERATION, &error))?;
        let Some(stack) = answer.stacks().first() else {
            return Err(CallError::new(OPERATION, Class::NotFound, &format!("no stack {name}")));
        };
        let pair =
            |key: Option<&str>, value: Option<&str>| Some((key?.to_owned(), value?.to_owned()));
        let parameters = stack.parameters().iter();
        let outputs = stack.outputs().iter();
        Ok(StackFacts {
            parameters: parameters
                .filter_map(|p| pair(p.parameter_key(), p.parameter_value()))
                .collect(),
            outputs: outputs.filter_map(|o| pair(o.output_key(), o.output_value())).collect(),
        })
    }
}
