//! The protocols: requests into [`Call`], answers into HTTP.

mod cbor;
mod operations;

use std::io::Read;

use axum::body::Body;
use axum::http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::Call;
use cbor::{cbor, cbor_to_json};
use operations::ses_operation;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    RestJson,
    RpcJson,
    RpcCbor,
    Query,
    S3,
}

pub(super) fn read(parts: &Parts, sent: &[u8]) -> (Protocol, Call) {
    let header = |name: &str| {
        parts.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned()
    };
    let gzip = header(CONTENT_ENCODING.as_str()) == "gzip";
    let body = if gzip { inflate(sent) } else { sent.to_vec() };
    let content_type = header(CONTENT_TYPE.as_str());
    let path = parts.uri.path().to_owned();
    let method = parts.method.to_string();
    let signed_for = signed_for(&header(AUTHORIZATION.as_str()));
    let (protocol, operation, json) = if signed_for.ends_with("/s3") {
        let (operation, json) = s3_operation(parts, &body);
        (Protocol::S3, operation, json)
    } else if let Some((_, operation)) = header("x-amz-target").split_once('.') {
        // DynamoDB and Secrets Manager.
        let json = serde_json::from_slice(&body).expect("JSON");
        (Protocol::RpcJson, operation.to_owned(), json)
    } else if let Some((_, operation)) = path.split_once("/operation/") {
        (
            Protocol::RpcCbor,
            operation.to_owned(),
            cbor_to_json(&ciborium::from_reader(body.as_slice()).expect("CBOR")),
        )
    } else if content_type.starts_with("application/x-www-form-urlencoded") {
        let form = form(&body);
        let operation = form.get("Action").and_then(Value::as_str).unwrap_or_default().to_owned();
        (Protocol::Query, operation, Value::Object(form))
    } else {
        let mut json =
            if body.is_empty() { json!({}) } else { serde_json::from_slice(&body).expect("JSON") };
        let (operation, parameter) = ses_operation(&method, &path);
        if let (Some(parameter), Some(object)) = (parameter, json.as_object_mut()) {
            object.insert("@path".to_owned(), Value::from(decode(parameter, false)));
            let below = path.rsplit_once("/event-destinations/").map(|(_, name)| name);
            if let Some(name) = below {
                object.insert("@name".to_owned(), Value::from(decode(name, false)));
            }
        }
        if let (Some(query), Some(object)) = (parts.uri.query(), json.as_object_mut()) {
            object.insert("@query".to_owned(), Value::Object(form(query.as_bytes())));
        }
        (Protocol::RestJson, operation, json)
    };
    let call = Call {
        operation,
        method,
        path,
        content_type,
        gzip,
        sent_bytes: sent.len(),
        body_bytes: body.len(),
        signed_for,
        access_key: access_key(&header(AUTHORIZATION.as_str())),
        body: json,
    };
    (protocol, call)
}

impl Protocol {
    pub(super) fn success(self, call: &Call, value: &Value) -> Response<Body> {
        match self {
            Self::RestJson | Self::S3 if value.get("@body").is_some() => {
                let text = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default();
                reply(
                    200,
                    "application/octet-stream",
                    &[("etag", text("@etag"))],
                    text("@body").as_bytes().to_vec(),
                )
            }
            Self::RestJson => reply(200, "application/json", &[], value.to_string().into_bytes()),
            Self::RpcJson => reply(200, RPC_JSON, &[], value.to_string().into_bytes()),
            Self::S3 => reply(200, "application/xml", &[], listing(value).into_bytes()),
            Self::RpcCbor => reply(200, "application/cbor", &[CBOR], cbor(value)),
            Self::Query => {
                let operation = &call.operation;
                let nested = value["@xml"].as_str().unwrap_or_default();
                let fields: String = value
                    .as_object()
                    .into_iter()
                    .flatten()
                    .filter(|(name, _)| *name != "@xml")
                    .map(|(name, value)| {
                        format!("<{name}>{}</{name}>", value.as_str().unwrap_or_default())
                    })
                    .collect();
                let xml = format!(
                    "<{operation}Response><{operation}Result>{fields}{nested}</{operation}Result>\
                     <ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></{operation}Response>"
                );
                reply(200, "text/xml", &[], xml.into_bytes())
            }
        }
    }

    pub(super) fn error(self, status: u16, code: &str, message: &str) -> Response<Body> {
        match self {
            Self::RestJson => {
                let body = json!({ "message": message }).to_string();
                reply(status, "application/json", &[("x-amzn-errortype", code)], body.into_bytes())
            }
            Self::RpcJson => {
                let body = json!({ "__type": format!("com.amazonaws#{code}"), "message": message });
                reply(status, RPC_JSON, &[], body.to_string().into_bytes())
            }
            Self::S3 => {
                let xml = format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
                reply(status, "application/xml", &[], xml.into_bytes())
            }
            Self::RpcCbor => {
                let body = json!({ "__type": format!("com.amazonaws.cloudwatch#{code}"), "message": message });
                reply(status, "application/cbor", &[CBOR], cbor(&body))
            }
            Self::Query => {
                let xml = format!(
                    "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>\
                     <RequestId>1</RequestId></ErrorResponse>"
                );
                reply(status, "text/xml", &[], xml.into_bytes())
            }
        }
    }
}

const RPC_JSON: &str = "application/x-amz-json-1.0";
const CBOR: (&str, &str) = ("smithy-protocol", "rpc-v2-cbor");

fn reply(
    status: u16,
    content_type: &str,
    headers: &[(&str, &str)],
    body: Vec<u8>,
) -> Response<Body> {
    let mut response = Response::builder().status(status).header(CONTENT_TYPE, content_type);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    response.body(Body::from(body)).expect("a valid answer")
}

/// S3 with the bucket in the path: the key is under `@path`, the content under `@body`.
fn s3_operation(parts: &Parts, body: &[u8]) -> (String, Value) {
    let header =
        |name: &str| parts.headers.get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
    let path = parts.uri.path().trim_start_matches('/');
    let key = path.split_once('/').map_or("", |(_, key)| key);
    let query = Value::Object(form(parts.uri.query().unwrap_or_default().as_bytes()));
    let operation = match (parts.method.as_str(), key) {
        ("GET", "") => "ListObjectsV2",
        ("GET", _) => "GetObject",
        ("PUT", _) => "PutObject",
        ("DELETE", _) => "DeleteObject",
        (method, _) => return (format!("{method} {path}"), json!({})),
    };
    let text = String::from_utf8(body.to_vec()).expect("objects are text here");
    let json = json!({
        "@path": decode(key, false),
        "@body": text,
        "@query": query,
        "@if_none_match": header("if-none-match"),
        "@if_match": header("if-match"),
    });
    (operation.to_owned(), json)
}

fn listing(value: &Value) -> String {
    let keys = value.get("keys").and_then(Value::as_array).into_iter().flatten();
    let contents: String = keys
        .map(|key| format!("<Contents><Key>{}</Key></Contents>", key.as_str().unwrap_or_default()))
        .collect();
    let next = value.get("next").and_then(Value::as_str);
    let next = next.map_or(String::new(), |token| {
        format!("<NextContinuationToken>{token}</NextContinuationToken>")
    });
    let more = !next.is_empty();
    format!(
        "<ListBucketResult><IsTruncated>{more}</IsTruncated>{next}{contents}</ListBucketResult>"
    )
}

/// `Credential=KEY/…` -> `KEY`.
fn access_key(authorization: &str) -> String {
    let scope = authorization.split_once("Credential=").map_or("", |(_, rest)| rest);
    scope.split('/').next().unwrap_or_default().to_owned()
}

/// `Credential=KEY/DATE/REGION/SERVICE/aws4_request` -> `REGION/SERVICE`.
fn signed_for(authorization: &str) -> String {
    let scope = authorization.split_once("Credential=").map_or("", |(_, rest)| rest);
    let scope: Vec<&str> = scope.split(',').next().unwrap_or_default().split('/').collect();
    match scope.as_slice() {
        [_, _, region, service, "aws4_request"] => format!("{region}/{service}"),
        _ => String::new(),
    }
}

fn inflate(sent: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    flate2::read::GzDecoder::new(sent).read_to_end(&mut body).expect("gzip");
    body
}

fn form(body: &[u8]) -> Map<String, Value> {
    let text = std::str::from_utf8(body).expect("a form is ASCII");
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(name, true), Value::from(decode(value, true)))
    };
    text.split('&').filter(|p| !p.is_empty()).map(pair).collect()
}

fn decode(text: &str, plus_is_space: bool) -> String {
    let mut out = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'%' => {
                let digits = [bytes.next().expect("a digit"), bytes.next().expect("a digit")];
                let digits = std::str::from_utf8(&digits).expect("hexadecimal").to_owned();
                u8::from_str_radix(&digits, 16).expect("hexadecimal")
            }
            b'+' if plus_is_space => b' ',
            byte => byte,
        });
    }
    String::from_utf8(out).expect("UTF-8")
}
