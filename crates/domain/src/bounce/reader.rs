//! The second reader: a model's opinion of a text that no rule knows.

use super::status::Status;
use super::text::Text;

/// What the second reader says of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecondReading {
    /// Whom it takes the text to speak of.
    pub verdict: ReaderVerdict,
    /// The calibrated probability that the recipient is to blame, in thousandths.
    pub probability_permille: u16,
}

/// Whom a text speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReaderVerdict {
    /// Surely the recipient.
    Recipient,
    /// Surely not the recipient.
    NotRecipient,
    /// Neither is sure.
    Unsure,
}

/// Reads a text that no rule knows. `None` where it has no opinion.
pub(super) fn read(_text: &Text, _status: Option<Status>) -> Option<SecondReading> {
    None
}

/// The words that decided, the weightiest first.
pub(super) fn because(_text: &Text) -> Vec<String> {
    Vec::new()
}
