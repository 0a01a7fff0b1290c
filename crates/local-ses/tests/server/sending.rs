//! Sending, and the events it leads to.

use aws_sdk_sesv2::types::SuppressionListReason;
use serde_json::{Value, json};

use crate::upstream::Upstream;
use crate::{TOPIC, World, client, send};

fn types(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["eventType"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_messages_events_come_in_order_with_their_tags() {
    let world = World::new().await;
    world.set("news").await;
    let plan = json!({"outcomes": [{"outcome": "bounce", "status": "5.7.26"}]});
    world.control("PUT", "domains/recipient.example.net", plan).await;
    let message_id = world.send("news", "Real.Person@recipient.example.net").await;
    let events = world.events().await;
    assert_eq!(types(&events), ["Send", "Bounce"]);
    let (mail, bounce) = (&events[1]["mail"], &events[1]["bounce"]);
    assert_eq!(mail["messageId"].as_str(), Some(message_id.as_str()));
    assert_eq!(mail["tags"]["ses:from-domain"], json!(["News.example.org"]));
    assert_eq!(mail["tags"]["ses:configuration-set"], json!(["news"]));
    assert_eq!(mail["sendingAccountId"], "111122223333");
    assert_eq!(
        mail["sourceArn"],
        "arn:aws:ses:eu-central-1:111122223333:identity/news.example.org"
    );
    assert_eq!(bounce["bouncedRecipients"][0]["emailAddress"], "Real.Person@recipient.example.net");
    let diagnostic = bounce["bouncedRecipients"][0]["diagnosticCode"].as_str().unwrap();
    assert!(
        diagnostic.contains("DMARC") && diagnostic.contains("News.example.org"),
        "{diagnostic}"
    );

    let published = world.upstream.published();
    assert!(published.iter().all(|form| form["TopicArn"] == TOPIC));
    assert!(published.iter().all(|form| form["Subject"] == "Amazon SES Email Event Notification"));
    assert!(published[1]["Message"].ends_with("}\n"));
    let ledger = world.server.events();
    assert_eq!(ledger.len(), 3);
    assert_eq!(ledger[2].feedback_id.as_deref(), bounce["feedbackId"].as_str());
    assert_eq!(ledger[2].bytes, published[2]["Message"].len());
}

#[tokio::test]
async fn a_new_destination_gets_the_notice_once() {
    let world = World::new().await;
    world.set("news").await;
    world.send("news", "success@simulator.amazonses.com").await;
    world.server.published().await;
    let texts = world.upstream.texts();
    assert_eq!(texts[0], "Successfully validated SNS topic for Amazon SES event publishing.");
    assert_eq!(texts.iter().filter(|text| !text.starts_with('{')).count(), 1);
    assert_eq!(world.server.events()[0].event_type, "notice");
}

#[tokio::test]
async fn simulator_addresses_answer_as_on_aws() {
    let world = World::new().await;
    world.set("news").await;
    let cases = [
        ("success", vec!["Send", "Delivery"]),
        ("bounce+label", vec!["Send", "Bounce"]),
        ("complaint", vec!["Send", "Delivery", "Complaint"]),
        ("ooto", vec!["Send", "Delivery", "Bounce"]),
        ("suppressionlist", vec!["Send", "Bounce"]),
    ];
    let mut seen = 0;
    for (mailbox, expected) in cases {
        world.send("news", &format!("{mailbox}@simulator.amazonses.com")).await;
        let events = world.events().await;
        assert_eq!(types(&events[seen..]), expected, "{mailbox}");
        seen = events.len();
    }
    let state = world.control("GET", "state", json!({})).await;
    assert_eq!((&state["account"]["volume"], &state["account"]["sent"]), (&json!(0), &json!(0)));
}

#[tokio::test]
async fn listed_addresses_are_withheld_in_any_case_of_letters() {
    let world = World::new().await;
    world.set("news").await;
    let put = |address: &str, reason| {
        world.ses.put_suppressed_destination().email_address(address).reason(reason)
    };
    put("Ann@Example.net", SuppressionListReason::Bounce).send().await.unwrap();
    put("bob@example.net", SuppressionListReason::Complaint).send().await.unwrap();
    world.send("news", "ann@example.NET").await;
    let events = world.events().await;
    assert_eq!(events[1]["bounce"]["bounceSubType"], "OnAccountSuppressionList");
    world.send("news", "Bob@example.net").await;
    let events = world.events().await;
    assert_eq!(events[3]["complaint"]["complaintSubType"], "OnAccountSuppressionList");

    let only_bounces = SuppressionListReason::Bounce;
    world
        .ses
        .put_account_suppression_attributes()
        .suppressed_reasons(only_bounces)
        .send()
        .await
        .unwrap();
    world.send("news", "bob@example.net").await;
    assert_eq!(types(&world.events().await)[4..], ["Send", "Delivery"]);
}

#[tokio::test]
async fn paused_and_suspended_senders_are_refused() {
    let world = World::new().await;
    world.set("news").await;
    world.set("receipts").await;
    let to = "success@simulator.amazonses.com";
    let refusal = async |set| send(&world.ses, set, to).await.unwrap_err().into_service_error();
    let pause = world.ses.put_configuration_set_sending_options().configuration_set_name("news");
    pause.sending_enabled(false).send().await.unwrap();
    assert!(refusal("news").await.is_sending_paused_exception());
    world.send("receipts", to).await;
    assert!(refusal("unknown").await.is_not_found_exception());

    world.ses.put_account_sending_attributes().sending_enabled(false).send().await.unwrap();
    assert!(refusal("receipts").await.is_sending_paused_exception());
    assert!(!world.ses.get_account().send().await.unwrap().sending_enabled());

    world.control("PUT", "account", json!({"enforcement_status": "SHUTDOWN"})).await;
    assert!(refusal("receipts").await.is_account_suspended_exception());
    let resume = world.ses.put_account_sending_attributes().sending_enabled(true).send().await;
    assert!(resume.unwrap_err().into_service_error().is_bad_request_exception());
}

#[tokio::test]
async fn identities_are_enforced_when_asked_for_and_in_the_sandbox() {
    let world = World::new().await;
    world.set("news").await;
    world.control("PUT", "account", json!({"enforce_identities": true})).await;
    let refused = send(&world.ses, "news", "a@example.net").await.unwrap_err().into_service_error();
    assert!(refused.is_message_rejected());
    let created =
        world.ses.create_email_identity().email_identity("example.org").send().await.unwrap();
    assert!(created.verified_for_sending_status());
    world.send("news", "a@example.net").await;

    world.control("PUT", "account", json!({"production_access_enabled": false})).await;
    let refused = send(&world.ses, "news", "a@example.net").await.unwrap_err().into_service_error();
    assert!(refused.is_message_rejected());
    world.send("news", "success@simulator.amazonses.com").await;
}

#[tokio::test]
async fn an_access_key_stands_for_a_caller_and_a_source() {
    let world = World::new().await;
    world.set("news").await;
    let thief = json!({"caller_identity": "ci-deploy", "source_ip": "203.0.113.66"});
    world.control("PUT", "senders/AKIDSTOLEN", thief).await;
    let stolen = client(&world.server.url(), "AKIDSTOLEN");
    send(&stolen, "news", "success@simulator.amazonses.com").await.unwrap();
    let events = world.events().await;
    assert_eq!(events[0]["mail"]["tags"]["ses:caller-identity"], json!(["ci-deploy"]));
    assert_eq!(events[0]["mail"]["tags"]["ses:source-ip"], json!(["203.0.113.66"]));
}

#[tokio::test]
async fn a_duplicate_has_the_same_feedback_id() {
    let world = World::new().await;
    world.set("news").await;
    let plan =
        json!({"outcomes": [{"outcome": "complaint", "feedbackType": "abuse", "twice": true}]});
    world.control("PUT", "domains/*", plan).await;
    world.send("news", "a@recipient.example.net").await;
    let events = world.events().await;
    assert_eq!(types(&events), ["Send", "Delivery", "Complaint", "Complaint"]);
    assert_eq!(events[2], events[3]);
}

#[tokio::test]
async fn message_outcomes_concern_the_whole_message() {
    let world = World::new().await;
    world.set("news").await;
    for (outcome, expected) in
        [("reject", vec!["Send", "Reject"]), ("rendering_failure", vec!["Rendering Failure"])]
    {
        let before = world.events().await.len();
        world
            .control(
                "PUT",
                "domains/recipient.example.net",
                json!({"outcomes": [{"outcome": outcome}]}),
            )
            .await;
        world.send("news", "a@recipient.example.net").await;
        assert_eq!(types(&world.events().await[before..]), expected);
    }
}

#[tokio::test]
async fn a_publication_that_fails_for_a_while_is_retried() {
    let world = World::new().await;
    world.set("news").await;
    world.server.published().await;
    world.upstream.refuse_publish(2);
    world.send("news", "bounce@simulator.amazonses.com").await;
    assert_eq!(types(&world.events().await), ["Send", "Bounce"]);
    assert_eq!(world.server.unpublished().len(), 0);
}

#[tokio::test]
async fn a_set_made_by_a_stack_is_found_upstream() {
    let world = World::new().await;
    world.upstream.put_set("stacked", TOPIC, true);
    world.send("stacked", "bounce@simulator.amazonses.com").await;
    world.server.published().await;
    assert_eq!(world.upstream.texts().len(), 3, "notice, Send and Bounce");
    let unknown =
        send(&world.ses, "elsewhere", "a@example.net").await.unwrap_err().into_service_error();
    assert!(unknown.is_not_found_exception());
    let upstream: &Upstream = &world.upstream;
    assert_eq!(upstream.published()[0]["TopicArn"], TOPIC);
}
