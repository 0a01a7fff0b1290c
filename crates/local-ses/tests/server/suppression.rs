//! The suppression list over the wire.

use aws_sdk_sesv2::primitives::DateTime;
use aws_sdk_sesv2::types::SuppressionListReason::{Bounce, Complaint};
use serde_json::json;

use crate::World;

#[tokio::test]
async fn entries_keep_their_spelling_and_are_found_by_it_alone() {
    let world = World::new().await;
    let ses = &world.ses;
    ses.put_suppressed_destination().email_address("Ann+x@Example.com").reason(Bounce).send().await.unwrap();
    let found = ses.get_suppressed_destination().email_address("Ann+x@Example.com").send().await.unwrap();
    let destination = found.suppressed_destination().unwrap();
    assert_eq!(destination.email_address(), "Ann+x@Example.com");
    assert_eq!(destination.reason(), &Bounce);
    assert!(destination.last_update_time().secs() > 1_700_000_000);

    let other = ses.get_suppressed_destination().email_address("ann+x@example.com").send().await;
    assert!(other.unwrap_err().into_service_error().is_not_found_exception());
    let other = ses.delete_suppressed_destination().email_address("ann+x@example.com").send().await;
    assert!(other.unwrap_err().into_service_error().is_not_found_exception());
    ses.delete_suppressed_destination().email_address("Ann+x@Example.com").send().await.unwrap();
}

#[tokio::test]
async fn a_put_overrides_even_a_complaint() {
    let world = World::new().await;
    for reason in [Complaint, Bounce] {
        let put = world.ses.put_suppressed_destination().email_address("a@example.com").reason(reason);
        put.send().await.unwrap();
    }
    let found = world.ses.get_suppressed_destination().email_address("a@example.com").send().await.unwrap();
    assert_eq!(found.suppressed_destination().unwrap().reason(), &Bounce);
}

#[tokio::test]
async fn a_slash_is_taken_by_put_and_refused_in_a_path() {
    let world = World::new().await;
    let address = "dept/sales@example.com";
    world.ses.put_suppressed_destination().email_address(address).reason(Bounce).send().await.unwrap();
    let got = world.ses.get_suppressed_destination().email_address(address).send().await;
    assert!(got.unwrap_err().into_service_error().is_bad_request_exception());
    let deleted = world.ses.delete_suppressed_destination().email_address(address).send().await;
    assert!(deleted.unwrap_err().into_service_error().is_bad_request_exception());
}

#[tokio::test]
async fn what_ses_refuses_is_refused() {
    let world = World::new().await;
    for address in ["bounce@simulator.amazonses.com", "Name <a@example.com>", "nobody"] {
        let put = world.ses.put_suppressed_destination().email_address(address).reason(Bounce).send().await;
        assert!(put.unwrap_err().into_service_error().is_bad_request_exception(), "{address}");
    }
    let reason = "NOPE".into();
    let put = world.ses.put_suppressed_destination().email_address("a@example.com").reason(reason).send().await;
    assert!(put.unwrap_err().into_service_error().is_bad_request_exception());
    let tenant = world.ses.put_suppressed_destination().email_address("a@example.com").reason(Bounce);
    let put = tenant.tenant_name("acme").send().await;
    assert!(put.unwrap_err().into_service_error().is_not_found_exception());

    world.control("PUT", "account", json!({"production_access_enabled": false})).await;
    let put = world.ses.put_suppressed_destination().email_address("a@example.com").reason(Bounce).send().await;
    assert!(put.unwrap_err().into_service_error().is_bad_request_exception());
}

#[tokio::test]
async fn lists_come_in_pages_of_a_thousand_at_most() {
    let world = World::new().await;
    let lines: String = (0..1203).map(|n| format!("a{n}@example.com,{}\n", reason(n))).collect();
    world.upstream.put_object("/imports/list.csv", &lines);
    crate::import_jobs::import(&world, "s3://imports/list.csv").await;

    let first = world.ses.list_suppressed_destinations().send().await.unwrap();
    assert_eq!(first.suppressed_destination_summaries().len(), 1000);
    let second = world.ses.list_suppressed_destinations().set_next_token(first.next_token).send().await.unwrap();
    assert_eq!(second.suppressed_destination_summaries().len(), 203);
    assert_eq!(second.next_token(), None);

    let complaints = world.ses.list_suppressed_destinations().reasons(Complaint).send().await.unwrap();
    assert_eq!(complaints.suppressed_destination_summaries().len(), 120);
    let later = DateTime::from_secs(4_000_000_000);
    let none = world.ses.list_suppressed_destinations().start_date(later).send().await.unwrap();
    assert_eq!(none.suppressed_destination_summaries().len(), 0);
    let all = world.ses.list_suppressed_destinations().end_date(later).page_size(1).send().await.unwrap();
    assert_eq!(all.suppressed_destination_summaries().len(), 1);

    let broken = world.ses.list_suppressed_destinations().next_token("???").send().await;
    assert!(broken.unwrap_err().into_service_error().is_invalid_next_token_exception());
    let too_many = world.ses.list_suppressed_destinations().page_size(1001).send().await;
    assert!(too_many.unwrap_err().into_service_error().is_bad_request_exception());
}

fn reason(n: usize) -> &'static str {
    if n.is_multiple_of(10) && n < 1200 { "COMPLAINT" } else { "BOUNCE" }
}
