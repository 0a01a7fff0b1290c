//! The options of an IAM policy that restricts sending.

use ipnet::IpNet;
use warden_domain::operate::restriction::{
    Form, Restriction, from_domain, identity, network, vpc_endpoint,
};

/// Who may send, from where and as whom.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct RestrictionOptions {
    /// Public network that mail may be handed to SES from, as 203.0.113.0/24; several times
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

    /// Allow SMTP and raw messages alone (ses:SendRawEmail), and not the API's ses:SendEmail
    #[arg(long, conflicts_with = "templates")]
    raw_only: bool,

    /// Allow mail from templates and bulk mail, too
    #[arg(long)]
    templates: bool,

    /// Form of the policy: allow under the conditions, or deny everything else
    #[arg(long, value_enum, default_value = "allow")]
    form: FormWord,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
enum FormWord {
    #[default]
    Allow,
    Deny,
}

impl RestrictionOptions {
    /// The form of the policy.
    pub fn form(&self) -> Form {
        match self.form {
            FormWord::Allow => Form::Allow,
            FormWord::Deny => Form::Deny,
        }
    }

    /// What the options allow.
    pub fn restriction(&self) -> Restriction {
        Restriction {
            networks: self.cidr.clone(),
            vpc_endpoints: self.vpc_endpoint.clone(),
            from_domains: self.from_domain.clone(),
            identities: self.identity.clone(),
            templates: self.templates,
            raw_only: self.raw_only,
        }
    }
}
