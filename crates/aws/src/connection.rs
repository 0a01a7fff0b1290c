//! Region, credentials, endpoints and the one HTTP client.

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_async::time::{SharedTimeSource, SystemTimeSource};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;
use aws_types::service_config::ServiceConfigKey;

use crate::body_limit::{MOST_ANSWER_BYTES, MOST_OBJECT_BYTES, limited};

/// The AWS settings of the environment.
#[derive(Debug)]
pub struct AwsSettings {
    region: String,
    credentials: Credentials,
    endpoints: Endpoints,
}

#[derive(Debug, Clone, Default)]
struct Endpoints {
    general: Option<String>,
    cloudtrail: Option<String>,
    cloudwatch: Option<String>,
    dynamodb: Option<String>,
    s3: Option<String>,
    secrets: Option<String>,
    sesv2: Option<String>,
    sns: Option<String>,
}

impl AwsSettings {
    /// Reads `AWS_REGION`, the credentials that Lambda supplies, and the SDKs'
    /// `AWS_ENDPOINT_URL*` variables.
    ///
    /// # Errors
    /// One sentence for each variable that is missing or wrong.
    pub fn from_lookup<'a>(lookup: impl Fn(&str) -> Option<&'a str>) -> Result<Self, Vec<String>> {
        let mut faults = Vec::new();
        let mut needed = |name: &str, other: &str| {
            let value = lookup(name).or_else(|| lookup(other)).map(str::to_owned);
            value.unwrap_or_else(|| {
                faults.push(format!("{name} must be set; Lambda sets it."));
                String::new()
            })
        };
        let region = needed("AWS_REGION", "AWS_DEFAULT_REGION");
        let key = needed("AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY_ID");
        let secret = needed("AWS_SECRET_ACCESS_KEY", "AWS_SECRET_ACCESS_KEY");
        let token = lookup("AWS_SESSION_TOKEN").map(str::to_owned);
        let ignored = lookup("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
            .is_some_and(|v| v.eq_ignore_ascii_case("true"));
        let mut endpoint = |name: &str| {
            let url = lookup(name).filter(|_| !ignored)?;
            if !is_url(url) {
                // Without a scheme the SDK would fail at the first call, and not at init.
                faults.push(format!("{name} must be a URL that begins with http:// or https://."));
            }
            Some(url.to_owned())
        };
        let endpoints = Endpoints {
            general: endpoint("AWS_ENDPOINT_URL"),
            cloudtrail: endpoint("AWS_ENDPOINT_URL_CLOUDTRAIL"),
            cloudwatch: endpoint("AWS_ENDPOINT_URL_CLOUDWATCH"),
            dynamodb: endpoint("AWS_ENDPOINT_URL_DYNAMODB"),
            s3: endpoint("AWS_ENDPOINT_URL_S3"),
            secrets: endpoint("AWS_ENDPOINT_URL_SECRETS_MANAGER"),
            sesv2: endpoint("AWS_ENDPOINT_URL_SESV2"),
            sns: endpoint("AWS_ENDPOINT_URL_SNS"),
        };
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(Self {
            region,
            credentials: Credentials::new(key, secret, token, None, "environment"),
            endpoints,
        })
    }
}

fn is_url(text: &str) -> bool {
    let host = ["http://", "https://"].iter().find_map(|scheme| {
        let (start, rest) = text.split_at_checked(scheme.len())?;
        start.eq_ignore_ascii_case(scheme).then_some(rest)
    });
    host.is_some_and(|host| {
        !host.is_empty() && !host.starts_with(['/', ':']) && !host.contains(char::is_whitespace)
    })
}

/// How long a connection may wait for its next request. A function is frozen
/// between invocations, and a connection that AWS closed meanwhile would fail a
/// request that must not be repeated.
const IDLE: Duration = Duration::from_secs(15);

/// What all clients share. Build it once, at init, because Lambda gives init more CPU than the
/// first call.
///
/// Made by hand rather than by aws-config: its credential chain costs 0.7 to
/// 1.4 ms and 4.6 MiB at each cold start, and a function never uses it. TLS is
/// rustls with ring (0.2 ms and 0.65 MB less than aws-lc) over the system's trust
/// store; parsing that costs 1.2 ms and is kept, because embedded roots go stale.
#[derive(Debug, Clone)]
pub struct Connection {
    sdk: SdkConfig,
    /// The HTTP client for S3, whose answers may be longer.
    objects: Option<SharedHttpClient>,
    endpoints: Endpoints,
}

impl Connection {
    /// Builds the HTTP client and the configuration of all clients.
    ///
    /// An answer of more than 8 MiB (S3: 64 MiB) fails the call. Time-outs: 2 s to connect, 10 s
    /// for each attempt. At most two retries, with the SDK's standard back-off; SES calls and
    /// PutMetricData have retries of their own.
    pub fn new(settings: AwsSettings) -> Self {
        let http = Builder::new()
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .pool_idle_timeout(IDLE)
            .build_https();
        let answers = limited(http.clone(), MOST_ANSWER_BYTES);
        let objects = limited(http, MOST_OBJECT_BYTES);
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(2))
            .operation_attempt_timeout(Duration::from_secs(10))
            .build();
        let mut sdk = SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new(settings.region))
            .credentials_provider(SharedCredentialsProvider::new(settings.credentials))
            .http_client(answers)
            .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
            .time_source(SharedTimeSource::new(SystemTimeSource::new()))
            .timeout_config(timeouts)
            .retry_config(RetryConfig::standard().with_max_attempts(3));
        sdk.set_endpoint_url(settings.endpoints.general.clone());
        Self { sdk: sdk.build(), objects: Some(objects), endpoints: settings.endpoints }
    }

    /// Uses a loaded configuration with its credentials, time-outs and retries. The operator's
    /// command loads it with aws-config, for profiles and single sign-on.
    pub fn from_sdk(sdk: &SdkConfig) -> Self {
        // Each client finds its own endpoint in the configuration; only S3 needs to know whether
        // there is one. An endpoint from code, such as --endpoint-url, takes precedence.
        let is_named = sdk.get_origin("endpoint_url").is_client_config();
        let s3 = sdk.service_config().filter(|_| !is_named).and_then(|config| {
            config.load_config(
                ServiceConfigKey::builder()
                    .service_id("s3")
                    .env("AWS_ENDPOINT_URL")
                    .profile("endpoint_url")
                    .build()
                    .ok()?,
            )
        });
        let general = sdk.endpoint_url().map(str::to_owned);
        let endpoints = Endpoints { general, s3, ..Endpoints::default() };
        let http = sdk.http_client();
        let answers = http.clone().map(|client| limited(client, MOST_ANSWER_BYTES));
        let mut limited_sdk = sdk.to_builder();
        limited_sdk.set_http_client(answers);
        let objects = http.map(|client| limited(client, MOST_OBJECT_BYTES));
        Self { sdk: limited_sdk.build(), objects, endpoints }
    }

    /// Returns a connection with the same settings to another Region of the account.
    pub fn in_region(&self, region: &str) -> Self {
        let sdk = self.sdk.to_builder().region(Region::new(region.to_owned())).build();
        Self { sdk, objects: self.objects.clone(), endpoints: self.endpoints.clone() }
    }

    /// Returns the Region of its calls.
    pub fn region(&self) -> &str {
        self.sdk.region().map(Region::as_ref).unwrap_or_default()
    }

    pub(crate) fn sdk(&self) -> &SdkConfig {
        &self.sdk
    }

    pub(crate) fn cloudtrail_endpoint(&self) -> Option<&str> {
        self.endpoints.cloudtrail.as_deref()
    }

    pub(crate) fn dynamodb_endpoint(&self) -> Option<&str> {
        self.endpoints.dynamodb.as_deref()
    }

    pub(crate) fn secrets_endpoint(&self) -> Option<&str> {
        self.endpoints.secrets.as_deref()
    }

    pub(crate) fn cloudwatch(&self) -> aws_sdk_cloudwatch::Client {
        let mut config = aws_sdk_cloudwatch::config::Builder::from(&self.sdk);
        if let Some(url) = &self.endpoints.cloudwatch {
            config = config.endpoint_url(url);
        }
        aws_sdk_cloudwatch::Client::from_conf(config.build())
    }

    #[cfg(feature = "operator")]
    pub(crate) fn cloudformation(&self) -> aws_sdk_cloudformation::Client {
        aws_sdk_cloudformation::Client::new(&self.sdk)
    }

    pub(crate) fn s3(&self) -> aws_sdk_s3::Client {
        let mut config = aws_sdk_s3::config::Builder::from(&self.sdk);
        config.set_http_client(self.objects.clone());
        let endpoint = self.endpoints.s3.as_ref().or(self.endpoints.general.as_ref());
        if let Some(url) = endpoint {
            // A custom endpoint has no DNS name for each bucket.
            config = config.endpoint_url(url).force_path_style(true);
        }
        aws_sdk_s3::Client::from_conf(config.build())
    }

    /// Without the SDK's retries, because those would bypass the rate limiter.
    pub(crate) fn sesv2(&self) -> aws_sdk_sesv2::Client {
        let mut config =
            aws_sdk_sesv2::config::Builder::from(&self.sdk).retry_config(RetryConfig::disabled());
        if let Some(url) = &self.endpoints.sesv2 {
            config = config.endpoint_url(url);
        }
        aws_sdk_sesv2::Client::from_conf(config.build())
    }

    pub(crate) fn sns(&self) -> aws_sdk_sns::Client {
        let mut config = aws_sdk_sns::config::Builder::from(&self.sdk);
        if let Some(url) = &self.endpoints.sns {
            config = config.endpoint_url(url);
        }
        aws_sdk_sns::Client::from_conf(config.build())
    }
}

#[cfg(test)]
mod tests;
