//! Entry point of guard.

use std::process::ExitCode;

fn main() -> ExitCode {
    warden_lambda::run("guard", warden_guard::build)
}
