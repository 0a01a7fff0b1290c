//! The suppression list over the wire.

use std::collections::BTreeSet;

use aws_sdk_sesv2::primitives::DateTime;
use aws_sdk_sesv2::types::SuppressionListReason::{Bounce, Complaint};
use aws_sdk_sesv2::types::SuppressionListScope;
use serde_json::json;

use crate::{TOPIC, World};

#[tokio::test]
async fn entries_keep_their_spelling_and_are_found_by_it_alone() {
    let world = World::new().await;
    let ses = &world.ses;
    ses.put_suppressed_destination()
        .email_address("Ann+x@Example.com")
        .reason(Bounce)
        .send()
        .await
        .unwrap();
    let found =
        ses.get_suppressed_destination().email_address("Ann+x@Example.com").send().await.unwrap();
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
        let put =
            world.ses.put_suppressed_destination().email_address("a@example.com").reason(reason);
        put.send().await.unwrap();
    }
    let found =
        world.ses.get_suppressed_destination().email_address("a@example.com").send().await.unwrap();
    assert_eq!(found.suppressed_destination().unwrap().reason(), &Bounce);
}

#[tokio::test]
async fn a_slash_is_taken_by_put_and_refused_in_a_path() {
    let world = World::new().await;
    let address = "dept/sales@example.com";
    world
        .ses
        .put_suppressed_destination()
        .email_address(address)
        .reason(Bounce)
        .send()
        .await
        .unwrap();
    let got = world.ses.get_suppressed_destination().email_address(address).send().await;
    assert!(got.unwrap_err().into_service_error().is_bad_request_exception());
    let deleted = world.ses.delete_suppressed_destination().email_address(address).send().await;
    assert!(deleted.unwrap_err().into_service_error().is_bad_request_exception());
}

#[tokio::test]
async fn what_ses_refuses_is_refused() {
    let world = World::new().await;
    for address in ["bounce@simulator.amazonses.com", "Name <a@example.com>", "nobody"] {
        let put = world
            .ses
            .put_suppressed_destination()
            .email_address(address)
            .reason(Bounce)
            .send()
            .await;
        assert!(put.unwrap_err().into_service_error().is_bad_request_exception(), "{address}");
    }
    let reason = "NOPE".into();
    let put = world
        .ses
        .put_suppressed_destination()
        .email_address("a@example.com")
        .reason(reason)
        .send()
        .await;
    assert!(put.unwrap_err().into_service_error().is_bad_request_exception());

    world.control("PUT", "account", json!({"production_access_enabled": false})).await;
    let put = world
        .ses
        .put_suppressed_destination()
        .email_address("a@example.com")
        .reason(Bounce)
        .send()
        .await;
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
    let second = world
        .ses
        .list_suppressed_destinations()
        .set_next_token(first.next_token)
        .send()
        .await
        .unwrap();
    assert_eq!(second.suppressed_destination_summaries().len(), 203);
    assert_eq!(second.next_token(), None);

    let complaints =
        world.ses.list_suppressed_destinations().reasons(Complaint).send().await.unwrap();
    assert_eq!(complaints.suppressed_destination_summaries().len(), 120);
    let later = DateTime::from_secs(4_000_000_000);
    let none = world.ses.list_suppressed_destinations().start_date(later).send().await.unwrap();
    assert_eq!(none.suppressed_destination_summaries().len(), 0);
    let all =
        world.ses.list_suppressed_destinations().end_date(later).page_size(1).send().await.unwrap();
    assert_eq!(all.suppressed_destination_summaries().len(), 1);

    let broken = world.ses.list_suppressed_destinations().next_token("???").send().await;
    assert!(broken.unwrap_err().into_service_error().is_invalid_next_token_exception());
    let too_many = world.ses.list_suppressed_destinations().page_size(1001).send().await;
    assert!(too_many.unwrap_err().into_service_error().is_bad_request_exception());
}

#[tokio::test]
async fn a_long_list_is_paged_without_gap_or_repeat_whatever_the_filter() {
    let world = World::new().await;
    let lines: String = (0..100_000)
        .map(|n| {
            let reason = if n % 50 == 0 { "COMPLAINT" } else { "BOUNCE" };
            format!("a{n:06}@example.com,{reason}\n")
        })
        .collect();
    world.upstream.put_object("/imports/long.csv", &lines);
    crate::import_jobs::import(&world, "s3://imports/long.csv").await;
    for (reason, total, pages) in
        [(None, 100_000, 100), (Some(Complaint), 2_000, 2), (Some(Bounce), 98_000, 98)]
    {
        let mut seen = BTreeSet::new();
        let mut token = None;
        let mut asked = 0;
        loop {
            let mut list = world.ses.list_suppressed_destinations().set_next_token(token);
            if let Some(reason) = &reason {
                list = list.reasons(reason.clone());
            }
            let page = list.send().await.unwrap();
            asked += 1;
            for summary in page.suppressed_destination_summaries() {
                assert!(reason.as_ref().is_none_or(|reason| reason == summary.reason()));
                assert!(
                    seen.insert(summary.email_address().to_owned()),
                    "{} twice",
                    summary.email_address()
                );
            }
            token = page.next_token;
            if token.is_none() {
                break;
            }
        }
        assert_eq!((seen.len(), asked), (total, pages), "{reason:?}");
    }
}

#[tokio::test]
async fn the_reasons_in_force_are_read_back_where_they_were_set() {
    let world = World::new().await;
    let account = async || {
        let account = world.ses.get_account().send().await.unwrap();
        account.suppression_attributes().unwrap().suppressed_reasons().to_vec()
    };
    assert_eq!(account().await, [Bounce, Complaint]);
    world.ses.put_account_suppression_attributes().suppressed_reasons(Bounce).send().await.unwrap();
    assert_eq!(account().await, [Bounce]);
    world.ses.put_account_suppression_attributes().send().await.unwrap();
    assert_eq!(account().await, []);

    world.set("news").await;
    let options = async || {
        let set =
            world.ses.get_configuration_set().configuration_set_name("news").send().await.unwrap();
        set.suppression_options
    };
    let put =
        || world.ses.put_configuration_set_suppression_options().configuration_set_name("news");
    assert_eq!(options().await, None);
    put().suppressed_reasons(Complaint).send().await.unwrap();
    assert_eq!(options().await.unwrap().suppressed_reasons(), [Complaint]);
    put()
        .set_suppressed_reasons(Some(vec![]))
        .suppression_scope(SuppressionListScope::Tenant)
        .send()
        .await
        .unwrap();
    let set = options().await.unwrap();
    assert_eq!(set.suppressed_reasons, Some(vec![]));
    assert_eq!(set.suppression_scope, Some(SuppressionListScope::Tenant));
    put().send().await.unwrap();
    assert_eq!(options().await, None);
}

#[tokio::test]
async fn the_reasons_of_a_set_go_before_the_accounts() {
    let world = World::new().await;
    world.set("news").await;
    world
        .ses
        .put_suppressed_destination()
        .email_address("a@example.net")
        .reason(Bounce)
        .send()
        .await
        .unwrap();
    let put =
        || world.ses.put_configuration_set_suppression_options().configuration_set_name("news");
    let last = async || {
        world.send("news", "a@example.net").await;
        world.events().await.last().unwrap()["eventType"].clone()
    };
    assert_eq!(last().await, "Bounce");
    put().suppressed_reasons(Complaint).send().await.unwrap();
    assert_eq!(last().await, "Delivery");
    world.ses.put_account_suppression_attributes().send().await.unwrap();
    put().suppressed_reasons(Bounce).send().await.unwrap();
    assert_eq!(last().await, "Bounce");
}

#[tokio::test]
async fn the_reasons_of_a_stack_are_taken_over_with_its_set() {
    let world = World::new().await;
    world.upstream.put_set("stacked", TOPIC, true);
    world.upstream.put_reasons("stacked", &["COMPLAINT"]);
    let set =
        world.ses.get_configuration_set().configuration_set_name("stacked").send().await.unwrap();
    assert_eq!(set.suppression_options().unwrap().suppressed_reasons(), [Complaint]);
}

fn reason(n: usize) -> &'static str {
    if n.is_multiple_of(10) && n < 1200 { "COMPLAINT" } else { "BOUNCE" }
}
