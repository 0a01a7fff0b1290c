//! SPF, DKIM and DMARC as the trusted results and the trace fields report them.

use super::super::from::property_domain;
use super::super::header::HeaderField;
use super::super::organization;
use super::super::received::ReceivedSpf;
use super::super::results::MethodResult;
use super::super::signature::{self, Signature};
use super::{DkimEvidence, DmarcEvidence, SpfEvidence};

pub(super) fn spf(
    results: &[&MethodResult],
    fields: &[HeaderField],
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
fn is_of_one_hop(fields: &[HeaderField], one: usize, other: usize) -> bool {
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

pub(super) fn dkim(
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
                && agent.as_deref().is_none_or(|i| organization::is_within(i, own));
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
pub(super) fn received_at(fields: &[HeaderField]) -> Option<i64> {
    let field = fields.iter().find(|field| field.name == "received")?;
    let (_, date) = field.value.rsplit_once(';')?;
    let date = date.split('(').next().unwrap_or_default().trim();
    jiff::fmt::rfc2822::parse(date).ok().map(|time| time.timestamp().as_second())
}

pub(super) fn dmarc(
    results: &[&MethodResult],
    conflicts: &mut Vec<&'static str>,
) -> Option<DmarcEvidence> {
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
