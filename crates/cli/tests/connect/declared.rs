//! What the CDK construct declares (`infra/cdk/definitions/connect.json`) is what the command makes.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::wire::Wire;
use super::{FEEDBACK, Result, TOPIC, counts};

const DECLARED: &str = include_str!("../../../../infra/cdk/definitions/connect.json");

#[test]
fn the_cdk_construct_declares_what_the_command_makes() -> Result {
    let wire = Wire::start();
    wire.world().add_set("offers");
    counts(&wire, "apply --yes --engagement --domain example.com")?;
    let declared: Value = serde_json::from_str(&filled(DECLARED))?;

    let destinations = wire.calls_of("CreateConfigurationSetEventDestination");
    let [call] = destinations.as_slice() else { return Err("not one destination".into()) };
    let types = |key: &str| declared[key].as_array().cloned().unwrap_or_default();
    let event_types = [types("eventTypes"), types("engagementTypes")].concat();
    assert_eq!(
        call.body,
        json!({
            "@path": "offers",
            "EventDestinationName": declared["destination"],
            "EventDestination": {
                "Enabled": true,
                "MatchingEventTypes": event_types,
                "SnsDestination": { "TopicArn": FEEDBACK },
            },
        })
    );

    let wanted: BTreeMap<String, Value> = ["configurationSetAlarms", "domainAlarms"]
        .iter()
        .flat_map(|key| types(key))
        .map(|alarm| (name(&alarm["properties"]), alarm["properties"].clone()))
        .collect();
    let made: BTreeMap<String, Value> = wire
        .calls_of("PutMetricAlarm")
        .into_iter()
        .map(|call| (name(&call.body), as_declared(call.body)))
        .collect();
    assert_eq!(made.len(), 12);
    assert_eq!(made, wanted);
    Ok(())
}

/// The definitions for the set, the domain and the stack of this test.
fn filled(definitions: &str) -> String {
    let values = [
        ("{prefix}", "mail/"),
        ("{stack}", "mail"),
        ("{set}", "offers"),
        ("{domain}", "example.com"),
        ("{namespace}", "SesWarden"),
        ("{alarmTopic}", TOPIC),
    ];
    values.iter().fold(definitions.to_owned(), |text, (from, to)| text.replace(from, to))
}

fn name(alarm: &Value) -> String {
    alarm["AlarmName"].as_str().unwrap_or_default().to_owned()
}

/// The request without what a stack says otherwise: who made the alarm, in tags and description.
fn as_declared(mut request: Value) -> Value {
    if let Some(request) = request.as_object_mut() {
        request.remove("Tags");
        // CloudFormation's default.
        assert_eq!(request.remove("ActionsEnabled"), Some(json!(true)));
        let description = request.get("AlarmDescription").and_then(Value::as_str);
        let text = description.and_then(|text| text.split_once(" Made by ")).map(|(text, _)| text);
        let text = text.unwrap_or_default().to_owned();
        request.insert("AlarmDescription".to_owned(), json!(text));
    }
    request
}
