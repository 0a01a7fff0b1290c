//! `ses-warden completions`: every shell gets its script as clap writes it, whole and unchanged.

use std::error::Error;
use std::io::Write;
use std::process::{Command, Stdio};

use clap::{CommandFactory, ValueEnum};
use clap_complete::Shell;

type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

#[test]
fn each_shell_gets_its_script_unchanged() -> Result {
    for shell in Shell::value_variants() {
        let mut expected = Vec::new();
        let mut command = ses_warden::Cli::command();
        clap_complete::generate(*shell, &mut command, "ses-warden", &mut expected);
        assert_eq!(script(&shell.to_string())?, String::from_utf8(expected)?, "{shell}");
    }
    Ok(())
}

#[test]
fn the_script_knows_every_command() -> Result {
    let script = script("bash")?;
    for command in ses_warden::Cli::command().get_subcommands() {
        assert!(script.contains(command.get_name()), "{}", command.get_name());
    }
    Ok(())
}

#[test]
fn bash_accepts_its_script() -> Result {
    let mut bash = Command::new("bash").arg("-n").stdin(Stdio::piped()).spawn()?;
    let script = script("bash")?;
    bash.stdin.take().ok_or("no standard input")?.write_all(script.as_bytes())?;
    assert!(bash.wait()?.success());
    Ok(())
}

fn script(shell: &str) -> Result<String> {
    let done =
        Command::new(env!("CARGO_BIN_EXE_ses-warden")).args(["completions", shell]).output()?;
    assert!(done.status.success() && done.stderr.is_empty(), "{done:?}");
    Ok(String::from_utf8(done.stdout)?)
}
