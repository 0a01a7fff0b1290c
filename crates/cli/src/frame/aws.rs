//! How the operator's command reaches AWS: profiles, SSO, `AWS_ENDPOINT_URL*` and everything else
//! that aws-config supports. `warden_aws` makes the calls.

use std::time::Duration;

use anyhow::Context;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use clap::builder::NonEmptyStringValueParser;
use warden_aws::Connection;
use warden_domain::finding::quoted;

use super::{GLOBAL, place};

/// Account, Region and endpoint: the options of every AWS command.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Access {
    /// Profile of ~/.aws/config to use, even if the environment has keys
    #[arg(
        long,
        value_name = "NAME",
        value_parser = NonEmptyStringValueParser::new(),
        global = true,
        help_heading = GLOBAL
    )]
    profile: Option<String>,

    /// Region, instead of AWS_REGION
    #[arg(
        long,
        value_name = "REGION",
        value_parser = NonEmptyStringValueParser::new(),
        global = true,
        help_heading = GLOBAL
    )]
    region: Option<String>,

    /// Address of every AWS service, for a local AWS
    #[arg(
        long,
        value_name = "URL",
        value_parser = NonEmptyStringValueParser::new(),
        global = true,
        help_heading = GLOBAL
    )]
    endpoint_url: Option<String>,
}

impl Access {
    /// The Region that `--region` names.
    pub fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }
}

/// Why the command cannot call AWS.
#[derive(Debug, thiserror::Error)]
pub enum NoAccess {
    /// Nothing names a Region.
    #[error("no Region is named; give --region, AWS_REGION or a profile that has one")]
    Region,
    /// No provider of the credential chain has credentials.
    #[error("no credentials: run `aws sso login`, or name a profile with --profile ({0})")]
    Credentials(String),
    /// The named profile has no credentials.
    #[error(
        "the profile {profile} gives no credentials; run `aws sso login --profile {profile}` if \
         it signs on so, or name another with --profile: {reason}"
    )]
    Profile {
        /// Its name.
        profile: String,
        /// Why.
        reason: String,
    },
}

/// Reads an option that says how many SES calls to make in a second.
///
/// # Errors
/// A sentence for what is no number above zero: nothing would ever be read at that pace.
pub fn calls_per_second(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(calls) if calls > 0.0 && calls <= 1_000_000.0 => Ok(calls),
        Ok(_) | Err(_) => Err("not a number of calls above 0".to_owned()),
    }
}

impl Access {
    /// The profile and the endpoint that were given, as options of another command: of ours, or of
    /// `aws`. The Region is not among them.
    pub fn given(&self) -> String {
        let given = [("--profile", &self.profile), ("--endpoint-url", &self.endpoint_url)];
        let given = given.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?)));
        given.map(|(name, value)| format!(" {name} {}", quoted(value))).collect()
    }

    /// The same place, but for a profile or a Region that is named.
    pub fn elsewhere(&self, profile: Option<&str>, region: Option<&str>) -> Self {
        let named = |name: Option<&str>, usual: &Option<String>| {
            name.map(str::to_owned).or_else(|| usual.clone())
        };
        // Another profile brings a Region of its own.
        let usual_region = if profile.is_some() { &None } else { &self.region };
        Self {
            profile: named(profile, &self.profile),
            region: named(region, usual_region),
            endpoint_url: self.endpoint_url.clone(),
        }
    }

    /// Connects to AWS; a connection has a Region and credentials.
    ///
    /// # Errors
    /// [`NoAccess`].
    pub async fn connect(&self) -> anyhow::Result<Connection> {
        let config = self.load().await?;
        let provider = config.credentials_provider();
        let provider = provider.ok_or_else(|| NoAccess::Credentials("none set up".to_owned()))?;
        // Asked once here, so that what is missing is named before any call.
        if let Err(error) = provider.provide_credentials().await {
            return Err(NoAccess::Credentials(reason(error)).into());
        }
        Ok(Connection::from_sdk(&config))
    }

    /// Finds Region and credentials by aws-config's chain, which begins with the keys in the
    /// environment. A named profile replaces that chain, because keys that a shell happens to have
    /// could belong to another account.
    ///
    /// Prefer [`Self::connect`]; this is for commands that also work without credentials.
    ///
    /// # Errors
    /// [`NoAccess`]: nothing names a Region, or the profile named does not exist or has no
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
                return Err(
                    NoAccess::Profile { profile: profile.clone(), reason: reason(error) }.into()
                );
            }
            config = config
                .into_builder()
                .credentials_provider(SharedCredentialsProvider::new(of_profile))
                .build();
        }
        let Some(region) = config.region() else { return Err(NoAccess::Region.into()) };
        let source = place::RegionSource::find(self.region.as_deref(), self.profile.as_deref());
        place::record(region.as_ref(), source, config.endpoint_url());
        Ok(config)
    }
}

/// Joins all causes of an error in one line.
fn reason(error: impl std::error::Error + Send + Sync + 'static) -> String {
    format!("{:#}", anyhow::Error::new(error))
}

/// Runs a command that calls AWS.
///
/// # Errors
/// The command's own.
pub(crate) fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.context("the asynchronous runtime did not start")?.block_on(work)
}
