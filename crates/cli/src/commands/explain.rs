//! `ses-warden explain`: what a bounce's diagnostic text means, and what to do.

mod check;

use std::io::{BufRead, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use serde::Serialize;
use warden_domain::bounce::{
    BounceClass, BounceFacts, Classification, ReaderVerdict, Rule, RuleOwner, Rulebook, Status,
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
        Some(Rule { id, note, source, owner, .. }) => {
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
mod tests {
    use super::*;
    use crate::frame::output::Format;

    #[derive(Debug, clap::Parser)]
    struct Command {
        #[command(flatten)]
        args: Args,
    }

    fn parsed(words: &[&str]) -> Args {
        let words = ["explain"].iter().chain(words);
        <Command as clap::Parser>::try_parse_from(words).unwrap().args
    }

    #[test]
    fn a_text_may_begin_with_a_hyphen_and_options_stand_on_both_sides() {
        for words in [["--json", "-550 5.1.1 user unknown"], ["-550 5.1.1 user unknown", "--json"]]
        {
            let args = parsed(&words);
            assert!(!args.format.is_table(), "{words:?}");
            assert_eq!(args.text.as_deref(), Some("-550 5.1.1 user unknown"), "{words:?}");
        }
        let args = parsed(&["--status", "5.1.1", "-- no such user --"]);
        assert_eq!(
            (args.status.as_deref(), args.text.as_deref()),
            (Some("5.1.1"), Some("-- no such user --"))
        );
        assert_eq!(parsed(&["-"]).text.as_deref(), Some("-"));
    }

    #[test]
    fn a_text_without_a_word_is_a_usage_error() {
        for words in [&[""][..], &[" \t"], &["--status", "5.1.1", ""]] {
            let words = ["explain"].iter().chain(words);
            let error = <Command as clap::Parser>::try_parse_from(words).unwrap_err();
            assert!(error.to_string().contains("no text"), "{error}");
        }
        assert_eq!(parsed(&["--status", "5.1.1"]).text, None);
    }

    #[test]
    fn a_mistyped_option_is_no_text() {
        for word in ["--jsn", "-j"] {
            let error = <Command as clap::Parser>::try_parse_from(["explain", word]).unwrap_err();
            assert!(error.to_string().contains("no such option"), "{error}");
        }
    }

    #[test]
    fn advice_names_check_domain_and_address_of_the_text() {
        let text = "550-5.7.26 Authentication results: DKIM = did not pass SPF [bounce.example.com] with ip: \
                    [192.0.2.17] = did not pass";
        let out = explained(true, None, text, "");
        for word in ["TXT record of bounce.example.com", "192.0.2.17", "_domainkey."] {
            assert!(out.contains(word), "{word} in\n{out}");
        }
    }

    #[test]
    fn no_line_for_people_is_wider_than_a_terminal() {
        let texts = [
            "550 5.7.1 blocked using zen.spamhaus.org",
            "550 5.7.26 unauthenticated",
            "550 5.1.1",
            "554 5.3.4 too big",
        ];
        for text in texts {
            for line in explained(false, None, text, "").lines() {
                assert!(line.chars().count() <= WIDTH, "{line}");
            }
        }
    }

    /// A text that no rule matches and that is not about the recipient.
    const NOBODYS: &str = "550 Letters about money go straight back to whoever wrote them";

    fn explained(json: bool, status: Option<&str>, text: &str, input: &str) -> String {
        let args = Args {
            format: if json { Format::Ndjson.into() } else { FormatOptions::default() },
            status: status.map(str::to_owned),
            rules: None,
            text: Some(text.to_owned()),
            check: check::CheckOptions::default(),
        };
        let mut out = Vec::new();
        run(&args, input.as_bytes(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn json_holds_just_the_nine_fields() {
        let line: serde_json::Value =
            serde_json::from_str(&explained(true, Some("5.1.1"), "gone", "")).unwrap();
        assert_eq!(line["status"], "5.1.1");
        assert_eq!(line["fault"], "recipient_gone");
        assert_eq!(line["rule"], "no-such-recipient");
        assert_eq!(line["owner"], "ses-warden");
        assert_eq!(line["reader"], "rules");
        assert_eq!(line["verdict"], "recipient");
        assert_eq!(line["probability"], serde_json::Value::Null);
        assert_eq!(line["because"], serde_json::json!([]));
        assert_eq!(line.as_object().unwrap().len(), 9);
    }

    #[test]
    fn what_no_rule_knows_shows_the_second_reader() {
        let line: serde_json::Value =
            serde_json::from_str(&explained(true, None, NOBODYS, "")).unwrap();
        assert_eq!(line["fault"], "unknown");
        assert_eq!(line["reader"], "model");
        assert_eq!(line["verdict"], "not_recipient");
        assert!(line["probability"].as_f64().unwrap() < 0.3, "{line}");
        assert!(!line["because"].as_array().unwrap().is_empty(), "{line}");
        let text = explained(false, None, NOBODYS, "").replace("\n        ", " ");
        assert!(text.contains("none; second reader: not the recipient (0."), "{text}");
        assert!(text.contains("because of: "), "{text}");
    }

    #[test]
    fn where_nobody_is_asked_nobody_is_named() {
        let line: serde_json::Value =
            serde_json::from_str(&explained(true, None, "550", "")).unwrap();
        assert_eq!(line["reader"], serde_json::Value::Null);
        assert_eq!(line["verdict"], "unsure");
    }

    #[test]
    fn each_line_of_the_input_is_explained_with_its_own_status() {
        let out = explained(
            true,
            None,
            "-",
            "5.2.2\tfull\r\n\n550 user unknown\nnot a status\ttext\n\tspamhaus\n",
        );
        let faults: Vec<String> = out
            .lines()
            .map(|l| {
                serde_json::from_str::<serde_json::Value>(l).unwrap()["fault"]
                    .as_str()
                    .unwrap()
                    .to_owned()
            })
            .collect();
        assert_eq!(faults, ["mailbox_full", "recipient_gone", "unknown", "sender_reputation"]);
    }

    #[test]
    fn a_rule_of_ones_own_decides_and_says_so() {
        let file = std::env::temp_dir().join(format!("own-rules-{}.toml", std::process::id()));
        let rule = "[[rule]]\nid = \"partner\"\nfault = \"policy\"\nany = [\"ask us\"]\n";
        std::fs::write(&file, rule).unwrap();
        let mut args = parsed(&["--rules", file.to_str().unwrap(), "550 5.1.1 Ask us"]);
        let mut shown = Vec::new();
        run(&args, &[][..], &mut shown).unwrap();
        args.format = Format::Ndjson.into();
        let mut json = Vec::new();
        run(&args, &[][..], &mut json).unwrap();
        std::fs::write(&file, rule.replace("policy", "dead")).unwrap();
        let error = run(&args, &[][..], &mut Vec::new()).unwrap_err();
        std::fs::remove_file(&file).unwrap();
        assert!(String::from_utf8(shown).unwrap().contains("partner (your own rule)"));
        let line: serde_json::Value = serde_json::from_slice(&json).unwrap();
        assert_eq!((&line["rule"], &line["owner"]), (&"partner".into(), &"operator".into()));
        assert!(format!("{error:#}").contains("rule \"partner\""), "{error:#}");
    }

    #[test]
    fn people_see_rule_source_and_advice() {
        let out = explained(false, None, "550 5.7.26 unauthenticated", "");
        for word in
            ["sender_authentication", "dmarc-or-authentication-required", "RFC 7372", "_dmarc."]
        {
            assert!(out.contains(word), "{word} in\n{out}");
        }
    }
}
