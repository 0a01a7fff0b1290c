//! guard dies at every request it makes, once, and the next invocation ends it right.

use std::time::Duration;

use crate::guard_stack::{
    ACCOUNT, DOMAIN, EPISODE, SET, check, count, function, handled, scheduled, wire_with,
};
use crate::guard_trouble::{all_go, paused};
use crate::invoke_within;
use crate::payloads::alarm;
use crate::wire::Wire;

/// Dies after so many requests, in one invocation.
async fn die_at(wire: &Wire, requests: usize) {
    let guard = function(wire, &[]);
    wire.die_after(requests);
    let dead = async {
        while wire.calls().len() <= requests {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    // What hangs is dropped, as when the process ends.
    tokio::select! {
        _ = invoke_within(&guard, alarm("ALARM"), Duration::from_secs(60)) => panic!("it lived through {requests}"),
        () = dead => wire.revive(),
    }
}

/// What must hold after a crash and a whole invocation: all handled; notified at least once;
/// notified twice only under one id, and the second time saying so.
fn assert_ends_right(wire: &Wire, labels: &[[&str; 4]], action: &str, at: usize) {
    for label in labels {
        assert_eq!(
            handled(wire, *label).as_deref(),
            Some(EPISODE),
            "after {at}: {:?}",
            wire.operations()
        );
    }
    let notices = wire.world().notices.clone();
    assert!((1..=2).contains(&notices.len()), "after {at}: {notices:#?}");
    for notice in &notices {
        assert_eq!(notice.attributes["action"], action, "after {at}");
        assert_eq!(notice.attributes["id"], notices[0].attributes["id"], "after {at}");
    }
    assert!(!notices[0].message.contains("may repeat") || notices.len() == 1, "after {at}");
    if let Some(again) = notices.get(1) {
        assert!(again.message.contains("may repeat"), "after {at}");
    }
}

/// Dies at every request there is in a check of these alarms.
async fn die_everywhere(
    labels: &[[&str; 4]],
    action: &str,
    set_up: impl Fn(&Wire),
    is_paused: impl Fn(&Wire) -> bool,
) {
    let whole = wire_with(labels);
    set_up(&whole);
    check(&function(&whole, &[])).await.unwrap();
    assert_eq!(whole.world().notices.len(), 1);
    let calls = whole.operations();
    let published = calls.iter().position(|call| call == "Publish").unwrap();
    let to_note = calls[published..].iter().filter(|call| *call == "PutItem").count();
    let lives = (0..whole.calls().len()).map(async |requests| {
        let wire = wire_with(labels);
        set_up(&wire);
        die_at(&wire, requests).await;
        let guard = function(&wire, &[]);
        check(&guard).await.unwrap();
        assert_ends_right(&wire, labels, action, requests);
        assert!(is_paused(&wire), "after {requests}");
        // And nothing happens any more.
        let notified = wire.world().notices.len();
        check(&guard).await.unwrap();
        assert_eq!(wire.world().notices.len(), notified, "after {requests}");
        notified - 1
    });
    let repeated: usize = futures_util::future::join_all(lives).await.into_iter().sum();
    // Only a crash after the notice and before the journal knows it repeats a notice.
    assert_eq!(repeated, to_note, "of {} deaths", whole.calls().len());
}

#[tokio::test]
async fn with_an_alarm_of_the_account() {
    die_everywhere(&[ACCOUNT], "paused_account", |_| {}, |wire| !wire.world().account_sends).await;
}

#[tokio::test]
async fn with_two_alarms_of_one_set() {
    let bounce = ["configuration-set", "marketing", "bounce", "critical"];
    die_everywhere(&[SET, bounce], "paused_sets", |_| {}, |wire| !wire.world().sets["marketing"])
        .await;
}

#[tokio::test]
async fn with_a_domain_on_two_sets() {
    let set_up = |wire: &Wire| {
        count(&mut wire.world(), 1000.0, 200.0, &[("marketing", 120.0), ("news", 80.0)])
    };
    let is_paused = |wire: &Wire| !wire.world().sets["marketing"] && !wire.world().sets["news"];
    die_everywhere(&[DOMAIN], "paused_sets", set_up, is_paused).await;
}

#[tokio::test]
async fn what_somebody_resumed_before_the_notice_went_out_stays_resumed() {
    let wire = wire_with(&[ACCOUNT]);
    wire.script("Publish", [crate::wire::Answer::error(403, "AuthorizationError")]);
    let guard = function(&wire, &[]);
    check(&guard).await.unwrap_err();
    wire.world().account_sends = true;
    check(&guard).await.unwrap();
    assert!(wire.world().account_sends);
    let notice = wire.world().notices[0].clone();
    assert_eq!(notice.attributes["action"], "paused_account");
    assert!(notice.message.contains("Somebody has resumed it since"), "{}", notice.message);
}

/// guard dies, and the alarm leaves ALARM: the schedule finds what is off without a notice.
#[tokio::test]
async fn with_an_alarm_that_ends_before_the_next_invocation() {
    let whole = wire_with(&[SET]);
    check(&function(&whole, &[])).await.unwrap();
    let lives = (0..whole.calls().len()).map(async |requests| {
        let wire = wire_with(&[SET]);
        die_at(&wire, requests).await;
        all_go(&wire, "OK", 60);
        let guard = function(&wire, &[]);
        for _ in 0..2 {
            scheduled(&guard).await.unwrap();
        }
        let notices = wire.world().notices.clone();
        assert_eq!(paused(&wire).is_empty(), notices.is_empty(), "after {requests}");
        assert!(notices.len() <= 2, "after {requests}: {notices:#?}");
        for notice in &notices {
            assert_eq!(notice.attributes["id"], notices[0].attributes["id"], "after {requests}");
        }
        notices.is_empty()
    });
    let quiet = futures_util::future::join_all(lives).await;
    assert!(quiet.contains(&true) && quiet.contains(&false));
}
