//! Look, decide, act, tell, remember: in this order, so that a crash anywhere
//! repeats a notice at worst and never leaves a pause untold.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_lambda_events::sqs::SqsBatchResponse;
use tracing::{error, info, warn};
use warden_aws::{AccountState, AlarmRecord, Alarms, CallError, Metrics, OperatorTopic, Query, SendingSwitch};
use warden_domain::envelope::open;
use warden_domain::guard::confidence::Verdict;
use warden_domain::guard::{
    Action, Label, Scope, SetState, Severity, Situation, TAG_HANDLED, TAG_WARNED, TellOnly, decide, is_trigger, rank,
};
use warden_domain::notice::{self, DomainCounts, Facts};
use warden_domain::outcome::{Acted, GivenBack, Outcome};
use warden_lambda::answer::{Answer, EventIds};
use warden_lambda::{Deadline, Function, FunctionError};

use crate::{Settings, proof};

/// How far back the numbers of a notice reach, in seconds.
const LOOK_BACK: i64 = LOOK_BACK_SECONDS as i64;
const LOOK_BACK_SECONDS: u32 = 3600;
/// Domains listed in a notice.
const LISTED_DOMAINS: usize = 10;

/// An alarm in ALARM whose episode is not handled.
#[derive(Debug)]
struct Open {
    alarm: AlarmRecord,
    label: Option<Label>,
    /// Told about in this episode, and not proven then.
    warned: bool,
}

/// What guard calls.
#[derive(Debug)]
pub struct Clients {
    /// Alarms and their tags.
    pub alarms: Alarms,
    /// The account's and the sets' sending.
    pub switch: SendingSwitch,
    /// Our own metrics.
    pub metrics: Metrics,
    /// The operators' topic.
    pub topic: OperatorTopic,
}

/// The function.
#[derive(Debug)]
pub struct Guard {
    settings: Settings,
    clients: Clients,
}

impl Guard {
    /// A function with these settings and clients.
    pub fn new(settings: Settings, clients: Clients) -> Self {
        Self { settings, clients }
    }
}

impl Function for Guard {
    type Answer = SqsBatchResponse;

    async fn handle(&self, payload: &[u8], _deadline: Deadline) -> Result<SqsBatchResponse, FunctionError> {
        let mut answer = Answer::new("guard");
        let mut look = false;
        for record in open(payload) {
            let outcome = match is_trigger(&record.reading) {
                Ok(()) => {
                    look = true;
                    Outcome::Acted(Acted::AlarmRaised)
                }
                Err(reason) => reason.into(),
            };
            answer.push(record.receipt, outcome, EventIds::of(&record.reading));
        }
        if look {
            self.look().await?;
        }
        answer.finish()
    }
}

impl Guard {
    /// Handles every alarm of this stack that is in ALARM and not handled yet. One
    /// that fails does not keep the others from being handled.
    async fn look(&self) -> Result<(), FunctionError> {
        let alarms = self.clients.alarms.in_alarm(&self.settings.alarm_prefix).await.map_err(call_failed)?;
        let mut failed = None;
        let mut open = Vec::new();
        for alarm in alarms {
            match self.clients.alarms.tags(&alarm.arn).await {
                Ok(tags) if tags.get(TAG_HANDLED) == Some(&alarm.episode) => {
                    info!(alarm.name = alarm.name, alarm.episode = alarm.episode, "this episode is handled already");
                }
                Ok(tags) => {
                    let warned = tags.get(TAG_WARNED) == Some(&alarm.episode);
                    open.push(Open { label: Label::from_tags(&tags), alarm, warned });
                }
                Err(fault) => failed = Some(not_handled(&alarm, fault)),
            }
        }
        open.sort_by_key(|open| rank(open.label.as_ref()));
        for open in &open {
            if let Err(fault) = self.handle_alarm(open).await {
                failed = Some(not_handled(&open.alarm, fault));
            }
        }
        match failed {
            None => Ok(()),
            Some(fault) => Err(call_failed(fault)),
        }
    }

    async fn handle_alarm(&self, open: &Open) -> Result<(), CallError> {
        let Open { alarm, label, warned } = open;
        let label = label.as_ref();
        let account = self.clients.switch.account().await?;
        let situation = self.situation(alarm, label, &account).await?;
        let action = decide(label, &situation, &self.settings.policy);
        let unproven = action == Action::Tell(TellOnly::NotProven);
        if unproven && *warned {
            info!(alarm.name = alarm.name, alarm.episode = alarm.episode, "still not proven, and told already");
            return Ok(());
        }
        self.act(&action, alarm).await?;
        self.tell(alarm, label, &account, &action, situation.proof.as_ref()).await?;
        // What is not proven yet is judged again while the alarm lasts.
        let tag = if unproven { TAG_WARNED } else { TAG_HANDLED };
        self.clients.alarms.tag(&alarm.arn, tag, &alarm.episode).await
    }

    /// What an alarm is decided upon. Only a critical one asks for more than the
    /// account's state.
    async fn situation(
        &self,
        alarm: &AlarmRecord,
        label: Option<&Label>,
        account: &AccountState,
    ) -> Result<Situation, CallError> {
        let mut situation = Situation {
            account_sending_enabled: account.sending_enabled,
            enforcement_status: account.enforcement_status.clone(),
            sets: Vec::new(),
            proof: None,
            account_proof: None,
        };
        let Some(label) = label.filter(|label| label.severity == Severity::Critical) else {
            return Ok(situation);
        };
        let (metrics, now) = (&self.clients.metrics, now_millis() / 1000);
        let is_aws_verdict = !alarm.namespaces.is_empty() && alarm.namespaces.iter().all(|name| name == "AWS/SES");
        if label.scope != Scope::Account && !is_aws_verdict && account.sending_enabled {
            let verdict = proof::verdict(metrics, &label.scope, label.measure, now).await?;
            situation.proof = Some(verdict);
            if verdict.severity != Some(Severity::Critical) {
                return Ok(situation);
            }
        }
        let names = match &label.scope {
            Scope::Account => Vec::new(),
            Scope::ConfigurationSet(name) => vec![name.clone()],
            Scope::Domain(domain) => match self.settings.policy.domain_sets.get(&domain.to_ascii_lowercase()) {
                Some(sets) => sets.clone(),
                None => {
                    let seconds = situation.proof.map_or(LOOK_BACK_SECONDS, |proof| proof.finding.seconds);
                    proof::sets_of(metrics, domain, label.measure, seconds, now).await?
                }
            },
        };
        for name in names {
            let sending_enabled = self.clients.switch.configuration_set(&name).await?;
            situation.sets.push(SetState { name, sending_enabled });
        }
        let no_set = situation.sets.iter().all(|set| set.sending_enabled.is_none());
        if matches!(label.scope, Scope::Domain(_)) && no_set && account.sending_enabled {
            situation.account_proof = Some(proof::verdict(metrics, &Scope::Account, label.measure, now).await?);
        }
        Ok(situation)
    }

    async fn act(&self, action: &Action, alarm: &AlarmRecord) -> Result<(), CallError> {
        match action {
            Action::Tell(why) => {
                info!(alarm.name = alarm.name, alarm.episode = alarm.episode, reason = why.code(), "nothing paused");
            }
            Action::PauseAccount => {
                self.clients.switch.pause_account().await?;
                warn!(alarm.name = alarm.name, alarm.episode = alarm.episode, "account paused");
            }
            Action::PauseSets(sets) => {
                for set in sets {
                    self.clients.switch.pause_configuration_set(set).await?;
                    warn!(alarm.name = alarm.name, alarm.episode = alarm.episode, set, "configuration set paused");
                }
            }
        }
        Ok(())
    }

    async fn tell(
        &self,
        alarm: &AlarmRecord,
        label: Option<&Label>,
        account: &AccountState,
        action: &Action,
        proof: Option<&Verdict>,
    ) -> Result<(), CallError> {
        let domains = match self.counts(label).await {
            Ok(domains) => domains,
            // The numbers are an extra; the notice goes out without them.
            Err(error) => {
                warn!(%error, "the notice goes out without numbers");
                Vec::new()
            }
        };
        let notice = notice::write(&Facts {
            alarm: &alarm.name,
            label,
            episode: &alarm.episode,
            reason: &alarm.reason,
            action,
            at_millis: now_millis(),
            enforcement_status: &account.enforcement_status,
            domains: &domains,
            proof,
        });
        self.clients.topic.publish(&notice.subject, &notice.body, &notice.attributes).await?;
        info!(alarm.name = alarm.name, alarm.episode = alarm.episode, "operators told");
        Ok(())
    }

    /// The last hour of the domains concerned, most hard bounces and complaints
    /// first.
    async fn counts(&self, label: Option<&Label>) -> Result<Vec<DomainCounts>, CallError> {
        let metrics = &self.clients.metrics;
        let (domains, set) = match label.map(|label| &label.scope) {
            None | Some(Scope::Account) => (metrics.domains().await?, None),
            Some(Scope::ConfigurationSet(set)) => (metrics.domains_of(set).await?, Some(set.as_str())),
            Some(Scope::Domain(domain)) => (vec![domain.clone()], None),
        };
        const COUNTED: [&str; 3] = ["Send", "BounceHard", "Complaint"];
        let queries: Vec<Query> =
            domains.iter().flat_map(|domain| COUNTED.map(|metric| query(metric, domain, set))).collect();
        let now = now_millis() / 1000;
        let sums = metrics.sums(&queries, now - LOOK_BACK, now + 60).await?;
        let mut counts: Vec<DomainCounts> = domains
            .into_iter()
            .zip(sums.chunks(COUNTED.len()))
            .filter_map(|(domain, sums)| match sums {
                [sends, hard_bounces, complaints] => {
                    Some(DomainCounts { domain, sends: *sends, hard_bounces: *hard_bounces, complaints: *complaints })
                }
                _ => None,
            })
            .collect();
        counts.sort_by(|a, b| (b.hard_bounces + b.complaints).total_cmp(&(a.hard_bounces + a.complaints)));
        counts.truncate(LISTED_DOMAINS);
        Ok(counts)
    }
}

fn query(metric: &'static str, domain: &str, set: Option<&str>) -> Query {
    let mut dimensions = vec![("Domain", domain.to_owned())];
    dimensions.extend(set.map(|set| ("ConfigurationSet", set.to_owned())));
    Query { metric, dimensions }
}

fn not_handled(alarm: &AlarmRecord, fault: CallError) -> CallError {
    error!(alarm.name = alarm.name, alarm.episode = alarm.episode, error = %fault, "alarm not handled, it is tried again");
    fault
}

fn call_failed(error: CallError) -> FunctionError {
    FunctionError::new(GivenBack::CallFailed.code(), error.to_string())
}

fn now_millis() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_millis()).unwrap_or(i64::MAX)
}
