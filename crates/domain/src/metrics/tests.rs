mod calls;
mod full;
mod odd;

use super::*;
use crate::envelope::read_message;
use crate::outcome::{GivenBack, Ignored, Outcome};
use serde_json::{Value, json};

const NOW: i64 = 1_791_270_850;

fn mail(domain: &str) -> Value {
    json!({
        "timestamp": "2026-10-06T07:14:02.118Z",
        "messageId": "m-1",
        "destination": ["a@example.net", "b@example.net"],
        "tags": {
            "ses:from-domain": [domain], "ses:configuration-set": ["marketing"],
            "ses:caller-identity": ["app"], "ses:source-ip": ["192.0.2.7"],
        },
    })
}

fn send(domain: &str, id: &str) -> Value {
    let mut mail = mail(domain);
    mail["messageId"] = id.into();
    json!({"eventType": "Send", "mail": mail, "send": {}})
}

fn bounce(kind: &str, sub_type: &str, recipients: Value) -> Value {
    json!({
        "eventType": "Bounce", "mail": mail("example.com"),
        "bounce": {
            "bounceType": kind, "bounceSubType": sub_type, "bouncedRecipients": recipients,
            "timestamp": "2026-10-06T07:14:04.777Z",
        },
    })
}

struct Run {
    outcomes: Vec<Outcome>,
    totals: BatchTotals,
}

impl Run {
    fn of(config: &Config, recent: &Recent, events: &[Value]) -> Self {
        let mut names = KnownNames::default();
        Self::with(config, &mut names, recent, events)
    }

    fn with(config: &Config, names: &mut KnownNames, recent: &Recent, events: &[Value]) -> Self {
        let mut batch = Batch::new(config, names, recent, NOW);
        let read = |v: &Value| {
            read_message(v.as_str().map_or_else(|| v.to_string(), str::to_owned).as_str())
        };
        let outcomes = events.iter().enumerate().map(|(i, e)| batch.add(i, &read(e))).collect();
        Self { outcomes, totals: batch.finish() }
    }

    fn plain(events: &[Value]) -> Self {
        Self::of(&Config::default(), &Recent::new(10), events)
    }

    /// `Name{Key=value}=n`, sorted, sparse.
    fn lines(&self) -> Vec<String> {
        let mut lines: Vec<String> = self
            .totals
            .data()
            .iter()
            .map(|d| {
                let pairs: Vec<String> =
                    d.series.dimensions.pairs().iter().map(|(k, v)| format!("{k}={v}")).collect();
                format!("{}{{{}}}={}", d.series.metric.name(), pairs.join(","), d.sum())
            })
            .collect();
        lines.sort();
        lines
    }

    fn reasons(&self) -> Vec<&'static str> {
        self.outcomes.iter().map(|o| o.reason()).collect()
    }
}

#[test]
fn a_send_counts_each_recipient_in_three_sets_of_dimensions() {
    assert_eq!(
        Run::plain(&[send("Example.COM", "m")]).lines(),
        [
            "MultiRecipientMessage{Domain=example.com}=1",
            "Send{Domain=example.com,ConfigurationSet=marketing}=2",
            "Send{Domain=example.com}=2",
            "Send{}=2",
        ]
    );
}

#[test]
fn bounces_by_kind_and_fault() {
    let recipients = |status: &str| json!([{"emailAddress": "a@example.net", "status": status}]);
    let cases = [
        (
            bounce("Permanent", "General", recipients("5.1.1")),
            vec![
                "BounceFault{Domain=example.com,Fault=recipient_gone}=1",
                "BounceHard{Domain=example.com,ConfigurationSet=marketing}=1",
                "BounceHard{Domain=example.com}=1",
                "BounceHard{}=1",
            ],
        ),
        (
            bounce("Permanent", "General", recipients("4.2.2")),
            vec![
                "BounceFault{Domain=example.com,Fault=mailbox_full}=1",
                "BounceSoft{Domain=example.com}=1",
                "BounceSoft{}=1",
            ],
        ),
        (
            bounce("Transient", "General", recipients("4.4.1")),
            vec![
                "BounceFault{Domain=example.com,Fault=receiver_temporary}=1",
                "BounceSoft{Domain=example.com}=1",
                "BounceSoft{}=1",
            ],
        ),
        (
            bounce("Undetermined", "Undetermined", recipients("x")),
            vec![
                "BounceFault{Domain=example.com,Fault=unknown}=1",
                "BounceUndetermined{Domain=example.com}=1",
            ],
        ),
        (
            bounce("Permanent", "OnAccountSuppressionList", recipients("5.1.1")),
            vec!["BounceEcho{Domain=example.com}=1"],
        ),
    ];
    for (event, expected) in cases {
        assert_eq!(Run::plain(std::slice::from_ref(&event)).lines(), expected, "{event}");
    }
}

#[test]
fn the_same_bounce_in_both_formats_and_again_counts_once() {
    let event = bounce(
        "Permanent",
        "General",
        json!([{"emailAddress": "A <a@Example.net>", "status": "5.1.1"}]),
    );
    let mut notification = event.clone();
    notification["notificationType"] = "Bounce".into();
    notification.as_object_mut().unwrap().remove("eventType");
    notification["mail"].as_object_mut().unwrap().remove("tags");
    let run = Run::plain(&[event.clone(), notification, event.clone()]);
    assert_eq!(run.reasons(), ["counted", "duplicate", "duplicate"]);
    assert!(run.lines().contains(&"BounceHard{}=1".to_owned()));

    let mut recent = Recent::new(10);
    recent.remember(run.totals.keys.iter().map(|(key, _)| *key));
    assert_eq!(Run::of(&Config::default(), &recent, &[event]).reasons(), ["duplicate"]);
}

#[test]
fn a_recipient_is_the_same_in_whichever_case() {
    let to = |address: &str| json!([{"emailAddress": address, "status": "5.1.1"}]);
    let run = Run::plain(&[
        bounce("Permanent", "General", to("Jane.Roe@Example.net")),
        bounce("Permanent", "General", to("jane.roe@example.net")),
        bounce("Permanent", "General", to("Jane Roe <JANE.ROE@example.net.>")),
    ]);
    assert_eq!(run.reasons(), ["counted", "duplicate", "duplicate"]);
}

#[test]
fn a_mail_to_several_is_one_and_to_one_is_none() {
    for (to, lines) in [
        (
            json!(["a@example.net", "b@example.net", "c@example.net"]),
            vec!["MultiRecipientMessage{Domain=example.com}=1", "Send{Domain=example.com}=3"],
        ),
        (json!(["a@example.net"]), vec!["Send{Domain=example.com}=1"]),
        // Nothing is known of how many, but that it was sent.
        (json!([]), vec!["Send{Domain=example.com}=1"]),
        (json!(null), vec!["Send{Domain=example.com}=1"]),
        (
            json!(["bounce@simulator.amazonses.com", "a@example.net"]),
            vec!["Send{Domain=example.com}=1"],
        ),
        (
            json!([
                "Sim <bounce@simulator.amazonses.com> ",
                "bounce@Simulator.amazonses.com. ",
                "a@example.net"
            ]),
            vec!["Send{Domain=example.com}=1"],
        ),
        (
            json!(["nobody", "a@example.net"]),
            vec!["MultiRecipientMessage{Domain=example.com}=1", "Send{Domain=example.com}=2"],
        ),
    ] {
        let mut event = send("example.com", "m");
        event["mail"]["destination"] = to.clone();
        let mut found = Run::plain(&[event]).lines();
        found.retain(|line| line.contains("{Domain=example.com}"));
        assert_eq!(found, lines, "{to}");
    }
}

#[test]
fn memory_is_bounded_and_forgets_the_oldest() {
    let run = Run::plain(&[send("a.example", "1"), send("a.example", "2"), send("a.example", "3")]);
    let keys: Vec<EventKey> = {
        let mut keys = run.totals.keys.clone();
        keys.sort_by_key(|(_, message)| *message);
        keys.into_iter().map(|(key, _)| key).collect()
    };
    let mut recent = Recent::new(2);
    recent.remember(keys.iter().copied());
    assert_eq!(keys.iter().map(|k| recent.holds(*k)).collect::<Vec<_>>(), [false, true, true]);
}

#[test]
fn domains_beyond_the_cap_share_one_name_for_the_life_of_the_function() {
    let config = Config { max_domains: 2, ..Config::default() };
    let mut names = KnownNames::default();
    let recent = Recent::new(10);
    let events: Vec<Value> =
        (0..4).map(|n| send(&format!("d{n}.example.com"), &format!("m{n}"))).collect();
    let first = Run::with(&config, &mut names, &recent, &events);
    assert!(first.lines().contains(&"Send{Domain=other}=4".to_owned()));
    let second = Run::with(
        &config,
        &mut names,
        &recent,
        &[send("d3.example.com", "x"), send("d0.example.com", "y")],
    );
    assert!(second.lines().contains(&"Send{Domain=d0.example.com}=2".to_owned()));
    assert!(second.lines().contains(&"Send{Domain=other}=2".to_owned()));
}

#[test]
fn hostile_names_never_reach_a_dimension() {
    let mut event = send("\u{7}\u{0}", "m");
    event["mail"]["tags"]["ses:configuration-set"] = json!(["s\u{e9}t"]);
    assert_eq!(
        Run::plain(&[event]).lines(),
        ["MultiRecipientMessage{Domain=unknown}=1", "Send{Domain=unknown}=2", "Send{}=2"]
    );
}

#[test]
fn senders_outside_the_lists_are_counted() {
    let config = Config {
        caller_identities: vec!["other-app".into()],
        source_networks: vec!["198.51.100.0/24".parse().unwrap()],
        ..Config::default()
    };
    let lines = Run::of(&config, &Recent::new(1), &[send("example.com", "m")]).lines();
    assert!(lines.contains(&"UnexpectedSender{CallerIdentity=app}=2".to_owned()), "{lines:?}");
    assert!(lines.contains(&"UnexpectedSender{SourceIp=192.0.2.7}=2".to_owned()), "{lines:?}");
    let known = Config {
        caller_identities: vec!["app".into()],
        source_networks: vec!["192.0.2.0/24".parse().unwrap()],
        ..Config::default()
    };
    let lines = Run::of(&known, &Recent::new(1), &[send("example.com", "m")]).lines();
    assert!(!lines.iter().any(|l| l.starts_with("UnexpectedSender")), "{lines:?}");
}

#[test]
fn simulator_recipients_do_not_count() {
    let mut event = send("example.com", "m");
    event["mail"]["destination"] = json!(["bounce@simulator.amazonses.com"]);
    let bounced =
        bounce("Permanent", "General", json!([{"emailAddress": "bounce@simulator.amazonses.com"}]));
    let run = Run::plain(&[event, bounced]);
    assert_eq!(run.reasons(), ["simulator", "simulator"]);
    assert_eq!(run.lines(), ["Ignored{Reason=simulator}=2"]);
}

#[test]
fn times_out_of_range_count_as_now() {
    let mut old = send("example.com", "old");
    old["mail"]["timestamp"] = "2020-01-01T00:00:00Z".into();
    let mut ahead = send("example.com", "ahead");
    ahead["mail"]["timestamp"] = "2036-01-01T00:00:00Z".into();
    let mut odd = send("example.com", "odd");
    odd["mail"]["timestamp"] = "soon".into();
    // The same again counts nothing, so its time is no matter.
    let run = Run::plain(&[old.clone(), ahead, odd, old]);
    assert_eq!(run.totals.restamped, 3);
    assert!(run.totals.data().iter().all(|d| d.minute_seconds == NOW - NOW % 60));
    let regular = Run::plain(&[send("example.com", "m")]);
    assert!(regular.totals.data().iter().all(|d| d.minute_seconds == 1_791_270_840));
}

#[test]
fn two_weeks_back_and_two_hours_ahead_less_the_way_there_are_in_range() {
    let quarter = 900;
    for (at, counts_as_now) in [
        (NOW - 14 * 86_400 + quarter, false),
        (NOW - 14 * 86_400 + quarter - 1, true),
        (NOW + 7_200 - quarter, false),
        (NOW + 7_200 - quarter + 1, true),
    ] {
        let mut event = send("example.com", "m");
        event["mail"]["timestamp"] = crate::notice::at(at * 1000).into();
        let run = Run::plain(&[event]);
        assert_eq!(run.totals.restamped, u64::from(counts_as_now), "{at}");
        let minute = if counts_as_now { NOW - NOW % 60 } else { at - at.rem_euclid(60) };
        assert!(run.totals.data().iter().all(|d| d.minute_seconds == minute), "{at}");
    }
}

#[test]
fn what_happened_to_a_mail_counts_when_it_happened() {
    let to = json!([{"emailAddress": "a@example.net"}]);
    for (event_type, kind) in [
        ("Bounce", "bounce"),
        ("Complaint", "complaint"),
        ("Delivery", "delivery"),
        ("DeliveryDelay", "deliveryDelay"),
    ] {
        let mut event = json!({
            "eventType": event_type,
            "mail": mail("example.com"),
            kind: {
                "timestamp": "2026-10-06T07:20:59.999Z", "bounceType": "Permanent", "bounceSubType": "General",
                "bouncedRecipients": to, "complainedRecipients": to, "delayedRecipients": to,
            },
        });
        event[kind]["recipients"] = json!(["a@example.net"]);
        let data = Run::plain(&[event]).totals.data();
        assert!(!data.is_empty(), "{kind}");
        assert!(
            data.iter().all(|d| d.minute_seconds == 1_791_270_840 + 6 * 60),
            "{kind}: {data:?}"
        );
    }
}

#[test]
fn messages_that_ask_for_nothing_are_counted_by_reason() {
    let run = Run::plain(&[
        json!("Successfully validated SNS topic for Amazon SES event publishing."),
        json!({"eventType": "Open", "mail": mail("example.com"), "open": {}}),
        json!({"eventType": "Forward", "mail": mail("example.com")}),
        json!({"eventType": "Bounce"}),
    ]);
    assert_eq!(run.reasons(), ["setup_notice", "other_event", "unknown_event", "malformed_event"]);
    assert!(run.outcomes[3].is_given_back());
    assert_eq!(run.outcomes[3], GivenBack::MalformedEvent.into());
    assert_eq!(
        run.lines(),
        [
            "Ignored{Reason=other_event}=1",
            "Ignored{Reason=setup_notice}=1",
            "Ignored{Reason=unknown_event}=1",
            "Malformed{Reason=malformed_event}=1",
        ]
    );
}

#[test]
fn each_datum_names_the_messages_it_carries() {
    let run = Run::plain(&[
        send("a.example.com", "1"),
        send("b.example.com", "2"),
        send("a.example.com", "3"),
    ]);
    let carried = |text: &str| {
        run.totals
            .data()
            .iter()
            .find(|d| {
                d.series.metric == Metric::Send
                    && d.series.dimensions == Dimensions::Domain(text.into())
            })
            .map(|d| d.messages.clone())
    };
    assert_eq!(carried("a.example.com"), Some(vec![0, 2]));
    assert_eq!(carried("b.example.com"), Some(vec![1]));
}
