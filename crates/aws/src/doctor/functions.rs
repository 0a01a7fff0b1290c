//! Reads Lambda functions and event source mappings.

use std::collections::BTreeMap;

use aws_sdk_lambda::types::FunctionResponseType;
use aws_types::SdkConfig;
use warden_domain::setup::snapshot::{LambdaFunction, Mapping};

use super::{existing, fact};
use crate::error::CallError;

/// Reads functions of one Region.
#[derive(Debug, Clone)]
pub struct FunctionReader {
    lambda: aws_sdk_lambda::Client,
}

impl FunctionReader {
    /// Creates a reader for the configuration's Region.
    pub fn new(config: &SdkConfig) -> Self {
        Self { lambda: aws_sdk_lambda::Client::new(config) }
    }

    /// Reads a function by ARN, with GetFunctionConfiguration, GetFunctionConcurrency and
    /// GetPolicy; `None` if there is no such function.
    ///
    /// # Errors
    /// [`CallError`] when the function itself cannot be read.
    pub async fn function(&self, arn: &str) -> Result<Option<LambdaFunction>, CallError> {
        let answer = self.lambda.get_function_configuration().function_name(arn).send().await;
        let answer = answer.map_err(|error| CallError::of("GetFunctionConfiguration", &error));
        let Some(found) = existing(answer)? else { return Ok(None) };
        let name = found.function_name().unwrap_or(arn).to_owned();
        let variables = found.environment().and_then(|environment| environment.variables());
        let settings = variables.into_iter().flatten();
        let settings: BTreeMap<String, String> = settings
            // Keeps only our own settings: other functions may have secrets there.
            .filter(|(name, _)| name.starts_with("WARDEN_"))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let state = found.state().map(|state| state.as_str().to_owned());
        let (reserved, policy) = tokio::join!(self.reserved(&name), self.policy(&name));
        Ok(Some(LambdaFunction {
            state: state.unwrap_or_else(|| "Active".to_owned()),
            settings,
            reserved: fact("lambda:GetFunctionConcurrency", reserved),
            policy: fact("lambda:GetPolicy", policy),
            name,
        }))
    }

    async fn reserved(&self, name: &str) -> Result<Option<u32>, CallError> {
        let answer = self.lambda.get_function_concurrency().function_name(name).send().await;
        let answer = answer.map_err(|error| CallError::of("GetFunctionConcurrency", &error))?;
        Ok(answer.reserved_concurrent_executions().and_then(|count| u32::try_from(count).ok()))
    }

    async fn policy(&self, name: &str) -> Result<Option<String>, CallError> {
        let answer = self.lambda.get_policy().function_name(name).send().await;
        let answer = answer.map_err(|error| CallError::of("GetPolicy", &error));
        Ok(existing(answer)?.and_then(|answer| answer.policy))
    }

    /// Returns all event source mappings that name their source (ListEventSourceMappings, all
    /// pages).
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn mappings(&self) -> Result<Vec<Mapping>, CallError> {
        let mut pages = self.lambda.list_event_source_mappings().into_paginator().send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| CallError::of("ListEventSourceMappings", &error))?;
            for mapping in page.event_source_mappings.unwrap_or_default() {
                let responses = mapping.function_response_types();
                let reports = responses.contains(&FunctionResponseType::ReportBatchItemFailures);
                let (Some(queue), Some(function)) =
                    (mapping.event_source_arn, mapping.function_arn)
                else {
                    continue;
                };
                found.push(Mapping {
                    id: mapping.uuid.unwrap_or_default(),
                    queue,
                    function,
                    state: mapping.state.unwrap_or_default(),
                    last_result: mapping.last_processing_result,
                    reports_item_failures: reports,
                });
            }
        }
        Ok(found)
    }
}
