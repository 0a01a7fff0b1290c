//! `docs/operate-policy.json` allows what `pause`, `resume`, `secure` and `dead-letters` call, and
//! nothing else; its first statement is enough for what only reads.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    reason = "of JSON, where what is not there is null and fails the test"
)]

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use fake_aws::{Answer, Wire};
use serde_json::{Value, json};

type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

const ACCOUNT: &str = "111122223333";
const INVOKE: &str = "POST /2015-03-31/functions/guard/invocations";

fn installed() -> Wire {
    let wire = Wire::start();
    {
        let mut world = wire.world();
        let queue = |name: &str| format!("{}/{ACCOUNT}/{name}", wire.url());
        world.outputs = [
            ("JournalTableName", "journal".to_owned()),
            ("AlarmPrefix", "ses-warden/".to_owned()),
            ("MetricNamespace", "SesWarden".to_owned()),
            ("SuppressQueueUrl", queue("suppress")),
            ("SuppressDeadLetterQueueUrl", queue("suppress-dead")),
            ("SuppressFunctionName", "suppress".to_owned()),
            ("MetricsQueueUrl", queue("metrics")),
            ("MetricsDeadLetterQueueUrl", queue("metrics-dead")),
            ("MetricsFunctionName", "metrics".to_owned()),
            ("GuardDeadLetterQueueUrl", queue("guard-dead")),
            ("GuardFunctionName", "guard".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        world.sets.insert("marketing".to_owned(), true);
        world.tenant_sends.insert("arn".to_owned(), true);
    }
    let caller = json!({"Account": ACCOUNT, "Arn": "arn:aws:iam::111122223333:user/ann"});
    wire.script("GetCallerIdentity", vec![Answer::Ok(caller); 50]);
    let aliases = json!({"@xml": "<AccountAliases><member>acme-mail</member></AccountAliases>"});
    wire.script("ListAccountAliases", vec![Answer::Ok(aliases); 50]);
    wire.script("Scan", vec![Answer::Ok(json!({"Items": []})); 50]);
    wire
}

/// Two messages for each look into a queue: one that can be read, and then none.
fn letters(wire: &Wire) {
    let count = json!({"Attributes": {"ApproximateNumberOfMessages": "1"}});
    wire.script("GetQueueAttributes", vec![Answer::Ok(count); 3]);
    let body = json!({
        "eventType": "Send", "send": {},
        "mail": {"messageId": "m-1", "timestamp": "2026-10-06T07:15:00.000Z", "source": "a@example.com",
                 "destination": ["b@example.net"]},
    });
    let alarm = fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events/alarms/sns-metric.json"),
    )
    .unwrap_or_default();
    let mut answers = Vec::new();
    for body in [body.to_string(), body.to_string(), alarm] {
        let message = json!({"MessageId": "id", "ReceiptHandle": "handle", "Body": body});
        answers.push(Answer::Ok(json!({"Messages": [message]})));
        answers.extend([Answer::Ok(json!({})), Answer::Ok(json!({}))]);
    }
    wire.script("ReceiveMessage", answers);
    let ok = || vec![Answer::Ok(json!({})); 3];
    wire.script("ChangeMessageVisibilityBatch", ok());
    wire.script("SendMessage", vec![Answer::Ok(json!({"MessageId": "other"})); 3]);
    wire.script("DeleteMessage", ok());
    wire.script(INVOKE, ok());
}

fn ses_warden(wire: &Wire, line: &str) -> Result<Output> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ses-warden"));
    command.env_clear().envs(wire.environment());
    command
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_CONFIG_FILE", "/nonexistent")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent");
    let words = line.split(' ').filter(|word| !word.is_empty());
    Ok(command.args(words).stdin(Stdio::null()).output()?)
}

fn actions(wire: &Wire) -> BTreeSet<String> {
    let calls = wire.calls().into_iter();
    calls
        .filter(|call| call.operation != "GetCallerIdentity")
        .map(|call| {
            let service = match call.signed_for.rsplit('/').next() {
                Some("monitoring") => "cloudwatch",
                Some("ses") => "ses",
                Some("cloudformation") => "cloudformation",
                Some("dynamodb") => "dynamodb",
                Some("sqs") => "sqs",
                Some("lambda") => "lambda",
                Some("iam") => "iam",
                Some("logs") => "logs",
                Some("s3") => "s3",
                other => panic!("{other:?}: {call:?}"),
            };
            let action = match call.operation.as_str() {
                "ChangeMessageVisibilityBatch" => "ChangeMessageVisibility",
                INVOKE => "InvokeFunction",
                "ListObjectsV2" => "ListBucket",
                other => other,
            };
            format!("{service}:{action}")
        })
        .collect()
}

/// Events about two mails of one caller, in a bucket and in a log group.
fn keep_events(wire: &Wire) {
    let event = |id: &str| {
        json!({
            "eventType": "Send", "send": {},
            "mail": {
                "messageId": id, "timestamp": "2026-10-06T07:15:00.000Z", "source": "a@example.com",
                "destination": ["b@example.net"], "tags": {"ses:caller-identity": ["old-ci"]},
                "commonHeaders": {"subject": "Your parcel, b@example.net"},
            },
        })
    };
    wire.world().objects.insert("2026/10/06/events".to_owned(), event("m-1").to_string());
    let message = json!({"message": event("m-2").to_string(), "timestamp": 1});
    let page = json!({"events": [message], "nextToken": "next"});
    let last = json!({"events": []});
    wire.script("FilterLogEvents", [Answer::Ok(page), Answer::Ok(last)]);
}

const SOURCES: &str = "--events-from s3://mail-events/2026/ --events-from logs:/ses/events \
                       --events-since 2026-10-06 --events-until 2026-10-07";

fn allowed(statement: &Value) -> BTreeSet<String> {
    let actions = statement["Action"].as_array().into_iter().flatten();
    actions.filter_map(|action| action.as_str().map(str::to_owned)).collect()
}

#[test]
fn the_policy_allows_what_is_called_and_nothing_else() -> Result {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/operate-policy.json");
    let policy: Value = serde_json::from_str(&fs::read_to_string(path)?)?;
    let read = allowed(&policy["Statement"][0]);
    let change = allowed(&policy["Statement"][1]);
    let events: BTreeSet<String> =
        [2, 3].into_iter().flat_map(|index| allowed(&policy["Statement"][index])).collect();
    const PACE: &str = "--ses-calls-per-second 1000";
    let run = |wire: &Wire, line: &str, expected: i32| -> Result {
        let output = ses_warden(wire, line)?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(expected), "{line}: {said}");
        Ok(())
    };

    let wire = installed();
    letters(&wire);
    run(&wire, &format!("resume --account --check {PACE}"), 0)?;
    run(&wire, &format!("resume --configuration-set marketing --tenant shop --check {PACE}"), 0)?;
    run(&wire, &format!("secure --step evidence {PACE}"), 0)?;
    run(&wire, "dead-letters list", 1)?;
    let mut expected = read.clone();
    // The evidence is noted where the credentials may, and shown in any case.
    expected.insert("dynamodb:PutItem".to_owned());
    assert_eq!(actions(&wire), expected);

    let wire = installed();
    keep_events(&wire);
    run(&wire, &format!("secure --step evidence {SOURCES} {PACE}"), 0)?;
    let called = actions(&wire);
    assert!(called.is_superset(&events), "{called:?}");
    assert!(called.is_subset(&read.union(&events).chain(&change).cloned().collect()), "{called:?}");

    let wire = installed();
    letters(&wire);
    let sets = "--configuration-set marketing --tenant shop --reason x --yes";
    for line in [
        format!("pause {sets} {PACE}"),
        format!("resume {sets} {PACE}"),
        format!("pause --account --reason x --confirm {ACCOUNT} {PACE}"),
        format!("resume --account --reason x --yes {PACE}"),
    ] {
        run(&wire, &line, 0)?;
    }
    // The fake says 200 where Lambda says 202 to an asynchronous invocation, so guard's letter stays.
    run(&wire, "dead-letters redrive --yes", 1)?;
    assert_eq!(actions(&wire), read.union(&change).cloned().collect());
    Ok(())
}

fn rows(output: &Output) -> Result<Vec<Value>> {
    let text = String::from_utf8(output.stdout.clone())?;
    let value = serde_json::Deserializer::from_str(&text).into_iter::<Value>();
    let values = value.collect::<std::result::Result<Vec<_>, _>>()?;
    Ok(values.into_iter().flat_map(|v| v.as_array().cloned().unwrap_or(vec![v])).collect())
}

#[test]
fn secure_in_one_run_pauses_asks_and_resumes() -> Result {
    let line = format!(
        "secure --confirm {ACCOUNT} --skip rotate --skip restrict --skip verify \
         --ses-calls-per-second 1000 --json"
    );
    // Nobody can be asked: it stays paused, and what was done before is shown all the same.
    let wire = installed();
    let output = ses_warden(&wire, &line)?;
    assert_ne!(output.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&output.stderr).contains("nobody can be asked"));
    assert_eq!(rows(&output)?.len(), 5);
    assert!(!wire.world().account_sends);

    let wire = installed();
    let output = ses_warden(&wire, &format!("{line} --yes"))?;
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let reports = rows(&output)?;
    assert_eq!(reports[5]["text"], "the account sends again");
    assert!(wire.world().account_sends);
    let last = wire.calls().into_iter().rfind(|call| call.operation == "GetAccount");
    assert!(last.is_some(), "it was read back");
    Ok(())
}

#[test]
fn secure_shows_the_evidence_where_the_pause_is_not_confirmed() -> Result {
    let wire = installed();
    let output = ses_warden(&wire, "secure --ses-calls-per-second 1000 --json")?;
    assert!(String::from_utf8_lossy(&output.stderr).contains("--confirm acme-mail"));
    let reports = rows(&output)?;
    assert_eq!((reports.len(), &reports[0]["step"]), (1, &json!("evidence")));
    assert!(wire.world().account_sends);
    Ok(())
}

#[test]
fn events_of_a_bucket_and_a_log_group_are_counted_together() -> Result {
    let wire = installed();
    keep_events(&wire);
    let line = format!("secure --step evidence {SOURCES} --ses-calls-per-second 1000");
    let output = ses_warden(&wire, &format!("{line} --json"))?;
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let found = rows(&output)?.remove(0)["details"].clone();
    assert_eq!((&found["events"], &found["mails"]), (&json!(2), &json!(2)), "{found}");
    let names: Vec<String> = found["rows"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|row| format!("{} {} {}", row["kind"], row["name"], row["mails"]))
        .collect();
    assert!(names.contains(&"\"caller\" \"old-ci\" 2".to_owned()), "{names:?}");
    assert!(names.contains(&"\"subject\" \"Your parcel, <address>\" 2".to_owned()), "{names:?}");
    let calls = wire.calls_of("FilterLogEvents");
    assert_eq!(calls.len(), 2);
    assert_eq!(calls[0].body["startTime"], json!(1_791_244_800_000_i64));
    assert_eq!(calls[1].body["nextToken"], json!("next"));
    // Nothing of it stands in the journal but counts.
    let notes = wire.calls_of("PutItem");
    assert!(!notes.is_empty());
    assert!(notes.iter().all(|call| !call.body.to_string().contains("parcel")), "{notes:?}");
    Ok(())
}

#[test]
fn events_that_are_not_read_leave_the_step_open() -> Result {
    let denied = || Answer::error(403, "AccessDenied");
    let line = format!("secure --step evidence {SOURCES} --ses-calls-per-second 1000");
    for (operation, said) in [
        ("ListObjectsV2", "it needs s3:ListBucket"),
        ("GetObject", "2026/10/06/events: GetObject failed"),
        ("FilterLogEvents", "it needs logs:FilterLogEvents"),
    ] {
        let wire = installed();
        wire.script(operation, [denied()]);
        keep_events(&wire);
        let output = ses_warden(&wire, &line)?;
        let text = String::from_utf8(output.stdout)?;
        assert_eq!(output.status.code(), Some(1), "{operation}: {text}");
        assert!(text.contains(said), "{operation}: {text}");
        assert!(text.contains("old-ci: 1 mails"), "{operation}: {text}");
    }
    // More keys than are listed.
    let wire = installed();
    keep_events(&wire);
    wire.world().page_size = 1;
    for number in 0..=100 {
        wire.world().objects.insert(format!("2026/10/06/{number:03}"), String::new());
    }
    let text = String::from_utf8(ses_warden(&wire, &line)?.stdout)?;
    assert_eq!(wire.calls_of("ListObjectsV2").len(), 100);
    assert!(text.contains("keys were listed; name a longer prefix"), "{text}");
    for wrong in [
        "--events-from mail-events",
        "--events-since 2026-10-06",
        "--events-from logs:x --events-since 2026-10-07 --events-until 2026-10-06",
    ] {
        let line = format!("secure --step evidence {wrong} --ses-calls-per-second 1000");
        let output = ses_warden(&wire, &line)?;
        assert_eq!(output.status.code(), Some(2), "{wrong}");
    }
    Ok(())
}

#[test]
fn a_resume_shows_what_receivers_answered() -> Result {
    let wire = installed();
    wire.unscript();
    let text = |value: &str| json!({ "S": value });
    let item = json!({
        "pk": text("address#0123456789abcdef0123456789abcdef"), "sk": text("2026#f-1#bounce"),
        "at": {"N": "1"}, "event": text("bounce"), "verdict": text("suppress"),
        "reason": text("BOUNCE"), "class": text("recipient_gone"), "text_id": text("t-1"),
        "text": text("550 5.1.1 no such user"), "configuration_set": text("marketing"),
    });
    let page = |more: bool| {
        let mut page = json!({ "Items": [item] });
        if more {
            page["LastEvaluatedKey"] = json!({"pk": item["pk"], "sk": item["sk"]});
        }
        Answer::Ok(page)
    };
    let line = "resume --check --ses-calls-per-second 1000 --configuration-set";
    wire.world().sets.insert("news".to_owned(), false);
    for (set, expected) in [
        ("marketing", "class recipient_gone: [2 × 550 5.1.1 no such user]"),
        ("news", "holds no answer of a receiver"),
    ] {
        wire.script("Scan", [page(true), page(false)]);
        let said = String::from_utf8(ses_warden(&wire, &format!("{line} {set}"))?.stdout)?;
        assert!(said.contains(expected), "{said}");
    }
    // A large journal is read in part.
    wire.script("Scan", vec![page(true); 200]);
    let said = String::from_utf8(ses_warden(&wire, &format!("{line} marketing"))?.stdout)?;
    assert!(said.contains("in the part of the journal that was read"), "{said}");
    wire.script("Scan", [Answer::error(403, "AccessDeniedException")]);
    let said = String::from_utf8(ses_warden(&wire, &format!("{line} marketing"))?.stdout)?;
    assert!(said.contains("it needs dynamodb:Scan"), "{said}");
    Ok(())
}

#[test]
fn senders_that_cannot_be_listed_are_not_known() -> Result {
    let wire = installed();
    wire.script("ListMetrics", vec![Answer::error(403, "AccessDenied"); 20]);
    let output = ses_warden(&wire, "secure --step evidence --ses-calls-per-second 1000")?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("callers on none of your lists: not known"), "{said}");
    assert!(!said.contains("lists: none"), "{said}");
    Ok(())
}

#[test]
fn a_pause_that_is_not_read_back_is_recorded_and_not_known() -> Result {
    let wire = installed();
    let account = json!({"SendingEnabled": true, "EnforcementStatus": "HEALTHY"});
    let denied = Answer::error(403, "AccessDeniedException");
    wire.script("GetAccount", [Answer::Ok(account.clone()), denied.clone()]);
    let line = format!(
        "pause --account --reason x --confirm {ACCOUNT} --ses-calls-per-second 1000 --region r-1"
    );
    let output = ses_warden(&wire, &format!("{line} --json"))?;
    assert_eq!(output.status.code(), Some(1));
    let row = rows(&output)?.remove(0);
    assert_eq!((&row["action"], &row["sends"]), (&json!("not_read_back"), &Value::Null));
    assert_eq!(row["recorded"], json!(true));
    assert!(!wire.world().account_sends);

    wire.script("GetAccount", [Answer::Ok(account.clone()), denied.clone()]);
    let said = String::from_utf8(ses_warden(&wire, &line)?.stdout)?;
    assert!(said.contains("Switched off, but reading it back failed: account, recorded"), "{said}");
    assert!(said.contains("To undo:\n  ses-warden resume --account --region r-1"), "{said}");

    // A put that fails changes nothing, so there is nothing to undo.
    wire.script("GetAccount", [Answer::Ok(account)]);
    wire.script("PutAccountSendingAttributes", [denied]);
    let output = ses_warden(&wire, &line)?;
    let said = String::from_utf8(output.stdout)?;
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("Not paused: account.") && !said.contains("To undo"), "{said}");
    Ok(())
}

#[test]
fn secure_denies_by_default_and_names_who_takes_the_policy() -> Result {
    let callers = [
        "ses-smtp-user.20210430-154301",
        "arn:aws:sts::111122223333:assumed-role/mailer/i-0abc",
        "arn:aws:iam::111122223333:root",
    ];
    let callers = callers.map(|caller| format!("--caller {caller}")).join(" ");
    let options = "--cidr 203.0.113.0/24 --yes --json --ses-calls-per-second 1000";
    let line = format!("secure --step restrict {callers} {options}");
    let output = ses_warden(&installed(), &line)?;
    let report: Value = serde_json::from_slice(&output.stdout)?;
    let details = &report["details"];
    assert_eq!(details["policy"]["Statement"][0]["Sid"], "DenySendFromElsewhere", "{report}");
    let end = "--policy-name RestrictSending --policy-document file://policy.json";
    let expected = json!([
        format!("aws iam put-user-policy --user-name NEW_USER {end}"),
        format!("aws iam put-role-policy --role-name mailer {end}"),
    ]);
    assert_eq!(details["commands"], expected);
    let output = ses_warden(&installed(), &format!("{line} --form allow"))?;
    let report: Value = serde_json::from_slice(&output.stdout)?;
    assert_eq!(report["details"]["policy"]["Statement"][0]["Sid"], "RestrictIP");

    let arn = "arn:aws-cn:ses:cn-north-1:111122223333:identity/example.com";
    let output = ses_warden(&installed(), &format!("{line} --identity {arn}"))?;
    assert_eq!(output.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&output.stdout)?;
    assert_eq!(report["state"], "open");
    assert!(report["text"].as_str().is_some_and(|text| text.contains("in aws-cn")));
    Ok(())
}

#[test]
fn a_policy_is_written_in_the_form_and_partition_that_were_asked_for() -> Result {
    let wire = Wire::start();
    const LINE: &str = "policy restrict --identity Example.com";
    let resource = |more: &str| -> Result<Value> {
        let output = ses_warden(&wire, &format!("{LINE} {more}"))?;
        let policy: Value = serde_json::from_slice(&output.stdout)?;
        Ok(policy["Statement"][0]["Resource"][0].clone())
    };
    for (region, partition) in [("us-gov-west-1", "aws-us-gov"), ("cn-north-1", "aws-cn")] {
        let expected = format!("arn:{partition}:ses:*:*:identity/example.com");
        assert_eq!(resource(&format!("--region {region}"))?, expected);
    }
    let output = ses_warden(&wire, &format!("{LINE} --output ndjson"))?;
    assert_eq!(String::from_utf8(output.stdout)?.lines().count(), 1);
    let output = ses_warden(&wire, &format!("{LINE} --output json"))?;
    assert!(String::from_utf8(output.stdout)?.lines().count() > 1);
    for (more, said) in [
        ("--output csv", "has no rows"),
        ("--identity @example.com", "no identity"),
        ("--cidr 0.0.0.0/1 --cidr 128.0.0.0/1", "restricts nothing"),
    ] {
        let output = ses_warden(&wire, &format!("{LINE} {more}"))?;
        let complained = String::from_utf8(output.stderr)?;
        assert!(output.status.code() == Some(2) && output.stdout.is_empty(), "{complained}");
        assert!(complained.contains(said), "{complained}");
    }
    let raw = ses_warden(&wire, &format!("{LINE} --form deny --raw-only"))?;
    assert!(String::from_utf8(raw.stdout)?.contains("DenyAllButRawMessages"));
    assert!(wire.calls().is_empty());
    Ok(())
}
