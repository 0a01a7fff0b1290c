//! `dead-letters`: nothing is taken that was not asked for, and nothing stays hidden.

use std::error::Error;
use std::process::{Command, Output, Stdio};

use fake_aws::{Answer, Wire};
use serde_json::{Value, json};

type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

fn installed() -> Wire {
    let wire = Wire::start();
    let outputs = ["Suppress", "Metrics", "Guard"].into_iter().flat_map(|function| {
        ["QueueUrl", "DeadLetterQueueUrl", "FunctionName"].map(|output| {
            let name = format!("{function}{output}");
            let url = format!("{}/111122223333/{name}", wire.url());
            (name, url)
        })
    });
    let outputs: Vec<(String, String)> = outputs.collect();
    wire.world().outputs.extend(outputs);
    wire
}

fn count(messages: u64) -> Answer {
    Answer::Ok(json!({"Attributes": {"ApproximateNumberOfMessages": messages.to_string()}}))
}

fn message(id: &str, body: &str) -> Answer {
    Answer::Ok(json!({"Messages": [{"MessageId": id, "ReceiptHandle": id, "Body": body}]}))
}

fn nothing() -> Answer {
    Answer::Ok(json!({}))
}

fn ses_warden(wire: &Wire, words: &[&str]) -> Result<Output> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ses-warden"));
    command.env_clear().envs(wire.environment());
    command
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_CONFIG_FILE", "/nonexistent")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent");
    Ok(command.arg("dead-letters").args(words).stdin(Stdio::null()).output()?)
}

fn both_streams(output: &Output) -> String {
    let streams = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    String::from_utf8_lossy(&streams).into_owned()
}

#[test]
fn empty_ids_and_limits_of_zero_are_usage_errors() -> Result {
    let wire = installed();
    for words in [
        ["redrive", "--yes", "--id", ""].as_slice(),
        &["show", ""],
        &["show", "aaaa", ""],
        &["list", "--limit", "0"],
        &["redrive", "--limit", "0"],
    ] {
        let output = ses_warden(&wire, words)?;
        assert_eq!(output.status.code(), Some(2), "{words:?}: {}", both_streams(&output));
    }
    assert!(wire.calls().is_empty());
    Ok(())
}

#[test]
fn whatever_ends_a_run_the_letters_show_again() -> Result {
    let denied = || Answer::error(403, "AccessDenied");
    for words in [["redrive", "--yes"].as_slice(), &["list"], &["show", "id"]] {
        // The second queue may not be read.
        let wire = installed();
        wire.script("GetQueueAttributes", [count(1), denied()]);
        wire.script("ReceiveMessage", [message("id", "hi"), nothing(), nothing()]);
        wire.script("ChangeMessageVisibilityBatch", [nothing()]);
        let output = ses_warden(&wire, words)?;
        assert_eq!(output.status.code(), Some(5), "{words:?}: {}", both_streams(&output));
        assert_eq!(wire.calls_of("ChangeMessageVisibilityBatch").len(), 1, "{words:?}");
        // The second part of the first queue may not be read.
        let wire = installed();
        wire.script("GetQueueAttributes", [count(2)]);
        wire.script("ReceiveMessage", [message("id", "hi"), denied()]);
        wire.script("ChangeMessageVisibilityBatch", [nothing()]);
        let output = ses_warden(&wire, words)?;
        assert_eq!(output.status.code(), Some(5), "{words:?}: {}", both_streams(&output));
        assert_eq!(wire.calls_of("ChangeMessageVisibilityBatch").len(), 1, "{words:?}");
    }
    Ok(())
}

#[test]
fn hidden_letters_and_unknown_ids_are_not_none() -> Result {
    const SUPPRESS: [&str; 2] = ["--function", "suppress"];
    for (words, letters, expected) in [
        (["list"].as_slice(), 0, "2 are hidden by another reader until"),
        (&["redrive", "--yes"], 0, "2 are hidden by another reader until"),
        (&["redrive", "--yes", "--id", "zzzz"], 1, "no id begins with zzzz"),
        (&["show", "zzzz"], 1, "no id begins with zzzz"),
    ] {
        let wire = installed();
        let mut answers = vec![message("id", "hi"); letters];
        answers.extend([nothing(), nothing()]);
        wire.script("GetQueueAttributes", [count(if letters == 0 { 2 } else { 1 })]);
        wire.script("ReceiveMessage", answers);
        wire.script("ChangeMessageVisibilityBatch", [nothing()]);
        let output = ses_warden(&wire, &[words, SUPPRESS.as_slice()].concat())?;
        let said = both_streams(&output);
        assert_eq!(output.status.code(), Some(1), "{words:?}: {said}");
        assert!(said.contains(expected), "{words:?}: {said}");
        assert!(!said.contains("No dead letters in"), "{words:?}: {said}");
    }
    Ok(())
}

#[test]
fn show_answers_overlapping_ids_and_masks_names() -> Result {
    let wire = installed();
    wire.script("GetQueueAttributes", [count(1)]);
    let body = r#"{"bob@example.net": 1}"#;
    wire.script("ReceiveMessage", [message("aaaa-1", body), nothing(), nothing()]);
    wire.script("ChangeMessageVisibilityBatch", [nothing()]);
    let words = ["show", "aaaa", "aaaa-1", "--function", "suppress", "--json"];
    let output = ses_warden(&wire, &words)?;
    let said = both_streams(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(!said.contains("bob@") && said.contains("<address>"), "{said}");
    let row: Value = serde_json::from_slice(&output.stdout)?;
    assert!(row.to_string().contains("aaaa-1"), "{row}");
    Ok(())
}

#[test]
fn a_stack_that_cannot_be_read_is_not_a_wrong_name() -> Result {
    for (status, code, expected) in
        [(403, "AccessDenied", 5), (403, "ExpiredToken", 4), (400, "ValidationError", 2)]
    {
        let wire = installed();
        wire.script("DescribeStacks", vec![Answer::error(status, code); 20]);
        let output = ses_warden(&wire, &["list"])?;
        let said = both_streams(&output);
        assert_eq!(output.status.code(), Some(expected), "{code}: {said}");
        assert_eq!(said.contains("name the stack"), expected == 2, "{said}");
        assert_eq!(said.contains(code), expected != 2, "{said}");
    }
    Ok(())
}
