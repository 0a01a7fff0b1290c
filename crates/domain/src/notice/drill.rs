//! The notice about the alarm of a drill: short, so that nobody takes it for an incident.

use std::collections::BTreeMap;

use super::{Facts, Notice, id, machine, place, subject};
use crate::drill::is_drill_alarm;
use crate::guard::{Action, NotifyOnly};

/// The action's stable code.
const CODE: &str = "drill";

/// Returns the notice where the incident is a drill's alarm alone, for which nothing can be paused.
pub(super) fn write(facts: &Facts<'_>) -> Option<Notice> {
    let is_drill = is_drill_alarm(facts.alarm.name)
        && facts.others.is_empty()
        && *facts.action == Action::Notify(NotifyOnly::NotUnderstood);
    if !is_drill {
        return None;
    }
    let id = id(facts);
    let region = facts.place.map(|place| format!(" in {}", place.region)).unwrap_or_default();
    let headline =
        format!("ses-warden drill{region}: an alarm reaches guard, and guard reaches you");
    let body = format!(
        "{headline}\n\nThis is a drill, and nothing is to be done. Somebody ran ses-warden drill; its alarm \
         went into ALARM, and guard paused nothing for it.\n\n{}\nguard acted at {}.\n\nNotice {id}\n",
        place::sentence(facts.place),
        facts.at,
    );
    let mut attributes = BTreeMap::from([
        ("id", id.clone()),
        ("alarm", facts.alarm.name.to_owned()),
        ("action", CODE.to_owned()),
        ("scope", CODE.to_owned()),
        ("target", CODE.to_owned()),
        ("measure", CODE.to_owned()),
        ("severity", CODE.to_owned()),
    ]);
    attributes.extend(facts.place.map(|place| ("region", place.region.clone())));
    attributes.insert("notice", machine::incident(facts, &id, CODE));
    Some(Notice { subject: subject(&headline), body, attributes })
}
