//! suppress beside another environment that handles the same address at the same moment.

use serde_json::json;

use crate::invoke;
use crate::payloads::{bounce, complaint, sqs};
use crate::suppress_journal::{function, wire};
use crate::wire::{Answer, Wire};

const ADDRESS: &str = "jane@example.net";

async fn handle(wire: &Wire, event: String) {
    let function = function(wire, &[]);
    assert_eq!(invoke(&function, sqs(&[event])).await.unwrap(), [""; 0]);
}

fn reason(wire: &Wire) -> Option<String> {
    wire.world().suppressed.get(ADDRESS).cloned()
}

#[tokio::test]
async fn a_complaint_put_between_read_and_put_of_a_bounce_stays() {
    let wire = wire();
    handle(&wire, complaint(1, ADDRESS)).await;
    // The other environment read the list before the complaint was on it.
    wire.script("GetSuppressedDestination", vec![Answer::error(404, "NotFoundException")]);
    handle(&wire, bounce(2, ADDRESS)).await;
    assert_eq!(reason(&wire).as_deref(), Some("COMPLAINT"));
    let puts = wire.calls_of("PutSuppressedDestination");
    let reasons: Vec<&str> = puts.iter().filter_map(|call| call.body["Reason"].as_str()).collect();
    assert_eq!(reasons, ["COMPLAINT", "BOUNCE", "COMPLAINT"]);
}

#[tokio::test]
async fn a_bounce_that_replaced_a_complaint_is_corrected_when_it_comes_again() {
    let wire = wire();
    handle(&wire, complaint(1, ADDRESS)).await;
    // The environment died after its put.
    wire.world().suppressed.insert(ADDRESS.to_owned(), "BOUNCE".to_owned());
    handle(&wire, bounce(2, ADDRESS)).await;
    assert_eq!(reason(&wire).as_deref(), Some("COMPLAINT"));
}

#[tokio::test]
async fn a_complaint_that_was_removed_long_ago_does_not_come_back() {
    let wire = wire();
    handle(&wire, complaint(1, ADDRESS)).await;
    wire.world().suppressed.clear();
    for item in wire.world().table.values_mut() {
        let expires: i64 = item["expires_at"]["N"].as_str().unwrap().parse().unwrap();
        item["expires_at"] = json!({ "N": (expires - 4 * 3600).to_string() });
    }
    handle(&wire, bounce(2, ADDRESS)).await;
    assert_eq!(reason(&wire).as_deref(), Some("BOUNCE"));
}

#[tokio::test]
async fn a_journal_that_does_not_answer_keeps_no_bounce_off_the_list() {
    let wire = wire();
    wire.script("Query", vec![Answer::error(500, "InternalServerError"); 9]);
    handle(&wire, bounce(2, ADDRESS)).await;
    assert_eq!(reason(&wire).as_deref(), Some("BOUNCE"));
}
