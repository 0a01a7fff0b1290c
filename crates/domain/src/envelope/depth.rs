//! Where in a payload a text lies, and how it is read.

use super::{MAX_DEPTH, Reading};
use crate::event::CommonHeaders;

/// How deep a text lies in its envelopes, whether these may be scanned, and whether headers are kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct EnvelopeDepth {
    depth: usize,
    pub(super) scans: bool,
    keeps_headers: bool,
}

impl EnvelopeDepth {
    pub(super) const fn top(scans: bool) -> Self {
        Self { depth: 0, scans, keeps_headers: false }
    }

    /// The same, and keeps headers.
    pub(super) const fn keeping_headers(self) -> Self {
        Self { keeps_headers: true, ..self }
    }

    /// Adds the headers to an event that was read out of `json`.
    pub(super) fn with_headers(self, json: &str, reading: Reading) -> Reading {
        let Reading::Event(mut event) = reading else { return reading };
        if self.keeps_headers {
            // What lies around an event has no headers.
            let headers = CommonHeaders::of_event(json);
            if headers != CommonHeaders::default() {
                event.mail.common_headers = headers;
            }
        }
        Reading::Event(event)
    }

    pub(super) fn deeper(self) -> Self {
        Self { depth: self.depth + 1, ..self }
    }

    pub(super) fn is_too_deep(self) -> bool {
        self.depth > MAX_DEPTH
    }
}
