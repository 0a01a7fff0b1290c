//! What guard does about an alarm that is in ALARM.
//!
//! guard is level-triggered: whatever wakes it, it reads the alarms back and asks
//! [`decide`] about each whose episode is not handled yet. An episode begins when
//! the alarm goes into ALARM; a tag on the alarm says which one was handled last,
//! so that an operator's resume is not undone by the episode that led to the pause.

pub mod confidence;

use std::collections::BTreeMap;

use crate::alarm::AlarmState;
use crate::envelope::Reading;
use crate::outcome::Ignored;

/// Tag that says what an alarm watches: `account`, `configuration-set` or `domain`.
pub const TAG_SCOPE: &str = "ses-warden:scope";
/// Tag with the name of the configuration set or domain.
pub const TAG_TARGET: &str = "ses-warden:target";
/// Tag that says what is measured: `bounce` or `complaint`.
pub const TAG_MEASURE: &str = "ses-warden:measure";
/// Tag that says what to do: `warn` tells, `critical` pauses.
pub const TAG_SEVERITY: &str = "ses-warden:severity";
/// Tag that guard writes: the time stamp of the episode it handled last.
pub const TAG_HANDLED: &str = "ses-warden:handled";

/// What an alarm watches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// The whole account in this Region.
    Account,
    /// One configuration set.
    ConfigurationSet(String),
    /// One sender domain, whichever sets carry its mail.
    Domain(String),
}

impl Scope {
    /// The tag's word.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::ConfigurationSet(_) => "configuration-set",
            Self::Domain(_) => "domain",
        }
    }

    /// The set's or domain's name; `all` for the account.
    pub fn target(&self) -> &str {
        match self {
            Self::Account => "all",
            Self::ConfigurationSet(name) | Self::Domain(name) => name,
        }
    }
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Hard bounces over sends.
    Bounce,
    /// Complaints over sends.
    Complaint,
}

impl Measure {
    /// The tag's word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bounce => "bounce",
            Self::Complaint => "complaint",
        }
    }
}

/// What an alarm asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// Tell people.
    Warn,
    /// Pause, and tell people.
    Critical,
}

impl Severity {
    /// The tag's word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Warn => "warn",
            Self::Critical => "critical",
        }
    }
}

/// What an alarm's tags say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// What it watches.
    pub scope: Scope,
    /// What it measures.
    pub measure: Measure,
    /// What it asks for.
    pub severity: Severity,
}

impl Label {
    /// Reads the tags; `None` where one is missing or holds another word. An alarm
    /// without a full label is told about and never pauses anything.
    pub fn from_tags(tags: &BTreeMap<String, String>) -> Option<Self> {
        let target = || tags.get(TAG_TARGET).filter(|t| !t.is_empty()).cloned();
        let scope = match tags.get(TAG_SCOPE)?.as_str() {
            "account" => Scope::Account,
            "configuration-set" => Scope::ConfigurationSet(target()?),
            "domain" => Scope::Domain(target()?),
            _ => return None,
        };
        let measure = match tags.get(TAG_MEASURE)?.as_str() {
            "bounce" => Measure::Bounce,
            "complaint" => Measure::Complaint,
            _ => return None,
        };
        let severity = match tags.get(TAG_SEVERITY)?.as_str() {
            "warn" => Severity::Warn,
            "critical" => Severity::Critical,
            _ => return None,
        };
        Some(Self { scope, measure, severity })
    }
}

/// In which order alarms that are in ALARM together are handled: the narrow pause
/// before the wide one, pauses before warnings.
pub fn rank(label: Option<&Label>) -> u8 {
    match label {
        Some(Label { severity: Severity::Critical, scope: Scope::ConfigurationSet(_) | Scope::Domain(_), .. }) => 0,
        Some(Label { severity: Severity::Critical, scope: Scope::Account, .. }) => 1,
        Some(Label { severity: Severity::Warn, .. }) => 2,
        None => 3,
    }
}

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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Situation {
    /// Whether the account sends (`SendingEnabled` of GetAccount).
    pub account_sending_enabled: bool,
    /// AWS's verdict on the account: HEALTHY, PROBATION, SHUTDOWN, or a word still
    /// to come.
    pub enforcement_status: String,
    /// The configuration sets that the alarm concerns: the one it names, or those
    /// that carried the domain's mail. Empty for the account.
    pub sets: Vec<SetState>,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Only tell, and why nothing is paused.
    Tell(TellOnly),
    /// Pause these configuration sets.
    PauseSets(Vec<String>),
    /// Pause the account.
    PauseAccount,
}

/// Why nothing is paused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TellOnly {
    /// The alarm asks for no more.
    Warning,
    /// Its tags do not say what it watches.
    Unlabelled,
    /// guard only observes, by setting.
    Observing,
    /// AWS has shut the account down.
    ShutDown,
    /// The account is paused already.
    AccountPaused,
    /// All the sets concerned are paused already.
    SetsPaused,
    /// All the sets that still send are protected.
    Protected,
    /// No configuration set carried the mail, or none of that name exists.
    NoSuchSet,
}

impl TellOnly {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Unlabelled => "unlabelled",
            Self::Observing => "observing",
            Self::ShutDown => "shut_down",
            Self::AccountPaused => "account_paused",
            Self::SetsPaused => "sets_paused",
            Self::Protected => "protected",
            Self::NoSuchSet => "no_such_set",
        }
    }
}

/// Decides about one alarm that is in ALARM and whose episode is not handled.
///
/// Never asks to resume anything, and never to pause what is paused already: a
/// pause by AWS or by a person stays theirs.
pub fn decide(label: Option<&Label>, situation: &Situation, settings: &Settings) -> Action {
    let Some(label) = label else {
        return Action::Tell(TellOnly::Unlabelled);
    };
    if label.severity == Severity::Warn {
        return Action::Tell(TellOnly::Warning);
    }
    if situation.enforcement_status == "SHUTDOWN" {
        return Action::Tell(TellOnly::ShutDown);
    }
    if !situation.account_sending_enabled {
        return Action::Tell(TellOnly::AccountPaused);
    }
    let wanted = match &label.scope {
        Scope::Account => Action::PauseAccount,
        Scope::ConfigurationSet(_) | Scope::Domain(_) => {
            let existing = || situation.sets.iter().filter(|set| set.sending_enabled.is_some());
            let sending = || existing().filter(|set| set.sending_enabled == Some(true));
            let open: Vec<String> =
                sending().map(|set| set.name.clone()).filter(|name| !settings.protected_sets.contains(name)).collect();
            if existing().next().is_none() {
                return Action::Tell(TellOnly::NoSuchSet);
            }
            if sending().next().is_none() {
                return Action::Tell(TellOnly::SetsPaused);
            }
            if open.is_empty() {
                return Action::Tell(TellOnly::Protected);
            }
            Action::PauseSets(open)
        }
    };
    match settings.mode {
        Mode::Act => wanted,
        Mode::Observe => Action::Tell(TellOnly::Observing),
    }
}

/// Whether a message is a reason to look at the alarms, or why not.
///
/// # Errors
/// The reason why there is nothing to look for.
pub fn is_trigger(reading: &Reading) -> Result<(), Ignored> {
    match reading {
        Reading::Alarm(alarm) => match alarm.state {
            AlarmState::Alarm => Ok(()),
            AlarmState::Ok | AlarmState::InsufficientData => Err(Ignored::AlarmNotRaised),
            AlarmState::Unknown(_) => Err(Ignored::UnknownAlarmState),
        },
        // The schedule, and whatever else wakes the function: looking harms nothing.
        Reading::Ignored(Ignored::OtherSource | Ignored::AccountNotice) => Ok(()),
        Reading::Ignored(reason) => Err(*reason),
        Reading::Event(_) => Err(Ignored::OtherEvent),
        // Broken, but somebody rang: an alarm that cannot be read is looked at too.
        Reading::Broken(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(scope: &str, target: &str, severity: &str) -> BTreeMap<String, String> {
        [(TAG_SCOPE, scope), (TAG_TARGET, target), (TAG_MEASURE, "bounce"), (TAG_SEVERITY, severity)]
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .into()
    }

    fn situation(sets: &[(&str, Option<bool>)]) -> Situation {
        Situation {
            account_sending_enabled: true,
            enforcement_status: "HEALTHY".into(),
            sets: sets.iter().map(|(n, s)| SetState { name: (*n).to_owned(), sending_enabled: *s }).collect(),
        }
    }

    fn label(scope: &str, target: &str, severity: &str) -> Label {
        Label::from_tags(&tags(scope, target, severity)).unwrap()
    }

    #[test]
    fn labels_are_read_whole_or_not_at_all() {
        assert_eq!(label("domain", "example.com", "warn").scope, Scope::Domain("example.com".into()));
        for broken in [tags("galaxy", "x", "warn"), tags("domain", "", "warn"), tags("account", "all", "panic")] {
            assert_eq!(Label::from_tags(&broken), None, "{broken:?}");
        }
        for key in [TAG_SCOPE, TAG_MEASURE, TAG_SEVERITY] {
            let mut some = tags("account", "all", "warn");
            some.remove(key);
            assert_eq!(Label::from_tags(&some), None, "without {key}");
        }
    }

    #[test]
    fn the_ladder() {
        let settings = Settings { mode: Mode::Act, protected_sets: vec!["password-reset".into()] };
        let set = label("configuration-set", "marketing", "critical");
        let domain = label("domain", "news.example.org", "critical");
        let account = label("account", "all", "critical");
        let pause = |names: &[&str]| Action::PauseSets(names.iter().map(|n| (*n).to_owned()).collect());
        let tell = Action::Tell;
        let cases = [
            ("set", &set, situation(&[("marketing", Some(true))]), pause(&["marketing"])),
            ("set already paused", &set, situation(&[("marketing", Some(false))]), tell(TellOnly::SetsPaused)),
            ("set gone", &set, situation(&[("marketing", None)]), tell(TellOnly::NoSuchSet)),
            ("protected", &domain, situation(&[("password-reset", Some(true))]), tell(TellOnly::Protected)),
            (
                "a domain's sets",
                &domain,
                situation(&[("a", Some(true)), ("b", Some(false)), ("password-reset", Some(true))]),
                pause(&["a"]),
            ),
            ("domain without set", &domain, situation(&[]), tell(TellOnly::NoSuchSet)),
            ("account", &account, situation(&[]), Action::PauseAccount),
            (
                "account paused by somebody",
                &account,
                Situation { account_sending_enabled: false, ..situation(&[]) },
                tell(TellOnly::AccountPaused),
            ),
            (
                "account paused, set alarm",
                &set,
                Situation { account_sending_enabled: false, ..situation(&[("marketing", Some(true))]) },
                tell(TellOnly::AccountPaused),
            ),
            (
                "shut down by AWS",
                &account,
                Situation { enforcement_status: "SHUTDOWN".into(), ..situation(&[]) },
                tell(TellOnly::ShutDown),
            ),
            (
                "under review is no reason to hold back",
                &account,
                Situation { enforcement_status: "PROBATION".into(), ..situation(&[]) },
                Action::PauseAccount,
            ),
        ];
        for (name, label, situation, expected) in cases {
            assert_eq!(decide(Some(label), &situation, &settings), expected, "{name}");
        }
    }

    #[test]
    fn the_narrow_pause_comes_first() {
        let mut order = [
            None,
            Some(label("account", "all", "warn")),
            Some(label("account", "all", "critical")),
            Some(label("configuration-set", "marketing", "critical")),
        ];
        order.sort_by_key(|label| rank(label.as_ref()));
        let scopes: Vec<_> = order.iter().map(|l| l.as_ref().map(|l| (l.scope.name(), l.severity))).collect();
        assert_eq!(
            scopes,
            [
                Some(("configuration-set", Severity::Critical)),
                Some(("account", Severity::Critical)),
                Some(("account", Severity::Warn)),
                None,
            ]
        );
    }

    #[test]
    fn warnings_unlabelled_alarms_and_observing_change_nothing() {
        let settings = Settings::default();
        let warn = label("account", "all", "warn");
        assert_eq!(decide(Some(&warn), &situation(&[]), &settings), Action::Tell(TellOnly::Warning));
        assert_eq!(decide(None, &situation(&[]), &settings), Action::Tell(TellOnly::Unlabelled));
        let observing = Settings { mode: Mode::Observe, ..Settings::default() };
        let critical = label("account", "all", "critical");
        assert_eq!(decide(Some(&critical), &situation(&[]), &observing), Action::Tell(TellOnly::Observing));
    }
}
