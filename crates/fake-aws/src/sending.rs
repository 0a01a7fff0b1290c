//! SES: whether the account, its configuration sets and tenants send, and its identities.

use serde_json::{Value, json};

use crate::{Answer, Call, World, text};

impl World {
    pub(super) fn answer_about_sending(&mut self, call: &Call) -> Option<Answer> {
        let body = &call.body;
        Some(match call.operation.as_str() {
            "GetAccount" => Answer::Ok(json!({
                "SendingEnabled": self.account_sends,
                "EnforcementStatus": self.enforcement_status,
                "ProductionAccessEnabled": self.production_access,
                "SuppressionAttributes": { "SuppressedReasons": self.suppressed_reasons },
            })),
            "PutAccountSendingAttributes" => {
                match body.get("SendingEnabled").and_then(Value::as_bool) {
                    Some(enabled) => {
                        self.account_sends =
                            enabled || (self.pause_does_nothing && self.account_sends);
                        Answer::Ok(json!({}))
                    }
                    None => Answer::error(400, "BadRequestException"),
                }
            }
            "GetConfigurationSet" => match self.sets.get(&text(body, "@path")) {
                Some(sends) => {
                    let mut set = json!({ "SendingOptions": { "SendingEnabled": sends } });
                    self.describe_setup(&text(body, "@path"), &mut set);
                    if let Some(reasons) = self.reasons_of_sets.get(&text(body, "@path")) {
                        set["SuppressionOptions"] = json!({ "SuppressedReasons": reasons });
                    }
                    Answer::Ok(set)
                }
                None => Answer::error(404, "NotFoundException"),
            },
            "PutConfigurationSetSendingOptions" => self.set_sending(body),
            "GetReputationEntity" => match self.tenant_sends.get(&text(body, "@path")) {
                Some(sends) => {
                    let status = json!({ "Status": if *sends { "ENABLED" } else { "DISABLED" } });
                    Answer::Ok(json!({ "ReputationEntity": {
                        "ReputationEntityReference": body["@path"], "ReputationEntityType": "RESOURCE",
                        "CustomerManagedStatus": status } }))
                }
                None => Answer::error(404, "NotFoundException"),
            },
            "UpdateReputationEntityCustomerManagedStatus" => {
                match self.tenant_sends.get_mut(&text(body, "@path")) {
                    Some(sends) => {
                        *sends = text(body, "SendingStatus") != "DISABLED"
                            || (self.pause_does_nothing && *sends);
                        Answer::Ok(json!({}))
                    }
                    None => Answer::error(404, "NotFoundException"),
                }
            }
            "ListEmailIdentities" => {
                let all: Vec<_> = self.identities.iter().collect();
                let (page, next) = self.page(&all, body);
                let describe = |(name, kind): &(&String, &String)| {
                    let sends = !self.unverified.contains(*name);
                    json!({ "IdentityName": name, "IdentityType": kind, "SendingEnabled": sends })
                };
                let listed: Vec<Value> = page.iter().map(describe).collect();
                Answer::Ok(json!({ "EmailIdentities": listed, "NextToken": next }))
            }
            _ => return None,
        })
    }

    fn set_sending(&mut self, body: &Value) -> Answer {
        if let Some(answer) = self.set_writes.get(&text(body, "@path")) {
            return answer.clone();
        }
        let Some(enabled) = body.get("SendingEnabled").and_then(Value::as_bool) else {
            return Answer::error(400, "BadRequestException");
        };
        let Some(sends) = self.sets.get_mut(&text(body, "@path")) else {
            return Answer::error(404, "NotFoundException");
        };
        *sends = enabled || (self.pause_does_nothing && *sends);
        Answer::Ok(json!({}))
    }
}
