//! Entry point of suppress.

use std::process::ExitCode;

fn main() -> ExitCode {
    warden_lambda::run("suppress", warden_suppress::build)
}
