//! What a step of a plan is about.

use std::fmt;

/// A configuration set, a sender domain or a sending identity.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// A configuration set, by its name.
    Set(String),
    /// A sender domain, normalized.
    Domain(String),
    /// A sending identity: a domain or an address, as SES has it.
    Identity(String),
}

impl Subject {
    /// Its name.
    pub fn name(&self) -> &str {
        match self {
            Self::Set(name) | Self::Domain(name) | Self::Identity(name) => name,
        }
    }

    /// What it is, as members of JSON are called.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Set(_) => "set",
            Self::Domain(_) => "domain",
            Self::Identity(_) => "identity",
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self {
            Self::Set(_) => "configuration set",
            Self::Domain(_) => "domain",
            Self::Identity(_) => "identity",
        };
        write!(f, "{kind} {}", self.name())
    }
}
