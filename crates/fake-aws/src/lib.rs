//! A fake AWS for tests: a server on loopback that speaks what the SDK clients speak.
//!
//! SES v2 is REST JSON, DynamoDB and Secrets Manager are JSON RPC, CloudWatch is Smithy RPC over CBOR with gzip, SNS is the
//! Query protocol with XML answers, S3 its own REST with XML. What the server knows lives in a
//! [`World`] that a test sets up and reads back; single answers can be scripted before it,
//! and every request is kept as a [`Call`] in the order it came.
//!
//! The server has a thread and a runtime of its own, so that a test may pause
//! tokio's clock. A dev-dependency only: nothing that is deployed or installed imports it.
#![allow(
    missing_docs,
    clippy::cast_possible_truncation,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    reason = "a helper of tests, where what is not understood should stop the test"
)]

mod alarms;
mod bucket;
mod configuration_sets;
mod dynamodb;
mod metrics;
mod notices;
mod protocol;
mod sending;
mod suppression_list;
mod world;

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread::JoinHandle;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::response::Response;
use axum::serve::ListenerExt;
use serde_json::Value;
use tokio::sync::oneshot;

pub use world::{Alarm, AlarmSeries, Notice, SetSetup, World};

/// A request, parsed.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The API operation, or `METHOD /path` when it is none that is known.
    pub operation: String,
    pub method: String,
    /// Path as sent, still percent-encoded.
    pub path: String,
    pub content_type: String,
    /// Whether the body came gzip-compressed.
    pub gzip: bool,
    /// Bytes of the body as sent, and after decompression.
    pub sent_bytes: usize,
    pub body_bytes: usize,
    /// Region and service that the signature is for; empty when unsigned.
    pub signed_for: String,
    /// The access key that signed; empty when unsigned.
    pub access_key: String,
    /// The body as JSON: CBOR and forms are translated. For a path parameter of
    /// SES, its decoded value is under `@path`.
    pub body: Value,
}

/// The answer to one request.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// Success with this body. `{"@epoch": seconds}` stands for a time stamp.
    Ok(Value),
    /// A service's error.
    Error { status: u16, code: String, message: String },
    /// A page of HTML with status 200, as a proxy or a portal answers that stands before AWS.
    Page,
    /// The server reads the request and closes the connection.
    Broken,
    /// The server reads the request and never answers.
    Hang,
}

impl Answer {
    pub fn error(status: u16, code: &str) -> Self {
        Self::Error { status, code: code.to_owned(), message: format!("the fake says {code}") }
    }

    /// What SES answers when it is called too often.
    pub fn throttled() -> Self {
        Self::error(429, "TooManyRequestsException")
    }
}

/// The server. Dropping it stops it.
#[derive(Debug)]
pub struct Wire {
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    calls: Mutex<Vec<Call>>,
    script: Mutex<BTreeMap<String, VecDeque<Answer>>>,
    world: Mutex<World>,
    connections: AtomicUsize,
    /// How many more requests are answered; `None` is no limit.
    lives: Mutex<Option<usize>>,
}

impl Wire {
    /// Starts on a free port of 127.0.0.1.
    pub fn start() -> Self {
        let shared = Arc::new(Shared::default());
        let (stop, stopped) = oneshot::channel();
        let (sender, receiver) = mpsc::channel();
        let state = shared.clone();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on(async move {
                let listener =
                    tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
                sender
                    .send(listener.local_addr().expect("an address"))
                    .expect("the test waits for it");
                let counter = state.clone();
                let listener = listener.tap_io(move |_| {
                    counter.connections.fetch_add(1, Ordering::Relaxed);
                });
                let app = Router::new().fallback(answer).with_state(state);
                // Hanging requests are dropped with the runtime.
                tokio::select! {
                    served = axum::serve(listener, app) => served.expect("serving"),
                    _ = stopped => {}
                }
            });
        });
        let address = receiver.recv().expect("the server starts");
        Self { address, shared, stop: Some(stop), thread: Some(thread) }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What the SDK reads from the environment to get here.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("AWS_REGION", "eu-central-1".to_owned()),
            ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "not-a-secret".to_owned()),
            ("AWS_ENDPOINT_URL", self.url()),
        ]
    }

    /// The next requests of `operation` get these answers, one each; after that
    /// the world answers again.
    pub fn script(&self, operation: &str, answers: impl IntoIterator<Item = Answer>) {
        lock(&self.shared.script).entry(operation.to_owned()).or_default().extend(answers);
    }

    /// As [`Self::script`], for requests that are signed for `region` alone.
    pub fn script_in(
        &self,
        region: &str,
        operation: &str,
        answers: impl IntoIterator<Item = Answer>,
    ) {
        self.script(&format!("{operation}@{region}"), answers);
    }

    /// Takes back what is scripted and was not asked for.
    pub fn unscript(&self) {
        lock(&self.shared.script).clear();
    }

    /// Answers so many requests more; those after that change nothing and hang, as
    /// if the caller had died before them.
    pub fn die_after(&self, requests: usize) {
        *lock(&self.shared.lives) = Some(requests);
    }

    /// Answers again.
    pub fn revive(&self) {
        *lock(&self.shared.lives) = None;
    }

    /// What the services know. Do not hold it across an `.await`.
    pub fn world(&self) -> MutexGuard<'_, World> {
        lock(&self.shared.world)
    }

    /// Every request so far, in order.
    pub fn calls(&self) -> Vec<Call> {
        lock(&self.shared.calls).clone()
    }

    /// The requests of one operation.
    pub fn calls_of(&self, operation: &str) -> Vec<Call> {
        self.calls().into_iter().filter(|call| call.operation == operation).collect()
    }

    /// Connections made so far.
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::Relaxed)
    }

    /// The operations in the order they were called.
    pub fn operations(&self) -> Vec<String> {
        self.calls().into_iter().map(|call| call.operation).collect()
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.expect("a body that arrives");
    let (protocol, call) = protocol::read(&parts, &body);
    lock(&shared.calls).push(call.clone());
    let dead = match &mut *lock(&shared.lives) {
        Some(0) => true,
        Some(lives) => {
            *lives -= 1;
            false
        }
        None => false,
    };
    if dead {
        return std::future::pending().await;
    }
    let region = call.signed_for.split('/').next().unwrap_or_default();
    let regional = format!("{}@{region}", call.operation);
    let scripted = [&regional, &call.operation]
        .into_iter()
        .find_map(|name| lock(&shared.script).get_mut(name).and_then(VecDeque::pop_front));
    let answer = scripted.unwrap_or_else(|| lock(&shared.world).answer(&call));
    match answer {
        Answer::Ok(value) => protocol.success(&call, &value),
        Answer::Error { status, code, message } => protocol.error(status, &code, &message),
        Answer::Page => {
            let page = Body::from("<html><body>Please log in</body></html>");
            let mut answer = Response::new(page);
            let kind = HeaderValue::from_static("text/html; charset=utf-8");
            answer.headers_mut().insert("content-type", kind);
            answer
        }
        // Ends the task of this connection, without a panic message in the output.
        Answer::Broken => std::panic::resume_unwind(Box::new("connection closed")),
        Answer::Hang => std::future::pending().await,
    }
}

/// The text of a member; empty where there is none.
fn text(value: &Value, field: &str) -> String {
    value.get(field).and_then(Value::as_str).unwrap_or_default().to_owned()
}
