//! From the sending to the feedback topic.

use std::collections::BTreeSet;

use super::{DrillMail, DrillObservation, Hop, HopResult, Listening, Mailbox};
use crate::setup::snapshot::{Destination, DestinationTarget};

const CONNECT: &str = "connect the configuration set: ses-warden connect apply --set";

pub(super) fn judge(seen: &DrillObservation) -> Vec<HopResult> {
    let taken: Vec<&DrillMail> = seen.mails.iter().filter(|m| m.refused.is_none()).collect();
    let mut results = vec![send(seen, taken.len())];
    if taken.is_empty() {
        results.extend([Hop::Event, Hop::Topic].map(HopResult::not_reached));
        return results;
    }
    let event = event(seen, &taken);
    results.push(event);
    results.push(topic(seen, &taken));
    results
}

fn send(seen: &DrillObservation, taken: usize) -> HopResult {
    let all = seen.mails.len();
    let refusal = seen.mails.iter().find_map(|mail| Some((mail.mailbox, mail.refused.as_ref()?)));
    match refusal {
        None if all == 0 => HopResult::broken(Hop::Send, "no mail was sent", ""),
        None => HopResult::passed(Hop::Send, None, format!("SES took {taken} mails")),
        Some((mailbox, why)) => HopResult::broken(
            Hop::Send,
            format!(
                "SES took {taken} of {all} mails and refused the one to {}: {why}",
                mailbox.name()
            ),
            "see whether the account and the configuration set send, and whether --from is of a \
             verified identity: ses-warden doctor setup",
        ),
    }
}

fn event(seen: &DrillObservation, taken: &[&DrillMail]) -> HopResult {
    let set = &seen.configuration_set;
    let advice = format!("{CONNECT} {set}");
    let Some(destinations) = seen.destinations.known() else {
        let has_all = taken.iter().all(|mail| missing(mail).is_empty());
        let why = seen.destinations.not_read().map(|not| not.reason.as_str()).unwrap_or_default();
        return if has_all {
            HopResult::passed(Hop::Event, None, "SES published every event that was expected")
        } else {
            let text = format!("the event destinations of {set} cannot be read: {why}");
            HopResult::unproven(Hop::Event, text, "allow ses:GetConfigurationSetEventDestinations")
        };
    };
    let leads_here = |destination: &&Destination| {
        destination.target == DestinationTarget::Sns { topic: seen.feedback_topic.clone() }
    };
    let here: Vec<&Destination> = destinations.iter().filter(leads_here).collect();
    let Some(first) = here.first() else {
        let text = format!("no event destination of {set} publishes to {}", seen.feedback_topic);
        return HopResult::broken(Hop::Event, text, advice);
    };
    let published: BTreeSet<&str> = here
        .iter()
        .filter(|destination| destination.enabled)
        .flat_map(|destination| destination.events.iter().map(String::as_str))
        .collect();
    if published.is_empty() {
        let text = format!("the event destination {} of {set} is switched off", first.name);
        return HopResult::broken(Hop::Event, text, advice);
    }
    let lacks: Vec<String> =
        wanted(taken).into_iter().filter(|event| !published.contains(event.as_str())).collect();
    if lacks.is_empty() {
        let text = format!("the event destination {} publishes what the drill needs", first.name);
        return HopResult::passed(Hop::Event, None, text);
    }
    let text = format!("no event destination of {set} publishes {} there", lacks.join(", "));
    HopResult::broken(Hop::Event, text, advice)
}

/// The types of the events of these mails, as the API spells them.
fn wanted(taken: &[&DrillMail]) -> BTreeSet<String> {
    let events = taken.iter().flat_map(|mail| mail.mailbox.events());
    events.map(|event| event.to_ascii_uppercase()).collect()
}

fn missing(mail: &DrillMail) -> Vec<&'static str> {
    let has_come = |event: &&&str| !mail.events.contains_key(**event);
    mail.mailbox.events().iter().filter(has_come).copied().collect()
}

fn topic(seen: &DrillObservation, taken: &[&DrillMail]) -> HopResult {
    let topic = &seen.feedback_topic;
    match &seen.feedback {
        Listening::NoTopic => {
            let text = format!("there is no topic {topic}");
            return HopResult::broken(Hop::Topic, text, "deploy the stack again: install.sh");
        }
        Listening::Refused(why) => {
            let text = format!("the drill cannot listen to {topic}: {why}");
            return HopResult::unproven(
                Hop::Topic,
                text,
                "docs/drill-policy.json says what it needs",
            );
        }
        Listening::No => {
            return HopResult::unproven(Hop::Topic, "the drill did not listen to the topic", "");
        }
        Listening::Yes => {}
    }
    let lacks: Vec<(Mailbox, Vec<&str>)> = taken
        .iter()
        .map(|mail| (mail.mailbox, missing(mail)))
        .filter(|(_, events)| !events.is_empty())
        .collect();
    let last = taken.iter().flat_map(|mail| mail.events.values()).copied().reduce(f64::max);
    if lacks.is_empty() {
        let text = format!("all {} events arrived", seen.arrived());
        return HopResult::passed(Hop::Topic, last, text);
    }
    let waited = seen.waited;
    if seen.arrived() == 0 {
        return HopResult::broken(
            Hop::Topic,
            format!("none of SES's events arrived within {waited:.0} s"),
            "SES may not publish to the topic, by its policy or its key's: ses-warden doctor setup",
        );
    }
    let lacks: Vec<String> = lacks
        .iter()
        .map(|(mailbox, events)| format!("{} of {}", events.join(" and "), mailbox.name()))
        .collect();
    HopResult::broken(
        Hop::Topic,
        format!("did not arrive within {waited:.0} s: {}", lacks.join(", ")),
        "SES may be slow: repeat the drill with a larger --wait; then ses-warden doctor setup",
    )
}
