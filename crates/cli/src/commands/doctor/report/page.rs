//! The page: what the template shows, made of the findings.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use jiff::Timestamp;
use warden_domain::authentication::domain_check::{self, Diagnosis};
use warden_domain::finding::{Finding, FindingSeverity, worst};
use warden_domain::setup::{Section, codes};

use crate::frame::output::printable;

/// Columns of the overview, and how the codes of each begin.
const AREAS: [(&str, &[&str]); 6] = [
    ("Identity", &["identity-", "ses-"]),
    ("DKIM", &["dkim-", "byodkim-"]),
    ("MAIL FROM", &["mailfrom-"]),
    ("SPF", &["spf-"]),
    ("DMARC", &["dmarc-", "policy-", "bulk-"]),
    ("BIMI", &["bimi-"]),
];
/// DNS did not answer, so that nothing is said about a record.
const UNANSWERED: &str = "dns-servfail";
/// Above this a found text, such as a policy, is cut.
const LONGEST_FOUND: usize = 400;

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    region: Cow<'a, str>,
    verdict: String,
    written: String,
    version: &'static str,
    errors: usize,
    errors_word: &'static str,
    errors_class: &'static str,
    warnings: usize,
    warnings_word: &'static str,
    warnings_class: &'static str,
    domains_word: &'static str,
    areas: Vec<&'static str>,
    domains: Vec<Domain<'a>>,
    things: Vec<Thing<'a>>,
    quiet_things: Vec<Thing<'a>>,
    codes: Vec<CodeText>,
}

/// A row of the overview, and the findings below it.
struct Domain<'a> {
    name: Cow<'a, str>,
    anchor: String,
    summary: String,
    policy: Cow<'a, str>,
    cells: Vec<Cell>,
    findings: Vec<ShownFinding<'a>>,
    right: Vec<&'static str>,
}

struct Cell {
    area: &'static str,
    anchor: String,
    mark: Option<Mark>,
}

struct Mark {
    class: &'static str,
    word: &'static str,
}

/// Something of the account's setup.
struct Thing<'a> {
    name: Cow<'a, str>,
    kind: &'static str,
    anchor: String,
    findings: Vec<ShownFinding<'a>>,
    right: Vec<&'static str>,
}

/// A finding for the page, with control characters removed from every text.
struct ShownFinding<'a> {
    code: &'static str,
    class: &'static str,
    severity: &'static str,
    subject: Cow<'a, str>,
    text: Cow<'a, str>,
    found: Option<String>,
    publish: Vec<PageRecord<'a>>,
    commands: Vec<Cow<'a, str>>,
}

struct PageRecord<'a> {
    name: Cow<'a, str>,
    kind: &'static str,
    value: Cow<'a, str>,
}

struct CodeText {
    code: &'static str,
    meaning: &'static str,
    remedy: &'static str,
}

/// Returns the whole page.
///
/// # Errors
/// When the template fails, which no input brings about.
pub(super) fn render(
    region: &str,
    domains: &[(String, Diagnosis)],
    setup: &[Section],
) -> anyhow::Result<String> {
    let of_domains = domains.iter().flat_map(|(_, diagnosis)| &diagnosis.findings);
    let all: Vec<&Finding> = of_domains.chain(setup.iter().flat_map(|s| &s.findings)).collect();
    let count = |severity| all.iter().filter(|finding| finding.severity == severity).count();
    let (errors, warnings) = (count(FindingSeverity::Error), count(FindingSeverity::Warning));
    let class = |count: usize, class| if count == 0 { "ok" } else { class };
    let word = |count: usize, one, many| if count == 1 { one } else { many };
    let (things, quiet_things) = setup
        .iter()
        .enumerate()
        .map(|(n, section)| thing(n, section))
        .partition(|thing: &Thing<'_>| !thing.findings.is_empty());
    let page = Page {
        region: printable(region),
        verdict: summary(errors, warnings),
        written: Timestamp::now().strftime("%Y-%m-%d %H:%M UTC").to_string(),
        version: env!("CARGO_PKG_VERSION"),
        errors,
        errors_word: word(errors, "error", "errors"),
        errors_class: class(errors, "error"),
        warnings,
        warnings_word: word(warnings, "warning", "warnings"),
        warnings_class: class(warnings, "warning"),
        domains_word: word(domains.len(), "domain", "domains"),
        areas: AREAS.iter().map(|(area, _)| *area).collect(),
        domains: domains.iter().enumerate().map(|(n, (name, d))| domain(n, name, d)).collect(),
        things,
        quiet_things,
        codes: explained(&all),
    };
    Ok(page.render()?)
}

fn summary(errors: usize, warnings: usize) -> String {
    let counted = |count: usize, word: &str| match count {
        1 => format!("1 {word}"),
        count => format!("{count} {word}s"),
    };
    if errors == 0 && warnings == 0 {
        return "no problem found".to_owned();
    }
    format!("{}, {}", counted(errors, "error"), counted(warnings, "warning"))
}

fn domain<'a>(n: usize, name: &'a str, diagnosis: &'a Diagnosis) -> Domain<'a> {
    let anchor = format!("domain-{n}");
    let cell = |(area, prefixes): &(&'static str, &[&str])| {
        let belongs = |finding: &&Finding| match finding.code {
            UNANSWERED => unanswered_area(&finding.subject, name) == *area,
            code => prefixes.iter().any(|prefix| code.starts_with(prefix)),
        };
        let here: Vec<&Finding> = diagnosis.findings.iter().filter(belongs).collect();
        let mark = worst(here.iter().copied()).map(|severity| match severity {
            FindingSeverity::Info => Mark { class: "ok", word: "right" },
            FindingSeverity::Warning | FindingSeverity::Error => {
                Mark { class: severity.name(), word: severity.name() }
            }
        });
        Cell { area, anchor: anchor.clone(), mark }
    };
    let count = |s| diagnosis.findings.iter().filter(|finding| finding.severity == s).count();
    let (findings, right) = split(&diagnosis.findings);
    Domain {
        name: printable(name),
        summary: summary(count(FindingSeverity::Error), count(FindingSeverity::Warning)),
        policy: printable(&diagnosis.policy),
        cells: AREAS.iter().map(cell).collect(),
        anchor,
        findings,
        right,
    }
}

/// Which column a name belongs to that DNS did not answer for.
fn unanswered_area(subject: &str, domain: &str) -> &'static str {
    if subject.contains("._domainkey.") {
        "DKIM"
    } else if subject.contains("_dmarc.") {
        "DMARC"
    } else if subject.contains("._bimi.") {
        "BIMI"
    } else if subject == domain {
        "SPF"
    } else {
        "MAIL FROM"
    }
}

fn thing(n: usize, section: &Section) -> Thing<'_> {
    let (findings, right) = split(&section.findings);
    Thing {
        name: printable(&section.name),
        kind: section.kind.words(),
        anchor: format!("setup-{n}"),
        findings,
        right,
    }
}

/// The findings to show, the most severe first, and the codes of what is right.
fn split(findings: &[Finding]) -> (Vec<ShownFinding<'_>>, Vec<&'static str>) {
    let (right, others): (Vec<&Finding>, Vec<&Finding>) =
        findings.iter().partition(|f| is_right(f));
    let mut others: Vec<&Finding> = others;
    others.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    let codes: BTreeSet<&str> = right.iter().map(|finding| finding.code).collect();
    (others.into_iter().map(shown).collect(), codes.into_iter().collect())
}

/// Whether a finding says that something works and asks for nothing.
fn is_right(finding: &Finding) -> bool {
    finding.severity == FindingSeverity::Info
        && (finding.code.ends_with("-ok")
            || matches!(
                finding.code,
                "bimi-ready" | "feedback-arrives" | "suppression-effective" | "last-event"
            ))
}

fn shown(finding: &Finding) -> ShownFinding<'_> {
    let record = |record: &'_ warden_domain::finding::RecordToPublish| PageRecord {
        name: Cow::Owned(printable(&record.name).into_owned()),
        kind: record.kind,
        value: Cow::Owned(printable(&record.value).into_owned()),
    };
    ShownFinding {
        code: finding.code,
        class: finding.severity.name(),
        severity: finding.severity.name(),
        subject: printable(&finding.subject),
        text: printable(&finding.text),
        found: finding.found.as_deref().map(|found| cut(&printable(found))),
        publish: finding.publish.iter().map(record).collect(),
        commands: finding.commands.iter().map(|command| printable(command)).collect(),
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST_FOUND) {
        Some((at, _)) => format!("{}\u{2026}", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// What the codes of the page mean, in the order of the alphabet.
fn explained(all: &[&Finding]) -> Vec<CodeText> {
    let used: BTreeSet<&'static str> = all.iter().map(|finding| finding.code).collect();
    let of_domains: BTreeMap<&str, &domain_check::codes::DomainCode> =
        domain_check::codes::all().map(|code| (code.code, code)).collect();
    used.into_iter()
        .map(|code| match (codes::explain(code), of_domains.get(code)) {
            (Some(of_setup), _) => {
                CodeText { code, meaning: of_setup.title, remedy: of_setup.text }
            }
            (None, Some(known)) => CodeText { code, meaning: known.meaning, remedy: known.remedy },
            (None, None) => CodeText { code, meaning: "See the finding.", remedy: "" },
        })
        .collect()
}

#[cfg(test)]
mod tests;
