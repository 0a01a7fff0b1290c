//! The three reads of SES that the check makes, answered from values.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::{Value, json};

/// What SES holds.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    /// Names in the list; `None`: the call fails.
    names: Option<Vec<String>>,
    /// Identities by name; `None`: the call fails.
    identities: Option<Vec<(String, Value)>>,
    /// `None`: the Virtual Deliverability Manager is off.
    recommendations: Option<Value>,
}

fn identity(name: &str) -> Value {
    json!({
        "IdentityType": "DOMAIN",
        "VerifiedForSendingStatus": true,
        "DkimAttributes": {
            "SigningEnabled": true,
            "Status": "SUCCESS",
            "Tokens": ["tokenone", "tokentwo", "tokenthree"],
            "SigningHostedZone": "dkim.amazonses.com",
            "SigningAttributesOrigin": "AWS_SES",
            "CurrentSigningKeyLength": "RSA_2048_BIT",
        },
        "MailFromAttributes": {
            "MailFromDomain": format!("mail.{}", name.to_lowercase()),
            "MailFromDomainStatus": "SUCCESS",
            "BehaviorOnMxFailure": "USE_DEFAULT_VALUE",
        },
    })
}

/// One healthy domain identity of that spelling.
pub(crate) fn spelled(name: &str) -> State {
    State {
        names: Some(vec![name.to_owned(), "other@example.org".to_owned()]),
        identities: Some(vec![(name.to_owned(), identity(name))]),
        recommendations: None,
    }
}

/// A healthy example.com.
pub(crate) fn healthy() -> State {
    spelled("example.com")
}

/// One address identity.
pub(crate) fn address(name: &str) -> State {
    let found = json!({
        "IdentityType": "EMAIL_ADDRESS",
        "VerifiedForSendingStatus": true,
        "DkimAttributes": {"SigningEnabled": false, "Status": "NOT_STARTED"},
        "MailFromAttributes": {"BehaviorOnMxFailure": "USE_DEFAULT_VALUE"},
    });
    State {
        names: Some(vec![name.to_owned()]),
        identities: Some(vec![(name.to_owned(), found)]),
        recommendations: None,
    }
}

/// No identity.
pub(crate) fn nothing() -> State {
    State { names: Some(Vec::new()), identities: Some(Vec::new()), recommendations: None }
}

/// Every call fails.
pub(crate) fn broken() -> State {
    State::default()
}

/// The list cannot be read, the identity can.
pub(crate) fn unlisted() -> State {
    State { names: None, ..healthy() }
}

/// An address of example.com on the last page of the list.
pub(crate) fn in_pages() -> State {
    let names = ["a.example", "b.example", "example.com", "news@example.com"];
    State { names: Some(names.map(str::to_owned).to_vec()), ..healthy() }
}

/// The manager has a recommendation for example.com and one for another domain.
pub(crate) fn with_recommendation(text: &str) -> State {
    let arn = |name: &str| format!("arn:aws:ses:eu-west-1:111122223333:identity/{name}");
    let recommendation = |name: &str, text: &str| {
        json!({"ResourceArn": arn(name), "Type": "BIMI", "Description": text,
               "Status": "OPEN", "Impact": "LOW"})
    };
    State {
        recommendations: Some(json!({"Recommendations": [
            recommendation("example.com", text),
            recommendation("example.org", "of another domain"),
        ]})),
        ..healthy()
    }
}

impl State {
    /// The status and body of an answer. The list comes in pages of one name.
    fn answer(&self, path: &str, request: &Value) -> (u16, Value) {
        let denied = || (403, json!({"__type": "AccessDeniedException", "message": "not allowed"}));
        match path.trim_start_matches("/v2/email/") {
            "list-identities" => match &self.names {
                Some(names) => {
                    let token = request.get("NextToken").and_then(Value::as_str);
                    let at: usize = token.and_then(|token| token.parse().ok()).unwrap_or(0);
                    let page: Vec<Value> = (names.iter().skip(at).take(1))
                        .map(|name| json!({"IdentityName": name}))
                        .collect();
                    let next = (at + 1 < names.len()).then(|| (at + 1).to_string());
                    (200, json!({"EmailIdentities": page, "NextToken": next}))
                }
                None => denied(),
            },
            "vdm/recommendations" => match &self.recommendations {
                Some(found) => (200, found.clone()),
                None => (500, json!({"message": "off"})),
            },
            rest => {
                let Some(identities) = &self.identities else { return denied() };
                let name = rest.trim_start_matches("identities/").replace("%40", "@");
                let found = identities.iter().find(|(known, _)| *known == name);
                found.map_or_else(
                    || (404, json!({"__type": "NotFoundException", "message": "none"})),
                    |(_, identity)| (200, identity.clone()),
                )
            }
        }
    }
}

/// A running SES. It ends when it is dropped.
pub(crate) struct Ses {
    url: String,
    ends: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Ses {
    /// Serves a state on a free port of loopback.
    pub(crate) fn start(state: State) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let url = format!("http://{}", listener.local_addr()?);
        let ends = Arc::new(AtomicBool::new(false));
        let thread = {
            let ends = ends.clone();
            std::thread::spawn(move || {
                while !ends.load(Ordering::Relaxed) {
                    match listener.accept() {
                        // A client that breaks off is no fault of the server's.
                        Ok((stream, _)) => drop(serve(stream, &state)),
                        Err(_) => std::thread::sleep(Duration::from_millis(5)),
                    }
                }
            })
        };
        Ok(Self { url, ends, thread: Some(thread) })
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Ses {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Answers one request and closes the connection.
fn serve(stream: TcpStream, state: &State) -> std::io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut request = String::new();
    reader.read_line(&mut request)?;
    let path = request.split(' ').nth(1).unwrap_or_default();
    let path = path.split('?').next().unwrap_or_default().to_owned();
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let line = line.trim_end().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut request = vec![0; length];
    reader.read_exact(&mut request)?;
    let request = serde_json::from_slice(&request).unwrap_or_default();
    let (status, body) = state.answer(&path, &request);
    let kind = body.get("__type").and_then(Value::as_str).unwrap_or("InternalFailure").to_owned();
    let body = body.to_string();
    let mut stream = stream;
    write!(
        stream,
        "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nX-Amzn-ErrorType: {kind}\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}
