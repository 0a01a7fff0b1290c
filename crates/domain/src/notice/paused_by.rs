//! Who paused what guard found paused, in words.

use crate::guard::enforcement::EnforcementStatus;
use crate::guard::incident::Incident;
use crate::guard::record::Target;
use crate::journal::{HistoryEntry, last_switch};

/// As far as guard's incidents, the history (newest first) and AWS's verdict say.
pub fn paused_by<'i>(
    target: &Target,
    incidents: impl IntoIterator<Item = &'i Incident>,
    history: &[HistoryEntry],
    status: Option<&EnforcementStatus>,
) -> String {
    for incident in incidents {
        if let Some((_, at)) = incident.standing_pause().filter(|(paused, _)| paused.meets(target))
        {
            let at = super::at(at);
            return format!("ses-warden at {at}, for alarm {}", incident.leader.alarm);
        }
    }
    let parts = target.parts();
    let mut last = parts.iter().filter_map(|part| last_switch(history, &part.of_history()));
    if let Some(entry) = last.find(|entry| entry.event.sends() == Some(false)) {
        let who = [entry.actor.name(), entry.actor.identity(), entry.actor.code()];
        let who = who.into_iter().find(|who| !who.is_empty()).unwrap_or_default();
        return format!("{who} at {}", super::at(entry.at_millis));
    }
    match status {
        None | Some(EnforcementStatus::Healthy) => {
            "a person or another program: the journal has no record of it".to_owned()
        }
        Some(
            status @ (EnforcementStatus::Probation
            | EnforcementStatus::Shutdown
            | EnforcementStatus::Other(_)),
        ) => format!(
            "AWS, a person or another program: the account's enforcement status is {}",
            status.name()
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::incident::{AlarmEpisode, Phase};
    use crate::guard::sweep::FoundSwitch;
    use crate::journal::Actor;

    #[test]
    fn the_best_known_actor_is_named() {
        let set = || Target::Sets(vec!["news".into()]);
        let of = |incidents: &[Incident], history: &[HistoryEntry], status| {
            paused_by(&set(), incidents, history, status)
        };
        let paused = Phase::Paused { target: set(), at: 0 };
        let incident = Incident {
            phase: paused,
            ..Incident::new(AlarmEpisode::new("a/critical", "2026-10-06T07:15:00Z"))
        };
        let entry = |sends, identity: &str| {
            let by = Actor::Person { identity: identity.into() };
            FoundSwitch { target: set(), sends }.entry("e", by, "", 0)
        };
        let off = [entry(false, "arn:jo")];
        let resumed = [&[entry(true, "arn:jo")], off.as_slice()].concat();
        let healthy = Some(&EnforcementStatus::Healthy);
        let by_guard = "ses-warden at 1970-01-01T00:00:00.000Z, for alarm a/critical";
        assert_eq!(of(&[incident], &off, healthy), by_guard);
        assert_eq!(of(&[], &off, healthy), "arn:jo at 1970-01-01T00:00:00.000Z");
        assert!(of(&[], &[entry(false, "")], healthy).starts_with("person at"));
        // What was resumed since was paused again by somebody unknown.
        assert!(of(&[], &resumed, healthy).contains("no record of it"));
        let shutdown = of(&[], &[], Some(&EnforcementStatus::Shutdown));
        assert!(shutdown.contains("enforcement status is SHUTDOWN"), "{shutdown}");
    }
}
