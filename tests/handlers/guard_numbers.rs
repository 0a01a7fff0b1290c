//! guard: which numbers it asks for, and what it makes of them.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::guard_incidents::{counted, counted_in};
use crate::guard_stack::{
    ACCOUNT, DOMAIN, SET, check, count, counts, function, notified, put_in_alarm, was_paused,
    wire_with,
};
use crate::guard_trouble::{SET_BOUNCE, all_go, message, paused};
use crate::wire::{Answer, Call, Wire};

/// The pause for this alarm was ten minutes ago, and somebody has ended it.
fn resumed_since(wire: &Wire, label: [&str; 4]) {
    let mut world = wire.world();
    world.account_sends = true;
    world.sets.insert("marketing".into(), true);
    drop(world);
    was_paused(wire, label, 600);
}

#[tokio::test]
async fn late_aws_number_does_not_undo_a_resume() {
    let wire = wire_with(&[DOMAIN]);
    for metric in ["Send", "BounceHard"] {
        wire.world().add_series(
            metric,
            &[("Domain", "example.com"), ("ConfigurationSet", "marketing")],
            0.0,
        );
    }
    counted(&wire, 20, 1000.0, 200.0);
    let guard = function(&wire, &[]);
    check(&guard).await.unwrap();
    assert_eq!(notified(&wire), ["paused_sets"]);
    resumed_since(&wire, DOMAIN);
    put_in_alarm(&mut wire.world(), SET_BOUNCE);
    for _ in 0..2 {
        check(&guard).await.unwrap();
    }
    assert!(paused(&wire).is_empty());
    assert_eq!(notified(&wire), ["paused_sets", "not_proven"]);
}

#[tokio::test]
async fn one_bounce_in_thirteen_pauses_nothing() {
    for label in [SET_BOUNCE, DOMAIN] {
        let wire = wire_with(&[label]);
        count(&mut wire.world(), 13.0, 1.0, &[("marketing", 1.0)]);
        check(&function(&wire, &[])).await.unwrap();
        assert_eq!(notified(&wire), ["not_proven"], "{label:?}");
        let said = message(&wire, 0);
        assert!(
            said.contains("\n\n1 of 13 sends from ")
                && said
                    .contains(": 7.7 %. That is too little to prove a rate: guard needs 50 sends."),
            "{said}"
        );
    }
}

/// AWS's number decides about the bounces, our counts find too few complaints: the notice begins
/// with the bounces of the last hour, as we counted them.
#[tokio::test]
async fn pause_by_aws_numbers_begins_with_our_count() {
    let wire = wire_with(&[SET, SET_BOUNCE]);
    {
        let mut world = wire.world();
        let by_set = [("Domain", "example.com"), ("ConfigurationSet", "marketing")];
        for (metric, sum) in [("Send", 210.0), ("BounceHard", 35.0), ("Complaint", 3.0)] {
            world.add_series(metric, &by_set, sum);
        }
        world.alarms[1].threshold = Some(0.04);
    }
    check(&function(&wire, &[])).await.unwrap();
    assert_eq!(notified(&wire), ["paused_sets"]);
    let opening = "ses-warden paused configuration set marketing in eu-central-1: bounce rate too high\n\n\
        35 of 210 sends from marketing hard-bounced in the last hour: 16.7 %, lower confidence bound 12.2 %; the pause \
        threshold is 8 %.\n\
        AWS's own bounce rate of marketing is above the alarm's threshold of 4 %, and that decides here.\n\
        3 of 210 sends from marketing led to complaints in the last 3 days: 1.4 %. That is too little to prove a rate: \
        guard needs 10 complaints.\n";
    assert!(message(&wire, 0).starts_with(opening), "{}", message(&wire, 0));
}

#[tokio::test]
async fn aws_number_decides_where_our_counts_cannot_be_read() {
    let wire = wire_with(&[SET_BOUNCE]);
    wire.script(
        "ListMetrics",
        [Answer::error(403, "AccessDenied"), Answer::error(403, "AccessDenied")],
    );
    check(&function(&wire, &[])).await.unwrap();
    assert_eq!(notified(&wire), ["paused_sets"]);
}

/// A newsletter: the complaints come days after the last mail.
#[tokio::test]
async fn complaints_find_their_sets_without_recent_mail() {
    let label = ["domain", "example.com", "complaint", "critical"];
    let wire = wire_with(&[label]);
    {
        let mut world = wire.world();
        let (domain, set) = (("Domain", "example.com"), ("ConfigurationSet", "marketing"));
        world.add_series("Complaint", &[domain], 300.0);
        world.add_series("Complaint", &[domain, set], 300.0);
        world.add_series("Delivery", &[domain], 20_000.0);
    }
    check(&function(&wire, &[])).await.unwrap();
    assert_eq!(paused(&wire), ["marketing"]);
    let lists = wire.calls_of("ListMetrics");
    let of_sets = lists.iter().find(|call| call.body["MetricName"] == "Complaint").unwrap();
    assert_eq!(of_sets.body.get("RecentlyActive"), None, "the last three hours are too short");
}

#[tokio::test]
async fn set_that_carried_hardly_any_bounces_is_not_paused() {
    let wire = wire_with(&[DOMAIN]);
    count(&mut wire.world(), 4321.0, 734.0, &[("news", 5.0)]);
    let guard = function(&wire, &[]);
    for _ in 0..2 {
        check(&guard).await.unwrap();
    }
    assert!(paused(&wire).is_empty() && wire.world().account_sends);
    assert_eq!(notified(&wire), ["no_such_set"]);
    // CloudWatch lists a new series after a quarter of an hour.
    wire.world().series.clear();
    count(&mut wire.world(), 4321.0, 734.0, &[("news", 5.0), ("marketing", 729.0)]);
    check(&guard).await.unwrap();
    assert_eq!(paused(&wire), ["marketing"]);
    assert_eq!(notified(&wire), ["no_such_set", "paused_sets"]);
}

#[tokio::test]
async fn account_waits_for_a_set_to_be_listed() {
    for (ago, action) in [(60, "no_such_set"), (3600, "paused_account")] {
        let wire = wire_with(&[DOMAIN]);
        all_go(&wire, "ALARM", ago);
        count(&mut wire.world(), 1000.0, 200.0, &[]);
        wire.world().add_series("Send", &[], 1000.0);
        wire.world().add_series("BounceHard", &[], 200.0);
        check(&function(&wire, &[])).await.unwrap();
        assert_eq!(notified(&wire), [action], "{ago} s after the alarm");
    }
}

#[tokio::test]
async fn alarm_on_aws_numbers_in_part_is_not_understood() {
    for bounces in [20.0, 200.0] {
        let wire = wire_with(&[SET_BOUNCE]);
        {
            let mut world = wire.world();
            let aws = world.alarms[0].series.take().unwrap();
            let by_set = [("Domain", "example.com"), ("ConfigurationSet", "marketing")];
            world.alarms[0].math = [vec![aws], counts("bounce", &by_set)].concat();
            count(&mut world, 1000.0, bounces, &[("marketing", bounces)]);
        }
        check(&function(&wire, &[])).await.unwrap();
        assert_eq!(notified(&wire), ["unlabelled"]);
        assert!(paused(&wire).is_empty());
    }
}

/// GetMetricData answers 90,000 values a second that are older than three hours, and takes 500
/// queries a call.
#[tokio::test]
async fn a_set_of_a_hundred_domains_is_counted_within_the_limits_of_one_call() {
    let wire = wire_with(&[SET_BOUNCE]);
    {
        let mut world = wire.world();
        world.page_size = 500;
        for n in 0..100 {
            let domain = format!("{n}.example.com");
            let by_set = [("Domain", domain.as_str()), ("ConfigurationSet", "marketing")];
            world.add_series("Send", &by_set, 100.0);
            world.add_series("BounceHard", &by_set, 10.0);
        }
    }
    check(&function(&wire, &[])).await.unwrap();
    assert_eq!(paused(&wire), ["marketing"]);
    let calls = wire.calls_of("GetMetricData");
    let points = |call: &Call| -> f64 {
        let second = |name: &str| call.body[name]["@epoch"].as_f64().unwrap();
        let seconds = second("EndTime") - second("StartTime");
        let queries = call.body["MetricDataQueries"].as_array().unwrap().iter();
        queries.map(|q| seconds / q["MetricStat"]["Period"].as_f64().unwrap()).sum()
    };
    // Events and mails of a hundred domains, by the hour of six days.
    assert_eq!(calls[0].body["MetricDataQueries"].as_array().unwrap().len(), 200);
    assert!((points(&calls[0]) - 28_800.0).abs() < 0.5);
    assert!(calls.iter().map(points).all(|points| points <= 90_000.0));
}

#[tokio::test]
async fn sets_are_weighed_over_the_window_that_decided() {
    let wire = wire_with(&[DOMAIN]);
    for metric in ["Send", "BounceHard"] {
        wire.world().add_series(
            metric,
            &[("Domain", "example.com"), ("ConfigurationSet", "marketing")],
            0.0,
        );
    }
    counted(&wire, 120, 1000.0, 200.0);
    check(&function(&wire, &[])).await.unwrap();
    assert_eq!(paused(&wire), ["marketing"], "by what it carried two hours ago");
    assert!(
        message(&wire, 0)
            .contains("200 of 1000 sends from example.com hard-bounced in the last 3 days: 20 %"),
        "{}",
        message(&wire, 0)
    );
}

#[tokio::test]
async fn more_mail_than_on_other_days_needs_a_lower_rate() {
    for (yesterday, action) in [(2000.0, "not_proven"), (100.0, "paused_sets")] {
        let wire = wire_with(&[DOMAIN]);
        for metric in ["Send", "BounceHard"] {
            wire.world().add_series(
                metric,
                &[("Domain", "example.com"), ("ConfigurationSet", "marketing")],
                0.0,
            );
        }
        counted(&wire, 24 * 60 + 2, yesterday, 0.0);
        // At least 5.58 %, and of three days less than 4 %, as much was sent on the day before.
        counted(&wire, 2, 1000.0, 70.0);
        counted(&wire, 48 * 60 - 60, 3000.0, 0.0);
        check(&function(&wire, &[])).await.unwrap();
        assert_eq!(notified(&wire), [action], "{yesterday} mails yesterday: {}", message(&wire, 0));
    }
}

#[tokio::test]
async fn a_notice_counts_a_whole_hour() {
    let wire = wire_with(&[SET]);
    let now =
        i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap();
    let dimensions = BTreeMap::from([("SourceIp".to_owned(), "203.0.113.7".to_owned())]);
    {
        let mut world = wire.world();
        world.add_series("UnexpectedSender", &[("SourceIp", "203.0.113.7")], 0.0);
        for (minutes, mails) in [(50, 40.0), (70, 2.0)] {
            world.points.push((
                "UnexpectedSender".into(),
                dimensions.clone(),
                now - 60 * minutes,
                mails,
            ));
        }
    }
    check(&function(&wire, &[])).await.unwrap();
    assert!(message(&wire, 0).contains("40  203.0.113.7"), "{}", message(&wire, 0));
}

#[tokio::test]
async fn resumed_account_is_not_paused_for_earlier_events() {
    let wire = wire_with(&[DOMAIN]);
    counted_in(&wire, &[&[], &[("Domain", "example.com")]], 20, 1000.0, 200.0);
    let guard = function(&wire, &[]);
    check(&guard).await.unwrap();
    assert_eq!(notified(&wire), ["paused_account"]);
    resumed_since(&wire, DOMAIN);
    put_in_alarm(&mut wire.world(), ACCOUNT);
    for _ in 0..2 {
        check(&guard).await.unwrap();
    }
    assert!(wire.world().account_sends);
    assert_eq!(notified(&wire), ["paused_account", "not_proven"]);
}
