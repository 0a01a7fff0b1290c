//! `ses-warden replay`: what the functions would do with these payloads.

mod message;
mod show;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use warden_domain::bounce::Rulebook;
use warden_domain::envelope::open;
use warden_domain::outcome::Outcome;

use crate::frame::output::{Documents, FormatOptions};
use crate::frame::{payloads, rule_file, terminal};
use message::AssumedJournal;
pub use message::{AlarmMessage, Recipient, ReplayedMessage, ReplayedPut};
use show::{LISTED, write_lines};

/// Show what the functions would do with payload files, changing nothing
///
/// Reads any envelope (SNS, SQS, EventBridge, a direct alarm action, bare SES JSON, plain text):
/// one payload per file, or one per line in .ndjson files. In folders it reads the files .json,
/// .ndjson and .txt.
///
/// Exit status: 0 when every message was acted on or deliberately ignored, 1 when one would be
/// given back for another attempt, 2 on a usage error or when a folder holds no payload.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  ses-warden replay bounce.json
  ses-warden replay --json events/ | jq -r 'select(.outcome==\"given_back\").file'")]
pub struct Args {
    #[command(flatten)]
    format: FormatOptions,

    /// Show addresses in full instead of as j***@example.com
    #[arg(long)]
    show_addresses: bool,

    /// Answer like an installation without a journal, which suppresses at the first unknown text
    #[arg(long)]
    without_journal: bool,

    /// A file with your own rules for bounces, tried before the built-in ones
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,

    /// Payload files or folders
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
}

impl Args {
    fn journal(&self) -> AssumedJournal {
        if self.without_journal { AssumedJournal::Absent } else { AssumedJournal::Empty }
    }
}

/// Replays the files of the arguments.
///
/// # Errors
/// When a path cannot be read, a folder holds no payload or the output cannot be written.
pub fn run(args: &Args, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let files = payloads::files(&args.paths)?;
    let rulebook = rule_file::read(args.rules.as_deref())?;
    let mut lines = Vec::new();
    let mut documents = Documents::new(args.format.format());
    let mut counts = [0_usize; 3];
    for file in &files {
        for line in replay_file_by(file, args.show_addresses, &rulebook, args.journal())? {
            if let Some(count) = counts.get_mut(slot(line.outcome)) {
                *count += 1;
            }
            if args.format.is_table() {
                lines.push(line);
            } else {
                documents.write(&line, out)?;
            }
        }
    }
    // A folder that stands alone need not be said on every line.
    let folder = match args.paths.as_slice() {
        [path] if path.is_dir() => Some(path.as_path()),
        _ => None,
    };
    write_lines(&lines, folder, terminal::is_terminal().then_some(LISTED), out)?;
    let [acted, ignored, given_back] = counts;
    documents.end(out)?;
    if args.format.is_table() {
        writeln!(
            out,
            "\n{} in {}: {acted} acted on, {ignored} ignored, {given_back} given back",
            counted(acted + ignored + given_back, "message"),
            counted(files.len(), "file")
        )?;
    }
    out.flush()?;
    Ok(if given_back == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// `1 file`, `2 files`.
fn counted(number: usize, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

fn slot(outcome: Outcome) -> usize {
    match outcome {
        Outcome::Acted(_) => 0,
        Outcome::Ignored(_) => 1,
        Outcome::GivenBack(_) => 2,
    }
}

/// Replays one file by the built-in rules.
///
/// # Errors
/// When the file cannot be read.
pub fn replay_file(path: &Path, show_addresses: bool) -> anyhow::Result<Vec<ReplayedMessage>> {
    replay_file_by(path, show_addresses, &Rulebook::built_in(), AssumedJournal::Empty)
}

/// Replays one file.
///
/// # Errors
/// When the file cannot be read.
fn replay_file_by(
    path: &Path,
    show_addresses: bool,
    rulebook: &Rulebook,
    journal: AssumedJournal,
) -> anyhow::Result<Vec<ReplayedMessage>> {
    let payloads = payloads::read(path)?;
    let readings = payloads.iter().flat_map(|payload| open(payload)).map(|record| record.reading);
    Ok(readings
        .enumerate()
        .map(|(index, r)| {
            let file = path.display().to_string();
            message::replayed(file, index, &r, show_addresses, rulebook, journal)
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::show::detail;
    use super::*;

    #[derive(Debug, clap::Parser)]
    struct Command {
        #[command(flatten)]
        args: Args,
    }

    fn replayed(paths: &[&Path]) -> anyhow::Result<String> {
        let paths = paths.iter().map(|path| path.as_os_str());
        let command = <Command as clap::Parser>::try_parse_from(
            ["replay".as_ref()].into_iter().chain(paths),
        )?;
        let mut out = Vec::new();
        run(&command.args, &mut out)?;
        Ok(String::from_utf8(out)?)
    }

    fn events(inside: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events").join(inside)
    }

    #[test]
    fn columns_stand_below_each_other_whatever_their_words() {
        let out = replayed(&[&events("alarms"), &events("bounces")]).unwrap();
        let rows: Vec<&str> = out.lines().take_while(|line| !line.is_empty()).collect();
        for word in ["alarm_configuration_change", "xn--bcher-kva.example.org"] {
            assert!(rows.iter().any(|row| row.contains(word)), "{word} is in no row");
        }
        let columns: std::collections::BTreeSet<_> =
            rows.iter().map(|row| row.find("/events/")).collect();
        assert_eq!(columns.len(), 1, "{out}");
    }

    #[test]
    fn paths_are_printed_relative_to_the_given_folder() {
        let out = replayed(&[&events("")]).unwrap();
        assert!(
            out.contains("  bounces/address-empty.json#0  ")
                && out.contains("  alarms/sns-ok.json#0  "),
            "{out}"
        );
        let file = events("alarms/sns-ok.json");
        assert!(replayed(&[&file]).unwrap().contains(&format!("  {}#0  ", file.display())));
    }

    #[test]
    fn a_folder_without_payloads_is_a_usage_error_that_names_it() {
        let folder = std::env::temp_dir().join(format!("ses-warden-{}-empty", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("payload.jsn"), "{}").unwrap();
        for paths in [&[folder.as_path()][..], &[&events("alarms"), &folder]] {
            let error = replayed(paths).unwrap_err().to_string();
            assert!(error.contains("no payload") && error.contains("-empty"), "{error}");
        }
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_terminal_shows_three_addresses_and_a_count() {
        let [line] = replay_file(&events("bounces/many-recipients.json"), false)
            .unwrap()
            .try_into()
            .unwrap();
        assert!(line.suppress.len() > 10);
        let short = detail(&line, Some(LISTED));
        assert_eq!(short.matches("BOUNCE").count(), 3, "{short}");
        assert!(short.ends_with(&format!(" and {} more", line.suppress.len() - 3)), "{short}");
        assert_eq!(detail(&line, None).matches("BOUNCE").count(), line.suppress.len());
    }
}
