//! From the feedback topic through metrics and suppress.

use super::{Buffering, DrillMail, DrillObservation, FunctionPath, Hop, HopResult, ListTrial};
use crate::setup::snapshot::Fact;

const DOCTOR: &str = "ses-warden doctor setup says more";

/// What a path's settings say about a function that left nothing behind.
enum PathVerdict {
    /// The topic does not lead there.
    Queue(String),
    /// The function does not take what comes, or fails.
    Function(String),
    /// Nothing is wrong that can be seen.
    Sound,
    /// Something could not be read.
    Unknown(String),
}

pub(super) fn metrics(seen: &DrillObservation, has_events: bool) -> Vec<HopResult> {
    const HOPS: [Hop; 3] = [Hop::MetricsQueue, Hop::MetricsFunction, Hop::Metric];
    if !has_events {
        return HOPS.map(HopResult::not_reached).to_vec();
    }
    let expected = seen.arrived();
    let counted = seen.counted.known();
    #[expect(clippy::cast_precision_loss, reason = "a drill has some dozen events")]
    let is_all = |rise: f64| rise + 0.5 >= expected as f64;
    if let Some((rise, seconds)) = counted.filter(|(rise, _)| is_all(*rise)) {
        let text = format!("Ignored with Reason=simulator rose by {rise:.0} in {}", seen.namespace);
        return vec![
            HopResult::passed(HOPS[0], None, handed_on(&seen.metrics)),
            HopResult::passed(HOPS[1], Some(*seconds), "metrics took every event"),
            HopResult::passed(HOPS[2], Some(*seconds), text),
        ];
    }
    let shows = counted.map_or_else(
        || format!("CloudWatch cannot be read: {}", reason(&seen.counted)),
        |(rise, _)| {
            format!(
                "Ignored with Reason=simulator rose by {rise:.0} of {expected} in {} within {:.0} s",
                seen.namespace, seen.waited
            )
        },
    );
    let last = match counted {
        None => HopResult::unproven(HOPS[2], shows, "allow cloudwatch:GetMetricData"),
        Some(_) => HopResult::broken(
            HOPS[2],
            shows,
            format!(
                "see the log of {}: does its namespace fit the stack's?",
                seen.metrics.function
            ),
        ),
    };
    ended(HOPS, &seen.metrics, "metrics took every event", last)
}

pub(super) fn suppress(seen: &DrillObservation, has_events: bool) -> Vec<HopResult> {
    const HOPS: [Hop; 3] = [Hop::SuppressQueue, Hop::SuppressFunction, Hop::Journal];
    let is_asked = |mail: &&DrillMail| {
        mail.mailbox.is_decided()
            && mail.events.keys().any(|event| matches!(event.as_str(), "Bounce" | "Complaint"))
    };
    let asked: Vec<&DrillMail> = seen.mails.iter().filter(is_asked).collect();
    if !has_events || asked.is_empty() {
        return HOPS.map(HopResult::not_reached).to_vec();
    }
    let took = "suppress decided about every bounce and complaint";
    let open: Vec<&str> =
        asked.iter().filter(|m| m.decided.is_none()).map(|m| m.mailbox.name()).collect();
    let last = asked.iter().filter_map(|mail| mail.decided).reduce(f64::max);
    if open.is_empty() {
        let text = format!("{} decisions are in the journal", asked.len());
        return vec![
            HopResult::passed(HOPS[0], None, handed_on(&seen.suppress)),
            HopResult::passed(HOPS[1], last, took),
            HopResult::passed(HOPS[2], last, text),
        ];
    }
    if let Some(why) = &seen.no_journal {
        let text = format!("the journal cannot be read: {why}");
        let last = HopResult::unproven(HOPS[2], text, "docs/drill-policy.json says what it needs");
        let mut results = ended(HOPS, &seen.suppress, took, last);
        // Without the journal nothing shows that the function decided.
        for result in results.iter_mut().filter(|result| result.hop == HOPS[1]) {
            if result.state == super::HopState::Passed {
                let text = "nothing waits and nothing failed, but only the journal would prove it";
                *result = HopResult::unproven(HOPS[1], text, "");
            }
        }
        return results;
    }
    let failed = seen.journal_failed.known().is_some_and(|count| *count > 0.0);
    let within = format!("within {:.0} s", seen.waited);
    let open = open.join(", ");
    if failed {
        let text = format!("no decision about {open} {within}: suppress could not write it");
        let advice = format!("see the log of {} for its error", seen.suppress.function);
        let last = HopResult::broken(HOPS[2], text, advice);
        return ended(HOPS, &seen.suppress, took, last);
    }
    let mut results = ended(HOPS, &seen.suppress, took, HopResult::not_reached(HOPS[2]));
    for result in results.iter_mut().filter(|result| result.hop == HOPS[1]) {
        if result.state == super::HopState::Passed {
            let text = format!("took the messages, and decided nothing about {open} {within}");
            let advice = format!("see the log of {}", seen.suppress.function);
            *result = HopResult::broken(HOPS[1], text, advice);
        }
    }
    results
}

pub(super) fn list(seen: &DrillObservation) -> HopResult {
    const HOP: Hop = Hop::List;
    let waited = seen.waited;
    match &seen.list {
        ListTrial::NotAsked => {
            HopResult::not_asked(HOP, "--list puts an address there and off again")
        }
        ListTrial::NoQueue => HopResult::unproven(
            HOP,
            "with Buffering=Direct there is no queue to put an event into",
            "",
        ),
        ListTrial::NotQueued(why) => HopResult::unproven(
            HOP,
            format!("no event could be put into suppress's queue: {why}"),
            "",
        ),
        ListTrial::Listed { seconds, not_removed: None } => {
            let text = "suppress listed the drill's address, and the drill took it off again";
            HopResult::passed(HOP, Some(*seconds), text)
        }
        ListTrial::Listed { seconds, not_removed: Some(why) } => HopResult {
            seconds: Some(*seconds),
            ..HopResult::broken(
                HOP,
                format!("suppress listed the drill's address, and it is still there: {why}"),
                format!("take it off: ses-warden suppressions remove {}", seen.list_address),
            )
        },
        ListTrial::NotListed => HopResult::broken(
            HOP,
            format!("{} was not on the list within {waited:.0} s", seen.list_address),
            format!(
                "see the log of {}: does SES refuse the entry? suppress may still list the address \
                 later: then ses-warden suppressions remove {}",
                seen.suppress.function, seen.list_address
            ),
        ),
        ListTrial::NotRead(why) => {
            HopResult::unproven(HOP, format!("the suppression list cannot be read: {why}"), "")
        }
    }
}

/// The three hops of a path whose proof did not come: `last` is the third where nothing before it
/// is at fault.
fn ended(hops: [Hop; 3], path: &FunctionPath, took: &str, last: HopResult) -> Vec<HopResult> {
    let [queue, function, third] = hops;
    match verdict(path) {
        PathVerdict::Queue(text) => vec![
            HopResult::broken(queue, text, DOCTOR),
            HopResult::not_reached(function),
            HopResult::not_reached(third),
        ],
        PathVerdict::Function(text) => vec![
            HopResult::passed(queue, None, handed_on(path)),
            HopResult::broken(
                function,
                text,
                format!("see the log of {}; {DOCTOR}", path.function),
            ),
            HopResult::not_reached(third),
        ],
        PathVerdict::Unknown(text) => vec![
            HopResult::unproven(queue, text.clone(), ""),
            HopResult::unproven(function, text, ""),
            last,
        ],
        PathVerdict::Sound => vec![
            HopResult::passed(queue, None, handed_on(path)),
            HopResult::passed(function, None, took),
            last,
        ],
    }
}

fn handed_on(path: &FunctionPath) -> &'static str {
    match path.buffering {
        Buffering::Queue => "the topic leads to the queue",
        Buffering::Direct => "the topic invokes the function",
    }
}

fn verdict(path: &FunctionPath) -> PathVerdict {
    if path.is_subscribed.known() == Some(&false) {
        let to = match path.buffering {
            Buffering::Queue => "the queue of ",
            Buffering::Direct => "",
        };
        let text = format!("no confirmed subscription of the topic leads to {to}{}", path.function);
        return PathVerdict::Queue(text);
    }
    if path.buffering == Buffering::Queue {
        match path.mapping.known() {
            Some(None) => {
                return PathVerdict::Function("no event source mapping reads the queue".to_owned());
            }
            Some(Some(state)) if !matches!(state.as_str(), "Enabled" | "Updating") => {
                return PathVerdict::Function(format!("the event source mapping is {state}"));
            }
            Some(Some(_)) | None => {}
        }
    }
    if let Some(found) = path.state.known() {
        match found.as_deref() {
            None => return PathVerdict::Function("there is no such function".to_owned()),
            // Inactive functions wake when they are invoked.
            Some("Active" | "Inactive") => {}
            Some(state) => return PathVerdict::Function(format!("the function is {state}")),
        }
    }
    if let Some(more) = path.new_dead_letters.known().filter(|more| **more > 0) {
        return PathVerdict::Function(format!("{more} messages became dead letters meanwhile"));
    }
    if let Some((waiting, taken)) = path.queued.known().filter(|(w, t)| w + t > 0) {
        return PathVerdict::Function(format!(
            "{waiting} messages wait, and {taken} are taken and not finished"
        ));
    }
    let unread = [
        path.is_subscribed.not_read(),
        path.mapping.not_read().filter(|_| path.buffering == Buffering::Queue),
        path.queued.not_read().filter(|_| path.buffering == Buffering::Queue),
    ];
    match unread.into_iter().flatten().next() {
        Some(not) => PathVerdict::Unknown(format!("{} failed: {}", not.action, not.reason)),
        None => PathVerdict::Sound,
    }
}

fn reason<T>(fact: &Fact<T>) -> &str {
    fact.not_read().map(|not| not.reason.as_str()).unwrap_or_default()
}
