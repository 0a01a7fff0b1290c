//! suppress, when answers, files and states are not what they should be: the short form of
//! an attack on the built functions.

use std::time::Duration;

use serde_json::json;
use warden_suppress::Suppress;

use crate::payloads::{bounce, complaint, sqs};
use crate::wire::{Answer, Wire};
use crate::{environment, invoke, invoke_within};

const NOTHING: [&str; 0] = [];
const CALL: &str = r#"{"source":"aws.events","detail-type":"Scheduled Event"}"#;
const STATE: &str = "suppress/eu-central-1/state.json";
const LEASE: &str = "suppress/lease.json";

fn function(wire: &Wire) -> Suppress {
    let settings = [
        ("WARDEN_SES_CALLS_PER_SECOND", "1000"),
        ("WARDEN_BUCKET", "ses-warden-imports"),
        ("WARDEN_IMPORT_THRESHOLD", "3"),
    ];
    warden_suppress::build(&environment(wire, &settings)).unwrap()
}

fn without_bucket(wire: &Wire) -> Suppress {
    let settings = [("WARDEN_SES_CALLS_PER_SECOND", "1000")];
    warden_suppress::build(&environment(wire, &settings)).unwrap()
}

async fn run_imports(function: &Suppress) {
    assert_eq!(invoke(function, CALL).await.unwrap(), NOTHING);
}

fn put_file(wire: &Wire, place: &str, name: &str, count: usize) {
    let line = |n| {
        json!({ "emailAddress": format!("{name}{n}@example.net"), "reason": "BOUNCE" }).to_string()
            + "\n"
    };
    let file = (0..count).map(line).collect();
    let key = format!("suppress/eu-central-1/{place}/{name}.ndjson");
    wire.world().objects.insert(key, file);
}

fn is_counted(wire: &Wire, metric: &str) -> bool {
    wire.world().data.iter().any(|datum| datum["MetricName"] == metric)
}

#[tokio::test]
async fn only_a_verdict_on_the_address_is_final() {
    let wire = Wire::start();
    for status in 300..=599 {
        for code in ["", "BadRequestException", "ConflictException"] {
            let function = without_bucket(&wire);
            wire.script("PutSuppressedDestination", vec![Answer::error(status, code); 3]);
            let batch = sqs(&[complaint(0, "jane@example.net")]);
            let given_back = invoke(&function, batch).await.unwrap();
            wire.unscript();
            let is_final = status == 400 && code == "BadRequestException";
            assert_eq!(given_back.is_empty(), is_final, "{status} {code}");
        }
    }
    assert_eq!(wire.world().suppressed.len(), 0);
}

#[tokio::test]
async fn an_answer_that_is_no_verdict_costs_no_address() {
    for (status, code) in [
        (301, ""),
        (307, "TemporaryRedirect"),
        (400, ""),
        (400, "RequestTimeout"),
        (400, "IncompleteSignature"),
        (404, ""),
        (404, "NotFoundException"),
        (405, ""),
        (409, "ConflictException"),
        (413, "RequestEntityTooLarge"),
    ] {
        let wire = Wire::start();
        let function = function(&wire);
        wire.script("PutSuppressedDestination", vec![Answer::error(status, code); 3]);
        let batch = sqs(&[complaint(0, "jane@example.net"), complaint(1, "joe@example.net")]);
        assert_eq!(invoke(&function, batch).await.unwrap(), NOTHING, "{status} {code}");
        wire.unscript();
        run_imports(&function).await;
        assert_eq!(wire.world().suppressed.len(), 2, "{status} {code}");
    }
}

#[tokio::test]
async fn a_redirected_look_does_not_let_a_bounce_replace_a_complaint() {
    let wire = Wire::start();
    wire.world().suppressed.insert("jane@example.net".into(), "COMPLAINT".into());
    wire.script("GetSuppressedDestination", [Answer::error(301, "")]);
    let batch = sqs(&[bounce(0, "jane@example.net")]);
    assert_eq!(invoke(&without_bucket(&wire), batch).await.unwrap(), ["m0"]);
    assert_eq!(wire.world().suppressed["jane@example.net"], "COMPLAINT");
}

#[tokio::test]
async fn a_lease_beyond_any_invocation_is_void_and_said() {
    crate::log::capture();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let in_an_hour = u64::try_from(now.as_millis()).unwrap() + 3_600_000;
    for until in [in_an_hour, in_an_hour + 31_536_000_000, u64::MAX] {
        let wire = Wire::start();
        let function = function(&wire);
        put_file(&wire, "staged", "gone", 5);
        let lease = json!({ "untilMs": until }).to_string();
        wire.world().objects.insert(LEASE.into(), lease);
        let _ = crate::log::Log::take();
        run_imports(&function).await;
        let log = crate::log::Log::take();
        assert!(log.contains("further in the future than an invocation can last"), "{log}");
        run_imports(&function).await;
        assert_eq!(wire.world().suppressed.len(), 5, "{until}");
    }
    // One that an invocation may hold is heeded.
    let wire = Wire::start();
    put_file(&wire, "staged", "gone", 5);
    let lease = json!({ "untilMs": in_an_hour - 3_540_000 }).to_string();
    wire.world().objects.insert(LEASE.into(), lease);
    run_imports(&function(&wire)).await;
    assert_eq!(wire.world().objects.len(), 2);
}

#[tokio::test]
async fn a_file_that_cannot_be_read_holds_up_no_other() {
    for (place, answer) in [
        ("staged", Answer::error(403, "InvalidObjectState")),
        ("jobs", Answer::error(403, "AccessDenied")),
        ("single", Answer::error(400, "KMS.DisabledException")),
        ("staged", Answer::Hang),
        ("jobs", Answer::Hang),
    ] {
        let wire = Wire::start();
        let function = function(&wire);
        put_file(&wire, place, "a-bad", 1);
        put_file(&wire, "staged", "gone", 20);
        put_file(&wire, "single", "slow", 2);
        let key = format!("suppress/eu-central-1/{place}/a-bad.ndjson");
        wire.world().odd_objects.insert(key, answer.clone());
        for _ in 0..2 {
            invoke_within(&function, CALL, Duration::from_secs(3)).await.unwrap();
        }
        assert_eq!(wire.world().suppressed.len(), 22, "{place} {answer:?}");
        assert!(is_counted(&wire, "ImportFailed"), "{place} {answer:?}: it is counted");
        wire.world().odd_objects.clear();
        for _ in 0..3 {
            run_imports(&function).await;
        }
        assert_eq!(wire.world().suppressed.len(), 23, "{place} {answer:?}");
    }
}

#[tokio::test]
async fn a_state_that_cannot_be_read_does_not_stop_single_puts() {
    let wire = Wire::start();
    let function = function(&wire);
    put_file(&wire, "staged", "gone", 20);
    wire.world().objects.insert(STATE.into(), json!({ "failures": 1 }).to_string());
    wire.world().odd_objects.insert(STATE.into(), Answer::error(403, "AccessDenied"));
    run_imports(&function).await;
    assert_eq!(wire.world().suppressed.len(), 20);
    assert_eq!(wire.calls_of("CreateImportJob").len(), 0);
    assert!(is_counted(&wire, "ImportFailed"));
}

#[tokio::test]
async fn a_job_that_ses_refuses_to_name_is_ended_and_made_again() {
    for id in ["", "..", "no such id"] {
        let wire = Wire::start();
        let function = function(&wire);
        put_file(&wire, "jobs", "gone", 5);
        let key = "suppress/eu-central-1/jobs/gone.ndjson";
        let state =
            json!({ "busy": true, "job": { "id": id, "key": key, "addresses": 5, "since": 1 } });
        wire.world().objects.insert(STATE.into(), state.to_string());
        wire.script("GetImportJob", [Answer::error(400, "BadRequestException")]);
        run_imports(&function).await;
        wire.unscript();
        let mut state: serde_json::Value =
            serde_json::from_str(&wire.world().objects[STATE].clone()).unwrap();
        assert_eq!(state["job"], serde_json::Value::Null, "{id:?}");
        state["nextJobAt"] = json!(0);
        wire.world().objects.insert(STATE.into(), state.to_string());
        for _ in 0..3 {
            run_imports(&function).await;
        }
        assert_eq!(wire.world().suppressed.len(), 5, "{id:?}");
    }
}

#[tokio::test]
async fn a_job_from_the_future_is_given_up_in_the_end() {
    crate::log::capture();
    let wire = Wire::start();
    let function = function(&wire);
    put_file(&wire, "jobs", "gone", 5);
    let key = "suppress/eu-central-1/jobs/gone.ndjson";
    let job = json!({ "id": "job-9", "key": key, "addresses": 5, "since": 99_999_999_999_i64 });
    let state = json!({ "busy": true, "job": job, "nextJobAt": 99_999_999_999_i64 });
    wire.world().objects.insert(STATE.into(), state.to_string());
    let at_work = Answer::Ok(json!({ "JobStatus": "PROCESSING" }));
    wire.script("GetImportJob", vec![at_work; 2]);
    let _ = crate::log::Log::take();
    run_imports(&function).await;
    assert!(crate::log::Log::take().contains("held a time or a key that no import run writes"));
    let mut state: serde_json::Value =
        serde_json::from_str(&wire.world().objects[STATE].clone()).unwrap();
    let since = state["job"]["since"].as_i64().unwrap();
    assert!(since < 9_999_999_999, "it counts from now on");
    state["job"]["since"] = json!(since - 90_000);
    wire.world().objects.insert(STATE.into(), state.to_string());
    run_imports(&function).await;
    assert_eq!(wire.calls_of("GetImportJob").len(), 2);
    assert!(is_counted(&wire, "ImportFailed"));
    for _ in 0..2 {
        run_imports(&function).await;
    }
    assert_eq!(wire.world().suppressed.len(), 5);
}

#[tokio::test]
async fn a_file_that_is_no_import_file_is_moved_aside() {
    let wire = Wire::start();
    let function = function(&wire);
    let garbage = "\u{fffe}e\0m\0a\0i\0l\0\n\0x\0";
    let half = "{\"emailAddress\":\"jane@example.net\",\"reason\":\"BOUNCE\"}\nhalf a li";
    for (name, content) in [("garbage", garbage), ("half", half)] {
        let key = format!("suppress/eu-central-1/staged/{name}.ndjson");
        wire.world().objects.insert(key, content.to_owned());
    }
    for _ in 0..3 {
        run_imports(&function).await;
    }
    assert_eq!(wire.world().suppressed.keys().collect::<Vec<_>>(), ["jane@example.net"]);
    assert!(is_counted(&wire, "ImportFailed"));
    let objects = wire.world().objects.clone();
    let aside = |name: &str| format!("suppress/eu-central-1/unreadable/staged-{name}.ndjson");
    assert_eq!(objects.keys().cloned().collect::<Vec<_>>(), [aside("garbage"), aside("half")]);
    assert_eq!(objects[&aside("garbage")], garbage);
    assert_eq!(objects[&aside("half")], half);
}

#[tokio::test]
async fn corrupt_states_lose_no_address() {
    for state in [
        "",
        "null",
        "{",
        "[]",
        "{\"busy\":true}",
        "{\"failures\":4294967295,\"nextJobAt\":-1}",
        "{\"job\":{\"id\":\"../\",\"key\":\"suppress/lease.json\",\"addresses\":1,\"since\":-9}}",
        "{\"listing\":{\"key\":\"nowhere\",\"token\":\"x\"}}",
    ] {
        let wire = Wire::start();
        let function = function(&wire);
        put_file(&wire, "staged", "gone", 5);
        wire.world().objects.insert(STATE.into(), state.to_owned());
        for _ in 0..3 {
            run_imports(&function).await;
        }
        assert_eq!(wire.world().suppressed.len(), 5, "{state}");
    }
}
