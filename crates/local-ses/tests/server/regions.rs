//! All Regions of an account on one server: the signature says which is meant.

use std::time::{Duration, Instant};

use aws_sdk_sesv2::Client;
use aws_sdk_sesv2::types::SuppressionListImportAction::Put;
use aws_sdk_sesv2::types::SuppressionListReason::{Bounce, Complaint};
use serde_json::{Value, json};

use crate::import_jobs::create;
use crate::{World, client_in, get, send};

/// A client for another Region than the server's own, eu-central-1.
fn west(world: &World) -> Client {
    client_in("eu-west-1", &world.server.url(), "AKIDEXAMPLE")
}

#[tokio::test]
async fn each_region_has_a_list_of_its_own() {
    let world = World::new().await;
    world.set("news").await;
    let west = west(&world);
    west.put_suppressed_destination()
        .email_address("a@example.net")
        .reason(Complaint)
        .send()
        .await
        .unwrap();
    let home = world.ses.get_suppressed_destination().email_address("a@example.net").send().await;
    assert!(home.unwrap_err().into_service_error().is_not_found_exception());
    let listed = west.list_suppressed_destinations().send().await.unwrap();
    assert_eq!(listed.suppressed_destination_summaries().len(), 1);
    let listed = world.ses.list_suppressed_destinations().send().await.unwrap();
    assert_eq!(listed.suppressed_destination_summaries().len(), 0);

    world.send("news", "a@example.net").await;
    send(&west, "news", "a@example.net").await.unwrap();
    let events = world.events().await;
    let types: Vec<&str> =
        events.iter().map(|event| event["eventType"].as_str().unwrap()).collect();
    assert_eq!(types, ["Send", "Delivery", "Send", "Complaint"]);
    let arn = &events[3]["mail"]["sourceArn"];
    assert_eq!(arn, "arn:aws:ses:eu-west-1:111122223333:identity/news.example.org");
    west.delete_suppressed_destination().email_address("a@example.net").send().await.unwrap();
}

#[tokio::test]
async fn the_control_plane_tells_regions_apart_and_home_as_before() {
    let world = World::new().await;
    let west = west(&world);
    world
        .ses
        .put_suppressed_destination()
        .email_address("home@example.net")
        .reason(Bounce)
        .send()
        .await
        .unwrap();
    for name in ["a", "b"] {
        let address = format!("{name}@example.net");
        west.put_suppressed_destination()
            .email_address(address)
            .reason(Bounce)
            .send()
            .await
            .unwrap();
    }
    let home = json!({"entries": {"home@example.net": "BOUNCE"}, "count": 1});
    assert_eq!(world.control("GET", "suppression", json!({})).await, home);
    assert_eq!(world.control("GET", "suppression?region=eu-central-1", json!({})).await, home);
    let other = world.control("GET", "suppression?region=eu-west-1", json!({})).await;
    assert_eq!(
        other,
        json!({"entries": {"a@example.net": "BOUNCE", "b@example.net": "BOUNCE"}, "count": 2})
    );
    let never_named = world.control("GET", "suppression?region=us-west-2", json!({})).await;
    assert_eq!(never_named, json!({"entries": {}, "count": 0}));

    let state = world.control("GET", "state", json!({})).await;
    assert_eq!(state["suppression_list"].as_array().unwrap().len(), 1);
    assert_eq!(state["suppression_list"][0]["email_address"], "home@example.net");
    let region = json!({"suppressed": 2, "suppressed_by_tenant": {}, "import_jobs": {}, "calls": {"PutSuppressedDestination": 2}});
    assert_eq!(state["regions"]["eu-west-1"], region);
    assert_eq!(
        world.control("GET", "calls", json!({})).await,
        json!({"PutSuppressedDestination": 3})
    );
    let of_one = world.control("GET", "calls?region=eu-west-1", json!({})).await;
    assert_eq!(of_one, json!({"PutSuppressedDestination": 2}));
    let regions: Vec<String> =
        world.server.call_log().into_iter().map(|call| call.region).collect();
    assert_eq!(regions, ["eu-central-1", "eu-west-1", "eu-west-1"]);
}

#[tokio::test]
async fn an_unsigned_request_is_for_the_home_region() {
    let world = World::new().await;
    world
        .ses
        .put_suppressed_destination()
        .email_address("home@example.net")
        .reason(Bounce)
        .send()
        .await
        .unwrap();
    let listed = get(&format!("{}/v2/email/suppression/addresses", world.server.url())).await;
    let listed: Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(listed["SuppressedDestinationSummaries"][0]["EmailAddress"], "home@example.net");
}

#[tokio::test]
async fn each_region_has_a_rate_of_its_own() {
    let world = World::new().await;
    let west = west(&world);
    world.control("PUT", "faults", json!({"rate_limit_per_second": 1})).await;
    for ses in [&world.ses, &west] {
        ses.get_account().send().await.unwrap();
        let limited = ses.get_account().send().await.unwrap_err();
        assert!(limited.into_service_error().is_too_many_requests_exception());
    }
}

#[tokio::test]
async fn a_region_can_be_down_alone() {
    let world = World::new().await;
    let (west, south) = (west(&world), client_in("eu-south-1", &world.server.url(), "AKIDEXAMPLE"));
    let faults = json!({
        "fail": [{"operation": "*", "region": "eu-west-1", "status": 503, "code": "ServiceUnavailable"}],
        "hang": [{"operation": "*", "region": "eu-south-1", "seconds": 1}],
    });
    world.control("PUT", "faults", faults).await;
    let down = west.get_account().send().await.unwrap_err();
    assert_eq!(down.raw_response().unwrap().status().as_u16(), 503);
    let start = Instant::now();
    world.ses.get_account().send().await.unwrap();
    assert!(start.elapsed() < Duration::from_secs(1));
    south.get_account().send().await.unwrap();
    assert!(start.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn import_jobs_are_of_one_region() {
    let world = World::new().await;
    let west = west(&world);
    world.upstream.put_object("/imports/a.csv", "a@example.net,BOUNCE\n");
    world.control("PUT", "import-jobs", json!({"region": "eu-west-1", "fail_next": 1})).await;
    let home = create(&world.ses, "s3://imports/a.csv", Put).await.unwrap();
    let other = create(&west, "s3://imports/a.csv", Put).await.unwrap();
    let elsewhere = west.get_import_job().job_id(&home).send().await.unwrap_err();
    assert!(elsewhere.into_service_error().is_not_found_exception());
    assert_eq!(west.list_import_jobs().send().await.unwrap().import_jobs().len(), 1);
    west.get_import_job().job_id(&other).send().await.unwrap();
    let expected =
        [("eu-central-1", json!({"COMPLETED": 1}), 1), ("eu-west-1", json!({"FAILED": 1}), 0)];
    for (region, jobs, entries) in expected {
        loop {
            let state = world.control("GET", "state", json!({})).await;
            if state["regions"][region]["import_jobs"] == jobs {
                assert_eq!(state["regions"][region]["suppressed"], entries);
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}
