//! suppress, when more addresses come than SES takes one by one.

use std::time::Duration;

use serde_json::{Value, json};
use warden_suppress::Suppress;

use crate::payloads::{bounce, complaint, sns, sqs};
use crate::wire::{Answer, Wire};
use crate::{environment, invoke, invoke_within};

const NOTHING: [&str; 0] = [];

fn function(wire: &Wire, more: &[(&str, &str)]) -> Suppress {
    let settings = [
        ("WARDEN_SES_CALLS_PER_SECOND", "1000"),
        ("WARDEN_BUCKET", "ses-warden-imports"),
        ("WARDEN_IMPORT_THRESHOLD", "3"),
    ];
    let settings: Vec<_> = settings.into_iter().chain(more.iter().copied()).collect();
    warden_suppress::build(&environment(wire, &settings)).unwrap()
}

fn bounces(range: std::ops::Range<usize>) -> String {
    sqs(&range.map(|n| bounce(n, &format!("gone{n}@example.net"))).collect::<Vec<_>>())
}

/// The schedule calls.
async fn run_imports(function: &Suppress) {
    let call = json!({ "version": "0", "source": "aws.events", "detail-type": "Scheduled Event", "detail": {} });
    assert_eq!(invoke(function, call.to_string()).await.unwrap(), NOTHING);
}

/// Keys of the files below a place; the lease, the state and rescue records aside.
fn files(wire: &Wire, place: &str) -> Vec<String> {
    wire.world().objects.keys().filter(|key| key.contains(&format!("/{place}/"))).cloned().collect()
}

fn state(wire: &Wire) -> Value {
    let world = wire.world();
    world
        .objects
        .get("suppress/eu-central-1/state.json")
        .map_or(Value::Null, |text| serde_json::from_str(text).unwrap())
}

/// As if so much time had passed that a job may be made again.
fn end_pause(wire: &Wire) {
    let mut new = state(wire);
    new["nextJobAt"] = json!(0);
    wire.world().objects.insert("suppress/eu-central-1/state.json".into(), new.to_string());
}

fn nothing_waits(wire: &Wire) {
    let objects: Vec<String> = wire.world().objects.keys().cloned().collect();
    assert_eq!(objects, NOTHING, "something is left in the bucket");
}

#[tokio::test]
async fn a_large_batch_is_staged_without_a_call_for_any_address_and_imported_by_one_job() {
    let wire = Wire::start();
    let function = function(&wire, &[]);
    assert_eq!(invoke(&function, bounces(0..50)).await.unwrap(), NOTHING);
    assert_eq!(invoke(&function, bounces(40..90)).await.unwrap(), NOTHING);
    assert_eq!(wire.world().suppressed.len(), 0);
    assert_eq!(files(&wire, "staged").len(), 2);
    run_imports(&function).await;
    assert_eq!((files(&wire, "staged").len(), files(&wire, "jobs").len()), (0, 1));
    run_imports(&function).await;
    assert_eq!(wire.world().suppressed.len(), 90);
    assert_eq!(wire.calls_of("CreateImportJob").len(), 1);
    assert_eq!(wire.calls_of("PutSuppressedDestination").len(), 0);
    nothing_waits(&wire);
}

#[tokio::test]
async fn a_storm_that_comes_event_by_event_is_staged_too() {
    let wire = Wire::start();
    let function = function(&wire, &[]);
    for n in 0..6 {
        invoke(&function, sns(&bounce(n, &format!("gone{n}@example.net")))).await.unwrap();
    }
    assert_eq!(wire.world().suppressed.len(), 3);
    assert_eq!(files(&wire, "staged").len(), 3);
    run_imports(&function).await;
    assert_eq!(wire.world().suppressed.len(), 6);
    assert_eq!(wire.calls_of("CreateImportJob").len(), 0, "three are put one by one");
    nothing_waits(&wire);
}

#[tokio::test]
async fn what_ses_does_not_take_now_waits_in_the_bucket_and_not_in_the_queue() {
    for fault in [
        Answer::throttled(),
        Answer::error(503, "ServiceUnavailable"),
        Answer::error(403, "AccessDeniedException"),
    ] {
        let wire = Wire::start();
        let function = function(&wire, &[]);
        wire.script("PutSuppressedDestination", vec![fault.clone(); 3]);
        let batch = sqs(&[complaint(0, "jane@example.net"), complaint(1, "joe@example.net")]);
        assert_eq!(invoke(&function, batch).await.unwrap(), NOTHING, "{fault:?}");
        wire.unscript();
        assert_eq!(wire.world().suppressed.len(), 0);
        run_imports(&function).await;
        assert_eq!(wire.world().suppressed.len(), 2, "{fault:?}");
        nothing_waits(&wire);
    }
}

#[tokio::test]
async fn a_call_that_hangs_leaves_time_to_stage() {
    let wire = Wire::start();
    let function = function(&wire, &[]);
    wire.script("PutSuppressedDestination", vec![Answer::Hang; 9]);
    let batch = sqs(&[complaint(0, "jane@example.net"), complaint(1, "joe@example.net")]);
    assert_eq!(invoke_within(&function, batch, Duration::from_secs(2)).await.unwrap(), NOTHING);
    assert_eq!(files(&wire, "staged").len(), 1);
}

#[tokio::test]
async fn a_bucket_that_takes_nothing_gives_the_messages_back() {
    let wire = Wire::start();
    let function = function(&wire, &[]);
    wire.script("PutObject", [Answer::error(403, "AccessDenied")]);
    assert_eq!(invoke(&function, bounces(0..4)).await.unwrap(), ["m0", "m1", "m2", "m3"]);
    assert_eq!(invoke(&function, bounces(0..4)).await.unwrap(), NOTHING);
}

#[tokio::test]
async fn a_refused_job_is_made_again_and_addresses_drip_meanwhile() {
    let wire = Wire::start();
    let function = function(&wire, &[]);
    invoke(&function, bounces(0..10)).await.unwrap();
    wire.script("CreateImportJob", [Answer::error(400, "BadRequestException")]);
    run_imports(&function).await;
    assert_eq!(files(&wire, "jobs").len(), 1);
    assert_eq!(wire.world().suppressed.len(), 0);
    assert_eq!(state(&wire)["failures"], 1);
    // The pause is not over: one by one, as far as the time goes.
    run_imports(&function).await;
    assert_eq!(wire.world().suppressed.len(), 10);
    assert_eq!(files(&wire, "jobs").len(), 0);
    end_pause(&wire);
    invoke(&function, bounces(10..20)).await.unwrap();
    run_imports(&function).await;
    run_imports(&function).await;
    assert_eq!(wire.world().suppressed.len(), 20);
    nothing_waits(&wire);
}

#[tokio::test]
async fn a_job_that_fails_is_made_again_from_the_same_file() {
    let wire = Wire::start();
    let function = function(&wire, &[]);
    invoke(&function, bounces(0..10)).await.unwrap();
    run_imports(&function).await;
    let failed =
        json!({ "JobStatus": "FAILED", "FailureInfo": { "ErrorMessage": "Access Denied" } });
    wire.script("GetImportJob", [json!({ "JobStatus": "PROCESSING" }), failed].map(Answer::Ok));
    wire.script("GetSuppressedDestination", vec![Answer::error(503, "ServiceUnavailable"); 9]);
    run_imports(&function).await;
    assert!(state(&wire)["job"].is_object(), "it is at work");
    run_imports(&function).await;
    assert_eq!((state(&wire)["failures"].clone(), wire.world().suppressed.len()), (json!(1), 0));
    end_pause(&wire);
    run_imports(&function).await;
    run_imports(&function).await;
    assert_eq!(wire.world().suppressed.len(), 10);
    assert_eq!(wire.calls_of("CreateImportJob").len(), 2);
    nothing_waits(&wire);
}

#[tokio::test]
async fn records_that_a_job_could_not_use_are_put_one_by_one() {
    let wire = Wire::start();
    let function = function(&wire, &[]);
    invoke(&function, bounces(0..10)).await.unwrap();
    run_imports(&function).await;
    let url = format!("{}/failed-records", wire.url());
    let records =
        json!({ "emailAddress": "gone3@example.net", "reason": "BOUNCE", "cause": "busy" })
            .to_string();
    wire.script("GET /failed-records", [Answer::Ok(json!({ "@body": records }))]);
    wire.script(
        "GetImportJob",
        [Answer::Ok(json!({
            "JobStatus": "COMPLETED", "ProcessedRecordsCount": 10, "FailedRecordsCount": 1,
            "FailureInfo": { "FailedRecordsS3Url": url },
        }))],
    );
    run_imports(&function).await;
    run_imports(&function).await;
    let put: Vec<String> = wire.world().suppressed.keys().cloned().collect();
    assert_eq!(put, ["gone3@example.net"]);
    nothing_waits(&wire);
}

#[tokio::test]
async fn failed_records_that_cannot_be_read_cost_no_address() {
    let wire = Wire::start();
    let function = function(&wire, &[]);
    invoke(&function, bounces(0..10)).await.unwrap();
    run_imports(&function).await;
    wire.script(
        "GetImportJob",
        [Answer::Ok(json!({ "JobStatus": "COMPLETED", "FailedRecordsCount": 2 }))],
    );
    run_imports(&function).await;
    run_imports(&function).await;
    assert_eq!(wire.world().suppressed.len(), 10);
    nothing_waits(&wire);
}

#[tokio::test]
async fn an_import_does_not_put_a_bounce_over_a_complaint() {
    let wire = Wire::start();
    wire.world().page_size = 2;
    for n in [1, 4, 7, 20] {
        wire.world().suppressed.insert(format!("gone{n}@example.net"), "COMPLAINT".into());
    }
    let function = function(&wire, &[]);
    invoke(&function, bounces(0..10)).await.unwrap();
    run_imports(&function).await;
    // While the job is at work: put at once, and again when the job is done.
    invoke(&function, sqs(&[complaint(0, "gone5@example.net")])).await.unwrap();
    assert_eq!(wire.world().suppressed["gone5@example.net"], "COMPLAINT");
    for _ in 0..2 {
        run_imports(&function).await;
    }
    let world = wire.world();
    let complained: Vec<&str> = world
        .suppressed
        .iter()
        .filter(|(_, reason)| *reason == "COMPLAINT")
        .map(|(a, _)| a.as_str())
        .collect();
    assert_eq!(
        complained,
        ["gone1", "gone20", "gone4", "gone5", "gone7"].map(|name| format!("{name}@example.net"))
    );
    assert_eq!(world.suppressed.len(), 11);
}

#[tokio::test]
async fn a_complaint_in_the_same_storm_outranks_the_bounce() {
    let wire = Wire::start();
    let function = function(&wire, &[]);
    invoke(&function, bounces(0..10)).await.unwrap();
    let mut batch: Vec<String> =
        (10..14).map(|n| bounce(n, &format!("gone{n}@example.net"))).collect();
    batch.push(complaint(99, "gone3@example.net"));
    invoke(&function, sqs(&batch)).await.unwrap();
    run_imports(&function).await;
    run_imports(&function).await;
    assert_eq!(wire.world().suppressed["gone3@example.net"], "COMPLAINT");
    assert_eq!(wire.world().suppressed.len(), 14);
}

#[tokio::test]
async fn wherever_a_run_dies_the_next_one_goes_on() {
    // The world stops answering after so many calls of the run; each count is one
    // place to die at.
    for survived in 0..14 {
        let wire = Wire::start();
        let function = function(&wire, &[]);
        invoke(&function, bounces(0..5)).await.unwrap();
        invoke(&function, bounces(5..10)).await.unwrap();
        wire.die_after(survived);
        let call = json!({ "source": "aws.events", "detail-type": "Scheduled Event" }).to_string();
        let run_dies = invoke_within(&function, &call, Duration::from_millis(1200));
        let _ = tokio::time::timeout(Duration::from_millis(400), run_dies).await;
        wire.revive();
        // The dead run's lease runs out with its invocation.
        tokio::time::sleep(Duration::from_millis(900)).await;
        for _ in 0..4 {
            run_imports(&function).await;
        }
        assert_eq!(wire.world().suppressed.len(), 10, "after {survived} calls");
        nothing_waits(&wire);
    }
}

#[tokio::test]
async fn two_runs_at_once_make_one_job() {
    let wire = Wire::start();
    let (one, other) = (function(&wire, &[]), function(&wire, &[]));
    invoke(&one, bounces(0..10)).await.unwrap();
    tokio::join!(Box::pin(run_imports(&one)), Box::pin(run_imports(&other)));
    assert_eq!(wire.calls_of("CreateImportJob").len(), 1);
    run_imports(&other).await;
    assert_eq!(wire.world().suppressed.len(), 10);
    nothing_waits(&wire);
}

#[tokio::test]
async fn more_than_one_job_holds_go_in_two() {
    let wire = Wire::start();
    let function = function(&wire, &[]);
    let file = |range: std::ops::Range<usize>| -> String {
        range
            .map(|n| {
                format!("{{\"emailAddress\":\"gone{n}@example.net\",\"reason\":\"BOUNCE\"}}\n")
            })
            .collect()
    };
    for (name, range) in [("1", 0..60_000), ("2", 60_000..100_000), ("3", 100_000..100_010)] {
        wire.world()
            .objects
            .insert(format!("suppress/eu-central-1/staged/{name}.ndjson"), file(range));
    }
    for _ in 0..3 {
        run_imports(&function).await;
    }
    assert_eq!(wire.world().suppressed.len(), 100_010);
    assert_eq!(wire.calls_of("CreateImportJob").len(), 2);
    nothing_waits(&wire);
}

#[tokio::test]
async fn further_regions_get_a_copy_and_one_that_is_down_delays_only_itself() {
    let wire = Wire::start();
    let function =
        function(&wire, &[("WARDEN_FURTHER_REGIONS", "eu-west-1, us-east-1,eu-central-1")]);
    wire.script_in(
        "us-east-1",
        "PutSuppressedDestination",
        vec![Answer::error(503, "ServiceUnavailable"); 3],
    );
    let batch = sqs(&[complaint(0, "jane@example.net"), complaint(1, "joe@example.net")]);
    assert_eq!(invoke(&function, batch).await.unwrap(), NOTHING);
    assert_eq!(wire.world().suppressed.len(), 2);
    assert_eq!(wire.world().elsewhere["eu-west-1"].len(), 2);
    assert!(!wire.world().elsewhere.contains_key("us-east-1"));
    let tries = wire.calls_of("PutSuppressedDestination").len();
    // It is left alone for a while, and its part waits.
    assert_eq!(invoke(&function, sqs(&[complaint(2, "jim@example.net")])).await.unwrap(), NOTHING);
    assert_eq!(wire.calls_of("PutSuppressedDestination").len(), tries + 2);
    run_imports(&function).await;
    assert_eq!(wire.world().elsewhere["us-east-1"].len(), 3);
    nothing_waits(&wire);
}

#[tokio::test]
async fn a_storm_is_imported_into_every_region() {
    let wire = Wire::start();
    let function = function(&wire, &[("WARDEN_FURTHER_REGIONS", "eu-west-1")]);
    invoke(&function, bounces(0..10)).await.unwrap();
    wire.script_in("eu-west-1", "CreateImportJob", [Answer::error(400, "BadRequestException")]);
    run_imports(&function).await;
    run_imports(&function).await;
    assert_eq!(wire.world().suppressed.len(), 10);
    assert_eq!(
        wire.world().elsewhere["eu-west-1"].len(),
        10,
        "its job was refused, so they are put one by one"
    );
}

/// A fault of a storm: what answers in place of SES or S3, at which call, and the line that reports
/// it.
struct StormFault {
    operation: &'static str,
    answers: Vec<Answer>,
    level: &'static str,
    line: &'static str,
}

fn faults(wire: &Wire) -> Vec<StormFault> {
    let fault = |operation, answers, level, line| StormFault { operation, answers, level, line };
    let in_part = |url: Option<String>| {
        Answer::Ok(
            json!({ "JobStatus": "COMPLETED", "FailedRecordsCount": 2, "FailureInfo": { "FailedRecordsS3Url": url } }),
        )
    };
    let gone = |url: &str| Some(format!("{}/{url}", wire.url()));
    let job_status = |status: &str| {
        Answer::Ok(json!({ "JobStatus": status, "FailureInfo": { "ErrorMessage": "sorry" } }))
    };
    vec![
        fault(
            "CreateImportJob",
            vec![Answer::throttled(); 3],
            "WARN",
            "no import job yet; it is tried again",
        ),
        fault(
            "CreateImportJob",
            vec![Answer::error(500, "InternalFailure"); 3],
            "WARN",
            "no import job yet",
        ),
        fault(
            "CreateImportJob",
            vec![Answer::error(400, "LimitExceededException"); 3],
            "WARN",
            "no import job yet",
        ),
        fault(
            "CreateImportJob",
            vec![Answer::error(400, "BadRequestException")],
            "ERROR",
            "SES takes no import job: look at",
        ),
        fault(
            "CreateImportJob",
            vec![Answer::error(403, "AccessDeniedException")],
            "ERROR",
            "SES takes no import job: look at",
        ),
        fault("CreateImportJob", vec![Answer::Broken; 3], "WARN", "no import job yet"),
        fault(
            "GetImportJob",
            vec![job_status("FAILED")],
            "ERROR",
            "the import job failed; suppress starts another",
        ),
        fault("GetImportJob", vec![job_status("CANCELLED")], "ERROR", "somebody cancelled it"),
        fault(
            "GetImportJob",
            vec![Answer::error(404, "NotFoundException")],
            "ERROR",
            "SES knows no such job",
        ),
        fault(
            "GetImportJob",
            vec![Answer::throttled(); 3],
            "WARN",
            "what waits for this Region waits for the next run",
        ),
        fault("GetImportJob", vec![in_part(None)], "WARN", "could not use some records"),
        fault(
            "GetImportJob",
            vec![in_part(gone("expired"))],
            "WARN",
            "the failed records cannot be read",
        ),
        fault(
            "GetImportJob",
            vec![in_part(Some("no address".into()))],
            "WARN",
            "the failed records cannot be read",
        ),
        fault(
            "ListSuppressedDestinations",
            vec![Answer::error(503, "ServiceUnavailable"); 3],
            "ERROR",
            "the complaints cannot be listed",
        ),
        fault(
            "PutObject",
            vec![Answer::error(403, "AccessDenied")],
            "ERROR",
            "cannot write to the bucket",
        ),
        fault(
            "GetObject",
            vec![Answer::error(403, "AccessDenied")],
            "WARN",
            "waits for the next run",
        ),
        fault(
            "DeleteObject",
            vec![Answer::error(403, "AccessDenied")],
            "WARN",
            "waits for the next run",
        ),
        fault(
            "ListObjectsV2",
            vec![Answer::error(403, "AccessDenied")],
            "ERROR",
            "the bucket cannot be used",
        ),
    ]
}

#[tokio::test]
async fn every_fault_of_a_storm_ends_with_nothing_lost_and_a_line_that_tells() {
    crate::log::capture();
    let count = faults(&Wire::start()).len();
    for place in 0..count {
        let wire = Wire::start();
        let StormFault { operation, answers, level, line } = faults(&wire).swap_remove(place);
        let function = function(&wire, &[]);
        let _ = crate::log::Log::take();
        wire.script(operation, answers);
        let batch = bounces(0..10);
        if !invoke(&function, &batch).await.unwrap().is_empty() {
            assert_eq!(
                invoke(&function, &batch).await.unwrap(),
                NOTHING,
                "{operation}: it comes back from the queue"
            );
        }
        let call = json!({ "source": "aws.events", "detail-type": "Scheduled Event" }).to_string();
        for _ in 0..3 {
            assert_eq!(invoke(&function, &call).await.unwrap(), NOTHING);
        }
        wire.unscript();
        if state(&wire).is_object() {
            end_pause(&wire);
        }
        for _ in 0..3 {
            run_imports(&function).await;
        }
        let log = crate::log::Log::take();
        assert_eq!(wire.world().suppressed.len(), 10, "{operation} {line}: {log}");
        nothing_waits(&wire);
        let is_reported =
            |text: &str| text.contains(line) && text.contains(&format!("\"level\":\"{level}\""));
        assert!(log.lines().any(is_reported), "{operation} {line}: {log}");
        assert!(!log.contains("gone1@"), "an address is in the log");
    }
}

#[tokio::test]
async fn a_run_that_hangs_ends_in_time_and_the_next_one_goes_on() {
    for operation in ["CreateImportJob", "GetImportJob", "ListSuppressedDestinations", "GetObject"]
    {
        let wire = Wire::start();
        let function = function(&wire, &[]);
        invoke(&function, bounces(0..10)).await.unwrap();
        if operation == "GetImportJob" {
            run_imports(&function).await;
        }
        wire.script(operation, vec![Answer::Hang; 3]);
        let call = json!({ "source": "aws.events", "detail-type": "Scheduled Event" }).to_string();
        let ends = tokio::time::timeout(
            Duration::from_secs(3),
            invoke_within(&function, &call, Duration::from_secs(2)),
        );
        assert_eq!(ends.await.unwrap().unwrap(), NOTHING, "{operation}");
        wire.unscript();
        for _ in 0..3 {
            run_imports(&function).await;
        }
        assert_eq!(wire.world().suppressed.len(), 10, "{operation}");
        nothing_waits(&wire);
    }
}

/// The schedule's call, for runs that are not to end by themselves.
const CALL: &str = r#"{"source":"aws.events","detail-type":"Scheduled Event"}"#;

fn lines(name: &str, count: usize, reason: &str) -> String {
    let line = |n| {
        json!({ "emailAddress": format!("{name}{n}@example.net"), "reason": reason }).to_string()
            + "\n"
    };
    (0..count).map(line).collect()
}

#[tokio::test]
async fn a_complaint_that_meets_a_run_is_put_again_when_the_job_is_done() {
    for operation in ["ListSuppressedDestinations", "CreateImportJob"] {
        let wire = Wire::start();
        let (importing, function) = (function(&wire, &[]), function(&wire, &[]));
        invoke(&function, bounces(0..10)).await.unwrap();
        wire.script(operation, [Answer::Hang]);
        let meanwhile = async {
            while wire.calls_of(operation).is_empty() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            invoke(&function, sqs(&[complaint(0, "gone5@example.net")])).await.unwrap()
        };
        let hanging = Box::pin(invoke_within(&importing, CALL, Duration::from_secs(2)));
        let (_, given_back) = tokio::join!(hanging, Box::pin(meanwhile));
        assert_eq!(given_back, NOTHING);
        assert_eq!(files(&wire, "staged").len(), 1, "{operation}: the complaint waits too");
        for _ in 0..4 {
            run_imports(&function).await;
        }
        assert_eq!(wire.world().suppressed["gone5@example.net"], "COMPLAINT", "{operation}");
        assert_eq!(wire.world().suppressed.len(), 10);
        nothing_waits(&wire);
    }
}

#[tokio::test]
async fn a_lost_answer_of_create_import_job_stays_in_mind() {
    let wire = Wire::start();
    let function = function(&wire, &[]);
    invoke(&function, bounces(0..10)).await.unwrap();
    wire.script("CreateImportJob", vec![Answer::Broken; 3]);
    run_imports(&function).await;
    // SES may be at work on it all the same.
    invoke(&function, sqs(&[complaint(0, "gone5@example.net")])).await.unwrap();
    assert_eq!(files(&wire, "staged").len(), 1);
}

#[tokio::test]
async fn records_of_which_only_some_are_named_are_all_put_again() {
    let wire = Wire::start();
    let function = function(&wire, &[]);
    invoke(&function, bounces(0..10)).await.unwrap();
    run_imports(&function).await;
    let url = format!("{}/failed-records", wire.url());
    wire.script("GET /failed-records", [Answer::Ok(json!({ "@body": "gone3@example.net" }))]);
    let in_part = json!({
        "JobStatus": "COMPLETED", "FailedRecordsCount": 2, "FailureInfo": { "FailedRecordsS3Url": url },
    });
    wire.script("GetImportJob", [Answer::Ok(in_part)]);
    run_imports(&function).await;
    run_imports(&function).await;
    assert_eq!(wire.world().suppressed.len(), 10);
}

#[tokio::test]
async fn a_backlog_of_single_puts_does_not_hold_up_an_import() {
    let wire = Wire::start();
    let function = function(&wire, &[("WARDEN_SES_CALLS_PER_SECOND", "20")]);
    let backlog = "suppress/eu-central-1/single/1.ndjson";
    wire.world().objects.insert(backlog.into(), lines("slow", 500, "BOUNCE"));
    wire.world()
        .objects
        .insert("suppress/eu-central-1/staged/1.ndjson".into(), lines("gone", 500, "BOUNCE"));
    for _ in 0..2 {
        invoke_within(&function, CALL, Duration::from_secs(2)).await.unwrap();
    }
    let world = wire.world();
    assert_eq!(world.suppressed.keys().filter(|address| address.starts_with("gone")).count(), 500);
    assert!(world.objects[backlog].lines().count() < 500, "what was put is taken out of its file");
}

#[tokio::test]
async fn a_listing_of_complaints_that_takes_several_runs_goes_on_where_it_was() {
    let wire = Wire::start();
    wire.world().page_size = 1;
    for n in 10..40 {
        wire.world().suppressed.insert(format!("gone{n}@example.net"), "COMPLAINT".into());
    }
    let function = function(&wire, &[("WARDEN_SES_CALLS_PER_SECOND", "10")]);
    invoke(&function, bounces(30..50)).await.unwrap();
    for _ in 0..6 {
        invoke_within(&function, CALL, Duration::from_secs(2)).await.unwrap();
    }
    let world = wire.world();
    assert_eq!(world.suppressed.values().filter(|reason| *reason == "COMPLAINT").count(), 30);
    assert_eq!(world.suppressed.len(), 40);
}

#[tokio::test]
async fn one_address_that_ses_chokes_on_does_not_hold_up_the_others() {
    let wire = Wire::start();
    let function = function(&wire, &[]);
    wire.world()
        .objects
        .insert("suppress/eu-central-1/single/1.ndjson".into(), lines("gone", 3, "COMPLAINT"));
    wire.script("PutSuppressedDestination", vec![Answer::error(500, "InternalFailure"); 3]);
    run_imports(&function).await;
    assert_eq!(wire.world().suppressed.len(), 2);
    run_imports(&function).await;
    assert_eq!(wire.world().suppressed.len(), 3);
}

#[tokio::test]
async fn a_file_that_no_job_can_use_does_not_hold_up_the_next() {
    let wire = Wire::start();
    let function = function(&wire, &[]);
    invoke(&function, bounces(0..10)).await.unwrap();
    wire.script("CreateImportJob", [Answer::error(400, "BadRequestException")]);
    run_imports(&function).await;
    invoke(&function, bounces(10..20)).await.unwrap();
    end_pause(&wire);
    run_imports(&function).await;
    assert_eq!(files(&wire, "jobs").len(), 2, "the next file has its turn");
}

#[tokio::test]
async fn staged_addresses_drip_too_while_no_job_may_be_made() {
    let wire = Wire::start();
    let function = function(&wire, &[]);
    invoke(&function, bounces(0..10)).await.unwrap();
    wire.script("CreateImportJob", [Answer::error(400, "BadRequestException")]);
    run_imports(&function).await;
    invoke(&function, bounces(10..20)).await.unwrap();
    run_imports(&function).await;
    assert_eq!(wire.world().suppressed.len(), 20);
    assert_eq!(wire.calls_of("CreateImportJob").len(), 1);
}

#[tokio::test]
async fn what_comes_under_protection_while_it_waits_is_not_suppressed() {
    let wire = Wire::start();
    invoke(&function(&wire, &[]), bounces(0..10)).await.unwrap();
    let protecting = function(&wire, &[("WARDEN_PROTECTED_ADDRESSES", "gone1@example.net")]);
    run_imports(&protecting).await;
    run_imports(&protecting).await;
    assert_eq!(wire.world().suppressed.len(), 9);
    nothing_waits(&wire);
}

#[tokio::test]
async fn a_run_that_cannot_go_on_is_counted() {
    let wire = Wire::start();
    let function = function(&wire, &[]);
    invoke(&function, bounces(0..10)).await.unwrap();
    run_imports(&function).await;
    wire.script("GetImportJob", [Answer::error(403, "AccessDeniedException")]);
    run_imports(&function).await;
    assert!(wire.world().data.iter().any(|datum| datum["MetricName"] == "ImportFailed"));
}

#[tokio::test]
async fn wherever_a_run_on_a_partly_failed_job_dies_the_next_one_goes_on() {
    for survived in 0..12 {
        let wire = Wire::start();
        let function = function(&wire, &[]);
        invoke(&function, bounces(0..10)).await.unwrap();
        run_imports(&function).await;
        let in_part = Answer::Ok(json!({ "JobStatus": "COMPLETED", "FailedRecordsCount": 10 }));
        wire.script("GetImportJob", vec![in_part; 2]);
        wire.die_after(survived);
        let run_dies = invoke_within(&function, CALL, Duration::from_millis(1200));
        let _ = tokio::time::timeout(Duration::from_millis(400), run_dies).await;
        wire.revive();
        tokio::time::sleep(Duration::from_millis(900)).await;
        for _ in 0..4 {
            run_imports(&function).await;
        }
        assert_eq!(wire.world().suppressed.len(), 10, "after {survived} calls");
        nothing_waits(&wire);
    }
}
