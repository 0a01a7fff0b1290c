//! Where a message came from and what it passed on its way: Amazon SES, forwarders, mailing lists
//! and filtering gateways.

mod gateways;

use super::header::HeaderField;
use super::method_evidence::{DkimEvidence, SpfEvidence};
use super::organization::{guess, is_within};
use super::received::ReceivedHop;
use super::trust::same_family;
use gateways::{GATEWAY_FIELDS, GATEWAYS};

/// The route, as far as the headers show it.
#[derive(Debug, Default)]
pub(super) struct MailRoute {
    /// Sent by Amazon SES.
    pub(super) is_ses: bool,
    /// The SES Region.
    pub(super) region: Option<String>,
    /// How a forwarder shows, in words.
    pub(super) forwarded: Option<String>,
    /// The envelope sender was rewritten by a forwarder.
    pub(super) is_srs: bool,
    /// How a mailing list shows, in words.
    pub(super) list: Option<String>,
    /// The filtering service in front of the receiver.
    pub(super) gateway: Option<&'static str>,
}

/// What a route is read from.
pub(super) struct RouteFacts<'a> {
    pub(super) fields: &'a [HeaderField],
    pub(super) hops: &'a [(usize, ReceivedHop)],
    pub(super) author_start: usize,
    pub(super) from_domain: Option<&'a str>,
    pub(super) spf: &'a SpfEvidence,
    pub(super) dkim: &'a [DkimEvidence],
    /// The authserv-id of the trusted results.
    pub(super) writer: Option<&'a str>,
    pub(super) has_block: bool,
}

/// SES's own sending domain.
pub(super) const SES_DOMAIN: &str = "amazonses.com";

pub(super) fn of(facts: &RouteFacts<'_>) -> MailRoute {
    let is_ses = facts.is_ses();
    let is_srs = facts.is_srs();
    let gateway = facts.gateway(is_ses);
    let list = facts.list();
    let forwarded = facts.forwarded(is_ses, is_srs, gateway.is_some(), list.is_some());
    MailRoute {
        is_ses,
        region: facts.region().filter(|_| is_ses),
        forwarded,
        is_srs,
        list,
        gateway,
    }
}

impl RouteFacts<'_> {
    fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields.iter().filter(move |f| f.name == name).map(|f| f.value.as_str())
    }

    fn has(&self, name: &str) -> bool {
        self.values(name).next().is_some()
    }

    fn is_ses(&self) -> bool {
        let is_ses_name = |name: &String| is_within(name, SES_DOMAIN);
        self.spf.domain.as_ref().is_some_and(is_ses_name)
            || self.dkim.iter().filter_map(|d| d.domain.as_ref()).any(is_ses_name)
            || self.hops.iter().flat_map(|(_, hop)| &hop.from).any(is_ses_name)
            || self.has("x-ses-outgoing")
            || self
                .values("feedback-id")
                .any(|value| value.to_ascii_lowercase().contains("amazonses"))
    }

    /// The Region stands in SES's host names, in Feedback-ID and in the default MAIL FROM.
    fn region(&self) -> Option<String> {
        let hosts = self.hops.iter().flat_map(|(_, hop)| hop.from.iter().map(String::as_str));
        let message_id = self.values("message-id").filter_map(|id| id.rsplit('@').next());
        let names = hosts
            .chain(self.spf.domain.as_deref())
            .chain(message_id.map(|name| name.trim_end_matches('>')))
            .filter(|name| is_within(name, SES_DOMAIN));
        for name in names {
            let named = name.split('.').find(|label| is_region(label));
            // us-east-1 was the first Region: its hosts name none.
            let is_first = name == SES_DOMAIN
                || name == "email.amazonses.com"
                || name.ends_with("smtp-out.amazonses.com");
            if let Some(region) = named.or(is_first.then_some("us-east-1")) {
                return Some(region.to_owned());
            }
        }
        let feedback = self
            .values("feedback-id")
            .find(|value| value.to_ascii_lowercase().contains("amazonses"))?;
        feedback.split(['.', ':']).find(|part| is_region(part)).map(str::to_owned)
    }

    fn return_path(&self) -> &str {
        self.values("return-path").next().unwrap_or_default()
    }

    fn is_srs(&self) -> bool {
        let is_rewritten = |address: &str| {
            let address = address.trim_start_matches('<').to_ascii_lowercase();
            let local = address.split('@').next().unwrap_or_default();
            ["srs0=", "srs1=", "srs0+", "srs1+", "srs0-", "srs1-"]
                .iter()
                .any(|p| local.starts_with(p))
                || local.contains("+srs=")
        };
        let spf = self
            .fields
            .iter()
            .take(self.author_start)
            .filter(|f| f.name == "authentication-results" || f.name == "received-spf")
            .flat_map(|f| f.value.split([' ', ';']))
            .filter_map(|word| {
                word.strip_prefix("smtp.mailfrom=").or(word.strip_prefix("envelope-from="))
            })
            .map(|address| address.trim_matches('"'));
        is_rewritten(self.return_path()) || spf.into_iter().any(is_rewritten)
    }

    /// A List-Id alone proves nothing: newsletters have one too. A list takes posts.
    fn list(&self) -> Option<String> {
        let software = [
            "x-mailman-version",
            "x-beenthere",
            "mailing-list",
            "x-google-group-id",
            "x-mailing-list",
            "x-listserver",
            "x-original-from",
            "x-loop",
            "list-post",
            "x-ml-name",
            "x-sympa-to",
        ];
        let found = software.iter().find(|name| match **name {
            "list-post" => self.values("list-post").any(|value| !value.eq_ignore_ascii_case("no")),
            "x-loop" => self.has("x-loop") && self.has("list-id"),
            other => self.has(other),
        });
        if let Some(name) = found {
            return Some(format!("the header field {name}"));
        }
        let is_list = self.values("precedence").any(|value| value.eq_ignore_ascii_case("list"));
        let owner = self.values("list-id").find_map(|value| {
            super::from::property_domain(value.rsplit_once('<').map_or(value, |(_, id)| id))
        });
        let is_foreign = match (&owner, self.from_domain) {
            (Some(owner), Some(from)) => guess(owner) != guess(from),
            _ => false,
        };
        let is_listserv = self.values("sender").any(|value| {
            let value = value.to_ascii_lowercase();
            value.contains("owner-") || value.contains("-bounces@") || value.contains("listserv")
        });
        if self.has("list-id") && (is_list || is_listserv) {
            return Some("List-Id together with Precedence or Sender".to_owned());
        }
        if is_foreign && self.has_broken_signature_of_from() {
            return Some("a List-Id of another domain".to_owned());
        }
        (is_listserv && is_list).then(|| "Sender and Precedence".to_owned())
    }

    /// The author's domain signed it, and the signature did not survive.
    fn has_broken_signature_of_from(&self) -> bool {
        self.from_domain.is_some_and(|from| {
            self.dkim.iter().any(|dkim| {
                dkim.domain.as_deref().is_some_and(|domain| guess(domain) == guess(from))
                    && dkim.word.as_deref() != Some("pass")
            })
        })
    }

    fn gateway(&self, is_ses: bool) -> Option<&'static str> {
        let find = |name: &str| {
            GATEWAYS.iter().find(|(host, _)| is_within(name, host)).map(|(_, product)| *product)
        };
        if let Some(product) = self.writer.and_then(find) {
            return Some(product);
        }
        // A sender may use the same services for its own outgoing mail. SES does not, and mail
        // that left through one passes SPF.
        let is_inbound = is_ses || self.spf.word.as_deref() != Some("pass");
        if !is_inbound {
            return None;
        }
        let by = self.hops.iter().filter_map(|(_, hop)| hop.by.as_deref()).find_map(find);
        let transit = self.fields.get(..self.author_start).unwrap_or(self.fields);
        let marked = || {
            transit.iter().find_map(|field| {
                GATEWAY_FIELDS
                    .iter()
                    .find(|(prefix, _)| field.name.starts_with(prefix))
                    .map(|(_, product)| *product)
            })
        };
        let from = || {
            let mut above = self.hops.iter().filter(|(_, hop)| !hop.from.is_empty());
            above.next().and_then(|(_, hop)| hop.from.iter().find_map(|name| find(name)))
        };
        by.or_else(from).or_else(marked)
    }

    fn forwarded(
        &self,
        is_ses: bool,
        is_srs: bool,
        has_gateway: bool,
        has_list: bool,
    ) -> Option<String> {
        if is_srs {
            return Some("a MAIL FROM rewritten by SRS".to_owned());
        }
        let marks = [
            "x-forwarded-to",
            "x-forwarded-for",
            "resent-from",
            "resent-to",
            "resent-date",
            "resent-sender",
            "x-ms-exchange-inbox-rules-loop",
            "x-ms-exchange-forwardingloop",
            "x-autoforward",
        ];
        if let Some(name) = marks.iter().find(|name| self.has(name)) {
            return Some(format!("the header field {name}"));
        }
        if self.return_path().contains("+caf_=") {
            return Some("Gmail's forwarding mark in MAIL FROM".to_owned());
        }
        let mut mailboxes: Vec<String> = self
            .values("delivered-to")
            .filter(|value| !value.contains("mailing list"))
            .filter_map(super::from::property_domain)
            .map(|domain| guess(&domain).to_owned())
            .collect();
        mailboxes.extend(
            self.hops
                .iter()
                .filter_map(|(_, hop)| hop.recipient_domain.as_deref())
                .map(|domain| guess(domain).to_owned()),
        );
        // Tenants of Microsoft 365 have a second name of their own.
        mailboxes.retain(|domain| domain != "onmicrosoft.com");
        let differ = mailboxes
            .first()
            .is_some_and(|first| mailboxes.iter().any(|other| !same_family(first, other)));
        if differ && !has_list {
            return Some("two different recipient domains on its way".to_owned());
        }
        if has_gateway || has_list {
            return None;
        }
        if is_ses && self.left_ses_early() {
            return Some("a server between SES and the last receiver".to_owned());
        }
        self.sealed_by_another(is_ses)
    }

    /// SES handed it to another organization than the one that received it last.
    fn left_ses_early(&self) -> bool {
        let border = self
            .hops
            .iter()
            .position(|(_, hop)| hop.from.iter().any(|name| is_within(name, SES_DOMAIN)));
        let Some(border) = border else { return false };
        let first = self.hops.get(border).and_then(|(_, hop)| hop.by.as_deref());
        let above = self.hops.get(..border).unwrap_or_default();
        // What took the message from a private address belongs to whoever handed it on.
        let outside = above.iter().filter(|(_, hop)| !hop.is_internal());
        let mut outside = outside.filter_map(|(_, hop)| hop.by.as_deref());
        first.is_some_and(|first| outside.any(|by| !same_family(by, first)))
    }

    /// An ARC set of somebody else than the receiver.
    fn sealed_by_another(&self, is_ses: bool) -> Option<String> {
        let seals: Vec<String> = self
            .values("arc-seal")
            .take(50)
            .filter_map(|value| super::signature::Signature::parse(value).domain)
            .collect();
        let writer = self.writer.unwrap_or(if self.has_block { "outlook.com" } else { "" });
        let is_foreign = |seal: &String| !writer.is_empty() && !same_family(seal, writer);
        let foreign = seals.iter().find(|seal| is_foreign(seal))?;
        // Mail of Microsoft 365 senders leaves with a first set of Microsoft's own.
        let is_from_sender = !is_ses && seals.len() < 2;
        (!is_from_sender).then(|| format!("an ARC seal of {foreign}"))
    }
}

/// `eu-west-1`, `us-gov-west-1`.
fn is_region(label: &str) -> bool {
    let mut parts = label.split('-');
    let area = parts.next().unwrap_or_default();
    let number = parts.next_back().unwrap_or_default();
    let middle: Vec<&str> = parts.collect();
    area.len() == 2
        && number.len() == 1
        && number.bytes().all(|b| b.is_ascii_digit())
        && (1..=2).contains(&middle.len())
        && middle.iter().all(|part| part.len() > 2 && part.bytes().all(|b| b.is_ascii_lowercase()))
}

#[cfg(test)]
mod tests;
