//! What SES is set to do with entries: read when it matters, and again now and then.

mod tenants;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;
use tracing::{info, warn};
use warden_aws::{AccountSuppression, CallError, SuppressionSettings, TenantSuppression};
use warden_domain::event::Mail;
use warden_domain::suppression::SuppressionReason;

/// How long an answer about the account or a configuration set counts.
const FRESH: Duration = Duration::from_secs(15 * 60);
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
        let (owner, reasons) = match (set, &mail.tenant) {
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
        let entry = format!("{owner} {}", reason.code());
        if effective {
            known.reported.remove(&entry);
        } else if known.reported.len() < REMEMBERED && known.reported.insert(entry) {
            warn!(
                whose = owner,
                reason = reason.code(),
                "entries of this reason have no effect: it is not among the suppressed reasons of the {owner}"
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

fn reported<T>(answer: Result<T, CallError>, what: &'static str) -> Result<T, CallError> {
    answer.inspect_err(|error| info!(%error, what, "whether entries have an effect is not known"))
}
