//! The bounce that a drill makes up for the suppression list: no mail was ever sent to its address.

use serde_json::json;
use warden_domain::drill::TAG;

use super::plan::Plan;

/// Returns an SES event that makes suppress list the drill's address. `now` is RFC 3339.
///
/// It goes into suppress's queue alone, so that metrics never counts it.
pub(super) fn bounce(plan: &Plan, now: &str) -> String {
    let (address, id) = (plan.listed_address(), format!("drill-{}", plan.id));
    json!({
        "eventType": "Bounce",
        "bounce": {
            "feedbackId": id,
            "bounceType": "Permanent",
            "bounceSubType": "General",
            "bouncedRecipients": [{
                "emailAddress": address,
                "action": "failed",
                "status": "5.1.1",
                "diagnosticCode": "smtp; 550 5.1.1 user unknown",
            }],
            "timestamp": now,
        },
        "mail": {
            "timestamp": now,
            "source": plan.from,
            "messageId": id,
            "destination": [address],
            "tags": { TAG: [plan.id], "ses:configuration-set": [plan.configuration_set] },
        },
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use warden_domain::envelope::{Reading, open};
    use warden_domain::suppression::{Policy, decide};

    use super::*;

    #[test]
    fn suppress_lists_the_address_of_the_made_up_bounce() {
        let plan = Plan {
            id: "1790000000-abcd".to_owned(),
            configuration_set: "marketing".to_owned(),
            from: "drill@example.org".to_owned(),
            has_list: true,
            has_alarm: false,
            wait: 1.0,
        };
        let text = bounce(&plan, "2026-10-06T07:15:12.345Z");
        let readings: Vec<Reading> =
            open(text.as_bytes()).into_iter().map(|one| one.reading).collect();
        let [Reading::Event(event)] = readings.as_slice() else { panic!("{readings:?}") };
        let decision = decide(event, &Policy::default());
        let listed: Vec<String> =
            decision.to_suppress().map(|(address, _)| address.expose().to_owned()).collect();
        assert_eq!(listed, [plan.listed_address()]);
    }
}
