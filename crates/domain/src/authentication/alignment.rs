//! Alignment: which domains of a message belong to the organization of its From domain.

use std::collections::BTreeMap;

use super::dmarc::{AlignmentMode, DmarcPolicy, DmarcRecord};
use super::evidence::{DmarcEvidence, HeaderEvidence};
use super::organization;
use super::tree_walk::WalkOutcome;

/// How alignment of two different names was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlignmentBasis {
    /// All names equal the From domain; nothing was to be decided.
    EqualNames,
    /// By the tree walk.
    TreeWalk,
    /// Relaxed alignment assumed, organization guessed from the names: DNS gave no answer.
    Assumed,
}

/// How the domains of a message relate, by walks where there are any.
pub(super) struct Organizations<'a> {
    walks: &'a BTreeMap<String, WalkOutcome>,
    from: Option<&'a str>,
    record: Option<&'a DmarcRecord>,
    /// What the receiver quotes of the record, used if DNS gives no answer.
    quoted: Option<&'a DmarcEvidence>,
    /// The walk of the From domain found a record, so walks can determine organizations.
    is_walked: bool,
}

impl<'a> Organizations<'a> {
    pub(super) fn new(
        walks: &'a BTreeMap<String, WalkOutcome>,
        evidence: &'a HeaderEvidence,
    ) -> Self {
        let from = evidence.from.domain.as_deref();
        let walk = from.and_then(|from| walks.get(from));
        let record = walk.and_then(|walk| walk.policy.as_ref()).map(|policy| &policy.record);
        let is_walked = record.is_some() && walk.is_some_and(|walk| !walk.is_uncertain);
        Self { walks, from, record, quoted: evidence.dmarc.as_ref(), is_walked }
    }

    fn walk(&self, domain: &str) -> Option<&'a WalkOutcome> {
        self.walks.get(domain).filter(|walk| self.is_walked && !walk.is_uncertain)
    }

    /// Whether the domain belongs to the From domain's organization.
    fn same_organization(&self, domain: &str) -> Option<bool> {
        let from = self.from?;
        if from == domain {
            return Some(true);
        }
        Some(match (self.walk(from), self.walk(domain)) {
            (Some(own), Some(other)) => own.organizational_domain == other.organizational_domain,
            _ => organization::same(from, domain),
        })
    }

    pub(super) fn aligned(&self, domain: Option<&str>, mode: AlignmentMode) -> Option<bool> {
        let (from, domain) = (self.from?, domain?);
        match mode {
            AlignmentMode::Strict => Some(from == domain),
            AlignmentMode::Relaxed => self.same_organization(domain),
        }
    }

    pub(super) fn dkim_mode(&self) -> AlignmentMode {
        let quoted = self.quoted.is_some_and(|quoted| quoted.is_dkim_strict);
        self.record.map_or_else(|| mode(quoted), |record| record.dkim_alignment)
    }

    pub(super) fn spf_mode(&self) -> AlignmentMode {
        let quoted = self.quoted.is_some_and(|quoted| quoted.is_spf_strict);
        self.record.map_or_else(|| mode(quoted), |record| record.spf_alignment)
    }

    /// The domain is of the same organization, but the record asks for equal names.
    pub(super) fn is_only_relaxed(&self, domain: Option<&str>) -> bool {
        domain.is_some_and(|domain| {
            self.from != Some(domain) && self.same_organization(domain) == Some(true)
        })
    }

    /// The walk ended without a record and without a failed look-up.
    pub(super) fn has_no_record(&self) -> bool {
        self.from
            .and_then(|from| self.walks.get(from))
            .is_some_and(|walk| walk.policy.is_none() && !walk.is_uncertain)
    }

    pub(super) fn policy(&self) -> Option<DmarcPolicy> {
        let from = self.from?;
        let applied = self.walks.get(from)?.policy.as_ref()?;
        // Mail was sent from the name, so it is taken to exist.
        applied.record.effective_policy(applied.scope(from, true))
    }

    pub(super) fn basis(&self, evidence: &HeaderEvidence) -> AlignmentBasis {
        let mut others = evidence
            .dkim
            .iter()
            .filter_map(|dkim| dkim.domain.as_deref())
            .chain(evidence.spf.domain.as_deref())
            .filter(|domain| self.from.is_some_and(|from| from != *domain))
            .peekable();
        if others.peek().is_none() {
            return AlignmentBasis::EqualNames;
        }
        let is_known = self.from.is_some_and(|from| self.walk(from).is_some())
            && others.all(|domain| self.walk(domain).is_some());
        if is_known { AlignmentBasis::TreeWalk } else { AlignmentBasis::Assumed }
    }
}

fn mode(is_strict: bool) -> AlignmentMode {
    if is_strict { AlignmentMode::Strict } else { AlignmentMode::Relaxed }
}
