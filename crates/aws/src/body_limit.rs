//! Answers that are none of AWS's: too long, or a page.
//!
//! The SDK collects a whole answer before it parses it. A function has 128 MB, so an answer
//! without end (a broken proxy, a wrong endpoint) must end here and not in the kernel. And the SDK
//! takes every answer with status 200 for success where a call has no result of its own, such as a
//! put on the suppression list. No AWS service answers with a page of HTML, but proxies and portals do
//! so with 200; what they answer never reached AWS.

use std::error::Error;

use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use http_body_util::{LengthLimitError, Limited};

/// Longest answer of every API but S3's, in bytes. The longest that AWS gives is about half of
/// it: 100,800 data points of GetMetricData.
pub(crate) const MOST_ANSWER_BYTES: usize = 8 << 20;

/// Longest object of S3, in bytes: the file of failed records of an import job of 100,000.
pub(crate) const MOST_OBJECT_BYTES: usize = 64 << 20;

/// The same client, whose answers fail beyond `most_bytes`.
pub(crate) fn limited(client: SharedHttpClient, most_bytes: usize) -> SharedHttpClient {
    SharedHttpClient::new(LimitedClient { client, most_bytes })
}

/// Whether a call failed because its answer was longer than the limit.
pub(crate) fn is_over_limit(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if error.is::<LengthLimitError>() {
            return true;
        }
        next = error.source();
    }
    false
}

#[derive(Debug)]
struct LimitedClient {
    client: SharedHttpClient,
    most_bytes: usize,
}

impl HttpClient for LimitedClient {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let connector = self.client.http_connector(settings, components);
        SharedHttpConnector::new(LimitedConnector { connector, most_bytes: self.most_bytes })
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.client.connector_metadata()
    }
}

#[derive(Debug)]
struct LimitedConnector {
    connector: SharedHttpConnector,
    most_bytes: usize,
}

impl HttpConnector for LimitedConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (answer, most_bytes) = (self.connector.call(request), self.most_bytes);
        HttpConnectorFuture::new(async move {
            let limit = |body| SdkBody::from_body_1_x(Limited::new(body, most_bytes));
            let mut answer = answer.await?;
            if is_page(&answer)
                && let Ok(bad_gateway) = StatusCode::try_from(502)
            {
                *answer.status_mut() = bad_gateway;
            }
            Ok(answer.map(limit))
        })
    }
}

/// Whether a page of HTML is called a success. An answer without a body may have any type.
fn is_page(answer: &HttpResponse) -> bool {
    let kind = answer.headers().get("content-type").unwrap_or_default();
    answer.status().is_success()
        && kind.trim_start().to_ascii_lowercase().starts_with("text/html")
        && answer.body().content_length() != Some(0)
}
