//! What a service says of a call that failed, as JSON or as S3's XML.

use std::fmt;

use aws_smithy_types::error::metadata::{ErrorMetadata, ProvideErrorMetadata};
use aws_smithy_xml::decode::{Document, try_data};
use serde_json::Value;

/// A service's error.
#[derive(Debug)]
pub(crate) struct ServiceError(ErrorMetadata);

impl ServiceError {
    /// Reads an error as JSON. Its code is in a header or in the body, with a namespace before it
    /// or a link behind it.
    pub(crate) fn of_json(header: Option<&str>, body: &[u8]) -> Self {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let text = |name: &str| body.get(name).and_then(Value::as_str);
        let mut error = ErrorMetadata::builder();
        if let Some(code) = header.or_else(|| text("__type")).or_else(|| text("code")) {
            let code = code.split_once('#').map_or(code, |(_, code)| code);
            error = error.code(code.split_once(':').map_or(code, |(code, _)| code));
        }
        if let Some(message) = text("message").or_else(|| text("Message")) {
            error = error.message(message);
        }
        Self(error.build())
    }

    /// Reads an error of S3.
    pub(crate) fn of_s3(body: &[u8]) -> Self {
        let mut error = ErrorMetadata::builder();
        let Ok(mut document) = Document::try_from(body) else { return Self(error.build()) };
        if let Ok(mut root) = document.root_element() {
            while let Some(mut tag) = root.next_tag() {
                let name = tag.start_el().local().to_owned();
                let Ok(text) = try_data(&mut tag) else { continue };
                error = match name.as_str() {
                    "Code" => error.code(text),
                    "Message" => error.message(text),
                    _ => error,
                };
            }
        }
        Self(error.build())
    }
}

impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for ServiceError {}

impl ProvideErrorMetadata for ServiceError {
    fn meta(&self) -> &ErrorMetadata {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_has_its_code_in_a_header_or_in_the_body() {
        for (header, body, code, message) in [
            (
                None,
                r#"{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException","message":"slow"}"#,
                Some("ThrottlingException"),
                Some("slow"),
            ),
            (None, r#"{"code":"SerializationException"}"#, Some("SerializationException"), None),
            (
                Some("InvalidTimeRangeException:http://internal.amazon.com/"),
                r#"{"__type":"other","Message":"no"}"#,
                Some("InvalidTimeRangeException"),
                Some("no"),
            ),
            (None, "<html>", None, None),
            (None, "", None, None),
        ] {
            let error = ServiceError::of_json(header, body.as_bytes());
            assert_eq!((error.code(), error.message()), (code, message), "{body}");
        }
    }

    #[test]
    fn an_error_of_s3_is_read_as_far_as_it_goes() {
        for (body, code, message) in [
            (
                "<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code><Message>a &amp; b</Message></Error>",
                Some("NoSuchKey"),
                Some("a & b"),
            ),
            ("<Error><Key>k</Key><Code>SlowDown</Code>", Some("SlowDown"), None),
            ("<html><Code", None, None),
            ("", None, None),
        ] {
            let error = ServiceError::of_s3(body.as_bytes());
            assert_eq!((error.code(), error.message()), (code, message), "{body}");
        }
    }
}
