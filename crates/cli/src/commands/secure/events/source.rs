//! What keeps events in AWS, as an option names it.

use std::str::FromStr;

/// A bucket or a log group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum EventSource {
    /// The objects of a bucket whose keys begin with a prefix.
    Bucket {
        /// The bucket.
        name: String,
        /// The prefix; empty for all objects.
        prefix: String,
    },
    /// A log group, by name or ARN.
    LogGroup(String),
}

impl FromStr for EventSource {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || "write s3://BUCKET/PREFIX or logs:GROUP".to_owned();
        if let Some(rest) = text.strip_prefix("s3://") {
            let (name, prefix) = rest.split_once('/').unwrap_or((rest, ""));
            let is_name =
                |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-_".contains(c);
            if name.is_empty() || !name.chars().all(is_name) {
                return Err(wrong());
            }
            return Ok(Self::Bucket { name: name.to_owned(), prefix: prefix.to_owned() });
        }
        let group = text.strip_prefix("logs:").filter(|group| !group.is_empty());
        group.map(|group| Self::LogGroup(group.to_owned())).ok_or_else(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_have_a_prefix_and_log_groups_a_name_or_an_arn() {
        let bucket = |name: &str, prefix: &str| EventSource::Bucket {
            name: name.to_owned(),
            prefix: prefix.to_owned(),
        };
        let group = |name: &str| EventSource::LogGroup(name.to_owned());
        let arn = "arn:aws:logs:eu-central-1:111122223333:log-group:/ses/events";
        for (text, expected) in [
            ("s3://mail-events/2026/11/27/", Some(bucket("mail-events", "2026/11/27/"))),
            ("s3://mail-events", Some(bucket("mail-events", ""))),
            ("logs:/ses/events", Some(group("/ses/events"))),
            (&format!("logs:{arn}"), Some(group(arn))),
            ("s3://", None),
            ("s3:///prefix", None),
            ("s3://Mail Events/x", None),
            ("logs:", None),
            ("mail-events", None),
        ] {
            assert_eq!(text.parse::<EventSource>().ok(), expected, "{text}");
        }
    }
}
