//! What metrics remembers, gives up and says.

use serde_json::{Value, json};
use warden_metrics::CountEvents;

use crate::log::{Log, capture};
use crate::metrics::{assert_sum, function_with};
use crate::payloads::{bounce, send, sqs};
use crate::wire::Wire;
use crate::{environment, invoke};

fn function(wire: &Wire) -> CountEvents {
    warden_metrics::build(&environment(wire, &[])).unwrap()
}

fn said(text: &str) -> Vec<Value> {
    let lines = Log::take();
    let lines = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines
        .filter(|line| line["message"].as_str().is_some_and(|message| message.contains(text)))
        .collect()
}

/// As many as a whole batch may bring, and batches of other mail between.
#[tokio::test]
async fn a_batch_is_known_again_after_others() {
    let wire = Wire::start();
    let function = function(&wire);
    let batch = |from: usize| sqs(&(from..from + 2000).map(send).collect::<Vec<_>>());
    for from in [0, 2000, 4000, 6000, 0] {
        invoke(&function, batch(from)).await.unwrap();
    }
    assert_sum(&wire, "Send", &[], 8000.0);
    assert_sum(&wire, "Ignored", &["duplicate"], 2000.0);
}

#[tokio::test]
async fn that_domains_ran_out_is_said_once_with_the_cap() {
    capture();
    let wire = Wire::start();
    let function = function_with(&wire, &[("WARDEN_MAX_DOMAINS", "1")]);
    let from = |domain: &str, number: usize| {
        let mut event: Value = serde_json::from_str(&send(number)).unwrap();
        event["mail"]["tags"]["ses:from-domain"] = json!([domain]);
        event.to_string()
    };
    let text = "more sender domains than MaxDomains allows";
    for (domain, lines) in [("a.example.com", 0), ("b.example.com", 1), ("c.example.com", 0)] {
        invoke(&function, sqs(&[from(domain, lines)])).await.unwrap();
        let said = said(text);
        assert_eq!(said.len(), lines, "{domain}");
        assert!(
            said.iter().all(|line| line["level"] == "WARN" && line["max_domains"] == 1),
            "{said:?}"
        );
    }
}

#[tokio::test]
async fn it_is_said_how_many_events_count_as_of_now() {
    capture();
    let wire = Wire::start();
    let at = |time: Value, number: usize| {
        let mut event: Value = serde_json::from_str(&send(number)).unwrap();
        event["mail"]["timestamp"] = time;
        event.to_string()
    };
    let now = warden_domain::time::iso_millis(
        i64::try_from(
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis(),
        )
        .unwrap(),
    );
    let text = "in the current minute";
    invoke(&function(&wire), sqs(&[at(json!(now), 0), at(json!(now), 1)])).await.unwrap();
    assert_eq!(said(text), [json!(null); 0]);
    let odd = [
        at(json!("2020-01-01T00:00:00Z"), 0),
        at(json!("soon"), 1),
        at(json!(17), 2),
        at(json!(now), 3),
    ];
    invoke(&function(&wire), sqs(&odd)).await.unwrap();
    let said = said(text);
    assert_eq!((said.len(), &said[0]["events"], &said[0]["level"]), (1, &json!(3), &json!("INFO")));
}

/// One bad datum is a bug; many of them must not cost the good ones a delivery each.
#[tokio::test]
async fn many_refused_data_among_good_ones_are_found_in_one_delivery() {
    let wire = Wire::start();
    wire.world().refused_dimension = Some("7.example.com".into());
    let bodies: Vec<String> = (0..300)
        .map(|n| {
            let mut event: Value = serde_json::from_str(&bounce(n, "gone@example.net")).unwrap();
            event["mail"]["tags"] = json!({ "ses:from-domain": [format!("d{n}.example.com")] });
            event.to_string()
        })
        .collect();
    let function = function_with(&wire, &[("WARDEN_MAX_DOMAINS", "1000")]);
    assert_eq!(invoke(&function, sqs(&bodies)).await.unwrap(), [""; 0]);
    assert_sum(&wire, "BounceHard", &[], 300.0);
    for (domain, sum) in
        [("d8.example.com", 1.0), ("d299.example.com", 1.0), ("d297.example.com", 0.0)]
    {
        assert_sum(&wire, "BounceHard", &[domain], sum);
        assert_sum(&wire, "BounceFault", &[domain, "recipient_gone"], sum);
    }
}
