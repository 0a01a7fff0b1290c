//! `ses-warden replay`: what the functions would do with these payloads.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, ensure};
use serde::Serialize;
use warden_domain::address::EmailAddress;
use warden_domain::bounce::{BounceClass, Rulebook};
use warden_domain::envelope::{Reading, open};
use warden_domain::event::{Detail, SesEvent};
use warden_domain::guard;
use warden_domain::metrics::{Batch, Config, KnownNames, Recent};
use warden_domain::outcome::{Acted, Outcome};
use warden_domain::suppression::{Judgement, Policy, decide};

use crate::frame::output::{self, Lines, printable};
use crate::frame::{rule_file, terminal};

/// Run payload files or folders through the functions' own code, change nothing, and print for each
/// message how it ends
///
/// Any envelope is read (SNS, SQS, EventBridge, a direct alarm action, bare SES JSON, plain text):
/// one payload a file, or one a line in `.ndjson`. Folders are searched for .json, .ndjson and .txt.
/// Exit status: 0 when every message was understood or knowingly ignored, 1 when one would be given
/// back, 2 on a usage error or where a folder holds no payload.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,

    /// Show addresses in full instead of as j***@example.com
    #[arg(long)]
    show_addresses: bool,

    /// A file with rules of your own for bounces, asked before the built-in ones
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,

    /// Payload files or folders
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
}

/// How one message ends.
#[derive(Debug, Serialize)]
pub struct Line {
    /// The file it came from.
    pub file: String,
    /// Its place among the messages of the file.
    pub index: usize,
    /// `acted`, `ignored` or `given_back`.
    pub outcome: Outcome,
    /// The stable code of the reason.
    pub reason: &'static str,
    /// The event's name, `Alarm`, or nothing.
    pub kind: Option<String>,
    /// The sender's domain.
    pub domain: Option<String>,
    /// What would go on the suppression list.
    pub suppress: Vec<Suppress>,
    /// Each recipient of a bounce or complaint that could be read.
    pub recipients: Vec<Recipient>,
    /// The alarm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alarm: Option<Alarm>,
}

/// An address for the list.
#[derive(Debug, Serialize)]
pub struct Suppress {
    /// Masked unless asked for.
    pub address: String,
    /// BOUNCE or COMPLAINT.
    pub reason: &'static str,
}

/// A recipient and whose fault it is.
#[derive(Debug, Serialize)]
pub struct Recipient {
    /// Masked unless asked for; nothing where the text holds no address.
    pub address: Option<String>,
    /// Nothing for complaints.
    pub fault: Option<BounceClass>,
}

/// An alarm's message.
#[derive(Debug, Serialize)]
pub struct Alarm {
    /// The alarm's name.
    pub name: String,
    /// Its ARN, where the message has one.
    pub arn: Option<String>,
    /// The state it went into.
    pub state: String,
}

/// Replays the files of the arguments.
///
/// # Errors
/// When a path cannot be read, a folder holds no payload or the output cannot be written.
pub fn run(args: &Args, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let mut files = Vec::new();
    for path in &args.paths {
        let before = files.len();
        collect(path, true, &mut files)?;
        // A folder that is misspelled must not pass where nobody reads along.
        ensure!(
            files.len() > before,
            "no payload is in {}: no file is called .json, .ndjson or .txt",
            output::path(path)
        );
    }
    let rulebook = rule_file::read(args.rules.as_deref())?;
    let mut lines = Vec::new();
    let mut counts = [0_usize; 3];
    for file in &files {
        for line in replay_file_by(file, args.show_addresses, &rulebook)? {
            if let Some(count) = counts.get_mut(slot(line.outcome)) {
                *count += 1;
            }
            if args.json {
                out.json(&line)?;
            } else {
                lines.push(line);
            }
        }
    }
    // A folder that stands alone need not be said on every line.
    let folder = match args.paths.as_slice() {
        [path] if path.is_dir() => Some(path.as_path()),
        _ => None,
    };
    write_lines(&lines, folder, terminal::width().map(|_| LISTED), out)?;
    let [acted, ignored, given_back] = counts;
    if !args.json {
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

/// A file by itself is read whatever its name; in folders the name decides, and links
/// and what is no file are left out.
fn collect(path: &Path, named: bool, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let meta = if named { fs::metadata(path) } else { fs::symlink_metadata(path) };
    let meta = meta.with_context(|| format!("{} cannot be read", output::path(path)))?;
    if meta.is_dir() {
        let entries = fs::read_dir(path)
            .with_context(|| format!("{} cannot be listed", output::path(path)))?;
        let mut inside = entries.map(|e| e.map(|e| e.path())).collect::<Result<Vec<_>, _>>()?;
        inside.sort();
        return inside.iter().try_for_each(|path| collect(path, false, files));
    }
    let known = path.extension().is_some_and(|e| e == "json" || e == "ndjson" || e == "txt");
    if named || (known && meta.is_file()) {
        files.push(path.to_owned());
    }
    Ok(())
}

/// Replays one file by the built-in rules.
///
/// # Errors
/// When the file cannot be read.
pub fn replay_file(path: &Path, show_addresses: bool) -> anyhow::Result<Vec<Line>> {
    replay_file_by(path, show_addresses, &Rulebook::built_in())
}

/// Replays one file.
///
/// # Errors
/// When the file cannot be read.
fn replay_file_by(
    path: &Path,
    show_addresses: bool,
    rulebook: &Rulebook,
) -> anyhow::Result<Vec<Line>> {
    let bytes = fs::read(path).with_context(|| format!("{} cannot be read", output::path(path)))?;
    let payloads: Vec<&[u8]> = if path.extension().is_some_and(|e| e == "ndjson") {
        bytes.split(|b| *b == b'\n').filter(|line| !line.trim_ascii().is_empty()).collect()
    } else {
        vec![&bytes]
    };
    let readings = payloads.into_iter().flat_map(open).map(|record| record.reading);
    Ok(readings
        .enumerate()
        .map(|(index, r)| line(path.display().to_string(), index, &r, show_addresses, rulebook))
        .collect())
}

fn line(file: String, index: usize, reading: &Reading, show: bool, rulebook: &Rulebook) -> Line {
    let mut line = Line {
        file,
        index,
        outcome: Outcome::Acted(Acted::Counted),
        reason: "",
        kind: None,
        domain: None,
        suppress: Vec::new(),
        recipients: Vec::new(),
        alarm: None,
    };
    match reading {
        Reading::Ignored(reason) => line.outcome = (*reason).into(),
        Reading::Broken(reason) => line.outcome = (*reason).into(),
        Reading::Alarm(alarm) => {
            line.kind = Some("Alarm".to_owned());
            line.outcome = match guard::is_trigger(reading) {
                Ok(()) => Outcome::Acted(Acted::AlarmRaised),
                Err(reason) => reason.into(),
            };
            line.alarm = Some(Alarm {
                name: alarm.name.clone(),
                arn: alarm.arn.clone(),
                state: alarm.state.name().to_owned(),
            });
        }
        Reading::Event(event) => speak_for_event(&mut line, event, reading, show, rulebook),
    }
    line.reason = line.outcome.reason();
    line
}

/// Feedback is suppress's; every other SES event is metrics's.
fn speak_for_event(
    line: &mut Line,
    event: &SesEvent,
    reading: &Reading,
    show: bool,
    rulebook: &Rulebook,
) {
    line.kind = Some(event.detail.name().to_owned());
    line.domain = event.mail.domain();
    if matches!(event.detail, Detail::Bounce(_) | Detail::Complaint(_)) {
        let policy = Policy { rulebook: rulebook.clone(), ..Policy::default() };
        let decision = decide(event, &policy);
        line.outcome = decision.outcome;
        line.suppress = decision
            .to_suppress()
            .map(|(address, reason)| Suppress {
                address: shown(address, show),
                reason: reason.code(),
            })
            .collect();
        line.recipients =
            decision.judgements.iter().map(|judgement| recipient(judgement, show)).collect();
    } else {
        let (config, recent, mut names) =
            (Config::default(), Recent::new(0), KnownNames::default());
        let now = event.at_seconds.unwrap_or_default();
        line.outcome = Batch::new(&config, &mut names, &recent, now).add(0, reading);
    }
}

fn recipient(judgement: &Judgement, show: bool) -> Recipient {
    Recipient {
        address: judgement.address.as_ref().map(|address| shown(address, show)),
        fault: judgement.finding.map(|finding| finding.class),
    }
}

fn shown(address: &EmailAddress, show: bool) -> String {
    if show { address.expose().to_owned() } else { address.to_string() }
}

/// Addresses that a line on a terminal names at most.
const LISTED: usize = 3;

/// Rows below each other, their columns as wide as what stands in them.
fn write_lines(
    lines: &[Line],
    folder: Option<&Path>,
    most: Option<usize>,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let rows: Vec<[String; 5]> = lines
        .iter()
        .map(|line| {
            let path = Path::new(&line.file);
            let path = folder.and_then(|folder| path.strip_prefix(folder).ok()).unwrap_or(path);
            [
                line.outcome.name(),
                line.reason,
                line.kind.as_deref().unwrap_or("-"),
                line.domain.as_deref().unwrap_or("-"),
                &format!("{}#{}", path.to_string_lossy(), line.index),
            ]
            // Here and not only when written, because the widths count it.
            .map(|cell| printable(cell).into_owned())
        })
        .collect();
    let cells = |column: usize| rows.iter().filter_map(move |row| row.get(column));
    let width = |column| cells(column).map(|cell| cell.chars().count()).max().unwrap_or_default();
    let [outcome, reason, kind, domain] = [0, 1, 2, 3].map(width);
    for (row, line) in rows.iter().zip(lines) {
        let [o, r, k, d, file] = row;
        let text = format!(
            "{o:outcome$}  {r:reason$}  {k:kind$}  {d:domain$}  {file}  {}",
            detail(line, most)
        );
        out.line(text.trim_end())?;
    }
    Ok(())
}

/// What would go on the list, else whose fault it is; the first of many with `most`.
fn detail(line: &Line, most: Option<usize>) -> String {
    let mut detail: Vec<String> =
        line.suppress.iter().map(|s| format!("{} {}", s.reason, s.address)).collect();
    if line.suppress.is_empty() {
        detail.extend(line.recipients.iter().map(|r| {
            let fault = r.fault.map_or("complaint", BounceClass::code);
            format!("{} ({fault})", r.address.as_deref().unwrap_or("no address"))
        }));
    }
    let more = detail.len().saturating_sub(most.unwrap_or(usize::MAX));
    detail.truncate(detail.len() - more);
    if let Some(alarm) = &line.alarm {
        detail.push(format!("{} {}", alarm.state, alarm.name));
    }
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    detail.join(", ") + &more
}

#[cfg(test)]
mod tests {
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
    fn a_files_path_is_told_below_the_folder_that_was_asked_for() {
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
    fn a_terminal_is_told_three_addresses_and_how_many_more() {
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
