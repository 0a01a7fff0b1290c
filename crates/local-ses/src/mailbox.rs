//! What the recipients' side does with a message: the mailbox simulator's
//! fixed answers and, for all other domains, a weighted mix that a test sets.

use std::collections::BTreeMap;

use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use serde::Deserialize;

use crate::address;

/// The kinds of outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Delivery,
    Bounce,
    Complaint,
    Delay,
    Reject,
    RenderingFailure,
    Open,
    Click,
    /// Accepted; no event follows.
    None,
}

/// One outcome of a mix. Its members have the names of the event's fields.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Outcome {
    #[serde(default = "one")]
    pub(crate) weight: u32,
    pub(crate) outcome: Kind,
    pub(crate) bounce_type: Option<String>,
    pub(crate) bounce_sub_type: Option<String>,
    pub(crate) action: Option<String>,
    pub(crate) status: Option<String>,
    /// May hold `{recipient}` and `{from_domain}`.
    pub(crate) diagnostic_code: Option<String>,
    /// Absent: a complaint without a feedback report.
    pub(crate) feedback_type: Option<String>,
    pub(crate) delay_type: Option<String>,
    /// Publishes the event twice, with the same feedback id.
    #[serde(default)]
    pub(crate) twice: bool,
}

fn one() -> u32 {
    1
}

impl Outcome {
    pub(crate) fn of(outcome: Kind) -> Self {
        Self {
            weight: 1,
            outcome,
            bounce_type: None,
            bounce_sub_type: None,
            action: None,
            status: None,
            diagnostic_code: None,
            feedback_type: None,
            delay_type: None,
            twice: false,
        }
    }

    pub(crate) fn bounce(bounce_type: &str, bounce_sub_type: &str) -> Self {
        Self {
            bounce_type: Some(bounce_type.to_owned()),
            bounce_sub_type: Some(bounce_sub_type.to_owned()),
            ..Self::of(Kind::Bounce)
        }
    }

    pub(crate) fn bounce_type(&self) -> &str {
        self.bounce_type.as_deref().unwrap_or("Permanent")
    }

    pub(crate) fn bounce_sub_type(&self) -> &str {
        self.bounce_sub_type.as_deref().unwrap_or(if self.bounce_type() == "Undetermined" {
            "Undetermined"
        } else {
            "General"
        })
    }

    /// Whether SES counts it against the bounce rate: hard bounces, except
    /// those it never attempted because of a list of the sender's own.
    pub(crate) fn counts_as_bounce(&self) -> bool {
        self.outcome == Kind::Bounce
            && self.bounce_type() == "Permanent"
            && !matches!(
                self.bounce_sub_type(),
                "OnAccountSuppressionList"
                    | "OnTenantSuppressionList"
                    | "UnsubscribedRecipient"
                    | "EmailValidationSuppressed"
            )
    }
}

/// The body that sets the mix of one recipient domain.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlanRequest {
    outcomes: Vec<Outcome>,
    #[serde(default)]
    seed: u64,
}

/// The mix of one domain, with its own random sequence, so that a seed fixes
/// what a series of messages leads to.
#[derive(Debug)]
struct Plan {
    outcomes: Vec<Outcome>,
    total_weight: u32,
    random: SmallRng,
}

/// The plans of all recipient domains.
#[derive(Debug, Default)]
pub(crate) struct Mailboxes {
    plans: BTreeMap<String, Plan>,
}

/// The name under which a plan holds for every domain without its own.
pub(crate) const ANY_DOMAIN: &str = "*";

impl Mailboxes {
    /// Sets the plan of a recipient domain.
    ///
    /// # Errors
    ///
    /// Says what is wrong when no outcome could ever be drawn.
    pub(crate) fn set(&mut self, domain: &str, request: PlanRequest) -> Result<(), String> {
        let total_weight = request
            .outcomes
            .iter()
            .try_fold(0u32, |sum, outcome| sum.checked_add(outcome.weight))
            .filter(|total| *total > 0)
            .ok_or("the weights must add up to more than 0 and fit 32 bits")?;
        self.plans.insert(
            domain.to_ascii_lowercase(),
            Plan {
                outcomes: request.outcomes,
                total_weight,
                random: SmallRng::seed_from_u64(request.seed),
            },
        );
        Ok(())
    }

    /// What this recipient's mailbox does with the next message.
    pub(crate) fn draw(&mut self, recipient: &str) -> Outcome {
        if let Some(mailbox) = address::simulator_mailbox(recipient) {
            return simulator_outcome(&mailbox);
        }
        let domain = address::domain(recipient).to_ascii_lowercase();
        let key = if self.plans.contains_key(&domain) { domain.as_str() } else { ANY_DOMAIN };
        let Some(plan) = self.plans.get_mut(key) else {
            return Outcome::of(Kind::Delivery);
        };
        let mut point = plan.random.random_range(0..plan.total_weight);
        for outcome in &plan.outcomes {
            if point < outcome.weight {
                return outcome.clone();
            }
            point -= outcome.weight;
        }
        Outcome::of(Kind::Delivery)
    }
}

/// The mailbox simulator, as the developer guide describes it.
fn simulator_outcome(mailbox: &str) -> Outcome {
    match mailbox {
        "bounce" => Outcome::bounce("Permanent", "General"),
        "ooto" => Outcome::bounce("Transient", "General"),
        "complaint" => {
            Outcome { feedback_type: Some("abuse".to_owned()), ..Outcome::of(Kind::Complaint) }
        }
        "suppressionlist" => Outcome::bounce("Permanent", "Suppressed"),
        "reject" => Outcome::of(Kind::Reject),
        _ => Outcome::of(Kind::Delivery),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn plan(value: serde_json::Value) -> PlanRequest {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn simulator_mailboxes_answer_as_on_aws() {
        let mut mailboxes = Mailboxes::default();
        let cases = [
            ("success", Kind::Delivery, ""),
            ("bounce+a", Kind::Bounce, "Permanent/General"),
            ("ooto", Kind::Bounce, "Transient/General"),
            ("complaint", Kind::Complaint, ""),
            ("suppressionlist", Kind::Bounce, "Permanent/Suppressed"),
        ];
        for (mailbox, kind, bounce) in cases {
            let outcome = mailboxes.draw(&format!("{mailbox}@simulator.amazonses.com"));
            assert_eq!(outcome.outcome, kind, "{mailbox}");
            if kind == Kind::Bounce {
                let found = format!("{}/{}", outcome.bounce_type(), outcome.bounce_sub_type());
                assert_eq!(found, bounce, "{mailbox}");
            }
        }
    }

    #[test]
    fn a_seed_fixes_the_sequence_and_weights_are_kept() {
        let mix = json!({"seed": 7, "outcomes": [
            {"weight": 3, "outcome": "delivery"}, {"weight": 1, "outcome": "bounce"}]});
        let draw_all = || {
            let mut mailboxes = Mailboxes::default();
            mailboxes.set("Example.net", plan(mix.clone())).unwrap();
            (0..400).map(|_| mailboxes.draw("a@example.NET").outcome).collect::<Vec<_>>()
        };
        let first = draw_all();
        assert_eq!(first, draw_all());
        let bounces = first.iter().filter(|kind| **kind == Kind::Bounce).count();
        assert!((60..140).contains(&bounces), "{bounces}");
    }

    #[test]
    fn a_domain_without_a_plan_takes_the_general_one_or_delivers() {
        let mut mailboxes = Mailboxes::default();
        assert_eq!(mailboxes.draw("a@example.net").outcome, Kind::Delivery);
        mailboxes.set(ANY_DOMAIN, plan(json!({"outcomes": [{"outcome": "none"}]}))).unwrap();
        assert_eq!(mailboxes.draw("a@example.net").outcome, Kind::None);
    }

    #[test]
    fn a_plan_that_draws_nothing_and_unknown_words_are_refused() {
        let mut mailboxes = Mailboxes::default();
        assert!(mailboxes.set("example.net", plan(json!({"outcomes": []}))).is_err());
        let misspelt = json!({"outcomes": [{"outcome": "bounce", "bouncetype": "Permanent"}]});
        assert!(serde_json::from_value::<PlanRequest>(misspelt).is_err());
    }

    #[test]
    fn only_attempted_hard_bounces_count_against_the_rate() {
        let cases = [
            ("Permanent", "General", true),
            ("Permanent", "Suppressed", true),
            ("Permanent", "OnAccountSuppressionList", false),
            ("Permanent", "UnsubscribedRecipient", false),
            ("Transient", "General", false),
            ("Undetermined", "Undetermined", false),
        ];
        for (bounce_type, sub_type, counts) in cases {
            assert_eq!(
                Outcome::bounce(bounce_type, sub_type).counts_as_bounce(),
                counts,
                "{bounce_type}/{sub_type}"
            );
        }
    }
}
