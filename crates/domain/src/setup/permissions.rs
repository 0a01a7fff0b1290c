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
