//! Entry point of `ses-warden`.

use std::process::ExitCode;

use ses_warden::Cli;
use ses_warden::frame::output;

fn main() -> ExitCode {
    let cli: Cli = match output::parse() {
        Ok(cli) => cli,
        Err(error) => {
            // What cannot be written is not worth another error.
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(2) } else { ExitCode::SUCCESS };
        }
    };
    match ses_warden::run(&cli) {
        Ok(code) => code,
        Err(error) => {
            output::complain(format_args!("{error:#}"));
            ExitCode::from(2)
        }
    }
}
