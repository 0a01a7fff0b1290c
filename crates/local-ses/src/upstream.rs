//! The local AWS behind this server: SNS for events, CloudWatch for the
//! reputation, its own SES store for what CloudFormation made, S3 for objects.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sdk_cloudwatch::types::{Dimension, MetricDatum, StandardUnit};
use aws_sdk_sesv2::error::DisplayErrorContext;
use aws_smithy_http_client::Builder as HttpBuilder;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;

use crate::api::reputation::PublishedRates;
use crate::configuration_sets::{Definition, SnsDestination, Switches};
use crate::suppression::Reason;

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
}

/// A configuration set as the local AWS knows it.
#[derive(Debug)]
pub(crate) struct FoundSet {
    pub(crate) switches: Switches,
    pub(crate) destinations: BTreeMap<String, Definition>,
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
        let mut config = aws_sdk_sns::config::Builder::new();
        // arn:aws:sns:<region>:<account>:<name>. SES only takes topics of its
        // own Region; here the topic's Region decides, so that a harness need
        // not say it twice.
        if let Some(region) = topic_arn.split(':').nth(3).filter(|r| !r.is_empty()) {
            config = config.region(aws_sdk_sns::config::Region::new(region.to_owned()));
        }
        self.sns
            .publish()
            .topic_arn(topic_arn)
            .subject("Amazon SES Email Event Notification")
            .message(text)
            .customize()
            .config_override(config)
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

    /// Looks a configuration set up; `None` when the local AWS has none of
    /// that name.
    ///
    /// # Errors
    ///
    /// Says why it could not be asked.
    pub(crate) async fn find_set(&self, name: &str) -> Result<Option<FoundSet>, String> {
        let set = match self.ses.get_configuration_set().configuration_set_name(name).send().await {
            Ok(set) => set,
            Err(error) => {
                return match error.as_service_error() {
                    Some(service) if service.is_not_found_exception() => Ok(None),
                    Some(_) | None => Err(DisplayErrorContext(error).to_string()),
                };
            }
        };
        let switches = Switches {
            sending_enabled: set.sending_options().is_none_or(|options| options.sending_enabled()),
            reputation_metrics_enabled: set
                .reputation_options()
                .is_some_and(|options| options.reputation_metrics_enabled()),
            suppressed_reasons: set
                .suppression_options()
                .and_then(|options| options.suppressed_reasons.as_ref())
                .map(|reasons| {
                    reasons.iter().filter_map(|reason| Reason::parse(reason.as_str())).collect()
                }),
        };
        let found = self
            .ses
            .get_configuration_set_event_destinations()
            .configuration_set_name(name)
            .send()
            .await
            .map_err(|error| DisplayErrorContext(error).to_string())?;
        let destinations = found
            .event_destinations()
            .iter()
            .map(|destination| (destination.name().to_owned(), definition(destination)))
            .collect();
        Ok(Some(FoundSet { switches, destinations }))
    }

    /// The names of all configuration sets of the local AWS.
    ///
    /// # Errors
    ///
    /// Says why it could not be asked.
    pub(crate) async fn list_sets(&self) -> Result<Vec<String>, String> {
        let answer = self
            .ses
            .list_configuration_sets()
            .page_size(1000)
            .send()
            .await
            .map_err(|error| DisplayErrorContext(error).to_string())?;
        Ok(answer.configuration_sets().to_vec())
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

/// Only what decides about publishing is taken over; a destination that is no
/// topic publishes nothing here.
fn definition(destination: &aws_sdk_sesv2::types::EventDestination) -> Definition {
    Definition {
        enabled: destination.enabled(),
        matching_event_types: destination
            .matching_event_types()
            .iter()
            .map(|event_type| event_type.as_str().to_owned())
            .collect(),
        sns_destination: destination
            .sns_destination()
            .map(|sns| SnsDestination { topic_arn: sns.topic_arn().to_owned() }),
        cloud_watch_destination: None,
        event_bridge_destination: None,
        kinesis_firehose_destination: None,
        pinpoint_destination: None,
    }
}
