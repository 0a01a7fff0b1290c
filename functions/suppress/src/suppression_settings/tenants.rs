//! Which suppression list SES checks for the mail of a tenant.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use tokio::time::Instant;
use tracing::warn;
use warden_aws::{CallError, Class, TenantSuppression};
use warden_domain::outcome::GivenBack;
use warden_domain::suppression::List;
use warden_lambda::Deadline;

use super::{Fresh, REMEMBERED, SuppressionSettingsCache};

/// How long an answer about a tenant counts: longer than a message that was given back
/// stays out of sight (30 minutes), so that each delivery of a batch knows more tenants.
const TENANT_FRESH: Duration = Duration::from_secs(45 * 60);
/// How long tenants are not asked about after a failure that is not one tenant's.
const BACK_OFF: Duration = Duration::from_secs(30);
/// Tenants asked about at the same time: the limiter sets the pace, and this only keeps a
/// slow answer from holding up the next question.
const SIDE_BY_SIDE: usize = 8;
/// Temporary failures in a row after which no further tenant is asked about.
const FAILURES_AT_MOST: usize = 2;
/// The list of each tenant of a batch, or why it is not known.
pub(crate) type TenantLists = BTreeMap<String, Result<List, GivenBack>>;

impl SuppressionSettingsCache {
    /// The list that SES checks for mail of each of these tenants, as far as that can be
    /// found out until `end`. What is not known then stays unknown: a guess could put an
    /// entry where it protects nothing.
    pub(crate) async fn lists(&self, tenants: &BTreeSet<String>, end: Deadline) -> TenantLists {
        let mut lists = TenantLists::new();
        let mut unknown = VecDeque::new();
        {
            let known = self.known.lock().await;
            for name in tenants {
                match known.tenants.get(name).and_then(Fresh::get) {
                    Some(tenant) => {
                        lists.insert(name.clone(), Ok(list_of(name, tenant.as_ref())));
                    }
                    None => unknown.push_back(name.clone()),
                }
            }
            if known.tenants_failed.is_some_and(|at| at.elapsed() < BACK_OFF) {
                let failed = unknown.drain(..);
                lists.extend(failed.map(|name| (name, Err(GivenBack::CallFailed))));
            }
        }
        // One at a time until one is answered: when SES is not well, it is asked little.
        let mut failures = 0;
        let mut is_answered = false;
        while !is_answered
            && failures < FAILURES_AT_MOST
            && let Some(name) = unknown.pop_front()
        {
            let answer = self.list(&name, end).await;
            is_answered = answer.is_ok();
            failures += self.note(answer.as_ref().err()).await;
            lists.insert(name, answer.map_err(Unknown::reason));
        }
        let failures = AtomicUsize::new(if is_answered { 0 } else { FAILURES_AT_MOST });
        let failures = &failures;
        let others = unknown.into_iter().map(|name| async move {
            if failures.load(Ordering::Relaxed) >= FAILURES_AT_MOST {
                return (name, Err(GivenBack::CallFailed));
            }
            let answer = self.list(&name, end).await;
            match self.note(answer.as_ref().err()).await {
                0 if answer.is_ok() => failures.store(0, Ordering::Relaxed),
                count => _ = failures.fetch_add(count, Ordering::Relaxed),
            }
            (name, answer.map_err(Unknown::reason))
        });
        let mut others = stream::iter(others).buffer_unordered(SIDE_BY_SIDE);
        while let Some((name, list)) = others.next().await {
            lists.insert(name, list);
        }
        lists
    }

    /// What a failure to ask about one tenant says of the others: nothing (0), perhaps
    /// that SES is not well (1), or that no call of this kind can succeed now.
    async fn note(&self, failure: Option<&Unknown>) -> usize {
        let Some(Unknown::Failed(error)) = failure else { return 0 };
        match error.class {
            Class::NotFound | Class::Refused { .. } => 0,
            Class::Temporary => 1,
            Class::Throttled | Class::Denied => {
                self.known.lock().await.tenants_failed = Some(Instant::now());
                FAILURES_AT_MOST
            }
        }
    }

    async fn list(&self, name: &str, end: Deadline) -> Result<List, Unknown> {
        if end.remaining() <= self.ses.limiter().would_wait() {
            return Err(Unknown::OutOfTime);
        }
        match end.within(self.tenant(name)).await {
            Some(Ok(tenant)) => Ok(list_of(name, tenant.as_ref())),
            Some(Err(error)) => {
                warn!(tenant = name, %error, "cannot read whether this tenant has its own suppression list");
                Err(Unknown::Failed(error))
            }
            None => Err(Unknown::OutOfTime),
        }
    }

    pub(super) async fn tenant(&self, name: &str) -> Result<Option<TenantSuppression>, CallError> {
        if let Some(tenant) = self.known.lock().await.tenants.get(name).and_then(Fresh::get) {
            return Ok(tenant.clone());
        }
        let tenant = self.ses.tenant(name).await?;
        let mut known = self.known.lock().await;
        if known.tenants.len() >= REMEMBERED {
            known.tenants.retain(|_, tenant| tenant.get().is_some());
        }
        if known.tenants.len() >= REMEMBERED {
            known.tenants.clear();
        }
        known.tenants.insert(name.to_owned(), Fresh::lasting(tenant.clone(), TENANT_FRESH));
        Ok(tenant)
    }
}

/// Why a tenant's list is not known.
#[derive(Debug)]
enum Unknown {
    Failed(CallError),
    OutOfTime,
}

impl Unknown {
    fn reason(self) -> GivenBack {
        match self {
            Self::Failed(_) => GivenBack::CallFailed,
            Self::OutOfTime => GivenBack::OutOfTime,
        }
    }
}

fn list_of(name: &str, tenant: Option<&TenantSuppression>) -> List {
    match tenant {
        Some(tenant) if tenant.has_own_list => List::Tenant(name.to_owned()),
        Some(_) | None => List::Account,
    }
}
