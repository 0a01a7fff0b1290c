//! What a received message's headers say of its authentication, before anything is judged.

mod checks;

use super::from;
use super::header::{self, Field};
use super::received::Hop;
use super::results::{AuthenticationResults, MethodResult, SyntaxFault, normalized_id};
use super::route::{self, Route};
use super::signature;
use super::trust::{self, Ignored, Trace};
use checks::{dkim, dmarc, received_at, spf};

/// What the headers say. Read it with [`Evidence::read`], judge it with
/// [`judge`](super::verdict::judge).
#[derive(Debug)]
pub struct Evidence {
    pub(super) from: FromEvidence,
    pub(super) block: Vec<AuthenticationResults>,
    pub(super) ignored: Vec<Ignored>,
    /// Whether the caller named whose results count.
    pub(super) has_wanted_ids: bool,
    pub(super) spf: SpfEvidence,
    pub(super) dkim: Vec<DkimEvidence>,
    pub(super) dmarc: Option<DmarcEvidence>,
    pub(super) conflicts: Vec<&'static str>,
    pub(super) route: Route,
}

/// The From header field or fields.
#[derive(Debug, Default)]
pub(super) struct FromEvidence {
    /// The one domain that DMARC speaks of; `None` where there is not exactly one.
    pub(super) domain: Option<String>,
    /// From fields in the message.
    pub(super) field_count: usize,
    /// Different domains in them.
    pub(super) domains: Vec<String>,
    /// Mailboxes in them.
    pub(super) mailbox_count: usize,
    pub(super) is_malformed: bool,
}

/// What is known of SPF.
#[derive(Debug, Default)]
pub(super) struct SpfEvidence {
    /// The reported word in lower case; `None` where nothing was reported.
    pub(super) word: Option<String>,
    pub(super) comment: String,
    /// The MAIL FROM domain.
    pub(super) domain: Option<String>,
    /// The result speaks of the HELO name, not of MAIL FROM.
    pub(super) is_helo_only: bool,
}

impl SpfEvidence {
    /// The sending host's address, where the receiver's comment names it.
    pub(super) fn client_address(&self) -> Option<std::net::IpAddr> {
        let words =
            self.comment.split(|c: char| c.is_whitespace() || matches!(c, '[' | ']' | ',' | '='));
        words.take(200).find_map(|word| word.parse().ok())
    }
}

/// One DKIM signature, or one result about one.
#[derive(Debug, Default, Clone)]
pub(super) struct DkimEvidence {
    /// The reported word in lower case; `None` for a signature that nothing was reported of.
    pub(super) word: Option<String>,
    /// Comment and reason in lower case.
    pub(super) explanation: String,
    pub(super) domain: Option<String>,
    pub(super) selector: Option<String>,
    pub(super) is_expired: bool,
    pub(super) is_sha1: bool,
}

/// What the receiver said of DMARC.
#[derive(Debug, Default)]
pub(super) struct DmarcEvidence {
    pub(super) word: String,
    /// Policy words of the result (`p=`, `policy.…`, `action=`), in lower case.
    pub(super) policy: Option<String>,
    /// `header.from`.
    pub(super) from_domain: Option<String>,
    /// The comment quotes `adkim=s`.
    pub(super) is_dkim_strict: bool,
    /// The comment quotes `aspf=s`.
    pub(super) is_spf_strict: bool,
}

impl Evidence {
    /// Reads a message's header section. `trusted_ids` names whose Authentication-Results count;
    /// without any the topmost do.
    pub fn read(message: &[u8], trusted_ids: &[String]) -> Self {
        let fields = header::fields(message);
        let hops: Vec<(usize, Hop)> = fields
            .iter()
            .enumerate()
            .filter(|(_, field)| field.name == "received")
            .take(200)
            .map(|(at, field)| (at, Hop::parse(&field.value)))
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
        let route = route::of(&route::Facts {
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

    pub(super) fn syntax_faults(&self) -> Vec<SyntaxFault> {
        let mut faults: Vec<_> = self.block.iter().flat_map(|h| h.faults.iter().copied()).collect();
        faults.dedup();
        faults
    }
}

/// Fields that a message has from its author, and that no server puts on top.
fn is_of_the_author(field: &Field) -> bool {
    matches!(
        field.name.as_str(),
        "from" | "to" | "cc" | "date" | "subject" | "message-id" | "mime-version" | "content-type"
    )
}

fn read_from(fields: &[Field]) -> FromEvidence {
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
