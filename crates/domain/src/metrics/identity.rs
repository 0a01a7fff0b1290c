//! IAM identities by their bare names.
//!
//! SES writes the bare name of a user or a role into `ses:caller-identity`; operators
//! have ARNs at hand. Both are reduced to the name, so that they meet: IAM lets a name be
//! used once in an account, whatever its path.

/// The most that IAM lets a name have, of users and roles alike.
const MAX_CHARS: usize = 64;

/// The bare name of a user or a role, or `root`; the text as it is where it has none of
/// the forms that hold one.
///
/// The name of a session is left out: whoever assumes a role chooses it.
pub(super) fn bare(identity: &str) -> &str {
    let identity = identity.trim();
    let resource = if identity.starts_with("arn:") { resource(identity) } else { Some(identity) };
    resource.and_then(name).unwrap_or(identity)
}

/// The bare name of an identity that may be in a list; `None` for what SES can write of
/// no caller.
pub fn caller_identity(entry: &str) -> Option<String> {
    let name = bare(entry);
    let fits = |b: u8| b.is_ascii_alphanumeric() || b"+=,.@_-".contains(&b);
    (!name.is_empty() && name.len() <= MAX_CHARS && name.bytes().all(fits)).then(|| name.to_owned())
}

/// What an ARN of IAM or STS names.
fn resource(arn: &str) -> Option<&str> {
    let mut parts = arn.splitn(6, ':');
    let service = parts.nth(2)?;
    let resource = parts.nth(2)?;
    let names_somebody = match service {
        "iam" => {
            resource == "root" || resource.starts_with("user/") || resource.starts_with("role/")
        }
        "sts" => resource.starts_with("assumed-role/"),
        _ => false,
    };
    names_somebody.then_some(resource)
}

fn name(resource: &str) -> Option<&str> {
    let (kind, rest) = resource.split_once('/').unwrap_or(("", resource));
    match kind {
        "" if !resource.contains('/') => Some(resource),
        "user" | "role" => rest.rsplit('/').next(),
        "assumed-role" => rest.split('/').next(),
        _ => None,
    }
    .filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_an_identity_has_one_bare_name() {
        for (text, name) in [
            ("app", "app"),
            (" app ", "app"),
            ("root", "root"),
            ("arn:aws:iam::111122223333:root", "root"),
            ("arn:aws:iam::111122223333:user/app", "app"),
            ("arn:aws-cn:iam::111122223333:user/teams/shop/app", "app"),
            ("arn:aws:iam::111122223333:role/mailer", "mailer"),
            ("arn:aws:iam::111122223333:role/service-role/mailer", "mailer"),
            ("arn:aws:sts::111122223333:assumed-role/mailer/i-0123456789", "mailer"),
            ("arn:aws:sts::111122223333:assumed-role/mailer", "mailer"),
            ("user/app", "app"),
            ("assumed-role/mailer/jane@example.com", "mailer"),
            ("ses-smtp-user.20261006-071402", "ses-smtp-user.20261006-071402"),
            ("jane@example.com", "jane@example.com"),
        ] {
            assert_eq!(bare(text), name, "{text}");
            assert_eq!(caller_identity(text).as_deref(), Some(name), "{text}");
        }
    }

    #[test]
    fn what_can_be_no_caller_stays_as_it_is_and_is_in_no_list() {
        let long = "x".repeat(65);
        for text in [
            "arn:aws:iam::111122223333:group/app",
            "arn:aws:iam::111122223333:user/",
            "arn:aws:iam::111122223333:user",
            "arn:aws:iam::111122223333:assumed-role/mailer/x",
            "arn:aws:sts::111122223333:federated-user/app",
            "arn:aws:sts::111122223333:user/app",
            "arn:aws:sts::111122223333:assumed-role/",
            "arn:aws:s3:::user/app",
            "arn:aws:iam",
            "arn:",
            "mailer/session",
            "/app",
            "AROAEXAMPLE:session",
            "two words",
            "*",
            "\u{e4}pp",
            "",
            &long,
        ] {
            assert_eq!(bare(text), text);
            assert_eq!(caller_identity(text), None, "{text}");
        }
        assert!(caller_identity(&"x".repeat(64)).is_some());
    }
}
