//! The scheduled visit: what waits in the bucket goes on the list.

use std::collections::BTreeSet;

use futures_util::future::{join_all, try_join_all};
use tokio::time::Instant;
use tracing::{error, info, warn};
use warden_aws::{CallError, ImportStatus, failed_records};
use warden_domain::address::EmailAddress;
use warden_domain::imports::{
    FailedRecords, ImportState, Job, LARGEST_JOB, Lines, Listing, TenantEntries, Waiting,
};
use warden_domain::outcome::GivenBack;
use warden_domain::suppression::{List, Protected};
use warden_lambda::Deadline;

use crate::counts::Counts;
use crate::region::{Budget, Put, Region, Single};
use crate::staging::{Files, Place, Staging, jobs_prefix, now_ms, now_seconds, passes_by_itself};
use crate::standing::Standing;

/// Objects read or deleted side by side.
const SIDE_BY_SIDE: usize = 8;
/// A job that is at work for so long is reported.
const LONG_SECONDS: i64 = 6 * 3600;
/// And after so long it is made again.
const GIVEN_UP_SECONDS: i64 = 24 * 3600;

/// Addresses in one file of those that a job could not use: files of that size are
/// written and read again without a large part of a small function's memory.
const IN_ONE_FILE: usize = 10_000;

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
    let work = look_up_tenants(staging, standing, protected, regions, work, budget, counts).await;
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
    let work = list(staging, regions).await?;
    if !work.is_empty() && !staging.lease(until_ms).await? {
        info!("another visit is at work");
        return Ok(Vec::new());
    }
    Ok(work)
}

async fn list<'a>(
    staging: &Staging,
    regions: &[&'a Region],
) -> Result<Vec<(&'a Region, Files)>, CallError> {
    let listings = try_join_all(regions.iter().map(|region| staging.files(&region.name))).await?;
    Ok(regions.iter().copied().zip(listings).filter(|(_, files)| !files.is_empty()).collect())
}

/// Finds out the lists of tenants that batches had no time for, and moves their addresses
/// to where they belong. Takes half of the time at most. Answers with the files as they
/// lie then.
async fn look_up_tenants<'a>(
    staging: &Staging,
    standing: &Standing,
    protected: &Protected,
    regions: &[&'a Region],
    work: Vec<(&'a Region, Files)>,
    budget: Budget,
    counts: &Counts,
) -> Vec<(&'a Region, Files)> {
    let keys: Vec<(&Region, &String)> = work
        .iter()
        .flat_map(|(region, files)| files.unknown_tenant.iter().map(|key| (*region, key)))
        .collect();
    if keys.is_empty() || standing.was_in_sandbox().await {
        return work;
    }
    let end = budget.half();
    let mut is_changed = false;
    for (region, key) in keys {
        if Instant::now() >= end {
            break;
        }
        let lookup = TenantLookup { staging, standing, protected, regions, region, budget, end };
        match budget.within_half_reserve(lookup.run(key)).await {
            Some(Ok(moved)) => is_changed |= moved,
            Some(Err(error)) => {
                warn!(
                    key,
                    %error,
                    "addresses whose tenants' lists are not known wait for the next visit"
                );
                counts.import_failed();
            }
            None => break,
        }
    }
    if !is_changed {
        return work;
    }
    match budget.within(list(staging, regions)).await {
        Some(Ok(listed)) => listed,
        Some(Err(_)) | None => work,
    }
}

/// The look-up of the tenants of one file.
struct TenantLookup<'a> {
    staging: &'a Staging,
    standing: &'a Standing,
    protected: &'a Protected,
    regions: &'a [&'a Region],
    region: &'a Region,
    budget: Budget,
    end: Instant,
}

impl TenantLookup<'_> {
    /// Moves what is known to its place; true where anything was moved.
    async fn run(&self, key: &str) -> Result<bool, CallError> {
        let mut entries = TenantEntries::default();
        let time = self.budget.for_one_file();
        let lines = self.staging.read(key, time, |line| entries.read_line(line)).await?;
        if lines > 0 && !put_aside(self.staging, &self.region.name, key, lines).await? {
            return Ok(false);
        }
        entries.retain(|address| !is_protected(self.protected, address));
        let tenants: BTreeSet<String> = entries.tenants().map(str::to_owned).collect();
        let mut account = Waiting::default();
        let mut is_moved = lines > 0;
        for (tenant, list) in self.standing.lists(&tenants, self.end).await {
            match list {
                Ok(List::Account) => account.append(entries.take(&tenant)),
                Ok(List::Tenant(name)) => {
                    let own = entries.take(&tenant);
                    // A name that cannot be part of a key is no name that SES gives.
                    if self.staging.add_for_tenant(&self.region.name, &name, &own).await? {
                        is_moved = true;
                    } else {
                        error!(tenant = name, "this tenant's name is none that SES gives");
                    }
                }
                Err(_) => {}
            }
        }
        if !account.is_empty() {
            is_moved = true;
            for region in self.regions {
                self.staging.add(&region.name, Place::Staged, &account).await?;
            }
        }
        if entries.is_empty() {
            self.staging.delete(key).await?;
        } else if is_moved {
            info!(
                key,
                left = entries.len(),
                tenants = entries.tenants().count(),
                "the lists of some tenants are not known yet"
            );
            self.staging.replace_unknown(key, &entries).await?;
        }
        Ok(is_moved)
    }
}

/// Keeps a copy of a file with lines that are no entries, and says so. False where that
/// cannot be done: then the file stays as it is.
async fn put_aside(
    staging: &Staging,
    region: &str,
    key: &str,
    lines: usize,
) -> Result<bool, CallError> {
    match staging.copy_aside(region, key).await? {
        Some(copy) => {
            error!(
                key,
                lines,
                copy,
                "{lines} lines of this file are no entries and are left out; a copy of the file \
                 was kept. Something other than ses-warden wrote into the bucket"
            );
            Ok(true)
        }
        None => {
            error!(
                key,
                lines,
                "{lines} lines of this file are no entries, and it is too large to be kept as a \
                 copy: it stays as it is, and its addresses are not suppressed. Something other \
                 than ses-warden wrote into the bucket"
            );
            Ok(false)
        }
    }
}

fn is_protected(protected: &Protected, address: &str) -> bool {
    EmailAddress::parse(address).is_ok_and(|address| protected.holds(&address))
}

impl Visit<'_> {
    async fn run(&self, files: Files) -> Result<(), CallError> {
        if self.standing.was_in_sandbox().await {
            return Ok(());
        }
        let is_done = files.hold_nothing();
        let Some(mut state) = self.state().await? else {
            let singly = files.jobs.into_iter().chain(files.staged).chain(files.single);
            return self.put_all_singly(singly.collect(), files.tenants).await;
        };
        let mut jobs = files.jobs;
        if let Some(job) = state.job.clone() {
            match self.conclude(&mut state, &job).await {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                Err(error) if passes_by_itself(&error) => return Err(error),
                Err(error) => {
                    error!(
                        job = job.id, ses.region = self.region.name, %error,
                        "whether the import job is done cannot be found out; what waits for \
                         another one is put one by one meanwhile"
                    );
                    self.counts.import_failed();
                    let singly = files.staged.into_iter().chain(files.single);
                    return self.put_all_singly(singly.collect(), files.tenants).await;
                }
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
        singly.extend(files.single);
        self.put_all_singly(singly, files.tenants).await
    }

    /// The state of the imports, put right where it was damaged; `None` where it cannot be
    /// read, and no job may be made.
    async fn state(&self) -> Result<Option<ImportState>, CallError> {
        let region = &self.region.name;
        let mut state = match self.staging.state(region).await {
            Ok(state) => state,
            Err(error) => {
                warn!(
                    ses.region = region, %error,
                    "the state of the imports cannot be read: what waits is put one by one, and \
                     an import job waits for the next visit"
                );
                self.counts.import_failed();
                return Ok(None);
            }
        };
        if state.repair(now_seconds(), &jobs_prefix(region)) {
            error!(
                ses.region = region,
                "the state of the imports held a time or a key that no visit writes; it is put \
                 right. Something other than ses-warden wrote into the bucket"
            );
            self.staging.save(region, &state).await?;
        }
        Ok(Some(state))
    }

    async fn put_all_singly(
        &self,
        keys: Vec<String>,
        tenants: Vec<(String, String)>,
    ) -> Result<(), CallError> {
        for key in &keys {
            self.put_singly(None, key).await?;
        }
        for (tenant, key) in &tenants {
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
        // use does not hold up the others. So it is with a file that cannot be read.
        let turns = jobs.len() + usize::from(!staged.is_empty());
        let listed = state
            .listing
            .as_ref()
            .and_then(|listing| jobs.iter().position(|key| *key == listing.key));
        let first = (state.failures as usize).checked_rem(turns).unwrap_or(0);
        let first = listed.unwrap_or(first);
        for turn in (0..turns).map(|n| (first + n) % turns) {
            if let Some(key) = jobs.get(turn) {
                let Some(waiting) = self.read(key).await? else { continue };
                self.submit(state, key, waiting).await?;
                return Ok(Vec::new());
            }
            let (waiting, taken) = self.gather(staged).await?;
            if waiting.len() <= self.threshold {
                return Ok(taken);
            }
            let key = self.staging.add(&self.region.name, Place::Jobs, &waiting).await?;
            self.delete(taken).await?;
            self.submit(state, &key, waiting).await?;
            return Ok(Vec::new());
        }
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
                let Some(all) = self.read(&job.key).await? else {
                    // Nothing is lost: the file stays, and a job is made of it again once
                    // it can be read.
                    state.succeeded();
                    self.staging.save(region, state).await?;
                    return Ok(true);
                };
                let mut named = FailedRecords::of(all);
                let end = match records_url {
                    Some(url) => {
                        let mut lines = Lines::default();
                        let read = failed_records(&url, |piece| {
                            lines.push(piece, |line| named.read_line(line));
                        });
                        let end = read.await;
                        lines.finish(|line| named.read_line(line));
                        end
                    }
                    None => Ok(()),
                };
                if let Err(error) = end {
                    warn!(job = job.id, ses.region = region, %error, "the failed records cannot be read");
                }
                let again = named.to_put_again(failed);
                let singly = again.len();
                warn!(
                    job = job.id,
                    ses.region = region,
                    addresses,
                    failed,
                    singly,
                    "the import job could not use some records; they are put one by one"
                );
                for part in again.into_parts(IN_ONE_FILE) {
                    self.staging.add(region, Place::Single, &part).await?;
                }
                self.staging.delete(&job.key).await?;
                state.succeeded();
                self.counts.imported(addresses.saturating_sub(singly));
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
    async fn submit(
        &self,
        state: &mut ImportState,
        key: &str,
        mut waiting: Waiting,
    ) -> Result<(), CallError> {
        let region = &self.region.name;
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

    /// A file's addresses, without those that have come under protection meanwhile;
    /// `None` where the file cannot be used. That is said and counted, and is no reason to
    /// leave the other files.
    async fn read(&self, key: &str) -> Result<Option<Waiting>, CallError> {
        let region = &self.region.name;
        let mut waiting = Waiting::default();
        let time = self.budget.for_one_file();
        let lines = match self.staging.read(key, time, |line| waiting.read_line(line)).await {
            Ok(lines) => lines,
            Err(error) => {
                warn!(
                    key, ses.region = region, %error,
                    "this file cannot be read and waits for the next visit; the other files are \
                     looked after"
                );
                self.counts.import_failed();
                return Ok(None);
            }
        };
        if lines > 0 {
            self.counts.import_failed();
            if !put_aside(self.staging, region, key, lines).await? {
                return Ok(None);
            }
            if waiting.is_empty() {
                self.staging.delete(key).await?;
            } else {
                self.staging.replace(key, &waiting).await?;
            }
        }
        let before = waiting.len();
        waiting.retain(|address| !is_protected(self.protected, address));
        if waiting.len() < before {
            // Also in the file: an import job reads that.
            self.staging.replace(key, &waiting).await?;
        }
        Ok(Some(waiting))
    }

    /// The addresses of staged files, until a job is full, and the files they are from.
    async fn gather(&self, keys: &[String]) -> Result<(Waiting, Vec<String>), CallError> {
        let (mut waiting, mut taken) = (Waiting::default(), Vec::new());
        for chunk in keys.chunks(SIDE_BY_SIDE) {
            let parts = try_join_all(chunk.iter().map(|key| self.read(key))).await?;
            for (key, part) in chunk.iter().zip(parts) {
                let Some(part) = part else { continue };
                if waiting.len() + part.len() > LARGEST_JOB && !waiting.is_empty() {
                    return Ok((waiting, taken));
                }
                waiting.append(part);
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
        let Some(mut waiting) = self.read(key).await? else { return Ok(()) };
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
