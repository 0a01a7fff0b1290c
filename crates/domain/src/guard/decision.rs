//! What is done about one alarm.

use serde::{Deserialize, Serialize};

use super::confidence::RateJudgement;
use super::enforcement::EnforcementStatus;
use super::record::Target;
use super::{Label, Mode, Scope, Settings, Severity};

/// Share of a domain's bounces or complaints below which a configuration set is not
/// paused for them.
pub const NEGLIGIBLE_SHARE: f64 = 0.1;

/// A configuration set that an alarm concerns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetState {
    /// Its name.
    pub name: String,
    /// Whether it sends; `None` where there is no such set.
    pub sending_enabled: Option<bool>,
}

/// What guard read before it decides about one alarm.
#[derive(Debug, Clone, PartialEq)]
pub struct DecisionFacts {
    /// Whether the account sends (`SendingEnabled` of GetAccount).
    pub account_sending_enabled: bool,
    /// AWS's verdict on the account.
    pub enforcement_status: EnforcementStatus,
    /// The configuration sets that the alarm concerns: the one it names, or those
    /// that carried the domain's bounces or complaints. Empty for the account.
    pub sets: Vec<SetState>,
    /// Whether the tenant that the alarm concerns sends; `None` where there is none.
    pub tenant_sending_enabled: Option<bool>,
    /// What our own metrics prove about what the alarm watches; `None` where the alarm watches
    /// AWS's own number, on which AWS acts whatever we count.
    pub proof: Option<RateJudgement>,
    /// Whether AWS's own number, read again, is still at the alarm's threshold; `None` where nothing
    /// depends on that.
    pub aws_number_holds: Option<bool>,
    /// What our own metrics prove about the whole account; read only where no configuration set
    /// carries the mail.
    pub account_proof: Option<RateJudgement>,
}

impl DecisionFacts {
    /// Before anything is read: the account sends, as far as is known.
    pub fn nothing_read() -> Self {
        Self {
            account_sending_enabled: true,
            enforcement_status: EnforcementStatus::Healthy,
            sets: Vec::new(),
            tenant_sending_enabled: None,
            proof: None,
            aws_number_holds: None,
            account_proof: None,
        }
    }
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Only notify, and why nothing is paused.
    Notify(NotifyOnly),
    /// Pause this.
    Pause(Target),
    /// Only notify that this would be paused: guard only observes, by setting.
    Observe(Target),
    /// Nothing, and no notice; guard decides again while the alarm lasts.
    Nothing,
}

/// Why nothing is paused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotifyOnly {
    /// The alarm only warns.
    Warning,
    /// guard does not understand what it watches.
    NotUnderstood,
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
    /// guard began a pause and was interrupted. What it was to pause sends, and nobody can say
    /// whether somebody resumed it meanwhile.
    PauseUnknown,
}

impl NotifyOnly {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::NotUnderstood => "unlabelled",
            Self::ShutDown => "shut_down",
            Self::AccountPaused => "account_paused",
            Self::SetsPaused => "sets_paused",
            Self::TenantPaused => "tenant_paused",
            Self::NoSuchTenant => "no_such_tenant",
            Self::Protected => "protected",
            Self::NoSuchSet => "no_such_set",
            Self::NotProven => "not_proven",
            Self::PauseUnknown => "pause_unknown",
        }
    }
}

/// The label of an alarm that guard holds to the counts before it does anything: those that may
/// lead to a pause, and those that warn of the rate of a domain or configuration set. For the others
/// nothing needs to be observed.
///
/// # Errors
/// Why it only leads to a notice.
pub fn held_to_counts(label: Option<&Label>) -> Result<&Label, NotifyOnly> {
    let label = label.ok_or(NotifyOnly::NotUnderstood)?;
    let has_counts = match label.scope {
        Scope::Domain(_) | Scope::ConfigurationSet(_) => label.watched.rate().is_some(),
        Scope::Account | Scope::Tenant(_) => false,
    };
    match label.severity {
        Severity::Warn if !has_counts => Err(NotifyOnly::Warning),
        Severity::Warn | Severity::Critical => Ok(label),
    }
}

/// Decides about one alarm that is in ALARM and whose episode is not handled.
///
/// An alarm that warns is held to the counts too, where they were read: it knows neither earlier
/// mail nor how much is usual, and would warn about a hundred times as often as they do. What the
/// counts do not prove is no warning: nobody is notified, and guard decides again while it lasts.
///
/// The decision never resumes anything, and never pauses what is paused already: a pause by AWS or
/// by a person stays theirs.
///
/// The account is paused in two cases only: a critical alarm watches the account
/// itself; or a domain's rate is proven, no configuration set that exists carried
/// the mail, and the account's own counts prove a rate that pauses.
pub fn decide(label: &Label, observation: &DecisionFacts, settings: &Settings) -> Action {
    if label.severity == Severity::Warn {
        let is_proven = observation.proof.is_none_or(|verdict| verdict.severity.is_some());
        return if is_proven { Action::Notify(NotifyOnly::Warning) } else { Action::Nothing };
    }
    if observation.enforcement_status == EnforcementStatus::Shutdown {
        return Action::Notify(NotifyOnly::ShutDown);
    }
    if !observation.account_sending_enabled {
        return Action::Notify(NotifyOnly::AccountPaused);
    }
    if !allows_pause(observation.proof.as_ref()) || observation.aws_number_holds == Some(false) {
        return Action::Notify(NotifyOnly::NotProven);
    }
    let wanted = match &label.scope {
        Scope::Account => Target::Account,
        Scope::Domain(_)
            if observation.sets.iter().all(|set| set.sending_enabled.is_none())
                && observation.account_proof.is_some()
                && allows_pause(observation.account_proof.as_ref()) =>
        {
            Target::Account
        }
        Scope::Tenant(arn) => match observation.tenant_sending_enabled {
            Some(true) => Target::Tenant(arn.clone()),
            Some(false) => return Action::Notify(NotifyOnly::TenantPaused),
            None => return Action::Notify(NotifyOnly::NoSuchTenant),
        },
        Scope::ConfigurationSet(_) | Scope::Domain(_) => {
            let existing = || observation.sets.iter().filter(|set| set.sending_enabled.is_some());
            let sending = || existing().filter(|set| set.sending_enabled == Some(true));
            let open: Vec<String> = sending()
                .map(|set| set.name.clone())
                .filter(|name| !settings.protected_sets.contains(name))
                .collect();
            if existing().next().is_none() {
                return Action::Notify(NotifyOnly::NoSuchSet);
            }
            if sending().next().is_none() {
                return Action::Notify(NotifyOnly::SetsPaused);
            }
            if open.is_empty() {
                return Action::Notify(NotifyOnly::Protected);
            }
            Target::Sets(open)
        }
    };
    match settings.mode {
        Mode::Act => Action::Pause(wanted),
        Mode::Observe => Action::Observe(wanted),
    }
}

/// Whether a judgement, where one was needed, allows a pause.
fn allows_pause(proof: Option<&RateJudgement>) -> bool {
    proof.is_none_or(|verdict| verdict.severity == Some(Severity::Critical))
}

impl Action {
    /// Its stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Notify(why) => why.code(),
            Self::Pause(Target::Account) => "paused_account",
            Self::Pause(Target::Sets(_)) => "paused_sets",
            Self::Pause(Target::Tenant(_)) => "paused_tenant",
            Self::Observe(_) => "observing",
            Self::Nothing => "nothing",
        }
    }

    /// What an alarm of this scope found paused already.
    pub fn found_paused(&self, scope: Option<&Scope>) -> Option<Target> {
        match (self, scope) {
            (Self::Notify(NotifyOnly::AccountPaused), _) => Some(Target::Account),
            (Self::Notify(NotifyOnly::SetsPaused), Some(Scope::ConfigurationSet(set))) => {
                Some(Target::Sets(vec![set.clone()]))
            }
            (Self::Notify(NotifyOnly::TenantPaused), Some(Scope::Tenant(arn))) => {
                Some(Target::Tenant(arn.clone()))
            }
            (Self::Notify(_) | Self::Pause(_) | Self::Observe(_) | Self::Nothing, _) => None,
        }
    }

    /// Whether guard decides again while the alarm lasts, after one notice: the counts, the settings
    /// or CloudWatch's list of series, which shows a new one after a quarter of an hour, may change.
    pub fn is_open(&self) -> bool {
        match self {
            Self::Observe(_)
            | Self::Nothing
            | Self::Notify(NotifyOnly::NotProven | NotifyOnly::NoSuchSet | NotifyOnly::Protected) => {
                true
            }
            Self::Pause(_)
            | Self::Notify(
                NotifyOnly::Warning
                | NotifyOnly::NotUnderstood
                | NotifyOnly::ShutDown
                | NotifyOnly::AccountPaused
                | NotifyOnly::SetsPaused
                | NotifyOnly::TenantPaused
                | NotifyOnly::NoSuchTenant
                | NotifyOnly::PauseUnknown,
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
