//! What a diagnosis found, in the one shape that every diagnosis of the command uses.
//!
//! A finding says what is wrong (or right) with one thing, what was seen there, and how to correct
//! it: as DNS records to publish and as commands to run.
//!
//! # Examples
//! ```
//! use warden_domain::finding::{RecordToPublish, Finding};
//!
//! let finding = Finding::error("mailfrom-mx-missing", "mail.example.com")
//!     .text("mail.example.com has no MX record, so SES falls back to amazonses.com.")
//!     .publish(RecordToPublish::mx("mail.example.com", 10, "feedback-smtp.eu-west-1.amazonses.com"));
//! assert_eq!(
//!     serde_json::to_string(&finding.publish)?,
//!     r#"[{"name":"mail.example.com","type":"MX","value":"10 feedback-smtp.eu-west-1.amazonses.com"}]"#
//! );
//! # Ok::<(), serde_json::Error>(())
//! ```

use std::borrow::Cow;

use serde::Serialize;

/// How much a finding matters. The order is from the least to the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FindingSeverity {
    /// Good to know; nothing is to be done.
    Info,
    /// Works today, but costs something or may stop working.
    Warning,
    /// Does not work. The command's exit status is 1.
    Error,
}

impl FindingSeverity {
    /// Returns the word used in output: `info`, `warning` or `error`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// One thing that a diagnosis found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The stable code, such as `dkim-ok`.
    pub code: &'static str,
    /// How much it matters.
    pub severity: FindingSeverity,
    /// The DNS name or the AWS object that it is about.
    pub subject: String,
    /// What is there now, word for word, where something is there.
    pub found: Option<String>,
    /// One sentence for a person: what is so, and what follows from it.
    pub text: String,
    /// The DNS records to create, complete.
    pub publish: Vec<RecordToPublish>,
    /// The commands that correct it, ready to paste into a shell.
    pub commands: Vec<String>,
}

impl Finding {
    /// Returns a finding of the given severity, still without a text.
    pub fn new(severity: FindingSeverity, code: &'static str, subject: impl Into<String>) -> Self {
        Self {
            code,
            severity,
            subject: subject.into(),
            found: None,
            text: String::new(),
            publish: Vec::new(),
            commands: Vec::new(),
        }
    }

    /// Returns an error: something does not work.
    pub fn error(code: &'static str, subject: impl Into<String>) -> Self {
        Self::new(FindingSeverity::Error, code, subject)
    }

    /// Returns a warning: something works, at a cost or for the time being.
    pub fn warning(code: &'static str, subject: impl Into<String>) -> Self {
        Self::new(FindingSeverity::Warning, code, subject)
    }

    /// Returns a fact that asks for nothing.
    pub fn info(code: &'static str, subject: impl Into<String>) -> Self {
        Self::new(FindingSeverity::Info, code, subject)
    }

    /// Sets the sentence for a person.
    #[must_use]
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.text = text.into();
        self
    }

    /// Sets what is there now.
    #[must_use]
    pub fn found(mut self, found: impl Into<String>) -> Self {
        self.found = Some(found.into());
        self
    }

    /// Adds a DNS record to create.
    #[must_use]
    pub fn publish(mut self, record: RecordToPublish) -> Self {
        self.publish.push(record);
        self
    }

    /// Adds a command that corrects it.
    #[must_use]
    pub fn command(mut self, command: impl Into<String>) -> Self {
        self.commands.push(command.into());
        self
    }
}

/// A DNS record to create: name, type and value as a provider's form asks for them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecordToPublish {
    /// The full name, without a final dot.
    pub name: String,
    /// `CNAME`, `MX` or `TXT`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The value, without quotes; of an MX record `10 host`.
    pub value: String,
}

impl RecordToPublish {
    /// Returns a TXT record.
    pub fn txt(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), kind: "TXT", value: value.into() }
    }

    /// Returns a CNAME record.
    pub fn cname(name: impl Into<String>, target: impl Into<String>) -> Self {
        Self { name: name.into(), kind: "CNAME", value: target.into() }
    }

    /// Returns an MX record.
    pub fn mx(name: impl Into<String>, preference: u16, host: &str) -> Self {
        Self { name: name.into(), kind: "MX", value: format!("{preference} {host}") }
    }
}

/// Returns a word of a command, quoted for a POSIX shell where it needs that.
///
/// # Examples
/// ```
/// use warden_domain::finding::quoted;
///
/// assert_eq!(quoted("news.example.com"), "news.example.com");
/// assert_eq!(quoted("o'brien@example.com"), r"'o'\''brien@example.com'");
/// ```
pub fn quoted(word: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./_-".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return Cow::Borrowed(word);
    }
    Cow::Owned(format!("'{}'", word.replace('\'', r"'\''")))
}

/// Returns the most severe of the findings, or nothing where there are none.
pub fn worst<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Option<FindingSeverity> {
    findings.into_iter().map(|finding| finding.severity).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_written_even_where_it_is_empty() {
        let finding = Finding::info("dkim-ok", "example.com").text("DKIM is right.");
        assert_eq!(
            serde_json::to_value(&finding).unwrap(),
            serde_json::json!({
                "code": "dkim-ok", "severity": "info", "subject": "example.com", "found": null,
                "text": "DKIM is right.", "publish": [], "commands": [],
            })
        );
    }

    #[test]
    fn an_error_outranks_a_warning_and_a_warning_a_fact() {
        let findings = [Finding::warning("a", ""), Finding::error("b", ""), Finding::info("c", "")];
        assert_eq!(worst(&findings), Some(FindingSeverity::Error));
        assert_eq!(worst(&findings[..1]), Some(FindingSeverity::Warning));
        assert_eq!(worst([]), None);
    }
}
