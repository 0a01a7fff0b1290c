//! Two guards at the same moment, each invoked by another alarm about the same mail.

use serde_json::json;
use warden_domain::guard::Action;
use warden_domain::guard::incident::{AlarmEpisode, Cause, Incident, Observation, step};
use warden_domain::guard::record::Target;

use crate::guard_stack::{EPISODE, SET, check, function, notified, put_item, switched, wire_with};
use crate::wire::{Answer, Wire};

/// The incident of another alarm that the other guard has written, for a pause of `set`.
fn put_other_pause(wire: &Wire, set: &str) {
    let leader = AlarmEpisode::new("ses-warden/domain/example.com/complaint/critical", EPISODE);
    let decided = Observation::Decided {
        action: Action::Pause(Target::Sets(vec![set.to_owned()])),
        others: Vec::new(),
        cause: Cause::default(),
        at: 1_790_000_000_000,
    };
    let (incident, _) = step(&Incident::new(leader), &decided);
    put_item(wire, &incident.item(1_790_000_000_000));
}

/// A journal that does not hold it yet, as this guard read it first.
fn nothing_at_first(wire: &Wire) {
    wire.script("Query", vec![Answer::Ok(json!({ "Items": [], "Count": 0 }))]);
}

#[tokio::test]
async fn what_another_guard_began_to_pause_meanwhile_is_left_to_it() {
    let wire = wire_with(&[SET]);
    put_other_pause(&wire, "marketing");
    nothing_at_first(&wire);
    check(&function(&wire, &[])).await.unwrap();
    assert_eq!(switched(&wire), [""; 0]);
    assert_eq!(notified(&wire), [""; 0]);
}

#[tokio::test]
async fn a_pause_of_something_else_meanwhile_hinders_nothing() {
    let wire = wire_with(&[SET]);
    put_other_pause(&wire, "news");
    nothing_at_first(&wire);
    check(&function(&wire, &[])).await.unwrap();
    assert_eq!(switched(&wire), ["PutConfigurationSetSendingOptions"]);
    assert_eq!(notified(&wire), ["paused_sets"]);
}

#[tokio::test]
async fn a_journal_that_fails_before_a_pause_pauses_nothing_and_says_so() {
    let wire = wire_with(&[SET]);
    let mut answers = vec![Answer::Ok(json!({ "Items": [], "Count": 0 }))];
    answers.extend(vec![Answer::error(500, "InternalServerError"); 9]);
    wire.script("Query", answers);
    check(&function(&wire, &[])).await.unwrap_err();
    assert_eq!(switched(&wire), [""; 0]);
    assert_eq!(notified(&wire), ["journal_unavailable"]);
}
