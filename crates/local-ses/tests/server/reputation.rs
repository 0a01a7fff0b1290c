//! Reputation metrics in CloudWatch.

use serde_json::json;

use crate::World;
use crate::upstream::Metric;

fn metric(name: &str, set: Option<&str>, value: f64) -> Metric {
    let dimensions = set.map(|set| ("ses:configuration-set".to_owned(), set.to_owned()));
    Metric {
        namespace: "AWS/SES".to_owned(),
        name: name.to_owned(),
        dimensions: dimensions.into_iter().collect(),
        value,
    }
}

#[tokio::test]
async fn rates_are_published_as_fractions_for_account_and_set() {
    let world = World::new().await;
    for set in ["news", "receipts"] {
        world.set(set).await;
    }
    let enable =
        world.ses.put_configuration_set_reputation_options().configuration_set_name("news");
    enable.reputation_metrics_enabled(true).send().await.unwrap();
    for (domain, outcome) in [("b.example.net", "bounce"), ("c.example.net", "complaint")] {
        world
            .control(
                "PUT",
                &format!("domains/{domain}"),
                json!({"outcomes": [{"outcome": outcome}]}),
            )
            .await;
    }
    for to in
        ["a@b.example.net", "a@c.example.net", "a@d.example.net", "bounce@simulator.amazonses.com"]
    {
        world.send("news", to).await;
    }
    world.send("receipts", "a@d.example.net").await;
    let answer = world.control("POST", "reputation", json!({})).await;
    assert_eq!(answer["published"].as_array().unwrap().len(), 2);
    let third = 1.0 / 3.0;
    assert_eq!(
        world.upstream.metrics(),
        [
            metric("Reputation.BounceRate", None, 0.25),
            metric("Reputation.ComplaintRate", None, 0.25),
            metric("Reputation.BounceRate", Some("news"), third),
            metric("Reputation.ComplaintRate", Some("news"), third),
        ]
    );
}

#[tokio::test]
async fn nothing_is_published_before_anything_is_sent() {
    let world = World::new().await;
    let answer = world.control("POST", "reputation", json!({})).await;
    assert_eq!(answer["published"], json!([]));
    assert_eq!(world.upstream.metrics(), []);
}

#[tokio::test]
async fn bounces_at_verified_domains_do_not_count() {
    let world = World::new().await;
    world.set("news").await;
    world.ses.create_email_identity().email_identity("example.net").send().await.unwrap();
    world.control("PUT", "domains/*", json!({"outcomes": [{"outcome": "bounce"}]})).await;
    world.send("news", "a@example.net").await;
    let state = world.control("GET", "state", json!({})).await;
    assert_eq!(state["account"]["bounce_rate"], 0.0);
}

#[tokio::test]
async fn many_sets_go_in_one_compressed_request() {
    let world = World::new().await;
    for n in 0..80 {
        let set = format!("a-set-with-quite-a-long-name-{n}");
        world.set(&set).await;
        let enable =
            world.ses.put_configuration_set_reputation_options().configuration_set_name(&set);
        enable.reputation_metrics_enabled(true).send().await.unwrap();
        world.send(&set, "a@example.net").await;
    }
    world.control("POST", "reputation", json!({})).await;
    assert_eq!(world.upstream.metrics().len(), 2 * 81);
    assert_eq!(world.upstream.gzip_requests(), 1);
}
