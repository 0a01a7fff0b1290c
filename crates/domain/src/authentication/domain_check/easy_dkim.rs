//! The three CNAME records of Easy DKIM.

use super::facts::IdentityFacts;
use super::words::{doubled_names, listed};
use super::{Check, DomainReport};
use crate::authentication::dkim::DkimKey;
use crate::dns::{Lookup, normalised};
use crate::finding::{Finding, RecordToPublish};

/// Where the keys lie unless the identity names another zone.
const USUAL_ZONE: &str = "dkim.amazonses.com";
/// Aliases followed behind the first.
const MOST_ALIASES: usize = 3;

/// One of the three records.
struct Token<'a> {
    token: &'a str,
    /// The identity as DNS spells it.
    domain: &'a str,
    name: String,
    target: String,
    /// SES says SUCCESS.
    is_verified: bool,
}

/// What is at the record's name.
#[derive(PartialEq, Eq)]
enum DkimRecordState {
    Right,
    Wrong,
    Missing,
    Unknown,
}

/// Whether all records are there and right.
pub(super) fn check(
    check: &Check<'_>,
    identity: &IdentityFacts,
    report: &mut DomainReport,
) -> bool {
    let domain = identity.dns_name();
    let zone = identity.hosted_zone.as_deref().map(normalised).filter(|zone| !zone.is_empty());
    let zone = zone.unwrap_or_else(|| USUAL_ZONE.to_owned());
    let tokens: Vec<Token<'_>> = identity
        .tokens
        .iter()
        .map(|token| Token {
            token,
            domain: &domain,
            name: format!("{token}._domainkey.{domain}"),
            target: format!("{token}.{zone}"),
            is_verified: identity.dkim_status == "SUCCESS",
        })
        .collect();
    let is_flattened = tokens.iter().any(|token| token.has_live_key(check));
    let states: Vec<DkimRecordState> =
        tokens.iter().map(|token| token.check(check, is_flattened, report)).collect();
    if !tokens.is_empty() && states.iter().all(|state| *state == DkimRecordState::Missing) {
        report.add(all_missing(&domain, &tokens));
    }
    !tokens.is_empty() && states.iter().all(|state| *state == DkimRecordState::Right)
}

fn all_missing(domain: &str, tokens: &[Token<'_>]) -> Finding {
    let text = format!(
        "None of the {} DKIM records of {domain} is published, so SES can neither verify the \
         domain nor sign for it. Create all of them, as CNAME records.",
        tokens.len()
    );
    tokens.iter().fold(Finding::error("dkim-all-missing", domain).text(text), |finding, token| {
        finding.publish(token.record())
    })
}

impl Token<'_> {
    fn record(&self) -> RecordToPublish {
        RecordToPublish::cname(&self.name, &self.target)
    }

    fn error(&self, code: &'static str) -> Finding {
        Finding::error(code, &self.name).publish(self.record())
    }

    /// Whether a key that was not revoked stands in the place of the CNAME.
    fn has_live_key(&self, check: &Check<'_>) -> bool {
        let is_absent = check.book.cname(&self.name).is_some_and(|lookup| lookup.is_absent());
        let is_live = |text: &str| DkimKey::parse(text).is_some_and(|key| !key.is_revoked());
        is_absent && check.book.txt(&self.name).is_some_and(|lookup| any_text(&lookup, is_live))
    }

    /// `is_flattened`: one of the three names has a live key and no CNAME.
    fn check(
        &self,
        check: &Check<'_>,
        is_flattened: bool,
        report: &mut DomainReport,
    ) -> DkimRecordState {
        let lookup = check.book.cname(&self.name);
        let Some(lookup) = report.known(&self.name, lookup) else {
            return DkimRecordState::Unknown;
        };
        let targets: Vec<String> = lookup.records().iter().map(|name| normalised(name)).collect();
        if targets.iter().any(|target| normalised(&self.target) == *target) {
            return DkimRecordState::Right;
        }
        if let Some(target) = targets.first() {
            // SES has verified it, so an alias of the owner's on the way does no harm.
            match self.is_verified.then(|| self.leads_on(check, target)) {
                Some(None) => return DkimRecordState::Unknown,
                Some(Some(true)) => return DkimRecordState::Right,
                Some(Some(false)) | None => {}
            }
            report.add(self.wrong_target(target));
            return DkimRecordState::Wrong;
        }
        self.without_cname(check, is_flattened, report)
    }

    /// Whether further aliases lead from `target` to the wanted one. `None` while they are looked
    /// up.
    fn leads_on(&self, check: &Check<'_>, target: &str) -> Option<bool> {
        let wanted = normalised(&self.target);
        let mut name = target.to_owned();
        for _ in 0..MOST_ALIASES {
            let lookup = check.book.cname(&name)?;
            let Some(next) = lookup.records().first() else { return Some(false) };
            name = normalised(next);
            if name == wanted {
                return Some(true);
            }
        }
        Some(false)
    }

    /// The CNAME points elsewhere.
    fn wrong_target(&self, found: &str) -> Finding {
        let (name, wanted) = (&self.name, &self.target);
        let zone_below = |zone: &str| {
            let below = found.strip_suffix(zone).and_then(|head| head.strip_suffix('.'));
            below.is_some_and(|head| head.ends_with(".amazonses.com"))
        };
        if let Some(zone) = super::words::suffixes(self.domain).into_iter().find(|z| zone_below(z))
        {
            return self.error("dkim-value-domain-appended").found(found).text(format!(
                "{name} points to {found}: your DNS provider appended {zone} to the value. Enter \
                 the value with a final dot ({wanted}.), or as the provider's form asks for a full \
                 name."
            ));
        }
        let token = normalised(self.token);
        if let Some(zone) = found.strip_prefix(&token).and_then(|rest| rest.strip_prefix('.')) {
            let wanted_zone = wanted.split_once('.').map(|(_, zone)| zone).unwrap_or_default();
            return self.error("dkim-cname-wrong-zone").found(found).text(format!(
                "{name} has the right token in the wrong zone: it points to {zone}, and the keys \
                 of this identity lie in {wanted_zone} (SigningHostedZone). Not every Region uses \
                 {USUAL_ZONE}. The value must be {wanted}."
            ));
        }
        self.error("dkim-cname-wrong-target").found(found).text(format!(
            "{name} points to {found}. It must point to {wanted}; replace the value."
        ))
    }

    /// There is no CNAME at the name: a key or a text may stand there, or the record lies at a
    /// mistyped name.
    fn without_cname(
        &self,
        check: &Check<'_>,
        is_flattened: bool,
        report: &mut DomainReport,
    ) -> DkimRecordState {
        // A failure here only hides a hint: that the CNAME is absent is known.
        let texts = match check.book.txt(&self.name) {
            None => return DkimRecordState::Unknown,
            Some(texts) => texts,
        };
        let texts = texts.records();
        // A revoked key alone may be a wildcard record that forbids all other selectors.
        if is_flattened && texts.iter().any(|text| DkimKey::parse(text).is_some()) {
            report.add(self.flattened());
            return DkimRecordState::Wrong;
        }
        if let Some(text) = texts.iter().find(|text| self.is_target_as_text(text)) {
            report.add(self.text_instead(text));
        }
        self.misplaced(check, report);
        report.add(self.missing(texts));
        DkimRecordState::Missing
    }

    fn is_target_as_text(&self, text: &str) -> bool {
        let text = text.to_ascii_lowercase();
        let is_of_ses = text.contains("dkim.") && text.contains("amazonses.com");
        is_of_ses || text.contains(&normalised(self.token))
    }

    fn flattened(&self) -> Finding {
        Finding::warning("dkim-cname-flattened", &self.name).publish(self.record()).text(format!(
            "{} has a DKIM key as TXT and no CNAME: the DNS provider flattens CNAME records or \
             answers for them itself. Receivers can verify today, but SES looks for the CNAME, and \
             the key breaks when SES rotates it. Switch flattening or the proxy off for this record.",
            self.name
        ))
    }

    fn text_instead(&self, found: &str) -> Finding {
        self.error("dkim-txt-instead-of-cname").found(found).text(format!(
            "{} holds the target as a TXT record. Easy DKIM needs a CNAME record: delete the TXT \
             record and create a CNAME with the value {}.",
            self.name, self.target
        ))
    }

    fn misplaced(&self, check: &Check<'_>, report: &mut DomainReport) {
        for name in doubled_names(&self.name, self.domain) {
            if let Some(target) = self.found_at(check, &name) {
                report.add(self.error("dkim-trailing-domain-doubled").found(format!(
                    "{name} CNAME {target}"
                )).text(format!(
                    "The record lies at {name}: the DNS provider appended the zone to a name that \
                     already ended in it. Enter the name without the domain, as {}._domainkey.",
                    self.token
                )));
            }
        }
        let name = format!("{}.domainkey.{}", self.token, self.domain);
        if let Some(target) = self.found_at(check, &name) {
            report.add(
                self.error("dkim-underscore-missing").found(format!("{name} CNAME {target}")).text(
                    format!(
                        "The record lies at {name}: the underscore before domainkey is missing. \
                         Create it at {}.",
                        self.name
                    ),
                ),
            );
        }
    }

    /// The target of a CNAME at a mistyped name, where it is this token's. A wildcard record of
    /// the zone answers for every name, and is not.
    fn found_at(&self, check: &Check<'_>, name: &str) -> Option<String> {
        let lookup = check.book.cname(name)?;
        let target = lookup.records().first()?;
        normalised(target)
            .starts_with(&format!("{}.", normalised(self.token)))
            .then(|| target.clone())
    }

    fn missing(&self, texts: &[String]) -> Finding {
        let finding = self.error("dkim-token-missing").text(format!(
            "{} has no CNAME record. Create it with the value {}.",
            self.name, self.target
        ));
        if texts.is_empty() { finding } else { finding.found(listed(texts)) }
    }
}

/// Used by the rules for own keys too: whether a look-up found what `is_it` accepts.
pub(super) fn any_text(lookup: &Lookup<String>, is_it: impl Fn(&str) -> bool) -> bool {
    lookup.records().iter().any(|text| is_it(text))
}
