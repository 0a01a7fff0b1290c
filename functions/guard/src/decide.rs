//! Alarms in ALARM: reads what [`warden_domain::guard::decide`] needs about each, and takes those that
//! concern the same further as one incident.

use std::time::Duration;

use tracing::{info, warn};
use warden_aws::{CallError, Class};
use warden_domain::guard::{
    Action, AlarmDecision, AlarmRecord, DecisionFacts, Fact, Label, Scope, SetState, decide,
    facts_to_read, grouped, held_to_counts,
};
use warden_domain::time::{epoch_millis, iso_millis};

use crate::guard::Guard;
use crate::snapshot::{StackSnapshot, not_handled};
use crate::time::{FOR_ANSWER, now_millis, share, within};

/// How far back a domain's configuration sets are weighed where no window decided, in seconds.
const LOOK_BACK: u32 = 3600;

impl Guard {
    /// Handles the alarms that are in ALARM and not handled. Answers with the faults of those that
    /// could not be.
    ///
    /// Deciding takes at most half of the time that is left. Where every domain is in ALARM at once,
    /// what is decided by then is handled, and the next invocation takes the rest. `is_first`: no
    /// unfinished incident came before; then one alarm is decided, however little time there is.
    pub(crate) async fn alarms_in_alarm(
        &self,
        snapshot: &mut StackSnapshot,
        is_first: bool,
    ) -> Vec<CallError> {
        let deadline = snapshot.deadline;
        let (decided, mut failed) = self.decisions(snapshot, is_first).await;
        for (turn, members) in grouped(decided).into_iter().enumerate() {
            let Some(name) = members.first().map(|first| first.alarm.name.clone()) else {
                continue;
            };
            let ended = if turn > 0 && deadline.remaining().is_zero() {
                Err(out_of_time("handling"))
            } else {
                let limit = share(deadline, FOR_ANSWER, 1);
                within(limit, "handling", self.handle(members, snapshot)).await
            };
            failed.extend(ended.err().map(|fault| not_handled(&name, fault)));
        }
        failed
    }

    async fn handle(
        &self,
        members: Vec<AlarmDecision>,
        snapshot: &mut StackSnapshot,
    ) -> Result<(), CallError> {
        match snapshot.stack.incident_of(members, now_millis()) {
            Some((incident, decided)) => {
                if self.is_paused_meanwhile(&incident, &decided, snapshot).await? {
                    return Ok(());
                }
                self.advance(incident, decided, snapshot).await
            }
            None => {
                info!("nothing has changed since the last notice");
                Ok(())
            }
        }
    }

    /// Decides about each alarm, the most important first, and the faults of those left undecided.
    async fn decisions(
        &self,
        snapshot: &mut StackSnapshot,
        is_first: bool,
    ) -> (Vec<AlarmDecision>, Vec<CallError>) {
        let deadline = snapshot.deadline;
        let (mut decided, mut failed) = (Vec::new(), Vec::new());
        let for_handling = deadline.remaining() / 2;
        for alarm in snapshot.stack.to_decide(now_millis()) {
            let name = alarm.name.clone();
            if alarm.is_silenced {
                info!(
                    alarm.name = name,
                    "the actions of this alarm are switched off: guard leaves it alone"
                );
                continue;
            }
            let has_begun = !decided.is_empty() || !failed.is_empty();
            if (has_begun || !is_first) && deadline.remaining() <= for_handling {
                failed.push(not_handled(&name, out_of_time("deciding")));
                continue;
            }
            let limit = share(deadline, for_handling, 2).max(deadline.remaining() / 4);
            match within(limit, "deciding", self.decide_about(alarm, snapshot)).await {
                Ok(one) => {
                    snapshot.stack.note_decision(&one);
                    decided.push(one);
                }
                Err(fault) => failed.push(not_handled(&name, fault)),
            }
        }
        (decided, failed)
    }

    async fn decide_about(
        &self,
        alarm: AlarmRecord,
        snapshot: &mut StackSnapshot,
    ) -> Result<AlarmDecision, CallError> {
        let label = snapshot.stack.label(&alarm.name).cloned();
        let (action, proof, after) = match held_to_counts(label.as_ref()) {
            Err(why) => (Action::Notify(why), None, None),
            Ok(label) => {
                let after = self.resumed_pause(&alarm, label, snapshot).await?;
                let since = after.as_ref().map(|(at, _)| *at);
                let seen = self.observe(&alarm, label, since, snapshot).await?;
                let action = decide(label, &seen, &self.settings.policy);
                (action, seen.proof, after.map(|(at, alarm)| (iso_millis(at), alarm)))
            }
        };
        Ok(AlarmDecision { alarm, label, action, proof, after })
    }

    /// The last pause that guard made for the same mail because of another alarm whose episode lasts,
    /// and that somebody ended: when it was made, and for which alarm. It was made for the same events,
    /// and whoever resumed has seen them: only events after it may pause again.
    async fn resumed_pause(
        &self,
        alarm: &AlarmRecord,
        label: &Label,
        snapshot: &StackSnapshot,
    ) -> Result<Option<(i64, String)>, CallError> {
        let pauses = snapshot.stack.earlier_pauses(alarm, label);
        if pauses.is_empty() {
            return Ok(None);
        }
        let sets = match &label.scope {
            Scope::ConfigurationSet(set) => vec![set.clone()],
            Scope::Domain(domain) => match self.settings.policy.sets_of(domain) {
                Some(sets) => sets.clone(),
                None => self.clients.metrics.configuration_sets_of("Send", domain).await?,
            },
            Scope::Account | Scope::Tenant(_) => Vec::new(),
        };
        for pause in pauses.into_iter().filter(|pause| pause.concerns(&label.scope, &sets)) {
            let sends = || self.clients.switch.any_sends(&pause.target);
            if pause.is_over || sends().await? == Some(true) {
                return Ok(Some((pause.at, pause.alarm)));
            }
        }
        Ok(None)
    }

    /// Reads what is to be known of an alarm that is held to the counts. Events before `after`
    /// (milliseconds since 1970) do not count.
    async fn observe(
        &self,
        alarm: &AlarmRecord,
        label: &Label,
        after: Option<i64>,
        snapshot: &mut StackSnapshot,
    ) -> Result<DecisionFacts, CallError> {
        let (metrics, switch) = (&self.clients.metrics, &self.clients.switch);
        let (now, since) = (now_millis() / 1000, after.map(|at| at / 1000));
        let deadline = snapshot.deadline;
        // What a decision can do without gets little time.
        let short = || share(deadline, Duration::ZERO, 8);
        let in_alarm = epoch_millis(&alarm.episode).map(|at| now_millis() - at);
        let mut seen = DecisionFacts::nothing_read();
        let reads_only_aws = alarm.definition().reads_only_aws();
        for fact in facts_to_read(label, reads_only_aws, after.is_some()) {
            if !seen.needs(fact, in_alarm) {
                continue;
            }
            let mut sets = Vec::new();
            match fact {
                Fact::Account => {
                    let account = snapshot.reads.account(switch).await?;
                    seen.account_sending_enabled = account.sending_enabled;
                    seen.enforcement_status = account.enforcement_status;
                }
                Fact::OurRate(measure) => {
                    let scope = &label.scope;
                    let read = snapshot.reads.judgement(metrics, scope, measure, since, now);
                    seen.proof = Some(read.await?);
                }
                Fact::TooFew(measure) => {
                    let limit = short();
                    let count = snapshot.reads.too_few(metrics, &label.scope, measure, now);
                    match within(limit, "counting", count).await {
                        Ok(too_few) => seen.proof = too_few,
                        Err(error) => warn!(
                            %error,
                            "guard takes AWS's own rate as it is, because its own counts cannot be read"
                        ),
                    }
                }
                Fact::AwsRate(measure) => {
                    let limit = short();
                    let read = snapshot.reads.aws_rate(&self.clients.ses_metrics, measure, now);
                    match within(limit, "reading AWS's rate", read).await {
                        Ok(rate) => {
                            seen.aws_number_holds = Some(alarm.is_confirmed_by(rate, measure));
                        }
                        Err(error) => warn!(
                            %error,
                            "guard believes the alarm, because AWS's own rate cannot be read again"
                        ),
                    }
                }
                Fact::Tenant(arn) => seen.tenant_sending_enabled = switch.tenant(arn).await?,
                Fact::Set(name) => sets.push(name.to_owned()),
                Fact::CarriersOf(domain, measure) => {
                    let seconds = seen.proof.map_or(LOOK_BACK, |proof| proof.finding.seconds);
                    sets = match self.settings.policy.sets_of(domain) {
                        Some(sets) => sets.clone(),
                        None => metrics.carriers(domain, measure, seconds, now).await?,
                    };
                }
                Fact::AccountRate(measure) => {
                    let scope = &Scope::Account;
                    let read = snapshot.reads.judgement(metrics, scope, measure, since, now);
                    seen.account_proof = Some(read.await?);
                }
            }
            for name in sets {
                let sending_enabled = snapshot.reads.set(switch, &name).await?;
                seen.sets.push(SetState { name, sending_enabled });
            }
        }
        Ok(seen)
    }
}

fn out_of_time(operation: &'static str) -> CallError {
    CallError::new(operation, Class::Temporary, "the time of this invocation is over")
}
