//! Does what a plan says.

use warden_aws::CallError;
use warden_aws::operator::{AlarmDefinitions, DefinedAlarm, MOST_DELETED};

use super::definition::DomainAlarm;
use super::differences::Difference;
use super::plan::Step;
use crate::frame::output::printable;
use crate::frame::progress::Progress;

/// A call that failed.
pub(super) struct Failure {
    /// Name of the alarm that it was about.
    pub(super) alarm: String,
    /// The call, and what AWS answered.
    pub(super) reason: String,
}

/// Does what the steps say and answers with what failed. What CloudWatch refuses of
/// one alarm would be refused again each time, so the others do not wait for it.
pub(super) async fn carry_out(
    alarms: &AlarmDefinitions,
    steps: &[Step],
    removes: bool,
) -> Vec<Failure> {
    let open: Vec<&Step> = steps.iter().filter(|step| step.is_open(removes)).collect();
    let mut progress = Progress::new("done", Some(open.len()));
    let mut failures = Vec::new();
    let mut gone = Vec::new();
    for step in open {
        let done = match step {
            Step::Create(definition) => put(alarms, definition, true).await,
            Step::Change { definition, existing, parts } => {
                change(alarms, definition, existing, parts).await
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
    for some in gone.chunks(MOST_DELETED) {
        if let Err(error) = alarms.delete(some).await {
            failures.extend(some.iter().map(|name| failure(name, &error)));
        }
        some.iter().for_each(|_| progress.step());
    }
    failures
}

fn failure(alarm: &str, error: &CallError) -> Failure {
    Failure { alarm: alarm.to_owned(), reason: error.to_string() }
}

async fn put(
    alarms: &AlarmDefinitions,
    definition: &DomainAlarm,
    actions_enabled: bool,
) -> Result<(), CallError> {
    alarms.put(&definition.name, &definition.rule, &definition.tags(), actions_enabled).await
}

async fn change(
    alarms: &AlarmDefinitions,
    definition: &DomainAlarm,
    existing: &DefinedAlarm,
    parts: &[Difference],
) -> Result<(), CallError> {
    if parts.iter().any(|part| !part.is_tag) {
        // Actions that somebody switched off stay off.
        put(alarms, definition, existing.actions_enabled).await?;
    }
    if parts.iter().any(|part| part.is_tag) {
        alarms.tag(&existing.arn, &definition.tags()).await
    } else {
        Ok(())
    }
}

/// The first few, a line each.
pub(super) fn listed(failures: &[Failure]) -> String {
    const SHOWN: usize = 10;
    let one = |failure: &Failure| {
        printable(&format!("{}: {}", failure.alarm, failure.reason)).into_owned()
    };
    let mut lines: Vec<String> = failures.iter().take(SHOWN).map(one).collect();
    if failures.len() > SHOWN {
        lines.push(format!("and {} more", failures.len() - SHOWN));
    }
    lines.join("\n")
}
