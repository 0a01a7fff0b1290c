//! What somebody who applies a policy has to know about it.

use ipnet::IpNet;

use super::input::no_sources_within;
use super::{Form, Restriction};

/// Characters of an inline policy that a user may have in all, blanks not counted (IAM quotas).
const MOST_OF_USER: usize = 2_048;
/// Characters of a managed policy, blanks not counted (IAM quotas).
const MOST_MANAGED: usize = 6_144;

impl Restriction {
    /// What somebody who applies the policy has to know, in sentences.
    pub fn notes(&self, form: Form) -> Vec<String> {
        let mut notes = Vec::new();
        let mut note = |text: &str| notes.push(text.to_owned());
        match form {
            Form::Allow => note(
                "It restricts only where no other policy of the user or role, and none of the \
                 user's groups, allows ses:Send*: remove those, or use --form deny beside them. \
                 SMTP users that the SES console makes are in the group \
                 AWSSESSendingGroupDoNotRename, which allows ses:SendRawEmail from everywhere.",
            ),
            Form::Deny => note(
                "It allows nothing by itself: another policy must allow ses:SendEmail (API) or \
                 ses:SendRawEmail (SMTP and raw messages). For SMTP users that the SES console \
                 makes, the group AWSSESSendingGroupDoNotRename does.",
            ),
        }
        if form == Form::Deny && self.templates {
            note("--templates changes nothing here: the form deny leaves templates as they are.");
        }
        if !self.networks.is_empty() && self.vpc_endpoints.is_empty() {
            note(
                "A call through a VPC endpoint has no public source address, so it is refused; \
                 allow the endpoint with --vpc-endpoint.",
            );
        }
        if form == Form::Deny && !(self.networks.is_empty() && self.vpc_endpoints.is_empty()) {
            note(
                "Calls that an AWS service makes for the caller (aws:ViaAWSService) or by itself \
                 (aws:PrincipalIsAWSService) come from addresses of AWS and are not denied.",
            );
        }
        if !self.from_domains.is_empty() {
            note(
                "Only addresses at exactly these domains may be in From, written in lower case: a \
                 subdomain is another domain.",
            );
        }
        notes.extend(self.networks.iter().flat_map(about_network));
        notes.extend(about_length(self.policy(form).length()));
        notes
    }
}

/// Says where a network is too large, and where it includes addresses that no call comes from.
fn about_network(network: &IpNet) -> Vec<String> {
    let (tiny, large) = if matches!(network, IpNet::V4(_)) { (8, 16) } else { (20, 32) };
    let prefix = network.prefix_len();
    let size = if prefix < tiny {
        Some(format!(
            "{network} is so large that it restricts almost nothing: strangers send from it, too. \
             Name the addresses that you use."
        ))
    } else if prefix < large {
        Some(format!("{network} is a large network; name the addresses that you use."))
    } else {
        None
    };
    let within: Vec<String> = no_sources_within(network).iter().map(IpNet::to_string).collect();
    let inside = (!within.is_empty()).then(|| {
        format!(
            "{network} includes private or reserved networks, which aws:SourceIp never holds: {}.",
            within.join(", ")
        )
    });
    size.into_iter().chain(inside).collect()
}

/// Says which of IAM's limits a policy of this length breaks.
fn about_length(length: usize) -> Option<String> {
    let begin = format!("The policy has {length} characters");
    if length > MOST_MANAGED {
        return Some(format!(
            "{begin}, more than a managed policy may have ({MOST_MANAGED}) and more than a user's \
             inline policies may have in all ({MOST_OF_USER}): IAM refuses it. Name fewer \
             networks, domains or identities."
        ));
    }
    (length > MOST_OF_USER).then(|| {
        format!(
            "{begin}, more than a user's inline policies may have in all ({MOST_OF_USER}): \
             put-user-policy is refused. Make it a managed policy, which may have {MOST_MANAGED}."
        )
    })
}

#[cfg(test)]
mod tests {
    use super::super::network;
    use super::*;

    fn of(networks: impl IntoIterator<Item = String>) -> Restriction {
        let networks = networks.into_iter().map(|text| network(&text).unwrap()).collect();
        Restriction { networks, ..Restriction::default() }
    }

    #[test]
    fn a_policy_that_is_too_long_says_for_what() {
        let notes = |count: u8| {
            of((1..=count).map(|n| format!("203.0.{n}.0/24"))).notes(Form::Deny).join("\n")
        };
        assert!(!notes(50).contains("characters"));
        assert!(notes(130).contains("Make it a managed policy"), "{}", notes(130));
        let far_too_long =
            of((0..=255).flat_map(|n| [format!("203.0.{n}.0/24"), format!("198.51.{n}.0/24")]));
        let notes = far_too_long.notes(Form::Deny).join("\n");
        assert!(notes.contains("IAM refuses it") && notes.contains("6144"), "{notes}");
    }

    #[test]
    fn networks_that_hardly_restrict_are_named() {
        let notes = |text: &str| of([text.to_owned()]).notes(Form::Allow).join("\n");
        for text in ["0.0.0.0/1", "10.0.0.0/7", "2000::/3"] {
            assert!(notes(text).contains("restricts almost nothing"), "{text}");
        }
        assert!(notes("10.0.0.0/7").contains("never holds: 10.0.0.0/8."));
        assert!(notes("172.0.0.0/8").contains("never holds: 172.16.0.0/12."));
        assert!(notes("203.0.0.0/12").contains("large network"));
        let small = notes("203.0.113.0/24");
        assert!(!small.contains("large") && !small.contains("never holds"), "{small}");
    }

    #[test]
    fn both_forms_name_the_group_of_smtp_users() {
        for form in [Form::Allow, Form::Deny] {
            let notes = of(["203.0.113.0/24".to_owned()]).notes(form).join("\n");
            assert!(notes.contains("AWSSESSendingGroupDoNotRename"), "{notes}");
        }
    }
}
