//! The full set, and what both sets make of odd values.

use super::*;

fn full() -> Config {
    Config { set: MetricSet::Full, ..Config::default() }
}

fn lines(config: &Config, events: &[Value]) -> Vec<String> {
    Run::of(config, &Recent::new(10), events).lines()
}

fn delivery(id: &str, to: &[&str], millis: Value) -> Value {
    let mut mail = mail("example.com");
    mail["messageId"] = id.into();
    mail["destination"] = json!(to);
    let delivery = json!({"recipients": to, "processingTimeMillis": millis, "timestamp": "2026-10-06T07:14:04.777Z"});
    json!({"eventType": "Delivery", "mail": mail, "delivery": delivery})
}

/// `said` is what the complaint says beside its recipient.
fn complaint(said: Value) -> Value {
    let mut event =
        json!({"eventType": "Complaint", "mail": mail("example.com"), "complaint": said});
    event["complaint"]["complainedRecipients"] = json!([{"emailAddress": "a@example.net"}]);
    event
}

fn opened(kind: &str, at: &str) -> Value {
    json!({"eventType": kind, "mail": mail("example.com"), kind.to_lowercase(): {"timestamp": at}})
}

fn clicked(link: &str) -> Value {
    let mut event = opened("Click", "2026-10-06T07:20:00.100Z");
    event["click"]["link"] = link.into();
    event
}

#[test]
fn the_essential_set_has_no_provider_and_no_delivery_time() {
    let event = delivery("m", &["jane@gmail.com"], json!(812));
    assert_eq!(
        lines(&Config::default(), &[event]),
        ["Delivery{Domain=example.com}=1", "Delivery{}=1"]
    );
}

#[test]
fn deliveries_by_provider_and_time() {
    let events = [
        delivery("m1", &["jane@gmail.com", "joe@Outlook.com", "jim@example.net"], json!(812)),
        delivery("m2", &["jill@gmail.com"], json!(812)),
        delivery("m3", &["jack@gmail.com"], json!(40_000)),
        delivery("m4", &["june@gmail.com"], json!(null)),
        delivery("m5", &["jude@gmail.com"], json!(-7)),
    ];
    let totals = Run::of(&full(), &Recent::new(10), &events).totals;
    let times: Vec<Datum> =
        totals.data().into_iter().filter(|d| d.series.metric == Metric::DeliveryTime).collect();
    assert_eq!(times.len(), 1);
    assert_eq!(times[0].series.dimensions, Dimensions::Domain("example.com".into()));
    let Amount::Millis(values) = &times[0].amount else { panic!("{times:?}") };
    let near = |value: f64, wanted: f64| (value - wanted).abs() <= wanted * RELATIVE_ERROR;
    assert_eq!(values.iter().map(|(_, times)| *times).collect::<Vec<_>>(), [4, 1]);
    assert!(near(values[0].0, 812.0) && near(values[1].0, 40_000.0), "{values:?}");

    let lines = lines(&full(), &events);
    for line in [
        "Delivery{Domain=example.com,Provider=Gmail}=5",
        "Delivery{Domain=example.com,Provider=Microsoft}=1",
        "Delivery{Domain=example.com,Provider=other}=1",
        "Delivery{Domain=example.com}=7",
    ] {
        assert!(lines.contains(&line.to_owned()), "{line}: {lines:?}");
    }
}

#[test]
fn a_minute_with_more_different_durations_than_a_datum_takes_gets_another_datum() {
    let events: Vec<Value> = (0..400)
        .map(|n| delivery(&format!("m{n}"), &["a@example.net"], json!(1.04_f64.powi(n))))
        .collect();
    let totals = Run::of(&full(), &Recent::new(0), &events).totals;
    let data = totals.data();
    let times: Vec<&Datum> =
        data.iter().filter(|d| d.series.metric == Metric::DeliveryTime).collect();
    assert!(times.len() > 1, "{}", times.len());
    assert!(
        times.iter().all(|d| matches!(&d.amount, Amount::Millis(values) if values.len() <= 150))
    );
    assert_eq!(times.iter().map(|d| d.count()).sum::<u64>(), 400);
}

#[test]
fn bounces_and_complaints_by_provider() {
    let bounced = bounce(
        "Permanent",
        "General",
        json!([{"emailAddress": "a@yahoo.co.uk", "status": "5.1.1"}]),
    );
    let mut complained = complaint(json!({}));
    complained["mail"]["destination"] = json!(["a@example.net"]);
    complained["mail"]["tags"]["ses:recipient-isp"] = json!(["Gmail"]);
    let lines = lines(&full(), &[bounced, complained]);
    assert!(
        lines.contains(&"BounceHard{Domain=example.com,Provider=Yahoo}=1".to_owned()),
        "{lines:?}"
    );
    assert!(
        lines.contains(&"Complaint{Domain=example.com,Provider=Gmail}=1".to_owned()),
        "{lines:?}"
    );
}

#[test]
fn whatever_the_tag_says_the_providers_are_few() {
    let events: Vec<Value> = (0..500)
        .map(|n| {
            let mut event = delivery(&format!("m{n}"), &["a@example.net"], json!(1));
            event["mail"]["tags"]["ses:recipient-isp"] = json!([format!("isp-{n}")]);
            event
        })
        .collect();
    let lines = lines(&full(), &events);
    let of_provider: Vec<&String> =
        lines.iter().filter(|line| line.contains("Provider=")).collect();
    assert_eq!(of_provider, ["Delivery{Domain=example.com,Provider=other}=500"]);
}

#[test]
fn each_opening_and_click_counts_and_its_repetition_does_not() {
    let events = [
        opened("Open", "2026-10-06T07:20:00.100Z"),
        opened("Open", "2026-10-06T07:20:00.200Z"),
        opened("Open", "2026-10-06T07:20:00.100Z"),
        clicked("https://example.com/a"),
        clicked("https://example.com/b"),
        clicked("https://example.com/a"),
        opened("Subscription", "2026-10-06T07:20:00.100Z"),
    ];
    assert_eq!(
        lines(&full(), &events),
        [
            "Click{Domain=example.com}=2",
            "Ignored{Reason=duplicate}=2",
            "Open{Domain=example.com}=2",
            "Subscription{Domain=example.com}=1",
        ]
    );
    assert_eq!(lines(&Config::default(), &events), ["Ignored{Reason=other_event}=7"]);
}

/// SES writes `isBotEvent` as Likely or Unlikely.
#[test]
fn machines_openings_and_clicks_are_counted_apart() {
    let marked = |mut event: Value, word: &str| {
        let object = if event["open"].is_object() { "open" } else { "click" };
        event[object]["isBotEvent"] = json!(word);
        event
    };
    let events = [
        marked(opened("Open", "2026-10-06T07:20:00.100Z"), "Likely"),
        marked(opened("Open", "2026-10-06T07:20:00.200Z"), "Unlikely"),
        marked(opened("Open", "2026-10-06T07:20:00.300Z"), "something new"),
        marked(clicked("https://example.com/a"), "likely"),
        marked(clicked("https://example.com/b"), "Unlikely"),
    ];
    assert_eq!(
        lines(&full(), &events),
        [
            "ClickByBot{Domain=example.com}=1",
            "Click{Domain=example.com}=1",
            "OpenByBot{Domain=example.com}=1",
            "Open{Domain=example.com}=2",
        ]
    );
}

#[test]
fn what_has_no_time_of_its_own_to_be_known_by_counts_each_time() {
    for kind in ["Open", "Click", "Subscription"] {
        for at in [json!("soon"), json!(17), json!(null)] {
            let mut event = opened(kind, "");
            event[kind.to_lowercase()]["timestamp"] = at.clone();
            let run = Run::of(&full(), &Recent::new(10), &[event.clone(), event]);
            assert_eq!(run.reasons(), ["counted", "counted"], "{kind} {at}");
        }
    }
}

#[test]
fn what_counts_for_no_domain_takes_no_place_of_the_cap() {
    let config = Config { max_domains: 1, ..Config::default() };
    let from_first = |mut event: Value| {
        event["mail"]["tags"]["ses:from-domain"] = json!(["first.example.com"]);
        event
    };
    let mut simulated = send("first.example.com", "simulated");
    simulated["mail"]["destination"] = json!(["bounce@simulator.amazonses.com"]);
    let mut tagless = send("first.example.com", "tagless");
    tagless["mail"]["tags"] = json!({});
    for (ignored, reason) in [
        (from_first(opened("Open", "2026-10-06T07:20:00.100Z")), "other_event"),
        (simulated, "simulator"),
        (from_first(complaint(json!({"complaintFeedbackType": "not-spam"}))), "not_spam"),
        (from_first(complaint(json!({"complaintSubType": "OnAccountSuppressionList"}))), "echo"),
        (from_first(delivery("m", &["success@simulator.amazonses.com"], json!(1))), "simulator"),
        (from_first(delivery("m", &[], json!(1))), "names_nobody"),
        (tagless, "counted"),
    ] {
        let run = Run::of(&config, &Recent::new(10), &[ignored, send("second.example.com", "m")]);
        let lines = run.lines();
        assert_eq!(run.reasons(), [reason, "counted"]);
        assert!(
            lines.contains(&"Send{Domain=second.example.com}=2".to_owned()),
            "{reason}: {lines:?}"
        );
    }
}

#[test]
fn that_domains_ran_out_is_said_once() {
    let config = Config { max_domains: 1, ..Config::default() };
    let (mut names, recent) = (KnownNames::default(), Recent::new(10));
    let mut says = |domain: &str, id: &str| {
        Run::with(&config, &mut names, &recent, &[send(domain, id)]);
        names.domains_ran_out()
    };
    assert!(!says("first.example.com", "a"));
    assert!(!says("first.example.com", "b"));
    assert!(says("second.example.com", "c"));
    assert!(!says("third.example.com", "d"));
}

#[test]
fn a_complaint_counts_where_somebody_complained_of_the_mail() {
    for (said, counts) in [
        (json!({}), true),
        (json!({"complaintFeedbackType": "abuse"}), true),
        (json!({"complaintFeedbackType": "fraud"}), true),
        (json!({"complaintFeedbackType": "virus"}), true),
        (json!({"complaintFeedbackType": "other"}), true),
        (json!({"complaintFeedbackType": "new-word"}), true),
        (json!({"complaintFeedbackType": "not-spam"}), false),
        (json!({"complaintFeedbackType": "auth-failure"}), false),
        (
            json!({"complaintFeedbackType": "abuse", "complaintSubType": "OnAccountSuppressionList"}),
            false,
        ),
        (json!({"complaintSubType": " OnTenantSuppressionList "}), false),
        (json!({"complaintSubType": "NewWord"}), true),
        (json!({"complaintSubType": ""}), true),
    ] {
        let mut lines = lines(&Config::default(), &[complaint(said.clone())]);
        lines.retain(|line| line.starts_with("Complaint"));
        let wanted: &[&str] = if counts {
            &[
                "Complaint{Domain=example.com,ConfigurationSet=marketing}=1",
                "Complaint{Domain=example.com}=1",
                "Complaint{}=1",
            ]
        } else {
            &[]
        };
        assert_eq!(lines, wanted, "{said}");
    }
}

#[test]
fn rejected_mail_counts_its_recipients() {
    for kind in ["Reject", "Rendering Failure"] {
        let event =
            json!({"eventType": kind, "mail": mail("example.com"), "reject": {}, "failure": {}});
        let metric = kind.replace(' ', "");
        assert_eq!(
            lines(&Config::default(), &[event]),
            [format!("{metric}{{Domain=example.com}}=2")]
        );
    }
}

#[test]
fn each_delay_of_a_mail_counts_and_its_repetition_does_not() {
    let delay = |at: &str| {
        json!({"eventType": "DeliveryDelay", "mail": mail("example.com"), "deliveryDelay": {
            "timestamp": at, "delayType": "MailboxFull", "delayedRecipients": [{"emailAddress": "a@example.net"}]}})
    };
    let (first, second) = (delay("2026-10-06T07:14:04.777Z"), delay("2026-10-06T07:34:04.777Z"));
    let run = Run::plain(&[first.clone(), second, first]);
    assert_eq!(run.reasons(), ["counted", "counted", "duplicate"]);
}

#[test]
fn bounces_of_types_that_are_new_to_us_are_undetermined() {
    let to = json!([{"emailAddress": "a@example.net"}]);
    let run = Run::plain(&[bounce("Odd", "General", to.clone()), bounce("Odder", "General", to)]);
    assert_eq!(run.reasons(), ["counted", "duplicate"]);
    assert!(
        run.lines().contains(&"BounceUndetermined{Domain=example.com}=1".to_owned()),
        "{:?}",
        run.lines()
    );
    assert!(!run.lines().iter().any(|line| line.starts_with("BounceSoft")), "{:?}", run.lines());
}

#[test]
fn recipients_kept_for_the_senders_fault_are_rescue_candidates() {
    let recipients = json!([
        {"emailAddress": "a@example.net", "status": "5.7.26", "diagnosticCode": "550 5.7.26 DMARC"},
        {"emailAddress": "b@example.net", "status": "5.7.26", "diagnosticCode": "550 5.7.26 DMARC"},
        {"emailAddress": "c@example.net", "status": "5.1.1"},
        {"emailAddress": "nobody", "status": "5.7.26"},
        {"emailAddress": "bounce@simulator.amazonses.com", "status": "5.7.26"},
    ]);
    let of = |kind: &str, sub_type: &str| {
        lines(&Config::default(), &[bounce(kind, sub_type, recipients.clone())])
    };
    let candidates = |lines: Vec<String>| {
        lines.into_iter().filter(|l| l.starts_with("Rescue")).collect::<Vec<_>>()
    };
    assert_eq!(candidates(of("Permanent", "General")), ["RescueCandidate{Domain=example.com}=2"]);
    for (kind, sub_type) in [
        ("Transient", "General"),
        ("Permanent", "OnAccountSuppressionList"),
        ("Permanent", "Suppressed"),
    ] {
        assert_eq!(candidates(of(kind, sub_type)), [""; 0], "{kind} {sub_type}");
    }
}

#[test]
fn a_hard_bounce_after_a_soft_one_counts_too() {
    let recipients = json!([{"emailAddress": "a@example.net", "status": "4.4.7"}]);
    let hard = json!([{"emailAddress": "a@example.net", "status": "5.1.1"}]);
    // SES may call the whole bounce permanent, and the receiver this recipient delayed.
    let delayed =
        json!([{"emailAddress": "a@example.net", "status": "4.4.1", "action": "delayed"}]);
    for soft in
        [bounce("Transient", "General", recipients), bounce("Permanent", "General", delayed)]
    {
        let hard = bounce("Permanent", "General", hard.clone());
        let run = Run::plain(&[soft.clone(), hard.clone(), soft, hard]);
        assert_eq!(run.reasons(), ["counted", "counted", "duplicate", "duplicate"]);
        let lines = run.lines();
        for line in ["BounceSoft{}=1", "BounceHard{}=1"] {
            assert!(lines.contains(&line.to_owned()), "{line}: {lines:?}");
        }
    }
}

#[test]
fn a_soft_bounce_that_ses_calls_by_two_names_counts_once() {
    let to = json!([{"emailAddress": "a@example.net", "status": "4.4.7"}]);
    let run = Run::plain(&[
        bounce("Transient", "General", to.clone()),
        bounce("Permanent", "General", to),
    ]);
    assert_eq!(run.reasons(), ["counted", "duplicate"]);
}

#[test]
fn domains_are_normalized_and_hostile_ones_unknown() {
    for (tag, wanted) in [
        (json!(["Example.COM."]), "example.com"),
        (json!(["B\u{dc}CHER.example\u{3002}"]), "xn--bcher-kva.example"),
        (json!([" example.com "]), "example.com"),
        (json!(["B\u{dc}CHER.example"]), "xn--bcher-kva.example"),
        (json!("example.com"), "example.com"),
        (json!([]), "unknown"),
        (json!(null), "unknown"),
        (json!([{"a": 1}]), "unknown"),
        (json!([7]), "unknown"),
        (json!(["a\nb.example"]), "unknown"),
        (json!(["\u{202e}"]), "unknown"),
        (json!(["a..example"]), "unknown"),
        (json!(["x".repeat(64) + ".example"]), "unknown"),
        (json!(["x.".repeat(200)]), "unknown"),
        (json!(["'; DROP TABLE--"]), "unknown"),
        (json!(["-a-.example"]), "unknown"),
        (json!(["xn--a.example"]), "unknown"),
        (json!(["192.0.2.7"]), "unknown"),
        (json!(["other"]), "unknown"),
        (json!(["unknown"]), "unknown"),
    ] {
        let mut event = send("example.com", "m");
        event["mail"]["tags"]["ses:from-domain"] = tag.clone();
        let lines = lines(&Config::default(), &[event]);
        assert!(lines.contains(&format!("Send{{Domain={wanted}}}=2")), "{tag}: {lines:?}");
    }
}

#[test]
fn odd_senders_are_unexpected_and_their_names_harmless() {
    let config = Config {
        caller_identities: vec!["app".into()],
        source_networks: vec![
            network("192.0.2.0/24").unwrap(),
            network("2001:db8::/32").unwrap(),
            network("::ffff:203.0.113.0/120").unwrap(),
        ],
        ..Config::default()
    };
    for (identity, source, wanted) in [
        (json!(["app"]), json!(["192.0.2.200"]), vec![]),
        (json!(["app"]), json!(["::ffff:192.0.2.200"]), vec![]),
        (json!(["app"]), json!(["2001:DB8:0::7"]), vec![]),
        (json!(["app"]), json!(["203.0.113.9"]), vec![]),
        (json!(["arn:aws:iam::111122223333:user/teams/app"]), json!(["192.0.2.7"]), vec![]),
        (
            json!(["App"]),
            json!(["192.0.2.7"]),
            vec!["UnexpectedSender{CallerIdentity=App}=2", "UnexpectedSender{}=2"],
        ),
        (
            json!(["arn:aws:sts::111122223333:assumed-role/eve/app"]),
            json!(["192.0.2.7"]),
            vec!["UnexpectedSender{CallerIdentity=eve}=2", "UnexpectedSender{}=2"],
        ),
        (
            json!([]),
            json!(["192.0.2.7"]),
            vec!["UnexpectedSender{CallerIdentity=unknown}=2", "UnexpectedSender{}=2"],
        ),
        (
            json!(["\u{e4}pp"]),
            json!(["192.0.2.7"]),
            vec!["UnexpectedSender{CallerIdentity=unknown}=2", "UnexpectedSender{}=2"],
        ),
        (
            json!(["app"]),
            json!(["2001:DB9:0::7"]),
            vec!["UnexpectedSender{SourceIp=2001:db9::7}=2", "UnexpectedSender{}=2"],
        ),
        (
            json!(["app"]),
            json!(["192.0.2.7 or so"]),
            vec!["UnexpectedSender{SourceIp=unknown}=2", "UnexpectedSender{}=2"],
        ),
        (
            json!(["app"]),
            json!(null),
            vec!["UnexpectedSender{SourceIp=unknown}=2", "UnexpectedSender{}=2"],
        ),
        (
            json!(["eve"]),
            json!(["198.51.100.9"]),
            vec![
                "UnexpectedSender{CallerIdentity=eve}=2",
                "UnexpectedSender{SourceIp=198.51.100.9}=2",
                "UnexpectedSender{}=2",
            ],
        ),
    ] {
        let mut event = send("example.com", "m");
        event["mail"]["tags"]["ses:caller-identity"] = identity.clone();
        event["mail"]["tags"]["ses:source-ip"] = source.clone();
        let mut lines = lines(&config, &[event]);
        lines.retain(|line| line.starts_with("Unexpected"));
        assert_eq!(lines, wanted, "{identity} {source}");
    }
}

#[test]
fn senders_have_the_cap_of_domains() {
    let config =
        Config { max_domains: 3, caller_identities: vec!["app".into()], ..Config::default() };
    let events: Vec<Value> = (0..20)
        .map(|n| {
            let mut event = send("example.com", &format!("m{n}"));
            event["mail"]["tags"]["ses:caller-identity"] = json!([format!("eve-{n}")]);
            event
        })
        .collect();
    let lines = lines(&config, &events);
    assert_eq!(lines.iter().filter(|line| line.starts_with("UnexpectedSender{Caller")).count(), 4);
    assert!(lines.contains(&"UnexpectedSender{CallerIdentity=other}=34".to_owned()), "{lines:?}");
}

#[test]
fn configuration_sets_are_bounded_too() {
    let events: Vec<Value> = (0..1010)
        .map(|n| {
            let mut event = send("example.com", &format!("m{n}"));
            event["mail"]["tags"]["ses:configuration-set"] = json!([format!("set-{n}")]);
            event
        })
        .collect();
    let lines = lines(&Config::default(), &events);
    assert_eq!(lines.iter().filter(|line| line.contains("ConfigurationSet=")).count(), 1001);
    assert!(lines.contains(&"Send{Domain=example.com,ConfigurationSet=other}=20".to_owned()));
}
