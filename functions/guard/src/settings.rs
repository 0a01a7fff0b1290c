//! Settings of guard.

use std::collections::BTreeMap;

use warden_domain::guard::Mode;
use warden_lambda::settings::{Reader, SettingErrors};

/// What the environment says.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Alarms whose names begin so are this stack's.
    pub alarm_prefix: String,
    /// The operators' topic.
    pub topic_arn: String,
    /// The table of the journal.
    pub journal_table: String,
    /// What may be paused.
    pub policy: warden_domain::guard::Settings,
    /// The CloudWatch namespace of our own metrics.
    pub namespace: String,
    /// How long a pause of our own lasts at most once its alarm is OK, in minutes;
    /// `None`: until a person ends it.
    pub max_pause_minutes: Option<u32>,
}

impl Settings {
    /// Reads `WARDEN_ALARM_PREFIX`, `WARDEN_OPERATOR_TOPIC_ARN`, `WARDEN_JOURNAL_TABLE`,
    /// `WARDEN_MODE`, `WARDEN_PROTECTED_CONFIGURATION_SETS`, `WARDEN_DOMAIN_SETS`,
    /// `WARDEN_MAX_PAUSE_MINUTES` and `WARDEN_NAMESPACE`.
    ///
    /// # Errors
    /// One sentence for each variable that is wrong, missing or unknown.
    pub fn read(mut reader: Reader<'_>) -> Result<Self, SettingErrors> {
        let alarm_prefix = reader.required("WARDEN_ALARM_PREFIX", |text| Ok(text.to_owned()));
        let topic_arn = reader.required("WARDEN_OPERATOR_TOPIC_ARN", |text| {
            let is_topic =
                text.starts_with("arn:") && text.contains(":sns:") && text.split(':').count() == 6;
            if is_topic {
                Ok(text.to_owned())
            } else {
                Err("must be the ARN of an SNS topic".to_owned())
            }
        });
        let journal_table = reader.required("WARDEN_JOURNAL_TABLE", |text| Ok(text.to_owned()));
        let mode = reader.optional("WARDEN_MODE", Mode::Act, |word| match word {
            "act" => Ok(Mode::Act),
            "observe" => Ok(Mode::Observe),
            _ => Err("must be act or observe".to_owned()),
        });
        let protected_sets =
            reader.list("WARDEN_PROTECTED_CONFIGURATION_SETS", |entry| Ok(entry.to_owned()));
        let domain_sets = domain_sets(&mut reader);
        let max_pause_minutes =
            reader.optional("WARDEN_MAX_PAUSE_MINUTES", None, |text| match text.parse::<u32>() {
                Ok(0) => Ok(None),
                Ok(minutes) if (10..=525_600).contains(&minutes) => Ok(Some(minutes)),
                Ok(_) | Err(_) => {
                    Err("must be 0 (off) or a whole number of minutes from 10 to 525600".to_owned())
                }
            });
        let namespace = reader.optional(
            "WARDEN_NAMESPACE",
            "SesWarden".to_owned(),
            warden_lambda::settings::namespace,
        );
        reader.finish()?;
        Ok(Self {
            alarm_prefix: alarm_prefix.unwrap_or_default(),
            topic_arn: topic_arn.unwrap_or_default(),
            journal_table: journal_table.unwrap_or_default(),
            policy: warden_domain::guard::Settings { mode, protected_sets, domain_sets },
            namespace,
            max_pause_minutes,
        })
    }
}

/// `example.com=bulk+news,example.org=notices`: which sets carry a domain's mail.
fn domain_sets(reader: &mut Reader<'_>) -> BTreeMap<String, Vec<String>> {
    let pairs = reader.list("WARDEN_DOMAIN_SETS", |entry| {
        let wrong = || "must be a comma-separated list such as example.com=set1+set2".to_owned();
        warden_domain::guard::Settings::domain_with_sets(entry).ok_or_else(wrong)
    });
    let count = pairs.len();
    let map: BTreeMap<String, Vec<String>> = pairs.into_iter().collect();
    if map.len() < count {
        reader.fault("WARDEN_DOMAIN_SETS names a domain twice.");
    }
    map
}
