//! guard ends pauses of its own, where a setting says after how long.

use serde_json::json;
use warden_lambda::now_millis;

use crate::guard_incidents::{TENANT, TENANT_ARN};
use crate::guard_stack::{
    ACCOUNT, IN_ALARM_AT, SET, check, edit_incident, function, incident, notified, put_in_alarm,
    scheduled, was_paused, wire_with,
};
use crate::guard_trouble::{PUT, all_go, message, paused};
use crate::wire::{Answer, Wire};

/// A set that guard paused long ago, whose alarm is OK again.
async fn paused_long_ago() -> Wire {
    let wire = wire_with(&[SET]);
    check(&function(&wire, &[])).await.unwrap();
    was_paused(&wire, SET, 300 * 86_400);
    let mut world = wire.world();
    world.alarms[0].state = "OK".into();
    world.alarms[0].transitioned_at = Some(IN_ALARM_AT + 60.0);
    drop(world);
    wire
}

const AUTO_RESUME: [(&str, &str); 1] = [("WARDEN_MAX_PAUSE_MINUTES", "60")];

#[tokio::test]
async fn own_pause_ends_after_the_longest_time() {
    let wire = paused_long_ago().await;
    scheduled(&function(&wire, &[])).await.unwrap();
    assert!(!wire.world().sets["marketing"], "it is off by default");
    let guard = function(&wire, &AUTO_RESUME);
    for _ in 0..2 {
        scheduled(&guard).await.unwrap();
    }
    assert!(wire.world().sets["marketing"]);
    assert_eq!(notified(&wire), ["paused_sets", "lifted"]);
    let put = wire.calls_of("PutConfigurationSetSendingOptions").pop().unwrap();
    assert_eq!(put.body["SendingEnabled"], true);
}

#[tokio::test]
async fn a_pause_is_not_ended_when_it_is_recent_or_the_alarm_lasts_or_aws_minds_or_it_is_not_ours()
{
    type Case = (&'static str, fn(&Wire));
    let cases: [Case; 5] = [
        ("the alarm lasts", |wire| wire.world().alarms[0].state = "ALARM".into()),
        ("too little data", |wire| wire.world().alarms[0].state = "INSUFFICIENT_DATA".into()),
        ("AWS minds", |wire| wire.world().enforcement_status = "PROBATION".into()),
        ("not ours", |wire| edit_incident(wire, SET, |state| state["phase"] = "handled".into())),
        ("another incident", |wire| put_in_alarm(&mut wire.world(), ACCOUNT)),
    ];
    for (case, set_up) in cases {
        let wire = paused_long_ago().await;
        set_up(&wire);
        scheduled(&function(&wire, &AUTO_RESUME)).await.unwrap();
        assert!(!wire.world().sets["marketing"], "{case}");
    }
    let wire = wire_with(&[SET]);
    let guard = function(&wire, &AUTO_RESUME);
    scheduled(&guard).await.unwrap();
    wire.world().alarms[0].state = "OK".into();
    scheduled(&guard).await.unwrap();
    assert!(!wire.world().sets["marketing"], "recent");
}

#[tokio::test]
async fn no_resume_while_the_journal_cannot_be_read() {
    let wire = paused_long_ago().await;
    wire.script("Query", vec![Answer::error(403, "AccessDeniedException"); 9]);
    scheduled(&function(&wire, &AUTO_RESUME)).await.unwrap_err();
    assert_eq!(notified(&wire), ["paused_sets", "journal_unavailable"]);
    assert!(!wire.world().sets["marketing"]);
}

#[tokio::test]
async fn pause_that_somebody_made_again_is_not_ended() {
    let wire = paused_long_ago().await;
    let guard = function(&wire, &AUTO_RESUME);
    wire.world().sets.insert("marketing".into(), true);
    scheduled(&guard).await.unwrap();
    assert_eq!(incident(&wire, SET).unwrap().1, "ended");
    wire.world().sets.insert("marketing".into(), false);
    scheduled(&guard).await.unwrap();
    assert!(!wire.world().sets["marketing"]);
    assert_eq!(notified(&wire), ["paused_sets"]);
}

#[tokio::test]
async fn interrupted_resume_is_finished_with_one_notice() {
    for sends in [true, false] {
        let wire = paused_long_ago().await;
        wire.world().sets.insert("marketing".into(), sends);
        edit_incident(&wire, SET, |state| {
            let (target, at) = (&state["phase"]["paused"]["target"], now_millis());
            state["phase"] = json!({ "resuming": { "target": target, "at": at - 9_000_000,
                "since": at, "may_switch": true } });
        });
        let guard = function(&wire, &AUTO_RESUME);
        scheduled(&guard).await.unwrap();
        scheduled(&guard).await.unwrap();
        assert_eq!(notified(&wire), ["paused_sets", "lifted"]);
        assert!(message(&wire, 1).contains("may repeat"), "it may have died after it notified");
        assert!(wire.world().sets["marketing"]);
    }
}

#[tokio::test]
async fn refused_resume_is_tried_again() {
    let wire = wire_with(&[SET]);
    all_go(&wire, "ALARM", 9000);
    scheduled(&function(&wire, &[])).await.unwrap();
    was_paused(&wire, SET, 300 * 86_400);
    all_go(&wire, "OK", 60);
    wire.script(PUT, [Answer::error(403, "AccessDeniedException")]);
    let guard = function(&wire, &[("WARDEN_MAX_PAUSE_MINUTES", "60")]);
    scheduled(&guard).await.unwrap_err();
    assert_eq!((paused(&wire).len(), notified(&wire).len()), (1, 1));
    scheduled(&guard).await.unwrap();
    assert!(paused(&wire).is_empty());
    assert_eq!(notified(&wire), ["paused_sets", "lifted"]);
}

#[tokio::test]
async fn minutes_are_minutes_and_observing_resumes_nothing() {
    let observing = [AUTO_RESUME[0], ("WARDEN_MODE", "observe")];
    for (seconds_ago, settings, resumes) in [
        (3700, &AUTO_RESUME[..], true),
        (3500, &AUTO_RESUME[..], false),
        (3700, &observing[..], false),
    ] {
        let wire = paused_long_ago().await;
        was_paused(&wire, SET, seconds_ago);
        scheduled(&function(&wire, settings)).await.unwrap();
        assert_eq!(wire.world().sets["marketing"], resumes, "{seconds_ago} s ago, {settings:?}");
    }
}

#[tokio::test]
async fn the_account_and_a_tenant_send_again_after_their_pause() {
    for label in [ACCOUNT, TENANT] {
        let wire = wire_with(&[label]);
        wire.world().tenant_sends.insert(TENANT_ARN.into(), true);
        all_go(&wire, "ALARM", 9000);
        scheduled(&function(&wire, &[])).await.unwrap();
        let sends = || {
            if label == ACCOUNT {
                wire.world().account_sends
            } else {
                wire.world().tenant_sends[TENANT_ARN]
            }
        };
        assert!(!sends());
        was_paused(&wire, label, 9000);
        all_go(&wire, "OK", 60);
        scheduled(&function(&wire, &AUTO_RESUME)).await.unwrap();
        assert!(sends(), "{label:?}");
        assert_eq!(notified(&wire).last().unwrap(), "lifted");
    }
}
