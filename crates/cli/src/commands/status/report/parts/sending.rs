//! Whether the account and its configuration sets send, and AWS's rates of them.

use std::collections::BTreeMap;

use serde::Serialize;
use warden_aws::operator::AccountFacts;
use warden_domain::guard::enforcement::EnforcementStatus;
use warden_domain::journal::HistoryTarget;
use warden_domain::time::iso_millis;

use super::history::{HistoryPart, last_pause};
use crate::commands::status::read::{RatePoint, Sending, StackReadings, StatusReadings};

/// The account.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct AccountPart {
    pub(crate) sending_enabled: bool,
    /// AWS's word.
    pub(crate) enforcement_status: String,
    pub(crate) enforcement_meaning: &'static str,
    pub(crate) production_access: bool,
    /// Who paused it, where it does not send and the journal knows.
    pub(crate) paused_by: Option<HistoryPart>,
    /// Recipients in 24 hours; absent where there is no limit.
    pub(crate) quota: Option<f64>,
    pub(crate) sent_in_24_hours: Option<f64>,
    /// Fraction of the quota.
    pub(crate) quota_used: Option<f64>,
    pub(crate) most_per_second: Option<f64>,
    pub(crate) plan: Option<String>,
    pub(crate) next_plan: Option<String>,
    pub(crate) vdm: bool,
    pub(crate) suppressed_reasons: Vec<String>,
}

impl AccountPart {
    pub(crate) fn of(account: &AccountFacts, stack: Option<&StackReadings>) -> Self {
        let quota = account.most_in_24_hours.filter(|most| *most >= 0.0);
        let used = quota.filter(|quota| *quota > 0.0).zip(account.sent_in_24_hours);
        Self {
            sending_enabled: account.sending_enabled,
            enforcement_status: account.enforcement.name().to_owned(),
            enforcement_meaning: verdict_of_aws(&account.enforcement),
            production_access: account.production_access,
            paused_by: (!account.sending_enabled)
                .then(|| last_pause(stack, &HistoryTarget::Account))
                .flatten(),
            quota,
            sent_in_24_hours: account.sent_in_24_hours,
            quota_used: used.map(|(quota, sent)| sent / quota),
            most_per_second: account.most_per_second,
            plan: account.plan.clone(),
            next_plan: account.next_plan.clone(),
            vdm: account.vdm,
            suppressed_reasons: account.suppressed_reasons.clone(),
        }
    }
}

/// AWS's verdict in words.
fn verdict_of_aws(status: &EnforcementStatus) -> &'static str {
    match status {
        EnforcementStatus::Healthy => "no open problem",
        EnforcementStatus::Probation => "AWS reviews the account",
        EnforcementStatus::Shutdown => "AWS has paused sending",
        EnforcementStatus::Other(_) => "a verdict that this version does not know",
    }
}

/// One of AWS's rates.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct RatePart {
    /// The configuration set; absent for the account.
    pub(crate) set: Option<String>,
    /// `bounce` or `complaint`.
    pub(crate) measure: &'static str,
    /// A fraction.
    pub(crate) rate: f64,
    /// Where AWS reviews an account.
    pub(crate) review_line: f64,
    /// Where AWS may pause it.
    pub(crate) pause_line: f64,
    /// The rate over the review line.
    pub(crate) of_review_line: f64,
    /// When AWS computed it, RFC 3339.
    pub(crate) at: String,
}

impl RatePart {
    pub(crate) fn of(
        set: Option<&String>,
        measure: &'static str,
        point: RatePoint,
        review_line: f64,
        pause_line: f64,
    ) -> Self {
        Self {
            set: set.cloned(),
            measure,
            rate: point.rate,
            review_line,
            pause_line,
            of_review_line: point.rate / review_line,
            at: iso_millis(point.at * 1_000),
        }
    }

    /// `Bounce rate 2.1 %: 42 % of AWS's review line (5 %).`
    pub(crate) fn sentence(&self) -> String {
        let measure = if self.measure == "bounce" { "Bounce rate" } else { "Complaint rate" };
        let set = self.set.as_ref().map(|set| format!(" of set {set}")).unwrap_or_default();
        format!(
            "{measure}{set} {}: {:.0} % of AWS's review line ({}).",
            percent(self.rate),
            self.of_review_line * 100.0,
            percent(self.review_line)
        )
    }
}

/// `2.1 %`; more digits for small rates, such as those of complaints.
pub(crate) fn percent(fraction: f64) -> String {
    let percent = fraction * 100.0;
    let text = if percent >= 1.0 { format!("{percent:.1}") } else { format!("{percent:.3}") };
    let text = text.trim_end_matches('0').trim_end_matches('.');
    format!("{} %", if text.is_empty() { "0" } else { text })
}

/// A configuration set.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct SetPart {
    pub(crate) name: String,
    /// Whether it sends; absent where it was not read.
    pub(crate) sends: Option<bool>,
    /// The pause, where the journal's last entry about the set is one.
    pub(crate) paused_by: Option<HistoryPart>,
    /// AWS's rates, as fractions.
    pub(crate) bounce_rate: Option<f64>,
    pub(crate) complaint_rate: Option<f64>,
}

pub(crate) fn sets(
    quick: &StatusReadings,
    sending: Option<&Sending>,
    stack: Option<&StackReadings>,
) -> Vec<SetPart> {
    let states = sending.and_then(|sending| sending.sets.as_ref().ok());
    let history = stack.and_then(|stack| stack.history.as_ref()?.as_ref().ok());
    let in_history = history.into_iter().flatten().filter_map(|entry| match &entry.target {
        HistoryTarget::ConfigurationSet(name) => Some(name.clone()),
        HistoryTarget::Account | HistoryTarget::Tenant(_) | HistoryTarget::Address(_) => None,
    });
    let with_rate = quick.rates.iter().flat_map(|rates| rates.sets.keys().cloned());
    let mut sets: BTreeMap<String, Option<bool>> =
        with_rate.chain(in_history).map(|name| (name, None)).collect();
    for (name, sends) in states.iter().flat_map(|states| &states.read) {
        // A set that is gone neither sends nor is paused.
        match sends {
            Some(sends) => _ = sets.insert(name.clone(), Some(*sends)),
            None => _ = sets.remove(name),
        }
    }
    sets.into_iter()
        .map(|(name, sends)| {
            let rates = quick.rates.as_ref().ok().and_then(|rates| rates.sets.get(&name));
            SetPart {
                sends,
                paused_by: last_pause(stack, &HistoryTarget::ConfigurationSet(name.clone())),
                bounce_rate: rates.and_then(|rates| rates.bounce).map(|point| point.rate),
                complaint_rate: rates.and_then(|rates| rates.complaint).map(|point| point.rate),
                name,
            }
        })
        .collect()
}
