//! Writes what a release holds beside the binary: a manual page for each command, and the
//! completions of each shell.
//!
//! ```console
//! $ cargo build --workspace --example manuals
//! $ target/debug/examples/manuals FOLDER
//! ```

use std::error::Error;
use std::fs;
use std::path::PathBuf;

use clap::{CommandFactory, ValueEnum};
use clap_complete::Shell;
use ses_warden::Cli;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).map(PathBuf::from).ok_or("say which folder to fill")?;
    let (pages, scripts) = (folder.join("man/man1"), folder.join("completions"));
    fs::create_dir_all(&pages)?;
    fs::create_dir_all(&scripts)?;
    clap_mangen::generate_to(Cli::command(), &pages)?;
    for shell in Shell::value_variants() {
        clap_complete::generate_to(*shell, &mut Cli::command(), "ses-warden", &scripts)?;
    }
    Ok(())
}
