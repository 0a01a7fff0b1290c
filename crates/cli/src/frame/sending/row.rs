//! One switch in the output of `pause` and `resume`.

use std::io::Write;

use serde::Serialize;
use warden_domain::finding::Finding;

use crate::frame::output::{Format, OutputRecord, Records};

/// What is done to one switch.
#[derive(Debug, Clone, Serialize)]
pub struct SwitchRow {
    /// `account`, `configuration_set` or `tenant`.
    pub kind: &'static str,
    /// Its name; the account's number.
    pub target: String,
    /// `pause`, `resume` or `keep`; afterwards `paused`, `resumed`, `not_read_back` (switched, but
    /// whether it sends could not be read), `kept`, `refused` or `failed`.
    pub action: &'static str,
    /// Whether it sent before.
    pub sent_before: bool,
    /// Whether it sends now, as SES answered last; `None` where that could not be read.
    pub sends: Option<bool>,
    /// Who used the switch last and why, as far as the journal knows.
    pub provenance: String,
    /// Why it is changed now.
    pub reason: String,
    /// Who changes it: an IAM ARN.
    pub identity: Option<String>,
    /// What failed: the change, or reading it back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Whether this change is in the journal.
    pub recorded: bool,
    /// What was found before a resume.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// What happens after a resume.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub next: Vec<String>,
}

impl OutputRecord for SwitchRow {
    const COLUMNS: &'static [(&'static str, usize)] =
        &[("action", 7), ("kind", 17), ("sends", 5), ("target", 0)];

    fn cells(&self) -> Vec<String> {
        let sends = match self.sends {
            Some(true) => "yes",
            Some(false) => "no",
            None => "?",
        };
        let target = format!("{}  ({})", self.target, self.provenance);
        [self.action, self.kind, sends, &target].map(str::to_owned).to_vec()
    }
}

impl SwitchRow {
    /// Writes rows in one form.
    ///
    /// # Errors
    /// When the stream cannot be written.
    pub fn write(rows: &[Self], format: Format, out: &mut impl Write) -> anyhow::Result<()> {
        let mut records = Records::begin::<Self>(format, out)?;
        for row in rows {
            records.write(row, out)?;
        }
        records.end(out)
    }
}
