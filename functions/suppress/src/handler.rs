//! Decode, decide, act, answer.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use aws_lambda_events::sqs::SqsBatchResponse;
use futures_util::future::join_all;
use tokio::sync::Mutex;
use tokio::time::Instant;
use tracing::{error, info, warn};
use warden_aws::Metrics;
use warden_domain::envelope::{Reading, Record, is_schedule, open};
use warden_domain::event::Mail;
use warden_domain::imports::{TenantEntries, Waiting};
use warden_domain::outcome::{Acted, GivenBack, Ignored, Outcome};
use warden_domain::suppression::{
    BatchPlan, Decision, List, PlannedPut, Policy, Reason, Verdict, decide,
};
use warden_lambda::answer::{Answer, EventIds, shielded};
use warden_lambda::{Deadline, Function, FunctionError};

use crate::counts::Counts;
use crate::region::{Budget, Put, Region, Single};
use crate::rescue;
use crate::settle::settle;
use crate::staging::{Place, Staging, now_ms};
use crate::standing::Standing;

/// Single puts of this long ago still count towards the threshold, so that a storm
/// that comes in small batches, or event by event, is seen as one.
const STORM_WINDOW: Duration = Duration::from_secs(300);

/// Longest time that one batch spends on single puts where addresses can wait in the
/// bucket: when SES is slow, a job is sooner done with the rest.
const SINGLES_AT_MOST: Duration = Duration::from_secs(60);

/// The function: its policy and the lists it writes to.
#[derive(Debug)]
pub struct Suppress {
    pub(crate) policy: Policy,
    pub(crate) home: Region,
    pub(crate) further: Vec<Region>,
    pub(crate) standing: Standing,
    /// Where addresses wait for import jobs; without it everything is put singly.
    pub(crate) staging: Option<Staging>,
    /// Up to so many addresses are put one by one.
    pub(crate) threshold: usize,
    pub(crate) metrics: Metrics,
    /// When single puts were made lately.
    pub(crate) recent: Mutex<Vec<Instant>>,
}

impl Function for Suppress {
    type Answer = SqsBatchResponse;

    async fn handle(
        &self,
        payload: &[u8],
        deadline: Deadline,
    ) -> Result<SqsBatchResponse, FunctionError> {
        let budget = Budget::of(deadline);
        let counts = Counts::default();
        if is_schedule(payload) {
            if let Some(staging) = &self.staging {
                let protected = &self.policy.protected;
                settle(
                    staging,
                    &self.standing,
                    protected,
                    &self.regions(),
                    self.threshold,
                    deadline,
                    &counts,
                )
                .await;
            }
            counts.write(&self.metrics, budget).await;
            return Ok(SqsBatchResponse::default());
        }
        let mut answer = Answer::new("suppress");
        let mut candidates = Candidates::default();
        let half = budget.half();
        let has_time = || Instant::now() < half;
        let records = open(payload);
        let decided = decide_all(&self.policy, records, has_time, &mut answer, &mut candidates);
        let plan = self.plan(&decided, budget, &mut answer, &counts).await;
        let mails: BTreeMap<usize, &Mail> =
            decided.iter().map(|decided| (decided.index, &decided.mail)).collect();
        let puts = plan.into_puts();
        let ends = self.write(&puts, budget, &answer, &counts).await;
        for (put, end) in puts.iter().zip(&ends) {
            let end: Option<Outcome> = match end {
                Put::Done | Put::Known => None,
                Put::Staged => Some(Acted::Staged.into()),
                Put::Refused => Some(Ignored::Refused.into()),
                Put::Sandbox => Some(Ignored::Sandbox.into()),
                Put::Failed(reason) => Some((*reason).into()),
            };
            if let Some(end) = end {
                put.messages.iter().for_each(|message| answer.worsen(*message, end));
            }
        }
        self.look_at_effect(&puts, &ends, &mails, budget, &counts).await;
        self.keep(candidates, budget, &mut answer).await;
        counts.write(&self.metrics, budget).await;
        answer.finish()
    }
}

impl Suppress {
    fn regions(&self) -> Vec<&Region> {
        std::iter::once(&self.home).chain(&self.further).collect()
    }

    /// What to put on which list. Addresses whose list cannot be found out in the share
    /// of the time for that wait in the bucket, or are given back where there is none;
    /// they hold up nothing that is known.
    async fn plan(
        &self,
        decided: &[Decided],
        budget: Budget,
        answer: &mut Answer,
        counts: &Counts,
    ) -> BatchPlan {
        let mut plan = BatchPlan::default();
        let to_suppress = || decided.iter().filter(|d| d.decision.to_suppress().next().is_some());
        let tenants: BTreeSet<String> =
            to_suppress().filter_map(|decided| decided.mail.tenant.clone()).collect();
        let lists = if tenants.is_empty()
            || budget.within(self.standing.was_in_sandbox()).await == Some(true)
        {
            // In the sandbox no list takes an entry.
            tenants.into_iter().map(|tenant| (tenant, Ok(List::Account))).collect()
        } else {
            self.standing.lists(&tenants, budget.half()).await
        };
        let mut unknown = TenantEntries::default();
        let mut waiting = Vec::new();
        for Decided { index, mail, decision } in to_suppress() {
            let list = mail.tenant.as_ref().and_then(|tenant| Some((tenant, lists.get(tenant)?)));
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
        let end = self.stage_unknown(&unknown, budget).await;
        if end == Some(Acted::Staged.into()) {
            counts.staged(unknown.len());
        }
        for (message, reason) in waiting {
            answer.worsen(message, end.unwrap_or(reason.into()));
        }
        plan
    }

    /// Writes addresses whose list is not known to the bucket; `None` where there is no
    /// bucket.
    async fn stage_unknown(&self, unknown: &TenantEntries, budget: Budget) -> Option<Outcome> {
        let staging = self.staging.as_ref().filter(|_| !unknown.is_empty())?;
        let (addresses, tenants) = (unknown.len(), unknown.tenants().count());
        let region = &self.home.name;
        Some(match budget.within(staging.add_unknown(region, unknown)).await {
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
                    "the bucket takes nothing: the messages go back to the queue"
                );
                GivenBack::CallFailed.into()
            }
            None => GivenBack::OutOfTime.into(),
        })
    }

    /// Writes to every Region, side by side, and answers with the end of each put in
    /// the home Region, or a failure anywhere that the bucket could not take up.
    async fn write(
        &self,
        puts: &[PlannedPut],
        budget: Budget,
        answer: &Answer,
        counts: &Counts,
    ) -> Vec<Put> {
        if puts.is_empty() {
            return Vec::new();
        }
        if budget.within(self.standing.was_in_sandbox()).await == Some(true) {
            counts.sandboxed(puts.len());
            return vec![Put::Sandbox; puts.len()];
        }
        let in_bulk = self.staging.is_some() && self.is_storm(puts.len()).await;
        if in_bulk && budget.within(self.standing.is_in_sandbox()).await == Some(true) {
            counts.sandboxed(puts.len());
            return vec![Put::Sandbox; puts.len()];
        }
        let regions = self.regions();
        let all = join_all(
            regions.iter().map(|region| self.deliver(region, puts, in_bulk, budget, answer)),
        )
        .await;
        let mut ends = vec![Put::Done; puts.len()];
        for (region, of_region) in regions.iter().zip(all) {
            let is_home = region.name == self.home.name;
            for ((end, new), put) in ends.iter_mut().zip(of_region).zip(puts) {
                if is_home {
                    *end = new;
                    match new {
                        Put::Done => counts.suppressed(put.reason),
                        Put::Staged => counts.staged(1),
                        Put::Refused => counts.refused(),
                        Put::Sandbox => counts.sandboxed(1),
                        Put::Known | Put::Failed(_) => {}
                    }
                } else if matches!(new, Put::Failed(_)) && !matches!(end, Put::Failed(_)) {
                    *end = new;
                }
            }
        }
        ends
    }

    /// Whether so many addresses, with those of the last minutes, are too many to put
    /// one by one.
    async fn is_storm(&self, addresses: usize) -> bool {
        let mut recent = self.recent.lock().await;
        recent.retain(|at| at.elapsed() < STORM_WINDOW);
        let is_storm = recent.len() + addresses > self.threshold;
        if !is_storm {
            recent.extend(std::iter::repeat_n(Instant::now(), addresses));
        }
        is_storm
    }

    async fn deliver(
        &self,
        region: &Region,
        puts: &[PlannedPut],
        in_bulk: bool,
        budget: Budget,
        answer: &Answer,
    ) -> Vec<Put> {
        let is_home = region.name == self.home.name;
        let mut ends: Vec<Put> = Vec::with_capacity(puts.len());
        let mut in_sandbox = false;
        let began = Instant::now();
        let mut unwell =
            (self.staging.is_some() && region.rests()).then_some(GivenBack::CallFailed);
        for put in puts {
            if self.staging.is_some() && began.elapsed() > SINGLES_AT_MOST {
                unwell = Some(GivenBack::OutOfTime);
            }
            let tenant = match &put.list {
                List::Account => None,
                // A tenant's list is of its own Region.
                List::Tenant(_) if !is_home => {
                    ends.push(Put::Known);
                    continue;
                }
                List::Tenant(name) => Some(name.as_str()),
            };
            let wait = in_bulk.then_some(GivenBack::OutOfTime).or(unwell);
            let end = match wait {
                _ if in_sandbox => Put::Sandbox,
                Some(reason) => Put::Failed(reason),
                None => {
                    let ids = put
                        .messages
                        .first()
                        .map(|message| answer.ids(*message))
                        .unwrap_or_default();
                    let (address, reason) = (put.address.expose(), put.reason);
                    region.put(Single { tenant, address, reason, ids: Some(&ids) }, budget).await
                }
            };
            let end = match end {
                Put::Refused
                    if is_home
                        && budget.within(self.standing.is_in_sandbox()).await == Some(true) =>
                {
                    in_sandbox = true;
                    Put::Sandbox
                }
                // With a bucket to wait in there is no use in asking on.
                Put::Failed(reason) if self.staging.is_some() => {
                    unwell = Some(reason);
                    if reason == GivenBack::CallFailed && wait.is_none() {
                        region.rest();
                    }
                    end
                }
                Put::Done
                | Put::Known
                | Put::Staged
                | Put::Refused
                | Put::Sandbox
                | Put::Failed(_) => end,
            };
            ends.push(end);
        }
        self.stage_the_rest(region, puts, &mut ends, budget).await;
        ends
    }

    /// What is not on the list waits in the bucket; so does a complaint that an import
    /// job at work may put an older bounce over.
    async fn stage_the_rest(
        &self,
        region: &Region,
        puts: &[PlannedPut],
        ends: &mut [Put],
        budget: Budget,
    ) {
        let Some(staging) = &self.staging else { return };
        let is_importing =
            puts.iter().zip(ends.iter()).any(|(put, end)| is_fresh_complaint(put, *end))
                && budget.within(is_importing(staging, region)).await.unwrap_or(true);
        self.stage_for_tenants(staging, region, puts, ends, budget).await;
        let mut waiting = Waiting::default();
        for (put, end) in puts.iter().zip(ends.iter()).filter(|(put, _)| put.list == List::Account)
        {
            if matches!(end, Put::Failed(_)) || (is_importing && is_fresh_complaint(put, *end)) {
                waiting.add(put.address.expose(), put.reason);
            }
        }
        if waiting.is_empty() {
            return;
        }
        match budget.within(staging.add(&region.name, Place::Staged, &waiting)).await {
            Some(Ok(key)) => {
                info!(
                    addresses = waiting.len(),
                    ses.region = region.name,
                    key,
                    "staged for an import job"
                );
                for (put, end) in puts.iter().zip(ends.iter_mut()) {
                    if put.list == List::Account && matches!(end, Put::Failed(_)) {
                        *end = Put::Staged;
                    }
                }
            }
            Some(Err(error)) => {
                error!(
                    addresses = waiting.len(), ses.region = region.name, %error,
                    "the bucket takes nothing: the messages go back to the queue"
                );
                give_back(puts, ends, is_importing, GivenBack::CallFailed);
            }
            None => give_back(puts, ends, is_importing, GivenBack::OutOfTime),
        }
    }

    async fn stage_for_tenants(
        &self,
        staging: &Staging,
        region: &Region,
        puts: &[PlannedPut],
        ends: &mut [Put],
        budget: Budget,
    ) {
        let mut by_tenant: BTreeMap<&str, Waiting> = BTreeMap::new();
        for (put, end) in puts.iter().zip(ends.iter()) {
            if let (List::Tenant(tenant), Put::Failed(_)) = (&put.list, end) {
                by_tenant.entry(tenant).or_default().add(put.address.expose(), put.reason);
            }
        }
        for (tenant, waiting) in by_tenant {
            match budget.within(staging.add_for_tenant(&region.name, tenant, &waiting)).await {
                Some(Ok(true)) => {
                    info!(addresses = waiting.len(), tenant, "waiting for the tenant's list");
                    let of_tenant = |put: &PlannedPut| put.list == List::Tenant(tenant.to_owned());
                    for (_, end) in
                        puts.iter().zip(ends.iter_mut()).filter(|(put, _)| of_tenant(put))
                    {
                        if matches!(end, Put::Failed(_)) {
                            *end = Put::Staged;
                        }
                    }
                }
                Some(Err(error)) => {
                    error!(addresses = waiting.len(), tenant, %error, "the bucket takes nothing")
                }
                Some(Ok(false)) | None => {}
            }
        }
    }

    /// Says once, and counts each time, when an entry protects nothing.
    async fn look_at_effect(
        &self,
        puts: &[PlannedPut],
        ends: &[Put],
        mails: &BTreeMap<usize, &Mail>,
        budget: Budget,
        counts: &Counts,
    ) {
        for (put, end) in puts.iter().zip(ends) {
            let mail = put.messages.first().and_then(|message| mails.get(message));
            let (Some(mail), Put::Done | Put::Staged) = (mail, end) else { continue };
            if !budget.allows(self.home.list.pace().would_wait()) {
                return;
            }
            if budget.within(self.standing.is_effective(mail, put.reason)).await == Some(false) {
                counts.ineffective(put.reason);
            }
        }
    }

    /// Keeps the rescue candidates; their messages come back when that fails.
    async fn keep(&self, candidates: Candidates, budget: Budget, answer: &mut Answer) {
        let Some(staging) = &self.staging else { return };
        if candidates.lines.is_empty() {
            return;
        }
        let end = match budget.within(staging.keep_rescue(candidates.lines)).await {
            Some(Ok(())) => return,
            Some(Err(error)) => {
                warn!(%error, "the record of rescue candidates is not written");
                GivenBack::CallFailed
            }
            None => GivenBack::OutOfTime,
        };
        candidates.messages.iter().for_each(|message| answer.worsen(*message, end.into()));
    }
}

/// Decides each record by itself. Records that there is no time for any more are given
/// back, so that what is decided until then is acted on.
fn decide_all(
    policy: &Policy,
    records: Vec<Record>,
    has_time: impl Fn() -> bool,
    answer: &mut Answer,
    candidates: &mut Candidates,
) -> Vec<Decided> {
    let mut all = Vec::new();
    for (index, record) in records.into_iter().enumerate() {
        if !has_time() {
            answer.push(record.receipt, GivenBack::OutOfTime.into(), EventIds::default());
            continue;
        }
        let ids = EventIds::of(&record.reading);
        let outcome = match record.reading {
            Reading::Event(event) => match shielded(|| decide(&event, policy)) {
                Ok(decision) => {
                    report_spared(&decision, &ids);
                    candidates.add(index, rescue::lines(&event, &decision, now_ms()));
                    let outcome = decision.outcome;
                    all.push(Decided { index, mail: event.mail, decision });
                    outcome
                }
                Err(panicked) => panicked.into(),
            },
            Reading::Alarm(_) => Ignored::OtherEvent.into(),
            Reading::Ignored(reason) => reason.into(),
            Reading::Broken(reason) => reason.into(),
        };
        answer.push(record.receipt, outcome, ids);
    }
    all
}

/// An event and what is to be done about it.
struct Decided {
    /// Its place in the batch.
    index: usize,
    mail: Mail,
    decision: Decision,
}

/// Rescue candidates of a batch.
#[derive(Default)]
struct Candidates {
    lines: String,
    messages: BTreeSet<usize>,
}

impl Candidates {
    fn add(&mut self, message: usize, lines: String) {
        if !lines.is_empty() {
            self.lines += &lines;
            self.messages.insert(message);
        }
    }
}

fn is_fresh_complaint(put: &PlannedPut, end: Put) -> bool {
    put.list == List::Account && put.reason == Reason::Complaint && end == Put::Done
}

fn give_back(puts: &[PlannedPut], ends: &mut [Put], is_importing: bool, reason: GivenBack) {
    for (put, end) in puts.iter().zip(ends) {
        if matches!(end, Put::Failed(_)) || (is_importing && is_fresh_complaint(put, *end)) {
            *end = Put::Failed(reason);
        }
    }
}

/// Whether an import job is at work or being made. Where that cannot be read it may
/// be: to stage a complaint for nothing costs one put.
async fn is_importing(staging: &Staging, region: &Region) -> bool {
    staging.state(&region.name).await.map_or(true, |state| state.busy)
}

fn report_spared(decision: &Decision, ids: &EventIds) {
    for judgement in &decision.judgements {
        let Verdict::Spare(reason) = judgement.verdict else { continue };
        info!(
            recipient.masked = judgement.address.as_ref().map(tracing::field::display),
            fault = judgement.finding.map(|f| f.fault.code()),
            rule = judgement.finding.map(|f| f.rule),
            reason = reason.code(),
            rescue_candidate = judgement.is_rescue_candidate(),
            ses.message_id = ids.message_id.as_deref(),
            ses.feedback_id = ids.feedback_id.as_deref(),
            "spared"
        );
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_decided_in_time_is_acted_on_and_the_rest_given_back() {
        let complaint = |n: usize| {
            json!({
                "eventType": "Complaint", "mail": { "messageId": n.to_string() },
                "complaint": { "complainedRecipients": [{ "emailAddress": "jane@example.net" }] },
            })
        };
        let record = |n: usize| {
            json!({ "messageId": n.to_string(), "eventSource": "aws:sqs",
                "body": complaint(n).to_string() })
        };
        let payload = json!({ "Records": (0..5).map(record).collect::<Vec<_>>() }).to_string();
        let left = Cell::new(3);
        let has_time = || {
            let has_time = left.get() > 0;
            left.set(left.get() - usize::from(has_time));
            has_time
        };
        let (mut answer, mut candidates) = (Answer::new("suppress"), Candidates::default());
        let records = open(payload.as_bytes());
        let decided =
            decide_all(&Policy::default(), records, has_time, &mut answer, &mut candidates);
        assert_eq!(decided.iter().map(|decided| decided.index).collect::<Vec<_>>(), [0, 1, 2]);
        for index in 0..5 {
            let expected = match index {
                0..3 => Acted::Suppressed.into(),
                _ => GivenBack::OutOfTime.into(),
            };
            assert_eq!(answer.outcome(index), Some(expected), "{index}");
        }
    }
}
