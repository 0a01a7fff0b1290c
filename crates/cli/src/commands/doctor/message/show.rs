//! A judgement for people: DKIM and SPF with their two conditions, the verdict, what to change.

use std::io::Write;
use std::path::Path;

use warden_domain::authentication::verdict::{
    AlignmentBasis, DkimJudgement, DmarcVerdict, MessageFinding, MessageJudgement, SpfResult,
};
use warden_domain::finding::FindingSeverity;

use crate::frame::output::{self, Lines};
use crate::frame::terminal;

/// Columns where standard output is no terminal, and at most.
const WIDTH: usize = 80;

/// Signatures shown in full.
const MAX_SIGNATURES: usize = 8;

pub(super) fn show(
    path: &Path,
    judgement: &MessageJudgement,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let from = judgement.from_domain.as_deref().unwrap_or("no single domain");
    let writer = judgement.authserv_id.as_deref().unwrap_or("a server that gives no name");
    out.line(output::path(path))?;
    label(out, "From", from)?;
    label(out, "results of", writer)?;
    paragraph(
        out,
        "  ",
        "DMARC passes when DKIM or SPF does; each has to meet both of its conditions.",
    )?;
    out.line("")?;
    dkim(judgement, from, out)?;
    out.line("")?;
    spf(judgement, from, out)?;
    out.line("")?;
    verdict(judgement, out)?;
    changes(judgement, out)?;
    notes(judgement, out)
}

fn dkim(judgement: &MessageJudgement, from: &str, out: &mut impl Write) -> anyhow::Result<()> {
    out.line("DKIM")?;
    let signatures: Vec<&DkimJudgement> =
        judgement.dkim.iter().filter(|dkim| dkim.result != "none").collect();
    if signatures.is_empty() {
        condition(out, "1 passed?", "no", "the message has no DKIM signature")?;
        return condition(out, "2 aligned with From?", "no", "nothing to align");
    }
    for dkim in signatures.iter().take(MAX_SIGNATURES) {
        let domain = dkim.domain.as_deref().unwrap_or("unknown domain");
        let selector =
            dkim.selector.as_deref().map_or_else(String::new, |s| format!(", selector {s}"));
        let passed = match dkim.result.as_str() {
            "pass" => "yes",
            "unknown" => "unknown",
            _ => "no",
        };
        condition(out, "1 passed?", passed, &format!("{} for d={domain}{selector}", dkim.result))?;
        alignment(out, dkim.aligned, domain, from)?;
    }
    let more = signatures.len().saturating_sub(MAX_SIGNATURES);
    if more > 0 {
        paragraph(out, "  ", &format!("and {more} more signatures"))?;
    }
    Ok(())
}

fn spf(judgement: &MessageJudgement, from: &str, out: &mut impl Write) -> anyhow::Result<()> {
    out.line("SPF")?;
    let spf = &judgement.spf;
    let domain = spf.domain.as_deref().unwrap_or("unknown domain");
    let passed = match spf.result {
        SpfResult::Pass => "yes",
        SpfResult::Unknown | SpfResult::Temperror => "unknown",
        SpfResult::Fail
        | SpfResult::Softfail
        | SpfResult::Neutral
        | SpfResult::None
        | SpfResult::Permerror => "no",
    };
    let result = spf.result.code();
    condition(out, "1 passed?", passed, &format!("{result} for MAIL FROM {domain}"))?;
    alignment(out, spf.aligned, domain, from)
}

fn alignment(
    out: &mut impl Write,
    aligned: Option<bool>,
    domain: &str,
    from: &str,
) -> anyhow::Result<()> {
    let (word, text) = match aligned {
        Some(true) if domain == from => ("yes", "the same domain".to_owned()),
        Some(true) => ("yes", format!("{domain} belongs to {from}")),
        Some(false) => ("no", format!("{domain} does not belong to {from}")),
        None => ("unknown", "one of the two domains is not known".to_owned()),
    };
    condition(out, "2 aligned with From?", word, &text)
}

fn verdict(judgement: &MessageJudgement, out: &mut impl Write) -> anyhow::Result<()> {
    let dmarc = &judgement.dmarc;
    let word = match dmarc.verdict {
        DmarcVerdict::Pass => "DMARC passes.",
        DmarcVerdict::Fail => "DMARC fails: neither DKIM nor SPF both passed and aligned.",
        DmarcVerdict::None => "No DMARC record.",
        DmarcVerdict::Unknown => "DMARC unknown.",
    };
    let reported = match &dmarc.reported {
        Some(reported) => format!(" The receiver reports dmarc={reported}."),
        None => " The receiver reports no DMARC result.".to_owned(),
    };
    let word = match (dmarc.verdict, judgement.dmarc.reported.as_deref()) {
        (DmarcVerdict::Fail, Some("fail")) => {
            word.split(':').next().unwrap_or(word).to_owned() + "."
        }
        _ => word.to_owned(),
    };
    let basis = match judgement.alignment_basis {
        AlignmentBasis::Assumed => {
            " Relaxed alignment is assumed: DNS did not answer for the DMARC record."
        }
        AlignmentBasis::EqualNames | AlignmentBasis::TreeWalk => "",
    };
    let text = format!("{word}{reported} {}{basis}", judgement.consequence());
    out.line("DmarcVerdict")?;
    paragraph(out, "  ", &text)
}

/// Findings that say what to do, numbered.
fn changes(judgement: &MessageJudgement, out: &mut impl Write) -> anyhow::Result<()> {
    let with_fix: Vec<_> = judgement.findings.iter().filter(|f| !f.fix.is_empty()).collect();
    if with_fix.is_empty() {
        return Ok(());
    }
    out.line("")?;
    out.line("What to change, the most effective first")?;
    for (index, finding) in with_fix.iter().enumerate() {
        paragraph(out, &format!("  {}. ", index + 1), &headline(finding))?;
        for step in &finding.fix {
            // Records and commands stay in one line, so that they can be copied.
            let is_copied = step.starts_with("Publish: ") || step.contains("aws ");
            if is_copied {
                out.line(format!("     {step}"))?;
            } else {
                paragraph(out, "     ", step)?;
            }
        }
    }
    Ok(())
}

/// The other findings.
fn notes(judgement: &MessageJudgement, out: &mut impl Write) -> anyhow::Result<()> {
    let others: Vec<_> = judgement.findings.iter().filter(|f| f.fix.is_empty()).collect();
    if others.is_empty() {
        return Ok(());
    }
    out.line("")?;
    out.line("Details")?;
    for finding in others {
        let mark = match finding.severity {
            FindingSeverity::Error => "error: ",
            FindingSeverity::Warning => "warning: ",
            FindingSeverity::Info => "",
        };
        paragraph(out, "  - ", &format!("{mark}{}", headline(finding)))?;
    }
    Ok(())
}

fn headline(finding: &MessageFinding) -> String {
    format!("{} [{}]", finding.text, finding.code)
}

fn label(out: &mut impl Write, name: &str, value: &str) -> anyhow::Result<()> {
    Ok(out.line(format!("  {name:<12}{value}"))?)
}

fn condition(out: &mut impl Write, name: &str, word: &str, text: &str) -> anyhow::Result<()> {
    paragraph(out, &format!("  {name:<22}{word:<9}"), text)
}

/// Text broken at blanks; further lines stand below its first word.
fn paragraph(out: &mut impl Write, first: &str, text: &str) -> anyhow::Result<()> {
    let below = " ".repeat(first.chars().count());
    let options = textwrap::Options::new(terminal::width().unwrap_or(WIDTH).clamp(40, WIDTH))
        .initial_indent(first)
        .subsequent_indent(&below)
        .break_words(false)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    for line in textwrap::wrap(&output::printable(text), options) {
        out.line(line)?;
    }
    Ok(())
}
