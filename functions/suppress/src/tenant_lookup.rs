//! Finds out the lists of tenants that batches had no time for.

use std::collections::BTreeSet;

use tracing::{error, info, warn};
use warden_aws::CallError;
use warden_domain::imports::{TenantEntries, Waiting};
use warden_domain::suppression::List;
use warden_lambda::{Deadline, Parts};

use crate::counts::Counts;
use crate::files::{is_protected, put_aside};
use crate::function::Suppress;
use crate::import_run::list;
use crate::region::Region;
use crate::staging::{FilePlace, Files, Staging};

/// Moves addresses of tenants to where they belong, once it is known whether the tenants
/// have lists of their own. Takes half of the time at most. Answers with the files as they
/// lie then.
pub(crate) async fn look_up_tenants<'a>(
    function: &'a Suppress,
    staging: &Staging,
    work: Vec<(&'a Region, Files)>,
    time: Parts,
    counts: &Counts,
) -> Vec<(&'a Region, Files)> {
    let keys: Vec<(&Region, String)> = work
        .iter()
        .flat_map(|(region, files)| files.unknown_tenant.iter().map(|key| (*region, key.clone())))
        .collect();
    if keys.is_empty() || function.settings.was_in_sandbox().await {
        return work;
    }
    let end = time.last_start.half();
    let mut is_changed = false;
    for (region, key) in keys {
        if end.is_over() {
            break;
        }
        let lookup = TenantLookup { function, staging, region, time, end };
        match time.calls.within(lookup.run(&key)).await {
            Some(Ok(moved)) => is_changed |= moved,
            Some(Err(error)) => {
                warn!(
                    key,
                    %error,
                    "addresses whose tenants' lists are not known wait for the next run"
                );
                counts.import_failed();
            }
            None => break,
        }
    }
    if !is_changed {
        return work;
    }
    match time.work.within(list(function, staging)).await {
        Some(Ok(listed)) => listed,
        Some(Err(_)) | None => work,
    }
}

/// The look-up of the tenants of one file.
struct TenantLookup<'a> {
    function: &'a Suppress,
    staging: &'a Staging,
    region: &'a Region,
    time: Parts,
    end: Deadline,
}

impl TenantLookup<'_> {
    /// Moves what is known to its place; true where anything was moved.
    async fn run(&self, key: &str) -> Result<bool, CallError> {
        let mut entries = TenantEntries::default();
        let time = self.time.calls.remaining() / 4;
        let lines = self.staging.read(key, time, |line| entries.read_line(line)).await?;
        if lines > 0 && !put_aside(self.staging, &self.region.name, key, lines).await? {
            return Ok(false);
        }
        entries.retain(|address| !is_protected(&self.function.policy.protected, address));
        let tenants: BTreeSet<String> = entries.tenants().map(str::to_owned).collect();
        let mut account = Waiting::default();
        let mut is_moved = lines > 0;
        for (tenant, list) in self.function.settings.lists(&tenants, self.end).await {
            match list {
                Ok(List::Account) => account.append(entries.take(&tenant)),
                Ok(List::Tenant(name)) => {
                    let own = entries.take(&tenant);
                    // A name that cannot be part of a key is no name that SES gives.
                    if self.staging.add_for_tenant(&self.region.name, &name, &own).await? {
                        is_moved = true;
                    } else {
                        error!(tenant = name, "this is not a valid name of an SES tenant");
                    }
                }
                Err(_) => {}
            }
        }
        if !account.is_empty() {
            is_moved = true;
            for region in self.function.regions() {
                self.staging.add(&region.name, FilePlace::Staged, &account).await?;
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
