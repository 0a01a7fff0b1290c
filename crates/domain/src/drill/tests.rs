use super::*;
use crate::setup::snapshot::DestinationTarget;

const TOPIC: &str = "arn:aws:sns:eu-central-1:111122223333:ses-warden-feedback";

fn path(function: &str) -> FunctionPath {
    FunctionPath {
        function: function.to_owned(),
        buffering: Buffering::Queue,
        is_subscribed: Fact::Known(true),
        mapping: Fact::Known(Some("Enabled".to_owned())),
        state: Fact::Known(Some("Active".to_owned())),
        queued: Fact::Known((0, 0)),
        new_dead_letters: Fact::Known(0),
    }
}

fn mail(mailbox: Mailbox) -> DrillMail {
    DrillMail {
        mailbox,
        refused: None,
        events: mailbox.events().iter().map(|event| ((*event).to_owned(), 1.5)).collect(),
        decided: mailbox.is_decided().then_some(2.5),
    }
}

/// What a drill sees where everything works.
fn sound() -> DrillObservation {
    DrillObservation {
        configuration_set: "marketing".to_owned(),
        mails: Mailbox::ALL.map(mail).to_vec(),
        waited: 60.0,
        feedback_topic: TOPIC.to_owned(),
        destinations: Fact::Known(vec![Destination {
            name: "feedback".to_owned(),
            enabled: true,
            events: ["SEND", "DELIVERY", "BOUNCE", "COMPLAINT"].map(str::to_owned).to_vec(),
            target: DestinationTarget::Sns { topic: TOPIC.to_owned() },
        }]),
        feedback: Listening::Yes,
        metrics: path("metrics"),
        namespace: "SesWarden".to_owned(),
        counted: Fact::Known((11.0, 3.0)),
        suppress: path("suppress"),
        no_journal: None,
        journal_failed: Fact::Known(0.0),
        list: ListTrial::Listed { seconds: 2.0, not_removed: None },
        list_address: "made-up@example.com".to_owned(),
        alarm: AlarmTrial::Created {
            in_alarm: Some(4.0),
            last_state: "ALARM".to_owned(),
            published: Some(4.5),
            notified: Some(5.0),
        },
        alarms: Listening::Yes,
        guard: path("guard"),
        operators: Listening::Yes,
        readers: Fact::Known(1),
    }
}

fn alarm(in_alarm: Option<f64>, published: Option<f64>, notified: Option<f64>) -> AlarmTrial {
    AlarmTrial::Created { in_alarm, last_state: "OK".to_owned(), published, notified }
}

fn unread<T>() -> Fact<T> {
    Fact::NotRead(NotRead { action: "x:Read", is_denied: true, reason: "denied".to_owned() })
}

fn undecided() -> Vec<DrillMail> {
    Mailbox::ALL.map(|mailbox| DrillMail { decided: None, ..mail(mailbox) }).to_vec()
}

fn states(seen: &DrillObservation, state: HopState) -> Vec<&'static str> {
    judge(seen).iter().filter(|one| one.state == state).map(|one| one.hop.code()).collect()
}

#[test]
fn every_hop_passes_where_everything_works() {
    let results = judge(&sound());
    let hops: Vec<Hop> = results.iter().map(|result| result.hop).collect();
    assert_eq!(hops, Hop::ALL);
    assert_eq!(states(&sound(), HopState::Passed).len(), Hop::ALL.len());
    assert!(sound().is_complete() && !sound().is_hopeless());
}

#[test]
fn each_broken_hop_is_named_and_no_other() {
    let no_events = |mail: DrillMail| DrillMail { events: BTreeMap::new(), decided: None, ..mail };
    let silent = || Mailbox::ALL.map(|mailbox| no_events(mail(mailbox))).to_vec();
    let nothing_counted = || DrillObservation {
        counted: Fact::Known((0.0, 0.0)),
        alarm: alarm(None, None, None),
        ..sound()
    };
    let cases: Vec<(&str, DrillObservation)> = vec![
        ("send", {
            let mut seen = sound();
            seen.mails[1] = DrillMail {
                refused: Some("SendingPausedException".to_owned()),
                ..no_events(mail(Mailbox::Bounce))
            };
            seen
        }),
        ("event", DrillObservation { destinations: Fact::Known(Vec::new()), ..sound() }),
        (
            "topic",
            DrillObservation {
                mails: silent(),
                counted: Fact::Known((0.0, 0.0)),
                alarm: alarm(None, None, None),
                ..sound()
            },
        ),
        ("topic", DrillObservation { feedback: Listening::NoTopic, ..sound() }),
        (
            "metrics-queue",
            DrillObservation {
                metrics: FunctionPath { is_subscribed: Fact::Known(false), ..path("metrics") },
                ..nothing_counted()
            },
        ),
        (
            "metrics-function",
            DrillObservation {
                metrics: FunctionPath {
                    mapping: Fact::Known(Some("Disabled".to_owned())),
                    ..path("metrics")
                },
                ..nothing_counted()
            },
        ),
        (
            "metrics-function",
            DrillObservation {
                metrics: FunctionPath { new_dead_letters: Fact::Known(3), ..path("metrics") },
                ..nothing_counted()
            },
        ),
        (
            "metrics-function",
            DrillObservation {
                metrics: FunctionPath { queued: Fact::Known((0, 4)), ..path("metrics") },
                ..nothing_counted()
            },
        ),
        ("metric", nothing_counted()),
        (
            "suppress-queue",
            DrillObservation {
                mails: undecided(),
                suppress: FunctionPath { is_subscribed: Fact::Known(false), ..path("suppress") },
                ..sound()
            },
        ),
        (
            "suppress-function",
            DrillObservation {
                mails: undecided(),
                suppress: FunctionPath { mapping: Fact::Known(None), ..path("suppress") },
                ..sound()
            },
        ),
        ("suppress-function", DrillObservation { mails: undecided(), ..sound() }),
        (
            "journal",
            DrillObservation { mails: undecided(), journal_failed: Fact::Known(3.0), ..sound() },
        ),
        ("list", DrillObservation { list: ListTrial::NotListed, ..sound() }),
        (
            "list",
            DrillObservation {
                list: ListTrial::Listed { seconds: 1.0, not_removed: Some("denied".to_owned()) },
                ..sound()
            },
        ),
        ("alarm", DrillObservation { alarm: alarm(None, None, None), ..sound() }),
        ("alarm-topic", DrillObservation { alarm: alarm(Some(4.0), None, Some(9.0)), ..sound() }),
        (
            "guard",
            DrillObservation {
                alarm: alarm(Some(4.0), Some(5.0), None),
                guard: FunctionPath { is_subscribed: Fact::Known(false), ..path("guard") },
                ..sound()
            },
        ),
        ("guard", DrillObservation { alarm: alarm(Some(4.0), Some(5.0), None), ..sound() }),
        ("notice", DrillObservation { readers: Fact::Known(0), ..sound() }),
    ];
    for (expected, seen) in cases {
        assert_eq!(states(&seen, HopState::Broken), [expected], "{:?}", judge(&seen));
        assert_eq!(states(&seen, HopState::Unproven), [""; 0], "{expected}");
    }
}

#[test]
fn what_cannot_be_read_is_unproven_and_not_broken() {
    let blind = FunctionPath { is_subscribed: unread(), queued: unread(), ..path("metrics") };
    let seen = DrillObservation {
        counted: unread(),
        metrics: blind,
        mails: undecided(),
        no_journal: Some("no such stack output".to_owned()),
        alarm: AlarmTrial::NotMade("denied".to_owned()),
        ..sound()
    };
    assert_eq!(states(&seen, HopState::Broken), [""; 0]);
    assert_eq!(
        states(&seen, HopState::Unproven),
        ["metrics-queue", "metrics-function", "metric", "suppress-function", "journal", "alarm"]
    );
}

#[test]
fn hops_behind_a_broken_one_are_not_reached() {
    let seen = DrillObservation::default();
    assert_eq!(states(&seen, HopState::Broken), ["send"]);
    assert_eq!(states(&seen, HopState::NotReached).len(), 8);
    assert!(seen.is_hopeless());
}

#[test]
fn a_late_event_is_named_with_its_mailbox() {
    let mut seen = sound();
    seen.mails[2].events.remove("Complaint");
    let topic = judge(&seen).into_iter().find(|one| one.hop == Hop::Topic).map(|one| one.text);
    assert_eq!(topic.as_deref(), Some("did not arrive within 60 s: Complaint of complaint"));
    assert!(!seen.is_complete() && !seen.is_hopeless());
}

#[test]
fn a_destination_that_lacks_a_type_is_the_broken_hop() {
    let mut seen = sound();
    if let Fact::Known(destinations) = &mut seen.destinations {
        destinations[0].events.retain(|event| event != "COMPLAINT");
    }
    let event = judge(&seen).into_iter().find(|one| one.hop == Hop::Event);
    let event = event.expect("every hop is judged");
    assert_eq!(event.state, HopState::Broken);
    assert!(event.text.ends_with("publishes COMPLAINT there"), "{}", event.text);
    assert!(event.advice.starts_with("connect the configuration set"), "{}", event.advice);
}

#[test]
fn addresses_of_the_simulator_carry_the_label() {
    assert_eq!(Mailbox::OutOfOffice.address("drill-1"), "ooto+drill-1@simulator.amazonses.com");
}
