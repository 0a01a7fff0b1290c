//! What an alarm is decided upon.

use tracing::warn;
use warden_aws::{AlarmMetric, AlarmRecord, CallError};
use warden_domain::guard::record::Target;
use warden_domain::guard::{Scope, SetState, Severity, Situation};
use warden_domain::time::epoch_millis;

use crate::Guard;
use crate::proof;
use crate::snapshot::{KnownPause, OpenAlarm, StackSnapshot};
use crate::time::now_millis;

/// The metric of ours that counts mail by callers and from addresses on no list.
const UNEXPECTED_SENDER: &str = "UnexpectedSender";
/// How far back a domain's configuration sets are weighed where no window decided,
/// in seconds.
const LOOK_BACK: u32 = 3600;
/// For how long after an alarm a configuration set may have carried the mail and not be
/// listed: CloudWatch lists a new series after up to a quarter of an hour. The account is
/// not paused for what is not listed before that.
const UNLISTED_MILLIS: i64 = 20 * 60_000;

/// Whether an alarm watches nothing but AWS's own numbers.
pub(crate) fn watches_aws(alarm: &AlarmRecord) -> bool {
    !alarm.metrics.is_empty() && alarm.metrics.iter().all(|metric| metric.namespace == "AWS/SES")
}

impl Guard {
    /// Whether an alarm watches nothing but our count of mail by unexpected senders.
    fn watches_unexpected_senders(&self, alarm: &AlarmRecord) -> bool {
        let is_ours = |metric: &AlarmMetric| {
            metric.namespace == self.settings.namespace
                && metric.name.as_deref().is_none_or(|name| name == UNEXPECTED_SENDER)
        };
        !alarm.metrics.is_empty() && alarm.metrics.iter().all(is_ours)
    }

    /// The last pause of ours for what this alarm concerns, made for another alarm
    /// whose episode lasts, and ended by somebody. That was for these events, too, and
    /// whoever resumed has seen them: only what came after may pause again.
    pub(crate) async fn resumed<'v>(
        &self,
        raised: &OpenAlarm,
        snapshot: &'v StackSnapshot,
    ) -> Result<Option<&'v KnownPause>, CallError> {
        let Some(label) =
            raised.label.as_ref().filter(|label| label.severity == Severity::Critical)
        else {
            return Ok(None);
        };
        let of_this = |pause: &&KnownPause| {
            let watched = pause.label.as_ref().map(|of| of.watched);
            pause.is_finished
                && pause.lasts()
                && watched == Some(label.watched)
                && pause.alarm.name != raised.alarm.name
        };
        let mut pauses: Vec<&KnownPause> = snapshot.paused.iter().filter(of_this).collect();
        if pauses.is_empty() {
            return Ok(None);
        }
        let sets = match &label.scope {
            Scope::ConfigurationSet(set) => vec![set.clone()],
            Scope::Domain(domain) => {
                match self.settings.policy.domain_sets.get(&domain.to_ascii_lowercase()) {
                    Some(sets) => sets.clone(),
                    None => self.clients.metrics.configuration_sets_of("Send", domain).await?,
                }
            }
            Scope::Account | Scope::Tenant(_) => Vec::new(),
        };
        let keys = [Target::Account.keys(), Target::Sets(sets).keys()].concat();
        let concerns =
            |pause: &&KnownPause| pause.record.target.keys().iter().any(|key| keys.contains(key));
        pauses.retain(|pause| {
            pause.label.as_ref().is_some_and(|of| of.scope == label.scope) || concerns(pause)
        });
        pauses.sort_by(|a, b| b.record.at.cmp(&a.record.at));
        for pause in pauses {
            if pause.is_over || self.any_sends(&pause.record.target).await? {
                return Ok(Some(pause));
            }
        }
        Ok(None)
    }

    /// What an alarm is decided upon. Only a critical one asks for more than the
    /// account's state.
    pub(crate) async fn situation(
        &self,
        raised: &OpenAlarm,
        after: Option<&KnownPause>,
        snapshot: &StackSnapshot,
    ) -> Result<Situation, CallError> {
        let account = &snapshot.account;
        let mut situation = Situation {
            account_sending_enabled: account.sending_enabled,
            enforcement_status: account.enforcement_status.clone(),
            watches_unexpected_senders: self.watches_unexpected_senders(&raised.alarm),
            sets: Vec::new(),
            tenant_sending_enabled: None,
            proof: None,
            account_proof: None,
        };
        let critical = raised.label.as_ref().filter(|label| label.severity == Severity::Critical);
        let Some(label) = critical.filter(|_| account.sending_enabled) else {
            return Ok(situation);
        };
        let (metrics, now) = (&self.clients.metrics, now_millis() / 1000);
        let since = after.and_then(|pause| epoch_millis(&pause.record.at)).map(|at| at / 1000);
        let is_aws_verdict = watches_aws(&raised.alarm);
        // What is no rate is of the account, and there is nothing to prove.
        let Some(measure) = label.watched.rate() else { return Ok(situation) };
        // AWS acts upon its own numbers of the account, whatever we count.
        let needs_proof = match label.scope {
            Scope::Domain(_) => true,
            Scope::Account | Scope::ConfigurationSet(_) => !is_aws_verdict || after.is_some(),
            Scope::Tenant(_) => false,
        };
        if needs_proof {
            let verdict = proof::verdict(metrics, &label.scope, measure, since, now).await?;
            situation.proof = Some(verdict);
            if verdict.severity != Some(Severity::Critical) {
                return Ok(situation);
            }
        }
        if matches!(label.scope, Scope::ConfigurationSet(_)) && is_aws_verdict && !needs_proof {
            match proof::too_few(metrics, &label.scope, measure, now).await {
                Ok(Some(verdict)) => {
                    situation.proof = Some(verdict);
                    return Ok(situation);
                }
                Ok(None) => {}
                Err(error) => {
                    warn!(%error, "AWS's number is taken as it is: our own counts cannot be read")
                }
            }
        }
        let names = match &label.scope {
            Scope::Account => Vec::new(),
            Scope::ConfigurationSet(name) => vec![name.clone()],
            Scope::Tenant(arn) => {
                situation.tenant_sending_enabled = self.clients.switch.tenant(arn).await?;
                Vec::new()
            }
            Scope::Domain(domain) => {
                match self.settings.policy.domain_sets.get(&domain.to_ascii_lowercase()) {
                    Some(sets) => sets.clone(),
                    None => {
                        let seconds =
                            situation.proof.map_or(LOOK_BACK, |proof| proof.finding.seconds);
                        proof::sets_of(metrics, domain, measure, seconds, now).await?
                    }
                }
            }
        };
        for name in names {
            let sending_enabled = self.clients.switch.configuration_set(&name).await?;
            situation.sets.push(SetState { name, sending_enabled });
        }
        let no_set = situation.sets.iter().all(|set| set.sending_enabled.is_none());
        let may_be_unlisted = situation.sets.is_empty()
            && epoch_millis(&raised.alarm.episode)
                .is_some_and(|at| now_millis() - at < UNLISTED_MILLIS);
        if matches!(label.scope, Scope::Domain(_)) && no_set && !may_be_unlisted {
            situation.account_proof =
                Some(proof::verdict(metrics, &Scope::Account, measure, since, now).await?);
        }
        Ok(situation)
    }
}
