//! The application: state, what lies upstream, and the steps that need both.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use crate::clock;
use crate::configuration_sets::ConfigurationSet;
use crate::destinations::{Destination, Origin};
use crate::publication::{Batch, NOTICE, Publication};
use crate::state::State;
use crate::topics::{self, EventSource};
use crate::upstream::{FoundSet, Upstream};
use crate::wire::{Request, WireError};

/// What is read from the local AWS counts as fresh for this long.
const UPSTREAM_FRESH: Duration = Duration::from_secs(1);

/// Settings that do not change while the server runs.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) account_id: String,
    pub(crate) region: String,
    pub(crate) base_url: String,
    pub(crate) representative_volume: usize,
    pub(crate) automatic_suppression: bool,
}

/// Shared by all requests.
pub(crate) struct App {
    pub(crate) settings: Settings,
    pub(crate) upstream: Option<Upstream>,
    state: Mutex<State>,
    batches: mpsc::UnboundedSender<Batch>,
}

impl App {
    pub(crate) fn new(
        settings: Settings,
        upstream: Option<Upstream>,
        batches: mpsc::UnboundedSender<Batch>,
    ) -> Self {
        let app = Self { settings, upstream, state: Mutex::default(), batches };
        app.reset();
        app
    }

    /// The state. A panic elsewhere leaves it usable: no step leaves it half done.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The Region a request is for: that of its signature, else the server's own.
    pub(crate) fn region<'a>(&'a self, request: &'a Request) -> &'a str {
        request.region().unwrap_or(&self.settings.region)
    }

    /// Back to how the server started.
    pub(crate) fn reset(&self) {
        let mut state = self.state();
        state.reset();
        state.account.automatic_suppression = self.settings.automatic_suppression;
    }

    /// Hands publications over to the background, in this order.
    pub(crate) fn publish(&self, state: &mut State, publications: Vec<Publication>) {
        if publications.is_empty() {
            return;
        }
        let count = publications.len();
        let batch = Batch { epoch: state.epoch, publications };
        // The receiver lives as long as the server.
        if self.batches.send(batch).is_ok() {
            state.ledger.pending += count;
        }
    }

    /// Brings what is known of a configuration set up to date with the local
    /// AWS, where a CloudFormation stack may have made or changed it.
    ///
    /// # Errors
    ///
    /// Only when the set is not known here and the local AWS cannot be asked.
    pub(crate) async fn refresh_set(&self, name: &str) -> Result<(), WireError> {
        let Some(upstream) = &self.upstream else {
            return Ok(());
        };
        let now = Instant::now();
        if self.state().is_fresh(name, now, UPSTREAM_FRESH) {
            return Ok(());
        }
        match upstream.find_set(name).await {
            Ok(Some(mut found)) => {
                self.refuse_destinations(name, &mut found).await;
                self.take_over(name, found, now);
                Ok(())
            }
            Ok(None) => {
                let mut state = self.state();
                match state.sets.get(name).map(|set| set.origin) {
                    Some(Origin::Upstream) => {
                        state.sets.remove(name);
                    }
                    Some(Origin::Local) => {
                        state.looked_up.insert(name.to_owned(), now);
                    }
                    None => {}
                }
                Ok(())
            }
            Err(error) => {
                tracing::warn!(configuration_set = name, error, "upstream not asked");
                if self.state().sets.contains_key(name) {
                    Ok(())
                } else {
                    Err(WireError::internal("the local AWS behind this server does not answer"))
                }
            }
        }
    }

    /// Checks that SES may publish to a topic of this account.
    ///
    /// # Errors
    ///
    /// As [`topics::check`].
    pub(crate) async fn check_topic(
        &self,
        region: &str,
        resource: &str,
        topic_arn: &str,
    ) -> Result<(), WireError> {
        if !self.state().account.check_topics {
            return Ok(());
        }
        let account_id = self.settings.account_id.as_str();
        let source = EventSource { account_id, region, resource };
        topics::check(self.upstream.as_ref(), &source, topic_arn).await
    }

    /// Leaves out new destinations of a stack with a topic that SES refuses. On AWS the stack
    /// fails; here the destination is not there, and the ledger says why, once.
    async fn refuse_destinations(&self, name: &str, found: &mut FoundSet) {
        let known = self.state().sets.get(name).map(topics_by_name).unwrap_or_default();
        let new: Vec<(String, String)> = found
            .destinations
            .iter()
            .filter_map(|(name, definition)| {
                Some((name.clone(), definition.topic_arn()?.to_owned()))
            })
            .filter(|(name, topic)| known.get(name) != Some(topic))
            .collect();
        for (destination, topic) in new {
            let resource = format!("configuration-set/{name}");
            let checked = self.check_topic(&self.settings.region, &resource, &topic).await;
            let Err(error) = checked else { continue };
            if error.status.is_server_error() {
                continue;
            }
            found.destinations.remove(&destination);
            let mut state = self.state();
            if state.refused_destinations.insert((name.to_owned(), destination, topic.clone())) {
                tracing::error!(configuration_set = name, topic, error.message, "topic refused");
                let mut entry = Publication::text("notice", NOTICE.to_owned(), name, &topic).entry;
                entry.error = Some(error.message);
                entry.at = clock::iso(clock::now_ms());
                state.ledger.unpublished.push(entry);
            }
        }
    }

    fn take_over(&self, name: &str, found: FoundSet, now: Instant) {
        let mut state = self.state();
        let state = &mut *state;
        state.looked_up.insert(name.to_owned(), now);
        let set = state
            .sets
            .entry(name.to_owned())
            .or_insert_with(|| ConfigurationSet::new(Origin::Upstream));
        if set.origin == Origin::Upstream {
            set.follow_upstream(found.switches, clock::now_ms());
        }
        let before = topics_by_name(set);
        set.destinations.retain(|name, destination| {
            destination.origin == Origin::Local || found.destinations.contains_key(name)
        });
        for (destination, definition) in found.destinations {
            let key = (name.to_owned(), destination);
            if state.hidden_destinations.contains(&key) {
                continue;
            }
            let slot = set.destinations.entry(key.1).or_insert(Destination {
                origin: Origin::Upstream,
                definition: definition.clone(),
            });
            if slot.origin == Origin::Upstream {
                slot.definition = definition;
            }
        }
        let notices = notices(name, &before, set);
        self.publish(state, notices);
    }

    /// Changes a set's destinations and sends SES's test message to new topics.
    ///
    /// # Errors
    ///
    /// NotFoundException for an unknown set, and whatever the change refuses.
    pub(crate) fn change_destinations(
        &self,
        name: &str,
        change: impl FnOnce(&mut BTreeMap<String, Destination>) -> Result<(), WireError>,
    ) -> Result<(), WireError> {
        let mut state = self.state();
        let set = state.sets.get_mut(name).ok_or_else(|| missing_set(name))?;
        let before = topics_by_name(set);
        change(&mut set.destinations)?;
        let notices = notices(name, &before, set);
        self.publish(&mut state, notices);
        Ok(())
    }
}

/// NotFoundException for a configuration set.
pub(crate) fn missing_set(name: &str) -> WireError {
    WireError::not_found(format!("Configuration set <{name}> does not exist."))
}

fn topics_by_name(set: &ConfigurationSet) -> BTreeMap<String, String> {
    set.destinations
        .iter()
        .filter_map(|(name, destination)| Some((name.clone(), destination.topic_arn()?.to_owned())))
        .collect()
}

/// A notice for each destination whose topic is new.
fn notices(
    set_name: &str,
    before: &BTreeMap<String, String>,
    set: &ConfigurationSet,
) -> Vec<Publication> {
    topics_by_name(set)
        .into_iter()
        .filter(|(name, topic)| before.get(name) != Some(topic))
        .map(|(_, topic)| Publication::text("notice", NOTICE.to_owned(), set_name, &topic))
        .collect()
}
