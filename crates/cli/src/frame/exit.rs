//! Exit statuses, the same for every command, and what to do about an error.
//!
//! | status | meaning |
//! |---|---|
//! | 0 | done, or nothing to do |
//! | 1 | a finding, or done in part |
//! | 2 | a usage error; a file that cannot be read |
//! | 3 | the question was answered with no |
//! | 4 | no credentials, or no Region |
//! | 5 | AWS failed or refused |

use std::io;

use warden_aws::{CallError, Class};

use super::aws::NoAccess;
use super::place;

/// A finding, or done in part.
pub const PARTIAL: u8 = 1;
/// A usage error.
pub const USAGE: u8 = 2;
/// The question was answered with no.
pub const DECLINED: u8 = 3;
/// No credentials, or no Region.
pub const NO_ACCESS: u8 = 4;
/// AWS failed or refused.
pub const AWS: u8 = 5;

/// Codes by which AWS refuses the credentials themselves, whatever they may do.
const REFUSED_CREDENTIALS: [&str; 9] = [
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "InvalidToken",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
];

/// Returns the exit status that an error ends the command with.
pub fn status(error: &anyhow::Error) -> u8 {
    if error.chain().any(|cause| cause.is::<NoAccess>()) {
        return NO_ACCESS;
    }
    match call_error(error) {
        Some(error) if is_about_credentials(error) => NO_ACCESS,
        Some(_) => AWS,
        None => USAGE,
    }
}

/// Returns what the operator can do about an error of AWS's, where its own words do not say it.
pub fn advice(error: &anyhow::Error) -> Option<String> {
    let error = call_error(error)?;
    match &error.class {
        _ if is_about_credentials(error) => Some(
            "AWS refused the credentials: run `aws sso login`, or name a profile with --profile"
                .to_owned(),
        ),
        Class::Denied => Some(format!(
            "the credentials may not do this: allow {} to their role or user, or name another \
             profile with --profile",
            action(error.operation)
        )),
        Class::Throttled => {
            Some("AWS takes no more calls for now: run the command again in a minute".to_owned())
        }
        Class::Temporary => Some(
            "AWS could not be reached or did not answer: check the network, --region and \
             --endpoint-url, and run the command again"
                .to_owned(),
        ),
        Class::NotFound | Class::Refused { .. } => None,
    }
}

/// Returns what stands below an error of AWS's: where it was tried, and what the operator can do.
pub fn where_and_what_to_do(error: &anyhow::Error) -> Vec<String> {
    let is_aws = call_error(error).is_some();
    let place = place::recorded().filter(|_| is_aws).map(|place| format!("called AWS in {place}"));
    place.into_iter().chain(advice(error)).collect()
}

/// Operations that the command calls, by the service word of their IAM actions.
const ACTIONS: [(&str, &[&str]); 14] = [
    ("cloudformation", &["DescribeStacks"]),
    ("cloudtrail", &["LookupEvents"]),
    (
        "cloudwatch",
        &[
            "DeleteAlarms",
            "DescribeAlarms",
            "GetMetricData",
            "ListMetrics",
            "ListTagsForResource",
            "PutMetricAlarm",
            "PutMetricData",
            "SetAlarmState",
        ],
    ),
    ("dynamodb", &["BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan"]),
    ("iam", &["ListAccountAliases"]),
    ("kms", &["DescribeKey", "GetKeyPolicy"]),
    (
        "lambda",
        &[
            "GetFunctionConcurrency",
            "GetFunctionConfiguration",
            "GetPolicy",
            "InvokeFunction",
            "ListEventSourceMappings",
        ],
    ),
    ("logs", &["FilterLogEvents"]),
    ("s3", &["DeleteObject", "GetObject", "PutObject"]),
    ("secretsmanager", &["GetSecretValue"]),
    (
        "ses",
        &[
            "BatchGetMetricData",
            "CreateConfigurationSetEventDestination",
            "CreateImportJob",
            "DeleteConfigurationSetEventDestination",
            "DeleteSuppressedDestination",
            "GetAccount",
            "GetConfigurationSet",
            "GetConfigurationSetEventDestinations",
            "GetDedicatedIpPool",
            "GetEmailIdentity",
            "GetIdentityNotificationAttributes",
            "GetImportJob",
            "GetReputationEntity",
            "GetSuppressedDestination",
            "GetTenant",
            "ListConfigurationSets",
            "ListDedicatedIpPools",
            "ListEmailIdentities",
            "ListImportJobs",
            "ListRecommendations",
            "ListReputationEntities",
            "ListSuppressedDestinations",
            "ListTenants",
            "PutAccountSendingAttributes",
            "PutConfigurationSetReputationOptions",
            "PutConfigurationSetSendingOptions",
            "PutEmailIdentityConfigurationSetAttributes",
            "PutSuppressedDestination",
            "SendEmail",
            "UpdateConfigurationSetEventDestination",
            "UpdateReputationEntityCustomerManagedStatus",
        ],
    ),
    (
        "sns",
        &[
            "GetSubscriptionAttributes",
            "GetTopicAttributes",
            "ListSubscriptionsByTopic",
            "Publish",
            "Subscribe",
            "Unsubscribe",
        ],
    ),
    (
        "sqs",
        &[
            "ChangeMessageVisibility",
            "CreateQueue",
            "DeleteMessage",
            "DeleteQueue",
            "GetQueueAttributes",
            "GetQueueUrl",
            "ListQueues",
            "ReceiveMessage",
            "SendMessage",
            "SetQueueAttributes",
        ],
    ),
    ("sts", &["GetCallerIdentity"]),
];

/// The IAM action of an operation, where it is known: a policy wants the service before it.
pub fn action(operation: &str) -> String {
    // The two whose actions have other names.
    match operation {
        "ListObjectsV2" => return "s3:ListBucket".to_owned(),
        "HeadObject" => return "s3:GetObject".to_owned(),
        _ => {}
    }
    let service = ACTIONS.iter().find(|(_, operations)| operations.contains(&operation));
    service.map_or_else(|| operation.to_owned(), |(service, _)| format!("{service}:{operation}"))
}

fn call_error(error: &anyhow::Error) -> Option<&CallError> {
    error.chain().find_map(|cause| cause.downcast_ref())
}

/// Whether AWS refuses the credentials themselves. The code is a word of the message:
/// `403 ExpiredToken: …`.
pub fn is_about_credentials(error: &CallError) -> bool {
    let text = error.to_string();
    let mut words = text.split(|c: char| !c.is_ascii_alphanumeric());
    words.any(|word| REFUSED_CREDENTIALS.contains(&word))
}

/// Whether whoever read the output has stopped reading.
pub fn is_closed_pipe(error: &anyhow::Error) -> bool {
    // serde_json keeps the error of the stream in its own and does not name it as the source.
    let kind = |cause: &(dyn std::error::Error + 'static)| {
        let of_json =
            cause.downcast_ref::<serde_json::Error>().and_then(serde_json::Error::io_error_kind);
        of_json.or_else(|| cause.downcast_ref::<io::Error>().map(io::Error::kind))
    };
    error.chain().filter_map(kind).any(|kind| kind == io::ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Those of the policies that a call of this command names; TagResource belongs to others.
    #[test]
    fn actions_of_the_documented_policies_are_known() {
        for policy in [
            include_str!("../../../../docs/connect-policy.json"),
            include_str!("../../../../docs/doctor-policy.json"),
            include_str!("../../../../docs/drill-policy.json"),
            include_str!("../../../../docs/evidence-policy.json"),
            include_str!("../../../../docs/forget-policy.json"),
            include_str!("../../../../docs/operate-policy.json"),
            include_str!("../../../../docs/status-policy.json"),
            include_str!("../../../../docs/suppressions-policy.json"),
            include_str!("../../../../docs/why-policy.json"),
        ] {
            let policy: serde_json::Value = serde_json::from_str(policy).unwrap();
            let statements = policy["Statement"].as_array().into_iter().flatten();
            let actions = statements.flat_map(|one| one["Action"].as_array().into_iter().flatten());
            for whole in actions.filter_map(serde_json::Value::as_str) {
                // The action of ListObjectsV2 has another name.
                if whole.ends_with("agResource") || whole == "s3:ListBucket" {
                    continue;
                }
                let operation = whole.split_once(':').map_or("", |(_, operation)| operation);
                assert_eq!(action(operation), whole);
            }
        }
    }

    #[test]
    fn each_kind_of_error_has_its_status_and_advice() {
        let call = |class, message| {
            anyhow::Error::new(CallError::new("DescribeAlarms", class, message)).context("alarms")
        };
        let refused = Class::Refused { code: "ValidationError".to_owned() };
        for (error, expected, word) in [
            (anyhow::anyhow!("no payload is in x"), USAGE, None),
            (anyhow::Error::new(NoAccess::Region), NO_ACCESS, None),
            (call(Class::Denied, "403 ExpiredToken: old"), NO_ACCESS, Some("aws sso login")),
            (
                call(Class::Denied, "403 AccessDenied: no"),
                AWS,
                Some("allow cloudwatch:DescribeAlarms"),
            ),
            (call(Class::Throttled, "400 Throttling: slow"), AWS, Some("in a minute")),
            (call(Class::Temporary, "no connection"), AWS, Some("--endpoint-url")),
            (call(Class::NotFound, "404 NotFound: x"), AWS, None),
            (call(refused, "400 ValidationError: x"), AWS, None),
        ] {
            assert_eq!(status(&error), expected, "{error:#}");
            let advice = advice(&error);
            assert_eq!(advice.is_some(), word.is_some(), "{error:#}: {advice:?}");
            assert!(advice.unwrap_or_default().contains(word.unwrap_or_default()), "{error:#}");
        }
    }
}
