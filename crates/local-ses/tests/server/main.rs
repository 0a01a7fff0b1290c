//! The server as its users see it: the real SES v2 client in front, a recording
//! stand-in for SNS, CloudWatch, S3 and the SES store of a local AWS behind.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test helpers may fail loudly"
)]

mod configuration_sets;
mod control;
mod import_jobs;
mod regions;
mod reputation;
mod reputation_entities;
mod sending;
mod suppression;
mod tags;
mod tenants;
mod topics;
mod trail;
mod upstream;
mod vdm;

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_sdk_sesv2::Client;
use aws_sdk_sesv2::config::{BehaviorVersion, Config, Region};
use aws_sdk_sesv2::types::{
    Body, Content, Destination, EmailContent, EventDestinationDefinition, EventType, Message,
    SnsDestination,
};
use aws_smithy_http_client::Builder;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use axum::body::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::Client as LegacyClient;
use hyper_util::rt::TokioExecutor;
use local_ses::{Identity, Options, Server};
use serde_json::{Value, json};
use upstream::Upstream;

const TOPIC: &str = "arn:aws:sns:eu-central-1:111122223333:feedback";

/// A server, a client of it, and what stands behind it.
struct World {
    server: Server,
    ses: Client,
    upstream: Upstream,
}

impl World {
    async fn new() -> Self {
        let upstream = Upstream::start().await;
        let server = Server::start(Options {
            upstream: Some(upstream.url()),
            identity: Identity { region: "eu-central-1".to_owned(), ..Identity::default() },
            account_id: "111122223333".to_owned(),
            representative_volume: 100,
            ..Options::default()
        })
        .await
        .unwrap();
        let ses = client(&server.url(), "AKIDEXAMPLE");
        Self { server, ses, upstream }
    }

    /// Creates a configuration set that publishes the usual events.
    async fn set(&self, name: &str) {
        self.ses.create_configuration_set().configuration_set_name(name).send().await.unwrap();
        self.ses
            .create_configuration_set_event_destination()
            .configuration_set_name(name)
            .event_destination_name("feedback")
            .event_destination(destination(TOPIC))
            .send()
            .await
            .unwrap();
    }

    async fn send(&self, set: &str, to: &str) -> String {
        send(&self.ses, set, to).await.unwrap()
    }

    async fn control(&self, method: &str, path: &str, body: Value) -> Value {
        self.server.control(method, path, &body).await.unwrap()
    }

    /// The events published so far, the notice aside.
    async fn events(&self) -> Vec<Value> {
        self.server.published().await;
        let texts = self.upstream.texts();
        texts.iter().filter_map(|text| serde_json::from_str(text).ok()).collect()
    }
}

async fn send(
    ses: &Client,
    set: &str,
    to: &str,
) -> Result<
    String,
    aws_sdk_sesv2::error::SdkError<aws_sdk_sesv2::operation::send_email::SendEmailError>,
> {
    let text = |text: &str| Content::builder().data(text).build().unwrap();
    let message = Message::builder()
        .subject(text("Hi"))
        .body(Body::builder().text(text("x")).build())
        .build();
    let sent = ses
        .send_email()
        .from_email_address("News <news@News.example.org>")
        .destination(Destination::builder().to_addresses(to).build())
        .content(EmailContent::builder().simple(message).build())
        .configuration_set_name(set)
        .send()
        .await?;
    Ok(sent.message_id().unwrap().to_owned())
}

/// The body of a plain GET, signed by nobody.
async fn get(url: &str) -> String {
    let client = LegacyClient::builder(TokioExecutor::new()).build_http::<Empty<Bytes>>();
    let answer = client.get(url.parse().unwrap()).await.unwrap();
    assert!(answer.status().is_success(), "{url}: {}", answer.status());
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(body.to_vec()).unwrap()
}

fn destination(topic: &str) -> EventDestinationDefinition {
    EventDestinationDefinition::builder()
        .enabled(true)
        .set_matching_event_types(Some(vec![
            EventType::Send,
            EventType::Delivery,
            EventType::Bounce,
            EventType::Complaint,
            EventType::Reject,
            EventType::RenderingFailure,
            EventType::DeliveryDelay,
        ]))
        .sns_destination(SnsDestination::builder().topic_arn(topic).build().unwrap())
        .build()
}

fn client(url: &str, access_key_id: &str) -> Client {
    client_in("eu-central-1", url, access_key_id)
}

/// A client that does not retry, so that each refusal is seen.
fn client_in(region: &'static str, url: &str, access_key_id: &str) -> Client {
    let timeouts = TimeoutConfig::builder().operation_timeout(Duration::from_secs(5)).build();
    Client::from_conf(
        Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(region))
            .endpoint_url(url)
            .credentials_provider(Credentials::new(access_key_id, "secret", None, None, "test"))
            .http_client(Builder::new().build_http())
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts)
            .build(),
    )
}

#[tokio::test]
async fn the_server_listens_on_the_loopback_interface_only() {
    let options = Options { listen: "192.0.2.1:0".parse().unwrap(), ..Options::default() };
    assert!(Server::start(options).await.is_err());
}

#[tokio::test]
async fn a_dropped_server_stops_even_for_open_connections() {
    let world = World::new().await;
    world.ses.get_account().send().await.unwrap();
    let World { server, ses, .. } = world;
    drop(server);
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(ses.get_account().send().await.is_err());
}

#[tokio::test]
async fn without_an_upstream_events_are_unpublished_and_say_why() {
    let server = Server::start(Options::default()).await.unwrap();
    let ses = client(&server.url(), "AKIDEXAMPLE");
    ses.create_configuration_set().configuration_set_name("news").send().await.unwrap();
    ses.create_configuration_set_event_destination()
        .configuration_set_name("news")
        .event_destination_name("feedback")
        .event_destination(destination(TOPIC))
        .send()
        .await
        .unwrap();
    server.published().await;
    assert_eq!(server.events().len(), 0);
    let unpublished = server.control("GET", "unpublished", &json!({})).await.unwrap();
    assert_eq!(unpublished[0]["event_type"], "notice");
    assert_eq!(unpublished[0]["error"], "no upstream to publish to");
}
