//! What reading an account's setup takes.

/// The IAM actions that `doctor setup` uses, all of which only read.
///
/// `docs/doctor-policy.json` is a policy that allows them; tests hold both to the calls made.
pub const PERMISSIONS: [&str; 23] = [
    "cloudformation:DescribeStacks",
    "cloudwatch:DescribeAlarms",
    "cloudwatch:GetMetricData",
    "cloudwatch:ListMetrics",
    "kms:DescribeKey",
    "kms:GetKeyPolicy",
    "lambda:GetFunctionConcurrency",
    "lambda:GetFunctionConfiguration",
    "lambda:GetPolicy",
    "lambda:ListEventSourceMappings",
    "ses:GetAccount",
    "ses:GetConfigurationSet",
    "ses:GetConfigurationSetEventDestinations",
    "ses:GetDedicatedIpPool",
    "ses:GetEmailIdentity",
    "ses:GetIdentityNotificationAttributes",
    "ses:ListConfigurationSets",
    "ses:ListEmailIdentities",
    "sns:GetSubscriptionAttributes",
    "sns:GetTopicAttributes",
    "sns:ListSubscriptionsByTopic",
    "sqs:GetQueueAttributes",
    "sqs:GetQueueUrl",
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::PERMISSIONS;

    /// What `doctor domain` calls besides.
    const OF_DOMAIN: [&str; 1] = ["ses:ListRecommendations"];
    /// The readers, each with its clients and the prefix of its IAM actions.
    const READERS: [(&str, &[&str], &str); 7] = [
        ("alarms", &["cloudwatch"], "cloudwatch"),
        ("functions", &["lambda"], "lambda"),
        ("keys", &["kms"], "kms"),
        ("queues", &["sqs"], "sqs"),
        ("ses", &["v1", "v2"], "ses"),
        ("stacks", &["cloudformation"], "cloudformation"),
        ("topics", &["sns"], "sns"),
    ];

    fn folder() -> std::path::PathBuf {
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../aws/src/doctor")
    }

    #[test]
    fn the_policy_of_the_guide_allows_what_is_called_and_nothing_else() {
        let policy: Value =
            serde_json::from_str(include_str!("../../../../docs/doctor-policy.json")).unwrap();
        let allowed: BTreeSet<&str> = policy["Statement"][0]["Action"]
            .as_array()
            .unwrap()
            .iter()
            .map(|action| action.as_str().unwrap())
            .collect();
        assert_eq!(allowed, PERMISSIONS.into_iter().chain(OF_DOMAIN).collect());
    }

    #[test]
    fn the_readers_call_what_is_permitted_and_nothing_else() {
        let mut called = BTreeSet::new();
        for (file, clients, service) in READERS {
            let source = std::fs::read_to_string(folder().join(format!("{file}.rs"))).unwrap();
            // `self.sns.get_topic_attributes()`, over however many lines.
            let dense: String = source.split_whitespace().collect();
            for client in clients {
                for call in dense.split(&format!("self.{client}.")).skip(1) {
                    let operation = call.split('(').next().unwrap();
                    let words = operation.split('_').map(|word| {
                        let (first, rest) = word.split_at(1);
                        first.to_uppercase() + rest
                    });
                    called.insert(format!("{service}:{}", words.collect::<String>()));
                }
            }
        }
        assert_eq!(called, PERMISSIONS.into_iter().map(str::to_owned).collect());
    }

    #[test]
    fn no_reader_is_left_out() {
        let files: BTreeSet<String> = std::fs::read_dir(folder())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        assert_eq!(files, READERS.map(|(file, _, _)| format!("{file}.rs")).into_iter().collect());
    }
}
