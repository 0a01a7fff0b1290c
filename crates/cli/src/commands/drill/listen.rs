//! What arrives at the drill's own queue.

use serde_json::Value;
use warden_domain::drill::{TAG, is_drill_alarm};

use super::stack::StackParts;

/// A message that belongs to this drill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Heard {
    /// An event about a mail.
    Event {
        /// SES's id of the mail.
        message_id: String,
        /// As `Bounce`.
        kind: String,
    },
    /// The drill's alarm went into ALARM.
    Alarm,
    /// guard's notice about it.
    Notice,
}

/// Reads one message, in SNS's envelope; `None` for what belongs to nobody or to others.
pub(super) fn heard(body: &str, stack: &StackParts, id: &str, alarm: &str) -> Option<Heard> {
    let envelope: Value = serde_json::from_str(body).ok()?;
    let topic = envelope.get("TopicArn")?.as_str()?;
    let text = envelope.get("Message")?.as_str()?;
    if topic == stack.feedback_topic {
        let event: Value = serde_json::from_str(text).ok()?;
        let mail = event.get("mail")?;
        let tag = mail.get("tags")?.get(TAG)?.get(0)?.as_str()?;
        let word = |value: &Value, name: &str| Some(value.get(name)?.as_str()?.to_owned());
        return (tag == id)
            .then(|| {
                Some(Heard::Event {
                    message_id: word(mail, "messageId")?,
                    kind: word(&event, "eventType")?,
                })
            })
            .flatten();
    }
    if topic == stack.alarm_topic {
        let message: Value = serde_json::from_str(text).ok()?;
        let is = |name: &str, value: &str| message.get(name).and_then(Value::as_str) == Some(value);
        return (is("AlarmName", alarm) && is("NewStateValue", "ALARM")).then_some(Heard::Alarm);
    }
    if topic == stack.operator_topic {
        let named = envelope.get("MessageAttributes")?.get("alarm")?.get("Value")?.as_str()?;
        return (named == alarm && is_drill_alarm(named)).then_some(Heard::Notice);
    }
    None
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::stack::FunctionParts;
    use super::*;

    fn stack() -> StackParts {
        let function =
            FunctionParts { name: String::new(), queue: None, dead_letters: String::new() };
        StackParts {
            name: "ses-warden".to_owned(),
            feedback_topic: "feedback".to_owned(),
            alarm_topic: "alarms".to_owned(),
            operator_topic: "operators".to_owned(),
            alarm_prefix: "ses-warden/".to_owned(),
            namespace: "SesWarden".to_owned(),
            metrics: function.clone(),
            suppress: function.clone(),
            guard: function,
        }
    }

    const ALARM: &str = "ses-warden/drill/1-abcd/warn";

    fn hear(topic: &str, message: &Value, attributes: &Value) -> Option<Heard> {
        let body = json!({ "Type": "Notification", "TopicArn": topic,
            "Message": message.to_string(), "MessageAttributes": attributes });
        heard(&body.to_string(), &stack(), "1-abcd", ALARM)
    }

    #[test]
    fn only_what_belongs_to_the_drill_is_heard() {
        let event = |tag: &str| json!({ "eventType": "Bounce", "mail": { "messageId": "m", "tags": { TAG: [tag] } } });
        let bounce = Heard::Event { message_id: "m".to_owned(), kind: "Bounce".to_owned() };
        assert_eq!(hear("feedback", &event("1-abcd"), &json!({})), Some(bounce));
        assert_eq!(hear("feedback", &event("another"), &json!({})), None);
        assert_eq!(hear("feedback", &json!("Successfully validated"), &json!({})), None);
        let alarm = |name: &str, state: &str| json!({ "AlarmName": name, "NewStateValue": state });
        assert_eq!(hear("alarms", &alarm(ALARM, "ALARM"), &json!({})), Some(Heard::Alarm));
        assert_eq!(hear("alarms", &alarm(ALARM, "OK"), &json!({})), None);
        assert_eq!(
            hear("alarms", &alarm("ses-warden/account/all/bounce/warn", "ALARM"), &json!({})),
            None
        );
        let named = |name: &str| json!({ "alarm": { "Type": "String", "Value": name } });
        assert_eq!(hear("operators", &json!("text"), &named(ALARM)), Some(Heard::Notice));
        assert_eq!(hear("operators", &json!("text"), &named("another")), None);
        assert_eq!(heard("no JSON", &stack(), "1-abcd", ALARM), None);
    }
}
