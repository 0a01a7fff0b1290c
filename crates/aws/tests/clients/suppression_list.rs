//! The suppression list, and what all SES calls share.

use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;
use warden_aws::{Class, ListFilter, RateLimiter, SendingSwitch, SuppressionList};
use warden_domain::suppression::SuppressionReason;

use crate::wire::{Answer, Wire};
use crate::{connection, connection_to, dead_url, fast};

const PUT: &str = "PutSuppressedDestination";

fn list(wire: &Wire) -> SuppressionList {
    SuppressionList::new(&connection(wire), fast())
}

#[tokio::test]
async fn a_put_is_signed_rest_json_in_the_spelling_given() {
    let wire = Wire::start();
    list(&wire)
        .put(None, "Jane.O'Roe+a/b@example.com", SuppressionReason::Complaint)
        .await
        .unwrap();
    let calls = wire.calls();
    assert_eq!(calls.len(), 1);
    assert_eq!(
        (calls[0].method.as_str(), calls[0].path.as_str()),
        ("PUT", "/v2/email/suppression/addresses")
    );
    assert_eq!(
        calls[0].body,
        json!({ "EmailAddress": "Jane.O'Roe+a/b@example.com", "Reason": "COMPLAINT" })
    );
    assert_eq!(calls[0].signed_for, "eu-central-1/ses");
}

#[tokio::test]
async fn a_get_answers_with_the_reason_or_none() {
    let wire = Wire::start();
    wire.world().suppressed.insert("Jane@example.com".into(), "COMPLAINT".into());
    wire.world().suppressed.insert("joe@example.com".into(), "BOUNCE".into());
    let list = list(&wire);
    assert_eq!(
        list.get(None, "Jane@example.com").await.unwrap(),
        Some(SuppressionReason::Complaint)
    );
    assert_eq!(list.get(None, "joe@example.com").await.unwrap(), Some(SuppressionReason::Bounce));
    assert_eq!(list.get(None, "jane@example.com").await.unwrap(), None);
    assert_eq!(wire.calls()[0].path, "/v2/email/suppression/addresses/Jane%40example.com");
}

#[tokio::test]
async fn an_address_with_a_slash_can_be_put_and_not_read() {
    let wire = Wire::start();
    let list = list(&wire);
    list.put(None, "a/b@example.com", SuppressionReason::Bounce).await.unwrap();
    let error = list.get(None, "a/b@example.com").await.unwrap_err();
    assert_eq!(error.class, Class::Refused { code: "BadRequestException".into() });
    assert!(!error.retry_can_help());
    // The slash is not a path separator on the wire.
    assert_eq!(wire.calls()[1].path, "/v2/email/suppression/addresses/a%2Fb%40example.com");
}

#[tokio::test]
async fn a_throttled_put_is_repeated_more_slowly() {
    let wire = Wire::start();
    wire.script(PUT, [Answer::throttled(), Answer::throttled()]);
    let limiter = RateLimiter::per_second(20.0);
    let list = SuppressionList::new(&connection(&wire), limiter);
    let start = Instant::now();
    list.put(None, "jane@example.com", SuppressionReason::Bounce).await.unwrap();
    assert_eq!(wire.operations(), [PUT, PUT, PUT]);
    // 50 ms doubled is 100 ms before the second try, doubled again before the third.
    assert!(start.elapsed() >= Duration::from_millis(300), "{:?}", start.elapsed());
    assert_eq!(wire.world().suppressed.len(), 1);
}

#[tokio::test]
async fn endless_throttling_is_reported_as_throttling() {
    let wire = Wire::start();
    wire.script(PUT, vec![Answer::throttled(); 9]);
    let error =
        list(&wire).put(None, "jane@example.com", SuppressionReason::Bounce).await.unwrap_err();
    assert_eq!((error.operation, &error.class), (PUT, &Class::Throttled));
    assert!(error.retry_can_help());
    assert_eq!(wire.calls().len(), 3);
}

#[tokio::test]
async fn a_fault_of_the_service_is_repeated() {
    let wire = Wire::start();
    wire.script(
        PUT,
        [Answer::error(500, "InternalServiceError"), Answer::error(503, "ServiceUnavailable")],
    );
    list(&wire).put(None, "jane@example.com", SuppressionReason::Bounce).await.unwrap();
    assert_eq!(wire.calls().len(), 3);
}

#[tokio::test]
async fn a_refusal_is_final_and_quotes_no_address() {
    let wire = Wire::start();
    let message = "Invalid email address <Jane.Roe@example.com>\u{7}\nor jane@example.com";
    wire.script(
        PUT,
        [Answer::Error {
            status: 400,
            code: "BadRequestException".into(),
            message: message.into(),
        }],
    );
    let error =
        list(&wire).put(None, "jane@example.com", SuppressionReason::Bounce).await.unwrap_err();
    assert_eq!(error.class, Class::Refused { code: "BadRequestException".into() });
    assert!(!error.retry_can_help());
    assert_eq!(wire.calls().len(), 1);
    for text in [error.to_string(), format!("{error:?}")] {
        assert!(!text.contains("example.com") && !text.to_lowercase().contains("jane"), "{text}");
        assert!(!error.to_string().chars().any(char::is_control), "{text}");
    }
}

#[tokio::test]
async fn a_denied_call_is_not_repeated_but_must_not_be_lost() {
    let wire = Wire::start();
    wire.script(PUT, [Answer::error(403, "AccessDeniedException")]);
    let error =
        list(&wire).put(None, "jane@example.com", SuppressionReason::Bounce).await.unwrap_err();
    assert_eq!(error.class, Class::Denied);
    assert!(error.retry_can_help());
    assert_eq!(wire.calls().len(), 1);
}

#[tokio::test]
async fn a_broken_connection_is_repeated_for_ses() {
    let wire = Wire::start();
    wire.script(PUT, [Answer::Broken]);
    list(&wire).put(None, "jane@example.com", SuppressionReason::Bounce).await.unwrap();
    assert_eq!(wire.calls().len(), 2);
}

/// The server has a clock of its own, so the paused one only runs out the time-outs.
#[tokio::test(start_paused = true)]
async fn a_service_that_hangs_is_given_up() {
    let wire = Wire::start();
    wire.script(PUT, vec![Answer::Hang; 9]);
    let start = Instant::now();
    let error =
        list(&wire).put(None, "jane@example.com", SuppressionReason::Bounce).await.unwrap_err();
    assert_eq!(error.class, Class::Temporary);
    assert!(error.retry_can_help());
    assert!(start.elapsed() <= Duration::from_secs(31), "{:?}", start.elapsed());
}

#[tokio::test]
async fn nobody_listening_is_temporary() {
    let list = SuppressionList::new(&connection_to(&dead_url()), fast());
    let error = list.put(None, "jane@example.com", SuppressionReason::Bounce).await.unwrap_err();
    assert_eq!(error.class, Class::Temporary);
}

#[tokio::test]
async fn clients_of_one_pace_wait_for_each_other() {
    let wire = Wire::start();
    let limiter = RateLimiter::per_second(10.0);
    let connection = connection(&wire);
    let list = SuppressionList::new(&connection, limiter.clone());
    let switch = SendingSwitch::new(&connection, limiter);
    let start = Instant::now();
    let (put, account, get) = tokio::join!(
        list.put(None, "a@example.com", SuppressionReason::Bounce),
        switch.account(),
        list.get(None, "b@example.com")
    );
    put.unwrap();
    account.unwrap();
    get.unwrap();
    assert!(start.elapsed() >= Duration::from_millis(200), "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_listing_asks_for_whole_pages_of_what_the_filter_admits() {
    let wire = Wire::start();
    let page = |entries: serde_json::Value, next: Option<&str>| {
        Answer::Ok(json!({ "SuppressedDestinationSummaries": entries, "NextToken": next }))
    };
    let entry = |address: &str, reason: &str| json!({ "EmailAddress": address, "Reason": reason, "LastUpdateTime": 1_619_797_381.25 });
    let first = json!([entry("Ann@example.com", "BOUNCE"), entry("ben@example.com", "NEW")]);
    wire.script(
        "ListSuppressedDestinations",
        [page(first, Some("more")), page(json!([]), None), Answer::Ok(json!({}))],
    );
    let list = list(&wire);
    let filter = ListFilter {
        tenant: Some("acme".into()),
        reason: Some(SuppressionReason::Bounce),
        since: Some(86_400),
        until: Some(172_800),
    };
    let found = list.page(&filter, None).await.unwrap();
    let entries: Vec<_> = found
        .entries
        .iter()
        .map(|e| (e.address.expose(), e.reason.as_str(), e.updated_ms))
        .collect();
    let at = 1_619_797_381_250;
    assert_eq!(entries, [("Ann@example.com", "BOUNCE", at), ("ben@example.com", "NEW", at)]);
    assert_eq!(found.next.as_deref(), Some("more"));
    assert_eq!(list.page(&ListFilter::default(), Some("more")).await.unwrap().next, None);
    let query = |call: usize| wire.calls()[call].body["@query"].clone();
    assert_eq!(
        query(0),
        json!({ "PageSize": "1000", "Reason": "BOUNCE", "TenantName": "acme",
            "StartDate": "1970-01-02T00:00:00Z", "EndDate": "1970-01-03T00:00:00Z" })
    );
    assert_eq!(query(1), json!({ "PageSize": "1000", "NextToken": "more" }));
    // An answer without the list is no empty list.
    assert!(list.page(&ListFilter::default(), None).await.is_err());
}
