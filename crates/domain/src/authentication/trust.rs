//! Which Authentication-Results fields the receiver wrote.
//!
//! A server writes its fields on top of the message, so what stands above all else is its own.
//! Everything below may come from an earlier hop, or from whoever wrote the message.

mod names;
#[cfg(test)]
mod tests;

use super::header::HeaderField;
use super::organization;
use super::received::ReceivedHop;
use super::results::AuthenticationResults;
pub(super) use names::same_family;
use names::{KNOWN_RECEIVERS, contains_name, folded};

/// Most Authentication-Results fields to read. A message has a few.
const MAX_HEADERS: usize = 50;

/// The fields that count, and the others.
#[derive(Debug, Default)]
pub(super) struct Choice {
    /// The trusted fields, topmost first.
    pub(super) block: Vec<AuthenticationResults>,
    /// Index of the topmost trusted field.
    pub(super) position: Option<usize>,
    /// Fields that do not count.
    pub(super) ignored: Vec<Ignored>,
}

/// An Authentication-Results field whose results are not used, because anybody could have written it.
#[derive(Debug)]
pub(super) struct Ignored {
    pub(super) header: AuthenticationResults,
    pub(super) why: Why,
}

/// Why a field does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// It has the receiver's name and stands where only an earlier hop or the author writes.
    BelowBoundary,
    /// It repeats what the receiver already reported, right below the receiver's own field.
    Repeated,
    /// Its name resembles that of a server it does not belong to.
    LookAlike,
    /// A server on the message's way wrote it.
    EarlierHop,
    /// Nobody knows who wrote it.
    Unknown,
}

/// A message's trace, as far as trust needs it.
pub(super) struct Trace<'a> {
    pub(super) fields: &'a [HeaderField],
    /// Received fields with their index, topmost first.
    pub(super) hops: &'a [(usize, ReceivedHop)],
    /// Index of the first field that the author writes (From, Date, Subject …).
    pub(super) author_start: usize,
}

/// Chooses the fields that count: those of `trusted_ids`, or the topmost block where none are
/// given.
pub(super) fn choose(trace: &Trace<'_>, trusted_ids: &[String]) -> Choice {
    let mut choice = Choice::default();
    let headers = trace
        .fields
        .iter()
        .enumerate()
        .filter(|(_, field)| field.name == "authentication-results")
        .take(MAX_HEADERS)
        .map(|(at, field)| (at, AuthenticationResults::parse(&field.value)));
    let mut is_refused = false;
    for (at, header) in headers {
        let verdict = if choice.position.is_none() {
            // Nothing below a forged topmost field can be better than it.
            let is_wanted = trusted_ids.is_empty() && !is_refused
                || header.authserv_id.as_ref().is_some_and(|id| trusted_ids.contains(id));
            if is_wanted { trace.topmost(at, &header) } else { Err(trace.writer(&header)) }
        } else {
            trace.further(at, &header, &choice, trusted_ids)
        };
        match verdict {
            Ok(()) => {
                choice.position.get_or_insert(at);
                choice.block.push(header);
            }
            Err(why) => {
                is_refused |= choice.position.is_none();
                choice.ignored.push(Ignored { header, why });
            }
        }
    }
    choice
}

impl Trace<'_> {
    fn hops_above(&self, at: usize) -> impl Iterator<Item = &ReceivedHop> {
        self.hops.iter().take_while(move |(index, _)| *index < at).map(|(_, hop)| hop)
    }

    /// Whether the topmost field can be the receiver's.
    fn topmost(&self, at: usize, header: &AuthenticationResults) -> Result<(), Why> {
        if header.authserv_id.as_deref().is_some_and(|id| self.resembles_another(id)) {
            return Err(Why::LookAlike);
        }
        if self.hops_above(at).next().is_none() {
            return Ok(());
        }
        // Microsoft alone leaves its name out.
        let mut servers = self.hops_above(at).filter_map(|hop| hop.by.as_deref()).peekable();
        let is_unnamed = header.authserv_id.is_none()
            && servers.peek().is_some()
            && !servers.any(|by| same_family(by, "outlook.com"));
        if is_unnamed {
            return Err(Why::Unknown);
        }
        let is_crossed =
            header.authserv_id.as_deref().is_some_and(|id| self.crosses_boundary(at, id));
        if at > self.author_start || is_crossed {
            return Err(Why::BelowBoundary);
        }
        Ok(())
    }

    /// Whether a field below the topmost one belongs to the same block.
    fn further(
        &self,
        at: usize,
        header: &AuthenticationResults,
        choice: &Choice,
        trusted_ids: &[String],
    ) -> Result<(), Why> {
        let top = choice.position.unwrap_or_default();
        let above_top = self.hops_above(top).count();
        let is_same_writer = match (&header.authserv_id, &choice.block.first()) {
            (Some(id), Some(first)) => {
                trusted_ids.contains(id)
                    || first.authserv_id.as_ref().is_some_and(|own| same_family(own, id))
            }
            (None, Some(first)) => first.authserv_id.is_none(),
            (_, None) => false,
        };
        if !is_same_writer {
            return Err(self.writer(header));
        }
        if self.hops_above(at).count() != above_top || at > self.author_start {
            return Err(match header.authserv_id {
                Some(_) => Why::BelowBoundary,
                None => Why::EarlierHop,
            });
        }
        let mut above = self.hops_above(top);
        // A client at a private address may be a load balancer, so its names count too.
        let is_own = |name: &String| {
            ["internal", "local", "localdomain", "lan"]
                .iter()
                .any(|suffix| organization::is_within(name, suffix))
                || header.authserv_id.as_deref().is_some_and(|id| same_family(name, id))
        };
        let is_above_border = above.all(|hop| hop.is_internal() && hop.from.iter().all(is_own))
            && self.hops.iter().any(|(index, _)| *index > at);
        if top < at && is_above_border {
            // Nobody but the receiver writes above the Received field with which it took the
            // message from outside.
            return Ok(());
        }
        let methods = |name: &str| {
            choice.block.iter().flat_map(|h| &h.results).any(|result| result.method == name)
        };
        // Elsewhere the author's own fields may follow without a gap. There a further field may
        // add a method, but not say a second time how one came out, ...
        // Results other than pass cannot make anything better.
        let repeats = header.results.iter().any(|new| new.result == "pass" && methods(&new.method));
        let has_dmarc_result = choice.block.iter().flat_map(|h| &h.results).any(|result| {
            result.method == "dmarc" && matches!(result.result.as_str(), "pass" | "fail" | "none")
        });
        let is_unsigned = choice
            .block
            .iter()
            .flat_map(|h| &h.results)
            .any(|result| result.method == "dkim" && result.result == "none");
        // ... except that Apple writes a field for each signature. Where the DMARC result is
        // known, another signature cannot turn the verdict.
        let is_another_signature = header.results.iter().all(|result| result.method == "dkim")
            && choice.block.first().is_some_and(|first| first.authserv_id != header.authserv_id)
            && has_dmarc_result
            && !is_unsigned;
        // Without a DMARC result a further pass could turn the verdict. Apple has one not on top,
        // but always before those of DKIM and SPF.
        let is_apples_dmarc =
            header.authserv_id.as_deref().is_some_and(|id| organization::guess(id) == "icloud.com")
                && header.results.iter().any(|result| result.method == "dmarc")
                && !methods("dkim")
                && !methods("spf");
        let could_turn = !has_dmarc_result
            && !is_apples_dmarc
            && header.results.iter().any(|result| result.result == "pass");
        if could_turn || (repeats && !is_another_signature) { Err(Why::Repeated) } else { Ok(()) }
    }

    /// Who wrote a field that is not the receiver's.
    fn writer(&self, header: &AuthenticationResults) -> Why {
        let Some(id) = header.authserv_id.as_deref() else { return Why::EarlierHop };
        if self.resembles_another(id) {
            return Why::LookAlike;
        }
        let is_hop =
            self.hops.iter().filter_map(|(_, hop)| hop.by.as_deref()).any(|by| same_family(by, id));
        if is_hop { Why::EarlierHop } else { Why::Unknown }
    }

    /// Whether the field has the name of a server above it, with another organization's server
    /// in between: the named server handed the message on before.
    fn crosses_boundary(&self, at: usize, id: &str) -> bool {
        self.hops_above(at)
            .filter_map(|hop| hop.by.as_deref())
            .skip_while(|by| !same_family(by, id))
            .any(|by| !same_family(by, id))
    }

    /// Whether `id` contains or imitates the name of a server without belonging to it.
    fn resembles_another(&self, id: &str) -> bool {
        let servers = self.hops.iter().filter_map(|(_, hop)| hop.by.as_deref());
        servers.chain(KNOWN_RECEIVERS).any(|server| {
            let organization = organization::guess(server);
            !same_family(server, id)
                && (contains_name(id, organization)
                    || folded(organization::guess(id)) == folded(organization))
        })
    }
}
