//! What SES is set to do with entries: read when it matters, and again now and then.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;
use tracing::{info, warn};
use warden_aws::{
    AccountSuppression, CallError, Reason as StoredReason, SuppressionSettings, TenantSuppression,
};
use warden_domain::event::Mail;
use warden_domain::suppression::{List, Reason};

/// How long an answer counts.
const FRESH: Duration = Duration::from_secs(15 * 60);
/// How long tenants are not asked about after a failure.
const REST: Duration = Duration::from_secs(30);
/// Configuration sets and tenants remembered; beyond it they are asked anew.
const REMEMBERED: usize = 1000;

/// The settings, as far as they are known.
#[derive(Debug)]
pub(crate) struct Standing {
    ses: SuppressionSettings,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    account: Option<Fresh<Option<AccountSuppression>>>,
    sets: BTreeMap<String, Fresh<Option<Vec<StoredReason>>>>,
    tenants: BTreeMap<String, Fresh<Option<TenantSuppression>>>,
    told: BTreeSet<String>,
    /// The last failure to read a tenant: the others of a batch are not to wait for
    /// the same.
    tenants_failed: Option<(Instant, CallError)>,
}

#[derive(Debug, Clone)]
struct Fresh<T> {
    value: T,
    until: Instant,
}

impl<T> Fresh<T> {
    fn now(value: T) -> Self {
        Self { value, until: Instant::now() + FRESH }
    }

    fn get(&self) -> Option<&T> {
        (Instant::now() < self.until).then_some(&self.value)
    }
}

impl Standing {
    pub(crate) fn new(ses: SuppressionSettings) -> Self {
        Self { ses, known: Mutex::default() }
    }

    /// Whether the account was in the sandbox when it was last asked; an answer that
    /// is too old is asked for anew. False where nothing is known: a refusal will tell.
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

    async fn account(&self) -> Option<AccountSuppression> {
        let mut known = self.known.lock().await;
        if let Some(account) = known.account.as_ref().and_then(Fresh::get) {
            return account.clone();
        }
        let account = told(self.ses.account().await, "account").ok();
        if account.as_ref().is_some_and(|account| !account.production_access) {
            warn!(
                "the account is in the SES sandbox, where nothing can be suppressed: bounces and complaints are \
                 ignored until it has production access"
            );
        }
        known.account = Some(Fresh::now(account.clone()));
        account
    }

    /// The list that SES checks for this mail.
    ///
    /// # Errors
    /// When a tenant cannot be asked about: a guess could put the entry where it
    /// protects nothing.
    pub(crate) async fn list(&self, mail: &Mail) -> Result<List, CallError> {
        let Some(name) = &mail.tenant else { return Ok(List::Account) };
        let has_own_list = self.tenant(name).await?.is_some_and(|tenant| tenant.has_own_list);
        Ok(if has_own_list { List::Tenant(name.clone()) } else { List::Account })
    }

    async fn tenant(&self, name: &str) -> Result<Option<TenantSuppression>, CallError> {
        let mut known = self.known.lock().await;
        if let Some(tenant) = known.tenants.get(name).and_then(Fresh::get) {
            return Ok(tenant.clone());
        }
        if let Some((at, error)) = &known.tenants_failed
            && at.elapsed() < REST
        {
            return Err(error.clone());
        }
        let tenant = match self.ses.tenant(name).await {
            Ok(tenant) => tenant,
            Err(error) => {
                known.tenants_failed = Some((Instant::now(), error.clone()));
                return Err(error);
            }
        };
        if known.tenants.len() >= REMEMBERED {
            known.tenants.clear();
        }
        known.tenants.insert(name.to_owned(), Fresh::now(tenant.clone()));
        Ok(tenant)
    }

    /// Whether SES withholds mail like `mail` for an entry of that reason; the
    /// configuration set's word counts before the tenant's, and that before the
    /// account's. What cannot be read counts as effective. Said once in the log.
    pub(crate) async fn is_effective(&self, mail: &Mail, reason: Reason) -> bool {
        let stored = match reason {
            Reason::Bounce => StoredReason::Bounce,
            Reason::Complaint => StoredReason::Complaint,
        };
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
                        let tenant = told(self.tenant(name).await, "tenant").ok().flatten();
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
        let effective = reasons.contains(&stored);
        let mut known = self.known.lock().await;
        let mark = format!("{whose} {}", reason.code());
        if effective {
            known.told.remove(&mark);
        } else if known.told.len() < REMEMBERED && known.told.insert(mark) {
            warn!(
                whose,
                reason = reason.code(),
                "entries of this reason have no effect: it is not among the suppressed reasons of the {whose}"
            );
        }
        effective
    }

    async fn set(&self, name: &str) -> Option<Vec<StoredReason>> {
        let mut known = self.known.lock().await;
        if let Some(set) = known.sets.get(name).and_then(Fresh::get) {
            return set.clone();
        }
        let set = told(self.ses.configuration_set(name).await, "configuration set").ok().flatten();
        if known.sets.len() >= REMEMBERED {
            known.sets.clear();
        }
        known.sets.insert(name.to_owned(), Fresh::now(set.clone()));
        set
    }
}

fn told<T>(answer: Result<T, CallError>, what: &'static str) -> Result<T, CallError> {
    answer.inspect_err(|error| info!(%error, what, "whether entries have an effect is not known"))
}
