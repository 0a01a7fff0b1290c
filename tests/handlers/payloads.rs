//! Payloads as SES, SQS, SNS and CloudWatch write them.

use serde_json::{Value, json};

/// Events of one mail: from example.com, through the set `marketing`.
fn event(kind: &str, number: usize, recipient: &str, detail: Value) -> String {
    let mut event = json!({
        "eventType": kind,
        "mail": {
            "timestamp": "2026-10-06T07:14:02.118Z",
            "messageId": format!("mail-{number}"),
            "source": "shop@example.com",
            "destination": [recipient],
            "tags": { "ses:from-domain": ["example.com"], "ses:configuration-set": ["marketing"] },
        },
    });
    event[kind.to_lowercase()] = detail;
    event.to_string()
}

/// A permanent bounce of `recipient`, whose mailbox does not exist.
pub(crate) fn bounce(number: usize, recipient: &str) -> String {
    let detail = json!({
        "feedbackId": format!("bounce-{number}"),
        "bounceType": "Permanent",
        "bounceSubType": "General",
        "bouncedRecipients": [{ "emailAddress": recipient, "action": "failed", "status": "5.1.1",
            "diagnosticCode": "smtp; 550 5.1.1 user unknown" }],
        "timestamp": "2026-10-06T07:14:04.777Z",
    });
    event("Bounce", number, recipient, detail)
}

/// A complaint of `recipient`.
pub(crate) fn complaint(number: usize, recipient: &str) -> String {
    let detail = json!({
        "feedbackId": format!("complaint-{number}"),
        "complaintFeedbackType": "abuse",
        "complainedRecipients": [{ "emailAddress": recipient }],
        "timestamp": "2026-10-06T07:14:04.777Z",
    });
    event("Complaint", number, recipient, detail)
}

/// A delivery to all `recipients`, at `time` (as `2026-10-06T07:14:04Z`).
pub(crate) fn delivery(number: usize, recipients: &[&str], time: &str) -> String {
    let detail =
        json!({ "timestamp": time, "recipients": recipients, "processingTimeMillis": 546 });
    event("Delivery", number, recipients.first().copied().unwrap_or_default(), detail)
}

/// One mail sent.
pub(crate) fn send(number: usize) -> String {
    event("Send", number, "jane@example.net", json!({}))
}

/// A batch of an SQS queue; the messages are `m0`, `m1` and so on.
pub(crate) fn sqs(bodies: &[String]) -> String {
    let record = |(index, body): (usize, &String)| {
        json!({
            "messageId": format!("m{index}"), "receiptHandle": "handle", "body": body, "attributes": {},
            "messageAttributes": {}, "eventSource": "aws:sqs", "awsRegion": "eu-central-1",
            "eventSourceARN": "arn:aws:sqs:eu-central-1:111122223333:feedback",
        })
    };
    json!({ "Records": bodies.iter().enumerate().map(record).collect::<Vec<_>>() }).to_string()
}

/// An invocation by SNS with one message.
pub(crate) fn sns(message: &str) -> String {
    json!({ "Records": [{
        "EventSource": "aws:sns", "EventVersion": "1.0",
        "EventSubscriptionArn": "arn:aws:sns:eu-central-1:111122223333:topic:1",
        "Sns": {
            "Type": "Notification", "MessageId": "1", "TopicArn": "arn:aws:sns:eu-central-1:111122223333:topic",
            "Subject": null, "Message": message, "Timestamp": "2026-10-06T07:14:05.402Z", "MessageAttributes": {},
        },
    }] })
    .to_string()
}

/// The call of guard's schedule.
pub(crate) const SCHEDULE: &str = r#"{"version":"0","id":"1","detail-type":"Scheduled Event",
    "source":"aws.events","account":"111122223333","time":"2026-10-06T07:15:00Z",
    "region":"eu-central-1","detail":{},
    "resources":["arn:aws:events:eu-central-1:111122223333:rule/every-five-minutes"]}"#;

/// The message that CloudWatch sends to the alarm topic when an alarm goes into `state`.
pub(crate) fn alarm(state: &str) -> String {
    let name = "ses-warden/account/all/bounce/critical";
    let message = json!({
        "AlarmName": name,
        "AlarmArn": format!("arn:aws:cloudwatch:eu-central-1:111122223333:alarm:{name}"),
        "NewStateValue": state,
        "OldStateValue": "OK",
        "NewStateReason": "Threshold Crossed",
        "StateChangeTime": "2026-10-06T07:15:12.345+0000",
        "Region": "EU (Frankfurt)",
        "AWSAccountId": "111122223333",
        "Trigger": { "MetricName": "Reputation.BounceRate", "Namespace": "AWS/SES", "Dimensions": [] },
    });
    sns(&message.to_string())
}
