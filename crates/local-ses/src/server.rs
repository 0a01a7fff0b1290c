//! Starting and stopping.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, Method, Uri};
use axum::response::Response;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinHandle, JoinSet};

use crate::api;
use crate::app::{App, Settings};
use crate::control;
use crate::ledger::{Call, PublishedEvent};
use crate::publisher;
use crate::upstream::{Identity, Upstream};
use crate::wire::Request;

/// SES takes messages of up to 40 MB.
const LARGEST_BODY_BYTES: usize = 56 * 1024 * 1024;

/// How a server is set up.
#[derive(Debug, Clone)]
pub struct Options {
    /// A loopback address; port 0 takes any free port.
    pub listen: SocketAddr,
    /// Endpoint of the local AWS for SNS, CloudWatch, S3 and the configuration
    /// sets that CloudFormation made. Without it nothing is published.
    pub upstream: Option<String>,
    /// Who signs requests to it, and in which Region. That is the home Region
    /// too: the one of requests that are not signed.
    pub identity: Identity,
    /// The account that is played.
    pub account_id: String,
    /// How many of the last sends the rates rest on.
    pub representative_volume: usize,
    /// How often the reputation is published while mail is sent.
    pub reputation_period: Duration,
    /// Whether SES puts hard bounces and complaints on the list by itself. Off
    /// by default, so that the list shows what the functions did.
    pub automatic_suppression: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            upstream: None,
            identity: Identity::default(),
            account_id: "000000000000".to_owned(),
            representative_volume: 10_000,
            reputation_period: Duration::from_secs(900),
            automatic_suppression: false,
        }
    }
}

/// A running server. It stops when this is dropped.
pub struct Server {
    address: SocketAddr,
    app: Arc<App>,
    /// Aborted when dropped.
    _tasks: JoinSet<()>,
    serving: JoinHandle<()>,
    /// Dropped, it ends serving, open connections included.
    stop: oneshot::Sender<()>,
}

impl Server {
    /// Starts a server on the current Tokio runtime; it is ready when this returns.
    ///
    /// # Errors
    ///
    /// When the address is not on the loopback interface or cannot be taken.
    pub async fn start(options: Options) -> anyhow::Result<Self> {
        ensure!(options.listen.ip().is_loopback(), "{} is not a loopback address", options.listen);
        let listener = TcpListener::bind(options.listen)
            .await
            .with_context(|| format!("cannot listen on {}", options.listen))?;
        let address = listener.local_addr()?;
        let upstream =
            options.upstream.as_deref().map(|endpoint| Upstream::new(endpoint, &options.identity));
        let settings = Settings {
            account_id: options.account_id,
            region: options.identity.region,
            base_url: format!("http://{address}"),
            representative_volume: options.representative_volume,
            automatic_suppression: options.automatic_suppression,
        };
        let (sender, receiver) = mpsc::unbounded_channel();
        let app = Arc::new(App::new(settings, upstream, sender));
        let router = Router::new()
            .fallback(answer)
            .layer(DefaultBodyLimit::max(LARGEST_BODY_BYTES))
            .with_state(Arc::clone(&app));
        let mut tasks = JoinSet::new();
        tasks.spawn(publisher::run(Arc::downgrade(&app), receiver));
        tasks.spawn(api::reputation::run(Arc::downgrade(&app), options.reputation_period));
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(async move {
            let served = axum::serve(listener, router).with_graceful_shutdown(async {
                // Only ever ends by the sender's end.
                let _ = stopped.await;
            });
            if let Err(error) = served.await {
                tracing::error!(%error, "server stopped");
            }
        });
        Ok(Self { address, app, _tasks: tasks, serving, stop })
    }

    /// The endpoint, for `AWS_ENDPOINT_URL_SESV2`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Every event that SNS accepted, in the order of its answers.
    #[must_use]
    pub fn events(&self) -> Vec<PublishedEvent> {
        self.app.state().ledger.published.clone()
    }

    /// Every event that SNS did not accept, with the reason.
    #[must_use]
    pub fn unpublished(&self) -> Vec<PublishedEvent> {
        self.app.state().ledger.unpublished.clone()
    }

    /// The number of requests by operation, in all Regions.
    #[must_use]
    pub fn calls(&self) -> BTreeMap<&'static str, u64> {
        self.app.state().ledger.calls(None)
    }

    /// The last requests, in order.
    #[must_use]
    pub fn call_log(&self) -> Vec<Call> {
        self.app.state().ledger.call_log.iter().cloned().collect()
    }

    /// Does what the same request to `/_local/<path>` would do, without HTTP.
    ///
    /// # Errors
    ///
    /// The message the request would be refused with.
    pub async fn control(&self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        let method: Method = method.parse().map_err(|_| "no method".to_owned())?;
        let uri: Uri = format!("/_local/{path}").parse().map_err(|_| "no path".to_owned())?;
        let request = Request::new(method, &uri, HeaderMap::new(), body.to_string().into());
        control::perform(&self.app, &request).await.map_err(|error| error.message)
    }

    /// Waits until nothing is left to publish.
    pub async fn published(&self) {
        while self.app.state().ledger.pending > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Serves until the process ends.
    ///
    /// # Errors
    ///
    /// When serving itself has failed.
    pub async fn run(self) -> anyhow::Result<()> {
        let Self { serving, stop, _tasks, .. } = self;
        let ended = serving.await;
        drop(stop);
        ended.context("the server has failed")
    }
}

async fn answer(
    State(app): State<Arc<App>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let request = Request::new(method, &uri, headers, body);
    if request.segments.first().is_some_and(|s| s == "_local") {
        control::answer(&app, &request).await
    } else {
        api::answer(&app, &request).await
    }
}
