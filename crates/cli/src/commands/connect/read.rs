//! What a run reads of AWS.

use std::collections::BTreeSet;

use anyhow::bail;
use warden_aws::Connection;
use warden_aws::operator::{ConfigurationSetState, DefaultSetState, DefinedAlarm, SenderDomains};

use super::ConnectClients;
use super::alarms::definition::{WantedAlarm, domain_prefix, set_prefix, subject_of};
use super::alarms::domains::KnownDomains;
use super::alarms::plan::{ChosenScope, undecided};
use super::default_sets::WantedDefault;
use super::settings::ConnectSettings;
use super::subject::Subject;
use crate::frame::output::printable;
use crate::frame::progress::Progress;

/// Sets named where one is not found.
const SHOWN: usize = 5;

/// Reads for one run.
#[derive(Debug)]
pub(super) struct ConnectReader<'a> {
    connection: &'a Connection,
    clients: &'a ConnectClients,
    settings: &'a ConnectSettings,
}

/// The configuration sets of an account.
#[derive(Debug, Default)]
pub(super) struct Sets {
    /// The names of all.
    pub(super) names: BTreeSet<String>,
    /// The names of those that the run is about.
    pub(super) chosen: BTreeSet<String>,
    /// Those and the ones that become a default set, in the order of names.
    pub(super) states: Vec<ConfigurationSetState>,
}

impl<'a> ConnectReader<'a> {
    pub(super) fn new(
        connection: &'a Connection,
        clients: &'a ConnectClients,
        settings: &'a ConnectSettings,
    ) -> Self {
        Self { connection, clients, settings }
    }

    /// The sets that the run is about. One that is named and is not there is an error, unless it
    /// may be gone.
    ///
    /// # Errors
    /// When SES cannot be asked, or a set is not there.
    pub(super) async fn sets(
        &self,
        scope: &ChosenScope,
        defaults: &[WantedDefault],
        may_be_gone: bool,
    ) -> anyhow::Result<Sets> {
        if scope.without_sets && defaults.is_empty() {
            return Ok(Sets::default());
        }
        let names: BTreeSet<String> = self.clients.sets.names().await?.into_iter().collect();
        let named = scope.sets.iter().filter(|_| !may_be_gone);
        for name in named.chain(defaults.iter().map(|default| &default.set)) {
            if !names.contains(name) {
                bail!("there is no configuration set {}{}", printable(name), but(&names));
            }
        }
        let is_chosen = |name: &&String| scope.includes(&Subject::Set((*name).clone()));
        let mut chosen: BTreeSet<String> = names.iter().filter(is_chosen).cloned().collect();
        let mut to_read = chosen.clone();
        to_read.extend(defaults.iter().map(|default| default.set.clone()));
        let mut progress = Progress::new("configuration sets read", Some(to_read.len()));
        let mut states = Vec::new();
        for name in to_read {
            match self.clients.sets.state(&name).await? {
                Some(state) => states.push(state),
                // Deleted since it was listed.
                None => {
                    chosen.remove(&name);
                }
            }
            progress.step();
        }
        Ok(Sets { names, chosen, states })
    }

    /// The identities whose default set is asked for.
    ///
    /// # Errors
    /// When SES cannot be asked, or has no such identity.
    pub(super) async fn default_sets(
        &self,
        wanted: &[WantedDefault],
    ) -> anyhow::Result<Vec<DefaultSetState>> {
        let mut states = Vec::new();
        for WantedDefault { identity, .. } in wanted {
            match self.clients.sets.default_set(identity).await? {
                Some(state) => states.push(state),
                None => bail!("SES has no identity {}", printable(identity)),
            }
        }
        Ok(states)
    }

    /// The identities that may have a default set of ours: all, where a set's tag says that there is
    /// one, and those that are named.
    ///
    /// # Errors
    /// When SES cannot be asked.
    pub(super) async fn identities(
        &self,
        all: bool,
        named: &[String],
    ) -> anyhow::Result<Vec<DefaultSetState>> {
        let mut names: BTreeSet<String> = named.iter().cloned().collect();
        if all {
            names.extend(self.clients.sets.identity_names().await?);
        }
        let mut progress = Progress::new("identities read", Some(names.len()));
        let mut states = Vec::new();
        for name in names {
            states.extend(self.clients.sets.default_set(&name).await?);
            progress.step();
        }
        Ok(states)
    }

    /// The domains that mail is sent from, by CloudWatch and by SES.
    ///
    /// # Errors
    /// When either cannot be asked.
    pub(super) async fn domains(&self) -> anyhow::Result<KnownDomains> {
        let senders = SenderDomains::new(self.connection, self.clients.pace.clone());
        let counted = senders.counted(&self.settings.alarms.namespace).await?;
        let identities = senders.identities().await?;
        Ok(KnownDomains::new(
            counted.iter().map(String::as_str),
            identities.iter().map(|(name, sends)| (name.as_str(), *sends)),
        ))
    }

    /// The alarms of sets and domains that are there, without their tags.
    ///
    /// # Errors
    /// When CloudWatch cannot be asked.
    pub(super) async fn alarms(&self, scope: &ChosenScope) -> anyhow::Result<Vec<DefinedAlarm>> {
        let prefix = &self.settings.alarms.prefix;
        let of_sets = (!scope.without_sets).then(|| set_prefix(prefix));
        let of_domains = (!scope.without_domains).then(|| domain_prefix(prefix));
        let mut progress = Progress::new("alarms read", None);
        let mut found = Vec::new();
        for prefix in of_sets.into_iter().chain(of_domains) {
            found.extend(self.clients.alarms.list(&prefix, || progress.step()).await?);
        }
        Ok(found)
    }

    /// Reads the tags of the alarms that they decide about.
    ///
    /// # Errors
    /// When CloudWatch cannot be asked.
    pub(super) async fn tags(
        &self,
        scope: &ChosenScope,
        wanted: &[WantedAlarm],
        alarms: &mut [DefinedAlarm],
    ) -> anyhow::Result<()> {
        let asked = undecided(&self.settings.alarms.prefix, scope, wanted, alarms);
        let mut progress = Progress::new("tags of alarms read", Some(asked.len()));
        let is_asked = |alarm: &DefinedAlarm| asked.contains(&alarm.name);
        Ok(self.clients.alarms.read_tags(alarms, is_asked, || progress.step()).await?)
    }
}

/// The domains that have alarms.
pub(super) fn domains_of(prefix: &str, alarms: &[DefinedAlarm]) -> BTreeSet<String> {
    let domain = |alarm: &DefinedAlarm| match subject_of(prefix, &alarm.name)? {
        Subject::Domain(name) => Some(name),
        Subject::Set(_) | Subject::Identity(_) => None,
    };
    alarms.iter().filter_map(domain).collect()
}

/// What to choose instead.
fn but(names: &BTreeSet<String>) -> String {
    if names.is_empty() {
        return "; there is none in this Region".to_owned();
    }
    let shown: Vec<&str> = names.iter().take(SHOWN).map(String::as_str).collect();
    let more = if names.len() > SHOWN { ", and others" } else { "" };
    format!("; there are {}{more}", shown.join(", "))
}
