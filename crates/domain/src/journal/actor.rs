//! The actor of a history entry: guard, an operator, AWS, or nobody known.

use serde::{Deserialize, Serialize};

/// Who did it, as far as that is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// guard.
    Guard,
    /// Somebody with the operator's command.
    Command {
        /// The ARN of the IAM identity that called AWS.
        identity: String,
        /// The name that the person gave; may be empty.
        name: String,
    },
    /// A person or a program, by CloudTrail.
    Person {
        /// The ARN of the IAM identity.
        identity: String,
    },
    /// AWS itself.
    Aws,
    /// Nobody knows.
    Unknown,
}

impl Actor {
    /// The stable code of the kind.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Guard => "guard",
            Self::Command { .. } => "command",
            Self::Person { .. } => "person",
            Self::Aws => "aws",
            Self::Unknown => "unknown",
        }
    }

    /// The ARN of the IAM identity; empty where none is known.
    pub fn identity(&self) -> &str {
        match self {
            Self::Command { identity, .. } | Self::Person { identity } => identity,
            Self::Guard | Self::Aws | Self::Unknown => "",
        }
    }

    /// The name that a person gave; empty where none did.
    pub fn name(&self) -> &str {
        match self {
            Self::Command { name, .. } => name,
            Self::Guard | Self::Person { .. } | Self::Aws | Self::Unknown => "",
        }
    }

    /// A later version may know further actors.
    pub(super) fn of(code: &str, identity: &str, name: &str) -> Self {
        let (identity, name) = (identity.to_owned(), name.to_owned());
        match code {
            "guard" => Self::Guard,
            "command" => Self::Command { identity, name },
            "person" => Self::Person { identity },
            "aws" => Self::Aws,
            _ => Self::Unknown,
        }
    }
}
