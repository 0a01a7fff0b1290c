//! Reads identities of SES, by name or ARN, and finds partitions of AWS.

use crate::address::sender_domain;

/// Partitions, by how the names of their Regions begin. All other Regions are in `aws`.
const PARTITIONS: [(&str, &str); 7] = [
    ("us-gov-", "aws-us-gov"),
    ("cn-", "aws-cn"),
    ("us-iso-", "aws-iso"),
    ("us-isob-", "aws-iso-b"),
    ("eu-isoe-", "aws-iso-e"),
    ("us-isof-", "aws-iso-f"),
    ("eusc-", "aws-eusc"),
];

/// The partition that a Region is in.
pub(super) fn partition_of(region: &str) -> &'static str {
    let found = PARTITIONS.iter().find(|(begin, _)| region.starts_with(begin));
    found.map_or("aws", |(_, partition)| partition)
}

/// The partition that an ARN names; `None` for another text and for a partition that is not known.
pub(super) fn arn_partition(text: &str) -> Option<&'static str> {
    let name = text.strip_prefix("arn:")?.split(':').next()?;
    let known = PARTITIONS.iter().map(|(_, partition)| *partition);
    known.chain(["aws"]).find(|partition| *partition == name)
}

/// Reads an identity: its name, or its ARN. The domain is written as SES has it: in lower case and
/// with A-labels, because IAM compares letter by letter.
///
/// # Errors
/// A sentence that says which part is wrong.
pub fn identity(text: &str) -> Result<String, String> {
    let text = text.trim();
    let wrong = |what: &str| Err(format!("{text} is no ARN of an identity: {what}"));
    if !text.starts_with("arn:") {
        return name(text).ok_or_else(|| {
            format!("{text} is no identity; write example.com, ann@example.com, or an ARN")
        });
    }
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let [_, _, service, region, account, resource] = parts.as_slice() else {
        return wrong("write arn:aws:ses:eu-west-1:111122223333:identity/example.com");
    };
    let Some(partition) = arn_partition(text) else {
        return wrong("its partition is none of AWS's; write aws, aws-us-gov or aws-cn");
    };
    if *service != "ses" {
        return wrong("its service must be ses");
    }
    if !is_region(region) {
        return wrong("its Region must be one, as eu-west-1; the name alone is for all Regions");
    }
    if partition_of(region) != partition {
        return wrong(&format!("its Region is in the partition {}", partition_of(region)));
    }
    if account.len() != 12 || !account.bytes().all(|b| b.is_ascii_digit()) {
        return wrong("its account must have 12 digits");
    }
    match resource.strip_prefix("identity/").map(name) {
        Some(Some(name)) => Ok(format!("arn:{partition}:ses:{region}:{account}:identity/{name}")),
        Some(None) => wrong("a domain or an address must follow identity/, without * and ${…}"),
        None => wrong("its resource must begin with identity/"),
    }
}

/// A domain or an address as SES names the identity.
fn name(text: &str) -> Option<String> {
    let Some((local, domain)) = text.rsplit_once('@') else { return sender_domain(text) };
    // `*`, `?` and `${` have a meaning in a policy.
    let plain = |c: char| c.is_ascii_graphic() && !"*?:@\"\\".contains(c);
    let is_fine = !local.is_empty() && local.chars().all(plain) && !local.contains("${");
    is_fine.then(|| sender_domain(domain)).flatten().map(|domain| format!("{local}@{domain}"))
}

/// Whether a text has the form of a Region's name: `eu-west-1`, `us-gov-east-1`.
fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [words @ .., number] = parts.as_slice() else { return false };
    let is_word = |word: &&str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase());
    let is_number = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    words.len() >= 2 && words.iter().all(is_word) && is_number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identities_are_written_as_ses_has_them() {
        for (text, read) in [
            ("example.com", "example.com"),
            ("Example.COM", "example.com"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("Ann@Example.COM", "Ann@example.com"),
            (
                "arn:aws:ses:eu-west-1:111122223333:identity/Example.com",
                "arn:aws:ses:eu-west-1:111122223333:identity/example.com",
            ),
            (
                "arn:aws-us-gov:ses:us-gov-west-1:111122223333:identity/example.com",
                "arn:aws-us-gov:ses:us-gov-west-1:111122223333:identity/example.com",
            ),
        ] {
            assert_eq!(identity(text).as_deref(), Ok(read), "{text}");
        }
    }

    #[test]
    fn other_texts_are_refused_with_what_is_wrong() {
        for (text, words) in [
            ("", "no identity"),
            ("*", "no identity"),
            ("exa mple.com", "no identity"),
            ("@example.com", "no identity"),
            ("a@b@example.com", "no identity"),
            ("*@example.com", "no identity"),
            ("${aws:username}@example.com", "no identity"),
            ("a${x}@example.com", "no identity"),
            ("arn:aws:ses", "write arn:"),
            ("arn:aws:s3:::bucket", "service must be ses"),
            ("arn:aws:sesv2:eu-west-1:111122223333:identity/example.com", "service must be ses"),
            ("arn:aws:ses:europe:111122223333:identity/example.com", "Region must be one"),
            ("arn:aws:ses:*:111122223333:identity/example.com", "Region must be one"),
            ("arn:aws:ses:eu-west-1:1:identity/example.com", "12 digits"),
            ("arn:aws:ses:eu-west-1:11112222333x:identity/example.com", "12 digits"),
            ("arn:aws:ses:eu-west-1:111122223333:template/a", "identity/"),
            ("arn:aws:ses:eu-west-1:111122223333:identity/${x}", "${…}"),
            ("arn:aws:ses:eu-west-1:111122223333:identity/*", "${…}"),
            ("arn:aws:ses:us-gov-west-1:111122223333:identity/example.com", "aws-us-gov"),
            ("arn:other:ses:eu-west-1:111122223333:identity/example.com", "partition"),
        ] {
            let refusal = identity(text).unwrap_err();
            assert!(refusal.contains(words), "{text}: {refusal}");
        }
    }
}
