//! The local AWS behind this server: SNS for events, CloudWatch for the
//! reputation, its own SES store for what CloudFormation made, S3 for objects.

mod resources;
mod sets;

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sdk_cloudwatch::types::{Dimension, MetricDatum, StandardUnit};
use aws_sdk_sesv2::error::DisplayErrorContext;
use aws_smithy_http_client::Builder as HttpBuilder;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;

use crate::reputation::PublishedRates;
pub(crate) use sets::FoundSet;

/// Who signs what goes upstream.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The Region of the account that is played.
    pub region: String,
    /// Access key id; a local AWS takes any.
    pub access_key_id: String,
    /// Secret access key.
    pub secret_access_key: String,
    /// Session token, if there is one.
    pub session_token: Option<String>,
}

impl Default for Identity {
    fn default() -> Self {
        Self {
            region: "us-east-1".to_owned(),
            access_key_id: "test".to_owned(),
            secret_access_key: "test".to_owned(),
            session_token: None,
        }
    }
}

/// Clients for the local AWS.
pub(crate) struct Upstream {
    sns: aws_sdk_sns::Client,
    cloudwatch: aws_sdk_cloudwatch::Client,
    ses: aws_sdk_sesv2::Client,
    s3: aws_sdk_s3::Client,
    kms: aws_sdk_kms::Client,
}

macro_rules! client {
    ($sdk:ident, $endpoint:expr, $identity:expr, $http:expr) => {{
        let credentials = Credentials::new(
            $identity.access_key_id.as_str(),
            $identity.secret_access_key.as_str(),
            $identity.session_token.clone(),
            None,
            "local-ses",
        );
        $sdk::Client::from_conf(
            $sdk::Config::builder()
                .behavior_version($sdk::config::BehaviorVersion::latest())
                .region($sdk::config::Region::new($identity.region.clone()))
                .endpoint_url($endpoint)
                .credentials_provider(credentials)
                .http_client($http.clone())
                .retry_config(
                    RetryConfig::standard()
                        .with_max_attempts(5)
                        .with_initial_backoff(Duration::from_millis(200)),
                )
                .timeout_config(
                    TimeoutConfig::builder()
                        .operation_attempt_timeout(Duration::from_secs(10))
                        .build(),
                )
                .build(),
        )
    }};
}

impl Upstream {
    pub(crate) fn new(endpoint: &str, identity: &Identity) -> Self {
        // A local AWS speaks plain HTTP, so no TLS is set up.
        let http = HttpBuilder::new().build_http();
        let endpoint = endpoint.trim_end_matches('/');
        let s3 = client!(aws_sdk_s3, endpoint, identity, http);
        Self {
            sns: client!(aws_sdk_sns, endpoint, identity, http),
            cloudwatch: client!(aws_sdk_cloudwatch, endpoint, identity, http),
            ses: client!(aws_sdk_sesv2, endpoint, identity, http),
            kms: client!(aws_sdk_kms, endpoint, identity, http),
            // A local AWS has no DNS name for each bucket.
            s3: aws_sdk_s3::Client::from_conf(
                s3.config().to_builder().force_path_style(true).build(),
            ),
        }
    }

    /// Publishes a text, retrying what may pass.
    ///
    /// # Errors
    ///
    /// Says why SNS did not take it, after the last attempt.
    pub(crate) async fn publish(&self, topic_arn: &str, text: &str) -> Result<(), String> {
        self.sns
            .publish()
            .topic_arn(topic_arn)
            .subject("Amazon SES Email Event Notification")
            .message(text)
            .customize()
            .config_override(in_region_of(topic_arn))
            .send()
            .await
            .map(|_| ())
            .map_err(|error| DisplayErrorContext(error).to_string())
    }

    /// Puts the reputation metrics of the account and of configuration sets.
    ///
    /// # Errors
    ///
    /// Says why CloudWatch did not take them.
    pub(crate) async fn put_reputation(&self, rates: &[PublishedRates]) -> Result<(), String> {
        // Two data a set, and CloudWatch takes a thousand data in one request.
        for rates in rates.chunks(500) {
            self.cloudwatch
                .put_metric_data()
                .namespace("AWS/SES")
                .set_metric_data(Some(rates.iter().flat_map(reputation_data).collect()))
                .send()
                .await
                .map_err(|error| DisplayErrorContext(error).to_string())?;
        }
        Ok(())
    }
}

/// A topic is asked in its own Region.
fn in_region_of(topic_arn: &str) -> aws_sdk_sns::config::Builder {
    // arn:aws:sns:<region>:<account>:<name>
    let region = topic_arn.split(':').nth(3).filter(|region| !region.is_empty());
    let mut config = aws_sdk_sns::config::Builder::new();
    config.set_region(region.map(|region| aws_sdk_sns::config::Region::new(region.to_owned())));
    config
}

fn reputation_data(rates: &PublishedRates) -> [MetricDatum; 2] {
    let dimension = rates
        .configuration_set
        .as_ref()
        .map(|set| Dimension::builder().name("ses:configuration-set").value(set).build());
    [
        ("Reputation.BounceRate", rates.bounce_rate),
        ("Reputation.ComplaintRate", rates.complaint_rate),
    ]
    .map(|(name, rate)| {
        MetricDatum::builder()
            .metric_name(name)
            .value(rate)
            .unit(StandardUnit::None)
            .timestamp(SystemTime::now().into())
            .set_dimensions(dimension.clone().map(|dimension| vec![dimension]))
            .build()
    })
}
