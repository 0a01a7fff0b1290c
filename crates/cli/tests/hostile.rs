//! Whatever a name from outside holds, the terminal of the operator stays the operator's.

#![allow(
    clippy::indexing_slicing,
    reason = "of JSON, where what is not there is null and fails the test"
)]

use std::collections::BTreeSet;
use std::error::Error;
use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{fs, iter};

use clap::CommandFactory;
use fake_aws::{Alarm, Answer, Wire};
use serde_json::{Value, json};
use warden_domain::address::EmailAddress;
use warden_domain::journal::JournalKey;

type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

/// Every kind of character that a terminal may obey, and a line that is not the command's.
const HOSTILE: &str = "x\u{1b}[2J\u{1b}]0;title\u{7}\u{9b}31m\u{7f}\u{8}\tover\rwritten\
                       \u{202e}turned\u{2066}\u{200f}\u{2028}\u{2029}\u{feff}\u{e0041}\nforged line";
/// The same without what the name of a file cannot hold on some systems.
const HOSTILE_NAME: &str = "x\u{1b}[2J\u{7}\u{9b}31m\r\u{202e}\u{2028}\nforged line";
const TOPIC: &str = "arn:aws:sns:eu-central-1:111122223333:mail-alarms";

/// A folder that is gone with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Result<Self> {
        let path =
            std::env::temp_dir().join(format!("ses-warden-hostile-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    fn file(&self, name: &str, text: impl AsRef<[u8]>) -> Result<PathBuf> {
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

/// Runs the command and checks all that it wrote. Answers with it, standard output first.
fn run(environment: &[(&str, String)], words: &[&OsStr], input: &[u8]) -> Result<(String, String)> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ses-warden"));
    command.env_clear().envs(environment.iter().map(|(name, value)| (*name, value.as_str())));
    command.env("AWS_EC2_METADATA_DISABLED", "true").env("HOME", "/nonexistent");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.args(words).spawn()?;
    // A command that reads nothing may be gone already.
    let _ = child.stdin.take().ok_or("no standard input")?.write_all(input);
    let output = child.wait_with_output()?;
    let (out, err) = (String::from_utf8(output.stdout)?, String::from_utf8(output.stderr)?);
    assert!(!(out.is_empty() && err.is_empty()), "{words:?} says nothing");
    for text in [&out, &err] {
        assert_harmless(words, text);
    }
    Ok((out, err))
}

/// A list of its own, so that an omission in the command's is found.
fn assert_harmless(words: &[&OsStr], text: &str) {
    for (index, line) in text.split('\n').enumerate() {
        let bad = line.chars().find(|c| {
            c.is_control()
                || "\u{200e}\u{200f}\u{2028}\u{2029}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\
                    \u{2066}\u{2067}\u{2068}\u{2069}\u{61c}\u{feff}\u{e0041}"
                    .contains(*c)
        });
        assert_eq!(bad, None, "{words:?}, line {}: {line:?}", index + 1);
        assert!(!line.starts_with("forged line"), "{words:?}: {text:?}");
    }
}

fn words<'a>(line: &'a str, more: &[&'a OsStr]) -> Vec<&'a OsStr> {
    line.split_whitespace().map(OsStr::new).chain(more.iter().copied()).collect()
}

/// As text and as JSON.
fn both(environment: &[(&str, String)], line: &str, more: &[&OsStr], input: &[u8]) -> Result {
    let (text, err) = run(environment, &words(line, more), input)?;
    assert!(
        text.contains('\u{fffd}'),
        "{line} shows nothing hostile, so it proves nothing: {text} {err}"
    );
    let (json, _) = run(environment, &words(&format!("{line} --json"), more), input)?;
    for value in serde_json::Deserializer::from_str(&json).into_iter::<Value>() {
        value?;
    }
    assert!(json.contains("\\u001b") || json.contains("\\u202e"), "{line}: {json}");
    Ok(())
}

type Case = fn() -> Result;

/// Each command with something hostile wherever it takes text from outside. A command that has
/// no case here fails the test below.
const CASES: [(&str, Case); 19] = [
    ("completions", completions),
    ("connect", connect),
    ("cost", cost),
    ("dead-letters", dead_letters),
    ("doctor", doctor),
    ("drill", drill),
    ("evidence", evidence),
    ("explain", explain),
    ("forget", forget),
    ("pause", pause),
    ("policy", policy),
    ("replay", replay),
    ("rescue", rescue),
    ("resume", resume),
    ("secure", secure),
    ("simulate", simulate),
    ("status", status),
    ("suppressions", suppressions),
    ("why", why),
];

#[test]
fn no_command_passes_on_what_controls_a_terminal() -> Result {
    let cli = ses_warden::Cli::command();
    let commands: BTreeSet<&str> = cli.get_subcommands().map(clap::Command::get_name).collect();
    let covered: BTreeSet<&str> = CASES.iter().map(|(name, _)| *name).collect();
    assert_eq!(commands, covered, "a command without a case, or a case without a command");
    CASES.iter().try_for_each(|(_, case)| case())
}

/// Whatever the command, its own arguments may be names of files that a shell filled in.
#[test]
fn no_usage_error_passes_on_what_controls_a_terminal() -> Result {
    let hostile = OsStr::new(HOSTILE);
    let option = format!("--{HOSTILE}");
    run(&[], &[hostile], b"")?;
    run(&[], &[option.as_ref()], b"")?;
    let cli = ses_warden::Cli::command();
    for command in cli.get_subcommands() {
        let below = command.get_subcommands().map(|sub| vec![command.get_name(), sub.get_name()]);
        for path in iter::once(vec![command.get_name()]).chain(below) {
            let line = path.join(" ");
            run(&[], &words(&line, &[option.as_ref()]), b"")?;
            run(&[], &words(&line, &["--help".as_ref()]), b"")?;
        }
    }
    Ok(())
}

/// Standard output and standard error are touched in one file, so that no command passes the
/// filter by.
#[test]
fn one_file_touches_the_streams() -> Result {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut open = vec![source.clone()];
    let mut found = BTreeSet::new();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let text = fs::read_to_string(&path)?;
            let streams = ["io::stdout(", "io::stderr(", "print!(", "println!(", "dbg!("];
            if streams.iter().any(|stream| text.contains(stream)) {
                found.insert(path.strip_prefix(&source)?.to_string_lossy().into_owned());
            }
        }
    }
    // The others ask whether anybody looks on.
    let allowed =
        ["frame/output.rs", "frame/output/screen.rs", "frame/progress.rs", "frame/terminal.rs"];
    assert_eq!(found, allowed.map(str::to_owned).into());
    Ok(())
}

fn replay() -> Result {
    let folder = Folder::new("replay")?;
    let alarm = json!({ "AlarmName": HOSTILE, "NewStateValue": HOSTILE, "OldStateValue": "OK",
        "AlarmArn": format!("arn:aws:cloudwatch:eu-central-1:111122223333:alarm:{HOSTILE}"),
        "StateChangeTime": HOSTILE, "Trigger": {} });
    folder.file("alarm.json", alarm.to_string())?;
    let mail = json!({ "messageId": HOSTILE, "source": format!("a@{HOSTILE}.example"),
        "timestamp": "2026-10-06T07:15:12.345Z", "destination": [HOSTILE],
        "tags": { "ses:from-domain": [HOSTILE], "ses:configuration-set": [HOSTILE] } });
    let recipients: Vec<Value> = [
        "jane\u{202e}@example.net",
        "\"a\u{2028}b\"@example.net",
        HOSTILE,
    ]
    .iter()
    .map(|address| json!({ "emailAddress": address, "diagnosticCode": HOSTILE, "status": "5.1.1" }))
    .collect();
    let bounce = json!({ "eventType": "Bounce", "mail": mail, "bounce": {
        "bounceType": "Permanent", "bounceSubType": HOSTILE, "feedbackId": HOSTILE,
        "timestamp": "2026-10-06T07:15:12.345Z", "bouncedRecipients": recipients } });
    folder.file("bounce.json", bounce.to_string())?;
    folder.file("kind.json", json!({ "eventType": HOSTILE, "mail": mail }).to_string())?;
    folder.file("text.txt", HOSTILE)?;
    folder.file(&format!("{HOSTILE_NAME}.json"), alarm.to_string())?;
    both(&[], "replay --show-addresses", &[folder.0.as_ref()], b"")?;
    both(&[], "replay", &[folder.0.join(format!("{HOSTILE_NAME}.json")).as_ref()], b"")?;
    let (_, missing) =
        run(&[], &words("replay", &[folder.0.join(format!("{HOSTILE_NAME}/no")).as_ref()]), b"")?;
    assert!(missing.contains("cannot be read"), "{missing}");
    let empty = folder.0.join(format!("empty {HOSTILE_NAME}"));
    fs::create_dir(&empty)?;
    let (_, empty) = run(&[], &words("replay", &[empty.as_ref()]), b"")?;
    assert!(empty.contains("no payload is in"), "{empty}");
    Ok(())
}

fn explain() -> Result {
    let text = format!("550 5.7.26 DMARC of {HOSTILE} [{HOSTILE}] see https://{HOSTILE}/x");
    for line in ["explain", "explain --json"] {
        run(&[], &words(line, &[text.as_ref()]), b"")?;
        run(&[], &words(line, &["-".as_ref()]), text.as_bytes())?;
        run(
            &[],
            &words(line, &["-".as_ref()]),
            b"550 \xff\x9b31m\xc2\x9b \xe2\x80\xae unauthenticated",
        )?;
        run(&[], &words(line, &["--status".as_ref(), HOSTILE.as_ref(), "x".as_ref()]), b"")?;
    }
    Ok(())
}

fn cost() -> Result {
    let bad = words("cost --domains 1 --events-per-month", &[HOSTILE.as_ref()]);
    let (_, refusal) = run(&[], &bad, b"")?;
    assert!(refusal.contains("not a whole number"), "{refusal}");
    run(&[], &words("cost --domains 1 --events-per-month 1 --json", &[]), b"")?;
    Ok(())
}

fn completions() -> Result {
    let (_, refusal) = run(&[], &words("completions", &[HOSTILE.as_ref()]), b"")?;
    assert!(refusal.contains("possible values"), "{refusal}");
    run(&[], &words("completions bash", &[]), b"")?;
    Ok(())
}

fn simulate() -> Result {
    let folder = Folder::new("simulate")?;
    let path = folder.0.join("scenarios");
    Command::new(env!("CARGO_BIN_EXE_ses-warden"))
        .args(["simulate", "--write-scenarios"])
        .arg(&path)
        .status()?;
    for entry in fs::read_dir(&path)? {
        let entry = entry?;
        if !["model.toml", "12-tiny-sender.toml"].iter().any(|name| entry.file_name() == *name) {
            fs::remove_file(entry.path())?;
        }
    }
    let scenario = path.join("12-tiny-sender.toml");
    let text = fs::read_to_string(&scenario)?;
    let title = text.lines().find(|line| line.starts_with("title")).ok_or("no title")?;
    let quoted = |text: &str| -> String {
        let escaped: String = text.chars().map(|c| format!("\\U{:08x}", u32::from(c))).collect();
        format!("title = \"{escaped}\"")
    };
    fs::write(&scenario, text.replace(title, &quoted("tiny\u{202e} \u{2028}sender")))?;
    let line = "simulate --runs 1 --years 1 --scenarios";
    for more in [None, Some("--markdown"), Some("--json")] {
        let more: Vec<&OsStr> = iter::once(path.as_os_str()).chain(more.map(OsStr::new)).collect();
        let (out, err) = run(&[], &words(line, &more), b"")?;
        assert!(out.contains(['\u{fffd}', '\\']) && err.is_empty(), "{out} {err}");
    }
    fs::write(&scenario, text.replace(title, &quoted(HOSTILE)))?;
    let (_, refusal) = run(&[], &words(line, &[path.as_ref()]), b"")?;
    assert!(refusal.contains("title is one line of text"), "{refusal}");
    // What no TOML may hold is quoted by its parser.
    fs::write(&scenario, format!("title = \"{HOSTILE}\""))?;
    run(&[], &words(line, &[path.as_ref()]), b"")?;
    let odd = folder.0.join(HOSTILE_NAME);
    run(&[], &words(line, &[odd.as_ref()]), b"")?;
    fs::rename(&path, &odd)?;
    run(&[], &words(line, &[odd.as_ref()]), b"")?;
    run(&[], &words("simulate --write-scenarios", &[odd.as_ref()]), b"")?;
    Ok(())
}

fn connect() -> Result {
    let wire = Wire::start();
    let environment = wire.environment();
    let feedback = TOPIC.replace("alarms", "feedback");
    let place = format!(
        "--ses-calls-per-second 1000 --prefix mail/ --alarm-topic {TOPIC} --feedback-topic {feedback}"
    );
    let line = |rest: &str| format!("connect {rest} {place}");
    {
        let mut world = wire.world();
        for domain in ["example.com", "old.example"] {
            world.add_series("Send", &[("Domain", domain)], 100.0);
        }
        world.add_series("Send", &[("Domain", HOSTILE)], 100.0);
        world.identities.insert(HOSTILE.to_owned(), "DOMAIN".to_owned());
        world.identities.insert("example.com".to_owned(), "DOMAIN".to_owned());
        world.add_set("news");
        let odd = world.add_set(HOSTILE);
        let to_us = json!({ "Enabled": false, "MatchingEventTypes": ["OPEN", HOSTILE],
            "SnsDestination": { "TopicArn": feedback } });
        odd.destinations.insert(HOSTILE.to_owned(), to_us);
    }
    run(&environment, &words(&line("apply --yes --default-set example.com=news"), &[]), b"")?;
    {
        let mut world = wire.world();
        let all = world.alarms.clone();
        world.series.retain(|series| !format!("{series:?}").contains("old.example"));
        for alarm in all {
            let Some(put) = world.alarms_put.get_mut(&alarm.name) else { continue };
            put["AlarmDescription"] = json!(HOSTILE);
            put["AlarmActions"] = json!([HOSTILE]);
            put["OKActions"] = json!([HOSTILE]);
            put["TreatMissingData"] = json!(HOSTILE);
            if put["Metrics"].is_null() {
                put["MetricName"] = json!(HOSTILE);
                continue;
            }
            put["Metrics"][0]["MetricStat"]["Metric"]["MetricName"] = json!(HOSTILE);
            put["Metrics"][0]["AccountId"] = json!(HOSTILE);
            put["Metrics"][2]["Expression"] = json!(HOSTILE);
            put["Metrics"][3]["Label"] = json!(HOSTILE);
        }
        // One of ours by its tag, with a name that we would never give.
        let name = format!("mail/domain/{HOSTILE}/bounce/{HOSTILE}");
        let arn = format!("arn:{name}");
        let made_by = ("ses-warden:made-by".to_owned(), "ses-warden-connect".to_owned());
        world.tags.insert(arn.clone(), [made_by].into());
        world.alarms.push(Alarm { arn, name, ..Alarm::default() });
        // Our destination, with what somebody made of it, and a default set that has no such name.
        let news = world.set_setups.get_mut("news").ok_or("no set")?;
        let ours = news.destinations.get_mut("ses-warden-feedback").ok_or("no destination")?;
        ours["MatchingEventTypes"] = json!([HOSTILE]);
        world.default_sets.insert("example.com".to_owned(), HOSTILE.to_owned());
    }
    both(&environment, &line("plan --default-set example.com=news"), &[], b"")?;
    let refused =
        || Answer::Error { status: 403, code: "AccessDenied".into(), message: HOSTILE.into() };
    for operation in [
        "PutMetricAlarm",
        "DeleteAlarms",
        "TagResource",
        "PutEmailIdentityConfigurationSetAttributes",
        "UpdateConfigurationSetEventDestination",
    ] {
        wire.script(operation, [refused()]);
    }
    let apply = "apply --yes --remove-gone --remove-most --default-set example.com=news";
    let (_, failed) = run(&environment, &words(&line(apply), &[]), b"")?;
    assert!(failed.contains("failed, the rest is done"), "{failed}");
    wire.unscript();
    both(&environment, &line("remove --yes --no-domains"), &[], b"")?;
    for operation in [
        "DescribeAlarms",
        "ListMetrics",
        "DescribeStacks",
        "ListEmailIdentities",
        "ListConfigurationSets",
    ] {
        wire.script(operation, [refused()]);
        let plan = if operation == "DescribeStacks" { "connect plan".into() } else { line("plan") };
        run(&environment, &words(&plan, &[]), b"")?;
        wire.unscript();
    }
    for option in ["--profile", "--stack", "--set", "--default-set", "--domain"] {
        let plan = format!("{} {option}", line("plan"));
        run(&environment, &words(&plan, &[HOSTILE.as_ref()]), b"")?;
    }
    let default = format!("{HOSTILE}=news");
    let plan = format!("{} --default-set", line("plan"));
    run(&environment, &words(&plan, &[default.as_ref()]), b"")?;
    Ok(())
}

fn rescue() -> Result {
    let wire = Wire::start();
    let environment = wire.environment();
    let record = |address: &str| {
        json!({ "address": address, "fault": HOSTILE, "domain": HOSTILE, "at": 1 }).to_string()
    };
    let bent = "rescue/2026-11-26/\u{202e}bent.ndjson";
    {
        let mut world = wire.world();
        world.page_size = 10;
        let lines = [HOSTILE, "jane\u{202e}@example.net", "joe@example.net"].map(record).join("\n");
        world.objects.insert("rescue/2026-11-26/a.ndjson".into(), lines);
        world.objects.insert(bent.into(), format!("{HOSTILE}\n{}", record("jim@example.net")));
        for address in ["joe@example.net", "jim@example.net"] {
            world.suppressed.insert(address.to_owned(), "BOUNCE".to_owned());
        }
    }
    let (_, said) = run(&environment, &words("rescue --bucket mail", &[]), b"")?;
    assert!(said.contains("is left out"), "{said}");
    both(&environment, "rescue --bucket mail --show-addresses", &[], b"")?;
    let refused =
        |code: &str| Answer::Error { status: 403, code: code.into(), message: HOSTILE.into() };
    wire.script("GetObject", [refused("AccessDenied")]);
    run(&environment, &words("rescue --bucket mail", &[]), b"")?;
    wire.script("ListObjectsV2", [refused("AccessDenied")]);
    run(&environment, &words("rescue --bucket mail", &[]), b"")?;
    run(&environment, &words("rescue --bucket", &[HOSTILE.as_ref()]), b"")?;
    Ok(())
}

fn suppressions() -> Result {
    let folder = Folder::new("suppressions")?;
    let row = |address: &str| json!({ "EmailAddress": address, "Reason": HOSTILE });
    let rows = json!([row(HOSTILE), row("jane\u{202e}@example.net"), row("joe@example.net")]);
    let file = folder.file("list.json", rows.to_string())?;
    both(&[], "suppressions import --plan", &[file.as_ref()], b"")?;
    let csv = format!("email,reason,{HOSTILE_NAME}\n\"{HOSTILE}\",x,y\n");
    for (name, text) in [(HOSTILE_NAME, csv.as_str()), ("empty", " "), ("json", "[{")] {
        let file = folder.file(name, text)?;
        run(&[], &words("suppressions import --plan", &[file.as_ref()]), b"")?;
        run(
            &[],
            &words("suppressions import --plan --from", &[HOSTILE.as_ref(), file.as_ref()]),
            b"",
        )?;
    }
    let wire = Wire::start();
    let environment = wire.environment();
    let refused =
        || Answer::Error { status: 403, code: "AccessDenied".into(), message: HOSTILE.into() };
    let entry =
        |address: &str| json!({ "EmailAddress": address, "Reason": HOSTILE, "LastUpdateTime": 1 });
    let page = || {
        let entries = [entry(HOSTILE), entry("jane\u{202e}@example.net")];
        Answer::Ok(json!({ "SuppressedDestinationSummaries": entries }))
    };
    wire.script("ListSuppressedDestinations", iter::repeat_with(page).take(2));
    both(&environment, "suppressions list", &[], b"")?;
    wire.script("ListSuppressedDestinations", iter::repeat_with(refused).take(3));
    for line in ["list --tenant", "get --scan --tenant", "remove --yes --because"] {
        let line = format!("suppressions {line}");
        run(&environment, &words(&line, &[HOSTILE.as_ref(), HOSTILE.as_ref()]), b"")?;
    }
    run(&environment, &words("suppressions add", &[HOSTILE.as_ref()]), b"")?;
    run(&environment, &words("suppressions export", &[HOSTILE.as_ref()]), b"")?;
    run(&environment, &words("suppressions diff", &[HOSTILE.as_ref(), HOSTILE.as_ref()]), b"")?;
    Ok(())
}

/// A journal whose every field about jane@example.net is hostile.
fn hostile_journal() -> Result<Wire> {
    let wire = Wire::start();
    let secret = "a-secret-of-the-stack";
    let id = JournalKey::new(secret)?.address_id(&EmailAddress::parse("jane@example.net")?);
    let text = || json!({ "S": HOSTILE });
    let mut item = json!({ "pk": { "S": id.partition() }, "sk": text(), "at": { "N": "1" },
        "event": { "S": "bounce" }, "verdict": { "S": "keep" } });
    for field in [
        "reason",
        "class",
        "rule",
        "reader",
        "status",
        "text",
        "domain",
        "tenant",
        "configuration_set",
        "message_id",
        "feedback_id",
        "bounce_type",
        "bounce_sub_type",
    ] {
        item[field] = text();
    }
    let mut world = wire.world();
    world.table.insert((id.partition(), HOSTILE.to_owned()), item);
    world.secrets.insert("key".to_owned(), secret.to_owned());
    world.outputs = [("JournalTableName", "journal"), ("JournalKeySecretArn", "key")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    drop(world);
    Ok(wire)
}

fn why() -> Result {
    let wire = hostile_journal()?;
    let environment = wire.environment();
    let line = "why jane@example.net --ses-calls-per-second 1000";
    both(&environment, line, &[], b"")?;
    wire.script(
        "GetSecretValue",
        [Answer::Error { status: 403, code: "AccessDenied".into(), message: HOSTILE.into() }],
    );
    run(&environment, &words(line, &[]), b"")?;
    run(&environment, &words(&format!("{line} --stack"), &[HOSTILE.as_ref()]), b"")?;
    run(&environment, &words("why", &[HOSTILE.as_ref()]), b"")?;
    Ok(())
}

fn status() -> Result {
    let wire = hostile_journal()?;
    let environment = wire.environment();
    {
        let mut world = wire.world();
        world.add_series("Send", &[("Domain", HOSTILE)], 100.0);
        world.add_set(HOSTILE);
        world.enforcement_status = HOSTILE.to_owned();
        world.alarms.push(Alarm {
            name: format!("ses-warden/domain/{HOSTILE}/bounce/critical"),
            state: "ALARM".to_owned(),
            reason: HOSTILE.to_owned(),
            ..Alarm::default()
        });
    }
    both(&environment, "status --ses-calls-per-second 1000", &[], b"")?;
    run(&environment, &words("status --stack", &[HOSTILE.as_ref()]), b"")?;
    Ok(())
}

fn forget() -> Result {
    let wire = hostile_journal()?;
    let environment = wire.environment();
    let line = "forget jane@example.net --yes";
    run(&environment, &words(&format!("{line} --stack"), &[HOSTILE.as_ref()]), b"")?;
    run(&environment, &words("forget", &[HOSTILE.as_ref()]), b"")?;
    run(&environment, &words(line, &[]), b"")?;
    assert!(wire.world().table.is_empty());
    Ok(())
}

fn pause() -> Result {
    let wire = hostile_journal()?;
    let environment = wire.environment();
    wire.world().sets.insert(HOSTILE.to_owned(), true);
    let line = "pause --yes --ses-calls-per-second 1000";
    let more = ["--reason", HOSTILE, "--by", HOSTILE, "--configuration-set", HOSTILE];
    both(&environment, line, &more.map(OsStr::new), b"")?;
    run(&environment, &words("pause --reason x --tenant", &[HOSTILE.as_ref()]), b"")?;
    Ok(())
}

/// The history, AWS's words and the names of alarms come from outside.
fn resume() -> Result {
    let wire = hostile_journal()?;
    let environment = wire.environment();
    {
        let mut world = wire.world();
        world.sets.insert(HOSTILE.to_owned(), false);
        world.enforcement_status = HOSTILE.to_owned();
        world.outputs.insert("AlarmPrefix".to_owned(), "ses-warden/".to_owned());
        world.alarms.push(Alarm {
            name: format!("ses-warden/{HOSTILE}/critical"),
            arn: "arn".to_owned(),
            state: "ALARM".to_owned(),
            ..Alarm::default()
        });
        let text = || json!({ "S": HOSTILE });
        let entry = json!({ "pk": { "S": "history" }, "sk": { "S": "2026#x" }, "v": { "N": "1" },
            "at": { "N": "1" }, "event": { "S": "pause" }, "target_kind": { "S": "configuration_set" },
            "target": text(), "actor": { "S": "command" }, "identity": text(), "name": text(),
            "reason": text(), "incident": text() });
        world.table.insert(("history".to_owned(), "2026#x".to_owned()), entry);
    }
    // What receivers answered.
    let item = wire.world().table.values().find(|item| item["event"]["S"] == "bounce").cloned();
    let mut item = item.ok_or("no bounce")?;
    item["at"] = json!({ "N": "1" });
    wire.script("Scan", vec![Answer::Ok(json!({ "Items": [item] })); 2]);
    let line = "resume --check --ses-calls-per-second 1000 --configuration-set";
    both(
        &environment,
        "resume --check --ses-calls-per-second 1000",
        &["--configuration-set".as_ref(), HOSTILE.as_ref()],
        b"",
    )?;
    run(&environment, &words(&format!("{line} x --stack"), &[HOSTILE.as_ref()]), b"")?;
    Ok(())
}

fn secure() -> Result {
    let wire = hostile_journal()?;
    let environment = wire.environment();
    wire.world().add_series("UnexpectedSender", &[("CallerIdentity", HOSTILE)], 7.0);
    let line = "secure --step evidence --ses-calls-per-second 1000";
    both(&environment, line, &[], b"")?;
    // Events of a bucket and a log group, whose names and contents come from outside.
    let event = json!({ "eventType": "Send", "send": {}, "mail": { "messageId": HOSTILE,
        "timestamp": "2026-10-06T07:15:00.000Z", "destination": [HOSTILE],
        "commonHeaders": { "subject": HOSTILE }, "tags": { "ses:caller-identity": [HOSTILE] } } });
    wire.world().objects.insert("events".to_owned(), event.to_string());
    let page = Answer::Ok(json!({ "events": [{ "message": event.to_string() }] }));
    wire.script("FilterLogEvents", vec![page; 2]);
    let from = "--events-from s3://x --events-from logs:x --events-since 2026-10-06 \
                --events-until 2026-10-07";
    both(&environment, &format!("{line} {from}"), &[], b"")?;
    let refusal = Answer::Error { status: 403, code: "AccessDenied".into(), message: "no".into() };
    wire.script("FilterLogEvents", [refusal]);
    let hostile = format!("logs:{HOSTILE}");
    let more = ["--events-from", &hostile].map(OsStr::new);
    run(&environment, &words(line, &more), b"")?;
    let aliases =
        json!({ "@xml": "<AccountAliases><member>\u{202e}acme</member></AccountAliases>" });
    wire.script("ListAccountAliases", [Answer::Ok(aliases)]);
    run(&environment, &words(line, &[]), b"")?;
    let line = "secure --step verify --step rotate --error";
    run(
        &environment,
        &words(line, &[HOSTILE.as_ref(), "--caller".as_ref(), HOSTILE.as_ref()]),
        b"",
    )?;
    Ok(())
}

fn policy() -> Result {
    for option in ["--cidr", "--from-domain", "--identity", "--vpc-endpoint"] {
        let more = [option.as_ref(), HOSTILE.as_ref()];
        run(&[], &words("policy restrict", &more), b"")?;
    }
    Ok(())
}

fn dead_letters() -> Result {
    let wire = hostile_journal()?;
    let environment = wire.environment();
    for name in ["SuppressQueueUrl", "SuppressDeadLetterQueueUrl", "SuppressFunctionName"] {
        wire.world().outputs.insert(name.to_owned(), format!("{}/1/{name}", wire.url()));
    }
    let value = json!({ "DataType": "String", "StringValue": HOSTILE });
    let letter = json!({ "MessageId": "id", "ReceiptHandle": "handle", "Body": HOSTILE,
        "MessageAttributes": { "ErrorMessage": value } });
    let count = json!({ "Attributes": { "ApproximateNumberOfMessages": "1" } });
    for _ in 0..4 {
        wire.script("GetQueueAttributes", [Answer::Ok(count.clone())]);
        let none = || Answer::Ok(json!({}));
        let found = Answer::Ok(json!({ "Messages": [letter.clone()] }));
        wire.script("ReceiveMessage", [found, none(), none()]);
        wire.script("ChangeMessageVisibilityBatch", [none()]);
    }
    both(&environment, "dead-letters list --function suppress", &[], b"")?;
    both(&environment, "dead-letters show id --function suppress", &[], b"")?;
    Ok(())
}

fn drill() -> Result {
    let wire = hostile_journal()?;
    let environment = wire.environment();
    let line = "drill --yes --configuration-set x --from a@example.com --stack";
    run(&environment, &words(line, &[HOSTILE.as_ref()]), b"")?;
    run(&environment, &words("drill --clean --stack", &[HOSTILE.as_ref()]), b"")?;
    Ok(())
}

/// The report goes to AWS, so that not even its JSON holds what controls a terminal.
fn evidence() -> Result {
    let wire = hostile_journal()?;
    let environment = wire.environment();
    let hostile = OsStr::new(HOSTILE);
    let more = ["--fixed".as_ref(), hostile, "--stack".as_ref(), hostile];
    for line in ["evidence", "evidence --json"] {
        let line = format!("{line} --ses-calls-per-second 1000");
        let (text, err) = run(&environment, &words(&line, &more), b"")?;
        assert!(text.contains('\u{fffd}'), "{line}: {text} {err}");
    }
    run(&environment, &words("evidence --since", &[hostile]), b"")?;
    Ok(())
}

/// Its diagnoses have tests of their own; here are the arguments that all of them take.
fn doctor() -> Result {
    for diagnosis in ["message", "domain", "setup", "report"] {
        let (_, refusal) =
            run(&[], &words("doctor", &[diagnosis.as_ref(), HOSTILE.as_ref()]), b"")?;
        assert!(!refusal.is_empty(), "{diagnosis}");
    }
    Ok(())
}
