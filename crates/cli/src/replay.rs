//! `ses-warden replay`: what the functions would do with these payloads.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use serde::Serialize;
use warden_domain::address::EmailAddress;
use warden_domain::envelope::{Reading, open};
use warden_domain::event::{Detail, SesEvent};
use warden_domain::guard;
use warden_domain::metrics::{Batch, Config, KnownNames, Recent};
use warden_domain::outcome::{Acted, Outcome};
use warden_domain::suppression::{Judgement, Policy, decide};
use warden_domain::triage::Fault;

/// Run payload files or folders through the functions' own code, change nothing, and print for each
/// message how it ends
///
/// Any envelope is read (SNS, SQS, EventBridge, a direct alarm action, bare SES JSON, plain text):
/// one payload a file, or one a line in `.ndjson`. Folders are searched for .json, .ndjson and .txt.
/// Exit status: 0 when every message was understood or knowingly ignored, 1 when one would be given
/// back, 2 on a usage error.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,

    /// Show addresses in full instead of as j***@example.com
    #[arg(long)]
    show_addresses: bool,

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
    pub fault: Option<Fault>,
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
/// When a path cannot be read or the output cannot be written.
pub fn run(args: &Args, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let mut files = Vec::new();
    for path in &args.paths {
        collect(path, true, &mut files)?;
    }
    let mut counts = [0_usize; 3];
    for file in &files {
        for line in replay_file(file, args.show_addresses)? {
            if let Some(count) = counts.get_mut(slot(line.outcome)) {
                *count += 1;
            }
            if args.json {
                serde_json::to_writer(&mut *out, &line)?;
                writeln!(out)?;
            } else {
                write_line(&line, out)?;
            }
        }
    }
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
    let meta = meta.with_context(|| format!("{} cannot be read", path.display()))?;
    if meta.is_dir() {
        let entries = fs::read_dir(path).with_context(|| format!("{} cannot be listed", path.display()))?;
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

/// Replays one file.
///
/// # Errors
/// When the file cannot be read.
pub fn replay_file(path: &Path, show_addresses: bool) -> anyhow::Result<Vec<Line>> {
    let bytes = fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let payloads: Vec<&[u8]> = if path.extension().is_some_and(|e| e == "ndjson") {
        bytes.split(|b| *b == b'\n').filter(|line| !line.trim_ascii().is_empty()).collect()
    } else {
        vec![&bytes]
    };
    let readings = payloads.into_iter().flat_map(open).map(|record| record.reading);
    Ok(readings.enumerate().map(|(index, r)| line(path.display().to_string(), index, &r, show_addresses)).collect())
}

fn line(file: String, index: usize, reading: &Reading, show: bool) -> Line {
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
            line.alarm =
                Some(Alarm { name: alarm.name.clone(), arn: alarm.arn.clone(), state: alarm.state.name().to_owned() });
        }
        Reading::Event(event) => speak_for_event(&mut line, event, reading, show),
    }
    line.reason = line.outcome.reason();
    line
}

/// Feedback is suppress's; every other SES event is metrics's.
fn speak_for_event(line: &mut Line, event: &SesEvent, reading: &Reading, show: bool) {
    line.kind = Some(event.detail.name().to_owned());
    line.domain = event.mail.domain();
    if matches!(event.detail, Detail::Bounce(_) | Detail::Complaint(_)) {
        let decision = decide(event, &Policy::default());
        line.outcome = decision.outcome;
        line.suppress = decision
            .to_suppress()
            .map(|(address, reason)| Suppress { address: shown(address, show), reason: reason.code() })
            .collect();
        line.recipients = decision.judgements.iter().map(|judgement| recipient(judgement, show)).collect();
    } else {
        let (config, recent, mut names) = (Config::default(), Recent::new(0), KnownNames::default());
        let now = event.at_seconds.unwrap_or_default();
        line.outcome = Batch::new(&config, &mut names, &recent, now).add(0, reading);
    }
}

fn recipient(judgement: &Judgement, show: bool) -> Recipient {
    Recipient {
        address: judgement.address.as_ref().map(|address| shown(address, show)),
        fault: judgement.finding.map(|finding| finding.fault),
    }
}

fn shown(address: &EmailAddress, show: bool) -> String {
    if show { address.expose().to_owned() } else { address.to_string() }
}

fn write_line(line: &Line, out: &mut impl Write) -> anyhow::Result<()> {
    let name = Path::new(&line.file).file_name().map_or(line.file.clone(), |n| n.to_string_lossy().into_owned());
    let mut detail: Vec<String> = line.suppress.iter().map(|s| format!("{} {}", s.reason, s.address)).collect();
    if line.suppress.is_empty() {
        detail.extend(line.recipients.iter().map(|r| {
            let fault = r.fault.map_or("complaint", Fault::code);
            format!("{} ({fault})", r.address.as_deref().unwrap_or("no address"))
        }));
    }
    if let Some(alarm) = &line.alarm {
        detail.push(format!("{} {}", alarm.state, printable(&alarm.name)));
    }
    let text = format!(
        "{:<10}  {:<25}  {:<17}  {:<22}  {name}#{}  {}",
        line.outcome.name(),
        line.reason,
        printable(line.kind.as_deref().unwrap_or("-")),
        line.domain.as_deref().unwrap_or("-"),
        line.index,
        detail.join(", ")
    );
    writeln!(out, "{}", text.trim_end())?;
    Ok(())
}

/// Names out of payloads are untrusted: no control characters on a terminal.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
