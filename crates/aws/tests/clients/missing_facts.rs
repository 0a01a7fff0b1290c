//! Answers that come with success and without what was asked: errors, and never a state.

use serde_json::{Value, json};
use warden_aws::{
    Alarms, CallError, Class, Metrics, Query, SendingSwitch, SuppressionList, SuppressionSettings,
    Trail,
};
use warden_domain::alarm::AlarmState;

use crate::wire::{Answer, Wire};
use crate::{connection, fast};

const ARN: &str = "arn:aws:cloudwatch:eu-central-1:111122223333:alarm:w/a";

/// As many answers as any read here asks for.
fn script(wire: &Wire, operation: &str, answer: &Value) {
    wire.script(operation, vec![Answer::Ok(answer.clone()); 9]);
}

fn assert_missing<T: std::fmt::Debug>(read: Result<T, CallError>, member: &str, answer: &Value) {
    let error = read.unwrap_err();
    assert_eq!(error.class, Class::Temporary, "{answer}");
    assert!(error.to_string().contains(&format!("the answer has no {member}")), "{error}");
}

#[tokio::test]
async fn an_account_without_its_switch_or_status() {
    for (answer, member) in [
        (json!({}), "SendingEnabled"),
        (json!({ "EnforcementStatus": "HEALTHY" }), "SendingEnabled"),
        (json!({ "EnforcementStatus": "HEALTHY", "SendingEnabled": null }), "SendingEnabled"),
        (json!({ "SendingEnabled": false }), "EnforcementStatus"),
        (json!({ "SendingEnabled": true, "EnforcementStatus": "" }), "EnforcementStatus"),
        (
            json!({ "Details": { "SendingEnabled": true }, "EnforcementStatus": "HEALTHY" }),
            "SendingEnabled",
        ),
    ] {
        let wire = Wire::start();
        script(&wire, "GetAccount", &answer);
        let switch = SendingSwitch::new(&connection(&wire), fast());
        // An absent status is only asked for where the account says whether it sends.
        assert_missing(switch.account().await, member, &answer);
        assert_eq!(wire.calls().len(), 3, "{answer}: it is read again");
    }
}

#[tokio::test]
async fn an_account_that_answers_whole_the_second_time() {
    let wire = Wire::start();
    wire.script("GetAccount", [Answer::Ok(json!({}))]);
    let switch = SendingSwitch::new(&connection(&wire), fast());
    assert!(switch.account().await.unwrap().sending_enabled);
    assert_eq!(wire.calls().len(), 2);
}

#[tokio::test]
async fn a_set_without_its_switch() {
    for (answer, member) in [
        (json!({}), "ConfigurationSetName"),
        (json!({ "SendingOptions": {} }), "SendingOptions/SendingEnabled"),
        (
            json!({ "ConfigurationSetName": "a", "SendingOptions": { "SendingEnabled": null } }),
            "SendingOptions/SendingEnabled",
        ),
    ] {
        let wire = Wire::start();
        script(&wire, "GetConfigurationSet", &answer);
        let switch = SendingSwitch::new(&connection(&wire), fast());
        assert_missing(switch.configuration_set("a").await, member, &answer);
    }
}

#[tokio::test]
async fn a_tenant_without_its_status() {
    let entity = |entity: Value| json!({ "ReputationEntity": entity });
    for (answer, member) in [
        (json!({}), "ReputationEntity"),
        (entity(json!({})), "CustomerManagedStatus"),
        (entity(json!({ "CustomerManagedStatus": {} })), "customer-managed status"),
        (
            entity(json!({ "CustomerManagedStatus": { "Status": "NEW" } })),
            "customer-managed status",
        ),
    ] {
        let wire = Wire::start();
        script(&wire, "GetReputationEntity", &answer);
        let switch = SendingSwitch::new(&connection(&wire), fast());
        assert_missing(switch.tenant("arn").await, member, &answer);
    }
    for (answer, sends) in [
        (entity(json!({ "CustomerManagedStatus": { "Status": "DISABLED" } })), false),
        (entity(json!({ "CustomerManagedStatus": { "Status": "REINSTATED" } })), true),
        // Nobody has used the switch: whatever AWS did is AWS's.
        (entity(json!({ "SendingStatusAggregate": "DISABLED" })), true),
    ] {
        let wire = Wire::start();
        script(&wire, "GetReputationEntity", &answer);
        let switch = SendingSwitch::new(&connection(&wire), fast());
        assert_eq!(switch.tenant("arn").await.unwrap(), Some(sends), "{answer}");
    }
}

#[tokio::test]
async fn alarms_that_are_not_listed_or_not_named() {
    let alarm = |alarm: Value| json!({ "MetricAlarms": [alarm], "CompositeAlarms": [] });
    for (answer, member) in [
        (json!({}), "list of alarms"),
        (alarm(json!({ "AlarmArn": ARN, "StateValue": "ALARM" })), "name of an alarm"),
        (alarm(json!({ "AlarmName": "w/a", "StateValue": "ALARM" })), "ARN of an alarm"),
    ] {
        let wire = Wire::start();
        script(&wire, "DescribeAlarms", &answer);
        assert_missing(Alarms::new(&connection(&wire)).all("w/").await, member, &answer);
    }
    let wire = Wire::start();
    script(&wire, "DescribeAlarms", &alarm(json!({ "AlarmArn": ARN, "AlarmName": "w/a" })));
    let found = Alarms::new(&connection(&wire)).all("w/").await.unwrap();
    assert_eq!(found[0].state, AlarmState::Unknown(String::new()));
}

#[tokio::test]
async fn events_of_cloudtrail_that_are_not_listed_or_have_no_record() {
    for (answer, member) in [
        (json!({}), "list of events"),
        (
            json!({ "Events": [{ "EventName": "PutAccountSendingAttributes" }] }),
            "record of an event",
        ),
    ] {
        let wire = Wire::start();
        script(&wire, "LookupEvents", &answer);
        let trail = Trail::new(&connection(&wire));
        assert_missing(trail.calls("PutAccountSendingAttributes", 0).await, member, &answer);
    }
}

#[tokio::test]
async fn a_latest_value_without_a_result() {
    let wire = Wire::start();
    script(&wire, "GetMetricData", &json!({}));
    let metrics = Metrics::new(&connection(&wire), "AWS/SES".into());
    assert_missing(
        metrics.latest("Reputation.BounceRate", 900, 0, 900).await,
        "result",
        &json!({}),
    );
}

#[tokio::test]
async fn metrics_that_are_not_listed_or_not_summed() {
    let wire = Wire::start();
    script(&wire, "ListMetrics", &json!({}));
    let metrics = Metrics::new(&connection(&wire), "SesWarden".into());
    assert_missing(metrics.domains().await, "list of metrics", &json!({}));
    let query = |metric| Query { metric, dimensions: Vec::new() };
    for answer in [
        json!({}),
        json!({ "MetricDataResults": [] }),
        json!({ "MetricDataResults": [{ "Id": "q1", "StatusCode": "Complete", "Timestamps": [], "Values": [] }] }),
    ] {
        wire.unscript();
        script(&wire, "GetMetricData", &answer);
        let read = metrics.sums(&[query("Send"), query("BounceHard")], 0, 60).await;
        assert_missing(read, "result for one of the queries", &answer);
    }
}

#[tokio::test]
async fn suppression_without_its_facts() {
    let wire = Wire::start();
    let settings = SuppressionSettings::new(&connection(&wire), fast());
    let list = SuppressionList::new(&connection(&wire), fast());
    let nothing = json!({});
    script(&wire, "GetAccount", &nothing);
    assert_missing(settings.account().await, "ProductionAccessEnabled", &nothing);
    script(&wire, "GetTenant", &nothing);
    assert_missing(settings.tenant("shop").await, "Tenant", &nothing);
    script(&wire, "ListSuppressedDestinations", &nothing);
    assert_missing(list.complaints(None).await, "SuppressedDestinationSummaries", &nothing);
    script(&wire, "GetSuppressedDestination", &nothing);
    assert_missing(list.get(None, "jane@example.net").await, "reason", &nothing);
}
