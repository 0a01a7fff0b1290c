use super::super::alarms::tests::setting;
use super::super::ownership::DefaultSetTag;
use super::*;

fn step(subject: Subject, action: StepAction) -> PlanStep {
    PlanStep { subject, action }
}

fn set(name: &str) -> Subject {
    Subject::Set(name.to_owned())
}

fn create(events: &[&'static str]) -> StepAction {
    let events = events.to_vec();
    StepAction::Destination(DestinationStep::Create { name: "mail-feedback".to_owned(), events })
}

fn put(set: &str) -> StepAction {
    let made = DefaultSetTag { set: set.to_owned(), was: None };
    StepAction::DefaultSet(DefaultStep::Put { old: None, made })
}

#[test]
fn a_tag_is_written_once_and_only_where_it_says_something_new() {
    let identity = Subject::Identity("example.com".to_owned());
    let steps = vec![
        step(set("a"), create(&["SEND"])),
        step(set("a"), StepAction::Metrics(MetricsStep::Create)),
        step(set("b"), StepAction::Metrics(MetricsStep::Create)),
        step(set("c"), StepAction::Metrics(MetricsStep::Keep)),
        step(identity, put("a")),
    ];
    // Killed between the tag of b and the switch.
    let of_b = SetTag { reputation_metrics: true, ..SetTag::default() };
    let made = [("b".to_owned(), of_b)].into();
    let plan = together(&setting(), steps, Vec::new(), made, false);
    let tags: Vec<String> =
        plan.tags_to_write().iter().map(|(set, made)| format!("{set}: {made}")).collect();
    assert_eq!(tags, ["a: destination reputation-metrics default-set"]);
    assert_eq!(plan.counts()[&StepVerb::Create], 4);
    assert_eq!(plan.open().count(), 4);
}

#[test]
fn sets_come_before_domains_and_identities_and_keep_their_order() {
    let steps = vec![
        step(set("b"), create(&["SEND"])),
        step(set("b"), StepAction::Metrics(MetricsStep::Keep)),
        step(Subject::Identity("a.test".to_owned()), put("b")),
        step(set("a"), StepAction::Tag),
    ];
    let plan = together(&setting(), steps, Vec::new(), BTreeMap::new(), false);
    let order: Vec<String> = plan.steps.iter().map(|step| step.subject.to_string()).collect();
    assert_eq!(
        order,
        ["configuration set a", "configuration set b", "configuration set b", "identity a.test"]
    );
    assert!(matches!(plan.steps[1].action, StepAction::Destination(_)));
}

#[test]
fn tracking_is_new_where_it_was_not_there_before() {
    let change = |old: &[&str], events: &[&'static str]| {
        StepAction::Destination(DestinationStep::Change {
            name: "mail-feedback".to_owned(),
            enabled: true,
            old: old.iter().map(|event| (*event).to_owned()).collect(),
            events: events.to_vec(),
        })
    };
    let steps = vec![
        step(set("new"), create(&["SEND", "OPEN"])),
        step(set("plain"), create(&["SEND"])),
        step(set("more"), change(&["SEND", "OPEN"], &["SEND", "OPEN", "CLICK"])),
        step(set("same"), change(&["OPEN"], &["SEND", "OPEN"])),
        step(set("less"), change(&["SEND", "OPEN"], &["SEND"])),
    ];
    let plan = together(&setting(), steps, Vec::new(), BTreeMap::new(), false);
    assert_eq!(plan.newly_tracking(), ["more", "new"].into());
}
