//! What a stack of ours says about itself, for commands that also work without one.

use std::collections::BTreeMap;

use anyhow::{Context, anyhow};
use warden_aws::operator::Stacks;
use warden_aws::{CallError, Class, Connection, Journal};

/// The namespace of metrics where nothing says another.
const NAMESPACE: &str = "SesWarden";

/// The option that names ses-warden's CloudFormation stack.
#[derive(Debug, Clone, clap::Args)]
pub struct StackOption {
    /// The stack of ses-warden in this Region
    #[arg(long, value_name = "NAME", default_value = "ses-warden")]
    stack: String,
}

/// A stack's outputs, or why they are not known.
#[derive(Debug, Clone)]
pub struct OurStack {
    /// Its name.
    pub name: String,
    outputs: BTreeMap<String, String>,
    missing: Option<MissingStack>,
}

/// Why nothing is known of a stack.
#[derive(Debug, Clone)]
struct MissingStack {
    /// The reason, as a sentence for the operator.
    why: String,
    /// What AWS answered; `None` where it answered that there is no such stack.
    error: Option<CallError>,
}

impl StackOption {
    /// DescribeStacks. A stack that is not there, or may not be read, is no error: it is said.
    pub async fn read(&self, connection: &Connection) -> OurStack {
        let name = self.stack.clone();
        let region = connection.region();
        let (outputs, missing) = match Stacks::new(connection).describe(&name).await {
            Ok(facts) => (facts.outputs, None),
            Err(error) => {
                // CloudFormation answers 400 for a stack that is not there.
                let is_absent = error.class == Class::NotFound
                    || matches!(&error.class, Class::Refused { code } if code == "ValidationError");
                let missing = if is_absent {
                    MissingStack {
                        why: format!("there is no stack {name} in {region}"),
                        error: None,
                    }
                } else {
                    let why = format!("the stack {name} cannot be read: {error}");
                    MissingStack { why, error: Some(error) }
                };
                (BTreeMap::new(), Some(missing))
            }
        };
        OurStack { name, outputs, missing }
    }
}

impl OurStack {
    /// An output that is there and not empty.
    pub fn output(&self, name: &str) -> Option<&str> {
        self.outputs.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Why nothing is known of it; `None` where it was read.
    pub fn missing(&self) -> Option<&str> {
        self.missing.as_ref().map(|missing| missing.why.as_str())
    }

    /// For commands that need the stack.
    ///
    /// # Errors
    /// The call's own error where the stack could not be read; where there is none, that it has to
    /// be named.
    pub fn needed(&self) -> anyhow::Result<()> {
        match &self.missing {
            None => Ok(()),
            Some(MissingStack { error: Some(error), .. }) => Err(error.clone())
                .with_context(|| format!("the stack {} cannot be read", self.name)),
            Some(MissingStack { why, error: None }) => {
                Err(anyhow!("{why}; name the stack of ses-warden with --stack"))
            }
        }
    }

    /// The namespace of its metrics.
    pub fn namespace(&self) -> &str {
        self.output("MetricNamespace").unwrap_or(NAMESPACE)
    }

    /// Its journal.
    pub fn journal(&self, connection: &Connection) -> Option<Journal> {
        Some(Journal::new(connection, self.output("JournalTableName")?.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::exit;

    fn unread(error: Option<CallError>) -> OurStack {
        let why = "there is no stack x".to_owned();
        let missing = Some(MissingStack { why, error });
        OurStack { name: "x".to_owned(), outputs: BTreeMap::new(), missing }
    }

    #[test]
    fn only_an_absent_stack_is_a_matter_of_its_name() {
        let call = |class, said| Some(CallError::new("DescribeStacks", class, said));
        for (error, status, names) in [
            (None, exit::USAGE, true),
            (call(Class::Denied, "403 AccessDenied: no"), exit::AWS, false),
            (call(Class::Throttled, "400 Throttling: slow"), exit::AWS, false),
            (call(Class::Denied, "403 ExpiredToken: old"), exit::NO_ACCESS, false),
        ] {
            let error = unread(error).needed().unwrap_err();
            assert_eq!(exit::status(&error), status, "{error:#}");
            assert_eq!(format!("{error:#}").contains("--stack"), names, "{error:#}");
        }
    }
}
