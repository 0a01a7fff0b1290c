//! Decode, decide, act, answer.

use std::collections::{BTreeMap, BTreeSet};

use aws_lambda_events::sqs::SqsBatchResponse;
use tracing::{error, info, warn};
use warden_domain::envelope::{is_schedule, open};
use warden_domain::event::Mail;
use warden_domain::imports::{TenantEntries, Waiting};
use warden_domain::outcome::{Acted, GivenBack, Ignored, Outcome};
use warden_domain::suppression::{BatchPlan, List, PlannedPut};
use warden_lambda::answer::Answer;
use warden_lambda::{Deadline, Function, FunctionError, Parts};

use crate::counts::Counts;
use crate::decide::{Candidates, DecidedEvent, decide_all, report_kept};
use crate::function::Suppress;
use crate::imports::run_imports;
use crate::region::PutOutcome;
use crate::settings::RescueMode;
use crate::staging::RescuePlace;

impl Function for Suppress {
    type Answer = SqsBatchResponse;

    async fn handle(
        &self,
        payload: &[u8],
        deadline: Deadline,
    ) -> Result<SqsBatchResponse, FunctionError> {
        let time = deadline.split();
        let counts = Counts::default();
        if is_schedule(payload) {
            if let Some(staging) = &self.staging {
                run_imports(self, staging, deadline, &counts).await;
            }
            counts.write(&self.metrics, time).await;
            return Ok(SqsBatchResponse::default());
        }
        let mut answer = Answer::new("suppress");
        let mut candidates = Candidates::default();
        let half = time.last_start.half();
        let has_time = || !half.is_over();
        let records = open(payload);
        let decided = decide_all(&self.policy, records, has_time, &mut answer, &mut candidates);
        let decided = self.apply_journal(decided, time, &mut answer, &counts).await;
        let plan = self.plan(&decided, time, &mut answer, &counts).await;
        let mails: BTreeMap<usize, &Mail> =
            decided.iter().map(|decided| (decided.index, &decided.event.mail)).collect();
        let puts = plan.into_puts();
        let ends = self.deliver(&puts, time, &answer, &counts).await;
        for (put, end) in puts.iter().zip(&ends) {
            let end: Option<Outcome> = match end {
                PutOutcome::Done | PutOutcome::Known => None,
                PutOutcome::Staged => Some(Acted::Staged.into()),
                PutOutcome::Refused => Some(Ignored::Refused.into()),
                PutOutcome::Sandbox => Some(Ignored::Sandbox.into()),
                PutOutcome::NotTried => Some(GivenBack::OutOfTime.into()),
                PutOutcome::Failed(reason) => Some((*reason).into()),
            };
            if let Some(end) = end {
                put.messages.iter().for_each(|message| answer.downgrade(*message, end));
            }
        }
        self.look_at_effect(&puts, &ends, &mails, time, &counts).await;
        self.keep_for_rescue(&decided, candidates, time, &mut answer).await;
        counts.write(&self.metrics, time).await;
        answer.finish()
    }
}

impl Suppress {
    /// Has the journal decide what earlier bounces decide, and logs who is kept.
    async fn apply_journal(
        &self,
        decided: Vec<DecidedEvent>,
        time: Parts,
        answer: &mut Answer,
        counts: &Counts,
    ) -> Vec<DecidedEvent> {
        let decided = match &self.journal {
            Some(journal) => journal.judge_strikes_and_record(decided, time, counts).await,
            None => decided,
        };
        for DecidedEvent { index, decision, .. } in &decided {
            answer.downgrade(*index, decision.outcome);
            report_kept(decision, &answer.ids(*index), |address| self.id(address));
        }
        decided
    }

    /// What to put on which list. Addresses whose list cannot be found out in the share
    /// of the time for that wait in the bucket, or are given back where there is none;
    /// they hold up nothing that is known.
    async fn plan(
        &self,
        decided: &[DecidedEvent],
        time: Parts,
        answer: &mut Answer,
        counts: &Counts,
    ) -> BatchPlan {
        let mut plan = BatchPlan::default();
        let to_suppress = || decided.iter().filter(|d| d.decision.to_suppress().next().is_some());
        let tenants: BTreeSet<String> =
            to_suppress().filter_map(|decided| decided.event.mail.tenant.clone()).collect();
        let lists = if tenants.is_empty()
            || time.work.within(self.settings.was_in_sandbox()).await == Some(true)
        {
            // In the sandbox no list takes an entry.
            tenants.into_iter().map(|tenant| (tenant, Ok(List::Account))).collect()
        } else {
            self.settings.lists(&tenants, time.last_start.half()).await
        };
        let mut unknown = TenantEntries::default();
        let mut waiting = Vec::new();
        for DecidedEvent { index, event, decision } in to_suppress() {
            let list =
                event.mail.tenant.as_ref().and_then(|tenant| Some((tenant, lists.get(tenant)?)));
            match list {
                None => plan.add(*index, &List::Account, decision),
                Some((_, Ok(list))) => plan.add(*index, list, decision),
                Some((tenant, Err(reason))) => {
                    waiting.push((*index, *reason));
                    for (address, reason) in decision.to_suppress() {
                        unknown.add(tenant, address.expose(), reason);
                    }
                }
            }
        }
        let end = self.stage_unknown(&unknown, time).await;
        if end == Some(Acted::Staged.into()) {
            counts.staged(unknown.len());
        }
        for (message, reason) in waiting {
            answer.downgrade(message, end.unwrap_or(reason.into()));
        }
        plan
    }

    /// Writes addresses whose list is not known to the bucket; `None` where there is no
    /// bucket.
    async fn stage_unknown(&self, unknown: &TenantEntries, time: Parts) -> Option<Outcome> {
        let staging = self.staging.as_ref().filter(|_| !unknown.is_empty())?;
        let (addresses, tenants) = (unknown.len(), unknown.tenants().count());
        let region = &self.home.name;
        Some(match time.work.within(staging.add_unknown(region, unknown)).await {
            Some(Ok(key)) => {
                info!(
                    addresses,
                    tenants,
                    key,
                    "staged {addresses} addresses of {tenants} tenants until it is known whether \
                     these tenants have suppression lists of their own"
                );
                Acted::Staged.into()
            }
            Some(Err(error)) => {
                error!(
                    addresses,
                    tenants,
                    %error,
                    "cannot write to the bucket: the messages go back to the queue"
                );
                GivenBack::CallFailed.into()
            }
            None => GivenBack::OutOfTime.into(),
        })
    }

    /// Says once, and counts each time, when an entry protects nothing.
    async fn look_at_effect(
        &self,
        puts: &[PlannedPut],
        ends: &[PutOutcome],
        mails: &BTreeMap<usize, &Mail>,
        time: Parts,
        counts: &Counts,
    ) {
        for (put, end) in puts.iter().zip(ends) {
            let mail = put.messages.first().and_then(|message| mails.get(message));
            let (Some(mail), PutOutcome::Done | PutOutcome::Staged) = (mail, end) else { continue };
            if !self.home.has_time(time) {
                return;
            }
            let is_effective = self.settings.is_effective(mail, put.reason);
            if time.work.within(is_effective).await == Some(false) {
                counts.ineffective(put.reason);
            }
        }
    }

    /// Keeps the rescue candidates, and where the function rescues by itself also what
    /// other events decided; their messages come back when that fails.
    async fn keep_for_rescue(
        &self,
        decided: &[DecidedEvent],
        candidates: Candidates,
        time: Parts,
        answer: &mut Answer,
    ) {
        let Some(staging) = &self.staging else { return };
        let removes = self.rescue.mode == RescueMode::Remove;
        let mut others = Waiting::default();
        let mut messages = candidates.messages;
        for DecidedEvent { index, decision, .. } in decided.iter().filter(|_| removes) {
            for (address, reason) in decision.to_suppress() {
                others.add(address.expose(), reason);
                messages.insert(*index);
            }
        }
        let region = &self.home.name;
        let keep = async {
            if !candidates.lines.is_empty() {
                staging.keep_rescue(&candidates.lines).await?;
            }
            if removes && !candidates.lines.is_empty() {
                staging.add_rescue(region, RescuePlace::Queue, candidates.lines).await?;
            }
            if !others.is_empty() {
                staging.add_rescue(region, RescuePlace::Decisions, others.lines()).await?;
            }
            Ok(())
        };
        let end = match time.work.within(keep).await {
            Some(Ok(())) => return,
            Some(Err(error)) => {
                let error: warden_aws::CallError = error;
                warn!(%error, "the record of rescue candidates is not written: their messages go back to the queue");
                GivenBack::CallFailed
            }
            None => GivenBack::OutOfTime,
        };
        messages.iter().for_each(|message| answer.downgrade(*message, end.into()));
    }
}
