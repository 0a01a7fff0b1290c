//! The journal of a stack, as the operator's command opens it.

use anyhow::{Context, anyhow};
use warden_aws::operator::Stacks;
use warden_aws::{Connection, Journal, journal_key};
use warden_domain::address::EmailAddress;
use warden_domain::journal::JournalKey;

use super::aws::Access;
use super::output::FormatOptions;

/// The stack's output that names the table.
const TABLE: &str = "JournalTableName";
/// The stack's output that names the secret.
const SECRET: &str = "JournalKeySecretArn";

/// Reads the address that a command is about.
///
/// # Errors
/// Why the text is none.
pub fn address(text: &str) -> Result<EmailAddress, String> {
    EmailAddress::parse(text).map_err(|error| error.to_string())
}

/// Which stack's journal.
#[derive(Debug, Clone, clap::Args)]
pub struct JournalOptions {
    /// The stack of ses-warden whose journal to read
    #[arg(long, value_name = "NAME", default_value = "ses-warden")]
    pub stack: String,
}

/// What the commands share that read a journal: which, the form of the output, and where.
#[derive(Debug, Clone, clap::Args)]
pub struct JournalCommand {
    /// The stack whose journal it is.
    #[command(flatten)]
    pub journal: JournalOptions,

    /// The form of the output.
    #[command(flatten)]
    pub format: FormatOptions,

    /// Account and Region.
    #[command(flatten)]
    pub access: Access,
}

/// A table and the key of its ids.
#[derive(Debug)]
pub struct OpenJournal {
    /// The table.
    pub table: Journal,
    /// The key.
    pub key: JournalKey,
}

impl JournalOptions {
    /// Finds the table and reads the key: DescribeStacks, GetSecretValue.
    ///
    /// # Errors
    /// When there is no such stack, it has no journal, or the key cannot be read.
    pub async fn open(&self, connection: &Connection) -> anyhow::Result<OpenJournal> {
        let stack = &self.stack;
        let facts = Stacks::new(connection).describe(stack).await;
        let facts = facts.with_context(|| format!("the stack {stack} cannot be read"))?;
        let output = |name: &str| {
            facts.outputs.get(name).filter(|value| !value.is_empty()).cloned().ok_or_else(|| {
                anyhow!("the stack {stack} has no journal: it lacks the output {name}")
            })
        };
        let (table, secret) = (output(TABLE)?, output(SECRET)?);
        let key = journal_key(connection, &secret).await;
        let key = key.context("the key of the journal cannot be read")?;
        Ok(OpenJournal { table: Journal::new(connection, table), key })
    }
}
