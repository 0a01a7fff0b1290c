//! Pieces that the findings' texts, records and commands share.

use crate::finding::RecordToPublish;

/// The TXT value that lets SES send for a MAIL FROM domain.
pub(super) const SES_SPF: &str = "v=spf1 include:amazonses.com ~all";

/// The host that the MX of a MAIL FROM domain must name.
pub(super) fn feedback_host(region: &str) -> String {
    format!("feedback-smtp.{region}.amazonses.com")
}

/// Both records of a custom MAIL FROM domain.
pub(super) fn mail_from_records(domain: &str, region: &str) -> [RecordToPublish; 2] {
    [mail_from_mx(domain, region), RecordToPublish::txt(domain, SES_SPF)]
}

/// The MX record of a custom MAIL FROM domain.
pub(super) fn mail_from_mx(domain: &str, region: &str) -> RecordToPublish {
    RecordToPublish::mx(domain, 10, &feedback_host(region))
}

/// The MAIL FROM domain that SES uses where an identity has none of its own.
pub(super) fn default_mail_from(region: &str) -> String {
    if region == "us-east-1" {
        "amazonses.com".to_owned()
    } else {
        format!("{region}.amazonses.com")
    }
}

/// `aws sesv2 <operation> --email-identity <name> <options> --region <region>`.
pub(super) fn ses_command(operation: &str, name: &str, options: &str, region: &str) -> String {
    let blank = if options.is_empty() { "" } else { " " };
    format!(
        "aws sesv2 {operation} --email-identity {}{blank}{options} --region {region}",
        quoted(name)
    )
}

/// A word of a shell command, quoted where it needs it.
pub(super) fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '@' | '+');
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// The names at which a record lies when a provider appended the zone to a name that already
/// ended in it: `name.example.com` for each suffix of `domain` that can be a zone.
pub(super) fn doubled_names(name: &str, domain: &str) -> Vec<String> {
    suffixes(domain).iter().map(|zone| format!("{name}.{zone}")).collect()
}

/// `domain` and its parents, down to two labels.
pub(super) fn suffixes(domain: &str) -> Vec<&str> {
    let mut suffixes = vec![domain];
    let mut rest = domain;
    while let Some((_, parent)) = rest.split_once('.') {
        if !parent.contains('.') {
            break;
        }
        suffixes.push(parent);
        rest = parent;
    }
    suffixes
}

/// Texts side by side, for a finding's `found`.
pub(super) fn listed<T: AsRef<str>>(texts: &[T]) -> String {
    texts.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(" | ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_of_a_command_cannot_end_it() {
        assert_eq!(quoted("news.example.com"), "news.example.com");
        assert_eq!(quoted("a;b"), "'a;b'");
        assert_eq!(quoted("a'b"), r"'a'\''b'");
        assert_eq!(quoted(""), "''");
    }

    #[test]
    fn every_parent_with_two_labels_may_be_the_zone() {
        assert_eq!(
            suffixes("a.b.example.com"),
            ["a.b.example.com", "b.example.com", "example.com"]
        );
        assert_eq!(suffixes("com"), ["com"]);
    }
}
