//! metrics.

use std::collections::BTreeMap;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use warden_domain::envelope::open;
use warden_domain::metrics::{Batch, Config, Datum, KnownNames, Limits, MetricSet, Recent};
use warden_domain::time::iso_millis;
use warden_metrics::CountEvents;

use crate::payloads::{bounce, complaint, send, sns, sqs};
use crate::wire::{Answer, Wire};
use crate::{environment, invoke, invoke_within};

const PUT: &str = "PutMetricData";

fn function(wire: &Wire) -> CountEvents {
    warden_metrics::build(&environment(wire, &[])).unwrap()
}

/// What was written of a metric under exactly these dimension values.
fn sum(wire: &Wire, metric: &str, values: &[&str]) -> f64 {
    let is_wanted = |datum: &&Value| {
        let dimensions = datum["Dimensions"].as_array().cloned().unwrap_or_default();
        let found: Vec<&str> = dimensions.iter().filter_map(|d| d["Value"].as_str()).collect();
        datum["MetricName"] == metric && found == values
    };
    wire.world().data.iter().filter(is_wanted).filter_map(|datum| datum["Value"].as_f64()).sum()
}

#[expect(clippy::float_cmp, reason = "sums of whole numbers")]
pub(crate) fn assert_sum(wire: &Wire, metric: &str, values: &[&str], wanted: f64) {
    assert_eq!(sum(wire, metric, values), wanted, "{metric} {values:?}");
}

#[tokio::test]
async fn a_batch_is_one_call() {
    let wire = Wire::start();
    let mut bodies: Vec<String> = (0..50).map(send).collect();
    bodies.extend([bounce(1, "gone@example.net"), complaint(2, "jane@example.net")]);
    assert_eq!(invoke(&function(&wire), sqs(&bodies)).await.unwrap(), [""; 0]);
    assert_eq!(wire.operations(), [PUT]);
    assert_eq!(wire.calls()[0].body["Namespace"], "SesWarden");
    assert_sum(&wire, "Send", &[], 50.0);
    assert_sum(&wire, "Send", &["example.com"], 50.0);
    assert_sum(&wire, "Send", &["example.com", "marketing"], 50.0);
    assert_sum(&wire, "BounceHard", &["example.com"], 1.0);
    assert_sum(&wire, "BounceFault", &["example.com", "recipient_gone"], 1.0);
    assert_sum(&wire, "Complaint", &["example.com", "marketing"], 1.0);
}

#[tokio::test]
async fn one_broken_message_of_ten_goes_back_and_nine_count() {
    let wire = Wire::start();
    let mut bodies: Vec<String> = (0..10).map(send).collect();
    bodies[7] = r#"{"eventType":"Send","mail":"#.to_owned();
    assert_eq!(invoke(&function(&wire), sqs(&bodies)).await.unwrap(), ["m7"]);
    assert_sum(&wire, "Send", &[], 9.0);
    assert_sum(&wire, "Malformed", &["malformed_json"], 1.0);
}

#[tokio::test]
async fn a_call_that_fails_gives_its_messages_back_and_they_count_the_next_time() {
    for answer in [
        Answer::error(403, "AccessDenied"),
        Answer::error(500, "InternalServiceFault"),
        Answer::Broken,
    ] {
        let wire = Wire::start();
        wire.script(PUT, [answer.clone()]);
        let function = function(&wire);
        let batch = sqs(&[send(0), send(1), bounce(0, "gone@example.net")]);
        assert_eq!(invoke(&function, &batch).await.unwrap(), ["m0", "m1", "m2"], "{answer:?}");
        assert_eq!(wire.calls().len(), 1, "{answer:?}: a second try could count twice");
        assert_eq!(wire.world().data.len(), 0, "{answer:?}");
        assert_eq!(invoke(&function, &batch).await.unwrap(), [""; 0], "{answer:?}");
        assert_sum(&wire, "Send", &[], 2.0);
        assert_sum(&wire, "BounceHard", &[], 1.0);
        assert_sum(&wire, "Ignored", &["duplicate"], 0.0);
    }
}

#[tokio::test]
async fn a_datum_that_is_refused_is_not_given_back_and_sinks_no_other() {
    let wire = Wire::start();
    wire.world().refused_dimension = Some("recipient_gone".into());
    let batch = sqs(&[send(0), bounce(1, "gone@example.net"), complaint(2, "jane@example.net")]);
    assert_eq!(invoke(&function(&wire), batch).await.unwrap(), [""; 0]);
    assert_sum(&wire, "Send", &["example.com", "marketing"], 1.0);
    assert_sum(&wire, "BounceHard", &["example.com"], 1.0);
    assert_sum(&wire, "Complaint", &[], 1.0);
    assert_sum(&wire, "BounceFault", &["example.com", "recipient_gone"], 0.0);
}

#[tokio::test]
async fn a_throttled_call_is_tried_again() {
    let wire = Wire::start();
    wire.script(PUT, [Answer::error(400, "Throttling")]);
    assert_eq!(invoke(&function(&wire), sqs(&[send(0)])).await.unwrap(), [""; 0]);
    assert_eq!(wire.calls().len(), 2);
    assert_sum(&wire, "Send", &[], 1.0);
}

#[tokio::test]
async fn what_comes_twice_counts_once_in_a_batch_and_over_batches() {
    let wire = Wire::start();
    let function = function(&wire);
    let bodies = [send(0), bounce(0, "gone@example.net"), complaint(1, "jane@example.net")];
    let batch = sqs(&[bodies.clone(), bodies].concat());
    for _ in 0..2 {
        assert_eq!(invoke(&function, &batch).await.unwrap(), [""; 0]);
    }
    for metric in ["Send", "BounceHard", "Complaint"] {
        assert_sum(&wire, metric, &[], 1.0);
        assert_sum(&wire, metric, &["example.com", "marketing"], 1.0);
    }
    assert_sum(&wire, "Ignored", &["duplicate"], 9.0);
    assert_eq!(wire.calls().len(), 2);
}

/// The identity-level format has no tags, and so no configuration set.
#[tokio::test]
async fn of_both_formats_in_a_batch_the_one_with_the_tags_counts() {
    let published = bounce(1, "gone@example.net");
    let mut notified: Value =
        serde_json::from_str(&published.replace("eventType", "notificationType")).unwrap();
    notified["mail"].as_object_mut().unwrap().remove("tags");
    let wire = Wire::start();
    let batch = sqs(&[notified.to_string(), published, "{".to_owned()]);
    assert_eq!(
        invoke(&function(&wire), batch).await.unwrap(),
        ["m2"],
        "each message has its own end"
    );
    assert_sum(&wire, "BounceHard", &[], 1.0);
    assert_sum(&wire, "BounceHard", &["example.com", "marketing"], 1.0);
    assert_sum(&wire, "Ignored", &["duplicate"], 1.0);
}

#[tokio::test]
async fn an_invocation_by_sns_comes_again_as_a_whole() {
    let wire = Wire::start();
    wire.script(PUT, [Answer::error(403, "AccessDenied")]);
    let function = function(&wire);
    assert_eq!(invoke(&function, sns(&send(0))).await.unwrap_err().kind(), "call_failed");
    assert_eq!(invoke(&function, sns(&send(0))).await.unwrap(), [""; 0]);
    assert_sum(&wire, "Send", &[], 1.0);
}

pub(crate) fn function_with(wire: &Wire, more: &[(&str, &str)]) -> CountEvents {
    warden_metrics::build(&environment(wire, more)).unwrap()
}

/// An event of one of `domains` senders, in one of the last ten minutes.
fn event_of(number: usize, domains: usize) -> Value {
    let kind = ["Send", "Delivery", "Bounce", "Complaint"][number % 4];
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let ago = Duration::from_secs(60 * (1 + number % 10) as u64);
    let time = iso_millis(i64::try_from((now - ago).as_millis()).unwrap());
    let to = format!("jane{number}@{}", ["gmail.com", "outlook.com", "example.net"][number % 3]);
    let mut event = json!({ "eventType": kind, "mail": {
        "timestamp": time, "messageId": format!("mail-{number}"), "source": "shop@example.com", "destination": [to],
        "tags": { "ses:from-domain": [format!("d{}.example.com", number % domains)], "ses:configuration-set": ["marketing"] },
    } });
    let recipients = json!([{ "emailAddress": to, "status": "5.1.1", "action": "failed" }]);
    event[kind.to_lowercase()] = json!({
        "timestamp": time, "recipients": [to], "processingTimeMillis": 100 + number * 7,
        "bounceType": "Permanent", "bounceSubType": "General", "bouncedRecipients": recipients,
        "complainedRecipients": recipients,
    });
    event
}

/// A batch that needs several calls.
fn large_batch() -> Vec<String> {
    (0..1200).map(|n| event_of(n, 97).to_string()).collect()
}

/// Everything that was written, but for what says only what was ignored: metric and
/// dimension values -> sum.
fn sums(wire: &Wire) -> BTreeMap<String, f64> {
    let mut sums = BTreeMap::new();
    for datum in &wire.world().data {
        let dimensions = datum["Dimensions"].as_array().cloned().unwrap_or_default();
        let values: Vec<&str> = dimensions.iter().filter_map(|d| d["Value"].as_str()).collect();
        let single = datum["Value"].as_f64().unwrap_or_default();
        let count =
            |(value, times): (&Value, &Value)| value.as_f64().unwrap() * times.as_f64().unwrap();
        let many = match (datum["Values"].as_array(), datum["Counts"].as_array()) {
            (Some(values), Some(counts)) => values.iter().zip(counts).map(count).sum(),
            _ => 0.0,
        };
        let name = format!("{} {values:?}", datum["MetricName"]);
        if !name.contains("Ignored") {
            *sums.entry(name).or_default() += single + many;
        }
    }
    sums
}

fn assert_same(found: &BTreeMap<String, f64>, wanted: &BTreeMap<String, f64>, case: &str) {
    assert_eq!(found.keys().collect::<Vec<_>>(), wanted.keys().collect::<Vec<_>>(), "{case}");
    for (name, value) in found {
        assert!(
            (value - wanted[name]).abs() < 1e-6 * value.abs().max(1.0),
            "{case}: {name} is {value}, not {}",
            wanted[name]
        );
    }
}

/// Delivers `bodies` until nothing comes back, as a queue would.
async fn deliver(function: &CountEvents, bodies: &[String], case: &str) -> usize {
    let mut left = bodies.to_vec();
    for delivery in 1..20 {
        let back = invoke(function, sqs(&left)).await.unwrap();
        left = back
            .iter()
            .map(|id| left[id.trim_start_matches('m').parse::<usize>().unwrap()].clone())
            .collect();
        if left.is_empty() {
            return delivery;
        }
    }
    unreachable!("{case}: something never ends")
}

#[tokio::test]
async fn whatever_happens_to_the_calls_the_sums_come_out_right() {
    let full = [("WARDEN_METRIC_SET", "full")];
    let bodies = large_batch();
    let calm = Wire::start();
    assert_eq!(deliver(&function_with(&calm, &full), &bodies, "calm").await, 1);
    let (wanted, calls) = (sums(&calm), calm.calls().len());
    assert!(calls >= 4, "the batch is too small to be cut: {calls} calls");

    for (case, answers, deliveries) in [
        ("throttled", vec![Answer::error(400, "Throttling"), Answer::throttled()], 1),
        ("throttled for long", vec![Answer::throttled(); 3], 2),
        ("a fault", vec![Answer::error(500, "InternalServiceFault")], 2),
        ("unavailable", vec![Answer::error(503, "ServiceUnavailable"); 2], 2),
        ("broken", vec![Answer::Broken], 2),
        ("denied", vec![Answer::error(403, "AccessDenied"); 3], 2),
        ("all of it fails twice", vec![Answer::error(500, "InternalServiceFault"); 2 * calls], 3),
    ] {
        let wire = Wire::start();
        wire.script(PUT, answers);
        assert_eq!(
            deliver(&function_with(&wire, &full), &bodies, case).await,
            deliveries,
            "{case}"
        );
        assert_same(&sums(&wire), &wanted, case);
    }
}

#[tokio::test]
async fn a_failed_call_gives_back_its_own_messages_and_no_others() {
    let bodies = large_batch();
    let wire = Wire::start();
    let function = function_with(&wire, &[("WARDEN_METRIC_SET", "full")]);
    wire.script(PUT, [Answer::error(500, "InternalServiceFault")]);
    let back = invoke(&function, sqs(&bodies)).await.unwrap();
    assert!(!back.is_empty() && back.len() < bodies.len(), "{} of {}", back.len(), bodies.len());
    // What was written are the others, whole.
    let others: Vec<String> = (0..bodies.len())
        .filter(|n| !back.contains(&format!("m{n}")))
        .map(|n| bodies[n].clone())
        .collect();
    let calm = Wire::start();
    invoke(&function_with(&calm, &[("WARDEN_METRIC_SET", "full")]), sqs(&others)).await.unwrap();
    assert_same(&sums(&wire), &sums(&calm), "written");
}

#[tokio::test]
async fn a_refused_datum_and_a_fault_together_count_the_rest_once() {
    let bodies = large_batch();
    let calm = Wire::start();
    deliver(&function_with(&calm, &[]), &bodies, "calm").await;
    let mut wanted = sums(&calm);
    wanted.retain(|name, _| !name.contains("d13."));
    for faults_at in 0..6 {
        let wire = Wire::start();
        wire.world().refused_dimension = Some("d13.".into());
        let function = function_with(&wire, &[]);
        // The search takes the first call apart; somewhere in it the service fails.
        let refused = std::iter::repeat_n(Answer::error(400, "InvalidParameterValue"), faults_at);
        wire.script(PUT, refused.chain([Answer::error(500, "InternalServiceFault")]));
        deliver(&function, &bodies, "refused").await;
        assert_same(&sums(&wire), &wanted, &format!("a fault after {faults_at} refusals"));
    }
}

#[tokio::test]
async fn a_hanging_service_leaves_time_for_the_answer_and_loses_nothing() {
    let bodies = large_batch();
    let wire = Wire::start();
    let function = function_with(&wire, &[]);
    wire.script(PUT, vec![Answer::Hang; 50]);
    let begin = Instant::now();
    let back = invoke_within(&function, sqs(&bodies), Duration::from_secs(3)).await.unwrap();
    // The client by itself would wait ten seconds for each try.
    assert!(begin.elapsed() < Duration::from_secs(8), "{:?}", begin.elapsed());
    assert_eq!(back.len(), bodies.len());
    assert_eq!(wire.calls().len(), 1, "no call begins when it could not end");
    wire.unscript();
    assert_eq!(deliver(&function, &bodies, "after the hang").await, 1);
    let calm = Wire::start();
    deliver(&function_with(&calm, &[]), &bodies, "calm").await;
    assert_same(&sums(&wire), &sums(&calm), "after the hang");
}

#[tokio::test]
async fn an_invocation_without_time_gives_everything_back_unsent() {
    let wire = Wire::start();
    let function = function(&wire);
    let batch = sqs(&[send(0), bounce(1, "gone@example.net")]);
    let back = invoke_within(&function, &batch, Duration::ZERO).await.unwrap();
    assert_eq!(back, ["m0", "m1"]);
    assert_sum(&wire, "Send", &[], 0.0);
    assert_eq!(invoke(&function, &batch).await.unwrap(), [""; 0]);
    assert_sum(&wire, "Send", &[], 1.0);
}

/// Fifteen hundred events, each of a domain of its own with a name as long as it may be.
fn long_names() -> String {
    let label = "x".repeat(60);
    let bodies: Vec<String> = (0..1500)
        .map(|n| {
            let mut event = event_of(n, 1500);
            event["mail"]["tags"]["ses:from-domain"] =
                json!([format!("d{n:04}.{label}.{label}.{label}.example.com")]);
            event["mail"]["tags"]["ses:configuration-set"] = json!(["y".repeat(64)]);
            event.to_string()
        })
        .collect();
    sqs(&bodies)
}

#[tokio::test]
async fn the_estimated_size_of_a_call_is_not_too_low_and_not_far_too_high() {
    let wire = Wire::start();
    let function =
        function_with(&wire, &[("WARDEN_METRIC_SET", "full"), ("WARDEN_MAX_DOMAINS", "10000")]);
    for batch in [long_names(), sqs(&[send(1), bounce(2, "gone@example.net")])] {
        let config = Config { set: MetricSet::Full, max_domains: 10_000, ..Config::default() };
        let (mut names, recent) = (KnownNames::default(), Recent::new(10));
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let mut entered = Batch::new(&config, &mut names, &recent, i64::try_from(now).unwrap());
        for (place, record) in open(batch.as_bytes()).iter().enumerate() {
            entered.add(place, &record.reading);
        }
        let estimates: usize = entered
            .finish()
            .calls(&Limits::CLOUDWATCH)
            .iter()
            .flat_map(|c| &c.data)
            .map(Datum::bytes)
            .sum();
        let before = wire.calls().len();
        assert_eq!(invoke(&function, &batch).await.unwrap(), [""; 0]);
        let calls = wire.calls().split_off(before);
        // The name of the namespace and the like are in each call once.
        let sent: usize = calls.iter().map(|call| call.body_bytes - 100).sum();
        assert!((sent..sent * 2).contains(&estimates), "{estimates} estimated, {sent} sent");
    }
}

#[tokio::test]
async fn calls_hold_the_limits_with_the_longest_names_there_are() {
    let wire = Wire::start();
    let function =
        function_with(&wire, &[("WARDEN_METRIC_SET", "full"), ("WARDEN_MAX_DOMAINS", "10000")]);
    assert_eq!(invoke(&function, long_names()).await.unwrap(), [""; 0]);
    let mut data = 0;
    for call in wire.calls() {
        let count = call.body["MetricData"].as_array().unwrap().len();
        assert!(
            count <= 1000 && call.body_bytes <= 1_000_000,
            "{count} data, {} bytes",
            call.body_bytes
        );
        assert!(call.gzip, "{} bytes", call.sent_bytes);
        data += count;
    }
    assert!(
        wire.calls().len() <= data.div_ceil(1000) + 1,
        "{} calls for {data} data",
        wire.calls().len()
    );
}

#[tokio::test]
async fn durations_travel_in_data_of_a_hundred_and_fifty_values() {
    let wire = Wire::start();
    let function = function_with(&wire, &[("WARDEN_METRIC_SET", "full")]);
    let bodies: Vec<String> = (0..2000)
        .map(|n: u32| {
            let mut event = event_of(1, 1);
            event["mail"]["messageId"] = json!(format!("mail-{n}"));
            event["delivery"]["processingTimeMillis"] =
                json!(1.05_f64.powi(i32::try_from(n % 400).unwrap()));
            event.to_string()
        })
        .collect();
    assert_eq!(invoke(&function, sqs(&bodies)).await.unwrap(), [""; 0]);
    let calls = wire.calls();
    assert_eq!(calls.len(), 1);
    let mut times = 0.0;
    for datum in calls[0].body["MetricData"].as_array().unwrap() {
        let values = datum["Values"].as_array().cloned().unwrap_or_default();
        assert!(values.len() <= 150, "{}", values.len());
        times +=
            datum["Counts"].as_array().into_iter().flatten().filter_map(Value::as_f64).sum::<f64>();
    }
    assert!((times - 2000.0).abs() < 0.5, "{times}");
}

/// Critical unexpected senders pause the account, so a list in another form than SES's
/// must not make the first mail one.
#[tokio::test]
async fn a_caller_is_known_by_name_in_whichever_form_the_list_has_it() {
    let with_caller = |number: usize| {
        let mut event: Value = serde_json::from_str(&send(number)).unwrap();
        event["mail"]["tags"]["ses:caller-identity"] = json!(["app"]);
        event.to_string()
    };
    for (list, unexpected) in [
        ("arn:aws:iam::111122223333:user/app", 0.0),
        ("arn:aws:iam::111122223333:role/service-role/app", 0.0),
        ("arn:aws:sts::111122223333:assumed-role/app/session", 0.0),
        ("arn:aws:sts::111122223333:assumed-role/session/app", 1.0),
    ] {
        let wire = Wire::start();
        let function = function_with(&wire, &[("WARDEN_CALLER_IDENTITIES", list)]);
        invoke(&function, sqs(&[with_caller(1)])).await.unwrap();
        assert_sum(&wire, "UnexpectedSender", &[], unexpected);
        assert_sum(&wire, "UnexpectedSender", &["app"], unexpected);
    }
}

#[tokio::test]
async fn the_full_set_is_a_setting() {
    for (set, providers) in [("essential", 0.0), ("full", 1.0)] {
        let wire = Wire::start();
        let function = function_with(&wire, &[("WARDEN_METRIC_SET", set)]);
        invoke(&function, sqs(&[bounce(1, "gone@gmail.com")])).await.unwrap();
        assert_sum(&wire, "BounceHard", &["example.com", "Gmail"], providers);
        assert_sum(&wire, "BounceHard", &["example.com"], 1.0);
    }
}
