//! The mailbox provider of a recipient, by `rules/providers.toml`.

use std::collections::BTreeSet;

use crate::event::Mail;

include!(concat!(env!("OUT_DIR"), "/providers.rs"));

/// The name for all recipients of smaller providers.
pub(super) const OTHER: &str = "other";

/// How many values the dimension has, `other` among them.
pub fn provider_count() -> usize {
    let tables = [TAGS, DOMAINS, FAMILIES].into_iter().flatten();
    tables.map(|(_, name)| *name).collect::<BTreeSet<_>>().len() + 1
}

/// The mailbox provider of one recipient: SES's tag, else the recipient's domain,
/// else `other`. One of a fixed list, whatever the event says.
///
/// SES has one tag for the whole mail, so it speaks of a recipient only where there
/// is no second one.
pub(super) fn provider(mail: &Mail, recipient_domain: Option<&str>) -> &'static str {
    let tag = mail.recipient_isp.as_deref().filter(|_| mail.destination.len() <= 1);
    tag.and_then(of_tag).or_else(|| recipient_domain.and_then(of_domain)).unwrap_or(OTHER)
}

fn of_tag(tag: &str) -> Option<&'static str> {
    find(TAGS, &tag.trim().to_ascii_lowercase())
}

/// `domain` in lower case, as [`crate::address::normalize_domain`] makes it.
fn of_domain(domain: &str) -> Option<&'static str> {
    find(DOMAINS, domain).or_else(|| {
        let (label, rest) = domain.split_once('.')?;
        is_public_suffix(rest).then(|| find(FAMILIES, label)).flatten()
    })
}

/// `de`, `com`, `co.uk`, `com.br`: near enough for names that begin like a
/// provider's.
fn is_public_suffix(text: &str) -> bool {
    match text.split_once('.') {
        None => true,
        Some((second, top)) => second.len() <= 3 && top.len() == 2 && !top.contains('.'),
    }
}

fn find(table: &'static [(&str, &'static str)], key: &str) -> Option<&'static str> {
    let at = table.binary_search_by(|(text, _)| (*text).cmp(key)).ok()?;
    table.get(at).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(tag: Option<&str>, recipients: usize) -> Mail {
        Mail {
            recipient_isp: tag.map(str::to_owned),
            destination: vec!["jane@example.net".into(); recipients],
            ..Mail::default()
        }
    }

    #[test]
    fn domains_of_big_providers_are_known() {
        for (domain, wanted) in [
            ("gmail.com", "Gmail"),
            ("googlemail.com", "Gmail"),
            ("outlook.com", "Microsoft"),
            ("hotmail.co.uk", "Microsoft"),
            ("live.nl", "Microsoft"),
            ("msn.com", "Microsoft"),
            ("yahoo.com", "Yahoo"),
            ("yahoo.com.br", "Yahoo"),
            ("yahoo.co.jp", "YahooJapan"),
            ("aol.com", "Yahoo"),
            ("icloud.com", "Apple"),
            ("me.com", "Apple"),
            ("mac.com", "Apple"),
            ("gmx.net", "GMX"),
            ("web.de", "GMX"),
            ("t-online.de", "Telekom"),
            ("example.com", "other"),
            ("gmail.com.example.net", "other"),
            ("yahoo.shop.example.com", "other"),
            ("notgmail.com", "other"),
            ("mail.gmail.com", "other"),
            ("yahoo", "other"),
            ("", "other"),
        ] {
            assert_eq!(provider(&mail(None, 1), Some(domain)), wanted, "{domain}");
        }
        assert_eq!(provider(&mail(None, 1), None), "other");
    }

    #[test]
    fn the_tag_of_ses_outranks_the_domain_where_it_can_only_mean_one_recipient() {
        for (tag, recipients, wanted) in [
            (Some("Gmail"), 1, "Gmail"),
            (Some(" HOTMAIL "), 1, "Microsoft"),
            (Some("Gmail"), 0, "Gmail"),
            (Some("Gmail"), 2, "Yahoo"),
            (Some("UNKNOWN_ISP"), 1, "Yahoo"),
            (Some("\u{0}'; --"), 1, "Yahoo"),
            (Some(""), 1, "Yahoo"),
            (None, 1, "Yahoo"),
        ] {
            assert_eq!(
                provider(&mail(tag, recipients), Some("yahoo.com")),
                wanted,
                "{tag:?} {recipients}"
            );
        }
    }

    #[test]
    fn the_tables_are_sorted_and_name_a_bounded_number_of_providers() {
        for table in [TAGS, DOMAINS, FAMILIES] {
            assert!(!table.is_empty() && table.is_sorted_by(|(a, _), (b, _)| a < b));
            assert!(
                table
                    .iter()
                    .all(|(key, name)| NAMES.contains(name) && find(table, key) == Some(name))
            );
        }
        assert!(NAMES.len() <= 25 && !NAMES.contains(&OTHER), "{}", NAMES.len());
    }
}
