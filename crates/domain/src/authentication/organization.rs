//! The organizational domain as a guess from the name alone, for when DNS does not answer.
//!
//! RFC 9989 finds it by the tree walk ([`super::tree_walk`]). Without DNS the shape of the name
//! has to do: the last two labels, or three below a country's second-level category (`co.uk`).

/// Second-level labels that many countries use as a category, as `co` in `co.uk`.
const CATEGORIES: [&str; 23] = [
    "ac", "co", "com", "edu", "gob", "gov", "go", "gouv", "id", "info", "ltd", "me", "mil", "ne",
    "net", "nom", "nhs", "or", "org", "plc", "sch", "web", "gv",
];

/// Guesses the organizational domain of a normalized name.
///
/// ```
/// use warden_domain::authentication::organization::guess;
///
/// assert_eq!(guess("a.mail.example.com"), "example.com");
/// assert_eq!(guess("mail.example.co.uk"), "example.co.uk");
/// ```
pub fn guess(domain: &str) -> &str {
    let mut labels = domain.rsplit('.');
    let (Some(top), Some(second)) = (labels.next(), labels.next()) else { return domain };
    let is_category = top.len() == 2 && CATEGORIES.contains(&second);
    last_labels(domain, if is_category { 3 } else { 2 })
}

/// Whether two names belong to the same guessed organization.
pub fn same(one: &str, other: &str) -> bool {
    guess(one).eq_ignore_ascii_case(guess(other))
}

/// Whether `domain` is `parent` or a name below it.
pub fn is_within(domain: &str, parent: &str) -> bool {
    domain == parent || domain.strip_suffix(parent).is_some_and(|rest| rest.ends_with('.'))
}

fn last_labels(domain: &str, count: usize) -> &str {
    let dots = domain.rmatch_indices('.').nth(count.saturating_sub(1));
    dots.and_then(|(at, _)| domain.get(at + 1..)).unwrap_or(domain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cut_to_what_somebody_registers() {
        for (domain, organization) in [
            ("example.com", "example.com"),
            ("news.example.com", "example.com"),
            ("a.b.c.example.com", "example.com"),
            ("example.co.uk", "example.co.uk"),
            ("mail.example.co.uk", "example.co.uk"),
            ("example.com.au", "example.com.au"),
            ("mail.example.de", "example.de"),
            ("co.uk", "co.uk"),
            ("com", "com"),
            ("", ""),
            ("co.example.com", "example.com"),
        ] {
            assert_eq!(guess(domain), organization, "{domain}");
        }
        assert!(same("bounce.example.com", "example.com"));
        assert!(!same("a.co.uk", "b.co.uk"));
        assert!(is_within("a.example.com", "example.com"));
        assert!(!is_within("notexample.com", "example.com"));
    }
}
