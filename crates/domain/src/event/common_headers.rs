//! `mail.commonHeaders`.

use std::fmt;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::wire::FirstText;

/// `mail.commonHeaders`, which SES writes where headers are to be included. They are the sender's
/// words and may name persons: nothing logs or keeps them, and no function reads them.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct CommonHeaders(Option<Box<str>>);

impl CommonHeaders {
    /// Those of an event of SES, in JSON.
    pub(crate) fn of_event(json: &str) -> Self {
        #[derive(Deserialize)]
        struct Event<'a> {
            #[serde(borrow)]
            mail: Mail<'a>,
        }
        #[derive(Deserialize)]
        struct Mail<'a> {
            #[serde(borrow, rename = "commonHeaders")]
            headers: &'a RawValue,
        }
        let event = serde_json::from_str::<Event<'_>>(json).ok();
        Self(event.map(|event| event.mail.headers.get().into()))
    }

    /// `subject`, as sent; `None` where there is none, or none that can be read.
    pub fn subject(&self) -> Option<String> {
        #[derive(Deserialize)]
        struct Headers<'a> {
            #[serde(borrow, default)]
            subject: FirstText<'a>,
        }
        let headers: Headers<'_> = serde_json::from_str(self.0.as_deref()?).ok()?;
        headers.subject.into_string()
    }
}

impl fmt::Debug for CommonHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CommonHeaders(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_read_where_there_is_one_and_never_printed() {
        for (raw, subject) in [
            (r#"{"from": ["x"], "subject": "Hello"}"#, Some("Hello")),
            (r#"{"subject": ["Hello", "again"]}"#, Some("Hello")),
            (r#"{"subject": "\ud800"}"#, None),
            (r#"{"subject": {"a": 1}}"#, None),
            (r#"{"from": ["x"]}"#, None),
            (r#""headers""#, None),
            ("[1, 2]", None),
        ] {
            let event = format!(r#"{{"mail": {{"source": "a@b.test", "commonHeaders": {raw}}}}}"#);
            let headers = CommonHeaders::of_event(&event);
            assert_eq!(headers.subject().as_deref(), subject, "{raw}");
            assert_eq!(format!("{headers:?}"), "CommonHeaders(..)");
        }
        assert_eq!(CommonHeaders::of_event("{}").subject(), None);
    }
}
