//! Settings of metrics.

use warden_domain::bounce::Rulebook;
use warden_domain::metrics::{Config, MetricSet};
use warden_domain::redact::brief;
use warden_lambda::settings::{Reader, SettingErrors};

/// What the environment says.
#[derive(Debug)]
pub struct Settings {
    /// What is counted.
    pub config: Config,
    /// The CloudWatch namespace.
    pub namespace: String,
}

impl Settings {
    /// Reads `WARDEN_NAMESPACE`, `WARDEN_METRIC_SET`, `WARDEN_MAX_DOMAINS`,
    /// `WARDEN_CALLER_IDENTITIES`, `WARDEN_SOURCE_CIDRS`, `WARDEN_RULES` and
    /// `WARDEN_SECOND_READER`.
    ///
    /// # Errors
    /// One sentence for each variable that is wrong or unknown.
    pub fn read(mut reader: Reader<'_>) -> Result<Self, SettingErrors> {
        let namespace = reader.optional(
            "WARDEN_NAMESPACE",
            "SesWarden".to_owned(),
            warden_lambda::settings::namespace,
        );
        let set = reader.optional("WARDEN_METRIC_SET", MetricSet::Essential, |text| match text {
            "essential" => Ok(MetricSet::Essential),
            "full" => Ok(MetricSet::Full),
            _ => Err("must be essential or full".to_owned()),
        });
        let max_domains =
            reader.optional("WARDEN_MAX_DOMAINS", 100, |text| match text.parse::<usize>() {
                Ok(n) if (1..=10_000).contains(&n) => Ok(n),
                _ => Err("must be a whole number from 1 to 10000".to_owned()),
            });
        let caller_identities = reader.list("WARDEN_CALLER_IDENTITIES", |entry| {
            warden_domain::metrics::caller_identity(entry).ok_or_else(|| {
                let form = "must name users or roles of IAM, by bare name or ARN (arn:aws:iam::111122223333:user/app)";
                format!("{form}; {} is neither", brief(entry))
            })
        });
        let source_networks = reader.list("WARDEN_SOURCE_CIDRS", |entry| {
            warden_domain::metrics::network(entry).ok_or_else(|| {
                let form =
                    "must be a comma-separated list of networks as 192.0.2.0/24 or addresses";
                format!(
                    "{form}; {} is neither (one of IPv4 written as IPv6 has a prefix from 96 on)",
                    brief(entry)
                )
            })
        });
        let rulebook = reader.optional(
            "WARDEN_RULES",
            Rulebook::default(),
            warden_lambda::settings::rule_file,
        );
        let reads_twice =
            reader.optional("WARDEN_SECOND_READER", true, warden_lambda::settings::on_or_off);
        let rulebook = if reads_twice { rulebook } else { rulebook.without_second_reader() };
        reader.finish()?;
        Ok(Self {
            config: Config { set, max_domains, caller_identities, source_networks, rulebook },
            namespace,
        })
    }
}
