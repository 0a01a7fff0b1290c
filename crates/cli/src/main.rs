//! Entry point of `ses-warden`.

use std::process::ExitCode;

use clap::Parser;
use ses_warden::Cli;

fn main() -> ExitCode {
    match ses_warden::run(&Cli::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("ses-warden: {error:#}");
            ExitCode::from(2)
        }
    }
}
