//! Does what a plan says.
//!
//! Order matters where a run may be killed: the tag that says what is ours goes before what it
//! speaks of when something is made, and after it when something is removed. What AWS refuses at one
//! set or alarm would be refused again each time, so the others do not wait for it.

use std::collections::{BTreeMap, BTreeSet};

use warden_aws::operator::MOST_DELETED;
use warden_aws::{CallError, Class};

use super::Clients;
use super::alarms::definition::WantedAlarm;
use super::alarms::plan::AlarmStep;
use super::default_sets::DefaultStep;
use super::ownership::MadeAtSet;
use super::plan::{Action, Plan, Step};
use super::sets::{DestinationStep, MetricsStep};
use super::settings::Settings;
use super::subject::Subject;
use crate::frame::output::printable;
use crate::frame::progress::Progress;

/// A step that failed.
#[derive(Debug)]
pub(super) struct Failure {
    /// What it was about.
    pub(super) subject: Subject,
    /// What was to be made, changed or removed.
    pub(super) thing: String,
    /// The call, what AWS answered, and what to do.
    pub(super) reason: String,
}

/// Does what the steps say and returns what failed.
pub(super) async fn carry_out(plan: &Plan, settings: &Settings, clients: &Clients) -> Vec<Failure> {
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
    let is_identity = |step: &&Step| matches!(step.subject, Subject::Identity(_));
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
    settings: &'a Settings,
    clients: &'a Clients,
    /// The tags of sets that are still to be written.
    tags: BTreeMap<&'a str, MadeAtSet>,
    progress: Progress,
    failures: Vec<Failure>,
    /// Sets that were found to be gone.
    deleted_sets: BTreeSet<String>,
}

impl<'a> Run<'a> {
    /// Does one step at an identity. Its tag goes last, and only where nothing failed.
    async fn identity(&mut self, step: &'a Step) {
        let identity = step.subject.name();
        let arn = self.settings.identity_arn(identity);
        let sets = &self.clients.sets;
        let done = match &step.action {
            Action::DefaultSet(DefaultStep::Put { made, .. }) => {
                match self.tag_set(&made.set).await {
                    Ok(()) => {
                        let tagged = sets.tag(&arn, &self.settings.key(), &made.to_string()).await;
                        match tagged {
                            Ok(()) => sets.put_default_set(identity, Some(&made.set)).await,
                            Err(error) => Err(error),
                        }
                    }
                    Err(error) => Err(error),
                }
            }
            Action::DefaultSet(DefaultStep::Remove { was, .. }) => {
                sets.put_default_set(identity, was.as_deref()).await
            }
            Action::Tag if self.has_failed(&step.subject) => return self.untouched(step),
            Action::Tag => sets.untag(&arn, &self.settings.key()).await,
            _ => return,
        };
        self.ended(step, done);
    }

    /// Does one step at a set.
    async fn set(&mut self, step: &'a Step) {
        let set = step.subject.name();
        let sets = &self.clients.sets;
        let topic = &self.settings.feedback_topic;
        let done = match &step.action {
            Action::Destination(DestinationStep::Create { name, events }) => {
                match self.tag_set(set).await {
                    Ok(()) => self.create_destination(set, name, events).await,
                    Err(error) => Err(error),
                }
            }
            Action::Destination(DestinationStep::Change { name, enabled, events, .. }) => {
                sets.update_destination(set, name, topic, events, *enabled).await
            }
            Action::Destination(DestinationStep::Remove { name }) => {
                sets.delete_destination(set, name).await
            }
            Action::Metrics(MetricsStep::Create) => match self.tag_set(set).await {
                Ok(()) => sets.set_reputation_metrics(set, true).await,
                Err(error) => Err(error),
            },
            Action::Metrics(MetricsStep::Remove) => {
                or_gone(sets.set_reputation_metrics(set, false).await)
            }
            Action::Tag if self.has_failed(&step.subject) || self.has_failed_identity() => {
                return self.untouched(step);
            }
            Action::Tag => sets.untag(&self.settings.set_arn(set), &self.settings.key()).await,
            _ => return,
        };
        self.ended(step, done);
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
    fn ended(&mut self, step: &Step, done: Result<(), CallError>) {
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

    fn failed(&mut self, step: &Step, reason: String) {
        let subject = step.subject.clone();
        self.failures.push(Failure { subject, thing: thing(&step.action), reason });
    }

    /// Notes that our tag stays, because what it speaks of is still there.
    fn untouched(&mut self, step: &Step) {
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
    async fn alarms(&mut self, plan: &'a Plan) {
        let mut gone = Vec::new();
        for step in plan.open() {
            let Action::Alarm(alarm) = &step.action else { continue };
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

/// What a step is about, in words; an alarm by its name.
fn thing(action: &Action) -> String {
    match action {
        Action::Destination(
            DestinationStep::Create { name, .. }
            | DestinationStep::Change { name, .. }
            | DestinationStep::Keep { name, .. }
            | DestinationStep::Leave { name, .. }
            | DestinationStep::Remove { name },
        ) => format!("event destination {name}"),
        Action::Metrics(_) => "reputation metrics".to_owned(),
        Action::DefaultSet(_) => "default configuration set".to_owned(),
        Action::Tag => "tag of connect".to_owned(),
        Action::Alarm(step) => step.name().to_owned(),
    }
}

/// What to do about a refusal, where AWS's own words do not say it.
fn advice(step: &Step, error: &CallError) -> Option<&'static str> {
    const TOPIC: &str = "SES tries the topic out when a destination is made: the topic must exist in \
         this Region, and its policy, and its key's policy where it is encrypted, must let \
         ses.amazonaws.com publish. `ses-warden doctor setup` looks at both";
    match (&step.action, &error.class) {
        (_, Class::NotFound) if matches!(step.subject, Subject::Set(_)) => {
            Some("The set was deleted meanwhile; plan again")
        }
        (Action::Destination(_), Class::Refused { code }) if code == "LimitExceededException" => {
            Some("A set takes 10 event destinations; delete one that nobody needs")
        }
        (Action::Destination(_), Class::Refused { .. }) => Some(TOPIC),
        (_, Class::Denied) => Some("docs/connect-policy.json holds what the role or user needs"),
        _ => None,
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

/// The first few, a line each.
pub(super) fn listed(failures: &[Failure]) -> String {
    const SHOWN: usize = 10;
    let one = |failure: &Failure| {
        let Failure { subject, thing, reason } = failure;
        let line = match subject {
            // The name of an alarm says whose it is.
            _ if thing.contains('/') => format!("{thing}: {reason}"),
            subject => format!("{subject}, {thing}: {reason}"),
        };
        printable(&line).into_owned()
    };
    let mut lines: Vec<String> = failures.iter().take(SHOWN).map(one).collect();
    if failures.len() > SHOWN {
        lines.push(format!("and {} more", failures.len() - SHOWN));
    }
    lines.join("\n")
}
