//! What guard reads before it decides about one alarm.

use std::time::Duration;

use tracing::warn;
use warden_aws::{AlarmRecord, CallError};
use warden_domain::guard::enforcement::EnforcementStatus;
use warden_domain::guard::record::Target;
use warden_domain::guard::{
    Action, Label, Observation, Scope, SetState, Severity, decide, held_to_counts,
};
use warden_domain::time::{epoch_millis, iso_millis};

use crate::decision::AlarmDecision;
use crate::guard::Guard;
use crate::proof;
use crate::snapshot::StackSnapshot;
use crate::time::{now_millis, share, within};

/// How far back a domain's configuration sets are weighed where no window decided,
/// in seconds.
const LOOK_BACK: u32 = 3600;
/// For how long after an alarm a configuration set may have carried the mail and not be
/// listed: CloudWatch lists a new series after up to a quarter of an hour. The account is
/// not paused for what is not listed before that.
const UNLISTED_MILLIS: i64 = 20 * 60_000;

impl Guard {
    /// Decides about one alarm that is in ALARM.
    pub(crate) async fn decide_about(
        &self,
        alarm: AlarmRecord,
        snapshot: &StackSnapshot,
    ) -> Result<AlarmDecision, CallError> {
        let label = self.label(&alarm);
        let (action, proof, after) = match held_to_counts(label.as_ref()) {
            Err(why) => (Action::Notify(why), None, None),
            Ok(label) => {
                let after = self.resumed(&alarm, label, snapshot).await?;
                let since = after.as_ref().map(|(at, _)| *at);
                let observation = self.observe(&alarm, label, since, snapshot).await?;
                let action = decide(label, &observation, &self.settings.policy);
                let after = after.map(|(at, alarm)| (iso_millis(at), alarm));
                (action, observation.proof, after)
            }
        };
        Ok(AlarmDecision { alarm, label, action, proof, after })
    }

    /// The last pause that guard made for the same mail because of another alarm whose episode lasts,
    /// and that somebody ended: when it was made, and for which alarm. It was made for the same events,
    /// and whoever resumed has seen them: only events after it may pause again.
    pub(crate) async fn resumed(
        &self,
        alarm: &AlarmRecord,
        label: &Label,
        snapshot: &StackSnapshot,
    ) -> Result<Option<(i64, String)>, CallError> {
        let mut pauses = Vec::new();
        for incident in snapshot.incidents() {
            let Some((target, at, is_over)) = incident.known_pause() else { continue };
            let leader = snapshot.alarms.get(&incident.leader.alarm);
            let of = leader.and_then(|leader| self.label(leader));
            let Some(of) = of.filter(|of| of.watched == label.watched) else { continue };
            if incident.leader.alarm != alarm.name && snapshot.lasts(&incident.leader) {
                pauses.push((at, incident.leader.alarm.clone(), of, target.clone(), is_over));
            }
        }
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
        pauses.sort_by_key(|(at, ..)| std::cmp::Reverse(*at));
        for (at, leader, of, target, is_over) in pauses {
            let concerns = of.scope == label.scope
                || target == Target::Account
                || target.meets(&Target::Sets(sets.clone()));
            if concerns && (is_over || self.any_sends(&target).await? == Some(true)) {
                return Ok(Some((at, leader)));
            }
        }
        Ok(None)
    }

    /// What is known of an alarm that is held to the counts. Events before `after` (milliseconds since
    /// 1970) do not count.
    pub(crate) async fn observe(
        &self,
        alarm: &AlarmRecord,
        label: &Label,
        after: Option<i64>,
        snapshot: &StackSnapshot,
    ) -> Result<Observation, CallError> {
        // A warning does not depend on the account, and does not wait for it.
        let (sends, status) = match label.severity {
            Severity::Warn => (true, EnforcementStatus::Healthy),
            Severity::Critical => {
                let account = self.account(snapshot).await?;
                (account.sending_enabled, account.enforcement_status.clone())
            }
        };
        let mut observation = Observation {
            account_sending_enabled: sends,
            enforcement_status: status,
            sets: Vec::new(),
            tenant_sending_enabled: None,
            proof: None,
            aws_number_holds: None,
            account_proof: None,
        };
        if !sends {
            return Ok(observation);
        }
        let (metrics, now) = (&self.clients.metrics, now_millis() / 1000);
        let since = after.map(|at| at / 1000);
        let is_aws_number = alarm.definition().reads_only_aws();
        let known = &snapshot.judgements;
        // Unexpected-sender alarms have no rate to prove; they concern the account.
        let Some(measure) = label.watched.rate() else { return Ok(observation) };
        // AWS acts on its own metrics of the account, whatever ses-warden counts.
        let needs_proof = match label.scope {
            Scope::Domain(_) => true,
            Scope::Account | Scope::ConfigurationSet(_) => !is_aws_number || after.is_some(),
            Scope::Tenant(_) => false,
        };
        if needs_proof {
            let judgement = known.judgement(metrics, &label.scope, measure, since, now).await?;
            observation.proof = Some(judgement);
            if judgement.severity != Some(Severity::Critical) {
                return Ok(observation);
            }
        }
        if matches!(label.scope, Scope::ConfigurationSet(_)) && is_aws_number && !needs_proof {
            let limit = share(snapshot.deadline, Duration::ZERO, 8);
            let count = known.too_few(metrics, &label.scope, measure, now);
            match within(limit, "counting", count).await {
                Ok(Some(judgement)) => {
                    observation.proof = Some(judgement);
                    return Ok(observation);
                }
                Ok(None) => {}
                Err(error) => {
                    warn!(%error, "guard takes AWS's own rate as it is, because its own counts cannot be read")
                }
            }
        }
        if label.severity == Severity::Warn {
            return Ok(observation);
        }
        let names = match &label.scope {
            Scope::Account => {
                if is_aws_number && !needs_proof {
                    let limit = share(snapshot.deadline, Duration::ZERO, 8);
                    let number = &self.clients.ses_metrics;
                    let read = known.aws_number_holds(number, measure, alarm, now);
                    match within(limit, "reading AWS's rate", read).await {
                        Ok(holds) => observation.aws_number_holds = Some(holds),
                        Err(error) => {
                            warn!(%error, "guard believes the alarm, because AWS's own rate cannot be read again")
                        }
                    }
                }
                Vec::new()
            }
            Scope::ConfigurationSet(name) => vec![name.clone()],
            Scope::Tenant(arn) => {
                observation.tenant_sending_enabled = self.clients.switch.tenant(arn).await?;
                Vec::new()
            }
            Scope::Domain(domain) => {
                match self.settings.policy.domain_sets.get(&domain.to_ascii_lowercase()) {
                    Some(sets) => sets.clone(),
                    None => {
                        let seconds =
                            observation.proof.map_or(LOOK_BACK, |proof| proof.finding.seconds);
                        proof::sets_of(metrics, domain, measure, seconds, now).await?
                    }
                }
            }
        };
        for name in names {
            let sending_enabled = known.set(&self.clients.switch, &name).await?;
            observation.sets.push(SetState { name, sending_enabled });
        }
        let no_set = observation.sets.iter().all(|set| set.sending_enabled.is_none());
        let may_be_unlisted = observation.sets.is_empty()
            && epoch_millis(&alarm.episode).is_some_and(|at| now_millis() - at < UNLISTED_MILLIS);
        if matches!(label.scope, Scope::Domain(_)) && no_set && !may_be_unlisted {
            observation.account_proof =
                Some(known.judgement(metrics, &Scope::Account, measure, since, now).await?);
        }
        Ok(observation)
    }
}
