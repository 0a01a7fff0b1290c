//! SNS: the notices to operators.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{Answer, Call, Notice, World, text};

impl World {
    pub(super) fn answer_about_notices(&mut self, call: &Call) -> Option<Answer> {
        let body = &call.body;
        Some(match call.operation.as_str() {
            "Publish" => {
                self.notices.push(notice(body));
                Answer::Ok(json!({ "MessageId": "11111111-2222-3333-4444-555555555555" }))
            }
            _ => return None,
        })
    }
}

fn notice(body: &Value) -> Notice {
    let mut attributes = BTreeMap::new();
    for index in 1.. {
        let part = |field: &str| body.get(format!("MessageAttributes.entry.{index}.{field}"));
        let Some(name) = part("Name").and_then(Value::as_str) else { break };
        let value = part("Value.StringValue").and_then(Value::as_str).unwrap_or_default();
        attributes.insert(name.to_owned(), value.to_owned());
    }
    Notice {
        topic_arn: text(body, "TopicArn"),
        subject: text(body, "Subject"),
        message: text(body, "Message"),
        attributes,
    }
}
