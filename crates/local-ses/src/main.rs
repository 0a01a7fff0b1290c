//! Serves the local part of Amazon SES until a signal stops it.
//!
//! All state is in memory and nothing needs a farewell, so SIGINT and SIGTERM
//! keep their usual effect.

use std::io::Write;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context;
use clap::Parser;
use local_ses::{Identity, Options, Server};
use tracing_subscriber::filter::LevelFilter;

/// The part of Amazon SES v2 that no local AWS offers.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Loopback address to listen on; port 0 takes any free port
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Endpoint of the local AWS that has SNS, CloudWatch, S3 and CloudFormation
    #[arg(long)]
    upstream: Option<String>,
    /// The account that is played
    #[arg(long, default_value = "000000000000")]
    account_id: String,
    /// How many of the last sends the bounce and complaint rates rest on
    #[arg(long, default_value_t = 10_000)]
    representative_volume: usize,
    /// How often the reputation metrics are published while mail is sent
    #[arg(long, default_value_t = 900, value_parser = clap::value_parser!(u64).range(1..))]
    reputation_seconds: u64,
    /// Put hard bounces and complaints on the suppression list, as SES itself does
    #[arg(long)]
    automatic_suppression: bool,
    /// Log level on standard error: error, warn, info or debug
    #[arg(long, default_value = "warn")]
    log: LevelFilter,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    tracing_subscriber::fmt().with_max_level(arguments.log).with_writer(std::io::stderr).init();
    let server = Server::start(Options {
        listen: arguments.listen,
        upstream: arguments.upstream,
        identity: identity(environment),
        account_id: arguments.account_id,
        representative_volume: arguments.representative_volume,
        reputation_period: Duration::from_secs(arguments.reputation_seconds),
        automatic_suppression: arguments.automatic_suppression,
    })
    .await?;
    // The line a harness waits for; it also learns the port from it.
    let mut output = std::io::stdout();
    writeln!(output, "listening on {}", server.url())
        .and_then(|()| output.flush())
        .context("standard output is closed")?;
    server.run().await
}

#[expect(
    clippy::disallowed_methods,
    reason = "not a function: the SDK's own names are read once, here"
)]
fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Credentials and Region by the SDK's own names; a local AWS takes any.
fn identity(lookup: impl Fn(&str) -> Option<String>) -> Identity {
    let usual = Identity::default();
    Identity {
        region: lookup("AWS_REGION")
            .or_else(|| lookup("AWS_DEFAULT_REGION"))
            .unwrap_or(usual.region),
        access_key_id: lookup("AWS_ACCESS_KEY_ID").unwrap_or(usual.access_key_id),
        secret_access_key: lookup("AWS_SECRET_ACCESS_KEY").unwrap_or(usual.secret_access_key),
        session_token: lookup("AWS_SESSION_TOKEN"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_region_has_two_names_and_a_default() {
        assert_eq!(identity(|_| None).region, "us-east-1");
        let only_default = |name: &str| (name == "AWS_DEFAULT_REGION").then(|| "a".to_owned());
        assert_eq!(identity(only_default).region, "a");
        let both = |name: &str| name.ends_with("REGION").then(|| name.to_owned());
        assert_eq!(identity(both).region, "AWS_REGION");
    }
}
