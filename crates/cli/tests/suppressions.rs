//! `suppressions import --plan` from outside: what programs read, without credentials or network.

use std::error::Error;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

/// A folder that is gone with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Result<Self> {
        let path = std::env::temp_dir().join(format!("ses-warden-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    fn file(&self, name: &str, text: &str) -> Result<PathBuf> {
        let path = self.0.join(name);
        fs::write(&path, text)?;
        Ok(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Runs it without any setting, where no call of AWS could be made.
fn import(words: &[&str], files: &[&Path], input: &str) -> Result<Output> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ses-warden"));
    command.env_clear().args(["suppressions", "import"]).args(words).args(files);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn()?;
    // A command that reads nothing may be gone already.
    let _ = child.stdin.take().ok_or("no standard input")?.write_all(input.as_bytes());
    Ok(child.wait_with_output()?)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

const BOUNCES: &str = "status,reason,email,created\n\
    5.1.1,550 5.1.1 User unknown,ann@example.com,1443651141\n\
    5.0.0,550 Zzyzx,ben@example.com,1443651142\n\
    ,,cid@,1443651143\n";
const REPORTS: &str = "ip,email,created\n192.0.2.7,ann@example.com,1443651144\n";

#[test]
fn each_row_gives_one_object_of_five_members() -> Result {
    let folder = Folder::new("plan-rows")?;
    let bounces = folder.file("bounces.csv", BOUNCES)?;
    let words = ["--from", "sendgrid", "--kind", "bounces", "--plan", "--json"];
    let output = import(&words, &[&bounces], "")?;
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let gone = "recipient_gone: the reply says that the mailbox does not exist";
    let unknown = "unknown: neither code nor text says that the address is at fault";
    let expected = [
        format!(
            r#"{{"line":2,"address":"ann@example.com","action":"import","reason":"BOUNCE","why":"{gone}"}}"#
        ),
        format!(
            r#"{{"line":3,"address":"ben@example.com","action":"review","reason":null,"why":"{unknown}"}}"#
        ),
        r#"{"line":4,"address":"cid@","action":"invalid","reason":null,"why":"invalid_address: there is no @ with something on both sides"}"#
            .to_owned(),
    ];
    assert_eq!(text(&output.stdout), expected.join("\n") + "\n");
    assert_eq!(text(&output.stderr), "");
    Ok(())
}

#[test]
fn files_are_planned_together_and_standard_input_is_one() -> Result {
    let folder = Folder::new("plan-files")?;
    let list = folder.file("list.csv", "ann@example.com,BOUNCE\nben@example.com,BOUNCE\n")?;
    let output = import(&["--plan", "--json"], &[&list, Path::new("-")], REPORTS)?;
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let rows: Vec<serde_json::Value> = text(&output.stdout)
        .lines()
        .map(serde_json::from_str)
        .collect::<std::result::Result<_, _>>()?;
    let short: Vec<String> = rows
        .iter()
        .map(|row| format!("{} {} {}", row["line"], row["action"], row["reason"]))
        .collect();
    let expected = [r#"1 "skip" null"#, r#"2 "import" "BOUNCE""#, r#"2 "import" "COMPLAINT""#];
    assert_eq!(short, expected);
    Ok(())
}

#[test]
fn what_is_not_certain_is_asked_for_with_status_2() -> Result {
    let folder = Folder::new("plan-unknown")?;
    let bounces = folder.file("bounces.csv", BOUNCES)?;
    let names = folder.file("names.csv", "name,mail\nAnn,ann@example.net\n")?;
    let cut = folder.file("cut.json", "[{\"email\":\"ann@example.com\"")?;
    for (words, file, said) in [
        (vec!["--plan"], &bounces, "--from sendgrid --kind bounces|blocks"),
        (vec!["--plan", "--from", "sendgrid"], &bounces, "--kind bounces|blocks"),
        (vec!["--plan", "--from", "postmark"], &bounces, "are those of bounces of SendGrid's"),
        (vec!["--plan", "--from", "nobody"], &bounces, "sendgrid"),
        (vec!["--plan", "--from", "mailgun", "--kind", "spam"], &bounces, "complaints"),
        (vec!["--plan"], &names, "--from (ses, sendgrid"),
        (vec!["--plan"], &cut, "export it again"),
        (vec!["--plan"], &folder.0.join("none.csv"), "cannot be read"),
    ] {
        let output = import(&words, &[file], "")?;
        assert_eq!(output.status.code(), Some(2), "{words:?}");
        assert!(text(&output.stderr).contains(said), "{words:?}: {}", text(&output.stderr));
        assert_eq!(text(&output.stdout), "", "{words:?}");
    }
    Ok(())
}

#[test]
fn a_page_marker_warns_on_standard_error_alone() -> Result {
    let page = r#"{"SuppressedDestinationSummaries":[{"EmailAddress":"ann@example.com","Reason":"BOUNCE","LastUpdateTime":1}],"NextToken":"b2Zm"}"#;
    let output = import(&["--plan", "--json"], &[Path::new("-")], page)?;
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(text(&output.stdout).lines().count(), 1);
    let warning = text(&output.stderr);
    assert!(warning.contains("warning more_pages: standard input: "), "{warning}");
    Ok(())
}

#[test]
fn without_plan_credentials_are_asked_for() -> Result {
    let output = import(&["--yes", "--json"], &[Path::new("-")], REPORTS)?;
    assert_eq!(output.status.code(), Some(4), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout), "");
    Ok(())
}
