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

mod identity;
mod input;
mod notes;

use std::collections::BTreeMap;

use ipnet::IpNet;
use serde::Serialize;

pub use identity::identity;
use identity::{arn_partition, partition_of};
pub use input::{from_domain, network, vpc_endpoint};

/// What the form deny denies, besides the conditions, where only raw messages may be sent: every
/// `ses:Send…` of the service authorization reference but `ses:SendRawEmail`. A statement cannot
/// say "ses:Send* but one".
const NOT_RAW: [&str; 6] = [
    "ses:SendEmail",
    "ses:SendTemplatedEmail",
    "ses:SendBulkEmail",
    "ses:SendBulkTemplatedEmail",
    "ses:SendBounce",
    "ses:SendCustomVerificationEmail",
];

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
    /// The partition of identities that are named without an ARN; [`Restriction::in_region`] finds
    /// it. Without one it is that of an ARN, else `aws`.
    pub partition: Option<&'static str>,
}

/// An IAM policy.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PolicyDocument {
    version: &'static str,
    statement: Vec<Statement>,
}

type PolicyCondition = BTreeMap<&'static str, BTreeMap<&'static str, Vec<String>>>;

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
    condition: PolicyCondition,
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

    /// The restriction in the partition of a Region: `us-gov-west-1` is in `aws-us-gov`.
    ///
    /// # Errors
    /// A sentence: where the ARNs and the Region are in more than one partition, and where the
    /// networks together are every address.
    pub fn in_region(mut self, region: Option<&str>) -> Result<Self, String> {
        let of_region = region.map(|region| (partition_of(region), region));
        let of_arns =
            self.identities.iter().filter_map(|name| Some((arn_partition(name)?, &**name)));
        let mut known = of_region.into_iter().chain(of_arns);
        if let Some((partition, first)) = known.next() {
            if let Some((other, second)) = known.find(|(other, _)| *other != partition) {
                return Err(format!(
                    "{first} is in the partition {partition} and {second} in {other}: make one \
                     policy for each partition"
                ));
            }
            self.partition = Some(partition);
        }
        if IpNet::aggregate(&self.networks).iter().any(|network| network.prefix_len() == 0) {
            return Err("these networks together are every address, which restricts nothing".into());
        }
        Ok(self)
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
        let of_an_arn = || self.identities.iter().find_map(|name| arn_partition(name));
        let partition = self.partition.or_else(of_an_arn).unwrap_or("aws");
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
        let mut from = PolicyCondition::new();
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
        let mut place = PolicyCondition::new();
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
            let from = PolicyCondition::from([("StringNotLike", from)]);
            statements.push(statement("DenyOtherFromAddresses", Vec::new(), from));
        }
        let resources = self.resources();
        if !resources.is_empty() {
            statements.push(statement("DenyOtherIdentities", resources, PolicyCondition::new()));
        }
        if self.raw_only {
            let action = NOT_RAW.to_vec();
            let all = statement("DenyAllButRawMessages", Vec::new(), PolicyCondition::new());
            statements.push(Statement { action, ..all });
        }
        statements
    }
}

#[cfg(test)]
mod tests;
