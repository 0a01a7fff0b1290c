//! Tree walks of the domains that alignment depends on.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use warden_domain::authentication::tree_walk::{DnsAnswer, TreeWalk, WalkOutcome};
use warden_domain::dns::Lookup;

use crate::frame::aws::block_on;
use crate::frame::dns::{Dns, DnsOptions};

/// Walks done so far. Where DNS answers nothing at all, it is not asked again.
pub(super) struct Walks<'a> {
    options: &'a DnsOptions,
    known: BTreeMap<String, WalkOutcome>,
    is_silent: bool,
}

impl<'a> Walks<'a> {
    pub(super) fn new(options: &'a DnsOptions) -> Self {
        Self { options, known: BTreeMap::new(), is_silent: false }
    }

    /// The finished walks of `domains`; those that DNS did not answer are missing or uncertain.
    ///
    /// # Errors
    /// When the asynchronous runtime does not start.
    pub(super) fn of(
        &mut self,
        domains: &[String],
    ) -> anyhow::Result<BTreeMap<String, WalkOutcome>> {
        let wanted: Vec<&String> =
            domains.iter().filter(|domain| !self.known.contains_key(*domain)).collect();
        if !wanted.is_empty() && !self.is_silent {
            let options = self.options;
            let found = block_on(async {
                // A system without a resolver is one whose DNS does not answer.
                let Ok(dns) = Dns::new(options) else { return Ok(Vec::new()) };
                Ok(join_all(wanted.iter().map(|domain| walk(&dns, domain))).await)
            })?;
            self.is_silent = found.iter().all(|outcome| outcome.is_uncertain);
            self.known.extend(wanted.into_iter().cloned().zip(found));
        }
        let known = |domain: &String| Some((domain.clone(), self.known.get(domain)?.clone()));
        Ok(domains.iter().filter_map(known).collect())
    }
}

async fn walk(dns: &Dns, domain: &str) -> WalkOutcome {
    let mut walk = TreeWalk::new(domain);
    while let Some(name) = walk.next_query() {
        let answer = match dns.txt(&name).await {
            Lookup::Found { records, .. } => DnsAnswer::Texts(records),
            Lookup::NoRecords | Lookup::NoSuchName => DnsAnswer::Texts(Vec::new()),
            Lookup::Failed(_) => DnsAnswer::Failed,
        };
        let has_failed = answer == DnsAnswer::Failed;
        walk.answer(answer);
        if has_failed {
            // One missing answer makes the whole walk uncertain.
            break;
        }
    }
    walk.outcome()
}
