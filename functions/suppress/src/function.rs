//! The function: what outlives an invocation.

use tokio::sync::Mutex;
use tokio::time::Instant;
use warden_aws::Metrics;
use warden_domain::address::EmailAddress;
use warden_domain::journal::AddressId;
use warden_domain::suppression::Policy;

use crate::journal::DecisionJournal;
use crate::region::Region;
use crate::settings::RescueSettings;
use crate::staging::Staging;
use crate::suppression_settings::SuppressionSettingsCache;

/// The function: its policy and the lists it writes to.
#[derive(Debug)]
pub struct Suppress {
    pub(crate) policy: Policy,
    pub(crate) home: Region,
    pub(crate) further: Vec<Region>,
    pub(crate) settings: SuppressionSettingsCache,
    /// Where addresses wait for import jobs; without it everything is put singly.
    pub(crate) staging: Option<Staging>,
    /// Up to so many addresses are put one by one.
    pub(crate) threshold: usize,
    pub(crate) rescue: RescueSettings,
    /// What was decided before; without it the first bounce decides.
    pub(crate) journal: Option<DecisionJournal>,
    pub(crate) metrics: Metrics,
    /// When single puts were made lately.
    pub(crate) recent: Mutex<Vec<Instant>>,
}

impl Suppress {
    /// The home Region and the further ones.
    pub(crate) fn regions(&self) -> Vec<&Region> {
        std::iter::once(&self.home).chain(&self.further).collect()
    }

    /// The journal's id of an address, where there is a journal and its key was read.
    pub(crate) fn id(&self, address: &EmailAddress) -> Option<AddressId> {
        self.journal.as_ref()?.id(address)
    }
}
