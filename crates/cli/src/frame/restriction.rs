//! The options of an IAM policy that restricts sending.

use ipnet::IpNet;
use warden_domain::operate::restriction::{
    Form, Restriction, from_domain, identity, network, vpc_endpoint,
};

/// Who may send, from where and as whom.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct RestrictionOptions {
    /// Public network to send from, such as 203.0.113.0/24; several times
    #[arg(long, value_name = "NETWORK", value_parser = network)]
    cidr: Vec<IpNet>,

    /// VPC endpoint that it may come through; several times
    #[arg(long, value_name = "ID", value_parser = vpc_endpoint)]
    vpc_endpoint: Vec<String>,

    /// Domain that may stand in From; several times
    #[arg(long, value_name = "DOMAIN", value_parser = from_domain)]
    from_domain: Vec<String>,

    /// Identity to send with, by name or ARN; several times
    #[arg(long, value_name = "IDENTITY", value_parser = identity)]
    identity: Vec<String>,

    /// Only SMTP and raw messages (ses:SendRawEmail), not ses:SendEmail
    #[arg(long, conflicts_with = "templates")]
    raw_only: bool,

    /// Allow mail from templates and bulk mail, too
    #[arg(long)]
    templates: bool,

    /// Allow what fits, or deny the rest [default: allow; in secure: deny]
    #[arg(long, value_enum)]
    form: Option<FormWord>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum FormWord {
    Allow,
    Deny,
}

impl RestrictionOptions {
    /// The form of the policy, where one was asked for, else the usual one of the command.
    pub fn form(&self, usual: Form) -> Form {
        match self.form {
            Some(FormWord::Allow) => Form::Allow,
            Some(FormWord::Deny) => Form::Deny,
            None => usual,
        }
    }

    /// Whether an identity is named by its ARN, which says its partition.
    pub fn has_arn(&self) -> bool {
        self.identity.iter().any(|identity| identity.starts_with("arn:"))
    }

    /// What the options allow, for the partition of a Region.
    ///
    /// # Errors
    /// A sentence where they do not fit each other.
    pub fn restriction(&self, region: Option<&str>) -> Result<Restriction, String> {
        let restriction = Restriction {
            networks: self.cidr.clone(),
            vpc_endpoints: self.vpc_endpoint.clone(),
            from_domains: self.from_domain.clone(),
            identities: self.identity.clone(),
            templates: self.templates,
            raw_only: self.raw_only,
            partition: None,
        };
        restriction.in_region(region)
    }
}
