use std::collections::BTreeMap;

use super::super::ownership::key;
use super::*;

const TOPIC: &str = "arn:aws:sns:x:1:feedback";

fn wanted(engagement: bool) -> WantedAtSet<'static> {
    WantedAtSet {
        destination: "mail-feedback".to_owned(),
        topic: TOPIC,
        engagement,
        key: key("mail"),
    }
}

fn to(name: &str, topic: &str, events: &[&str]) -> Destination {
    Destination {
        name: name.to_owned(),
        enabled: true,
        events: events.iter().map(|event| (*event).to_owned()).collect(),
        target: DestinationTarget::Sns { topic: topic.to_owned() },
    }
}

/// A set with these destinations, and a tag with these words.
fn set(destinations: &[Destination], tag: &str) -> ConfigurationSetState {
    let tags: BTreeMap<String, String> = [(key("mail"), tag.to_owned())].into();
    ConfigurationSetState {
        name: "news".to_owned(),
        reputation_metrics: false,
        destinations: destinations.to_vec(),
        tags: tags.into_iter().filter(|(_, value)| !value.is_empty()).collect(),
    }
}

/// What happens, in a word or two.
fn said(set: &ConfigurationSetState, engagement: bool) -> String {
    match destination_step(set, &wanted(engagement)) {
        DestinationStep::Create { name, events } => format!("create {name} {}", events.len()),
        DestinationStep::Change { name, enabled, old, events } => {
            format!("change {name} {} -> {} {enabled}", old.len(), events.len())
        }
        DestinationStep::Keep { name, is_ours, remarks } => {
            format!("keep {name} {is_ours} {}", remarks.len())
        }
        DestinationStep::Leave { name, why } => format!("leave {name}: {why}"),
        DestinationStep::Remove { name } => format!("remove {name}"),
    }
}

#[test]
fn each_set_gets_one_destination_and_others_are_respected() {
    let ours = to("mail-feedback", TOPIC, &EVENTS);
    let theirs = to("to-warden", TOPIC, &EVENTS);
    let elsewhere = to("mail-feedback", "arn:aws:sns:x:1:other", &EVENTS);
    let log = to("log", "arn:aws:sns:x:1:other", &["SEND"]);
    let few = to("mail-feedback", TOPIC, &["SEND", "OPEN"]);
    let off = Destination { enabled: false, ..ours.clone() };
    for (case, destinations, tag, expected) in [
        ("nothing there", vec![], "", "create mail-feedback 8"),
        ("only another's", vec![log.clone()], "", "create mail-feedback 8"),
        ("tagged and not made", vec![], "destination", "create mail-feedback 8"),
        ("ours", vec![ours.clone()], "destination", "keep mail-feedback true 0"),
        ("ours by name alone", vec![ours.clone()], "", "keep mail-feedback false 1"),
        ("theirs", vec![theirs.clone()], "", "keep to-warden false 1"),
        ("both", vec![theirs.clone(), ours], "destination", "keep mail-feedback true 1"),
        ("ours, changed", vec![few], "destination", "change mail-feedback 2 -> 8 true"),
        ("ours, off", vec![off], "destination", "keep mail-feedback true 1"),
        (
            "name taken",
            vec![elsewhere],
            "destination",
            "leave mail-feedback: an event destination of that name publishes elsewhere: delete it, \
             and connect makes one",
        ),
        (
            "full",
            vec![log; 10],
            "",
            "leave mail-feedback: the set has 10 event destinations, the most that SES takes",
        ),
        ("full, theirs among them", vec![theirs; 10], "", "keep to-warden false 2"),
    ] {
        assert_eq!(said(&set(&destinations, tag), false), expected, "{case}");
    }
}

#[test]
fn opens_and_clicks_are_asked_for_and_only_of_ours() {
    let all = [&EVENTS[..], &ENGAGEMENT].concat();
    let ours = |events: &[&str]| set(&[to("mail-feedback", TOPIC, events)], "destination");
    assert_eq!(said(&set(&[], ""), true), "create mail-feedback 10");
    assert_eq!(said(&ours(&EVENTS), true), "change mail-feedback 8 -> 10 true");
    assert_eq!(said(&ours(&all), true), "keep mail-feedback true 0");
    assert_eq!(said(&ours(&all), false), "change mail-feedback 10 -> 8 true");
    let theirs = set(&[to("to-warden", TOPIC, &EVENTS)], "");
    assert_eq!(said(&theirs, true), "keep to-warden false 2");
}

#[test]
fn a_destinations_faults_are_reported() {
    let mut theirs = to("to-warden", TOPIC, &["SEND", "BOUNCE", "CLICK"]);
    theirs.enabled = false;
    let DestinationStep::Keep { remarks, .. } =
        destination_step(&set(&[theirs], ""), &wanted(false))
    else {
        panic!("kept");
    };
    assert_eq!(
        remarks,
        [
            "somebody else made the event destination to-warden: it is kept",
            "to-warden is switched off: no event arrives",
            "to-warden lacks REJECT, COMPLAINT, DELIVERY, RENDERING_FAILURE, DELIVERY_DELAY, \
             SUBSCRIPTION: add them, or delete it and connect makes one",
            "to-warden has CLICK: SES adds a pixel to HTML mail or rewrites its links",
        ]
    );
}

#[test]
fn only_what_the_tag_names_is_removed() {
    let ours = to("mail-feedback", TOPIC, &EVENTS);
    let theirs = to("to-warden", TOPIC, &EVENTS);
    let elsewhere = to("mail-feedback", "arn:aws:sns:x:1:other", &EVENTS);
    let removal = |destinations: &[Destination], tag: &str| {
        destination_removal(&set(destinations, tag), &wanted(false))
    };
    let removed = Some(DestinationStep::Remove { name: "mail-feedback".to_owned() });
    assert_eq!(removal(&[theirs.clone(), ours.clone()], "destination"), removed);
    for (destinations, tag) in [(vec![ours], ""), (vec![theirs], "destination")] {
        let left = removal(&destinations, tag);
        assert!(matches!(left, Some(DestinationStep::Leave { .. })), "{left:?}");
    }
    assert_eq!(removal(&[elsewhere], "destination"), None);
}

#[test]
fn reputation_metrics_are_switched_off_only_where_we_switched_them_on() {
    let removal = |on, tag: &str, shared: bool| {
        let mut set = ConfigurationSetState { reputation_metrics: on, ..set(&[], tag) };
        if shared {
            set.tags.insert(key("post"), "destination".to_owned());
        }
        metrics_removal(&set, &wanted(false))
    };
    assert_eq!(removal(true, "reputation-metrics", false), Some(MetricsStep::Remove));
    assert_eq!(removal(true, "destination", false), None);
    assert_eq!(removal(true, "", false), None);
    assert_eq!(removal(false, "reputation-metrics", false), None);
    let left = removal(true, "reputation-metrics", true);
    assert!(matches!(left, Some(MetricsStep::Leave(_))), "{left:?}");
}
