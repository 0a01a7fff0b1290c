//! Configuration sets, those of a stack included.

use std::time::Duration;

use serde_json::json;

use crate::{TOPIC, World, destination};

/// Longer than what was read upstream counts as fresh.
const STALE: Duration = Duration::from_millis(1100);

#[tokio::test]
async fn sets_are_created_listed_and_deleted() {
    let world = World::new().await;
    for name in ["news", "receipts"] {
        world.ses.create_configuration_set().configuration_set_name(name).send().await.unwrap();
    }
    world.upstream.put_set("stacked", TOPIC, true);
    let again = world.ses.create_configuration_set().configuration_set_name("stacked").send().await;
    assert!(again.unwrap_err().into_service_error().is_already_exists_exception());
    let listed = world.ses.list_configuration_sets().send().await.unwrap();
    assert_eq!(listed.configuration_sets(), ["news", "receipts", "stacked"]);
    for name in ["news", "stacked"] {
        world.ses.delete_configuration_set().configuration_set_name(name).send().await.unwrap();
    }
    let listed = world.ses.list_configuration_sets().send().await.unwrap();
    assert_eq!(listed.configuration_sets(), ["receipts"]);
    let gone = world.ses.get_configuration_set().configuration_set_name("news").send().await;
    assert!(gone.unwrap_err().into_service_error().is_not_found_exception());
}

#[tokio::test]
async fn the_sending_switch_is_read_back_and_resuming_starts_afresh() {
    let world = World::new().await;
    world.set("news").await;
    let switch = async |enabled| {
        let put = world.ses.put_configuration_set_sending_options().configuration_set_name("news");
        put.sending_enabled(enabled).send().await.unwrap();
        world.ses.get_configuration_set().configuration_set_name("news").send().await.unwrap()
    };
    world.send("news", "a@example.net").await;
    let paused = switch(false).await;
    assert!(!paused.sending_options().unwrap().sending_enabled());
    assert_eq!(paused.reputation_options().unwrap().last_fresh_start(), None);
    let resumed = switch(true).await;
    assert!(resumed.sending_options().unwrap().sending_enabled());
    assert!(resumed.reputation_options().unwrap().last_fresh_start().is_some());
    let state = world.control("GET", "state", json!({})).await;
    assert_eq!(state["configuration_sets"]["news"]["volume"], 0);
    assert_eq!(state["account"]["volume"], 1);
}

#[tokio::test]
async fn a_pause_here_holds_while_the_stack_is_unchanged() {
    let world = World::new().await;
    world.upstream.put_set("stacked", TOPIC, true);
    let pause = world.ses.put_configuration_set_sending_options().configuration_set_name("stacked");
    pause.sending_enabled(false).send().await.unwrap();
    tokio::time::sleep(STALE).await;
    let read =
        world.ses.get_configuration_set().configuration_set_name("stacked").send().await.unwrap();
    assert!(!read.sending_options().unwrap().sending_enabled());
    world.upstream.delete_set("stacked");
    tokio::time::sleep(STALE).await;
    let read = world.ses.get_configuration_set().configuration_set_name("stacked").send().await;
    assert!(read.unwrap_err().into_service_error().is_not_found_exception());
}

#[tokio::test]
async fn event_destinations_are_kept_changed_and_taken_away() {
    let world = World::new().await;
    world.set("news").await;
    let found = world.ses.get_configuration_set_event_destinations().configuration_set_name("news");
    let found = found.send().await.unwrap();
    assert_eq!(found.event_destinations().len(), 1);
    assert_eq!(found.event_destinations()[0].name(), "feedback");
    assert_eq!(found.event_destinations()[0].sns_destination().unwrap().topic_arn(), TOPIC);

    let other_topic = "arn:aws:sns:eu-central-1:111122223333:other";
    let update = |definition| {
        world
            .ses
            .update_configuration_set_event_destination()
            .configuration_set_name("news")
            .event_destination_name("feedback")
            .event_destination(definition)
            .send()
    };
    update(destination(other_topic)).await.unwrap();
    world.server.published().await;
    assert_eq!(
        world.upstream.published()[1]["TopicArn"],
        other_topic,
        "the notice for the new topic"
    );
    let delete =
        world.ses.delete_configuration_set_event_destination().configuration_set_name("news");
    delete.event_destination_name("feedback").send().await.unwrap();
    world.send("news", "bounce@simulator.amazonses.com").await;
    world.server.published().await;
    assert_eq!(world.upstream.texts().len(), 2, "the notices only");
}

#[tokio::test]
async fn identities_give_their_mail_a_set() {
    let world = World::new().await;
    world.set("news").await;
    let create = world.ses.create_email_identity().email_identity("news.example.org");
    create.configuration_set_name("news").send().await.unwrap();
    let found =
        world.ses.get_email_identity().email_identity("news.example.org").send().await.unwrap();
    assert_eq!(found.configuration_set_name(), Some("news"));
    assert_eq!(found.dkim_attributes().unwrap().tokens().len(), 3);
    let listed = world.ses.list_email_identities().send().await.unwrap();
    assert_eq!(listed.email_identities()[0].identity_name(), Some("news.example.org"));
    let to = aws_sdk_sesv2::types::Destination::builder()
        .to_addresses("success@simulator.amazonses.com")
        .build();
    let raw = aws_sdk_sesv2::types::RawMessage::builder()
        .data(aws_sdk_sesv2::primitives::Blob::new(
            "From: a@news.example.org\r\nSubject: Hi\r\n\r\nx",
        ))
        .build()
        .unwrap();
    let content = aws_sdk_sesv2::types::EmailContent::builder().raw(raw).build();
    world.ses.send_email().destination(to).content(content).send().await.unwrap();
    let events = world.events().await;
    assert_eq!(events[0]["mail"]["tags"]["ses:configuration-set"], json!(["news"]));
    world.ses.delete_email_identity().email_identity("news.example.org").send().await.unwrap();
    let gone = world.ses.get_email_identity().email_identity("news.example.org").send().await;
    assert!(gone.unwrap_err().into_service_error().is_not_found_exception());
}
