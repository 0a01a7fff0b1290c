//! `ses-warden why` and `ses-warden forget` as they are typed, against AWS at the wire.
#![allow(
    clippy::indexing_slicing,
    reason = "of JSON, where what is not there is null and fails the test"
)]

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use fake_aws::{Answer, Wire};
use serde_json::{Value, json};
use warden_domain::address::EmailAddress;
use warden_domain::envelope::{Reading, read_message};
use warden_domain::event::SesEvent;
use warden_domain::journal::{
    BOUNCED_AT, DELIVERED_AT, DecisionRecord, Field, Item, JournalKey, OpenCount, Refusal,
};
use warden_domain::suppression::{Policy, StrikePolicy, decide, judge_strike};

type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

const SECRET: &str = "a-secret-of-the-stack";
const SECRET_ARN: &str = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:key";

/// An account with an installation.
fn installed() -> Wire {
    let wire = Wire::start();
    {
        let mut world = wire.world();
        world.secrets.insert(SECRET_ARN.to_owned(), SECRET.to_owned());
        world.outputs = [("JournalTableName", "journal"), ("JournalKeySecretArn", SECRET_ARN)]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
        world.sets.insert("marketing".to_owned(), true);
    }
    wire
}

fn ses_warden(wire: &Wire, arguments: &[&str]) -> Result<Output> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ses-warden"));
    command.env_clear().envs(wire.environment());
    command
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_CONFIG_FILE", "/nonexistent")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent");
    Ok(command.args(arguments).stdin(Stdio::null()).output()?)
}

fn why(wire: &Wire, address: &str, more: &[&str]) -> Result<(i32, String, String)> {
    let mut arguments = vec!["why", address, "--ses-calls-per-second", "1000"];
    arguments.extend(more);
    let output = ses_warden(wire, &arguments)?;
    let text = |bytes: Vec<u8>| String::from_utf8(bytes);
    Ok((output.status.code().unwrap_or(-1), text(output.stdout)?, text(output.stderr)?))
}

fn event(address: &str, text: &str, day: u32) -> Result<SesEvent> {
    let bounce = json!({
        "feedbackId": format!("bounce-{day}"), "bounceType": "Permanent", "bounceSubType": "General",
        "bouncedRecipients": [{ "emailAddress": address, "diagnosticCode": text }],
        "timestamp": format!("2026-10-{day:02}T07:14:04.000Z"),
    });
    let mail = json!({ "messageId": format!("mail-{day}"), "destination": [address],
        "tags": { "ses:from-domain": ["example.com"], "ses:configuration-set": ["marketing"] } });
    let event = json!({ "eventType": "Bounce", "bounce": bounce, "mail": mail });
    match read_message(&event.to_string()) {
        Reading::Event(event) => Ok(*event),
        other @ (Reading::Alarm(_) | Reading::Ignored(_) | Reading::Broken(_)) => {
            Err(format!("{other:?}").into())
        }
    }
}

/// Writes what suppress would write about a first bounce with that text.
fn bounced(wire: &Wire, address: &str, text: &str, day: u32) -> Result {
    let event = event(address, text, day)?;
    let policy = StrikePolicy::default();
    let decision = decide(&event, &Policy::default()).with_strike_verdicts(|judgement, kind| {
        judge_strike((kind, judgement.verdict), event.at_seconds, &[], false, &policy)
    });
    let key = JournalKey::new(SECRET)?;
    let address = EmailAddress::parse(address)?;
    let id = key.address_id(&address);
    let record = DecisionRecord::of(&event, &decision.judgements[0], id).ok_or("no bounce")?;
    put(wire, &record.item(2_000_000_000));
    if let (Some(_), Some(at_seconds)) = (record.strike, record.at_seconds) {
        let refusal = Refusal {
            recipient_domain: key.domain_id(address.domain()),
            text_id: record.text_id,
            at_seconds,
            address: record.address,
        };
        put(wire, &refusal.item(1_900_000_000));
    }
    Ok(())
}

fn put(wire: &Wire, item: &Item) {
    let mut json = json!({ "pk": { "S": item.key.partition }, "sk": { "S": item.key.sort } });
    for (name, field) in &item.fields {
        json[name] = match field {
            Field::Text(text) => json!({ "S": text }),
            Field::Number(number) => json!({ "N": number.to_string() }),
        };
    }
    let key = (item.key.partition.clone(), item.key.sort.clone());
    wire.world().table.insert(key, json);
}

#[test]
fn a_suppressed_address_is_shown_with_its_decision() -> Result {
    let wire = installed();
    wire.world().suppressed.insert("jane@example.net".to_owned(), "BOUNCE".to_owned());
    bounced(&wire, "jane@example.net", "smtp; 550 5.1.1 user unknown", 6)?;
    let (status, out, error) = why(&wire, "Jane Roe <JANE@Example.net>", &[])?;
    assert_eq!(status, 0, "{error}");
    for part in [
        "SES accepts it and does not send it: the address is on the account's list for BOUNCE.",
        "account list, as JANE@example.net: not listed",
        "account list, as jane@example.net: listed for BOUNCE",
        "configuration set marketing: leaves it to the account",
        "2026-10-06T07:14:04.000Z  bounce  suppressed (BOUNCE), class recipient_gone",
        "mail mail-6, from example.com, configuration set marketing, feedback bounce-6",
        "delete-suppressed-destination --email-address 'jane@example.net'",
    ] {
        assert!(out.contains(part), "{part}\n{out}");
    }
    Ok(())
}

#[test]
fn an_address_with_one_strike_shows_what_the_next_bounce_does() -> Result {
    let wire = installed();
    bounced(&wire, "jane@example.net", "smtp; 550 grmblfx wuppdi", 6)?;
    let (status, out, error) = why(&wire, "jane@example.net", &[])?;
    assert_eq!(status, 0, "{error}");
    assert!(out.contains("kept (first_strike), class unknown"), "{out}");
    assert!(out.contains("If it bounces so again"), "{out}");
    let (_, out, _) = why(&wire, "jane@example.net", &["--json"])?;
    let known: Value = serde_json::from_str(&out)?;
    assert_eq!(known["next_mail"], "sent");
    assert_eq!(known["decisions"][0]["reason"], "first_strike");
    assert_eq!(known["id"].as_str().map(str::len), Some(32));
    assert_eq!(known["not_known"], json!([]));
    Ok(())
}

#[test]
fn lists_of_tenants_and_reasons_of_sets_are_shown() -> Result {
    let wire = installed();
    {
        let mut world = wire.world();
        let own = [("jane@example.net".to_owned(), "COMPLAINT".to_owned())].into();
        world.tenants.insert("acme".to_owned(), own);
        world.reasons_of_sets.insert("marketing".to_owned(), vec!["COMPLAINT".to_owned()]);
    }
    let more = ["--tenant", "acme", "--tenant", "other", "--configuration-set", "marketing"];
    let (_, out, _) = why(&wire, "jane@example.net", &more)?;
    assert!(out.contains("tenant acme: has a list of its own: listed for COMPLAINT"), "{out}");
    assert!(out.contains("tenant other: uses the account's list"), "{out}");
    assert!(out.contains("marketing: withholds mail to addresses listed for: COMPLAINT"), "{out}");
    Ok(())
}

#[test]
fn an_address_with_a_slash_is_searched_in_the_list() -> Result {
    let wire = installed();
    wire.world().suppressed.insert("dept/sales@example.net".to_owned(), "COMPLAINT".to_owned());
    wire.script("GetSuppressedDestination", [Answer::error(400, "BadRequestException")]);
    let (status, out, error) = why(&wire, "dept/sales@example.net", &[])?;
    assert_eq!(status, 0, "{error}");
    assert!(out.contains("listed for COMPLAINT"), "{out}");
    Ok(())
}

#[test]
fn without_a_stack_it_says_what_it_cannot_know() -> Result {
    let wire = installed();
    wire.world().outputs.clear();
    wire.world().suppressed.insert("jane@example.net".to_owned(), "BOUNCE".to_owned());
    let (status, out, _) = why(&wire, "jane@example.net", &[])?;
    assert_eq!(status, 1);
    assert!(out.contains("listed for BOUNCE"), "{out}");
    assert!(out.contains("What is not known\n  what ses-warden decided"), "{out}");
    let output = ses_warden(&wire, &["forget", "jane@example.net", "--yes"])?;
    assert_eq!(output.status.code(), Some(5));
    let (status, _, _) = why(&wire, "nobody", &[])?;
    assert_eq!(status, 2);
    Ok(())
}

#[test]
fn what_cannot_be_read_costs_that_fact_alone() -> Result {
    let wire = installed();
    bounced(&wire, "jane@example.net", "smtp; 550 5.1.1 user unknown", 6)?;
    wire.script("GetAccount", vec![Answer::error(403, "AccessDeniedException"); 9]);
    let (status, out, _) = why(&wire, "jane@example.net", &[])?;
    assert_eq!(status, 1);
    assert!(out.contains("It is not known what SES does with it"), "{out}");
    assert!(out.contains("recipient_gone"), "{out}");
    Ok(())
}

#[test]
fn forget_shows_asks_and_deletes_what_is_of_the_address_alone() -> Result {
    let wire = installed();
    for day in [6, 7] {
        bounced(&wire, "jane@example.net", "smtp; 550 grmblfx wuppdi", day)?;
    }
    bounced(&wire, "joe@example.net", "smtp; 550 grmblfx wuppdi", 6)?;
    let asked = ses_warden(&wire, &["forget", "Jane@Example.net"])?;
    assert_ne!(asked.status.code(), Some(0), "without a terminal nobody is asked");
    assert_eq!(wire.world().table.len(), 6);
    let output = ses_warden(&wire, &["forget", "Jane@Example.net", "--yes"])?;
    let out = String::from_utf8(output.stdout)?;
    assert_eq!(output.status.code(), Some(0), "{out}");
    for part in ["2 decisions", "2 notes", "up to 35 days", "Deleted 4 records."] {
        assert!(out.contains(part), "{part}\n{out}");
    }
    assert_eq!(wire.world().table.len(), 2);
    let again = ses_warden(&wire, &["forget", "jane@example.net", "--yes", "--json"])?;
    let again: Value = serde_json::from_slice(&again.stdout)?;
    assert_eq!((&again["decisions"], &again["deleted"]), (&json!(0), &json!(false)));
    Ok(())
}

#[test]
fn the_policies_allow_what_is_called_and_nothing_else() -> Result {
    let wire = installed();
    bounced(&wire, "jane@example.net", "smtp; 550 grmblfx wuppdi", 6)?;
    wire.script("GetSuppressedDestination", [Answer::error(400, "BadRequestException")]);
    why(&wire, "jane@example.net", &["--tenant", "acme"])?;
    assert_eq!(called(&wire), allowed("why-policy.json")?);
    let wire = installed();
    bounced(&wire, "jane@example.net", "smtp; 550 grmblfx wuppdi", 6)?;
    ses_warden(&wire, &["forget", "jane@example.net", "--yes"])?;
    assert_eq!(called(&wire), allowed("forget-policy.json")?);
    Ok(())
}

fn called(wire: &Wire) -> BTreeSet<String> {
    let name = |call: fake_aws::Call| {
        let service = call.signed_for.rsplit('/').next().unwrap_or_default().to_owned();
        format!("{service}:{}", call.operation)
    };
    wire.calls().into_iter().map(name).collect()
}

fn allowed(file: &str) -> Result<BTreeSet<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(file);
    let policy: Value = serde_json::from_str(&fs::read_to_string(path)?)?;
    let statements = policy["Statement"].as_array().ok_or("no statements")?;
    let actions = statements.iter().flat_map(|one| one["Action"].as_array().into_iter().flatten());
    Ok(actions.filter_map(|action| action.as_str().map(str::to_owned)).collect())
}

#[test]
fn a_tracked_delivery_is_shown_and_forgotten() -> Result {
    let wire = installed();
    bounced(&wire, "jane@example.net", "smtp; 550 grmblfx wuppdi", 6)?;
    let id = JournalKey::new(SECRET)?.address_id(&EmailAddress::parse("jane@example.net")?);
    // 2026-10-08T09:00:00Z
    let at = 1_791_450_000;
    let count = Item::new(OpenCount::key(&id));
    put(&wire, &count.with_number(BOUNCED_AT, at - 9).with_number(DELIVERED_AT, at));
    let (_, out, _) = why(&wire, "jane@example.net", &[])?;
    assert!(out.contains("a mail was delivered on 2026-10-08T09:00:00.000Z"), "{out}");
    let output = ses_warden(&wire, &["forget", "jane@example.net", "--yes"])?;
    let out = String::from_utf8(output.stdout)?;
    for part in ["1 decisions", "the count of its soft bounces", "1 notes", "Deleted 3 records."] {
        assert!(out.contains(part), "{part}\n{out}");
    }
    assert!(wire.world().table.is_empty());
    Ok(())
}
