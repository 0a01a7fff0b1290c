//! Which Authentication-Results fields the receiver wrote.
//!
//! A server writes its fields on top of the message, so what stands above all else is its own.
//! Everything below may come from an earlier hop, or from whoever wrote the message.

use super::header::Field;
use super::organization;
use super::received::Hop;
use super::results::AuthenticationResults;

/// Authentication-Results fields looked at. A message has a handful.
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

/// A field that does not count.
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
    pub(super) fields: &'a [Field],
    /// Received fields with their index, topmost first.
    pub(super) hops: &'a [(usize, Hop)],
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
    fn hops_above(&self, at: usize) -> impl Iterator<Item = &Hop> {
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
        if top < at && above_top == 0 && self.hops.iter().any(|(index, _)| *index > at) {
            // Between the top and the receiver's own Received field nobody else writes.
            return Ok(());
        }
        let methods = |name: &str| {
            choice.block.iter().flat_map(|h| &h.results).any(|result| result.method == name)
        };
        // Elsewhere the author's own fields may follow without a gap. There a further field may
        // add a method, but not say a second time how one came out, ...
        // Results other than pass cannot make anything better.
        let repeats = header.results.iter().any(|new| new.result == "pass" && methods(&new.method));
        // ... except that Apple writes a field for each signature. Where the DMARC result is
        // known, another signature cannot turn the verdict.
        let is_another_signature = header.results.iter().all(|result| result.method == "dkim")
            && choice.block.first().is_some_and(|first| first.authserv_id != header.authserv_id)
            && methods("dmarc");
        // Without a DMARC result a further pass could turn the verdict. Apple always has one,
        // but not on top.
        let is_apple =
            header.authserv_id.as_deref().is_some_and(|id| organization::guess(id) == "icloud.com");
        let could_turn = !methods("dmarc")
            && !is_apple
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

/// Receivers whose names are worth imitating.
const KNOWN_RECEIVERS: [&str; 8] = [
    "google.com",
    "outlook.com",
    "yahoo.com",
    "icloud.com",
    "protonmail.ch",
    "messagingengine.com",
    "mimecast.com",
    "pphosted.com",
];

/// Organizations under several names.
const FAMILIES: [&[&str]; 7] = [
    &["google.com", "googlemail.com", "gmail.com"],
    &[
        "outlook.com",
        "office365.com",
        "microsoft.com",
        "office365.us",
        "hotmail.com",
        "exchangelabs.com",
    ],
    &["icloud.com", "me.com", "apple.com", "mac.com"],
    &["yahoo.com", "yahoodns.net", "aol.com", "yahoo.co.jp"],
    &["pphosted.com", "ppops.net", "ppe-hosted.com", "gpphosted.com", "proofpoint.com"],
    &["mimecast.com", "mimecast.org", "mimecast.co.za"],
    &["barracudanetworks.com", "barracuda.com", "cudamail.com"],
];

/// Whether two host names belong to the same organization.
pub(super) fn same_family(one: &str, other: &str) -> bool {
    if one == other {
        return true;
    }
    let (one, other) = (organization::guess(one), organization::guess(other));
    let is_name = one.contains('.') && other.contains('.');
    (is_name && one == other)
        || FAMILIES.iter().any(|family| family.contains(&one) && family.contains(&other))
}

/// Whether `name` stands in `id`, as `google.com` in `mx.google.com.evil.example` or in
/// `mx-google.com`.
fn contains_name(id: &str, name: &str) -> bool {
    name.contains('.')
        && id.match_indices(name).any(|(at, _)| {
            let before = id.get(..at).and_then(|text| text.chars().next_back());
            let after = id.get(at + name.len()..).and_then(|text| text.chars().next());
            !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
        })
}

/// The name with characters that look alike made equal.
fn folded(name: &str) -> String {
    let plain = match idna::domain_to_unicode(name) {
        (unicode, Ok(())) => unicode,
        (_, Err(_)) => name.to_owned(),
    };
    plain
        .chars()
        .map(|c| match c {
            '0' | '\u{3bf}' | '\u{43e}' => 'o',
            '1' | '\u{456}' | '\u{131}' | 'i' => 'l',
            '\u{430}' => 'a',
            '\u{435}' => 'e',
            '\u{441}' => 'c',
            '\u{440}' => 'p',
            '\u{445}' => 'x',
            '\u{443}' => 'y',
            '\u{261}' => 'g',
            other => other,
        })
        .collect::<String>()
        .replace("rn", "m")
        .replace("vv", "w")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authentication::header;

    /// The methods of the trusted block, then each ignored field with the reason.
    fn chosen(message: &str, ids: &[&str]) -> String {
        let fields = header::fields(message.as_bytes());
        let hops: Vec<_> = fields
            .iter()
            .enumerate()
            .filter(|(_, field)| field.name == "received")
            .map(|(at, field)| (at, Hop::parse(&field.value)))
            .collect();
        let author_start =
            fields.iter().position(|field| field.name == "from").unwrap_or(fields.len());
        let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
        let choice = choose(&Trace { fields: &fields, hops: &hops, author_start }, &ids);
        let block: Vec<_> =
            choice.block.iter().flat_map(|h| &h.results).map(|r| r.method.as_str()).collect();
        let ignored: Vec<_> = choice.ignored.iter().map(|i| format!("{:?}", i.why)).collect();
        format!("{} / {}", block.join(" "), ignored.join(" "))
    }

    #[test]
    fn only_what_the_receiver_can_have_written_counts() {
        const R: &str = "Received: from x.example by mx.r.example with ESMTP; d\n";
        const S: &str = "Received: from y by mail.sender.example; d\n";
        let a = |id: &str, rest: &str| format!("Authentication-Results: {id}; {rest}\n");
        let own = a("mx.r.example", "spf=fail; dkim=none");
        let from = "From: a@b.example\n";
        let cases: &[(&str, String, &[&str], &str)] = &[
            ("topmost", own.clone() + R + from, &[], "spf dkim / "),
            ("below its Received", format!("{R}{own}{from}"), &[], "spf dkim / "),
            ("without Received", own.clone() + from, &[], "spf dkim / "),
            (
                "without id",
                "Received: from x by AM1.mail.protection.outlook.com; d\n\
                 Authentication-Results: spf=pass a=b; dkim=none\n"
                    .to_owned(),
                &[],
                "spf dkim / ",
            ),
            (
                "without id at another than Microsoft",
                format!("{R}Authentication-Results: spf=pass a=b; dkim=none\n"),
                &[],
                " / Unknown",
            ),
            (
                "two of one server",
                a("mx.r.example", "dmarc=fail") + &own + R,
                &[],
                "dmarc spf dkim / ",
            ),
            (
                "two of one organization",
                format!("{R}{}{own}", a("dmarc.r.example", "dmarc=fail")),
                &[],
                "dmarc spf dkim / ",
            ),
            (
                "repeated below its Received",
                format!("{R}{own}{}", a("mx.r.example", "dkim=pass")),
                &[],
                "spf dkim / Repeated",
            ),
            (
                "own name below the boundary",
                format!("{own}{R}{}", a("mx.r.example", "dkim=pass")),
                &[],
                "spf dkim / BelowBoundary",
            ),
            ("own name below a sender's hop", format!("{R}{S}{own}"), &[], " / BelowBoundary"),
            ("own name below From", format!("{R}{from}{own}"), &[], " / BelowBoundary"),
            (
                "sender's own",
                format!("{own}{R}{S}{}", a("mail.sender.example", "dkim=pass")),
                &[],
                "spf dkim / EarlierHop",
            ),
            (
                "nobody's",
                format!("{own}{R}{}", a("z.example", "dkim=pass")),
                &[],
                "spf dkim / Unknown",
            ),
            (
                "look-alike on top",
                format!("{R}{}{own}", a("mx.r.example.evil.example", "dkim=pass")),
                &[],
                " / LookAlike EarlierHop",
            ),
            (
                "known receiver imitated",
                a("mx.google.com.evil.example", "dkim=pass"),
                &[],
                " / LookAlike",
            ),
            ("digits for letters", a("mx.g00gle.com", "dkim=pass"), &[], " / LookAlike"),
            ("prefix", a("mx-google.com", "dkim=pass"), &[], " / LookAlike"),
            ("Cyrillic", a("mx.g\u{43e}\u{43e}gle.com", "dkim=pass"), &[], " / LookAlike"),
            ("real name", a("mx.google.com", "dkim=pass"), &[], "dkim / "),
            ("final dot", a("mx.r.example.", "dkim=pass") + R, &["mx.r.example"], "dkim / "),
            (
                "chosen by id",
                a("z.example", "dkim=pass") + &own + R,
                &["mx.r.example"],
                "spf dkim / Unknown",
            ),
            (
                "two ids",
                a("z.example", "arc=pass") + &own + R,
                &["mx.r.example", "z.example"],
                "arc spf dkim / ",
            ),
            ("id not there", own.clone() + R, &["other.example"], " / EarlierHop"),
            (
                "Microsoft's second",
                format!(
                    "{}{R}{from}{}",
                    "Authentication-Results: spf=pass a=b\n",
                    "authentication-results: dkim=none a=b\n"
                ),
                &[],
                "spf / EarlierHop",
            ),
        ];
        for (name, message, ids, expected) in cases {
            assert_eq!(chosen(message, ids), *expected, "{name}");
        }
    }
}
