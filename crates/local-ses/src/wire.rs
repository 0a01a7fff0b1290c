//! The REST JSON wire of the SES v2 API: requests in, answers and errors out.

use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// One HTTP request, parsed as far as routing needs.
pub(crate) struct Request {
    pub(crate) method: Method,
    /// Path segments, percent-decoded one by one so that `%2F` stays inside
    /// its segment.
    pub(crate) segments: Vec<String>,
    query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Request {
    pub(crate) fn new(method: Method, uri: &Uri, headers: HeaderMap, body: Bytes) -> Self {
        let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let segments = uri.path().trim_matches('/').split('/').map(decode).collect();
        let query = uri
            .query()
            .unwrap_or_default()
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                (decode(name), decode(value))
            })
            .collect();
        Self { method, segments, query, headers, body }
    }

    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query_all(name).next()
    }

    pub(crate) fn query_all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.query.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The body as a form: names and values.
    pub(crate) fn form(&self) -> Vec<(String, String)> {
        let body = String::from_utf8_lossy(&self.body);
        let decode = |text: &str| {
            let spaced = text.replace('+', " ");
            percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
        };
        let pairs = body.split('&').filter(|pair| !pair.is_empty());
        pairs
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                (decode(name), decode(value))
            })
            .collect()
    }

    /// The JSON body; an absent body counts as an empty object, as AWS has it.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, WireError> {
        let body: &[u8] = if self.body.is_empty() { b"{}" } else { &self.body };
        serde_json::from_slice(body).map_err(|error| {
            WireError::new(StatusCode::BAD_REQUEST, "SerializationException", error.to_string())
        })
    }

    /// As [`Request::json`]; a member that does not fit the model is a bad request.
    pub(crate) fn checked_json<T: DeserializeOwned>(&self) -> Result<T, WireError> {
        self.json().map_err(|error| WireError::bad_request(error.message))
    }

    /// The access key that signed the request. Signatures are not checked.
    pub(crate) fn access_key_id(&self) -> Option<&str> {
        self.credential()?.split('/').next()
    }

    /// The Region the request was signed for.
    pub(crate) fn region(&self) -> Option<&str> {
        let mut scope = self.credential()?.split('/').skip(2);
        let region = scope.next().filter(|region| !region.is_empty())?;
        // A multi-Region signature has no Region in its scope: the service
        // follows the date there.
        (scope.next().is_some() && scope.next() == Some("aws4_request")).then_some(region)
    }

    /// `access key/date/Region/service/aws4_request`.
    fn credential(&self) -> Option<&str> {
        let authorization = self.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
        let (_, rest) = authorization.split_once("Credential=")?;
        rest.split([',', ' ']).next()
    }
}

/// An error as SES reports it: status, type in a header, message in the body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WireError {
    pub(crate) status: StatusCode,
    pub(crate) code: String,
    pub(crate) message: String,
}

impl WireError {
    pub(crate) fn new(
        status: StatusCode,
        code: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self { status, code: code.into(), message: message.into() }
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BadRequestException", message)
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "NotFoundException", message)
    }

    pub(crate) fn already_exists(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "AlreadyExistsException", message)
    }

    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "InternalServiceErrorException", message)
    }

    /// The validation message AWS gives for a value outside an enum.
    pub(crate) fn not_in_enum(member: &str, value: &str, allowed: &[&str]) -> Self {
        Self::bad_request(format!(
            "1 validation error detected: Value '{value}' at '{member}' failed to satisfy \
             constraint: Member must satisfy enum value set: [{}]",
            allowed.join(", ")
        ))
    }
}

impl IntoResponse for WireError {
    fn into_response(self) -> Response {
        let mut response = json_response(self.status, &json!({ "message": self.message }));
        if let Ok(code) = self.code.parse() {
            response.headers_mut().insert("x-amzn-errortype", code);
        }
        response
    }
}

/// What an operation gives back: a JSON object or an error.
pub(crate) type Answer = Result<Value, WireError>;

/// A JSON answer with the given status.
pub(crate) fn json_response(status: StatusCode, value: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], value.to_string()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(uri: &str) -> Request {
        Request::new(Method::GET, &uri.parse().unwrap(), HeaderMap::new(), Bytes::new())
    }

    #[test]
    fn an_encoded_slash_stays_inside_its_segment() {
        let request = request("/v2/email/suppression/addresses/a%2Fb%2Bc%40example.com");
        assert_eq!(request.segments.last().unwrap(), "a/b+c@example.com");
        assert_eq!(request.segments.len(), 5);
    }

    #[test]
    fn repeated_query_names_are_all_seen() {
        let request = request("/x?Reason=BOUNCE&Reason=COMPLAINT&PageSize=2");
        assert_eq!(request.query_all("Reason").collect::<Vec<_>>(), ["BOUNCE", "COMPLAINT"]);
        assert_eq!(request.query("PageSize"), Some("2"));
        assert_eq!(request.query("NextToken"), None);
    }

    #[test]
    fn the_access_key_and_the_region_are_read_from_the_signature_header() {
        let mut request = request("/x");
        let value = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261006/eu-central-1/ses/aws4_request, SignedHeaders=host, Signature=0";
        request.headers.insert(header::AUTHORIZATION, value.parse().unwrap());
        assert_eq!(request.access_key_id(), Some("AKIDEXAMPLE"));
        assert_eq!(request.region(), Some("eu-central-1"));
    }

    #[test]
    fn a_scope_without_a_region_names_none() {
        for authorization in [
            "AWS4-ECDSA-P256-SHA256 Credential=AKIDEXAMPLE/20261006/ses/aws4_request, SignedHeaders=host, Signature=0",
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261006//ses/aws4_request,SignedHeaders=host",
            "Bearer x",
        ] {
            let mut request = request("/x");
            request.headers.insert(header::AUTHORIZATION, authorization.parse().unwrap());
            assert_eq!(request.region(), None, "{authorization}");
        }
        assert_eq!(request("/x").region(), None);
    }
}
