//! AWS, as the operator's profile, SSO session or environment says.

use std::fmt::Debug;
use std::future::Future;

use anyhow::Context;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::display::DisplayErrorContext;

/// Runs a command that talks to AWS.
///
/// # Errors
/// The command's own.
pub(crate) fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.context("the asynchronous runtime did not start")?.block_on(work)
}

/// Region, credentials and endpoints by the usual chain.
pub(crate) async fn config() -> SdkConfig {
    let http = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    aws_config::defaults(BehaviorVersion::latest()).http_client(http).load().await
}

/// S3; with the bucket in the path where an endpoint is named, which has no DNS name
/// for each bucket.
pub(crate) fn s3(config: &SdkConfig) -> aws_sdk_s3::Client {
    let named = config.endpoint_url().is_some() || std::env::var_os("AWS_ENDPOINT_URL_S3").is_some();
    let s3 = aws_sdk_s3::config::Builder::from(config).force_path_style(named);
    aws_sdk_s3::Client::from_conf(s3.build())
}

/// What failed, and why, for the person at the terminal.
pub(crate) fn reason<E, R>(what: &str, error: &SdkError<E, R>) -> anyhow::Error
where
    E: std::error::Error + Send + Sync + 'static,
    R: Debug + Send + Sync + 'static,
{
    anyhow::anyhow!("{what}: {}", DisplayErrorContext(error))
}
