//! What is done about one alarm.

use std::collections::BTreeMap;

use super::account::EnforcementStatus;
use super::confidence::Verdict;
use super::record::Target;
use super::{Label, Scope, Severity, Watched};

/// Share of a domain's bounces or complaints below which a configuration set is not
/// paused for them.
pub const NEGLIGIBLE_SHARE: f64 = 0.1;

/// Whether guard changes anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Decide, act and tell.
    #[default]
    Act,
    /// Decide and tell.
    Observe,
}

/// What the operator may choose.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Whether guard changes anything.
    pub mode: Mode,
    /// Configuration sets that only an account pause stops.
    pub protected_sets: Vec<String>,
    /// Which configuration sets carry a domain's mail, where the operator knows
    /// better than the metrics: domain in lower case -> sets.
    pub domain_sets: BTreeMap<String, Vec<String>>,
}

/// A configuration set that an alarm concerns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetState {
    /// Its name.
    pub name: String,
    /// Whether it sends; `None` where there is no such set.
    pub sending_enabled: Option<bool>,
}

/// What was read back before deciding.
#[derive(Debug, Clone, PartialEq)]
pub struct Situation {
    /// Whether the account sends (`SendingEnabled` of GetAccount).
    pub account_sending_enabled: bool,
    /// AWS's verdict on the account.
    pub enforcement_status: EnforcementStatus,
    /// An alarm for unexpected senders watches the metric of this stack that counts them. One on
    /// any other metric is not believed, whatever its tags say: there are no counts to prove it.
    pub watches_unexpected_senders: bool,
    /// The configuration sets that the alarm concerns: the one it names, or those
    /// that carried the domain's bounces or complaints. Empty for the account.
    pub sets: Vec<SetState>,
    /// Whether the tenant that the alarm concerns sends; `None` where there is none.
    pub tenant_sending_enabled: Option<bool>,
    /// What our own metrics prove about what the alarm watches; `None` where AWS's
    /// own number rang, which AWS acts upon whatever we count.
    pub proof: Option<Verdict>,
    /// What they prove about the whole account; only read when no configuration
    /// set carries the mail in question.
    pub account_proof: Option<Verdict>,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Only tell, and why nothing is paused.
    Tell(TellOnly),
    /// Pause this.
    Pause(Target),
    /// Only tell that this would be paused: guard only observes, by setting.
    Observe(Target),
}

/// Why nothing is paused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TellOnly {
    /// The alarm asks for no more.
    Warning,
    /// Its tags do not say what it watches.
    Unlabelled,
    /// Its tags say that it watches unexpected senders, but it watches another metric than the one
    /// that counts them.
    ForeignMetric,
    /// AWS has shut the account down.
    ShutDown,
    /// The account is paused already.
    AccountPaused,
    /// All the sets concerned are paused already.
    SetsPaused,
    /// The tenant is paused already.
    TenantPaused,
    /// There is no such tenant.
    NoSuchTenant,
    /// All the sets that still send are protected.
    Protected,
    /// No configuration set carried the mail, or none of that name exists.
    NoSuchSet,
    /// The counts do not prove a rate beyond the threshold. The alarm is judged
    /// again while it lasts.
    NotProven,
}

impl TellOnly {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Unlabelled => "unlabelled",
            Self::ForeignMetric => "foreign_metric",
            Self::ShutDown => "shut_down",
            Self::AccountPaused => "account_paused",
            Self::SetsPaused => "sets_paused",
            Self::TenantPaused => "tenant_paused",
            Self::NoSuchTenant => "no_such_tenant",
            Self::Protected => "protected",
            Self::NoSuchSet => "no_such_set",
            Self::NotProven => "not_proven",
        }
    }
}

/// Decides about one alarm that is in ALARM and whose episode is not handled.
///
/// Never asks to resume anything, and never to pause what is paused already: a
/// pause by AWS or by a person stays theirs.
///
/// The account is paused in two cases only: a critical alarm watches the account
/// itself; or a domain's rate is proven, no configuration set that exists carried
/// the mail, and the account's own counts prove a rate that pauses.
pub fn decide(label: Option<&Label>, situation: &Situation, settings: &Settings) -> Action {
    let Some(label) = label else {
        return Action::Tell(TellOnly::Unlabelled);
    };
    if label.severity == Severity::Warn {
        return Action::Tell(TellOnly::Warning);
    }
    if situation.enforcement_status == EnforcementStatus::Shutdown {
        return Action::Tell(TellOnly::ShutDown);
    }
    if !situation.account_sending_enabled {
        return Action::Tell(TellOnly::AccountPaused);
    }
    if label.watched == Watched::UnexpectedSender && !situation.watches_unexpected_senders {
        return Action::Tell(TellOnly::ForeignMetric);
    }
    if !allows_pause(situation.proof.as_ref()) {
        return Action::Tell(TellOnly::NotProven);
    }
    let wanted = match &label.scope {
        Scope::Account => Target::Account,
        Scope::Domain(_)
            if situation.sets.iter().all(|set| set.sending_enabled.is_none())
                && situation.account_proof.is_some()
                && allows_pause(situation.account_proof.as_ref()) =>
        {
            Target::Account
        }
        Scope::Tenant(arn) => match situation.tenant_sending_enabled {
            Some(true) => Target::Tenant(arn.clone()),
            Some(false) => return Action::Tell(TellOnly::TenantPaused),
            None => return Action::Tell(TellOnly::NoSuchTenant),
        },
        Scope::ConfigurationSet(_) | Scope::Domain(_) => {
            let existing = || situation.sets.iter().filter(|set| set.sending_enabled.is_some());
            let sending = || existing().filter(|set| set.sending_enabled == Some(true));
            let open: Vec<String> = sending()
                .map(|set| set.name.clone())
                .filter(|name| !settings.protected_sets.contains(name))
                .collect();
            if existing().next().is_none() {
                return Action::Tell(TellOnly::NoSuchSet);
            }
            if sending().next().is_none() {
                return Action::Tell(TellOnly::SetsPaused);
            }
            if open.is_empty() {
                return Action::Tell(TellOnly::Protected);
            }
            Target::Sets(open)
        }
    };
    match settings.mode {
        Mode::Act => Action::Pause(wanted),
        Mode::Observe => Action::Observe(wanted),
    }
}

/// Whether a judgement, where one was asked for, is for a pause.
fn allows_pause(proof: Option<&Verdict>) -> bool {
    proof.is_none_or(|verdict| verdict.severity == Some(Severity::Critical))
}

impl Action {
    /// Its stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Tell(why) => why.code(),
            Self::Pause(Target::Account) => "paused_account",
            Self::Pause(Target::Sets(_)) => "paused_sets",
            Self::Pause(Target::Tenant(_)) => "paused_tenant",
            Self::Observe(_) => "observing",
        }
    }

    /// Told once, and judged again while the alarm lasts: the counts, the lists of
    /// CloudWatch, which show a new series after a quarter of an hour, or the settings
    /// may come to something else.
    pub fn is_open(&self) -> bool {
        match self {
            Self::Observe(_)
            | Self::Tell(TellOnly::NotProven | TellOnly::NoSuchSet | TellOnly::Protected) => true,
            Self::Pause(_)
            | Self::Tell(
                TellOnly::Warning
                | TellOnly::Unlabelled
                | TellOnly::ForeignMetric
                | TellOnly::ShutDown
                | TellOnly::AccountPaused
                | TellOnly::SetsPaused
                | TellOnly::TenantPaused
                | TellOnly::NoSuchTenant,
            ) => false,
        }
    }
}

/// The configuration sets that carried a domain's bounces or complaints, worst
/// first, out of how many each carried and how many there were of the domain in all.
/// A set with less than [`NEGLIGIBLE_SHARE`] of them is left out: pausing it would
/// stop good mail and hardly any of the bad.
pub fn carriers(events: &[(String, f64)], of_domain: f64) -> Vec<String> {
    let all = events.iter().map(|(_, n)| n).fold(0.0, |sum, n| sum + n).max(of_domain);
    let mut worst: Vec<&(String, f64)> =
        events.iter().filter(|(_, n)| *n > 0.0 && *n >= NEGLIGIBLE_SHARE * all).collect();
    worst.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    worst.into_iter().map(|(name, _)| name.clone()).collect()
}
