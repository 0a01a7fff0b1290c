//! The scheduled visit: what waits in the bucket goes on the list.

use futures_util::future::{join_all, try_join_all};
use tracing::{error, info, warn};
use warden_aws::{CallError, ImportStatus, failed_records};
use warden_domain::address::EmailAddress;
use warden_domain::imports::{ImportState, Job, LARGEST_JOB, Listing, Waiting};
use warden_domain::outcome::GivenBack;
use warden_domain::suppression::Protected;
use warden_lambda::Deadline;

use crate::counts::Counts;
use crate::region::{Budget, Put, Region, Single};
use crate::staging::{Files, Place, Staging, now_ms, now_seconds, passes_by_itself};
use crate::standing::Standing;

/// Objects read or deleted side by side.
const SIDE_BY_SIDE: usize = 8;
/// A job that is at work for so long is reported.
const LONG_SECONDS: i64 = 6 * 3600;
/// And after so long it is made again.
const GIVEN_UP_SECONDS: i64 = 24 * 3600;

/// So many single puts in a row that fail say that SES is not well.
const FAILURES_AT_MOST: u32 = 2;

/// One visit to one Region's part of the bucket.
struct Visit<'a> {
    staging: &'a Staging,
    standing: &'a Standing,
    protected: &'a Protected,
    region: &'a Region,
    budget: Budget,
    /// Up to so many addresses are put one by one.
    threshold: usize,
    counts: &'a Counts,
}

/// Visits every Region, each at its own pace: one that is down delays no other.
///
/// Failures are logged and counted; what waits then waits for the next visit. They are
/// no failure of the invocation: a visit holds no message that could come again.
pub(crate) async fn settle(
    staging: &Staging,
    standing: &Standing,
    protected: &Protected,
    regions: &[&Region],
    threshold: usize,
    deadline: Deadline,
    counts: &Counts,
) {
    let budget = Budget::of(deadline);
    let until = now_ms()
        .saturating_add(u64::try_from(deadline.remaining().as_millis()).unwrap_or(u64::MAX));
    let work = match budget.within(begin(staging, regions, until)).await {
        Some(Ok(work)) => work,
        Some(Err(error)) => {
            error!(%error, "the bucket cannot be used: what waits in it is not on the list. Look at the function's role");
            counts.import_failed();
            return;
        }
        None => {
            error!("the bucket does not answer: what waits in it is not on the list");
            counts.import_failed();
            return;
        }
    };
    if work.is_empty() {
        return;
    }
    let visits = work.into_iter().map(|(region, files)| async move {
        let visit = Visit { staging, standing, protected, region, budget, threshold, counts };
        match budget.within_half_reserve(visit.run(files)).await {
            Some(Ok(())) => {}
            Some(Err(error)) => {
                warn!(ses.region = region.name, %error, "what waits for this Region waits for the next visit");
                counts.import_failed();
            }
            None => {
                warn!(ses.region = region.name, "the visit ran out of time; the next one goes on");
                counts.import_failed();
            }
        }
    });
    join_all(visits).await;
    budget.within(staging.release()).await;
}

/// The Regions for which something waits, once this visit holds the lease.
async fn begin<'a>(
    staging: &Staging,
    regions: &[&'a Region],
    until_ms: u64,
) -> Result<Vec<(&'a Region, Files)>, CallError> {
    let listings = try_join_all(regions.iter().map(|region| staging.files(&region.name))).await?;
    let work: Vec<_> =
        regions.iter().copied().zip(listings).filter(|(_, files)| !files.is_empty()).collect();
    if !work.is_empty() && !staging.lease(until_ms).await? {
        info!("another visit is at work");
        return Ok(Vec::new());
    }
    Ok(work)
}

impl Visit<'_> {
    async fn run(&self, files: Files) -> Result<(), CallError> {
        if self.standing.was_in_sandbox().await {
            return Ok(());
        }
        let mut state = self.staging.state(&self.region.name).await?;
        let is_done = files.hold_nothing();
        let mut jobs = files.jobs;
        if let Some(job) = state.job.clone() {
            if !self.conclude(&mut state, &job).await? {
                return Ok(());
            }
            if state.failures == 0 {
                jobs.retain(|key| *key != job.key);
            }
        }
        if is_done {
            // Nothing waits any more, so no failure is worth remembering.
            state.succeeded();
            return self.staging.save(&self.region.name, &state).await;
        }
        // The job first: a backlog of single puts must not use up the time for it.
        let mut singly = Vec::new();
        if state.may_import(now_seconds()) {
            singly.extend(self.import(&mut state, &jobs, &files.staged).await?);
        } else {
            // Slow, but it goes on while somebody mends what jobs fail by.
            singly.extend(jobs.into_iter().chain(files.staged));
        }
        for key in singly.iter().chain(&files.single) {
            self.put_singly(None, key).await?;
        }
        for (tenant, key) in &files.tenants {
            self.put_singly(Some(tenant), key).await?;
        }
        Ok(())
    }

    /// Makes the next import job. Answers with the files that are too small for one.
    async fn import(
        &self,
        state: &mut ImportState,
        jobs: &[String],
        staged: &[String],
    ) -> Result<Vec<String>, CallError> {
        // Files without a job: the visit before died, was not done, or its job failed.
        // After a failure it is the next one's turn, so that one file that no job can
        // use does not hold up the others.
        let turns = jobs.len() + usize::from(!staged.is_empty());
        let turn = (state.failures as usize).checked_rem(turns).unwrap_or(0);
        let turn = if state.listing.is_some() { 0 } else { turn };
        if let Some(key) = jobs.get(turn) {
            self.submit(state, key).await?;
            return Ok(Vec::new());
        }
        let (waiting, taken) = self.gather(staged).await?;
        if waiting.len() <= self.threshold {
            return Ok(taken);
        }
        let key = self.staging.add(&self.region.name, Place::Jobs, &waiting).await?;
        self.delete(taken).await?;
        self.submit(state, &key).await?;
        Ok(Vec::new())
    }

    /// Looks after the job at work; false while it goes on.
    async fn conclude(&self, state: &mut ImportState, job: &Job) -> Result<bool, CallError> {
        let (region, addresses) = (&self.region.name, job.addresses);
        match self.region.list.import_status(&job.id).await? {
            ImportStatus::AtWork => {
                let seconds = now_seconds().saturating_sub(job.since);
                if seconds > GIVEN_UP_SECONDS {
                    error!(
                        job = job.id,
                        ses.region = region,
                        addresses,
                        seconds,
                        "SES does not end this import job; another is made"
                    );
                    self.counts.import_failed();
                    state.failed(now_seconds());
                    self.staging.save(region, state).await?;
                    return Ok(true);
                }
                if seconds > LONG_SECONDS {
                    error!(
                        job = job.id,
                        ses.region = region,
                        addresses,
                        seconds,
                        "SES has been at this import job for long"
                    );
                    self.counts.import_failed();
                } else {
                    info!(
                        job = job.id,
                        ses.region = region,
                        addresses,
                        seconds,
                        "the import job is at work"
                    );
                }
                return Ok(false);
            }
            ImportStatus::Completed => {
                info!(job = job.id, ses.region = region, addresses, "the import job is done");
                self.staging.delete(&job.key).await?;
                state.succeeded();
                self.counts.imported(addresses);
            }
            ImportStatus::CompletedInPart { failed, records_url } => {
                let mut all = Waiting::default();
                self.staging.read(&job.key, &mut all).await?;
                let named = match records_url {
                    Some(url) => failed_records(&url).await.map(|records| all.named_in(&records)),
                    None => Ok(Waiting::default()),
                };
                let named = named.unwrap_or_else(|error| {
                    warn!(job = job.id, ses.region = region, %error, "the failed records cannot be read");
                    Waiting::default()
                });
                // Without their names, every address of the job is put again: slow,
                // but no address is lost.
                let is_known = named.len() as u64 >= failed;
                let again = if is_known { named } else { all };
                warn!(
                    job = job.id,
                    ses.region = region,
                    addresses,
                    failed,
                    singly = again.len(),
                    "the import job could not use some records; they are put one by one"
                );
                self.staging.add(region, Place::Single, &again).await?;
                self.staging.delete(&job.key).await?;
                state.succeeded();
                self.counts.imported(addresses.saturating_sub(again.len()));
            }
            ImportStatus::Failed(reason) => {
                state.failed(now_seconds());
                error!(
                    job = job.id,
                    ses.region = region,
                    addresses,
                    reason,
                    failures = state.failures,
                    "the import job failed; it is made again. Look whether SES may read the bucket (its policy, its key)"
                );
                self.counts.import_failed();
            }
        }
        self.staging.save(region, state).await?;
        Ok(true)
    }

    /// Makes an import job of a file.
    async fn submit(&self, state: &mut ImportState, key: &str) -> Result<(), CallError> {
        let region = &self.region.name;
        let mut waiting = Waiting::default();
        self.read(key, &mut waiting).await?;
        // Before the complaints are listed: whoever puts one after that sees it.
        state.busy = true;
        self.staging.save(region, state).await?;
        let before = waiting.len();
        let listed = self.leave_out_complaints(state, key, &mut waiting).await;
        if waiting.len() != before {
            self.staging.replace(key, &waiting).await?;
        }
        match listed {
            Ok(true) => state.listing = None,
            Ok(false) => {
                info!(
                    ses.region = region,
                    addresses = waiting.len(),
                    "the listing of complaints goes on with the next visit"
                );
                return self.staging.save(region, state).await;
            }
            Err(error) => {
                state.failed(now_seconds());
                let failures = state.failures;
                error!(
                    ses.region = region, addresses = before, failures, %error,
                    "the complaints cannot be listed, so no import job is made; the addresses are put one by one meanwhile"
                );
                self.counts.import_failed();
                return self.staging.save(region, state).await;
            }
        }
        if waiting.is_empty() {
            self.staging.delete(key).await?;
            state.succeeded();
            return self.staging.save(region, state).await;
        }
        match self.region.list.import(&self.staging.url(key)).await {
            Ok(id) => {
                let addresses = waiting.len();
                info!(job = id, ses.region = region, addresses, "import job made");
                state.job = Some(Job { id, key: key.to_owned(), addresses, since: now_seconds() });
            }
            Err(error) => {
                state.failed(now_seconds());
                let (addresses, failures) = (waiting.len(), state.failures);
                if passes_by_itself(&error) || self.standing.is_in_sandbox().await {
                    warn!(ses.region = region, addresses, failures, %error, "no import job yet; it is tried again");
                } else {
                    error!(
                        ses.region = region, addresses, failures, %error,
                        "SES takes no import job: look at the function's role, the bucket's policy, and whether the \
                         account is in the sandbox. The addresses wait and are put one by one meanwhile"
                    );
                }
                self.counts.import_failed();
            }
        }
        self.staging.save(region, state).await
    }

    /// Drops bounces of addresses that are listed for a complaint; false when the
    /// listing takes more than a visit, with the place to go on at in the state.
    async fn leave_out_complaints(
        &self,
        state: &mut ImportState,
        key: &str,
        waiting: &mut Waiting,
    ) -> Result<bool, CallError> {
        if waiting.bounces() == 0 {
            return Ok(true);
        }
        let begun = state.listing.take().filter(|listing| listing.key == key);
        let mut token = begun.map(|listing| listing.token);
        loop {
            if !self.budget.allows(self.region.list.pace().would_wait()) {
                state.listing = token.map(|token| Listing { key: key.to_owned(), token });
                return Ok(false);
            }
            let (addresses, next) = self.region.list.complaints(token.as_deref()).await?;
            addresses.iter().for_each(|address| waiting.leave_out_listed_complaint(address));
            match next {
                Some(next) if token.as_deref() != Some(next.as_str()) => token = Some(next),
                _ => return Ok(true),
            }
        }
    }

    /// A file's addresses, those aside that have come under protection meanwhile.
    async fn read(&self, key: &str, waiting: &mut Waiting) -> Result<(), CallError> {
        self.staging.read(key, waiting).await?;
        for (address, _) in waiting.by_weight() {
            if EmailAddress::parse(&address).is_ok_and(|address| self.protected.holds(&address)) {
                waiting.remove(&address);
            }
        }
        Ok(())
    }

    /// The addresses of staged files, until a job is full, and the files they are from.
    async fn gather(&self, keys: &[String]) -> Result<(Waiting, Vec<String>), CallError> {
        let (mut waiting, mut taken) = (Waiting::default(), Vec::new());
        for chunk in keys.chunks(SIDE_BY_SIDE) {
            let parts = try_join_all(chunk.iter().map(|key| async move {
                let mut part = Waiting::default();
                self.read(key, &mut part).await.map(|()| part)
            }));
            for (key, part) in chunk.iter().zip(parts.await?) {
                if waiting.len() + part.len() > LARGEST_JOB && !waiting.is_empty() {
                    return Ok((waiting, taken));
                }
                part.by_weight().iter().for_each(|(address, reason)| waiting.add(address, *reason));
                taken.push(key.clone());
            }
        }
        Ok((waiting, taken))
    }

    async fn delete(&self, keys: Vec<String>) -> Result<(), CallError> {
        for chunk in keys.chunks(SIDE_BY_SIDE) {
            try_join_all(chunk.iter().map(|key| self.staging.delete(key))).await?;
        }
        Ok(())
    }

    /// Puts a file's addresses one by one while there is time; the rest stays.
    async fn put_singly(&self, tenant: Option<&str>, key: &str) -> Result<(), CallError> {
        if !self.budget.allows(self.region.list.pace().would_wait()) {
            return Ok(());
        }
        let mut waiting = Waiting::default();
        self.read(key, &mut waiting).await?;
        let before = waiting.len();
        let mut entries = waiting.by_weight();
        // Another first one each minute: an address that SES chokes on is not to block
        // the others.
        let turn = usize::try_from(now_seconds() / 60)
            .unwrap_or(0)
            .checked_rem(entries.len())
            .unwrap_or(0);
        entries.rotate_left(turn);
        let mut failed_in_a_row = 0;
        for (address, reason) in entries {
            let single = Single { tenant, address: &address, reason, ids: None };
            match self.region.put(single, self.budget).await {
                Put::Done => self.counts.suppressed(reason),
                Put::Known | Put::Staged => {}
                // Nothing is wrong with the addresses: they wait for production access.
                Put::Refused if self.standing.is_in_sandbox().await => break,
                Put::Refused => self.counts.refused(),
                Put::Failed(GivenBack::CallFailed) if failed_in_a_row < FAILURES_AT_MOST => {
                    failed_in_a_row += 1;
                    continue;
                }
                // No time left, or SES is not well: the next visit goes on.
                Put::Sandbox | Put::Failed(_) => break,
            }
            failed_in_a_row = 0;
            waiting.remove(&address);
        }
        info!(
            key,
            ses.region = self.region.name,
            done = before - waiting.len(),
            left = waiting.len(),
            "put one by one"
        );
        if waiting.is_empty() {
            self.staging.delete(key).await
        } else if waiting.len() < before {
            self.staging.replace(key, &waiting).await
        } else {
            Ok(())
        }
    }
}
