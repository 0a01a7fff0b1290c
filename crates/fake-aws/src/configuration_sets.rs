//! Configuration sets and identities as they are connected: destinations, reputation metrics,
//! default sets and tags.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{Answer, Call, SetSetup, World, text};

const ARN: &str = "arn:aws:ses:eu-central-1:111122223333:";

impl World {
    /// A configuration set that sends.
    pub fn add_set(&mut self, name: &str) -> &mut SetSetup {
        self.sets.insert(name.to_owned(), true);
        self.set_setups.entry(name.to_owned()).or_default()
    }

    /// The tags of a set or identity, as `configuration-set/news`.
    pub fn ses_tags(&self, resource: &str) -> BTreeMap<String, String> {
        self.tags.get(&format!("{ARN}{resource}")).cloned().unwrap_or_default()
    }

    /// Puts into the answer of GetConfigurationSet what the set has besides its switch.
    pub(super) fn describe_setup(&self, name: &str, set: &mut Value) {
        if let Some(setup) = self.set_setups.get(name) {
            set["ReputationOptions"] =
                json!({ "ReputationMetricsEnabled": setup.reputation_metrics });
        }
        if let Some(at) = self.switched_at.get(name) {
            set["ReputationOptions"]["LastFreshStart"] = json!(at);
        }
        set["Tags"] = listed(&self.ses_tags(&format!("configuration-set/{name}")));
    }

    pub(super) fn answer_about_sets(&mut self, call: &Call) -> Option<Answer> {
        let body = &call.body;
        let name = text(body, "@path");
        Some(match call.operation.as_str() {
            "ListConfigurationSets" => {
                let names: Vec<&String> = self.sets.keys().collect();
                let (page, next) = self.page(&names, body);
                Answer::Ok(json!({ "ConfigurationSets": page, "NextToken": next }))
            }
            "GetEmailIdentity" if self.identities.contains_key(&name) => Answer::Ok(json!({
                "ConfigurationSetName": self.default_sets.get(&name),
                "Tags": listed(&self.ses_tags(&format!("identity/{name}"))),
            })),
            "PutEmailIdentityConfigurationSetAttributes" if self.identities.contains_key(&name) => {
                match body["ConfigurationSetName"].as_str() {
                    None => {
                        self.default_sets.remove(&name);
                    }
                    Some(set) if !self.sets.contains_key(set) => return Some(not_found()),
                    Some(set) => {
                        self.default_sets.insert(name, set.to_owned());
                    }
                }
                Answer::Ok(json!({}))
            }
            "GetEmailIdentity" | "PutEmailIdentityConfigurationSetAttributes" => not_found(),
            // CloudWatch has operations of these names too, with a member of another spelling.
            "TagResource" | "UntagResource" if call.path.starts_with("/v2/email/") => {
                self.change_tags(body)
            }
            "PutConfigurationSetReputationOptions"
            | "GetConfigurationSetEventDestinations"
            | "CreateConfigurationSetEventDestination"
            | "UpdateConfigurationSetEventDestination"
            | "DeleteConfigurationSetEventDestination"
                if !self.sets.contains_key(&name) =>
            {
                not_found()
            }
            "PutConfigurationSetReputationOptions" => {
                let on = body["ReputationMetricsEnabled"].as_bool().unwrap_or(false);
                self.set_setups.entry(name).or_default().reputation_metrics = on;
                Answer::Ok(json!({}))
            }
            "GetConfigurationSetEventDestinations" => {
                let setup = self.set_setups.entry(name).or_default();
                let named = |(name, definition): (&String, &Value)| {
                    let mut one = definition.clone();
                    one["Name"] = json!(name);
                    one
                };
                let all: Vec<Value> = setup.destinations.iter().map(named).collect();
                Answer::Ok(json!({ "EventDestinations": all }))
            }
            "CreateConfigurationSetEventDestination" => {
                let setup = self.set_setups.entry(name).or_default();
                if let Some(refusal) = &setup.refusal {
                    return Some(refusal.clone());
                }
                let destination = text(body, "EventDestinationName");
                if setup.destinations.contains_key(&destination) {
                    return Some(Answer::error(400, "AlreadyExistsException"));
                }
                setup.destinations.insert(destination, body["EventDestination"].clone());
                Answer::Ok(json!({}))
            }
            "UpdateConfigurationSetEventDestination" => {
                let setup = self.set_setups.entry(name).or_default();
                match setup.destinations.get_mut(&text(body, "@name")) {
                    Some(definition) => *definition = body["EventDestination"].clone(),
                    None => return Some(not_found()),
                }
                Answer::Ok(json!({}))
            }
            "DeleteConfigurationSetEventDestination" => {
                let setup = self.set_setups.entry(name).or_default();
                match setup.destinations.remove(&text(body, "@name")) {
                    Some(_) => Answer::Ok(json!({})),
                    None => not_found(),
                }
            }
            _ => return None,
        })
    }

    fn change_tags(&mut self, body: &Value) -> Answer {
        let query = &body["@query"];
        let arn = [text(body, "ResourceArn"), text(query, "ResourceArn")].concat();
        let exists = match arn.strip_prefix(ARN).and_then(|rest| rest.split_once('/')) {
            Some(("configuration-set", name)) => self.sets.contains_key(name),
            Some(("identity", name)) => self.identities.contains_key(name),
            _ => false,
        };
        if !exists {
            return not_found();
        }
        let tags = self.tags.entry(arn).or_default();
        for tag in body["Tags"].as_array().into_iter().flatten() {
            tags.insert(text(tag, "Key"), text(tag, "Value"));
        }
        tags.remove(&text(query, "TagKeys"));
        Answer::Ok(json!({}))
    }
}

fn listed(tags: &BTreeMap<String, String>) -> Value {
    tags.iter().map(|(key, value)| json!({ "Key": key, "Value": value })).collect()
}

fn not_found() -> Answer {
    Answer::error(404, "NotFoundException")
}
