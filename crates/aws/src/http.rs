//! The HTTP client of the functions: HTTP/1.1, connections that are used again, TLS by rustls.
//!
//! The client that comes with the SDK also speaks HTTP/2 and reads the system's trust store at the
//! first call; see docs/PERFORMANCE.md for what that costs.

use std::error::Error;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::connection::{CaptureSmithyConnection, ConnectionMetadata};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::retry::ErrorKind;
use hyper::Uri;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::{
    CaptureConnection, HttpConnector as Tcp, capture_connection,
};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::time::error::Elapsed;
use tokio::time::timeout;
use tower_service::Service;

use crate::trust;

/// Longest time for a name, a connection and TLS together.
const CONNECT: Duration = Duration::from_secs(2);

/// Returns the client. A connection that was idle for `idle` is not used again.
pub(crate) fn client(idle: Duration) -> SharedHttpClient {
    let client = connector().map(|connector| {
        Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(idle)
            .build(connector)
    });
    SharedHttpClient::new(Https(client.map_err(Arc::new)))
}

/// Returns what opens connections to AWS.
///
/// # Errors
/// Where rustls refuses its settings, which no environment can cause.
pub(crate) fn connector() -> Result<Connector, rustls::Error> {
    let mut tcp = Tcp::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    let https = HttpsConnectorBuilder::new()
        .with_tls_config(trust::tls()?)
        .https_or_http()
        .enable_http1()
        .wrap_connector(tcp);
    Ok(Connector(https))
}

/// Opens connections, within [`CONNECT`].
#[derive(Debug, Clone)]
pub(crate) struct Connector(HttpsConnector<Tcp>);

type Connection = <HttpsConnector<Tcp> as Service<Uri>>::Response;

impl Service<Uri> for Connector {
    type Response = Connection;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Connection, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connection = self.0.call(uri);
        Box::pin(async move { timeout(CONNECT, connection).await? })
    }
}

/// A client whose every call fails where there could be none.
#[derive(Debug, Clone)]
struct Https(Result<Client<Connector, SdkBody>, Arc<rustls::Error>>);

impl HttpClient for Https {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Https {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let client = match &self.0 {
            Ok(client) => client,
            Err(error) => {
                let error = ConnectorError::other(error.clone().into(), None);
                return HttpConnectorFuture::ready(Err(error));
            }
        };
        let mut request = match request.try_into_http1x() {
            Ok(request) => request,
            Err(error) => {
                return HttpConnectorFuture::ready(Err(ConnectorError::user(error.into())));
            }
        };
        // The SDK gives up a connection after an answer that may be the connection's fault.
        let captured = capture_connection(&mut request);
        if let Some(capture) = request.extensions().get::<CaptureSmithyConnection>() {
            capture.set_connection_retriever(move || Some(metadata(captured.clone())));
        }
        let answer = client.request(request);
        HttpConnectorFuture::new(async move {
            let answer = answer.await.map_err(|error| of_kind(error.into()))?;
            HttpResponse::try_from(answer.map(SdkBody::from_body_1_x))
                .map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

fn metadata(captured: CaptureConnection) -> ConnectionMetadata {
    let poison = move || {
        if let Some(connection) = captured.connection_metadata().as_ref() {
            connection.poison();
        }
    };
    ConnectionMetadata::builder().proxied(false).poison_fn(poison).build()
}

/// Says what the SDK's retries need to know of an error.
fn of_kind(error: BoxError) -> ConnectorError {
    let of_hyper = source::<hyper::Error>(&*error);
    let has = |is: fn(&hyper::Error) -> bool| of_hyper.is_some_and(is);
    if source::<Elapsed>(&*error).is_some() || has(hyper::Error::is_timeout) {
        return ConnectorError::timeout(error);
    }
    if has(hyper::Error::is_user) {
        return ConnectorError::user(error);
    }
    if has(hyper::Error::is_incomplete_message) {
        return ConnectorError::other(error, Some(ErrorKind::TransientError));
    }
    let is_lost = has(hyper::Error::is_closed)
        || has(hyper::Error::is_canceled)
        || source::<std::io::Error>(&*error).is_some()
        || source::<hyper_util::client::legacy::Error>(&*error).is_some_and(|e| e.is_connect());
    if is_lost { ConnectorError::io(error) } else { ConnectorError::other(error, None) }
}

/// The first error of that type in the chain.
fn source<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = error.source();
    }
    None
}
