//! What SES is set to do with entries: read when it matters, and again now and then.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use tokio::sync::Mutex;
use tokio::time::Instant;
use tracing::{info, warn};
use warden_aws::{AccountSuppression, CallError, Class, SuppressionSettings, TenantSuppression};
use warden_domain::event::Mail;
use warden_domain::outcome::GivenBack;
use warden_domain::suppression::{List, SuppressionReason};
use warden_lambda::Deadline;

/// How long an answer about the account or a configuration set counts.
const FRESH: Duration = Duration::from_secs(15 * 60);
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
/// Configuration sets and tenants remembered; beyond it they are asked anew.
const REMEMBERED: usize = 1000;

/// SES's suppression settings, as far as they are known.
#[derive(Debug)]
pub(crate) struct SuppressionSettingsCache {
    ses: SuppressionSettings,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    account: Option<Fresh<Option<AccountSuppression>>>,
    sets: BTreeMap<String, Fresh<Option<Vec<SuppressionReason>>>>,
    tenants: BTreeMap<String, Fresh<Option<TenantSuppression>>>,
    reported: BTreeSet<String>,
    /// When tenants could not be asked about for a cause that is not one tenant's.
    tenants_failed: Option<Instant>,
}

/// The list of each tenant of a batch, or why it is not known.
pub(crate) type TenantLists = BTreeMap<String, Result<List, GivenBack>>;

#[derive(Debug, Clone)]
struct Fresh<T> {
    value: T,
    until: Instant,
}

impl<T> Fresh<T> {
    fn now(value: T) -> Self {
        Self::lasting(value, FRESH)
    }

    fn lasting(value: T, time: Duration) -> Self {
        Self { value, until: Instant::now() + time }
    }

    fn get(&self) -> Option<&T> {
        (Instant::now() < self.until).then_some(&self.value)
    }
}

impl SuppressionSettingsCache {
    pub(crate) fn new(ses: SuppressionSettings) -> Self {
        Self { ses, known: Mutex::default() }
    }

    /// Whether the account was in the sandbox when it was last asked; an answer that is too old is
    /// read again. False if nothing is known: a refusal by SES will show it.
    pub(crate) async fn was_in_sandbox(&self) -> bool {
        let known = match &self.known.lock().await.account {
            Some(Fresh { value: Some(account), .. }) => !account.production_access,
            _ => false,
        };
        known && self.is_in_sandbox().await
    }

    /// Whether the account is in the sandbox, after SES has refused an address.
    pub(crate) async fn is_in_sandbox(&self) -> bool {
        self.account().await.is_some_and(|account| !account.production_access)
    }

    /// The account's part; `None` where it cannot be read.
    pub(crate) async fn account(&self) -> Option<AccountSuppression> {
        let mut known = self.known.lock().await;
        if let Some(account) = known.account.as_ref().and_then(Fresh::get) {
            return account.clone();
        }
        let account = reported(self.ses.account().await, "account").ok();
        if account.as_ref().is_some_and(|account| !account.production_access) {
            warn!(
                "the account is in the SES sandbox, where nothing can be suppressed: bounces and complaints are \
                 ignored until it has production access"
            );
        }
        known.account = Some(Fresh::now(account.clone()));
        account
    }

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
        let rest = unknown.into_iter().map(|name| async move {
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
        let mut rest = stream::iter(rest).buffer_unordered(SIDE_BY_SIDE);
        while let Some((name, list)) = rest.next().await {
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

    async fn tenant(&self, name: &str) -> Result<Option<TenantSuppression>, CallError> {
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

    /// Whether SES withholds mail like `mail` for an entry of that reason; the
    /// configuration set's word counts before the tenant's, and that before the
    /// account's. What cannot be read counts as effective. Said once in the log.
    pub(crate) async fn is_effective(&self, mail: &Mail, reason: SuppressionReason) -> bool {
        let set = match &mail.configuration_set {
            Some(name) => {
                self.set(name).await.map(|reasons| (format!("configuration set {name}"), reasons))
            }
            None => None,
        };
        let (whose, reasons) = match (set, &mail.tenant) {
            (Some(set), _) => set,
            (None, tenant) => {
                let own = match tenant {
                    Some(name) => {
                        let tenant = reported(self.tenant(name).await, "tenant").ok().flatten();
                        tenant
                            .and_then(|tenant| tenant.reasons)
                            .map(|reasons| (format!("tenant {name}"), reasons))
                    }
                    None => None,
                };
                match own {
                    Some(own) => own,
                    None => match self.account().await {
                        Some(account) => ("account".to_owned(), account.reasons),
                        None => return true,
                    },
                }
            }
        };
        let effective = reasons.contains(&reason);
        let mut known = self.known.lock().await;
        let entry = format!("{whose} {}", reason.code());
        if effective {
            known.reported.remove(&entry);
        } else if known.reported.len() < REMEMBERED && known.reported.insert(entry) {
            warn!(
                whose,
                reason = reason.code(),
                "entries of this reason have no effect: it is not among the suppressed reasons of the {whose}"
            );
        }
        effective
    }

    /// Whether a configuration set sends at the moment; false where that is not known.
    pub(crate) async fn is_sending(&self, configuration_set: &str) -> bool {
        reported(self.ses.is_sending(configuration_set).await, "configuration set").unwrap_or(false)
    }

    /// Whether the account sends at the moment, asked anew; false where that is not known.
    pub(crate) async fn is_account_sending(&self) -> bool {
        self.known.lock().await.account = None;
        self.account().await.is_some_and(|account| account.sends)
    }

    async fn set(&self, name: &str) -> Option<Vec<SuppressionReason>> {
        let mut known = self.known.lock().await;
        if let Some(set) = known.sets.get(name).and_then(Fresh::get) {
            return set.clone();
        }
        let set =
            reported(self.ses.configuration_set(name).await, "configuration set").ok().flatten();
        if known.sets.len() >= REMEMBERED {
            known.sets.clear();
        }
        known.sets.insert(name.to_owned(), Fresh::now(set.clone()));
        set
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

fn reported<T>(answer: Result<T, CallError>, what: &'static str) -> Result<T, CallError> {
    answer.inspect_err(|error| info!(%error, what, "whether entries have an effect is not known"))
}
