//! One entry of an import file, and the cutting of a file into lines.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::suppression::SuppressionReason;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ImportLine<'a> {
    #[serde(borrow)]
    pub(crate) email_address: Cow<'a, str>,
    pub(crate) reason: ReasonWord,
    /// Only in files of [`TenantEntries`](super::TenantEntries).
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(crate) tenant: Option<Cow<'a, str>>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum ReasonWord {
    Bounce,
    Complaint,
}

impl From<ReasonWord> for SuppressionReason {
    fn from(word: ReasonWord) -> Self {
        match word {
            ReasonWord::Bounce => Self::Bounce,
            ReasonWord::Complaint => Self::Complaint,
        }
    }
}

impl From<SuppressionReason> for ReasonWord {
    fn from(reason: SuppressionReason) -> Self {
        match reason {
            SuppressionReason::Bounce => Self::Bounce,
            SuppressionReason::Complaint => Self::Complaint,
        }
    }
}

impl ImportLine<'_> {
    pub(crate) fn write(&self, text: &mut String) {
        // Serialising texts cannot fail.
        if let Ok(line) = serde_json::to_string(self) {
            text.push_str(&line);
            text.push('\n');
        }
    }
}

/// Bytes of a line's fields, quotes and the line break, the texts themselves aside.
pub(crate) const LINE_FRAME: usize = 44;

/// Cuts a file that arrives in pieces into its lines.
#[derive(Debug, Default)]
pub struct LineReader {
    /// The beginning of a line whose end has not arrived.
    open: Vec<u8>,
}

/// Longest line that is kept together; an entry has some 400 bytes at most. What is
/// longer is cut and read as several lines.
const LONGEST_LINE: usize = 64 * 1024;

impl LineReader {
    /// Hands each line that ends in `piece` to `read`, without its line break.
    pub fn push(&mut self, piece: &[u8], mut read: impl FnMut(&[u8])) {
        let mut parts = piece.split(|byte| *byte == b'\n');
        let mut part = parts.next().unwrap_or_default();
        for next in parts {
            if self.open.is_empty() {
                read(part);
            } else {
                self.open.extend_from_slice(part);
                read(&self.open);
                self.open.clear();
            }
            part = next;
        }
        for chunk in part.chunks(LONGEST_LINE) {
            if self.open.len() + chunk.len() > LONGEST_LINE {
                read(&self.open);
                self.open.clear();
            }
            self.open.extend_from_slice(chunk);
        }
    }

    /// Hands over the last line, where no line break ends it.
    pub fn finish(self, mut read: impl FnMut(&[u8])) {
        if !self.open.is_empty() {
            read(&self.open);
        }
    }
}
