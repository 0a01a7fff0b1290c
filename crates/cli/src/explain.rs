//! `ses-warden explain`: whose fault a diagnostic text shows, and what to do.

use std::io::{BufRead, Write};
use std::process::ExitCode;

use anyhow::Context;
use serde::Serialize;
use warden_domain::triage::{Evidence, Fault, Rule, Status, rules, triage};

/// Say whose fault a bounce's diagnostic text shows, which rule says so, and what to do about it
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  ses-warden explain '550 5.7.26 This mail is unauthenticated'
  ses-warden explain --status 5.1.1 'smtp; 550 go away'
  printf '5.2.2\\tmailbox full\\n550 user unknown\\n' | ses-warden explain --json -")]
pub struct Args {
    /// Print one JSON object a line: {"status","fault","rule","advice"}
    #[arg(long)]
    json: bool,

    /// The enhanced status code that came with the text, as 5.1.1
    #[arg(long, value_name = "S", value_parser = status)]
    status: Option<String>,

    /// The diagnostic text; `-` reads one a line from standard input, each optionally preceded by
    /// its status and a tab
    #[arg(
        value_name = "TEXT | -",
        required_unless_present = "status",
        default_value_if("status", clap::builder::ArgPredicate::IsPresent, "")
    )]
    text: Option<String>,
}

fn status(text: &str) -> Result<String, String> {
    match Status::parse(text) {
        Some(status) => Ok(status.to_string()),
        None => Err("an enhanced status code has the form 5.1.1 (class 2, 4 or 5)".to_owned()),
    }
}

#[derive(Debug, Serialize)]
struct Line {
    status: Option<String>,
    fault: Fault,
    rule: &'static str,
    advice: &'static str,
}

/// Explains the text of the arguments, or each line of `input`.
///
/// # Errors
/// When the input cannot be read or the output not be written.
pub fn run(args: &Args, input: impl BufRead, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let text = args.text.as_deref().unwrap_or_default();
    if text == "-" {
        for line in input.split(b'\n') {
            let line = line.context("standard input cannot be read")?;
            let line = String::from_utf8_lossy(&line);
            let line = line.trim_end_matches('\r');
            if line.trim().is_empty() {
                continue;
            }
            let (own_status, text) = split(line);
            write(args.json, own_status.or(args.status.as_deref()), text, out)?;
        }
    } else {
        write(args.json, args.status.as_deref(), text, out)?;
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// A status before a tab; a tab after anything else belongs to the text.
fn split(line: &str) -> (Option<&str>, &str) {
    match line.split_once('\t') {
        Some((status, text)) if Status::parse(status).is_some() => (Some(status), text),
        Some((status, text)) if status.trim().is_empty() => (None, text),
        _ => (None, line),
    }
}

fn write(json: bool, status: Option<&str>, text: &str, out: &mut impl Write) -> anyhow::Result<()> {
    let finding = triage(Evidence { bounce: None, status, diagnostic: Some(text) });
    let line = Line {
        status: finding.status.map(|s| s.to_string()),
        fault: finding.fault,
        rule: finding.rule,
        advice: finding.fault.advice(),
    };
    if json {
        serde_json::to_writer(&mut *out, &line)?;
        writeln!(out)?;
        return Ok(());
    }
    writeln!(out, "fault   {}", line.fault.code())?;
    writeln!(out, "status  {}", line.status.as_deref().unwrap_or("none"))?;
    match rules().iter().find(|rule| rule.id == line.rule) {
        Some(Rule { id, note, source, .. }) => writeln!(out, "rule    {id}: {note}\nsource  {source}")?,
        None => writeln!(out, "rule    none of the table")?,
    }
    writeln!(out, "advice  {}\n", line.advice)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explained(json: bool, status: Option<&str>, text: &str, input: &str) -> String {
        let args = Args { json, status: status.map(str::to_owned), text: Some(text.to_owned()) };
        let mut out = Vec::new();
        run(&args, input.as_bytes(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn json_holds_just_the_four_fields() {
        let line: serde_json::Value = serde_json::from_str(&explained(true, Some("5.1.1"), "gone", "")).unwrap();
        assert_eq!(line["status"], "5.1.1");
        assert_eq!(line["fault"], "recipient_gone");
        assert_eq!(line["rule"], "no-such-recipient");
        assert_eq!(line.as_object().unwrap().len(), 4);
    }

    #[test]
    fn each_line_of_the_input_is_explained_with_its_own_status() {
        let out = explained(true, None, "-", "5.2.2\tfull\r\n\n550 user unknown\nnot a status\ttext\n\tspamhaus\n");
        let faults: Vec<String> = out
            .lines()
            .map(|l| serde_json::from_str::<serde_json::Value>(l).unwrap()["fault"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(faults, ["mailbox_full", "recipient_gone", "unknown", "sender_reputation"]);
    }

    #[test]
    fn people_see_rule_source_and_advice() {
        let out = explained(false, None, "550 5.7.26 unauthenticated", "");
        for word in ["sender_authentication", "dmarc-or-authentication-required", "RFC 7372", "_dmarc."] {
            assert!(out.contains(word), "{word} in\n{out}");
        }
    }
}
