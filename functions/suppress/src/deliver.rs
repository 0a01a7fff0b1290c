//! Puts a batch's addresses on the lists of every Region, or has them wait.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::Instant;
use tracing::{error, info};
use warden_domain::address::RawAddress;
use warden_domain::imports::Waiting;
use warden_domain::outcome::GivenBack;
use warden_domain::suppression::{
    List, PlannedPut, Route, RouteConditions, SkipReason, SuppressionReason, route,
};
use warden_lambda::Parts;
use warden_lambda::answer::Answer;

use crate::counts::Counts;
use crate::function::Suppress;
use crate::region::{PutOutcome, Region, Single};
use crate::staging::{FilePlace, Staging};

/// Single puts of this long ago still count towards the threshold, so that a storm
/// that comes in small batches, or event by event, is seen as one.
const STORM_WINDOW: Duration = Duration::from_secs(300);

/// Longest time that one batch spends on single puts where addresses can wait in the
/// bucket: when SES is slow, a job is sooner done with what is left.
const SINGLES_AT_MOST: Duration = Duration::from_secs(60);

impl Suppress {
    /// Writes to every Region, side by side, and answers with the end of each put in
    /// the home Region, or a failure anywhere that the bucket could not take up.
    pub(crate) async fn deliver(
        &self,
        puts: &[PlannedPut],
        time: Parts,
        answer: &Answer,
        counts: &Counts,
    ) -> Vec<PutOutcome> {
        if puts.is_empty() {
            return Vec::new();
        }
        let mut conditions = RouteConditions {
            can_wait: self.staging.is_some(),
            is_in_sandbox: time.work.within(self.settings.was_in_sandbox()).await == Some(true),
            ..RouteConditions::default()
        };
        if !conditions.is_in_sandbox && conditions.can_wait && self.is_storm(puts.len()).await {
            conditions.is_storm = true;
            conditions.is_in_sandbox =
                time.work.within(self.settings.is_in_sandbox()).await == Some(true);
        }
        let regions = self.regions();
        let all = regions.iter().map(|region| {
            let conditions = RouteConditions {
                is_home: region.name == self.home.name,
                is_backing_off: region.is_backing_off(),
                ..conditions
            };
            self.deliver_to(region, puts, conditions, time, answer)
        });
        let mut ends = vec![PutOutcome::Done; puts.len()];
        for (region, of_region) in regions.iter().zip(join_all(all).await) {
            let is_home = region.name == self.home.name;
            for ((end, new), put) in ends.iter_mut().zip(of_region).zip(puts) {
                if is_home {
                    *end = new;
                    match new {
                        PutOutcome::Done => counts.suppressed(put.reason),
                        PutOutcome::Staged => counts.staged(1),
                        PutOutcome::Refused => counts.refused(),
                        PutOutcome::Sandbox => counts.sandboxed(1),
                        PutOutcome::Known | PutOutcome::NotTried | PutOutcome::Failed(_) => {}
                    }
                } else if new.is_open() && !end.is_open() {
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

    async fn deliver_to(
        &self,
        region: &Region,
        puts: &[PlannedPut],
        conditions: RouteConditions,
        time: Parts,
        answer: &Answer,
    ) -> Vec<PutOutcome> {
        let mut singles = Singles {
            function: self,
            region,
            conditions,
            time,
            answer,
            began: Instant::now(),
            is_stopped: false,
            is_in_sandbox: false,
        };
        let mut ends = Vec::with_capacity(puts.len());
        for (put, route) in puts.iter().zip(route(puts, conditions)) {
            ends.push(match route {
                Route::PutNow => singles.put(put).await,
                Route::Stage => PutOutcome::NotTried,
                Route::Skip(SkipReason::Sandbox) => PutOutcome::Sandbox,
                Route::Skip(SkipReason::TenantOfHomeRegion) => PutOutcome::Known,
            });
        }
        if let Some(staging) = &self.staging {
            stage_open_puts(staging, region, puts, &mut ends, time).await;
        }
        ends
    }
}

/// The single puts of a batch in one Region.
struct Singles<'a> {
    function: &'a Suppress,
    region: &'a Region,
    conditions: RouteConditions,
    time: Parts,
    answer: &'a Answer,
    began: Instant,
    /// What is left is to wait in the bucket.
    is_stopped: bool,
    is_in_sandbox: bool,
}

impl Singles<'_> {
    async fn put(&mut self, put: &PlannedPut) -> PutOutcome {
        if self.is_in_sandbox {
            return PutOutcome::Sandbox;
        }
        let can_wait = self.conditions.can_wait;
        if self.is_stopped || (can_wait && self.began.elapsed() > SINGLES_AT_MOST) {
            return PutOutcome::NotTried;
        }
        let ids = put.messages.first().map(|message| self.answer.ids(*message)).unwrap_or_default();
        let tenant = match &put.list {
            List::Account => None,
            List::Tenant(name) => Some(name.as_str()),
        };
        let address = RawAddress::from(&put.address);
        let id = self.function.id(&put.address);
        let single = Single {
            tenant,
            address: &address,
            id: id.as_ref(),
            reason: put.reason,
            ids: Some(&ids),
        };
        let outcome = self.function.put(self.region, single, self.time).await;
        match outcome {
            PutOutcome::Refused if self.conditions.is_home => {
                let settings = &self.function.settings;
                if self.time.work.within(settings.is_in_sandbox()).await == Some(true) {
                    self.is_in_sandbox = true;
                    return PutOutcome::Sandbox;
                }
            }
            // With a bucket to wait in there is no use in asking on.
            PutOutcome::NotTried | PutOutcome::Failed(_) if can_wait => {
                self.is_stopped = true;
                if outcome == PutOutcome::Failed(GivenBack::CallFailed) {
                    self.region.back_off();
                }
            }
            PutOutcome::Done
            | PutOutcome::Known
            | PutOutcome::Staged
            | PutOutcome::Refused
            | PutOutcome::Sandbox
            | PutOutcome::NotTried
            | PutOutcome::Failed(_) => {}
        }
        outcome
    }
}

/// Stages what is not on the list, and a complaint that an import
/// job at work may put an older bounce over.
async fn stage_open_puts(
    staging: &Staging,
    region: &Region,
    puts: &[PlannedPut],
    ends: &mut [PutOutcome],
    time: Parts,
) {
    let is_importing = puts.iter().zip(ends.iter()).any(|(put, end)| is_fresh_complaint(put, *end))
        && time.work.within(is_importing(staging, region)).await.unwrap_or(true);
    stage_for_tenants(staging, region, puts, ends, time).await;
    let mut waiting = Waiting::default();
    for (put, end) in puts.iter().zip(ends.iter()).filter(|(put, _)| put.list == List::Account) {
        if end.is_open() || (is_importing && is_fresh_complaint(put, *end)) {
            waiting.add(put.address.expose(), put.reason);
        }
    }
    if waiting.is_empty() {
        return;
    }
    match time.work.within(staging.add(&region.name, FilePlace::Staged, &waiting)).await {
        Some(Ok(key)) => {
            info!(
                addresses = waiting.len(),
                ses.region = region.name,
                key,
                "staged {} addresses for an import job",
                waiting.len()
            );
            for (put, end) in puts.iter().zip(ends.iter_mut()) {
                if put.list == List::Account && end.is_open() {
                    *end = PutOutcome::Staged;
                }
            }
        }
        Some(Err(error)) => {
            error!(
                addresses = waiting.len(), ses.region = region.name, %error,
                "cannot write to the bucket: the messages go back to the queue"
            );
            give_back(puts, ends, is_importing, GivenBack::CallFailed);
        }
        None => give_back(puts, ends, is_importing, GivenBack::OutOfTime),
    }
}

async fn stage_for_tenants(
    staging: &Staging,
    region: &Region,
    puts: &[PlannedPut],
    ends: &mut [PutOutcome],
    time: Parts,
) {
    let mut by_tenant: BTreeMap<&str, Waiting> = BTreeMap::new();
    for (put, end) in puts.iter().zip(ends.iter()) {
        if let List::Tenant(tenant) = &put.list
            && end.is_open()
        {
            by_tenant.entry(tenant).or_default().add(put.address.expose(), put.reason);
        }
    }
    for (tenant, waiting) in by_tenant {
        match time.work.within(staging.add_for_tenant(&region.name, tenant, &waiting)).await {
            Some(Ok(true)) => {
                info!(
                    addresses = waiting.len(),
                    tenant, "staged addresses for the suppression list of tenant {tenant}"
                );
                let of_tenant = |put: &PlannedPut| put.list == List::Tenant(tenant.to_owned());
                for (_, end) in puts.iter().zip(ends.iter_mut()).filter(|(put, _)| of_tenant(put)) {
                    if end.is_open() {
                        *end = PutOutcome::Staged;
                    }
                }
            }
            Some(Err(error)) => {
                error!(
                    addresses = waiting.len(), tenant, %error,
                    "cannot write to the bucket: the messages go back to the queue"
                );
            }
            Some(Ok(false)) | None => {}
        }
    }
}

fn is_fresh_complaint(put: &PlannedPut, end: PutOutcome) -> bool {
    put.list == List::Account
        && put.reason == SuppressionReason::Complaint
        && end == PutOutcome::Done
}

fn give_back(puts: &[PlannedPut], ends: &mut [PutOutcome], is_importing: bool, reason: GivenBack) {
    for (put, end) in puts.iter().zip(ends) {
        if end.is_open() || (is_importing && is_fresh_complaint(put, *end)) {
            *end = PutOutcome::Failed(reason);
        }
    }
}

/// Whether an import job is at work or being made. Where that cannot be read it may
/// be: to stage a complaint for nothing costs one put.
async fn is_importing(staging: &Staging, region: &Region) -> bool {
    staging.state(&region.name).await.map_or(true, |state| state.is_busy())
}
