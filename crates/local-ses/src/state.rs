//! Everything the server remembers.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use crate::configuration_sets::ConfigurationSet;
use crate::deliverability::Deliverability;
use crate::faults::Faults;
use crate::import_plans::Plans;
use crate::ledger::Ledger;
use crate::mailbox::Mailboxes;
use crate::message::Sender;
use crate::regions::Regions;
use crate::reputation::RecentSends;
use crate::suppression::Reason;
use crate::tags::Tags;
use crate::vdm::{AccountAttributes, Recommendation};

/// The account's own settings and its state with AWS.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) sending_enabled: bool,
    /// AWS's verdict: HEALTHY, PROBATION or SHUTDOWN.
    pub(crate) enforcement_status: String,
    /// False is the sandbox.
    pub(crate) production_access_enabled: bool,
    pub(crate) suppressed_reasons: Vec<Reason>,
    /// SES's own automatic entries. Off by default, so that the list shows
    /// what the functions did and nothing else.
    pub(crate) automatic_suppression: bool,
    /// Refuses senders that are no verified identity.
    pub(crate) enforce_identities: bool,
    /// Refuses topics that SES may not publish to. Off where a test needs what SES would not
    /// have set up.
    pub(crate) check_topics: bool,
    pub(crate) vdm: AccountAttributes,
    /// NONE, ESSENTIALS, PRO or ENTERPRISE.
    pub(crate) pricing_plan: String,
    pub(crate) max_24_hour_send: f64,
    pub(crate) max_send_rate: f64,
    pub(crate) sent: u64,
    pub(crate) rates: RecentSends,
    /// Whether anything was sent since the reputation was last published.
    pub(crate) sent_since_publication: bool,
}

impl Default for Account {
    fn default() -> Self {
        Self {
            sending_enabled: true,
            enforcement_status: "HEALTHY".to_owned(),
            production_access_enabled: true,
            suppressed_reasons: vec![Reason::Bounce, Reason::Complaint],
            automatic_suppression: false,
            enforce_identities: false,
            check_topics: true,
            vdm: AccountAttributes::default(),
            pricing_plan: "NONE".to_owned(),
            max_24_hour_send: 50_000.0,
            max_send_rate: 14.0,
            sent: 0,
            rates: RecentSends::default(),
            sent_since_publication: false,
        }
    }
}

/// A sending identity: an address or a domain.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    pub(crate) verification_status: String,
    pub(crate) configuration_set: Option<String>,
    pub(crate) tags: Tags,
    /// Bounces and complaints come as mails to the sender.
    pub(crate) forwards_feedback: bool,
    pub(crate) mail_from: Option<MailFrom>,
    /// Topics of its notifications, and whether these hold the mail's headers.
    pub(crate) notifications: BTreeMap<NotificationKind, NotificationSettings>,
}

/// The custom MAIL FROM domain of an identity.
#[derive(Debug, Clone)]
pub(crate) struct MailFrom {
    pub(crate) domain: String,
    /// USE_DEFAULT_VALUE or REJECT_MESSAGE.
    pub(crate) behavior: String,
}

/// A kind of identity notification (API v1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum NotificationKind {
    Bounce,
    Complaint,
    Delivery,
}

impl NotificationKind {
    pub(crate) const ALL: [Self; 3] = [Self::Bounce, Self::Complaint, Self::Delivery];

    /// As the API writes it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Bounce => "Bounce",
            Self::Complaint => "Complaint",
            Self::Delivery => "Delivery",
        }
    }
}

/// How one kind of notification is sent.
#[derive(Debug, Clone, Default)]
pub(crate) struct NotificationSettings {
    pub(crate) topic: Option<String>,
    pub(crate) with_headers: bool,
}

/// A dedicated IP pool.
#[derive(Debug, Clone)]
pub(crate) struct Pool {
    /// STANDARD or MANAGED.
    pub(crate) scaling_mode: String,
}

/// The whole state. A reset replaces it, except for the epoch.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// Counts resets, so that what began before one is not booked after it.
    pub(crate) epoch: u64,
    pub(crate) account: Account,
    pub(crate) regions: Regions,
    pub(crate) sets: BTreeMap<String, ConfigurationSet>,
    /// When each set was last looked up in the local AWS.
    pub(crate) looked_up: BTreeMap<String, Instant>,
    /// Sets of the local AWS that were deleted here.
    pub(crate) hidden_sets: BTreeSet<String>,
    /// Set and destination, likewise.
    pub(crate) hidden_destinations: BTreeSet<(String, String)>,
    /// The destinations of a stack that SES refuses, in the same form, with the topic.
    pub(crate) refused_destinations: BTreeSet<(String, String, String)>,
    pub(crate) identities: BTreeMap<String, Identity>,
    pub(crate) pools: BTreeMap<String, Pool>,
    /// How the next import jobs shall go.
    pub(crate) import_plans: Plans,
    pub(crate) mailboxes: Mailboxes,
    pub(crate) deliverability: Deliverability,
    pub(crate) recommendations: Vec<Recommendation>,
    /// Access key id to the sender it stands for.
    pub(crate) senders: BTreeMap<String, Sender>,
    pub(crate) faults: Faults,
    pub(crate) ledger: Ledger,
}

impl State {
    pub(crate) fn reset(&mut self) {
        let epoch = self.epoch + 1;
        *self = Self { epoch, ..Self::default() };
    }

    /// Whether a set need not be looked up in the local AWS.
    pub(crate) fn is_fresh(&self, name: &str, now: Instant, period: Duration) -> bool {
        self.hidden_sets.contains(name)
            || self
                .looked_up
                .get(name)
                .is_some_and(|then| now.saturating_duration_since(*then) < period)
    }

    /// Whether an address or its domain is a verified identity.
    pub(crate) fn is_verified(&self, address: &str) -> bool {
        let verified = |name: &str| {
            self.identities
                .get(name)
                .is_some_and(|identity| identity.verification_status == "SUCCESS")
        };
        let mut domain = crate::address::domain(address).to_ascii_lowercase();
        if verified(address) {
            return true;
        }
        // A verified domain covers its subdomains.
        loop {
            if verified(&domain) {
                return true;
            }
            match domain.split_once('.') {
                Some((_, parent)) if parent.contains('.') => domain = parent.to_owned(),
                Some(_) | None => return false,
            }
        }
    }
}
