//! Calls that fail, and nobody to ask.

use serde_json::{Value, json};

use super::wire::Answer;
use super::{Result, counts, of, run, started};

#[test]
fn nobody_there_to_ask_changes_nothing() -> Result {
    let wire = started();
    let output = run(&wire, "apply")?;
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr)?.contains("give --yes"));
    assert!(wire.calls_of("PutMetricAlarm").is_empty());
    Ok(())
}

#[test]
fn a_failed_call_is_named_and_throttling_is_waited_out() -> Result {
    let wire = started();
    let denied =
        Answer::Error { status: 403, code: "AccessDenied".into(), message: "not for you".into() };
    let throttled = || Answer::error(400, "ThrottlingException");
    wire.script("PutMetricAlarm", [throttled(), throttled(), throttled(), denied]);
    let output = run(&wire, "apply --yes")?;
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr)?;
    assert!(said.contains("1 of 24 failed, the rest is done:\n  mail/domain/"), "{said}");
    assert!(said.contains("PutMetricAlarm failed: 403 AccessDenied: not for you"), "{said}");
    // The one that is throttled three times and refused then, and the 23 after it.
    assert_eq!(wire.calls_of("PutMetricAlarm").len(), 27);
    assert_eq!(counts(&wire, "plan")?, of([("create", 1), ("keep", 23)]));
    Ok(())
}

#[test]
fn of_many_failures_the_first_are_named_and_the_rest_counted() -> Result {
    let wire = started();
    let denied = || Answer::Error {
        status: 403,
        code: "AccessDenied".into(),
        message: "not for you".into(),
    };
    wire.script("PutMetricAlarm", std::iter::repeat_with(denied).take(24));
    let output = run(&wire, "apply --yes")?;
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr)?;
    assert!(said.contains("24 of 24 failed") && said.trim_end().ends_with("and 14 more"), "{said}");
    assert_eq!(said.lines().count(), 12, "{said}");
    Ok(())
}

#[test]
fn machines_get_the_plan_and_what_failed() -> Result {
    let wire = started();
    counts(&wire, "apply --yes --domain old.example")?;
    let denied = || Answer::Error {
        status: 403,
        code: "AccessDenied".into(),
        message: "not for you".into(),
    };
    wire.script("PutMetricAlarm", [denied()]);
    wire.script("DeleteAlarms", [denied()]);
    let output = run(&wire, "apply --yes --remove-gone --remove-most --json")?;
    assert_eq!(output.status.code(), Some(1));
    let plan: Value = serde_json::from_slice(&output.stdout)?;
    assert_eq!((&plan["counts"]["create"], &plan["counts"]["remove"]), (&json!(24), &json!(8)));
    let failures = plan["failures"].as_array().ok_or("no failures")?;
    assert_eq!(failures.len(), 9, "one that was to be made, and all of the one call that deletes");
    let reason = failures[0]["reason"].as_str().ok_or("no reason")?;
    assert!(
        failures[0]["thing"]
            .as_str()
            .is_some_and(|name| name.starts_with("mail/domain/example.com/"))
    );
    assert!(reason.contains("AccessDenied: not for you"), "{reason}");
    let clean: Value = serde_json::from_slice(&run(&wire, "plan --json")?.stdout)?;
    assert_eq!(clean["failures"], json!([]));
    Ok(())
}

#[test]
fn a_warning_above_the_pause_is_named_before_the_plan() -> Result {
    let wire = started();
    let said = |line: &str| -> Result<String> { Ok(String::from_utf8(run(&wire, line)?.stderr)?) };
    let text = said("plan --set-bounce-warn 0.05 --set-bounce-critical 0.04")?;
    assert!(text.contains("--set-bounce-warn 0.05 is above --set-bounce-critical 0.04"), "{text}");
    assert_eq!(said("plan --set-bounce-warn 0.04 --set-bounce-critical 0.04")?, "");
    Ok(())
}
