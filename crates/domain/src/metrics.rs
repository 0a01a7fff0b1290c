//! SES events to CloudWatch data, one batch at a time.
//!
//! A [`Batch`] takes readings in and enters what each adds to which series and
//! minute; [`BatchTotals::calls`] adds that up in as few calls as CloudWatch's limits
//! allow, each message whole in one of them, so that a call that fails gives back
//! exactly the messages it carried. [`Recent`] remembers what was counted, because
//! every hop delivers at least once and the two SES formats say the same thing
//! twice.

mod batch;
mod bounce_kind;
mod calls;
mod context;
mod event_key;
mod identity;
mod kinds;
mod ledger;
mod limits;
mod names;
mod priority;
mod provider;
mod recent;
mod samples;
mod series;

pub use batch::{Batch, BatchTotals};
pub use calls::{Call, DatumEnd};
pub use event_key::EventKey;
pub use identity::caller_identity;
pub use limits::Limits;
pub use names::KnownNames;
pub use priority::BatchOrder;
pub use provider::provider_count;
pub use recent::Recent;
pub use samples::{DurationBucket, RELATIVE_ERROR};
pub use series::{Amount, Datum, Dimensions, Metric, Series};

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net};

use crate::bounce::Rulebook;

/// How much is counted. CloudWatch bills each series by the hour it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MetricSet {
    /// What alarms and guard need, and what went wrong.
    #[default]
    Essential,
    /// Also openings, clicks, changes of preference, delivery times, and the
    /// dimension `Provider`.
    Full,
}

/// What the operator may choose.
#[derive(Debug, Clone)]
pub struct Config {
    /// How much is counted.
    pub set: MetricSet,
    /// Sender domains that get series of their own, in a batch and in the life of
    /// a function; the rest share `other`.
    pub max_domains: usize,
    /// Caller identities that may send, as [`caller_identity`] makes them; empty: not
    /// checked.
    pub caller_identities: Vec<String>,
    /// Networks that may send; empty: not checked.
    pub source_networks: Vec<IpNet>,
    /// The rules that bounces are read by.
    pub rulebook: Rulebook,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            set: MetricSet::default(),
            max_domains: 100,
            caller_identities: Vec::new(),
            source_networks: Vec::new(),
            rulebook: Rulebook::default(),
        }
    }
}

impl Config {
    fn may_send_as(&self, identity: Option<&str>) -> bool {
        self.caller_identities.is_empty()
            || identity.is_some_and(|identity| {
                self.caller_identities.iter().any(|allowed| allowed == identity)
            })
    }

    fn may_send_from(&self, ip: Option<IpAddr>) -> bool {
        self.source_networks.is_empty()
            || ip.is_some_and(|ip| self.source_networks.iter().any(|network| network.contains(&ip)))
    }
}

/// A network as `192.0.2.0/24`, or a single address. One of IPv4 that is written as
/// IPv6 (`::ffff:192.0.2.0/120`) is one of IPv4, as the addresses are that it is held
/// against; with a prefix below 96 it is neither, and `None`.
pub fn network(text: &str) -> Option<IpNet> {
    let network: IpNet =
        text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))?;
    let IpNet::V6(v6) = network else { return Some(network) };
    let Some(v4) = v6.addr().to_ipv4_mapped() else { return Some(network) };
    Ipv4Net::new(v4, v6.prefix_len().checked_sub(96)?).ok().map(IpNet::V4)
}

/// The address of a text; one of IPv4 that is written as IPv6 is one of IPv4.
fn ip(text: &str) -> Option<IpAddr> {
    text.trim().parse::<IpAddr>().ok().map(|ip| ip.to_canonical())
}

#[cfg(test)]
mod tests;
