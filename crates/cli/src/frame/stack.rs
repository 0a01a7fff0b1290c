//! What a stack of ours says about itself, for commands that also work without one.

use std::collections::BTreeMap;

use warden_aws::operator::Stacks;
use warden_aws::{Class, Connection, Journal};

/// The namespace of metrics where nothing says another.
const NAMESPACE: &str = "SesWarden";

/// Which stack.
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
    missing: Option<String>,
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
                let why = if is_absent {
                    format!("there is no stack {name} in {region}")
                } else {
                    format!("the stack {name} cannot be read: {error}")
                };
                (BTreeMap::new(), Some(why))
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
        self.missing.as_deref()
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
