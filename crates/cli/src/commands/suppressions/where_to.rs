//! Which list a command is about, and how fast SES is called.

use anyhow::Context;
use warden_aws::operator::Stacks;
use warden_aws::{Connection, RateLimiter, SuppressionList};

use crate::frame::aws::{Access, calls_per_second};

/// Options of every command that calls SES.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct WhereTo {
    /// The list of this tenant instead of the account's
    #[arg(long, value_name = "NAME")]
    pub(super) tenant: Option<String>,

    #[command(flatten)]
    pub(super) calls: Calls,
}

/// The pace of the calls, and where they go.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Calls {
    /// SES calls a second; SES allows one for the whole account
    #[arg(long, value_name = "N", default_value_t = 0.9, value_parser = calls_per_second)]
    ses_calls_per_second: f64,

    #[command(flatten)]
    access: Access,
}

impl Calls {
    /// Connects to AWS.
    pub(super) async fn connect(&self) -> anyhow::Result<Connection> {
        self.access.connect().await
    }

    /// Returns the list of the connection's Region, with `--ses-calls-per-second` as its rate.
    pub(super) fn list(&self, connection: &Connection) -> SuppressionList {
        SuppressionList::new(connection, RateLimiter::per_second(self.ses_calls_per_second))
    }

    /// The same pace, for another profile or Region.
    pub(super) fn elsewhere(&self, profile: Option<&str>, region: Option<&str>) -> Self {
        Self { access: self.access.elsewhere(profile, region), ..self.clone() }
    }
}

impl WhereTo {
    /// Connects to AWS and returns the connection with the suppression list that the options name.
    pub(super) async fn list(&self) -> anyhow::Result<(Connection, SuppressionList)> {
        let connection = self.calls.connect().await?;
        let list = self.calls.list(&connection);
        Ok((connection, list))
    }

    /// Which list of which Region, in words.
    pub(super) fn named(&self, region: &str) -> String {
        match &self.tenant {
            Some(tenant) => format!("suppression list of tenant {tenant}, Region {region}"),
            None => format!("account suppression list, Region {region}"),
        }
    }
}

/// The bucket of import jobs.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct BucketOptions {
    /// Bucket that SES may read import jobs from [default: the stack's SuppressBucketName]
    #[arg(long, value_name = "NAME")]
    bucket: Option<String>,

    /// CloudFormation stack of ses-warden, for its bucket
    #[arg(long, value_name = "NAME", default_value = "ses-warden")]
    stack: String,
}

impl BucketOptions {
    /// The bucket's name.
    ///
    /// # Errors
    /// When none is given and the stack cannot be asked.
    pub(super) async fn name(&self, connection: &Connection) -> anyhow::Result<String> {
        if let Some(name) = &self.bucket {
            return Ok(name.clone());
        }
        let stack = Stacks::new(connection).describe(&self.stack).await;
        let advice = "an import job needs a bucket that SES may read: give --bucket, or --stack";
        let stack = stack.context(advice)?;
        stack.outputs.get("SuppressBucketName").cloned().context(advice)
    }
}
