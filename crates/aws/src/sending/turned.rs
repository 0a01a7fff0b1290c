//! What a change of a switch came to.

use crate::error::{CallError, Class};

/// What is known of a switch after SES took the change of it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Turned {
    /// It was read back, and stands as it should.
    ReadBack,
    /// It could not be read back, for this reason.
    NotReadBack(CallError),
}

impl Turned {
    /// An error unless it was read back.
    ///
    /// # Errors
    /// The [`CallError`] of reading it back.
    pub fn read_back(self) -> Result<(), CallError> {
        match self {
            Self::ReadBack => Ok(()),
            Self::NotReadBack(error) => Err(error),
        }
    }
}

/// Compares a switch with what was read back after a change that SES took.
pub(super) fn compared(
    operation: &'static str,
    what: &str,
    on: bool,
    read: Result<Option<bool>, CallError>,
) -> Result<Turned, CallError> {
    match read {
        Ok(sends) if sends == Some(on) => Ok(Turned::ReadBack),
        Ok(_) => Err(not_taken(operation, what, on)),
        Err(error) => Ok(Turned::NotReadBack(error)),
    }
}

/// SES said yes to a change that is not to be seen afterwards.
fn not_taken(operation: &'static str, what: &str, on: bool) -> CallError {
    let state = if on { "still does not send" } else { "still sends" };
    CallError::new(operation, Class::Temporary, &format!("SES took the call, but {what} {state}"))
}
