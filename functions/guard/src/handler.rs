//! Look, decide, act, tell, remember: in this order, so that a crash anywhere
//! repeats a notice at worst and never leaves a pause untold.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_lambda_events::sqs::SqsBatchResponse;
use tracing::{error, info, warn};
use warden_aws::{AccountState, AlarmRecord, Alarms, CallError, Metrics, OperatorTopic, Query, SendingSwitch};
use warden_domain::envelope::open;
use warden_domain::guard::{Action, Label, Scope, SetState, Situation, TAG_HANDLED, decide, is_trigger, rank};
use warden_domain::notice::{self, DomainCounts, Facts};
use warden_domain::outcome::{Acted, GivenBack, Outcome};
use warden_lambda::answer::{Answer, EventIds};
use warden_lambda::{Deadline, Function, FunctionError};

use crate::Settings;

/// How far back the numbers of a notice reach, in seconds.
const LOOK_BACK: i64 = 3600;
/// Domains listed in a notice.
const LISTED_DOMAINS: usize = 10;

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
                Ok(tags) => open.push((alarm, Label::from_tags(&tags))),
                Err(fault) => failed = Some(not_handled(&alarm, fault)),
            }
        }
        open.sort_by_key(|(_, label)| rank(label.as_ref()));
        for (alarm, label) in &open {
            if let Err(fault) = self.handle_alarm(alarm, label.as_ref()).await {
                failed = Some(not_handled(alarm, fault));
            }
        }
        match failed {
            None => Ok(()),
            Some(fault) => Err(call_failed(fault)),
        }
    }

    async fn handle_alarm(&self, alarm: &AlarmRecord, label: Option<&Label>) -> Result<(), CallError> {
        let account = self.clients.switch.account().await?;
        let sets = self.sets(label).await?;
        let situation = Situation {
            account_sending_enabled: account.sending_enabled,
            enforcement_status: account.enforcement_status.clone(),
            sets,
        };
        let action = decide(label, &situation, &self.settings.policy);
        self.act(&action, alarm).await?;
        self.tell(alarm, label, &account, &action).await?;
        self.clients.alarms.tag(&alarm.arn, TAG_HANDLED, &alarm.episode).await
    }

    /// The configuration sets that an alarm concerns.
    async fn sets(&self, label: Option<&Label>) -> Result<Vec<SetState>, CallError> {
        let names = match label.map(|label| &label.scope) {
            None | Some(Scope::Account) => Vec::new(),
            Some(Scope::ConfigurationSet(name)) => vec![name.clone()],
            Some(Scope::Domain(domain)) => self.clients.metrics.configuration_sets_of(domain).await?,
        };
        let mut sets = Vec::new();
        for name in names {
            let sending_enabled = self.clients.switch.configuration_set(&name).await?;
            sets.push(SetState { name, sending_enabled });
        }
        Ok(sets)
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
