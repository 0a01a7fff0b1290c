//! Entry point of metrics.

use std::process::ExitCode;

fn main() -> ExitCode {
    warden_lambda::run("metrics", warden_metrics::build)
}
