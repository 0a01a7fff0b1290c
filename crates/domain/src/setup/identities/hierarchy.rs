//! An identity whose settings replace those of its domain.

use super::super::commands::aws;
use super::super::context::Context;
use super::super::snapshot::Identity;
use crate::finding::Finding;

/// SES takes the settings of the most specific identity alone.
pub(super) fn hierarchy(context: &Context<'_>, name: &str, identity: &Identity) -> Option<Finding> {
    let (parent, above) = parent(context, name)?;
    let (own, theirs) = (identity.settings.known()?, above.settings.known()?);
    let mut different = Vec::new();
    if own.default_set != theirs.default_set {
        different.push("default configuration set");
    }
    if own.email_forwarding != theirs.email_forwarding {
        different.push("e-mail feedback forwarding");
    }
    if let (Some(own), Some(theirs)) = (identity.topics.known(), above.topics.known())
        && own != theirs
    {
        different.push("notification topics");
    }
    let (code, covers) = if name.contains('@') {
        ("address-shadows-domain", format!("mail from {name}"))
    } else {
        ("subdomain-shadows-parent", format!("mail of {name} and below"))
    };
    if different.is_empty() {
        return Some(Finding::info(code, name).found(parent).text(format!(
            "The identity {name} overrides {parent} for {covers}; their settings are the same."
        )));
    }
    Some(
        Finding::warning(code, name)
            .found(parent)
            .text(format!(
                "The identity {name} overrides {parent} for {covers}, and differs in: {}. What is \
                 set up for {parent} has no effect there. Delete {name}, or set it up alike.",
                different.join(", ")
            ))
            .command(aws(
                context.region(),
                &["sesv2", "delete-email-identity", "--email-identity", name],
            )),
    )
}

/// The closest verified domain identity above this one.
pub(super) fn parent<'a>(context: &Context<'a>, name: &str) -> Option<(&'a str, &'a Identity)> {
    let all = context.snapshot.identities.known()?;
    let mut above = match name.rsplit_once('@') {
        Some((_, domain)) => Some(domain),
        None => name.split_once('.').map(|(_, parent)| parent),
    };
    while let Some(domain) = above {
        let same = |(known, _): &(&'a String, &'a Identity)| known.eq_ignore_ascii_case(domain);
        let found = all.iter().find(same);
        if let Some((known, identity)) = found
            && identity.settings.known().is_some_and(|settings| settings.verified)
        {
            return Some((known, identity));
        }
        above = domain.split_once('.').map(|(_, parent)| parent);
    }
    None
}
