//! Does what a plan says.

use super::definition::Definition;
use super::differences::Difference;
use super::plan::{Existing, Step};
use crate::frame::aws::alarms::Account;
use crate::frame::output::printable;
use crate::frame::progress::Progress;

/// As many names as one DeleteAlarms takes.
const DELETED_AT_ONCE: usize = 100;

/// A call that failed.
pub(super) struct Failure {
    /// Name of the alarm that it was about.
    pub(super) alarm: String,
    /// The call, and what AWS said.
    pub(super) reason: String,
}

/// Does what the steps say and answers with what failed. What CloudWatch refuses of
/// one alarm would be refused again each time, so the others do not wait for it.
pub(super) async fn carry_out(account: &Account, steps: &[Step], removes: bool) -> Vec<Failure> {
    let open: Vec<&Step> = steps.iter().filter(|step| super::is_open(step, removes)).collect();
    let mut progress = Progress::new("done", Some(open.len()));
    let mut failures = Vec::new();
    let mut gone = Vec::new();
    for step in open {
        let done = match step {
            Step::Create(definition) => account.put(definition, true).await,
            Step::Change { definition, existing, parts } => {
                change(account, definition, existing, parts).await
            }
            Step::Gone(existing) => {
                gone.push(existing.name.clone());
                continue;
            }
            Step::Keep { .. } | Step::LeaveAlone(..) => Ok(()),
        };
        progress.step();
        failures.extend(done.err().map(|error| failure(step.name(), &error)));
    }
    for some in gone.chunks(DELETED_AT_ONCE) {
        if let Err(error) = account.delete(some).await {
            failures.extend(some.iter().map(|name| failure(name, &error)));
        }
        some.iter().for_each(|_| progress.step());
    }
    failures
}

fn failure(alarm: &str, error: &anyhow::Error) -> Failure {
    Failure { alarm: alarm.to_owned(), reason: format!("{error:#}") }
}

async fn change(
    account: &Account,
    definition: &Definition,
    existing: &Existing,
    parts: &[Difference],
) -> anyhow::Result<()> {
    if parts.iter().any(|part| !part.is_tag) {
        // Actions that somebody switched off stay off.
        account.put(definition, existing.actions_enabled).await?;
    }
    if parts.iter().any(|part| part.is_tag) {
        account.tag(&existing.arn, &definition.tags()).await
    } else {
        Ok(())
    }
}

/// The first few, a line each.
pub(super) fn listed(failures: &[Failure]) -> String {
    const SHOWN: usize = 10;
    let one = |failure: &Failure| printable(&failure.reason).into_owned();
    let mut lines: Vec<String> = failures.iter().take(SHOWN).map(one).collect();
    if failures.len() > SHOWN {
        lines.push(format!("and {} more", failures.len() - SHOWN));
    }
    lines.join("\n")
}
