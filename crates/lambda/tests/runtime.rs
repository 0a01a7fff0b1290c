//! A function as a process against Lambda's Runtime API.
//!
//! The test starts itself again with [`AS_FUNCTION`] set and plays the Runtime API.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "all of it is a test"
)]
#![expect(clippy::print_stdout, reason = "it reports its cases itself")]

use std::collections::VecDeque;
use std::process::{Child, Command, ExitCode, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use serde_json::{Value, json};
use warden_lambda::settings::{Environment, Reader, SettingErrors};
use warden_lambda::{Deadline, Function, FunctionError};

/// Marks the process that is the function.
const AS_FUNCTION: &str = "RUNTIME_TEST_AS_FUNCTION";
const PATIENCE: Duration = Duration::from_secs(20);

fn main() -> ExitCode {
    if Environment::of_process().get(AS_FUNCTION).is_some() {
        return warden_lambda::run("probe", build);
    }
    let cases: [(&str, fn()); 6] = [
        (
            "a_payload_comes_as_it_is_and_the_answer_goes_back",
            a_payload_comes_as_it_is_and_the_answer_goes_back,
        ),
        ("an_error_has_a_stable_type_and_no_address", an_error_has_a_stable_type_and_no_address),
        ("a_panic_ends_one_invocation_only", a_panic_ends_one_invocation_only),
        ("log_lines_are_json_with_the_request_id", log_lines_are_json_with_the_request_id),
        ("the_payload_is_not_logged_at_any_level", the_payload_is_not_logged_at_any_level),
        ("wrong_settings_stop_the_start", wrong_settings_stop_the_start),
    ];
    // As much of the usual harness as cargo nextest speaks with: it lists, then runs by name.
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |option: &str| arguments.iter().any(|argument| argument == option);
    if has("--list") {
        let listed = cases.iter().filter(|_| !has("--ignored"));
        listed.for_each(|(name, _)| println!("{name}: test"));
        return ExitCode::SUCCESS;
    }
    let named: Vec<&String> = arguments.iter().filter(|a| !a.starts_with('-')).collect();
    for (name, case) in cases {
        if named.is_empty() || named.iter().any(|part| name.contains(part.as_str())) {
            case();
            println!("test {name} ... ok");
        }
    }
    ExitCode::SUCCESS
}

// --- the function ---

/// Does what the payload says.
struct Probe;

impl Function for Probe {
    type Answer = Value;

    async fn handle(&self, payload: &[u8], deadline: Deadline) -> Result<Value, FunctionError> {
        let text = String::from_utf8_lossy(payload).into_owned();
        if text.contains("fail") {
            return Err(FunctionError::new(
                "call_failed",
                "cannot suppress \"Jane Roe\" <jane@example.com>\n",
            ));
        }
        assert!(!text.contains("panic"), "asked to by {text}");
        tracing::info!(acted = 1, "batch done");
        tracing::debug!("record done");
        Ok(
            json!({ "payload": text, "remaining_ms": u64::try_from(deadline.remaining().as_millis()).unwrap() }),
        )
    }
}

fn build(environment: &Environment) -> Result<Probe, SettingErrors> {
    let mut reader: Reader<'_> = environment.reader();
    reader.optional("WARDEN_MAX_DOMAINS", 1, |text| {
        text.parse::<u32>().map_err(|_| "must be a number".to_owned())
    });
    reader.finish()?;
    Ok(Probe)
}

// --- the Runtime API ---

#[derive(Default)]
struct Api {
    waiting: VecDeque<(String, String)>,
    /// Request id, `response` or `error`, body.
    posted: Vec<(String, String, Value)>,
    n_asked: usize,
}

type Shared = Arc<Mutex<Api>>;

async fn next(State(api): State<Shared>) -> Response<Body> {
    let invocation = {
        let mut api = api.lock().unwrap();
        api.n_asked += 1;
        api.waiting.pop_front()
    };
    let Some((id, payload)) = invocation else { return std::future::pending().await };
    let deadline = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + Duration::from_secs(30);
    Response::builder()
        .header("Lambda-Runtime-Aws-Request-Id", id)
        .header("Lambda-Runtime-Deadline-Ms", deadline.as_millis().to_string())
        .header(
            "Lambda-Runtime-Invoked-Function-Arn",
            "arn:aws:lambda:eu-central-1:111122223333:function:probe",
        )
        .header("Lambda-Runtime-Trace-Id", "Root=1-0-0")
        .body(Body::from(payload))
        .unwrap()
}

async fn posted(
    State(api): State<Shared>,
    Path((id, kind)): Path<(String, String)>,
    body: String,
) -> StatusCode {
    let body = serde_json::from_str(&body).unwrap_or(Value::Null);
    api.lock().unwrap().posted.push((id, kind, body));
    StatusCode::ACCEPTED
}

fn serve(api: Shared) -> String {
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            sender.send(listener.local_addr().unwrap().to_string()).unwrap();
            let app = Router::new()
                .route("/2018-06-01/runtime/invocation/next", get(next))
                .route("/2018-06-01/runtime/invocation/{id}/{kind}", post(posted))
                .with_state(api);
            axum::serve(listener, app).await.unwrap();
        });
    });
    receiver.recv().unwrap()
}

fn start(api: &Shared, variables: &[(&str, &str)]) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .env(AS_FUNCTION, "1")
        .env("AWS_LAMBDA_RUNTIME_API", serve(api.clone()))
        .env("AWS_LAMBDA_FUNCTION_NAME", "probe")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
        .env("RUST_BACKTRACE", "0")
        .envs(variables.iter().copied())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

struct Played {
    posted: Vec<(String, String, Value)>,
    lines: Vec<Value>,
    text: String,
}

/// Hands out the payloads, waits for as many answers and ends the function.
fn play(payloads: &[&str], variables: &[(&str, &str)]) -> Played {
    let waiting = payloads
        .iter()
        .enumerate()
        .map(|(n, payload)| (format!("request-{n}"), (*payload).to_owned()));
    let api: Shared = Arc::new(Mutex::new(Api { waiting: waiting.collect(), ..Api::default() }));
    let mut child = start(&api, variables);
    let begun = Instant::now();
    while api.lock().unwrap().posted.len() < payloads.len() {
        assert!(begun.elapsed() < PATIENCE, "no answer: {:?}", end(child));
        assert!(child.try_wait().unwrap().is_none(), "the function ended: {:?}", end(child));
        std::thread::sleep(Duration::from_millis(5));
    }
    let output = end(child);
    let stdout = String::from_utf8(output.stdout).unwrap();
    let lines = stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}")))
        .collect();
    let text = format!("{stdout}{}", String::from_utf8_lossy(&output.stderr));
    let posted = api.lock().unwrap().posted.clone();
    Played { posted, lines, text }
}

fn end(mut child: Child) -> Output {
    // It may be over already.
    let _ = child.kill();
    child.wait_with_output().unwrap()
}

// --- the cases ---

fn a_payload_comes_as_it_is_and_the_answer_goes_back() {
    let odd = "{\"Records\" : [ {\"a\":1,\"a\":2} ], \"n\": 1e400 }";
    let played = play(&[odd, "\"plain text\"", "[]"], &[]);
    let answers: Vec<&Value> = played.posted.iter().map(|(_, _, body)| &body["payload"]).collect();
    assert_eq!(answers, [odd, "\"plain text\"", "[]"]);
    assert!(played.posted.iter().all(|(_, kind, _)| kind == "response"));
    let remaining = played.posted[0].2["remaining_ms"].as_u64().unwrap();
    assert!((20_000..=30_000).contains(&remaining), "{remaining}");
}

fn an_error_has_a_stable_type_and_no_address() {
    let played = play(&["\"fail\""], &[]);
    let (id, kind, body) = &played.posted[0];
    assert_eq!((id.as_str(), kind.as_str()), ("request-0", "error"));
    assert_eq!(body["errorType"], "call_failed");
    assert!(!body.to_string().contains("example.com"), "{body}");
    assert!(!played.text.contains("example.com"), "{}", played.text);
    assert!(played.lines.iter().any(|line| line["level"] == "ERROR"));
}

fn a_panic_ends_one_invocation_only() {
    let played = play(&["\"panic: Your order, jane@example.com\"", "{}"], &[]);
    let kinds: Vec<&str> = played.posted.iter().map(|(_, kind, _)| kind.as_str()).collect();
    assert_eq!(kinds, ["error", "response"]);
    assert_eq!(played.posted[0].2["errorType"], "panicked");
    assert!(
        !played.text.contains("example.com") && !played.text.contains("Your order"),
        "{}",
        played.text
    );
    let line = played
        .lines
        .iter()
        .find(|line| line["message"].as_str().unwrap().contains("a panic"))
        .unwrap();
    assert_eq!((&line["level"], &line["error.kind"]), (&json!("ERROR"), &json!("panicked")));
    assert!(line["place"].as_str().unwrap().contains("runtime.rs:"), "{line}");
    assert_eq!(line["span"]["request_id"], "request-0");
}

fn log_lines_are_json_with_the_request_id() {
    let played = play(&["{}"], &[]);
    let line = played.lines.iter().find(|line| line["message"] == "batch done").unwrap();
    assert_eq!((&line["level"], &line["acted"]), (&json!("INFO"), &json!(1)));
    assert_eq!(line["span"]["request_id"], "request-0");
    assert_eq!(line["span"]["function"], "probe");
    assert!(line["timestamp"].as_str().unwrap().ends_with('Z'));
    assert!(!played.text.contains("record done"));
}

fn the_payload_is_not_logged_at_any_level() {
    for level in ["debug", "info", "warn", "error"] {
        let played = play(&["{\"to\":\"jane@example.com\"}"], &[("WARDEN_LOG", level)]);
        assert!(!played.text.contains("jane"), "{level}: {}", played.text);
    }
}

fn wrong_settings_stop_the_start() {
    let cases = [
        (vec![("WARDEN_LOG", "loud")], vec!["WARDEN_LOG"]),
        (
            vec![("WARDEN_LOG", "loud"), ("WARDEN_MAX_DOMAINS", "many")],
            vec!["WARDEN_LOG", "WARDEN_MAX_DOMAINS"],
        ),
        (
            vec![("WARDEN_MAX_DOMAINS", "many"), ("WARDEN_MODUS", "act")],
            vec!["WARDEN_MAX_DOMAINS", "WARDEN_MODUS"],
        ),
    ];
    for (variables, named) in cases {
        let api = Shared::default();
        let output = start(&api, &variables).wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(api.lock().unwrap().n_asked, 0, "nothing may be taken from the queue");
        let stdout = String::from_utf8(output.stdout).unwrap();
        let line: Value = serde_json::from_str(stdout.lines().last().unwrap()).unwrap();
        assert_eq!(line["level"], "ERROR");
        for name in named {
            assert!(line["message"].as_str().unwrap().contains(name), "{line}");
        }
    }
}
