//! An SPF record with everything it includes, counted as receivers count.
//!
//! The count is static: every term that asks DNS counts once, whichever sender is checked, and
//! `mx` counts as one. What stands behind `all` is never reached and does not count.

use crate::authentication::spf::{Directive, Mechanism, Qualifier, SpfRecord, expand};
use crate::dns::{Book, Lookup};

/// Look-ups that receivers make at most (RFC 7208, section 4.6.4).
pub(super) const MOST_LOOKUPS: usize = 10;
/// Look-ups without an answer that receivers accept at most.
pub(super) const MOST_VOIDS: usize = 2;
/// Where the walk stops: a hostile record must not make us ask without end.
const GIVE_UP: usize = 24;

/// The SPF records among the TXT texts of a name.
pub(super) fn records(texts: &[String]) -> Vec<(&str, SpfRecord)> {
    texts.iter().filter_map(|text| Some((text.as_str(), SpfRecord::parse(text)?))).collect()
}

/// What a walk found.
#[derive(Debug, Default)]
pub(super) struct Walk {
    /// Terms that ask DNS.
    pub(super) lookups: usize,
    /// Names that were asked in vain.
    pub(super) voids: Vec<String>,
    /// Names included or redirected to that have no SPF record: the domain that names them first.
    pub(super) missing: Vec<(String, String)>,
    /// Names that lead back to themselves.
    pub(super) loops: Vec<String>,
    /// Included names with several records, and how many.
    pub(super) several: Vec<(String, usize)>,
    /// Terms that cannot be read: the domain of the record first.
    pub(super) faults: Vec<(String, String)>,
    /// Domains whose record lets everybody pass, reached with a pass.
    pub(super) pass_all: Vec<String>,
    /// Look-ups that failed: name and reason.
    pub(super) failures: Vec<(String, String)>,
    /// Well-known includes that this resolver does not see.
    pub(super) unseen: Vec<String>,
    /// Whether SES's servers pass: `include:amazonses.com` is reached with a pass.
    pub(super) passes_ses: bool,
    /// What a host gets that nothing matches; `None` without `all` and `redirect`.
    pub(super) ends_with: Option<Qualifier>,
    /// Whether look-ups are still open.
    pub(super) is_open: bool,
}

impl Walk {
    /// Walks from the record of `domain`.
    pub(super) fn of(domain: &str, record: &SpfRecord, book: &Book) -> Self {
        let mut walk = Self::default();
        let mut path = vec![domain.to_owned()];
        walk.ends_with = walk.walk_record(record, true, &mut path, book);
        walk
    }

    /// Whether receivers can evaluate the record at all, as far as is known.
    pub(super) fn is_evaluable(&self) -> bool {
        self.faults.is_empty()
            && self.missing.is_empty()
            && self.loops.is_empty()
            && self.several.is_empty()
            && self.lookups <= MOST_LOOKUPS
            && self.voids.len() <= MOST_VOIDS
    }

    /// Walks the record of the path's last domain. `passes`: whether a match in it is a match of
    /// the first record, with a pass. Answers with the qualifier of its end.
    fn walk_record(
        &mut self,
        record: &SpfRecord,
        passes: bool,
        path: &mut Vec<String>,
        book: &Book,
    ) -> Option<Qualifier> {
        let domain = path.last().cloned().unwrap_or_default();
        for fault in &record.faults {
            self.faults.push((domain.clone(), fault.clone()));
        }
        for Directive { qualifier, mechanism } in &record.directives {
            let passes = passes && *qualifier == Qualifier::Pass;
            match mechanism {
                Mechanism::Ip => {}
                Mechanism::All => {
                    if passes {
                        self.pass_all.push(domain.clone());
                    }
                }
                Mechanism::Include(target) => {
                    self.lookups += 1;
                    self.follow(target, passes, path, book);
                }
                Mechanism::A(target) => {
                    self.lookups += 1;
                    let name = target.clone().unwrap_or_else(|| domain.clone());
                    self.ask(&name, &domain, |name| void(book.address(name)));
                }
                Mechanism::Exists(target) => {
                    self.lookups += 1;
                    self.ask(target, &domain, |name| void(book.address(name)));
                }
                Mechanism::Mx(target) => {
                    self.lookups += 1;
                    let name = target.clone().unwrap_or_else(|| domain.clone());
                    self.ask(&name, &domain, |name| void(book.mx(name)));
                }
                // Its names come from the client's address, which is not known here.
                Mechanism::Ptr(_) => self.lookups += 1,
            }
        }
        if let Some(qualifier) = record.all() {
            return Some(qualifier);
        }
        let target = record.redirect.as_ref()?;
        self.lookups += 1;
        // What cannot be followed still is an end of the record.
        self.follow(target, passes, path, book).unwrap_or(Some(Qualifier::Neutral))
    }

    /// Walks an included record. The outer `None`: there was none.
    #[expect(clippy::option_option, reason = "no record differs from a record without an end")]
    fn follow(
        &mut self,
        target: &str,
        passes: bool,
        path: &mut Vec<String>,
        book: &Book,
    ) -> Option<Option<Qualifier>> {
        let domain = path.last().cloned().unwrap_or_default();
        let target = expand(target, &domain)?;
        if target == "amazonses.com" {
            // Its record holds addresses alone, so there is nothing to follow.
            self.passes_ses |= passes;
            return None;
        }
        if path.contains(&target) {
            self.loops.push(target);
            return None;
        }
        if self.lookups > GIVE_UP {
            return None;
        }
        let Some(lookup) = book.txt(&target) else {
            self.is_open = true;
            return None;
        };
        if let Some(what) = lookup.failure() {
            self.failures.push((target, what.to_owned()));
            return None;
        }
        let found = records(lookup.records());
        match found.as_slice() {
            [] if is_well_known(&target) => self.unseen.push(target),
            [] => {
                if lookup.is_absent() {
                    self.voids.push(target.clone());
                }
                self.missing.push((domain, target));
            }
            [(_, record)] => {
                path.push(target);
                let end = self.walk_record(record, passes, path, book);
                path.pop();
                return Some(end);
            }
            several => self.several.push((target, several.len())),
        }
        None
    }

    /// Asks for a name whose answer only matters where there is none.
    fn ask(
        &mut self,
        name: &str,
        domain: &str,
        void: impl Fn(&str) -> Option<Result<bool, String>>,
    ) {
        if self.lookups > GIVE_UP {
            return;
        }
        let Some(name) = expand(name, domain) else { return };
        match void(&name) {
            None => self.is_open = true,
            Some(Ok(true)) => self.voids.push(name),
            Some(Ok(false)) => {}
            Some(Err(what)) => self.failures.push((name, what)),
        }
    }
}

fn void<T>(lookup: Option<Lookup<T>>) -> Option<Result<bool, String>> {
    let lookup = lookup?;
    Some(match lookup.failure() {
        Some(what) => Err(what.to_owned()),
        None => Ok(lookup.is_absent()),
    })
}

/// Includes of large providers that exist, whatever a resolver without the public DNS says.
fn is_well_known(name: &str) -> bool {
    const NAMES: [&str; 31] = [
        "_spf.google.com",
        "_netblocks.google.com",
        "_netblocks2.google.com",
        "_netblocks3.google.com",
        "spf.protection.outlook.com",
        "_spf.salesforce.com",
        "_spf.mx.cloudflare.net",
        "_spf.protonmail.ch",
        "_spf.yandex.net",
        "_spf.atlassian.net",
        "_spf.createsend.com",
        "_spf.mailgun.org",
        "amazon.com",
        "aspmx.googlemail.com",
        "icloud.com",
        "mail.zendesk.com",
        "mailgun.org",
        "mx.ovh.com",
        "secureserver.net",
        "sendgrid.net",
        "servers.mcsv.net",
        "sparkpostmail.com",
        "spf.brevo.com",
        "spf.constantcontact.com",
        "spf.mailjet.com",
        "spf.mandrillapp.com",
        "spf.messagingengine.com",
        "spf.mtasv.net",
        "spf.sendinblue.com",
        "zoho.com",
        "zoho.eu",
    ];
    NAMES.contains(&name)
}
