//! The records that an import job could not use.

use std::time::Duration;

use http_body_util::{BodyExt, Empty, Limited};
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;

use crate::error::{CallError, Class};

const OPERATION: &str = "GET of the failed records";
/// 100,000 records of the longest addresses and a sentence each.
const LARGEST: usize = 64 * 1024 * 1024;
const TIME_LIMIT: Duration = Duration::from_secs(30);

/// Reads the file behind FailedRecordsS3Url: a presigned URL, so a plain GET.
///
/// # Errors
/// [`CallError`]; the address itself, which is a secret while it is valid, is not
/// part of it.
pub async fn failed_records(url: &str) -> Result<String, CallError> {
    let broken = |what: &str| CallError::new(OPERATION, Class::Temporary, what);
    let url = url.parse().map_err(|_| broken("SES names no address that can be read"))?;
    let connector = HttpsConnectorBuilder::new()
        .with_provider_and_native_roots(rustls::crypto::ring::default_provider())
        .map_err(|_| broken("the system has no trusted certificates"))?
        .https_or_http()
        .enable_http1()
        .build();
    let client: Client<_, Empty<hyper::body::Bytes>> =
        Client::builder(TokioExecutor::new()).build(connector);
    let reading = async {
        let answer = client.get(url).await.map_err(|_| broken("no answer"))?;
        let status = answer.status();
        if !status.is_success() {
            return Err(broken(&format!("status {}", status.as_u16())));
        }
        let body = Limited::new(answer.into_body(), LARGEST).collect().await;
        let body = body.map_err(|_| broken("the answer broke off or is too long"))?;
        Ok(String::from_utf8_lossy(&body.to_bytes()).into_owned())
    };
    tokio::time::timeout(TIME_LIMIT, reading).await.map_err(|_| broken("no answer in time"))?
}
