//! AWS as the operator's command reaches it: profiles, SSO, `AWS_ENDPOINT_URL*` and
//! whatever else aws-config knows.

pub mod alarms;

use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_cloudwatch::config::{ProvideCredentials, SharedCredentialsProvider};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;

/// Where to look, as every AWS command takes it.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Access {
    /// Profile of ~/.aws/config whose credentials to use, whatever keys the environment has
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,

    /// Region, as AWS_REGION
    #[arg(long, value_name = "REGION")]
    region: Option<String>,

    /// Address of every AWS service, as AWS_ENDPOINT_URL; for a local AWS
    #[arg(long, value_name = "URL")]
    endpoint_url: Option<String>,
}

impl Access {
    /// Region and credentials by aws-config's chain, whose first link are the keys in
    /// the environment. A profile that is named takes the place of that chain: keys
    /// that a shell happens to have would act on another account.
    ///
    /// # Errors
    /// When nothing names a Region, or the profile named does not exist or has no
    /// credentials.
    pub async fn load(&self) -> anyhow::Result<SdkConfig> {
        let http = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(5))
            .operation_attempt_timeout(Duration::from_secs(20))
            .build();
        let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
            .http_client(http.clone())
            .timeout_config(timeouts)
            // PutMetricAlarm takes three calls a second; patience is all it needs.
            .retry_config(RetryConfig::standard().with_max_attempts(8));
        if let Some(profile) = &self.profile {
            loader = loader.profile_name(profile);
        }
        if let Some(region) = &self.region {
            loader = loader.region(Region::new(region.clone()));
        }
        if let Some(url) = &self.endpoint_url {
            loader = loader.endpoint_url(url);
        }
        let mut config = loader.load().await;
        if let Some(profile) = &self.profile {
            // Roles are assumed and single sign-on is asked with these.
            let by = ProviderConfig::without_region()
                .with_http_client(http)
                .with_region(config.region().cloned());
            let of_profile = ProfileFileCredentialsProvider::builder()
                .configure(&by)
                .profile_name(profile)
                .build();
            // Asked once here, so that the error names the profile and comes before any other.
            if let Err(error) = of_profile.provide_credentials().await {
                bail!(
                    "the profile {profile} gives no credentials: {:#}",
                    anyhow::Error::new(error)
                );
            }
            config = config
                .into_builder()
                .credentials_provider(SharedCredentialsProvider::new(of_profile))
                .build();
        }
        config
            .region()
            .context("no Region is named; give --region, AWS_REGION or a profile that has one")?;
        Ok(config)
    }
}

/// Runs a command that calls AWS.
///
/// # Errors
/// The command's own.
pub(crate) fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.context("the asynchronous runtime did not start")?.block_on(work)
}

/// S3; with the bucket in the path where an endpoint is named, which has no DNS name
/// for each bucket.
pub(crate) fn s3(config: &SdkConfig) -> aws_sdk_s3::Client {
    let named =
        config.endpoint_url().is_some() || std::env::var_os("AWS_ENDPOINT_URL_S3").is_some();
    aws_sdk_s3::Client::from_conf(
        aws_sdk_s3::config::Builder::from(config).force_path_style(named).build(),
    )
}

/// A failed call in one line: the operation, the service's code and its words.
pub(crate) fn failure<E, R>(
    operation: &str,
    error: aws_sdk_cloudwatch::error::SdkError<E, R>,
) -> anyhow::Error
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    if let Some((code, message)) =
        error.as_service_error().and_then(|served| served.code().zip(served.message()))
    {
        return anyhow!("{operation}: {code}: {message}");
    }
    anyhow::Error::new(error).context(operation.to_owned())
}
