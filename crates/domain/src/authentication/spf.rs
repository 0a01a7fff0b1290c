//! SPF records (RFC 7208): reading one record, and its terms.
//!
//! ```
//! use warden_domain::authentication::spf::{Mechanism, Qualifier, SpfRecord};
//!
//! let record = SpfRecord::parse("v=spf1 include:amazonses.com ~all").expect("an SPF record");
//! let all = record.directives.last().expect("two directives");
//! assert_eq!((all.qualifier, &all.mechanism), (Qualifier::SoftFail, &Mechanism::All));
//! assert!(record.faults.is_empty());
//! assert!(SpfRecord::parse("google-site-verification=x").is_none());
//! ```

use std::net::{Ipv4Addr, Ipv6Addr};

/// What a match means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Qualifier {
    /// `+`, or none.
    Pass,
    /// `-`.
    Fail,
    /// `~`.
    SoftFail,
    /// `?`.
    Neutral,
}

/// What is compared with the sending host. A domain of `None` is the domain of the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mechanism {
    /// `all`.
    All,
    /// `include:`.
    Include(String),
    /// `a`.
    A(Option<String>),
    /// `mx`.
    Mx(Option<String>),
    /// `ptr`.
    Ptr(Option<String>),
    /// `ip4:` or `ip6:`, which ask no DNS.
    Ip,
    /// `exists:`.
    Exists(String),
}

/// A mechanism and what its match means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive {
    /// What a match means.
    pub qualifier: Qualifier,
    /// What is compared.
    pub mechanism: Mechanism,
}

/// One record.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SpfRecord {
    /// The directives in order, up to the first `all`: what stands behind it is never reached.
    pub directives: Vec<Directive>,
    /// Mechanisms behind `all`, as written.
    pub unreachable: Vec<String>,
    /// The target of `redirect=`.
    pub redirect: Option<String>,
    /// The target of `exp=`, which receivers quote from when they refuse.
    pub explanation: Option<String>,
    /// Terms that receivers cannot read, as written. One of them makes SPF a permanent error.
    pub faults: Vec<String>,
}

impl SpfRecord {
    /// Reads a TXT text; `None` when it is no SPF record, because it does not begin with `v=spf1`
    /// and a space or the end.
    pub fn parse(text: &str) -> Option<Self> {
        let (version, terms) = text.split_once(' ').unwrap_or((text, ""));
        if !version.eq_ignore_ascii_case("v=spf1") {
            return None;
        }
        let mut record = Self::default();
        for term in terms.split(' ').filter(|term| !term.is_empty()) {
            if record.read_term(term).is_none() {
                record.faults.push(term.to_owned());
            }
        }
        Some(record)
    }

    /// The `all` directive that ends the record.
    pub fn all(&self) -> Option<Qualifier> {
        self.directives
            .last()
            .filter(|directive| directive.mechanism == Mechanism::All)
            .map(|directive| directive.qualifier)
    }

    /// `None` where the term cannot be read.
    fn read_term(&mut self, term: &str) -> Option<()> {
        let end = term.find([':', '/', '=']).unwrap_or(term.len());
        let (name, rest) = term.split_at_checked(end)?;
        if let Some(value) = rest.strip_prefix('=') {
            return self.read_modifier(name, value);
        }
        let (qualifier, name) = qualifier(name);
        let mechanism = mechanism(name, rest)?;
        if self.all().is_some() {
            self.unreachable.push(term.to_owned());
        } else {
            self.directives.push(Directive { qualifier, mechanism });
        }
        Some(())
    }

    fn read_modifier(&mut self, name: &str, value: &str) -> Option<()> {
        let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
        if !is_name || !value.bytes().all(|b| b.is_ascii_graphic()) || !macros_are_fine(value) {
            return None;
        }
        if name.eq_ignore_ascii_case("redirect") {
            if self.redirect.is_some() {
                return None;
            }
            self.redirect = Some(domain_spec(value)?);
        } else if name.eq_ignore_ascii_case("exp") {
            if self.explanation.is_some() {
                return None;
            }
            self.explanation = Some(domain_spec(value)?);
        }
        Some(())
    }
}

fn qualifier(name: &str) -> (Qualifier, &str) {
    for (sign, qualifier) in [
        ('+', Qualifier::Pass),
        ('-', Qualifier::Fail),
        ('~', Qualifier::SoftFail),
        ('?', Qualifier::Neutral),
    ] {
        if let Some(rest) = name.strip_prefix(sign) {
            return (qualifier, rest);
        }
    }
    (Qualifier::Pass, name)
}

/// `rest` is what stands behind the name: nothing, `:domain`, `/prefix` or both.
fn mechanism(name: &str, rest: &str) -> Option<Mechanism> {
    let domain = rest.strip_prefix(':');
    match name.to_ascii_lowercase().as_str() {
        "all" => rest.is_empty().then_some(Mechanism::All),
        "include" => Some(Mechanism::Include(domain_spec(domain?)?)),
        "exists" => Some(Mechanism::Exists(domain_spec(domain?)?)),
        "a" => Some(Mechanism::A(domain_with_prefix(rest)?)),
        "mx" => Some(Mechanism::Mx(domain_with_prefix(rest)?)),
        "ptr" if rest.is_empty() => Some(Mechanism::Ptr(None)),
        "ptr" => Some(Mechanism::Ptr(Some(domain_spec(domain?)?))),
        "ip4" => {
            let (address, prefix) = split_prefix(domain?);
            address.parse::<Ipv4Addr>().ok()?;
            is_prefix(prefix, 32).then_some(Mechanism::Ip)
        }
        "ip6" => {
            let (address, prefix) = split_prefix(domain?);
            address.parse::<Ipv6Addr>().ok()?;
            is_prefix(prefix, 128).then_some(Mechanism::Ip)
        }
        _ => None,
    }
}

fn split_prefix(text: &str) -> (&str, Option<&str>) {
    match text.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix)),
        None => (text, None),
    }
}

fn is_prefix(prefix: Option<&str>, most: u8) -> bool {
    prefix.is_none_or(|digits| {
        (1..=3).contains(&digits.len())
            && digits.bytes().all(|b| b.is_ascii_digit())
            && (digits.len() == 1 || !digits.starts_with('0'))
            && digits.parse::<u8>().is_ok_and(|bits| bits <= most)
    })
}

/// `:domain`, `:domain/24`, `:domain//64`, `/24//64`, or nothing. The outer `None`: not readable.
#[expect(clippy::option_option, reason = "not readable differs from no domain")]
fn domain_with_prefix(rest: &str) -> Option<Option<String>> {
    let (rest, v6) = cut_prefix(rest, "//");
    let (domain, v4) = cut_prefix(rest, "/");
    if !is_prefix(v4, 32) || !is_prefix(v6, 128) {
        return None;
    }
    if domain.is_empty() {
        return Some(None);
    }
    Some(Some(domain_spec(domain.strip_prefix(':')?)?))
}

/// Cuts digits behind the last separator off. A domain may hold a slash of its own.
fn cut_prefix<'a>(text: &'a str, separator: &str) -> (&'a str, Option<&'a str>) {
    match text.rsplit_once(separator) {
        Some((head, digits)) if digits.bytes().all(|b| b.is_ascii_digit()) => (head, Some(digits)),
        Some(_) | None => (text, None),
    }
}

/// A domain as a term names it: it ends in a macro or in a top label that is not all digits.
fn domain_spec(text: &str) -> Option<String> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_graphic()) || !macros_are_fine(text) {
        return None;
    }
    if text.ends_with('}') || ["%%", "%_", "%-"].iter().any(|end| text.ends_with(end)) {
        return Some(text.to_owned());
    }
    let bare = text.strip_suffix('.').unwrap_or(text);
    let (_, top) = bare.rsplit_once('.')?;
    let is_top = !top.is_empty()
        && !top.bytes().all(|b| b.is_ascii_digit())
        && top.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && !top.starts_with('-')
        && !top.ends_with('-');
    // An empty label is what remains of a mistyped name, and DNS has no longer one than 63.
    let is_label = |label: &str| !label.is_empty() && (label.len() <= 63 || label.contains('%'));
    let is_fine = is_top && bare.split('.').all(is_label);
    is_fine.then(|| bare.to_lowercase())
}

/// `%{d}`, `%{ir}`, `%{l1r-}`, `%%`, `%_`, `%-`. The letters c, r and t belong to explanations.
fn macros_are_fine(text: &str) -> bool {
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('%') {
        let simple = after.strip_prefix(['%', '_', '-']);
        let expanded = after.strip_prefix('{').and_then(|after| {
            let (body, after) = after.split_once('}')?;
            let letters = body.strip_prefix(|c: char| "slodiphvSLODIPHV".contains(c))?;
            let options = letters.trim_start_matches(|c: char| c.is_ascii_digit());
            let delimiters = options.strip_prefix(['r', 'R']).unwrap_or(options);
            delimiters.bytes().all(|b| b".-+,/_=".contains(&b)).then_some(after)
        });
        let Some(after) = simple.or(expanded) else { return false };
        rest = after;
    }
    true
}

/// `domain` with `%{d}` replaced by the domain of the record; `None` where another macro needs
/// the sender or the client.
pub fn expand(domain: &str, record_domain: &str) -> Option<String> {
    let expanded = domain.replace("%{d}", record_domain).replace("%{D}", record_domain);
    (!expanded.contains('%')).then_some(expanded)
}

/// Whether a person meant `text` as an SPF record, although receivers do not take it for one:
/// `spf1 …`, `v=spf2 …`, blanks or quotes in front, a tab behind the version.
pub fn was_meant_as_record(text: &str) -> bool {
    let letters: String = text
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '"' | '\'' | '\\'))
        .take(12)
        .collect::<String>()
        .to_ascii_lowercase();
    let is_near = ["v=spf1", "v=spf", "spf1", "v:spf1", "v-spf1", "v=spf.", "spf=v1", "vspf1"];
    SpfRecord::parse(text).is_none()
        && !letters.starts_with("v=spf2.0/")
        && !letters.starts_with("spf2.0/")
        && is_near.iter().any(|start| letters.starts_with(start))
}

#[cfg(test)]
mod tests;
