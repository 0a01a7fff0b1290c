//! Messages of AWS that are not about one mail: what AWS does by itself, and what people do during an
//! incident.

use serde_json::Value;

use super::record::Target;
use crate::journal::Actor;
use crate::redact::redact;
use crate::time::epoch_millis;

/// A message of AWS through EventBridge that is not about one mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwsMessage {
    /// The event's id: the same when it is delivered twice.
    pub id: String,
    /// What happened.
    pub kind: AwsMessageKind,
    /// When, as AWS wrote it; empty where it wrote no time.
    pub time: String,
    /// What it concerns, as AWS wrote it, without addresses: often a tenant's ARN, may be empty.
    pub resources: Vec<String>,
    /// A few words on it.
    pub detail: String,
    /// What a [`AwsMessageKind::Switched`] switched, where the call names it.
    pub switched: Option<Target>,
    /// The ARN of the IAM identity that switched it; empty for other kinds.
    pub identity: String,
}

impl AwsMessage {
    /// Who switched `target` on or off, where this message says so.
    pub fn switched_by(&self, target: &Target, on: bool) -> Option<Actor> {
        let is_call = self.kind == AwsMessageKind::Switched { on };
        let is_of_it = self.switched.as_ref().is_some_and(|switched| switched.meets(target));
        (is_call && is_of_it).then(|| Actor::Person { identity: self.identity.clone() })
    }
}

/// What a [`AwsMessage`] is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AwsMessageKind {
    /// `Sending Status Enabled` or `Disabled`.
    SendingStatus,
    /// `Advisor Recommendation Status Open`, `Resolved` or `Closed`.
    Advisor,
    /// Somebody changed a sending switch (CloudTrail).
    Switched {
        /// Whether it was switched on.
        on: bool,
    },
}

/// Reads one; `None` for all other payloads.
pub fn message(payload: &[u8]) -> Option<AwsMessage> {
    let event: Value = serde_json::from_slice(payload).ok()?;
    let text =
        |path: &str| event.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
    if text("/source") != "aws.ses" {
        return None;
    }
    let detail_type = text("/detail-type");
    let (mut switched, mut identity) = (None, String::new());
    let (kind, detail) = match detail_type.as_str() {
        "AWS API Call via CloudTrail" => {
            let call = SwitchCall::read(event.pointer("/detail")?)?;
            let what = ["configurationSetName", "reputationEntityReference"]
                .map(|field| text(&format!("/detail/requestParameters/{field}")));
            let words = [text("/detail/eventName"), what.concat(), format!("by {}", call.identity)];
            (switched, identity) = (call.target, call.identity);
            (AwsMessageKind::Switched { on: call.on }, join(&words))
        }
        _ if detail_type.starts_with("Sending Status ") => {
            let words =
                ["/detail/data/record/status", "/detail/data/origin", "/detail/data/record/cause"]
                    .map(text);
            (AwsMessageKind::SendingStatus, redact(&format!("{detail_type}: {}", join(&words))))
        }
        _ if detail_type.starts_with("Advisor ") => {
            let words =
                ["/detail/metadata/type", "/detail/metadata/impact", "/detail/data"].map(text);
            (AwsMessageKind::Advisor, redact(&format!("{detail_type}: {}", join(&words))))
        }
        _ => return None,
    };
    let resources = event.pointer("/resources").and_then(Value::as_array).into_iter().flatten();
    Some(AwsMessage {
        id: text("/id")
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || *c == '-')
            .take(64)
            .collect(),
        kind,
        // Operators read these texts, and an identity may be a person's address.
        time: Some(text("/time")).filter(|time| epoch_millis(time).is_some()).unwrap_or_default(),
        resources: resources.filter_map(Value::as_str).map(redact).collect(),
        detail: plain(&detail),
        switched,
        identity,
    })
}

/// A call of a sending switch that succeeded, by its record in CloudTrail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SwitchCall {
    /// What it switched; `None` for a name that cannot stand in a command.
    pub target: Option<Target>,
    /// On or off.
    pub on: bool,
    /// The ARN of the IAM identity that called.
    pub identity: String,
    /// When, in milliseconds since 1970; 0 where the record does not say.
    pub at: i64,
}

impl SwitchCall {
    /// The names of the calls that switch the account, sets or a tenant.
    pub fn names(target: &Target) -> &'static [&'static str] {
        match target {
            Target::Account => &["PutAccountSendingAttributes", "UpdateAccountSendingEnabled"],
            Target::Sets(_) => {
                &["PutConfigurationSetSendingOptions", "UpdateConfigurationSetSendingEnabled"]
            }
            Target::Tenant(_) => &["UpdateReputationEntityCustomerManagedStatus"],
        }
    }

    /// Reads a record; `None` for a call that failed, or of another kind.
    pub fn read(record: &Value) -> Option<Self> {
        let text = |path: &str| {
            record.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        if record.pointer("/errorCode").is_some_and(|code| !code.is_null()) {
            return None;
        }
        let on = switch(&text("/eventName"), record.pointer("/requestParameters")?)?;
        let what = ["configurationSetName", "reputationEntityReference"]
            .map(|field| text(&format!("/requestParameters/{field}")));
        let identity = plain(&text("/userIdentity/arn"));
        let at = epoch_millis(&text("/eventTime")).unwrap_or_default();
        Some(Self { target: target(&what), on, identity, at })
    }

    /// The calls of the switch of `target` since then (milliseconds since 1970), of records as
    /// text; the latest first.
    pub fn all(records: &[String], target: &Target, since: i64) -> Vec<Self> {
        let read = |record: &String| Self::read(&serde_json::from_str(record).ok()?);
        let mut calls: Vec<Self> = records.iter().filter_map(read).collect();
        let concerns = |call: &Self| call.target.as_ref().is_some_and(|t| t.meets(target));
        calls.retain(|call| call.at >= since && concerns(call));
        calls.sort_by_key(|call| std::cmp::Reverse(call.at));
        calls
    }

    /// Who made the call.
    pub fn actor(self) -> Actor {
        Actor::Person { identity: self.identity }
    }
}

/// What a call switches, of the names in it: a set, a tenant, or neither and so the
/// account. A name that cannot stand in a command is none.
fn target([set, tenant]: &[String; 2]) -> Option<Target> {
    let is_plain = |name: &str| {
        name.len() <= 256
            && !name.starts_with('-')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-:/".contains(c))
    };
    match (set.as_str(), tenant.as_str()) {
        ("", "") => Some(Target::Account),
        (set, "") => is_plain(set).then(|| Target::Sets(vec![set.to_owned()])),
        (_, arn) => is_plain(arn).then(|| Target::Tenant(arn.to_owned())),
    }
}

/// Whether a call of SES switches sending on (true) or off; `None` for other calls.
fn switch(name: &str, asked: &Value) -> Option<bool> {
    match name {
        "PutAccountSendingAttributes" | "PutConfigurationSetSendingOptions" => {
            asked.get("sendingEnabled")?.as_bool()
        }
        "UpdateAccountSendingEnabled" | "UpdateConfigurationSetSendingEnabled" => {
            asked.get("enabled")?.as_bool()
        }
        "UpdateReputationEntityCustomerManagedStatus" => {
            Some(asked.get("sendingStatus")? != "DISABLED")
        }
        _ => None,
    }
}

fn join(words: &[String]) -> String {
    words.iter().filter(|word| !word.is_empty()).map(String::as_str).collect::<Vec<_>>().join(", ")
}

fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(1000).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn event(detail_type: &str, detail: &Value) -> Vec<u8> {
        json!({ "version": "0", "id": "7bf73129-1428-4cd3-a780-95db273d1602", "detail-type": detail_type,
            "source": "aws.ses", "time": "2026-10-06T07:15:00Z", "resources": ["arn:tenant"], "detail": detail })
        .to_string()
        .into_bytes()
    }

    #[test]
    fn messages_of_aws_are_read() {
        let detail = json!({ "version": "1.0.0", "data": { "origin": "AWS_MANAGED",
            "record": { "status": "DISABLED", "cause": "Reputation finding" } } });
        let message_of = |kind: &str, detail: &Value| message(&event(kind, detail));
        let disabled = message_of("Sending Status Disabled", &detail).unwrap();
        assert_eq!(disabled.kind, AwsMessageKind::SendingStatus);
        assert_eq!(
            disabled.detail,
            "Sending Status Disabled: DISABLED, AWS_MANAGED, Reputation finding"
        );
        assert_eq!(disabled.id, "7bf73129-1428-4cd3-a780-95db273d1602");
        let advice = json!({ "version": "1.0.0", "data": "SPF is\nmissing", "metadata": { "impact": "LOW", "type": "SPF" } });
        let advice = message_of("Advisor Recommendation Status Open", &advice).unwrap();
        assert_eq!(advice.detail, "Advisor Recommendation Status Open: SPF, LOW, SPF is missing");
        assert_eq!(message_of("Email Bounced", &json!({})), None);
        assert_eq!(message(b"{}"), None);
        assert_eq!(message(b"not JSON"), None);
    }

    #[test]
    fn calls_that_switch_sending_are_read() {
        let call = |name: &str, asked: Value, error: Value| {
            let detail = json!({ "eventName": name, "requestParameters": asked, "errorCode": error,
                "userIdentity": { "arn": "arn:aws:iam::111122223333:user/jo" } });
            message(&event("AWS API Call via CloudTrail", &detail))
        };
        let on = |message: Option<AwsMessage>| {
            message.map(|m| m.kind == AwsMessageKind::Switched { on: true })
        };
        let set = json!({ "configurationSetName": "news", "sendingEnabled": true });
        let resumed = call("PutConfigurationSetSendingOptions", set.clone(), Value::Null).unwrap();
        assert_eq!(
            resumed.detail,
            "PutConfigurationSetSendingOptions, news, by arn:aws:iam::111122223333:user/jo"
        );
        assert_eq!(resumed.switched, Some(Target::Sets(vec!["news".into()])));
        assert_eq!(on(Some(resumed)), Some(true));
        let hostile = json!({ "configurationSetName": "a; rm -rf ~", "sendingEnabled": true });
        assert_eq!(
            call("PutConfigurationSetSendingOptions", hostile, Value::Null).unwrap().switched,
            None
        );
        assert_eq!(on(call("PutConfigurationSetSendingOptions", set, json!("AccessDenied"))), None);
        assert_eq!(
            on(call(
                "PutAccountSendingAttributes",
                json!({ "sendingEnabled": false }),
                Value::Null
            )),
            Some(false)
        );
        let account =
            call("UpdateAccountSendingEnabled", json!({ "enabled": true }), Value::Null).unwrap();
        assert_eq!(account.switched, Some(Target::Account));
        assert_eq!(on(Some(account)), Some(true));
        let tenant = json!({ "sendingStatus": "REINSTATED", "reputationEntityReference": "arn" });
        assert_eq!(
            on(call("UpdateReputationEntityCustomerManagedStatus", tenant, Value::Null)),
            Some(true)
        );
        assert_eq!(on(call("GetAccount", json!({}), Value::Null)), None);
    }
}
