//! Topics that SES may not publish to.

use std::time::Duration;

use aws_sdk_sesv2::error::ProvideErrorMetadata;
use serde_json::{Value, json};

use crate::{TOPIC, World, destination};

const KEY: &str = "arn:aws:kms:eu-central-1:111122223333:key/0a1b";

impl World {
    /// The message with which a destination for a topic is refused, or nothing.
    async fn connect(&self, topic: &str) -> Option<String> {
        let create = self.ses.create_configuration_set_event_destination();
        let refused = create
            .configuration_set_name("news")
            .event_destination_name("feedback")
            .event_destination(destination(topic))
            .send()
            .await
            .err()?
            .into_service_error();
        assert!(refused.is_bad_request_exception(), "{refused:?}");
        Some(refused.message().unwrap().to_owned())
    }
}

async fn world() -> World {
    let world = World::new().await;
    world.ses.create_configuration_set().configuration_set_name("news").send().await.unwrap();
    world
}

fn statement(service: &str, actions: &[&str]) -> Value {
    json!({"Statement": [{"Effect": "Allow", "Principal": {"Service": service},
        "Action": actions, "Resource": "*"}]})
}

#[tokio::test]
async fn a_topic_that_is_missing_fifo_or_elsewhere_is_refused() {
    let world = world().await;
    world.upstream.delete_topic(TOPIC);
    assert_eq!(world.connect(TOPIC).await.unwrap(), format!("SNS topic <{TOPIC}> not found."));
    let elsewhere = TOPIC.replace("eu-central-1", "us-east-1");
    assert!(world.connect(&elsewhere).await.unwrap().ends_with("not found."));
    assert!(world.connect(&format!("{TOPIC}.fifo")).await.unwrap().contains("FIFO"));
}

#[tokio::test]
async fn the_policies_of_topic_and_key_must_let_ses_publish() {
    let world = world().await;
    let refused = Some(format!("Could not publish message to SNS topic <{TOPIC}>."));
    world.upstream.put_topic(TOPIC, &statement("s3.amazonaws.com", &["sns:Publish"]), None);
    assert_eq!(world.connect(TOPIC).await, refused);

    let open = statement("ses.amazonaws.com", &["sns:Publish"]);
    world.upstream.put_topic(TOPIC, &open, Some("alias/aws/sns"));
    assert_eq!(world.connect(TOPIC).await, refused);
    world.upstream.put_topic(TOPIC, &open, Some(KEY));
    assert_eq!(world.connect(TOPIC).await, refused, "no such key");
    world.upstream.put_key_policy(&statement("ses.amazonaws.com", &["kms:Decrypt"]));
    assert_eq!(world.connect(TOPIC).await, refused);
    let both = ["kms:Decrypt", "kms:GenerateDataKey*"];
    world.upstream.put_key_policy(&statement("ses.amazonaws.com", &both));
    assert_eq!(world.connect(TOPIC).await, None);
}

#[tokio::test]
async fn a_refused_change_leaves_the_destination_as_it_was() {
    let world = World::new().await;
    world.set("news").await;
    let other = TOPIC.replace("feedback", "other");
    world.upstream.delete_topic(&other);
    let update = world.ses.update_configuration_set_event_destination();
    let update = update.configuration_set_name("news").event_destination_name("feedback");
    assert!(update.event_destination(destination(&other)).send().await.is_err());
    let kept = world.ses.get_configuration_set_event_destinations().configuration_set_name("news");
    let kept = kept.send().await.unwrap();
    let sns = kept.event_destinations()[0].sns_destination().unwrap();
    assert_eq!(sns.topic_arn(), TOPIC);
}

#[tokio::test]
async fn a_stack_s_destination_that_ses_refuses_is_not_there_and_the_ledger_says_why() {
    let world = World::new().await;
    world.upstream.put_set("stacked", TOPIC, true);
    world.upstream.put_topic(TOPIC, &statement("s3.amazonaws.com", &["sns:Publish"]), None);
    let read = async || {
        let found =
            world.ses.get_configuration_set_event_destinations().configuration_set_name("stacked");
        found.send().await.unwrap().event_destinations().len()
    };
    assert_eq!(read().await, 0);
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(read().await, 0);
    let unpublished = world.control("GET", "unpublished", json!({})).await;
    assert_eq!(unpublished.as_array().unwrap().len(), 1);
    let error = format!("Could not publish message to SNS topic <{TOPIC}>.");
    assert_eq!(unpublished[0]["error"], error);
}

#[tokio::test]
async fn a_test_may_set_up_what_ses_would_refuse() {
    let world = world().await;
    world.control("PUT", "account", json!({"check_topics": false})).await;
    assert_eq!(world.connect(&format!("{TOPIC}.fifo")).await, None);
}
