//! guard ends pauses of its own, where a setting says after how long.

use crate::guard_incidents::{TENANT, TENANT_ARN, paused_at, tag};
use crate::guard_stack::{
    ACCOUNT, EPISODE, IN_ALARM_AT, SET, arn_of, check, function, notified, put_in_alarm, scheduled,
    wire_with,
};
use crate::guard_trouble::{PUT, all_go, message, paused};
use crate::wire::{Answer, Wire};

/// A set that guard paused long ago, whose alarm is OK again.
async fn paused_long_ago() -> Wire {
    let wire = wire_with(&[SET]);
    check(&function(&wire, &[])).await.unwrap();
    let mut world = wire.world();
    let paused = world.tags[&arn_of(SET)]["ses-warden:paused"].clone();
    let at = paused.split(' ').nth(1).unwrap().to_owned();
    let long_ago = paused.replace(&at, "2026-01-01T00:00:00.000Z");
    world.tags.get_mut(&arn_of(SET)).unwrap().insert("ses-warden:paused".into(), long_ago);
    world.alarms[0].state = "OK".into();
    world.alarms[0].transitioned_at = Some(IN_ALARM_AT + 60.0);
    drop(world);
    wire
}

const LIFTING: [(&str, &str); 1] = [("WARDEN_MAX_PAUSE_MINUTES", "60")];

#[tokio::test]
async fn own_pause_ends_after_the_longest_time() {
    let wire = paused_long_ago().await;
    scheduled(&function(&wire, &[])).await.unwrap();
    assert!(!wire.world().sets["marketing"], "it is off by default");
    let guard = function(&wire, &LIFTING);
    for _ in 0..2 {
        scheduled(&guard).await.unwrap();
    }
    assert!(wire.world().sets["marketing"]);
    assert_eq!(notified(&wire), ["paused_sets", "lifted"]);
    let put = wire.calls_of("PutConfigurationSetSendingOptions").pop().unwrap();
    assert_eq!(put.body["SendingEnabled"], true);
}

#[tokio::test]
async fn a_pause_is_not_lifted_when_it_is_recent_or_the_alarm_lasts_or_aws_minds_or_it_is_not_ours()
{
    type Case = (&'static str, fn(&Wire));
    let cases: [Case; 5] = [
        ("the alarm lasts", |wire| wire.world().alarms[0].state = "ALARM".into()),
        ("too little data", |wire| wire.world().alarms[0].state = "INSUFFICIENT_DATA".into()),
        ("AWS minds", |wire| wire.world().enforcement_status = "PROBATION".into()),
        ("not ours", |wire| {
            drop(wire.world().tags.get_mut(&arn_of(SET)).unwrap().remove("ses-warden:paused"))
        }),
        ("another incident", |wire| put_in_alarm(&mut wire.world(), ACCOUNT)),
    ];
    for (case, set_up) in cases {
        let wire = paused_long_ago().await;
        set_up(&wire);
        scheduled(&function(&wire, &LIFTING)).await.unwrap();
        assert!(!wire.world().sets["marketing"], "{case}");
    }
    let wire = wire_with(&[SET]);
    let guard = function(&wire, &LIFTING);
    scheduled(&guard).await.unwrap();
    wire.world().alarms[0].state = "OK".into();
    scheduled(&guard).await.unwrap();
    assert!(!wire.world().sets["marketing"], "recent");
}

#[tokio::test]
async fn no_resume_while_tags_of_an_alarm_cannot_be_read() {
    let wire = paused_long_ago().await;
    put_in_alarm(&mut wire.world(), ACCOUNT);
    wire.world().tag_reads.insert(arn_of(ACCOUNT), Answer::error(403, "AccessDenied"));
    scheduled(&function(&wire, &LIFTING)).await.unwrap_err();
    assert_eq!(notified(&wire), ["paused_sets"]);
    assert!(!wire.world().sets["marketing"]);
}

#[tokio::test]
async fn pause_that_somebody_made_again_is_not_ended() {
    let wire = paused_long_ago().await;
    let guard = function(&wire, &LIFTING);
    wire.world().sets.insert("marketing".into(), true);
    scheduled(&guard).await.unwrap();
    assert!(tag(&wire, SET, "ses-warden:ended").is_some());
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
        let tags = [("ses-warden:lifting".to_owned(), EPISODE.to_owned())];
        wire.world().tags.get_mut(&arn_of(SET)).unwrap().extend(tags);
        let guard = function(&wire, &LIFTING);
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
    let tag = wire.world().tags[&arn_of(SET)]["ses-warden:paused"].clone();
    let at = tag.split(' ').nth(1).unwrap().to_owned();
    let long_ago = tag.replace(&at, "2026-01-01T00:00:00.000Z");
    wire.world().tags.get_mut(&arn_of(SET)).unwrap().insert("ses-warden:paused".into(), long_ago);
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
    let observing = [LIFTING[0], ("WARDEN_MODE", "observe")];
    for (seconds_ago, settings, lifted) in
        [(3700, &LIFTING[..], true), (3500, &LIFTING[..], false), (3700, &observing[..], false)]
    {
        let wire = paused_long_ago().await;
        {
            let mut world = wire.world();
            let tags = world.tags.get_mut(&arn_of(SET)).unwrap();
            let paused = paused_at(&tags["ses-warden:paused"], seconds_ago);
            tags.insert("ses-warden:paused".into(), paused);
        }
        scheduled(&function(&wire, settings)).await.unwrap();
        assert_eq!(wire.world().sets["marketing"], lifted, "{seconds_ago} s ago, {settings:?}");
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
        {
            let mut world = wire.world();
            let tags = world.tags.get_mut(&arn_of(label)).unwrap();
            let paused = paused_at(&tags["ses-warden:paused"], 9000);
            tags.insert("ses-warden:paused".into(), paused);
        }
        all_go(&wire, "OK", 60);
        scheduled(&function(&wire, &LIFTING)).await.unwrap();
        assert!(sends(), "{label:?}");
        assert_eq!(notified(&wire).last().unwrap(), "lifted");
    }
}
