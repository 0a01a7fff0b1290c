//! guard and what others write: hostile payloads, and items that somebody has edited.
//!
//! A short form of an attack with thousands of each: nothing of it pauses anything that no alarm
//! asks for, ends an invocation without an answer, or keeps an alarm from being handled.

use serde_json::{Value, json};

use warden_domain::journal::{Item, ItemKey};

use crate::guard_stack::{
    ACCOUNT, EPISODE, SET, check, function, handled, notified, put_item, reputation, switched,
    wire_with,
};
use crate::guard_trouble::{SET_BOUNCE, all_go, paused};
use crate::invoke;
use crate::payloads::{sns, sqs};
use crate::wire::{AlarmSeries, Answer, Wire};

/// Texts that mean something to a parser, a terminal, a shell or a log.
const HOSTILE: [&str; 12] = [
    "",
    "\u{0}",
    "\u{1b}]0;title\u{7}\u{1b}[2J",
    "\r\nX-Forged: 1\r\n\r\n",
    "\u{202e}\u{2066}\u{2028}",
    "'; aws sesv2 put-account-sending-attributes --sending-enabled; '",
    "$(reboot)`reboot`",
    "../../..",
    "%2e%2e%2f%00",
    "{\"NewStateValue\":\"ALARM\"}",
    "\u{1F4E7}\u{0301}\u{FEFF}",
    "ses-warden/account/all/bounce/critical@2026-09-21T14:15:00Z",
];

/// Payloads that claim to be alarms, events or envelopes, and are broken in one place each.
fn payloads() -> Vec<Vec<u8>> {
    let deep =
        |open: &str, close: &str| format!("{}1{}", open.repeat(20_000), close.repeat(20_000));
    let mut all: Vec<Vec<u8>> = [
        String::new(),
        "null".into(),
        "[]".into(),
        "{".into(),
        "\u{feff}{}".into(),
        deep("[", "]"),
        deep("{\"Records\":", "}"),
        "@".repeat(200_000),
        format!("{{\"AlarmName\":\"{}\"}}", "@".repeat(200_000)),
        r#"{"NewStateValue":"ALARM","NewStateValue":"OK","AlarmName":"a"}"#.into(),
        r#"{"Records":[1,null,{},{"EventSource":"aws:sns"},{"eventSource":"aws:sqs"}]}"#.into(),
        sqs(&vec!["1".to_owned(); 1000]),
    ]
    .into_iter()
    .map(String::into_bytes)
    .collect();
    all.push(b"{\"AlarmName\":\"\xff\xfe\"}".to_vec());
    for text in HOSTILE {
        for field in ["AlarmName", "AlarmArn", "NewStateValue", "NewStateReason", "StateChangeTime"]
        {
            let mut message = json!({ "AlarmName": "a", "AlarmArn": "arn", "NewStateValue": "ALARM",
                "NewStateReason": "r", "StateChangeTime": "2026-10-06T07:15:12.345+0000" });
            message[field] = json!(text);
            all.push(sns(&message.to_string()).into_bytes());
        }
        for path in ["/id", "/time", "/resources/0", "/detail/data/record/cause", "/detail-type"] {
            let mut event = json!({ "version": "0", "id": "1", "detail-type": "Sending Status Disabled",
                "source": "aws.ses", "time": "t", "resources": ["arn"],
                "detail": { "data": { "record": { "status": "DISABLED", "cause": "c" } } } });
            *event.pointer_mut(path).unwrap() = json!(text);
            all.push(event.to_string().into_bytes());
        }
    }
    for odd in [json!(1), json!(null), json!([]), json!({}), json!(true)] {
        all.push(sns(&json!({ "AlarmName": odd, "NewStateValue": odd }).to_string()).into_bytes());
        let event = json!({ "source": "aws.ses", "id": odd, "detail-type": "AWS API Call via CloudTrail",
            "detail": { "eventName": odd, "requestParameters": odd, "userIdentity": odd } });
        all.push(event.to_string().into_bytes());
    }
    all
}

#[tokio::test]
async fn no_payload_pauses_what_no_alarm_asks_for() {
    let wire = wire_with(&[ACCOUNT, SET]);
    all_go(&wire, "OK", 30 * 24 * 3600);
    let guard = function(&wire, &[]);
    let payloads = payloads();
    for payload in &payloads {
        // An error gives the invocation back; it must be an answer, not a panic.
        let _ = invoke(&guard, payload).await;
    }
    assert!(payloads.len() > 130, "{}", payloads.len());
    assert_eq!(switched(&wire), [""; 0]);
    for notice in &wire.world().notices {
        let is_plain = |c: char| !c.is_control() && !('\u{202a}'..='\u{202e}').contains(&c);
        assert!(notice.subject.chars().all(|c| c.is_ascii() && is_plain(c)), "{notice:?}");
        assert!(notice.message.lines().all(|line| line.chars().all(is_plain)), "{notice:?}");
    }
}

#[tokio::test]
async fn no_payload_keeps_an_alarm_from_being_handled() {
    let wire = wire_with(&[ACCOUNT]);
    let guard = function(&wire, &[]);
    for payload in payloads().into_iter().take(20) {
        let _ = invoke(&guard, payload).await;
    }
    check(&guard).await.unwrap();
    assert!(!wire.world().account_sends);
    assert_eq!(notified(&wire).iter().filter(|action| *action == "paused_account").count(), 1);
}

/// States that nobody but guard should have written.
fn edited() -> Vec<Value> {
    let leader =
        json!({ "alarm": format!("ses-warden/{}", SET_BOUNCE.join("/")), "episode": EPISODE });
    let state = |phase: Value| {
        json!({ "leader": leader, "others": [], "cause": { "reason": "", "numbers": {} },
            "notified": [], "phase": phase })
    };
    vec![
        json!(null),
        json!({}),
        json!([]),
        json!("open"),
        state(json!("galaxy")),
        state(json!({ "paused": { "target": "galaxy", "at": 1 } })),
        state(json!({ "paused": { "target": "account" } })),
        state(json!({ "pausing": "account" })),
        json!({ "leader": { "alarm": "another", "episode": EPISODE } }),
    ]
}

/// What an edited incident says is unknown, so nothing is paused for its alarm; the others go on,
/// and the error pages.
#[tokio::test]
async fn an_edited_incident_pauses_nothing_and_holds_up_no_other() {
    for state in edited() {
        let wire = wire_with(&[SET_BOUNCE, ACCOUNT]);
        let id = format!("ses-warden/{}@{EPISODE}", SET_BOUNCE.join("/"));
        let item = Item::new(ItemKey::new("incident", id))
            .with_number("v", 1)
            .with_number("version", 1)
            .with_text("state", &state.to_string());
        put_item(&wire, &item);
        let guard = function(&wire, &[]);
        assert_eq!(check(&guard).await.unwrap_err().kind(), "call_failed", "{state}");
        assert!(paused(&wire).is_empty() && !wire.world().account_sends, "{state}");
        assert_eq!(notified(&wire), ["paused_account"], "{state}");
    }
}

#[tokio::test]
async fn a_definition_that_says_nothing_pauses_nothing() {
    type Change = fn(&mut AlarmSeries, &str);
    let changes: [(&str, Change); 4] = [
        ("namespace", |series, value| series.namespace = value.into()),
        ("metric", |series, value| series.metric = value.into()),
        ("dimension", |series, value| series.dimensions[0].0 = value.into()),
        ("value", |series, value| series.dimensions[0].1 = value.into()),
    ];
    for (part, change) in changes {
        for value in HOSTILE.into_iter().chain(["aws/ses", "Reputation.Bouncerate", "galaxy"]) {
            let wire = wire_with(&[SET_BOUNCE]);
            change(wire.world().alarms[0].series.as_mut().unwrap(), value);
            check(&function(&wire, &[])).await.unwrap();
            assert!(paused(&wire).is_empty() && wire.world().account_sends, "{part}={value:?}");
            let notified = notified(&wire);
            let is_said = notified == ["unlabelled"]
                || (part == "value" && !value.is_empty() && notified == ["no_such_set"]);
            assert!(is_said, "{part}={value:?}: {notified:?}");
        }
    }
}

#[tokio::test]
async fn a_name_that_does_not_end_in_critical_pauses_nothing() {
    for word in HOSTILE.into_iter().chain(["CRITICAL", " critical", "critical ", "x-critical"]) {
        let wire = wire_with(&[SET_BOUNCE]);
        wire.world().alarms[0].name =
            format!("ses-warden/configuration-set/marketing/bounce/{word}");
        check(&function(&wire, &[])).await.unwrap();
        assert!(paused(&wire).is_empty() && wire.world().account_sends, "{word:?}");
        assert_eq!(notified(&wire), ["warning"], "{word:?}");
    }
}

/// The set's name comes from the alarm's definition. It becomes part of a request and of a command.
#[tokio::test]
async fn a_hostile_set_name_stays_a_name() {
    for name in HOSTILE.into_iter().filter(|name| !name.is_empty()) {
        let wire = wire_with(&[SET_BOUNCE]);
        wire.world().alarms[0].series =
            Some(reputation("bounce", &[("ses:configuration-set", name)]));
        wire.world().sets.insert(name.into(), true);
        let guard = function(&wire, &[]);
        check(&guard).await.unwrap();
        assert!(wire.world().sets["marketing"] && wire.world().account_sends, "{name:?}");
        let notice = wire.world().notices[0].clone();
        for line in notice.message.lines().filter(|line| line.trim_start().starts_with("aws ")) {
            let quoted = line.replace(r"'\''", "");
            let outside: String = quoted.split('\'').step_by(2).collect();
            assert!(
                outside.chars().all(|c| c.is_ascii_alphanumeric() || " _-./:@%+,=".contains(c)),
                "{line}"
            );
        }
        let json: Value = serde_json::from_str(&notice.attributes["notice"]).unwrap();
        assert_eq!(json["version"], 1, "{name:?}");
    }
}

/// Of the attack's faults: throttled, refused, broken and unreadable, at each call, once.
#[tokio::test]
async fn next_invocation_ends_a_fault_of_any_call() {
    let faults = [
        Answer::error(429, "TooManyRequestsException"),
        Answer::error(500, "InternalFailure"),
        Answer::error(403, "AccessDenied"),
        Answer::error(301, "PermanentRedirect"),
        Answer::error(418, "SomethingNew"),
        Answer::Broken,
        Answer::Ok(json!({})),
    ];
    for label in [SET_BOUNCE, ACCOUNT] {
        let whole = wire_with(&[label]);
        check(&function(&whole, &[])).await.unwrap();
        let mut operations = whole.operations();
        operations.sort();
        operations.dedup();
        for (operation, fault) in operations
            .iter()
            .flat_map(|operation| faults.iter().map(move |fault| (operation, fault)))
        {
            let wire: Wire = wire_with(&[label]);
            wire.script(operation, [fault.clone()]);
            let guard = function(&wire, &[]);
            // The call may be repeated at once, or left to the next invocation.
            let _ = check(&guard).await;
            wire.unscript();
            for _ in 0..2 {
                check(&guard).await.unwrap();
            }
            assert_eq!(paused(&wire).is_empty(), label == ACCOUNT, "{operation} {fault:?}");
            assert_eq!(wire.world().account_sends, label != ACCOUNT, "{operation} {fault:?}");
            assert_eq!(handled(&wire, label).as_deref(), Some(EPISODE), "{operation} {fault:?}");
            // The fake forgets a notice that was scripted to be taken.
            let taken = operation == "Publish" && *fault == Answer::Ok(json!({}));
            assert_eq!(
                notified(&wire).is_empty(),
                taken,
                "{operation} {fault:?}: {:?}",
                notified(&wire)
            );
        }
    }
}
