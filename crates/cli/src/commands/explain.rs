//! `ses-warden explain`: what a bounce's diagnostic text means, and what to do.

mod check;

use std::io::{BufRead, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use serde::Serialize;
use warden_domain::bounce::{
    BounceClass, BounceFacts, BounceRule, Classification, ReaderVerdict, RuleOwner, Rulebook,
    Status,
};

use crate::frame::rule_file;

use crate::frame::output::{Documents, FormatOptions, printable};

/// Say what caused a bounce by its diagnostic text, which rule matches, and what to do about it
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  ses-warden explain '550 5.7.26 This mail is unauthenticated'
  ses-warden explain --status 5.1.1 'smtp; 550 go away'
  ses-warden explain --domain example.com '550 5.7.26 unauthenticated'
  printf '5.2.2\\tmailbox full\\n' | ses-warden explain --json -")]
pub struct Args {
    #[command(flatten)]
    format: FormatOptions,

    /// The enhanced status code that came with the text, such as 5.1.1
    #[arg(long, value_name = "S", value_parser = status)]
    status: Option<String>,

    /// A file with your own rules, tried before the built-in ones
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,

    /// The diagnostic text; `-` reads one per line from standard input, each optionally preceded by
    /// its status and a tab
    #[arg(
        value_name = "TEXT | -",
        allow_hyphen_values = true,
        value_parser = text,
        required_unless_present = "status"
    )]
    text: Option<String>,

    #[command(flatten)]
    check: check::CheckOptions,
}

fn status(text: &str) -> Result<String, String> {
    match Status::parse(text) {
        Some(status) => Ok(status.to_string()),
        None => Err("an enhanced status code has the form 5.1.1 (class 2, 4 or 5)".to_owned()),
    }
}

/// Texts may begin with a hyphen, so a mistyped option would be taken for a text. A text without a
/// word usually comes from an unset variable.
fn text(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        return Err("there is no text to explain".to_owned());
    }
    let name = text
        .strip_prefix("--")
        .or_else(|| text.strip_prefix('-').filter(|letter| letter.len() == 1));
    if name.is_some_and(|name| {
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
    }) {
        return Err("there is no such option".to_owned());
    }
    Ok(text.to_owned())
}

#[derive(Debug, Serialize)]
struct JsonLine {
    status: Option<String>,
    fault: BounceClass,
    rule: &'static str,
    /// Whose rule it is: `ses-warden` or `operator`.
    owner: Option<&'static str>,
    /// What decided: `rules`, `model` (the second reader), or nothing.
    reader: Option<&'static str>,
    /// Whether the text is about the recipient: `recipient`, `not_recipient`, `unsure`.
    verdict: &'static str,
    /// The second reader's probability that the text is about the recipient.
    probability: Option<f64>,
    /// The words that decided the second reader's verdict.
    because: Vec<String>,
    advice: String,
}

/// Explains the text of the arguments, or each line of `input`; then checks the domain of
/// `--domain`, if a text is about authentication.
///
/// # Errors
/// When the rule file or the input cannot be read, the output not be written or AWS's Region is
/// not known.
pub fn run(args: &Args, input: impl BufRead, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let rulebook = rule_file::read(args.rules.as_deref())?;
    let text = args.text.as_deref().unwrap_or_default();
    let mut documents = Documents::new(args.format.format());
    let mut is_about_authentication = false;
    if text == "-" {
        for line in input.split(b'\n') {
            let line = line.context("standard input cannot be read")?;
            let line = String::from_utf8_lossy(&line);
            let line = line.trim_end_matches('\r');
            if line.trim().is_empty() {
                continue;
            }
            let (own_status, text) = split(line);
            let status = own_status.or(args.status.as_deref());
            write(&rulebook, &mut documents, status, text, out)?;
            is_about_authentication |= check::is_about_authentication(status, text);
        }
    } else {
        write(&rulebook, &mut documents, args.status.as_deref(), text, out)?;
        is_about_authentication = check::is_about_authentication(args.status.as_deref(), text);
    }
    out.flush()?;
    args.check.run(is_about_authentication, documents, out)
}

/// A status before a tab; a tab after anything else belongs to the text.
fn split(line: &str) -> (Option<&str>, &str) {
    match line.split_once('\t') {
        Some((status, text)) if Status::parse(status).is_some() => (Some(status), text),
        Some((status, text)) if status.trim().is_empty() => (None, text),
        _ => (None, line),
    }
}

fn write(
    rulebook: &Rulebook,
    documents: &mut Documents,
    status: Option<&str>,
    text: &str,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let finding = rulebook.triage(BounceFacts { bounce: None, status, diagnostic: Some(text) });
    let advice = finding.advice(text);
    let status = finding.status.map(|s| s.to_string());
    if !documents.is_table() {
        let line = JsonLine {
            status,
            fault: finding.class,
            rule: finding.rule,
            owner: finding.owner.map(RuleOwner::code),
            reader: finding.reader(),
            verdict: finding.verdict().code(),
            probability: finding.second.map(|second| second.probability()),
            because: finding.because(text),
            advice: advice.join(" "),
        };
        return documents.write(&line, out);
    }
    paragraph(out, "fault", finding.class.code())?;
    paragraph(out, "status", status.as_deref().unwrap_or("none"))?;
    match rulebook.rule(&finding) {
        Some(BounceRule { id, note, source, owner, .. }) => {
            let whose = if *owner == RuleOwner::Operator { " (your own rule)" } else { "" };
            let note = if note.is_empty() { String::new() } else { format!(": {note}") };
            let opinion = second_opinion(&finding, text);
            let opinion = opinion.map(|opinion| format!("; {opinion}")).unwrap_or_default();
            paragraph(out, "rule", &format!("{id}{whose}{note}{opinion}"))?;
            paragraph(out, "source", source)?;
        }
        None => paragraph(out, "rule", &without_rule(&finding, text))?,
    }
    for (index, point) in advice.iter().enumerate() {
        paragraph(out, if index == 0 { "advice" } else { "" }, &format!("- {point}"))?;
    }
    writeln!(out)?;
    Ok(())
}

/// What is known about a text that no rule matches.
fn without_rule(finding: &Classification, text: &str) -> String {
    match second_opinion(finding, text) {
        Some(opinion) => format!("none; {opinion}"),
        None => "none of the table".to_owned(),
    }
}

/// What the second reader says, if it was asked.
fn second_opinion(finding: &Classification, text: &str) -> Option<String> {
    let second = finding.second?;
    let opinion = match second.verdict {
        ReaderVerdict::Recipient => "the recipient",
        ReaderVerdict::NotRecipient => "not the recipient",
        ReaderVerdict::Unsure => "unsure whether the recipient",
    };
    let probability = if second.verdict == ReaderVerdict::NotRecipient {
        1.0 - second.probability()
    } else {
        second.probability()
    };
    let because = finding.because(text);
    let because = if because.is_empty() {
        String::new()
    } else {
        format!(", because of: {}", because.join(", "))
    };
    Some(format!("second reader: {opinion} ({probability:.2}){because}"))
}

/// Most columns of a line.
const WIDTH: usize = 88;

/// A label and, beside it, a text broken at spaces. A point's further lines stand
/// below its first word; a word longer than a line keeps its line.
fn paragraph(out: &mut impl Write, label: &str, text: &str) -> anyhow::Result<()> {
    const MARGIN: usize = 8;
    let label = format!("{label:<MARGIN$}");
    let below = " ".repeat(if text.starts_with("- ") { MARGIN + 2 } else { MARGIN });
    let options = textwrap::Options::new(WIDTH)
        .initial_indent(&label)
        .subsequent_indent(&below)
        .break_words(false)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    writeln!(out, "{}", textwrap::fill(&printable(text), options))?;
    Ok(())
}

#[cfg(test)]
mod tests;
