//! Does what a plan says.
//!
//! Order matters where a run may be killed: the tag that says what is ours goes before what it
//! speaks of when something is made, and after it when something is removed. What AWS refuses at one
//! set or alarm would be refused again each time, so the others do not wait for it.

mod failure;

use std::collections::{BTreeMap, BTreeSet};

use warden_aws::operator::MOST_DELETED;
use warden_aws::{CallError, Class};

use super::ConnectClients;
use super::alarms::definition::WantedAlarm;
use super::alarms::plan::AlarmStep;
use super::default_sets::DefaultStep;
use super::ownership::{DefaultSetTag, SetTag};
use super::plan::{ConnectPlan, PlanStep, StepAction};
use super::sets::{DestinationStep, MetricsStep};
use super::settings::ConnectSettings;
use super::subject::Subject;
use crate::frame::progress::Progress;
pub(super) use failure::{Failure, listed};
use failure::{advice, thing};

/// Does what the steps say and returns what failed.
pub(super) async fn carry_out(
    plan: &ConnectPlan,
    settings: &ConnectSettings,
    clients: &ConnectClients,
) -> Vec<Failure> {
    let progress = Progress::new("done", Some(plan.open().count()));
    let mut run = Run {
        settings,
        clients,
        tags: plan.tags_to_write(),
        progress,
        failures: Vec::new(),
        deleted_sets: BTreeSet::new(),
    };
    // Identities before sets: the tag of a set says that there is something to find at identities.
    // When something is made, their steps see to that tag themselves.
    let is_identity = |step: &&PlanStep| matches!(step.subject, Subject::Identity(_));
    for step in plan.open().filter(is_identity) {
        run.identity(step).await;
    }
    for step in plan.open().filter(|step| !is_identity(step)) {
        run.set(step).await;
    }
    run.alarms(plan).await;
    run.failures
}

struct Run<'a> {
    settings: &'a ConnectSettings,
    clients: &'a ConnectClients,
    /// The tags of sets that are still to be written.
    tags: BTreeMap<&'a str, SetTag>,
    progress: Progress,
    failures: Vec<Failure>,
    /// Sets that were found to be gone.
    deleted_sets: BTreeSet<String>,
}

impl<'a> Run<'a> {
    /// Does one step at an identity. Its tag goes last, and only where nothing failed.
    async fn identity(&mut self, step: &'a PlanStep) {
        let identity = step.subject.name();
        let done = match &step.action {
            StepAction::DefaultSet(DefaultStep::Put { made, .. }) => {
                self.put_default_set(identity, made).await
            }
            StepAction::DefaultSet(DefaultStep::Remove { was, .. }) => {
                self.clients.sets.put_default_set(identity, was.as_deref()).await
            }
            StepAction::Tag if self.has_failed(&step.subject) => return self.untouched(step),
            StepAction::Tag => {
                let arn = self.settings.identity_arn(identity);
                self.clients.sets.untag(&arn, &self.settings.key()).await
            }
            StepAction::DefaultSet(DefaultStep::Keep { .. } | DefaultStep::Leave { .. })
            | StepAction::Destination(_)
            | StepAction::Metrics(_)
            | StepAction::Alarm(_) => return,
        };
        self.ended(step, done);
    }

    async fn put_default_set(
        &mut self,
        identity: &str,
        made: &DefaultSetTag,
    ) -> Result<(), CallError> {
        self.tag_set(&made.set).await?;
        let (arn, key) = (self.settings.identity_arn(identity), self.settings.key());
        self.clients.sets.tag(&arn, &key, &made.to_string()).await?;
        self.clients.sets.put_default_set(identity, Some(&made.set)).await
    }

    /// Does one step at a set.
    async fn set(&mut self, step: &'a PlanStep) {
        let set = step.subject.name();
        let done = match &step.action {
            StepAction::Destination(destination) => {
                match self.destination(set, destination).await {
                    Some(done) => done,
                    None => return,
                }
            }
            StepAction::Metrics(MetricsStep::Create) => self.switch_metrics_on(set).await,
            StepAction::Metrics(MetricsStep::Remove) => {
                or_gone(self.clients.sets.set_reputation_metrics(set, false).await)
            }
            StepAction::Tag if self.has_failed(&step.subject) || self.has_failed_identity() => {
                return self.untouched(step);
            }
            StepAction::Tag => {
                let arn = self.settings.set_arn(set);
                self.clients.sets.untag(&arn, &self.settings.key()).await
            }
            StepAction::Metrics(MetricsStep::Keep | MetricsStep::Leave(_))
            | StepAction::DefaultSet(_)
            | StepAction::Alarm(_) => return,
        };
        self.ended(step, done);
    }

    /// Does what is to be done with the event destination of a set; `None` where that is nothing.
    async fn destination(
        &mut self,
        set: &'a str,
        step: &DestinationStep,
    ) -> Option<Result<(), CallError>> {
        let (sets, topic) = (&self.clients.sets, &self.settings.feedback_topic);
        Some(match step {
            DestinationStep::Create { name, events } => match self.tag_set(set).await {
                Ok(()) => self.create_destination(set, name, events).await,
                Err(error) => Err(error),
            },
            DestinationStep::Change { name, enabled, events, .. } => {
                sets.update_destination(set, name, topic, events, *enabled).await
            }
            DestinationStep::Remove { name } => sets.delete_destination(set, name).await,
            DestinationStep::Keep { .. } | DestinationStep::Leave { .. } => return None,
        })
    }

    async fn switch_metrics_on(&mut self, set: &'a str) -> Result<(), CallError> {
        self.tag_set(set).await?;
        self.clients.sets.set_reputation_metrics(set, true).await
    }

    /// Writes the tag of a set, where it does not say yet what is about to be made.
    async fn tag_set(&mut self, set: &str) -> Result<(), CallError> {
        let Some(made) = self.tags.get(set) else { return Ok(()) };
        let (arn, key) = (self.settings.set_arn(set), self.settings.key());
        self.clients.sets.tag(&arn, &key, &made.to_string()).await?;
        self.tags.remove(set);
        Ok(())
    }

    async fn create_destination(
        &self,
        set: &str,
        name: &str,
        events: &[&str],
    ) -> Result<(), CallError> {
        let (sets, topic) = (&self.clients.sets, &self.settings.feedback_topic);
        let refused = match sets.create_destination(set, name, topic, events).await {
            Err(error) if has_code(&error, "AlreadyExistsException") => error,
            other => return other,
        };
        // Made by a try whose answer was lost, or by somebody since the plan.
        let found = sets.destinations(set).await?;
        let is_right = found.iter().any(|one| {
            let is_there = one.name == name && one.events.len() == events.len();
            is_there && events.iter().all(|event| one.events.iter().any(|has| has == event))
        });
        if is_right { Ok(()) } else { Err(refused) }
    }

    /// Notes how a step ended.
    fn ended(&mut self, step: &PlanStep, done: Result<(), CallError>) {
        self.progress.step();
        let Err(error) = done else { return };
        if let (Subject::Set(set), Class::NotFound) = (&step.subject, &error.class) {
            self.deleted_sets.insert(set.clone());
        }
        let reason = match advice(step, &error) {
            Some(advice) => format!("{error}. {advice}"),
            None => error.to_string(),
        };
        self.failed(step, reason);
    }

    fn failed(&mut self, step: &PlanStep, reason: String) {
        let subject = step.subject.clone();
        self.failures.push(Failure { subject, thing: thing(&step.action), reason });
    }

    /// Notes that our tag stays, because what it speaks of is still there.
    fn untouched(&mut self, step: &PlanStep) {
        self.progress.step();
        self.failed(step, "it stays, because what it speaks of could not be removed".to_owned());
    }

    fn has_failed(&self, subject: &Subject) -> bool {
        self.failures.iter().any(|failure| failure.subject == *subject)
    }

    fn has_failed_identity(&self) -> bool {
        self.failures.iter().any(|failure| matches!(failure.subject, Subject::Identity(_)))
    }

    /// Does what is to be done with alarms. Those of a set that is gone would watch nothing.
    async fn alarms(&mut self, plan: &'a ConnectPlan) {
        let mut gone = Vec::new();
        for step in plan.open() {
            let StepAction::Alarm(alarm) = &step.action else { continue };
            if matches!(alarm, AlarmStep::Gone(_)) {
                gone.push(step);
                continue;
            }
            if matches!(&step.subject, Subject::Set(set) if self.deleted_sets.contains(set)) {
                self.progress.step();
                self.failed(step, "the set was deleted meanwhile".to_owned());
                continue;
            }
            let done = self.put(alarm).await;
            self.ended(step, done);
        }
        for some in gone.chunks(MOST_DELETED) {
            let names: Vec<String> = some.iter().map(|step| thing(&step.action)).collect();
            let done = self.clients.alarms.delete(&names).await;
            for step in some {
                self.ended(step, done.clone());
            }
        }
    }

    /// Makes or changes an alarm. Actions that somebody switched off stay off.
    async fn put(&self, step: &AlarmStep) -> Result<(), CallError> {
        let (wanted, actions_enabled) = match step {
            AlarmStep::Create(wanted) => (wanted, true),
            AlarmStep::Change { definition, existing, .. } => {
                (definition, existing.actions_enabled)
            }
            AlarmStep::Keep { .. } | AlarmStep::LeaveAlone(..) | AlarmStep::Gone(_) => {
                return Ok(());
            }
        };
        let (name, tags) = (&wanted.name, WantedAlarm::tags());
        self.clients.alarms.put(name, &wanted.rule, &tags, actions_enabled).await
    }
}

fn has_code(error: &CallError, wanted: &str) -> bool {
    matches!(&error.class, Class::Refused { code } if code == wanted)
}

/// What is to be switched off at a set that is gone is off.
fn or_gone(done: Result<(), CallError>) -> Result<(), CallError> {
    match done {
        Err(error) if error.class == Class::NotFound => Ok(()),
        other => other,
    }
}
