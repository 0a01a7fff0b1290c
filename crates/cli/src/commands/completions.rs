//! `ses-warden completions`: what a shell needs to complete the command's words.

use std::io::Write;
use std::process::ExitCode;

use clap::CommandFactory;
use clap_complete::Shell;

use crate::Cli;

/// Print a script that lets your shell complete commands and options
///
/// For bash: `ses-warden completions bash >~/.local/share/bash-completion/completions/ses-warden`.
/// For zsh: write it to a file `_ses-warden` in a folder of your `fpath`. For fish:
/// `ses-warden completions fish >~/.config/fish/completions/ses-warden.fish`.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Examples:
  ses-warden completions fish >~/.config/fish/completions/ses-warden.fish
  source <(ses-warden completions bash)")]
pub struct Args {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the script.
///
/// # Errors
/// When the output cannot be written.
pub fn run(args: &Args, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    // Made in memory, because the generator panics where a stream fails, and a reader may be gone.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "ses-warden", &mut script);
    out.write_all(&script)?;
    Ok(ExitCode::SUCCESS)
}
