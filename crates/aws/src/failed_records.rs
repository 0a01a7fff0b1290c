//! The records that an import job could not use.

use std::time::Duration;

use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;

use crate::error::{CallError, Class};
use crate::http;

const OPERATION: &str = "GET of the failed records";
/// 100,000 records of the longest addresses and a long sentence each.
const LARGEST: usize = 256 * 1024 * 1024;
const TIME_LIMIT: Duration = Duration::from_secs(60);

/// Reads the file behind FailedRecordsS3Url: a presigned URL, so a plain GET. The file
/// may be as large as all records of a job, so it is handed to `read` piece by piece
/// and never held as a whole.
///
/// # Errors
/// [`CallError`], also after some pieces; the URL itself, which is a secret while it is
/// valid, is not part of it.
pub async fn failed_records(url: &str, mut read: impl FnMut(&[u8])) -> Result<(), CallError> {
    let broken = |what: &str| CallError::new(OPERATION, Class::Temporary, what);
    let url = url.parse().map_err(|_| broken("SES names no address that can be read"))?;
    let connector = http::connector().map_err(|_| broken("TLS cannot be set up"))?;
    let client: Client<_, Empty<hyper::body::Bytes>> =
        Client::builder(TokioExecutor::new()).build(connector);
    let reading = async {
        let answer = client.get(url).await.map_err(|_| broken("no answer"))?;
        let status = answer.status();
        if !status.is_success() {
            return Err(broken(&format!("status {}", status.as_u16())));
        }
        let (mut body, mut size) = (answer.into_body(), 0);
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| broken("the answer broke off"))?;
            let Some(piece) = frame.data_ref() else { continue };
            size += piece.len();
            if size > LARGEST {
                return Err(broken("the answer is too long"));
            }
            read(piece);
        }
        Ok(())
    };
    tokio::time::timeout(TIME_LIMIT, reading).await.map_err(|_| broken("no answer in time"))?
}
