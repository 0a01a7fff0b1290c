//! Whoever reads the output may stop reading: `ses-warden … | head`.

use std::error::Error;
use std::path::Path;
use std::process::{Command, Stdio};
use std::{fs, io};

use fake_aws::{Answer, Wire};
use serde_json::json;

type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

const COMMAND: &str = env!("CARGO_BIN_EXE_ses-warden");

#[test]
fn a_closed_pipe_is_no_error() -> Result {
    let events = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events");
    let events = events.to_str().ok_or("no text")?;
    let scenarios = one_scenario()?;
    let cost = ["cost", "--events-per-month", "100000", "--domains", "3"];
    let simulate = ["simulate", "--runs", "1", "--years", "1", "--scenarios", &scenarios];
    let lines: [&[&str]; 4] =
        [&["replay", events], &["explain", "550 user unknown"], &cost, &simulate];
    for line in lines {
        for more in [None, Some("--json")] {
            let line = [line, more.as_slice()].concat();
            let (reader, writer) = io::pipe()?;
            drop(reader);
            let done =
                Command::new(COMMAND).args(&line).stdin(Stdio::null()).stdout(writer).output()?;
            assert!(done.status.success() && done.stderr.is_empty(), "{line:?}: {done:?}");
        }
    }
    fs::remove_dir_all(scenarios)?;
    Ok(())
}

/// The exit status says what is wrong even where nobody reads the details.
#[test]
fn status_keeps_its_exit_status_when_the_pipe_closes() -> Result {
    let wire = Wire::start();
    wire.script("GetAccount", vec![Answer::error(403, "AccessDeniedException"); 4]);
    let mut command = Command::new(COMMAND);
    command.env_clear().envs(wire.environment());
    command.env("AWS_EC2_METADATA_DISABLED", "true").env("AWS_MAX_ATTEMPTS", "1");
    command.args(["status", "--ses-calls-per-second", "1000"]).stdin(Stdio::null());
    let whole = command.output()?;
    let said = String::from_utf8_lossy(&whole.stdout).into_owned();
    assert!(said.starts_with("Not known: the account could not be read."), "{whole:?}");
    assert_eq!(whole.status.code(), Some(1), "{whole:?}");
    let (reader, writer) = io::pipe()?;
    drop(reader);
    let closed = command.stdout(writer).output()?;
    assert_eq!(closed.status.code(), Some(1), "{closed:?}");
    Ok(())
}

#[test]
fn dead_letters_keep_their_exit_status_when_the_pipe_closes() -> Result {
    let wire = Wire::start();
    for name in ["SuppressQueueUrl", "SuppressDeadLetterQueueUrl", "SuppressFunctionName"] {
        wire.world().outputs.insert(name.to_owned(), format!("{}/1/{name}", wire.url()));
    }
    let letter = json!({ "MessageId": "id", "ReceiptHandle": "handle", "Body": "hi" });
    for (letters, expected) in [(1, 1), (0, 0)] {
        let count = json!({ "Attributes": { "ApproximateNumberOfMessages": letters.to_string() } });
        let found = json!({ "Messages": vec![letter.clone(); letters] });
        wire.script("GetQueueAttributes", [Answer::Ok(count)]);
        wire.script("ReceiveMessage", [found, json!({}), json!({})].map(Answer::Ok));
        wire.script("ChangeMessageVisibilityBatch", [Answer::Ok(json!({}))]);
        let (reader, writer) = io::pipe()?;
        drop(reader);
        let mut command = Command::new(COMMAND);
        command.env_clear().envs(wire.environment()).env("AWS_EC2_METADATA_DISABLED", "true");
        command.args(["dead-letters", "list", "--function", "suppress"]).stdin(Stdio::null());
        let closed = command.stdout(writer).output()?;
        assert_eq!(closed.status.code(), Some(expected), "{closed:?}");
        assert!(closed.stderr.is_empty(), "{closed:?}");
        wire.unscript();
    }
    Ok(())
}

#[test]
fn columns_set_the_width_of_what_goes_into_a_pipe() -> Result {
    let wire = Wire::start();
    let mut command = Command::new(COMMAND);
    command.env_clear().envs(wire.environment()).env("AWS_EC2_METADATA_DISABLED", "true");
    command.args(["resume", "--account", "--check", "--ses-calls-per-second", "1000"]);
    command.stdin(Stdio::null());
    let longest = |output: &[u8]| {
        let text = String::from_utf8_lossy(output).into_owned();
        text.lines().filter(|l| l.starts_with("  ")).map(|l| l.chars().count()).max()
    };
    assert!(longest(&command.output()?.stdout) > Some(80));
    let columns = longest(&command.env("COLUMNS", "80").output()?.stdout);
    assert!(columns > Some(60) && columns <= Some(80), "{columns:?}");
    Ok(())
}

/// The world with one scenario, which is played quickly.
fn one_scenario() -> Result<String> {
    let folder = std::env::temp_dir().join(format!("ses-warden-{}-pipe", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    let path = folder.to_str().ok_or("no text")?.to_owned();
    Command::new(COMMAND).args(["simulate", "--write-scenarios", &path]).status()?;
    for entry in fs::read_dir(&folder)? {
        let entry = entry?;
        if !["model.toml", "12-tiny-sender.toml"]
            .contains(&entry.file_name().to_str().unwrap_or_default())
        {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(path)
}
