//! The look before a resume.

use std::io::Write;

use warden_domain::operate::resume::may_resume;

use super::row::SwitchRow;
use super::session::Session;
use crate::frame::findings::paragraphs;
use crate::frame::output::{Format, Lines, write_stderr};
use crate::frame::terminal::{width, wrapped};

impl Session {
    /// Looks at each switch before it is turned on, says what is found to a person, and answers with
    /// a row each: `resume`, `keep` where it sends already, `refused` where AWS paused it.
    ///
    /// # Errors
    /// When the stream cannot be written.
    pub async fn looked(
        &self,
        format: Format,
        out: &mut impl Write,
    ) -> anyhow::Result<Vec<SwitchRow>> {
        let mut rows = Vec::new();
        for switch in &self.switches.switches {
            let (facts, cause) = self.facts(switch).await;
            let findings = facts.findings();
            let action = match (may_resume(&findings), switch.sends) {
                (false, _) => "refused",
                (true, true) => "keep",
                (true, false) => "resume",
            };
            let mut row = self.row(switch, action, "");
            if action == "resume" {
                row.next = facts.next();
            }
            if format == Format::Table {
                out.line(format!("{}: {}.", switch.label(), row.provenance))?;
                paragraphs(&findings, out)?;
                out.line("")?;
                if !row.next.is_empty() {
                    out.line("What happens next:")?;
                    for line in &row.next {
                        wrapped(line, 2, width()).lines().try_for_each(|line| out.line(line))?;
                    }
                    out.line("")?;
                }
            }
            for line in &cause.not_read {
                write_stderr(format_args!("not read: {line}"));
            }
            row.findings = findings;
            rows.push(row);
        }
        Ok(rows)
    }
}
