//! What failed, in words, and what to do about it.

use warden_aws::{CallError, Class};

use super::super::plan::{PlanStep, StepAction};
use super::super::sets::DestinationStep;
use super::super::subject::Subject;
use crate::frame::output::printable;

/// A step that failed.
#[derive(Debug)]
pub(in super::super) struct Failure {
    /// What it was about.
    pub(in super::super) subject: Subject,
    /// What was to be made, changed or removed.
    pub(in super::super) thing: String,
    /// The call, what AWS answered, and what to do.
    pub(in super::super) reason: String,
}

/// The first few, a line each.
pub(in super::super) fn listed(failures: &[Failure]) -> String {
    const SHOWN: usize = 10;
    let one = |failure: &Failure| {
        let Failure { subject, thing, reason } = failure;
        // The name of an alarm, the only one with a slash, says whose it is.
        let whose = if thing.contains('/') { String::new() } else { format!("{subject}, ") };
        printable(&format!("{whose}{thing}: {reason}")).into_owned()
    };
    let mut lines: Vec<String> = failures.iter().take(SHOWN).map(one).collect();
    if failures.len() > SHOWN {
        lines.push(format!("and {} more", failures.len() - SHOWN));
    }
    lines.join("\n")
}

/// What a step is about, in words; an alarm by its name.
pub(super) fn thing(action: &StepAction) -> String {
    match action {
        StepAction::Destination(
            DestinationStep::Create { name, .. }
            | DestinationStep::Change { name, .. }
            | DestinationStep::Keep { name, .. }
            | DestinationStep::Leave { name, .. }
            | DestinationStep::Remove { name },
        ) => format!("event destination {name}"),
        StepAction::Metrics(_) => "reputation metrics".to_owned(),
        StepAction::DefaultSet(_) => "default configuration set".to_owned(),
        StepAction::Tag => "tag of connect".to_owned(),
        StepAction::Alarm(step) => step.name().to_owned(),
    }
}

/// What to do about a refusal, where AWS's own words do not say it.
pub(super) fn advice(step: &PlanStep, error: &CallError) -> Option<&'static str> {
    const TOPIC: &str = "SES tries the topic out when a destination is made: the topic must exist in \
         this Region, and its policy, and its key's policy where it is encrypted, must let \
         ses.amazonaws.com publish. `ses-warden doctor setup` looks at both";
    let is_destination = matches!(step.action, StepAction::Destination(_));
    match &error.class {
        Class::NotFound if matches!(step.subject, Subject::Set(_)) => {
            Some("The set was deleted meanwhile; plan again")
        }
        Class::Refused { code } if is_destination && code == "LimitExceededException" => {
            Some("A set takes 10 event destinations; delete one that nobody needs")
        }
        Class::Refused { .. } if is_destination => Some(TOPIC),
        Class::Denied => Some("docs/connect-policy.json holds what the role or user needs"),
        Class::NotFound | Class::Refused { .. } | Class::Throttled | Class::Temporary => None,
    }
}
