//! What guard reads before it decides about one alarm, and when it knows enough.
//!
//! # Examples
//! ```
//! use warden_domain::guard::{Fact, Label, Measure, Scope, Severity, Watched, facts_to_read};
//!
//! let label = Label {
//!     scope: Scope::Account,
//!     watched: Watched::Rate(Measure::Bounce),
//!     severity: Severity::Critical,
//! };
//! let on_aws_number = facts_to_read(&label, true, false);
//! assert_eq!(on_aws_number, [Fact::Account, Fact::AwsRate(Measure::Bounce)]);
//! ```

use super::{DecisionFacts, Label, Measure, Scope, Severity};

/// For how long after an alarm a configuration set may have carried the mail and not be listed, in
/// milliseconds: CloudWatch lists a new series after up to a quarter of an hour. The account is not
/// paused for what is not listed before that.
const UNLISTED_MILLIS: i64 = 20 * 60_000;

/// One thing that guard reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fact<'a> {
    /// Whether the account sends, and AWS's verdict on it.
    Account,
    /// What our own counts prove about what the alarm watches.
    OurRate(Measure),
    /// Whether our own counts are too few to prove anything; a decision does without it.
    TooFew(Measure),
    /// AWS's own rate of the account, again; a decision does without it.
    AwsRate(Measure),
    /// Whether this tenant sends.
    Tenant(&'a str),
    /// Whether this configuration set sends.
    Set(&'a str),
    /// Which configuration sets carried this domain's bounces or complaints, and whether they send.
    CarriersOf(&'a str, Measure),
    /// What our own counts prove about the whole account.
    AccountRate(Measure),
}

/// All that guard reads for an alarm that is held to the counts, in this order, as long as each is
/// [needed](DecisionFacts::needs). `reads_only_aws`: the alarm watches a number of AWS's.
/// `was_resumed`: somebody ended a pause for the same events, so that only later ones count.
pub fn facts_to_read(label: &Label, reads_only_aws: bool, was_resumed: bool) -> Vec<Fact<'_>> {
    let is_critical = label.severity == Severity::Critical;
    // A warning does not depend on the account, and does not wait for it.
    let mut facts = Vec::from_iter(is_critical.then_some(Fact::Account));
    // Unexpected-sender alarms have no rate to prove; they concern the account.
    let Some(measure) = label.watched.rate() else { return facts };
    // AWS acts on its own metrics of the account, whatever ses-warden counts.
    let needs_proof = match label.scope {
        Scope::Domain(_) => true,
        Scope::Account | Scope::ConfigurationSet(_) => !reads_only_aws || was_resumed,
        Scope::Tenant(_) => false,
    };
    if needs_proof {
        facts.push(Fact::OurRate(measure));
    } else if matches!(label.scope, Scope::ConfigurationSet(_)) {
        facts.push(Fact::TooFew(measure));
    }
    if is_critical {
        match &label.scope {
            Scope::Account if needs_proof => {}
            Scope::Account => facts.push(Fact::AwsRate(measure)),
            Scope::ConfigurationSet(name) => facts.push(Fact::Set(name)),
            Scope::Tenant(arn) => facts.push(Fact::Tenant(arn)),
            Scope::Domain(domain) => {
                facts.extend([Fact::CarriersOf(domain, measure), Fact::AccountRate(measure)]);
            }
        }
    }
    facts
}

impl DecisionFacts {
    /// Whether the decision still depends on a fact. The alarm has been in ALARM for `in_alarm`
    /// milliseconds, where that is known.
    pub fn needs(&self, fact: Fact<'_>, in_alarm: Option<i64>) -> bool {
        let is_undecided = self.account_sending_enabled
            && self.proof.is_none_or(|proof| proof.severity == Some(Severity::Critical));
        let may_be_unlisted =
            || self.sets.is_empty() && in_alarm.is_some_and(|millis| millis < UNLISTED_MILLIS);
        match fact {
            Fact::AccountRate(_) => {
                let is_gone = self.sets.iter().all(|set| set.sending_enabled.is_none());
                is_undecided && is_gone && !may_be_unlisted()
            }
            Fact::Account
            | Fact::OurRate(_)
            | Fact::TooFew(_)
            | Fact::AwsRate(_)
            | Fact::Tenant(_)
            | Fact::Set(_)
            | Fact::CarriersOf(..) => is_undecided,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::confidence::{Rule, WindowCounts, judge};
    use crate::guard::{SetState, Watched};

    const BOUNCE: Measure = Measure::Bounce;

    fn label(scope: Scope, severity: Severity) -> Label {
        Label { scope, watched: Watched::Rate(BOUNCE), severity }
    }

    #[test]
    fn each_alarm_has_its_facts() {
        use Severity::{Critical, Warn};
        let set = || Scope::ConfigurationSet("news".into());
        let domain = || Scope::Domain("example.com".into());
        let tenant = || Scope::Tenant("arn".into());
        let carriers = Fact::CarriersOf("example.com", BOUNCE);
        let of_domain =
            vec![Fact::Account, Fact::OurRate(BOUNCE), carriers, Fact::AccountRate(BOUNCE)];
        for (scope, severity, reads_only_aws, was_resumed, facts) in [
            (Scope::Account, Critical, true, true, vec![Fact::Account, Fact::OurRate(BOUNCE)]),
            (Scope::Account, Critical, false, false, vec![Fact::Account, Fact::OurRate(BOUNCE)]),
            (
                set(),
                Critical,
                true,
                false,
                vec![Fact::Account, Fact::TooFew(BOUNCE), Fact::Set("news")],
            ),
            (
                set(),
                Critical,
                false,
                false,
                vec![Fact::Account, Fact::OurRate(BOUNCE), Fact::Set("news")],
            ),
            (set(), Warn, true, false, vec![Fact::TooFew(BOUNCE)]),
            (domain(), Warn, false, false, vec![Fact::OurRate(BOUNCE)]),
            (domain(), Critical, false, false, of_domain),
            (tenant(), Critical, true, false, vec![Fact::Account, Fact::Tenant("arn")]),
        ] {
            let label = label(scope, severity);
            assert_eq!(facts_to_read(&label, reads_only_aws, was_resumed), facts, "{label:?}");
        }
        let sender = Label {
            watched: Watched::UnexpectedSender,
            ..label(Scope::Account, Severity::Critical)
        };
        assert_eq!(facts_to_read(&sender, false, false), [Fact::Account]);
    }

    #[test]
    fn a_fact_that_changes_nothing_is_not_needed() {
        let counts = |events| WindowCounts { events, total: 1000, ..WindowCounts::default() };
        let judged = |events| judge(&Rule::of(BOUNCE), &counts(events), &counts(events));
        let set = |sends| vec![SetState { name: "news".into(), sending_enabled: sends }];
        let start = DecisionFacts::nothing_read();
        let rate = Fact::AccountRate(BOUNCE);
        assert!(start.needs(Fact::OurRate(BOUNCE), None) && start.needs(rate, None));
        let proven = DecisionFacts { proof: Some(judged(200)), ..start.clone() };
        assert!(proven.needs(Fact::Set("news"), None));
        let not_proven = DecisionFacts { proof: Some(judged(1)), ..start.clone() };
        assert!(!not_proven.needs(Fact::Set("news"), None) && !not_proven.needs(rate, None));
        let paused = DecisionFacts { account_sending_enabled: false, ..start.clone() };
        assert!(!paused.needs(Fact::OurRate(BOUNCE), None));
        // A new series may not be listed yet; one that is listed and gone will not come back.
        assert!(!start.needs(rate, Some(UNLISTED_MILLIS - 1)));
        assert!(start.needs(rate, Some(UNLISTED_MILLIS)));
        let gone = DecisionFacts { sets: set(None), ..start.clone() };
        assert!(gone.needs(rate, Some(0)));
        let carried = DecisionFacts { sets: set(Some(false)), ..start };
        assert!(!carried.needs(rate, Some(UNLISTED_MILLIS)));
    }
}
