//! One file over HTTPS, with limits: the BIMI logo that a DNS record names.

use std::time::Duration;

use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::Bytes;
use hyper::header::{ACCEPT, CONTENT_TYPE, LOCATION};
use hyper::{Request, Uri};
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use warden_domain::authentication::domain_check::{Logo, LogoFetch};

/// Time for everything.
const TIME: Duration = Duration::from_secs(10);
/// Bytes read at most; a logo may have 32 KiB.
const MOST_BYTES: usize = 1024 * 1024;
/// Redirects followed at most, to https only.
const MOST_REDIRECTS: usize = 3;

/// Fetches a logo. Anything but a 200 answer within the limits is an error, described in one
/// phrase.
pub async fn logo(url: &str) -> LogoFetch {
    match tokio::time::timeout(TIME, fetch(url)).await {
        Ok(outcome) => outcome,
        Err(_) => Err(format!("no answer within {} seconds", TIME.as_secs())),
    }
}

async fn fetch(url: &str) -> LogoFetch {
    let connector = HttpsConnectorBuilder::new()
        .with_native_roots()
        .map_err(|error| format!("the system's trust store cannot be read: {error}"))?
        .https_only()
        .enable_http1()
        .build();
    let client: Client<_, Empty<Bytes>> = Client::builder(TokioExecutor::new()).build(connector);
    let mut uri: Uri = url.parse().map_err(|_| "the URL cannot be read".to_owned())?;
    for _ in 0..=MOST_REDIRECTS {
        let request = Request::get(uri.clone())
            .header(ACCEPT, "image/svg+xml")
            .body(Empty::new())
            .map_err(|error| format!("the request cannot be made: {error}"))?;
        let answer = client.request(request).await.map_err(|error| causes(&error))?;
        let status = answer.status();
        let header = |name| answer.headers().get(name).and_then(|value| value.to_str().ok());
        if status.is_redirection() {
            let to = header(LOCATION).ok_or("a redirect without a target")?;
            uri = target(&uri, to).ok_or_else(|| format!("a redirect to {to}"))?;
            continue;
        }
        if !status.is_success() {
            return Err(format!("the server answers {status}"));
        }
        let content_type = header(CONTENT_TYPE).map(str::to_owned);
        let body = Limited::new(answer.into_body(), MOST_BYTES).collect().await;
        let body = body.map_err(|error| format!("the body cannot be read: {error}"))?.to_bytes();
        return Ok(Logo { content_type, body: body.to_vec() });
    }
    Err(format!("more than {MOST_REDIRECTS} redirects"))
}

/// Where a redirect leads: another https URL, or a path of the same host.
fn target(from: &Uri, to: &str) -> Option<Uri> {
    if to.starts_with('/') && !to.starts_with("//") {
        return format!("https://{}{to}", from.authority()?).parse().ok();
    }
    to.parse().ok().filter(|uri: &Uri| uri.scheme_str() == Some("https"))
}

/// An error and what caused it, in one phrase.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirects_stay_on_https() {
        let from: Uri = "https://e.example/a.svg".parse().unwrap();
        for (to, expected) in [
            ("/b.svg", Some("https://e.example/b.svg")),
            ("https://f.example/b.svg", Some("https://f.example/b.svg")),
            ("http://e.example/a.svg", None),
            ("//f.example/b.svg", None),
            ("file:///etc/passwd", None),
        ] {
            assert_eq!(target(&from, to).map(|uri| uri.to_string()).as_deref(), expected, "{to}");
        }
    }
}
