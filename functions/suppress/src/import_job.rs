//! The import job of a Region: how it is made. `conclude` looks after one that SES works on.

mod conclude;

use tracing::{error, info, warn};
use warden_aws::{CallError, ImportAction};
use warden_domain::imports::{ImportEvent, ImportState, Job, JobAction, Listing, Waiting};
use warden_lambda::now_seconds;

use crate::import_run::ImportRun;
use crate::staging::{FilePlace, passes_by_itself};

impl ImportRun<'_> {
    /// Makes the next import job. Answers with the files that are too small for one.
    pub(crate) async fn import(
        &self,
        state: &mut ImportState,
        jobs: &[String],
        staged: &[String],
    ) -> Result<Vec<String>, CallError> {
        // Files without a job: the run before died, was not done, or its job failed.
        // After a failure it is the next one's turn, so that one file that no job can
        // use does not hold up the others. So it is with a file that cannot be read.
        let turns = jobs.len() + usize::from(!staged.is_empty());
        let listed =
            state.listing().and_then(|listing| jobs.iter().position(|key| *key == listing.key));
        let first = (state.failures() as usize).checked_rem(turns).unwrap_or(0);
        let first = listed.unwrap_or(first);
        for turn in (0..turns).map(|n| (first + n) % turns) {
            if let Some(key) = jobs.get(turn) {
                let Some(waiting) = self.read(key).await? else { continue };
                self.submit(state, key, waiting).await?;
                return Ok(Vec::new());
            }
            let (waiting, taken) = self.gather(staged).await?;
            if waiting.len() <= self.function.threshold {
                return Ok(taken);
            }
            let key = self.staging.add(&self.region.name, FilePlace::Jobs, &waiting).await?;
            self.delete(taken).await?;
            self.submit(state, &key, waiting).await?;
            return Ok(Vec::new());
        }
        Ok(Vec::new())
    }

    /// Makes an import job of a file.
    async fn submit(
        &self,
        state: &mut ImportState,
        key: &str,
        mut waiting: Waiting,
    ) -> Result<(), CallError> {
        let region = &self.region.name;
        let token = state
            .listing()
            .filter(|listing| listing.key == key)
            .map(|listing| listing.token.clone());
        // Before the complaints are listed: whoever puts one after that sees it.
        self.step(state, ImportEvent::Begin).await?;
        let before = waiting.len();
        let listed = self.leave_out_complaints(token, &mut waiting).await;
        if waiting.len() != before {
            self.staging.replace(key, &waiting).await?;
        }
        match listed {
            Ok(None) => {}
            Ok(Some(token)) => {
                info!(
                    ses.region = region,
                    addresses = waiting.len(),
                    "listing the complaints takes longer than this run; the next one continues"
                );
                let listing = Listing { key: key.to_owned(), token };
                return self.step(state, ImportEvent::ListingStopped(listing)).await;
            }
            Err(error) => {
                let failures = state.failures().saturating_add(1);
                error!(
                    ses.region = region, addresses = before, failures, %error,
                    "the complaints cannot be listed, so no import job is made; the addresses are put one by one meanwhile"
                );
                self.counts.import_failed();
                return self.step(state, ImportEvent::Failed(now_seconds())).await;
            }
        }
        if waiting.is_empty() {
            self.staging.delete(key).await?;
            return self.step(state, ImportEvent::Done).await;
        }
        let addresses = waiting.len();
        self.create(state, key, addresses, JobAction::Put).await.map(|_| ())
    }

    /// CreateImportJob; false where SES takes none.
    pub(crate) async fn create(
        &self,
        state: &mut ImportState,
        key: &str,
        addresses: usize,
        action: JobAction,
    ) -> Result<bool, CallError> {
        let region = &self.region.name;
        let of_list = match action {
            JobAction::Put => ImportAction::Put,
            JobAction::Delete => ImportAction::Delete,
        };
        match self.region.list.import(&self.staging.url(key), of_list).await {
            Ok(id) => {
                info!(
                    job = id,
                    ses.region = region,
                    addresses,
                    "started an import job of {addresses} addresses"
                );
                let job = Job { id, key: key.to_owned(), addresses, since: now_seconds(), action };
                self.step(state, ImportEvent::Accepted(job)).await?;
                Ok(true)
            }
            Err(error) => {
                let failures = state.failures().saturating_add(1);
                if passes_by_itself(&error) || self.function.settings.is_in_sandbox().await {
                    warn!(ses.region = region, addresses, failures, %error, "no import job yet; it is tried again");
                } else {
                    error!(
                        ses.region = region, addresses, failures, %error,
                        "SES takes no import job: look at the function's role, the bucket's policy, and whether the \
                         account is in the sandbox. The addresses wait and are put one by one meanwhile"
                    );
                }
                self.counts.import_failed();
                self.step(state, ImportEvent::Failed(now_seconds())).await?;
                Ok(false)
            }
        }
    }

    /// Drops bounces of addresses that are listed for a complaint. Answers with the token
    /// to go on at, when the listing takes more than a run.
    async fn leave_out_complaints(
        &self,
        mut token: Option<String>,
        waiting: &mut Waiting,
    ) -> Result<Option<String>, CallError> {
        if waiting.bounces() == 0 {
            return Ok(None);
        }
        loop {
            if !self.region.has_time(self.time) {
                return Ok(Some(token.unwrap_or_default()));
            }
            let page = token.as_deref().filter(|token| !token.is_empty());
            let (addresses, next) = self.region.list.complaints(page).await?;
            addresses
                .iter()
                .for_each(|address| waiting.leave_out_listed_complaint(address.expose()));
            match next {
                Some(next) if token.as_deref() != Some(next.as_str()) => token = Some(next),
                _ => return Ok(None),
            }
        }
    }
}
