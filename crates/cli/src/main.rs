//! Entry point of `ses-warden`.

use std::process::ExitCode;

use ses_warden::Cli;
use ses_warden::frame::{exit, output};

fn main() -> ExitCode {
    let cli: Cli = match output::parse() {
        Ok(cli) => cli,
        Err(error) => {
            // What cannot be written is not worth another error.
            let _ = error.print();
            return if error.use_stderr() { exit::USAGE.into() } else { ExitCode::SUCCESS };
        }
    };
    match ses_warden::run(&cli) {
        Ok(code) => code,
        Err(error) => {
            output::write_stderr(format_args!("{error:#}"));
            exit::where_and_what_to_do(&error).iter().for_each(output::write_stderr);
            exit::status(&error).into()
        }
    }
}
