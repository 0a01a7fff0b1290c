//! What a received message's headers say of its authentication, before anything is judged.

use super::from::{self, property_domain};
use super::header::{self, Field};
use super::received::{Hop, ReceivedSpf};
use super::results::{AuthenticationResults, MethodResult, SyntaxFault, normalized_id};
use super::route::{self, Route};
use super::signature::{self, Signature};
use super::trust::{self, Ignored, Trace};

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

fn spf(
    results: &[&MethodResult],
    fields: &[Field],
    block_at: Option<usize>,
    author_start: usize,
    conflicts: &mut Vec<&'static str>,
) -> SpfEvidence {
    let first = |name: &str| {
        let receiver = fields.get(..author_start).unwrap_or(fields);
        receiver.iter().position(|field| field.name == name)
    };
    let received_spf = first("received-spf")
        .and_then(|at| fields.get(at).map(|field| (at, ReceivedSpf::parse(&field.value))));
    let return_path = first("return-path")
        .and_then(|at| fields.get(at))
        .and_then(|field| property_domain(&field.value));
    let reported: Vec<&&MethodResult> = results.iter().filter(|r| r.method == "spf").collect();
    let about_mail_from: Vec<_> = reported.iter().filter(|result| !is_about_helo(result)).collect();
    // The worst of contradictory results, so that none of them turns a verdict into a pass.
    let chosen = about_mail_from.iter().find(|r| r.result != "pass").or(about_mail_from.first());
    if about_mail_from.iter().any(|r| chosen.is_some_and(|c| c.result != r.result)) {
        conflicts.push("spf");
    }
    if let (Some((at, own)), Some(block), Some(result)) = (&received_spf, block_at, chosen)
        && is_of_one_hop(fields, *at, block)
        && !own.is_helo
        && own.result != result.result
        && (own.result == "pass" || result.result == "pass")
        && !own.result.is_empty()
    {
        conflicts.push("spf");
    }
    let mut evidence = SpfEvidence {
        domain: chosen
            .and_then(|result| mail_from(result))
            .and_then(property_domain)
            .or_else(|| received_spf.as_ref().and_then(|(_, spf)| spf.domain.clone()))
            .or(return_path),
        ..SpfEvidence::default()
    };
    if let Some(result) = chosen {
        evidence.word = Some(result.result.clone());
        evidence.comment = result.explanation();
        return evidence;
    }
    if let Some(result) = reported.first() {
        evidence.word = Some(result.result.clone());
        evidence.is_helo_only = true;
        return evidence;
    }
    // Above the receiver's results, Received-SPF is the receiver's too.
    if let Some((at, spf)) = received_spf
        && !spf.result.is_empty()
        && block_at.is_none_or(|block| at < block)
    {
        evidence.word = Some(spf.result);
        evidence.is_helo_only = spf.is_helo;
    }
    evidence
}

/// No Received field stands between two fields.
fn is_of_one_hop(fields: &[Field], one: usize, other: usize) -> bool {
    let between = fields.get(one.min(other)..one.max(other)).unwrap_or_default();
    between.iter().all(|field| field.name != "received")
}

fn mail_from(result: &MethodResult) -> Option<&str> {
    ["smtp.mailfrom", "smtp.mail", "smtp.mfrom", "smtp.from", "smtp.envelope-from", "smtp.sender"]
        .iter()
        .find_map(|name| result.property(name))
        .filter(|value| !value.is_empty() && *value != "<>")
}

fn is_about_helo(result: &MethodResult) -> bool {
    result.property("smtp.helo").is_some() && mail_from(result).is_none()
}

fn dkim(
    results: &[&MethodResult],
    signatures: &[Signature],
    received_at: Option<i64>,
    conflicts: &mut Vec<&'static str>,
) -> Vec<DkimEvidence> {
    let mut left: Vec<Option<&Signature>> = signatures.iter().map(Some).collect();
    let mut evidence: Vec<DkimEvidence> = Vec::new();
    for result in results.iter().filter(|result| result.method == "dkim") {
        let claim = |name: &str| result.property(name).filter(|value| !value.is_empty());
        let domain = claim("header.d").and_then(property_domain);
        let agent = claim("header.i").and_then(property_domain);
        let selector = claim("header.s").map(signature::selector);
        let prefix = claim("header.b").unwrap_or_default();
        let is_named = domain.is_some() || agent.is_some();
        let fits = |signature: &Signature| {
            let own = signature.domain.as_deref().unwrap_or_default();
            let domain_fits = domain.as_deref().is_none_or(|d| d == own)
                && agent.as_deref().is_none_or(|i| super::organization::is_within(i, own));
            let selector_fits = selector.is_none() || selector == signature.selector;
            domain_fits && selector_fits && signature.signature.starts_with(prefix)
        };
        let is_candidate = |signature: &&Signature| {
            result.result != "none"
                && fits(signature)
                // A result that names nothing belongs to the only signature there is.
                && (is_named || signatures.len() == 1)
        };
        let matched = left
            .iter_mut()
            .find(|slot| slot.as_ref().is_some_and(is_candidate))
            .and_then(Option::take);
        let entry = DkimEvidence {
            word: Some(result.result.clone()),
            explanation: result.explanation(),
            domain: domain.or_else(|| matched.and_then(|m| m.domain.clone())).or(agent),
            selector: selector.or_else(|| matched.and_then(|m| m.selector.clone())),
            is_expired: matched.is_some_and(|m| is_expired(m, received_at)),
            is_sha1: matched.is_some_and(|m| m.algorithm == "rsa-sha1"),
        };
        let is_contradicted = |old: &&mut DkimEvidence| {
            !prefix.is_empty()
                && old.domain == entry.domain
                && old.selector == entry.selector
                && matched.is_none()
                && old.word != entry.word
        };
        if let Some(old) = evidence.iter_mut().find(is_contradicted) {
            conflicts.push("dkim");
            if old.word.as_deref() == Some("pass") {
                *old = entry;
            }
            continue;
        }
        evidence.push(entry);
    }
    let unreported = left.into_iter().flatten().map(|signature| DkimEvidence {
        domain: signature.domain.clone(),
        selector: signature.selector.clone(),
        is_expired: is_expired(signature, received_at),
        is_sha1: signature.algorithm == "rsa-sha1",
        ..DkimEvidence::default()
    });
    evidence.extend(unreported);
    evidence
}

fn is_expired(signature: &Signature, received_at: Option<i64>) -> bool {
    matches!((signature.expires_at, received_at), (Some(end), Some(now)) if end < now)
}

/// When the last server took the message, by its own clock.
fn received_at(fields: &[Field]) -> Option<i64> {
    let field = fields.iter().find(|field| field.name == "received")?;
    let (_, date) = field.value.rsplit_once(';')?;
    let date = date.split('(').next().unwrap_or_default().trim();
    jiff::fmt::rfc2822::parse(date).ok().map(|time| time.timestamp().as_second())
}

fn dmarc(results: &[&MethodResult], conflicts: &mut Vec<&'static str>) -> Option<DmarcEvidence> {
    let reported: Vec<_> = results.iter().filter(|result| result.method == "dmarc").collect();
    let chosen = reported.iter().find(|r| r.result != "pass").or(reported.first())?;
    if reported.iter().any(|result| result.result != chosen.result) {
        conflicts.push("dmarc");
    }
    let words = comment_words(&chosen.comment);
    let quotes = |tag: &str| words.iter().any(|(key, value)| key == tag && value == "s");
    Some(DmarcEvidence {
        is_dkim_strict: quotes("adkim"),
        is_spf_strict: quotes("aspf"),
        word: chosen.result.clone(),
        policy: policy_word(chosen),
        from_domain: chosen.property("header.from").and_then(property_domain),
    })
}

/// The policy that a result names: in its properties, else in its comment.
fn policy_word(result: &MethodResult) -> Option<String> {
    let properties =
        ["policy.p", "polrec.p", "policy.dmarc", "policy.published-domain-policy", "policy.policy"];
    let word =
        properties.iter().find_map(|name| result.property(name)).map(str::to_ascii_lowercase);
    if word.is_some() {
        return word;
    }
    let words = comment_words(&result.comment);
    let value = |name: &str| words.iter().find(|(key, _)| key == name).map(|(_, v)| v.clone());
    let (own, sub, disposition) = (value("p"), value("sp"), value("dis"));
    // Gmail tells p, sp and what it did. That it did what sp says shows that sp applied.
    let is_sub = sub.is_some() && sub != own && disposition == sub && result.result == "fail";
    let action = || {
        let action = result.property("action")?.to_ascii_lowercase();
        match action.as_str() {
            "oreject" | "reject" => Some("reject".to_owned()),
            "quarantine" | "pct.quarantine" => Some("quarantine".to_owned()),
            "none" if result.result == "fail" => Some("none".to_owned()),
            _ => None,
        }
    };
    if is_sub { sub } else { own.or_else(|| value("policy")).or_else(action) }
}

/// `key=value` pairs of a comment in lower case.
fn comment_words(comment: &str) -> Vec<(String, String)> {
    comment
        .split(|c: char| c.is_whitespace() || matches!(c, ',' | ';'))
        .filter_map(|word| word.split_once('='))
        .take(50)
        .map(|(key, value)| (key.to_ascii_lowercase(), value.to_ascii_lowercase()))
        .collect()
}
