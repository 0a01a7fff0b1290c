//! Metrics written and read.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;
use warden_aws::{
    CallError, Class, Metrics, PutAmount, PutDatum, PutEnd, PutResult, Query, TimeLimit,
};

use crate::wire::{Answer, Wire};
use crate::{connection, connection_to, dead_url};

fn datum(index: usize) -> PutDatum {
    PutDatum {
        name: "Send",
        dimensions: vec![("Domain", format!("d{index}.example.com"))],
        timestamp_seconds: 1_790_000_040,
        amount: PutAmount::Count(3.0),
    }
}

/// A minute from now.
fn in_time() -> TimeLimit {
    let now = Instant::now();
    TimeLimit { last_start: now + Duration::from_secs(48), end: now + Duration::from_secs(59) }
}

async fn put(wire: &Wire, data: &[PutDatum]) -> Vec<PutResult> {
    let results = Metrics::new(&connection(wire), "SesWarden".into()).put(data, in_time()).await;
    let covered: Vec<usize> = results.iter().flat_map(|r| r.range.clone()).collect();
    assert_eq!(
        covered,
        (0..data.len()).collect::<Vec<_>>(),
        "every datum ends once, in the order of the data"
    );
    results
}

async fn put_one(wire: &Wire) -> Result<(), CallError> {
    match put(wire, &[datum(0)]).await.remove(0).end {
        PutEnd::Written => Ok(()),
        PutEnd::Failed(error) | PutEnd::Refused(error) => Err(error),
        PutEnd::OutOfTime => unreachable!("a minute is enough"),
    }
}

fn is_written(result: &PutResult) -> bool {
    result.end == PutEnd::Written
}

fn is_refused(result: &PutResult) -> bool {
    matches!(result.end, PutEnd::Refused(_))
}

#[tokio::test]
async fn metric_data_travel_as_cbor() {
    let wire = Wire::start();
    put_one(&wire).await.unwrap();
    let call = &wire.calls()[0];
    assert_eq!(call.path, "/service/GraniteServiceVersion20100801/operation/PutMetricData");
    assert_eq!(call.content_type, "application/cbor");
    assert_eq!(call.signed_for, "eu-central-1/monitoring");
    assert_eq!(call.body["Namespace"], "SesWarden");
    assert_eq!(
        call.body["MetricData"],
        json!([{
            "MetricName": "Send",
            "Dimensions": [{ "Name": "Domain", "Value": "d0.example.com" }],
            "Timestamp": { "@epoch": call.body["MetricData"][0]["Timestamp"]["@epoch"] },
            "Value": 3.0,
            "Unit": "Count",
        }])
    );
    assert!(
        (call.body["MetricData"][0]["Timestamp"]["@epoch"].as_f64().unwrap() - 1_790_000_040.0)
            .abs()
            < 1e-6
    );
}

#[tokio::test]
async fn durations_travel_as_values_with_counts() {
    let wire = Wire::start();
    let amount = PutAmount::Milliseconds(vec![(812.5, 2.0), (40.0, 7.0)]);
    assert!(
        put(&wire, &[PutDatum { name: "DeliveryTime", amount, ..datum(0) }])
            .await
            .iter()
            .all(is_written)
    );
    let sent = &wire.calls()[0].body["MetricData"][0];
    assert_eq!(sent["Values"], json!([812.5, 40.0]));
    assert_eq!(sent["Counts"], json!([2.0, 7.0]));
    assert_eq!(sent["Unit"], "Milliseconds");
    assert!(sent.get("Value").is_none(), "{sent}");
}

#[tokio::test]
async fn large_calls_are_compressed() {
    let wire = Wire::start();
    let data: Vec<PutDatum> = (0..1000).map(datum).collect();
    assert!(put(&wire, &data).await.iter().all(is_written));
    let calls = wire.calls();
    assert_eq!(calls.len(), 1);
    let call = &calls[0];
    assert!(
        call.gzip && call.sent_bytes * 4 < call.body_bytes,
        "{} of {}",
        call.sent_bytes,
        call.body_bytes
    );
    let written: Vec<Value> =
        wire.world().data.iter().map(|d| d["Dimensions"][0]["Value"].clone()).collect();
    let wanted: Vec<Value> = (0..1000).map(|n| json!(format!("d{n}.example.com"))).collect();
    assert_eq!(written, wanted);
}

#[tokio::test]
async fn one_datum_that_is_refused_does_not_sink_the_others() {
    let wire = Wire::start();
    wire.world().refused_dimension = Some("d777.".into());
    let data: Vec<PutDatum> = (0..1000).map(datum).collect();
    let results = put(&wire, &data).await;
    let refused: Vec<_> =
        results.iter().filter(|r| is_refused(r)).map(|r| r.range.clone()).collect();
    assert_eq!(refused, std::iter::once(777..778).collect::<Vec<_>>());
    assert!(results.iter().all(|r| is_refused(r) || is_written(r)));
    assert_eq!(wire.world().data.len(), 999);
    assert!(wire.calls().len() <= 21, "{}", wire.calls().len());
}

#[tokio::test]
async fn refused_data_that_lie_apart_are_all_found_while_there_is_time() {
    let wire = Wire::start();
    wire.world().refused_dimension = Some("7.example.com".into());
    let data: Vec<PutDatum> = (0..300).map(datum).collect();
    let results = put(&wire, &data).await;
    assert!(results.iter().all(|r| is_refused(r) || is_written(r)));
    assert_eq!(results.iter().filter(|r| is_refused(r)).count(), 30);
    assert_eq!(wire.world().data.len(), 270);
}

#[tokio::test]
async fn the_search_for_refused_data_has_an_end_which_is_nearer_when_time_is_short() {
    let data: Vec<PutDatum> = (0..1000).map(datum).collect();
    for (seconds, calls) in [(1, 2 * 50 + 1), (20, 2 * 200 + 1)] {
        let wire = Wire::start();
        wire.world().refused_dimension = Some("example.com".into());
        let last_start = Instant::now() + Duration::from_secs(seconds);
        let limit = TimeLimit { last_start, end: last_start + Duration::from_secs(10) };
        let results = Metrics::new(&connection(&wire), "SesWarden".into()).put(&data, limit).await;
        assert!(wire.calls().len() <= calls, "{}", wire.calls().len());
        assert!(
            results.iter().any(
                |r| r.range.len() > 1 && matches!(r.end, PutEnd::Failed(_) | PutEnd::OutOfTime)
            )
        );
    }
}

#[tokio::test]
async fn whatever_a_service_calls_odd_data_they_are_searched_for() {
    for code in [
        "InvalidParameterValue",
        "InvalidParameterCombination",
        "InvalidFormat",
        "MissingParameter",
        "MissingRequiredParameter",
        "MissingRequiredParameterException",
        "RequestEntityTooLarge",
        "ValidationError",
        "ValidationException",
    ] {
        let wire = Wire::start();
        wire.script("PutMetricData", [Answer::error(400, code), Answer::error(400, code)]);
        let results = put(&wire, &[datum(0), datum(1)]).await;
        assert!(is_refused(&results[0]) && is_written(&results[1]), "{code}: {results:?}");
        assert_eq!(wire.calls().len(), 3, "{code}");
    }
}

#[tokio::test]
async fn a_refusal_that_is_not_about_the_data_is_not_searched() {
    let wire = Wire::start();
    for code in
        ["IncompleteSignature", "MissingAuthenticationToken", "RequestExpired", "NotFoundException"]
    {
        wire.script("PutMetricData", [Answer::error(400, code)]);
        let before = wire.calls().len();
        let results = put(&wire, &[datum(0), datum(1)]).await;
        assert_eq!(wire.calls().len(), before + 1, "{code}");
        assert!(results.iter().all(|r| matches!(r.end, PutEnd::Failed(_))), "{code}");
    }
    wire.script("PutMetricData", [Answer::error(403, "AccessDenied")]);
    assert_eq!(put_one(&wire).await.unwrap_err().class, Class::Denied);
}

#[tokio::test]
async fn throttled_metric_data_are_sent_again() {
    let wire = Wire::start();
    wire.script("PutMetricData", [Answer::error(400, "Throttling")]);
    put_one(&wire).await.unwrap();
    assert_eq!(wire.calls().len(), 2);
    assert_eq!(wire.world().data.len(), 1);
}

#[tokio::test]
async fn metric_data_after_a_fault_of_the_service_are_not_sent_again() {
    for (status, code) in
        [(500, "InternalServiceFault"), (502, "none"), (503, "ServiceUnavailable"), (504, "none")]
    {
        let wire = Wire::start();
        wire.script("PutMetricData", [Answer::error(status, code)]);
        assert_eq!(put_one(&wire).await.unwrap_err().class, Class::Temporary);
        assert_eq!(wire.calls().len(), 1, "{status}");
    }
}

#[tokio::test]
async fn a_service_that_says_it_throttles_has_taken_nothing_whatever_its_status() {
    let wire = Wire::start();
    wire.script("PutMetricData", [Answer::error(503, "Throttling"), Answer::error(429, "none")]);
    put_one(&wire).await.unwrap();
    assert_eq!(wire.calls().len(), 3);
    assert_eq!(wire.world().data.len(), 1);
}

#[tokio::test]
async fn metric_data_that_may_have_arrived_are_not_sent_again() {
    let wire = Wire::start();
    wire.script("PutMetricData", [Answer::Broken]);
    assert_eq!(put_one(&wire).await.unwrap_err().class, Class::Temporary);
    assert_eq!(wire.calls().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn metric_data_without_an_answer_are_not_sent_again() {
    let wire = Wire::start();
    wire.script("PutMetricData", vec![Answer::Hang; 9]);
    let start = Instant::now();
    assert_eq!(put_one(&wire).await.unwrap_err().class, Class::Temporary);
    assert!(start.elapsed() <= Duration::from_secs(10), "{:?}", start.elapsed());
    assert!(wire.calls().len() <= 1);
}

#[tokio::test]
async fn configuration_sets_and_domains_come_from_all_pages() {
    let wire = Wire::start();
    {
        let mut world = wire.world();
        world.page_size = 2;
        for set in ["c", "a", "b", "a", "e", "d"] {
            world.add_series("Send", &[("Domain", "example.com"), ("ConfigurationSet", set)], 1.0);
        }
        world.add_series("Send", &[("Domain", "example.org"), ("ConfigurationSet", "z")], 1.0);
        world.add_series("Send", &[("Domain", "example.net")], 1.0);
        world.add_series("Complaint", &[("Domain", "example.com"), ("ConfigurationSet", "y")], 1.0);
    }
    let metrics = Metrics::new(&connection(&wire), "SesWarden".into());
    assert_eq!(
        metrics.configuration_sets_of("Send", "example.com").await.unwrap(),
        ["a", "b", "c", "d", "e"]
    );
    assert_eq!(metrics.domains_of("z").await.unwrap(), ["example.org"]);
    assert_eq!(metrics.domains().await.unwrap(), ["example.net"]);
    let first = &wire.calls()[0];
    assert_eq!(
        first.body.get("RecentlyActive"),
        None,
        "an event may come days after the last mail"
    );
    assert_eq!(wire.calls().last().unwrap().body["RecentlyActive"], "PT3H");
    assert_eq!(
        first.body["Dimensions"],
        json!([{ "Name": "Domain", "Value": "example.com" }, { "Name": "ConfigurationSet" }])
    );
    assert_eq!(wire.calls_of("ListMetrics").len(), 3 + 1 + 4);
}

#[tokio::test]
async fn sums_come_in_the_order_of_the_queries_over_pages_and_calls() {
    let wire = Wire::start();
    {
        let mut world = wire.world();
        world.page_size = 300;
        for index in 0..600_u32 {
            world.add_series(
                "Send",
                &[("Domain", &format!("d{index}.example.com"))],
                f64::from(index),
            );
        }
    }
    let query = |index: u32| Query {
        metric: "Send",
        dimensions: vec![("Domain", format!("d{index}.example.com"))],
    };
    let queries: Vec<Query> = (0..700).map(query).collect();
    let metrics = Metrics::new(&connection(&wire), "SesWarden".into());
    let sums = metrics.sums(&queries, 1_790_000_000, 1_790_003_600).await.unwrap();
    let wanted: Vec<f64> = (0..700_u32).map(|n| if n < 600 { f64::from(n) } else { 0.0 }).collect();
    assert_eq!(sums, wanted);
    let calls = wire.calls_of("GetMetricData");
    assert_eq!(calls.len(), 3);
    assert!(
        calls.iter().all(|call| call.body["MetricDataQueries"].as_array().unwrap().len() <= 500)
    );
    assert_eq!(calls[0].body["MetricDataQueries"][0]["MetricStat"]["Stat"], "Sum");
}

#[tokio::test]
async fn a_sum_that_could_not_be_read_is_no_zero() {
    let query = Query { metric: "Send", dimensions: vec![("Domain", "example.com".into())] };
    for (status, class) in [("Forbidden", Class::Denied), ("InternalError", Class::Temporary)] {
        let wire = Wire::start();
        let answer =
            json!({ "MetricDataResults": [{ "Id": "q0", "StatusCode": status, "Values": [] }] });
        wire.script("GetMetricData", [Answer::Ok(answer)]);
        let metrics = Metrics::new(&connection(&wire), "SesWarden".into());
        let error = metrics.sums(std::slice::from_ref(&query), 0, 3600).await.unwrap_err();
        assert_eq!((error.operation, error.class), ("GetMetricData", class));
    }
}

/// The clock stands still but for the waits between tries.
#[tokio::test(start_paused = true)]
async fn nobody_listening_is_tried_again_and_temporary() {
    let metrics = Metrics::new(&connection_to(&dead_url()), "SesWarden".into());
    let start = Instant::now();
    let results = metrics.put(&[datum(0)], in_time()).await;
    assert!(start.elapsed() >= Duration::from_secs(1), "{:?}", start.elapsed());
    let PutEnd::Failed(error) = &results[0].end else { panic!("{results:?}") };
    assert_eq!(error.class, Class::Temporary);
}

#[tokio::test]
async fn no_try_begins_after_its_time_and_none_goes_on_after_the_end() {
    let wire = Wire::start();
    let metrics = Metrics::new(&connection(&wire), "SesWarden".into());
    let begin = Instant::now();
    let after = |millis| begin + Duration::from_millis(millis);
    tokio::time::sleep(Duration::from_millis(2)).await;
    let limit = TimeLimit { last_start: after(1), end: after(5000) };
    assert_eq!(metrics.put(&[datum(0)], limit).await[0].end, PutEnd::OutOfTime);
    assert_eq!(wire.calls().len(), 0);

    wire.script("PutMetricData", [Answer::Hang]);
    let limit = TimeLimit { last_start: after(1000), end: after(1100) };
    let results = metrics.put(&[datum(0)], limit).await;
    assert!(
        matches!(&results[0].end, PutEnd::Failed(error) if error.class == Class::Temporary),
        "{results:?}"
    );
    let took = begin.elapsed();
    assert!((1100..5000).contains(&took.as_millis()), "{took:?}");
    assert_eq!(wire.calls().len(), 1);
}

#[tokio::test]
async fn a_wait_that_would_end_too_late_is_not_begun() {
    let wire = Wire::start();
    wire.script("PutMetricData", vec![Answer::error(400, "Throttling"); 9]);
    let begin = Instant::now();
    // The wait before the third try is 800 ms.
    let limit = TimeLimit {
        last_start: begin + Duration::from_millis(950),
        end: begin + Duration::from_secs(20),
    };
    let results =
        Metrics::new(&connection(&wire), "SesWarden".into()).put(&[datum(0)], limit).await;
    assert!(
        matches!(&results[0].end, PutEnd::Failed(error) if error.class == Class::Throttled),
        "{results:?}"
    );
    assert!(wire.calls().len() <= 2, "{}", wire.calls().len());
    assert!(begin.elapsed() < Duration::from_millis(950), "{:?}", begin.elapsed());
}
