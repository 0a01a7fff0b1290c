//! The schedule: what waits in the bucket goes on the list, in one import run a Region.

use futures_util::future::join_all;
use tracing::{error, info, warn};
use warden_aws::CallError;
use warden_domain::imports::{ImportEvent, ImportState};
use warden_lambda::{Deadline, now_millis, now_seconds};

use crate::counts::Counts;
use crate::function::Suppress;
use crate::import_run::{ImportRun, list};
use crate::region::Region;
use crate::rescue_run::rescue;
use crate::staging::{Files, Staging, passes_by_itself};
use crate::tenant_lookup::look_up_tenants;

/// Runs the imports of every Region, each at its own pace: one that is down delays no
/// other.
///
/// Failures are logged and counted; what waits then waits for the next run. They are no
/// failure of the invocation: a run holds no message that could come again.
pub(crate) async fn run_imports(
    function: &Suppress,
    staging: &Staging,
    deadline: Deadline,
    counts: &Counts,
) {
    let time = deadline.split();
    let until = now_millis()
        .saturating_add(i64::try_from(deadline.remaining().as_millis()).unwrap_or(i64::MAX));
    let until = u64::try_from(until).unwrap_or(0);
    let work = match time.work.within(begin(function, staging, until)).await {
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
    let work = look_up_tenants(function, staging, work, time, counts).await;
    let runs = work.into_iter().map(|(region, files)| async move {
        let run = ImportRun { function, staging, region, time, counts };
        match time.calls.within(run.run(files)).await {
            Some(Ok(())) => {}
            Some(Err(error)) => {
                warn!(ses.region = region.name, %error, "what waits for this Region waits for the next run");
                counts.import_failed();
            }
            None => {
                warn!(ses.region = region.name, "the import run ran out of time; the next one goes on");
                counts.import_failed();
            }
        }
    });
    join_all(runs).await;
    time.work.within(staging.release()).await;
}

/// The Regions for which something waits, once this run holds the lease.
async fn begin<'a>(
    function: &'a Suppress,
    staging: &Staging,
    until_ms: u64,
) -> Result<Vec<(&'a Region, Files)>, CallError> {
    let work = list(function, staging).await?;
    if !work.is_empty() && !staging.lease(until_ms).await? {
        info!("another import run holds the lease; this one does nothing");
        return Ok(Vec::new());
    }
    Ok(work)
}

impl ImportRun<'_> {
    async fn run(&self, files: Files) -> Result<(), CallError> {
        if self.function.settings.was_in_sandbox().await {
            return Ok(());
        }
        let is_done = files.hold_nothing();
        let Some(mut state) = self.state().await? else {
            let singly = files.jobs.into_iter().chain(files.staged).chain(files.single);
            return self.put_all_singly(singly.collect(), files.tenants).await;
        };
        let mut jobs = files.jobs;
        if let Some(job) = state.job().cloned() {
            match self.conclude(&mut state, &job).await {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                Err(error) if passes_by_itself(&error) => return Err(error),
                Err(error) => {
                    error!(
                        job = job.id, ses.region = self.region.name, %error,
                        "cannot read the state of the import job; addresses that wait for the \
                         next one are put one by one meanwhile"
                    );
                    self.counts.import_failed();
                    let singly = files.staged.into_iter().chain(files.single);
                    return self.put_all_singly(singly.collect(), files.tenants).await;
                }
            }
            if state.failures() == 0 {
                jobs.retain(|key| *key != job.key);
            }
        }
        // Files of jobs that delete are made anew: what is to be removed may have changed.
        self.delete(files.deletions).await?;
        if is_done && state != ImportState::Idle {
            // Nothing waits any more, so no failure is worth remembering.
            self.step(&mut state, ImportEvent::Done).await?;
        }
        // The job first: a backlog of single puts must not use up the time for it.
        let mut singly = Vec::new();
        if state.may_import(now_seconds()) {
            singly.extend(self.import(&mut state, &jobs, &files.staged).await?);
        } else {
            // Slow, but it goes on while somebody corrects what jobs fail by.
            singly.extend(jobs.into_iter().chain(files.staged));
        }
        if !files.rescues.is_empty() {
            rescue(self, &mut state, files.rescues).await?;
        }
        singly.extend(files.single);
        self.put_all_singly(singly, files.tenants).await
    }
}
