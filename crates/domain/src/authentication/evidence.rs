//! What a received message's headers say of its authentication, before anything is judged.

mod checks;

use super::from;
use super::header::{self, HeaderField};
pub(super) use super::method_evidence::{DkimEvidence, DmarcEvidence, FromEvidence, SpfEvidence};
use super::organization;
use super::received::ReceivedHop;
use super::results::{AuthenticationResults, MethodResult, SyntaxFault, normalized_id};
use super::route::{self, MailRoute};
use super::signature;
use super::trust::{self, Ignored, Trace};
use checks::{dkim, dmarc, received_at, spf};

/// What the headers say. Read it with [`HeaderEvidence::read`], judge it with
/// [`judge`](super::verdict::judge).
#[derive(Debug)]
pub struct HeaderEvidence {
    pub(super) from: FromEvidence,
    pub(super) block: Vec<AuthenticationResults>,
    pub(super) ignored: Vec<Ignored>,
    /// Whether the caller named whose results count.
    pub(super) has_wanted_ids: bool,
    pub(super) spf: SpfEvidence,
    pub(super) dkim: Vec<DkimEvidence>,
    pub(super) dmarc: Option<DmarcEvidence>,
    pub(super) conflicts: Vec<&'static str>,
    pub(super) route: MailRoute,
}

impl HeaderEvidence {
    /// Reads a message's header section. `trusted_ids` names whose Authentication-Results count;
    /// without any the topmost do.
    pub fn read(message: &[u8], trusted_ids: &[String]) -> Self {
        let fields = header::fields(message);
        let hops: Vec<(usize, ReceivedHop)> = fields
            .iter()
            .enumerate()
            .filter(|(_, field)| field.name == "received")
            .take(200)
            .map(|(at, field)| (at, ReceivedHop::parse(&field.value)))
            .collect();
        let author_start = fields.iter().position(is_of_the_author).unwrap_or(fields.len());
        let ids: Vec<String> = trusted_ids.iter().filter_map(|id| normalized_id(id)).collect();
        let choice = trust::choose(&Trace { fields: &fields, hops: &hops, author_start }, &ids);
        let signatures = signature::of(&fields);
        let results: Vec<&MethodResult> = choice.block.iter().flat_map(|h| &h.results).collect();
        let mut conflicts = Vec::new();
        let from = read_from(&fields);
        let spf = spf(&results, &fields, choice.position, author_start, &mut conflicts);
        let dkim = dkim(&results, &signatures, received_at(&fields), &mut conflicts);
        let dmarc = dmarc(&results, &mut conflicts);
        let route = route::of(&route::RouteFacts {
            fields: &fields,
            hops: &hops,
            author_start,
            from_domain: from.domain.as_deref(),
            spf: &spf,
            dkim: &dkim,
            writer: choice.block.first().and_then(|h| h.authserv_id.as_deref()),
            has_block: choice.position.is_some(),
        });
        Self {
            from,
            spf,
            dkim,
            dmarc,
            conflicts,
            route,
            has_wanted_ids: !ids.is_empty(),
            ignored: choice.ignored,
            block: choice.block,
        }
    }

    /// The domains whose organization decides alignment, the From domain first. None where no
    /// look-up can change anything.
    pub fn domains_to_walk(&self) -> Vec<String> {
        let Some(from) = &self.from.domain else { return Vec::new() };
        let mut others: Vec<&String> = self.spf.domain.iter().collect();
        others.extend(self.dkim.iter().filter_map(|dkim| dkim.domain.as_ref()));
        others.retain(|domain| *domain != from);
        others.sort_unstable();
        others.dedup();
        others.truncate(10);
        if others.is_empty() && self.dmarc.is_some() {
            return Vec::new();
        }
        std::iter::once(from).chain(others).cloned().collect()
    }

    pub(super) fn results(&self) -> impl Iterator<Item = &MethodResult> {
        self.block.iter().flat_map(|header| &header.results)
    }

    /// The receiver's result names another From domain than the message has now.
    pub(super) fn speaks_of_another_from(&self) -> bool {
        let judged = self.dmarc.as_ref().and_then(|dmarc| dmarc.from_domain.as_deref());
        match (judged, self.from.domain.as_deref()) {
            (Some(judged), Some(from)) => !organization::same(judged, from),
            _ => false,
        }
    }

    pub(super) fn syntax_faults(&self) -> Vec<SyntaxFault> {
        let mut faults: Vec<_> = self.block.iter().flat_map(|h| h.faults.iter().copied()).collect();
        faults.dedup();
        faults
    }
}

/// Fields that a message has from its author, and that no server puts on top.
fn is_of_the_author(field: &HeaderField) -> bool {
    matches!(
        field.name.as_str(),
        "from" | "to" | "cc" | "date" | "subject" | "message-id" | "mime-version" | "content-type"
    )
}

fn read_from(fields: &[HeaderField]) -> FromEvidence {
    let mut evidence = FromEvidence::default();
    for field in fields.iter().filter(|field| field.name == "from") {
        let from = from::read(&field.value);
        evidence.field_count += 1;
        evidence.is_malformed |= from.is_malformed;
        evidence.mailbox_count += from.domains.len();
        evidence.domains.extend(from.domains);
    }
    evidence.domains.sort_unstable();
    evidence.domains.dedup();
    evidence.domain = match (evidence.field_count, evidence.domains.as_slice()) {
        (1, [only]) => Some(only.clone()),
        _ => None,
    };
    evidence
}
