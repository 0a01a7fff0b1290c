//! IAM policies that restrict who may send: from which networks, in whose name, with which identity.
//!
//! # Examples
//! ```
//! use warden_domain::operate::restriction::{Form, Restriction, network};
//!
//! let restriction = Restriction {
//!     networks: vec![network("203.0.113.0/24")?],
//!     ..Restriction::default()
//! };
//! let policy = serde_json::to_value(restriction.policy(Form::Allow)).unwrap();
//! assert_eq!(policy["Statement"][0]["Condition"]["IpAddress"]["aws:SourceIp"][0], "203.0.113.0/24");
//! assert!(network("203.0.113.7/24").unwrap_err().contains("203.0.113.0/24"));
//! # Ok::<(), String>(())
//! ```

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use serde::Serialize;

use crate::address::sender_domain;

/// Characters of an inline policy that a user may have in all, blanks not counted (IAM quotas).
pub const MOST_OF_USER: usize = 2_048;
/// Characters of a managed policy, blanks not counted (IAM quotas).
pub const MOST_MANAGED: usize = 6_144;

/// How the policy restricts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Allows sending under the conditions, for credentials that nothing else allows to send.
    Allow,
    /// Denies all other sending, beside policies that exist.
    Deny,
}

/// What is allowed. Lists that are empty restrict nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Restriction {
    /// Public networks that mail may be handed to SES from.
    pub networks: Vec<IpNet>,
    /// VPC endpoints (`vpce-…`) that it may come through.
    pub vpc_endpoints: Vec<String>,
    /// Domains of the From header.
    pub from_domains: Vec<String>,
    /// Identities, by name or ARN.
    pub identities: Vec<String>,
    /// Allow mail from templates and bulk mail, too.
    pub templates: bool,
    /// Allow SMTP and raw messages alone.
    pub raw_only: bool,
}

/// An IAM policy.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PolicyDocument {
    version: &'static str,
    statement: Vec<Statement>,
}

type Condition = BTreeMap<&'static str, BTreeMap<&'static str, Vec<String>>>;

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Statement {
    sid: &'static str,
    effect: &'static str,
    action: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    resource: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    not_resource: Vec<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    condition: Condition,
}

impl PolicyDocument {
    /// Its length as IAM counts it: blanks are not counted.
    pub fn length(&self) -> usize {
        serde_json::to_string(self).unwrap_or_default().chars().filter(|c| *c != ' ').count()
    }
}

impl Restriction {
    /// Whether it restricts nothing.
    pub fn is_empty(&self) -> bool {
        self.networks.is_empty()
            && self.vpc_endpoints.is_empty()
            && self.from_domains.is_empty()
            && self.identities.is_empty()
    }

    /// The policy in one of its forms.
    pub fn policy(&self, form: Form) -> PolicyDocument {
        let statement = match form {
            Form::Allow => self.allow(),
            Form::Deny => self.deny(),
        };
        PolicyDocument { version: "2012-10-17", statement }
    }

    fn networks(&self) -> Vec<String> {
        self.networks.iter().map(IpNet::to_string).collect()
    }

    /// `*@example.com`: a subdomain is another domain.
    fn senders(&self) -> Vec<String> {
        self.from_domains.iter().map(|domain| format!("*@{domain}")).collect()
    }

    /// The identities, and what a call names besides: configuration sets and templates are checked
    /// as resources, too.
    fn resources(&self) -> Vec<String> {
        if self.identities.is_empty() {
            return Vec::new();
        }
        let named = self.identities.iter().find_map(|name| name.strip_prefix("arn:"));
        let partition = named.and_then(|arn| arn.split(':').next()).unwrap_or("aws");
        let arn = |identity: &String| match identity.starts_with("arn:") {
            true => identity.clone(),
            false => format!("arn:{partition}:ses:*:*:identity/{identity}"),
        };
        let others = ["configuration-set", "template"]
            .map(|kind| format!("arn:{partition}:ses:*:*:{kind}/*"));
        self.identities.iter().map(arn).chain(others).collect()
    }

    /// One statement for each way in; each allows, so that one of them is enough.
    fn allow(&self) -> Vec<Statement> {
        let mut action = if self.raw_only { vec![] } else { vec!["ses:SendEmail"] };
        action.push("ses:SendRawEmail");
        if self.templates {
            let of_templates =
                ["ses:SendTemplatedEmail", "ses:SendBulkEmail", "ses:SendBulkTemplatedEmail"];
            action.extend(of_templates);
        }
        let mut resource = self.resources();
        if resource.is_empty() {
            resource.push("*".to_owned());
        }
        let mut from = Condition::new();
        if !self.from_domains.is_empty() {
            from.insert("StringLike", BTreeMap::from([("ses:FromAddress", self.senders())]));
        }
        let statement = |sid, condition| Statement {
            sid,
            effect: "Allow",
            action: action.clone(),
            resource: resource.clone(),
            not_resource: Vec::new(),
            condition,
        };
        let with = |operator, key, values| {
            let mut condition = from.clone();
            condition.insert(operator, BTreeMap::from([(key, values)]));
            condition
        };
        let mut statements = Vec::new();
        if !self.networks.is_empty() {
            let condition = with("IpAddress", "aws:SourceIp", self.networks());
            statements.push(statement("RestrictIP", condition));
        }
        if !self.vpc_endpoints.is_empty() {
            let condition = with("StringEquals", "aws:SourceVpce", self.vpc_endpoints.clone());
            statements.push(statement("RestrictVpcEndpoint", condition));
        }
        if statements.is_empty() {
            statements.push(statement("RestrictSender", from));
        }
        statements
    }

    /// One statement for each thing that is restricted; each denies.
    ///
    /// A negated operator also matches where its key is missing. A call through a VPC endpoint has
    /// no `aws:SourceIp`, so it is denied unless its endpoint is named. Calls that an AWS service
    /// makes for the caller have the service's address, and are left out.
    fn deny(&self) -> Vec<Statement> {
        let statement = |sid, not_resource: Vec<String>, condition| Statement {
            sid,
            effect: "Deny",
            action: vec!["ses:Send*"],
            resource: if not_resource.is_empty() { vec!["*".to_owned()] } else { Vec::new() },
            not_resource,
            condition,
        };
        let mut statements = Vec::new();
        let mut place = Condition::new();
        if !self.networks.is_empty() {
            place.insert("NotIpAddress", BTreeMap::from([("aws:SourceIp", self.networks())]));
        }
        if !self.vpc_endpoints.is_empty() {
            let endpoints = BTreeMap::from([("aws:SourceVpce", self.vpc_endpoints.clone())]);
            place.insert("StringNotEquals", endpoints);
        }
        if !place.is_empty() {
            let no = || vec!["false".to_owned()];
            let by_services =
                BTreeMap::from([("aws:PrincipalIsAWSService", no()), ("aws:ViaAWSService", no())]);
            place.insert("BoolIfExists", by_services);
            statements.push(statement("DenySendFromElsewhere", Vec::new(), place));
        }
        if !self.from_domains.is_empty() {
            let from = BTreeMap::from([("ses:FromAddress", self.senders())]);
            let from = Condition::from([("StringNotLike", from)]);
            statements.push(statement("DenyOtherFromAddresses", Vec::new(), from));
        }
        let resources = self.resources();
        if !resources.is_empty() {
            statements.push(statement("DenyOtherIdentities", resources, Condition::new()));
        }
        statements
    }

    /// What somebody who applies the policy has to know, in sentences.
    pub fn notes(&self, form: Form) -> Vec<String> {
        let mut notes = Vec::new();
        let mut note = |text: String| notes.push(text);
        match form {
            Form::Allow => note(
                "It restricts only where no other policy of the user or role allows ses:Send*: \
                 remove those, or use --form deny beside them."
                    .to_owned(),
            ),
            Form::Deny => note(
                "It allows nothing by itself: another policy must allow ses:SendEmail (API) or \
                 ses:SendRawEmail (SMTP and raw messages)."
                    .to_owned(),
            ),
        }
        if !self.networks.is_empty() && self.vpc_endpoints.is_empty() {
            note(
                "A call through a VPC endpoint has no public source address, so it is refused; \
                 allow the endpoint with --vpc-endpoint."
                    .to_owned(),
            );
        }
        if form == Form::Deny && !(self.networks.is_empty() && self.vpc_endpoints.is_empty()) {
            note(
                "Calls that an AWS service makes for the caller (aws:ViaAWSService) or by itself \
                 (aws:PrincipalIsAWSService) come from addresses of AWS and are not denied."
                    .to_owned(),
            );
        }
        for network in &self.networks {
            let widest = if matches!(network, IpNet::V4(_)) { 16 } else { 32 };
            if network.prefix_len() < widest {
                note(format!("{network} is a large network; name the addresses that you use."));
            }
        }
        if !self.from_domains.is_empty() {
            note(
                "Only addresses at exactly these domains may be in From, written in lower case: a \
                 subdomain is another domain."
                    .to_owned(),
            );
        }
        let length = self.policy(form).length();
        if length > MOST_OF_USER {
            note(format!(
                "The policy has {length} characters. A user's inline policies may have \
                 {MOST_OF_USER} in all, a managed policy {MOST_MANAGED}: make it a managed policy."
            ));
        }
        notes
    }
}

/// Reads a network that mail may come from: `203.0.113.0/24`, `2001:db8::/32`.
///
/// # Errors
/// A sentence that says what to write instead: for no network, for one with host bits, for all
/// addresses, and for addresses that AWS never sees as a public source.
pub fn network(text: &str) -> Result<IpNet, String> {
    let text = text.trim();
    let Ok(network) = text.parse::<IpNet>() else {
        return Err(match text.parse::<std::net::IpAddr>() {
            Ok(address) => {
                let whole = if address.is_ipv4() { 32 } else { 128 };
                format!("{text} is an address; write {text}/{whole} for it alone")
            }
            Err(_) => format!("{text} is no network; write one as 203.0.113.0/24"),
        });
    };
    if network.prefix_len() == 0 {
        return Err(format!("{text} is every address, which restricts nothing"));
    }
    if network.network() != network.addr() {
        return Err(format!(
            "{text} has bits behind its prefix; write {} for the network, or the address with the \
             longest prefix",
            network.trunc()
        ));
    }
    if let Some(kind) = no_source(&network) {
        return Err(format!(
            "{text} is {kind}, which aws:SourceIp never holds; mail from inside a VPC comes \
             through an endpoint: allow it with --vpc-endpoint"
        ));
    }
    Ok(network)
}

/// Networks whose addresses no call to AWS comes from.
fn no_source(network: &IpNet) -> Option<&'static str> {
    let v4 =
        |a, b, c, d, prefix| Ipv4Net::new(Ipv4Addr::new(a, b, c, d), prefix).map(IpNet::V4).ok();
    let v6 = |first, prefix| {
        let address = Ipv6Addr::new(first, 0, 0, 0, 0, 0, 0, 0);
        Ipv6Net::new(address, prefix).map(IpNet::V6).ok()
    };
    let kinds = [
        (v4(10, 0, 0, 0, 8), "a private network"),
        (v4(172, 16, 0, 0, 12), "a private network"),
        (v4(192, 168, 0, 0, 16), "a private network"),
        (v4(100, 64, 0, 0, 10), "a network of a carrier's address translation"),
        (v4(127, 0, 0, 0, 8), "a loopback network"),
        (v4(169, 254, 0, 0, 16), "a link-local network"),
        (v4(0, 0, 0, 0, 8), "no network of hosts"),
        (v4(224, 0, 0, 0, 3), "a multicast or reserved network"),
        (v6(0xfc00, 7), "a private network"),
        (v6(0xfe80, 10), "a link-local network"),
        (v6(0xff00, 8), "a multicast network"),
        (v6(0, 8), "no network of hosts"),
    ];
    kinds
        .into_iter()
        .find(|(kind, _)| kind.is_some_and(|kind| kind.contains(network)))
        .map(|(_, words)| words)
}

/// Reads the domain of a From header.
///
/// # Errors
/// A sentence.
pub fn from_domain(text: &str) -> Result<String, String> {
    sender_domain(text.trim().trim_start_matches('@'))
        .ok_or_else(|| format!("{text} is no domain; write one as news.example.com"))
}

/// Reads the id of a VPC endpoint.
///
/// # Errors
/// A sentence.
pub fn vpc_endpoint(text: &str) -> Result<String, String> {
    let digits = text.strip_prefix("vpce-").unwrap_or_default();
    let is_id = matches!(digits.len(), 8 | 17) && digits.bytes().all(|b| b.is_ascii_hexdigit());
    is_id.then(|| text.to_owned()).ok_or_else(|| {
        format!("{text} is no VPC endpoint; write its id, as vpce-0123456789abcdef0")
    })
}

/// Reads an identity: its name, or its ARN.
///
/// # Errors
/// A sentence.
pub fn identity(text: &str) -> Result<String, String> {
    let refused = || format!("{text} is no identity; write example.com, or the ARN of an identity");
    let (resource, is_arn) = match text.strip_prefix("arn:") {
        Some(rest) => {
            let parts: Vec<&str> = rest.splitn(5, ':').collect();
            let [_, "ses", _, _, resource] = parts.as_slice() else { return Err(refused()) };
            (resource.strip_prefix("identity/").ok_or_else(refused)?, true)
        }
        None => (text, false),
    };
    let domain = resource.rsplit_once('@').map_or(resource, |(_, domain)| domain);
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && !"*?:\"\\".contains(c);
    let is_fine = resource.chars().all(plain) && sender_domain(domain).is_some();
    match (is_fine, is_arn) {
        (true, true) => Ok(text.to_owned()),
        (true, false) => Ok(resource.to_owned()),
        (false, _) => Err(refused()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_allow_form_is_the_one_of_the_source_post() {
        let restriction = Restriction {
            networks: vec![network("1.2.3.4/32").unwrap(), network("5.6.7.8/32").unwrap()],
            raw_only: true,
            ..Restriction::default()
        };
        let expected = serde_json::json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Sid": "RestrictIP",
                "Effect": "Allow",
                "Action": ["ses:SendRawEmail"],
                "Resource": ["*"],
                "Condition": {"IpAddress": {"aws:SourceIp": ["1.2.3.4/32", "5.6.7.8/32"]}},
            }],
        });
        assert_eq!(serde_json::to_value(restriction.policy(Form::Allow)).unwrap(), expected);
    }

    #[test]
    fn bad_networks_are_refused_with_what_to_write() {
        for (text, words) in [
            ("1.2.3.4", "write 1.2.3.4/32"),
            ("2001:db8::1", "write 2001:db8::1/128"),
            ("1.2.3.4/24", "write 1.2.3.0/24"),
            ("0.0.0.0/0", "restricts nothing"),
            ("::/0", "restricts nothing"),
            ("10.1.0.0/16", "--vpc-endpoint"),
            ("192.168.0.0/24", "private"),
            ("127.0.0.1/32", "loopback"),
            ("fd00::/64", "private"),
            ("::1/128", "--vpc-endpoint"),
            ("1.2.3.4/33", "no network"),
            ("1.2.3/24", "no network"),
            ("", "no network"),
            ("example.com", "no network"),
        ] {
            let refusal = network(text).unwrap_err();
            assert!(refusal.contains(words), "{text}: {refusal}");
        }
        for text in ["203.0.113.0/24", "1.2.3.4/32", "2001:db8::/32", "2001:db8::1/128"] {
            assert_eq!(network(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn names_are_read_strictly() {
        assert_eq!(from_domain("News.Example.COM").unwrap(), "news.example.com");
        assert_eq!(from_domain("@example.com").unwrap(), "example.com");
        assert!(from_domain("*.example.com").is_err() && from_domain("ann@example.com").is_err());
        assert!(vpc_endpoint("vpce-0123456789abcdef0").is_ok());
        assert!(vpc_endpoint("vpce-*").is_err() && vpc_endpoint("vpc-01234567").is_err());
        for fine in
            ["example.com", "ann@example.com", "arn:aws:ses:eu-west-1:1:identity/example.com"]
        {
            assert_eq!(identity(fine).unwrap(), fine);
        }
        for bad in ["*", "exa mple.com", "arn:aws:ses:x:1:template/a", "arn:aws:s3:::bucket", ""] {
            assert!(identity(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_long_policy_is_said_to_be_one() {
        let networks = (1..200).map(|n| network(&format!("203.0.{n}.0/24")).unwrap()).collect();
        let restriction = Restriction { networks, ..Restriction::default() };
        assert!(restriction.notes(Form::Deny).iter().any(|note| note.contains("managed policy")));
    }
}
