//! The domains that mail is sent from, as CloudWatch and SES know them.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_cloudwatch::types::DimensionFilter;
use aws_sdk_sesv2::types::IdentityType;

use crate::error::CallError;
use crate::paced::{Retries, paced_call};
use crate::{Connection, RateLimiter};

/// Identities on one page of a listing: the most that SES gives.
const PAGE: i32 = 1000;

/// The sender domains of one Region.
#[derive(Debug, Clone)]
pub struct SenderDomains {
    cloudwatch: aws_sdk_cloudwatch::Client,
    ses: aws_sdk_sesv2::Client,
    limiter: RateLimiter,
}

impl SenderDomains {
    /// The domains of the connection's Region; SES is asked at the limiter's pace.
    pub fn new(connection: &Connection, limiter: RateLimiter) -> Self {
        Self { cloudwatch: connection.cloudwatch(), ses: connection.sesv2(), limiter }
    }

    /// ListMetrics, all pages: the values of `Domain` of the series `Send` that have no other
    /// dimension. CloudWatch lists what had data in the last two weeks.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn counted(&self, namespace: &str) -> Result<BTreeSet<String>, CallError> {
        let by_domain = DimensionFilter::builder().name("Domain").build();
        let listing = self.cloudwatch.list_metrics().namespace(namespace).metric_name("Send");
        let mut pages = listing.dimensions(by_domain).into_paginator().send();
        let mut found = BTreeSet::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| CallError::of("ListMetrics", &error))?;
            for metric in page.metrics() {
                if let [dimension] = metric.dimensions()
                    && dimension.name() == Some("Domain")
                {
                    found.extend(dimension.value().map(str::to_owned));
                }
            }
        }
        Ok(found)
    }

    /// ListEmailIdentities, all pages: the domains among them, and whether SES takes mail from
    /// each.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn identities(&self) -> Result<BTreeMap<String, bool>, CallError> {
        let mut found = BTreeMap::new();
        let mut token: Option<String> = None;
        loop {
            let page = paced_call(&self.limiter, Retries::COMMAND, "ListEmailIdentities", || {
                let list = self.ses.list_email_identities().page_size(PAGE);
                list.set_next_token(token.clone()).send()
            })
            .await?;
            let domains = page
                .email_identities()
                .iter()
                .filter(|identity| identity.identity_type() == Some(&IdentityType::Domain));
            found.extend(
                domains.filter_map(|i| Some((i.identity_name()?.to_owned(), i.sending_enabled()))),
            );
            token = page.next_token().filter(|token| !token.is_empty()).map(str::to_owned);
            if token.is_none() {
                return Ok(found);
            }
        }
    }
}
