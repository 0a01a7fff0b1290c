//! AWS's verdict on the account, and how it changes.

/// Tag on one of the stack's alarms: AWS's last verdict on the account, and since
/// when guard knows it.
pub const TAG_ENFORCEMENT: &str = "ses-warden:enforcement";
/// Tag: the verdict that guard is about to notify of.
pub const TAG_ENFORCEMENT_NOTIFYING: &str = "ses-warden:enforcement-telling";

/// AWS's verdict on an account: EnforcementStatus of GetAccount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EnforcementStatus {
    /// No open problem.
    Healthy,
    /// AWS reviews the account.
    Probation,
    /// AWS has paused sending.
    Shutdown,
    /// A word that this version does not know; only letters, digits and underscores of it.
    Other(String),
}

impl EnforcementStatus {
    /// AWS's word, as notices and tags hold it.
    pub fn name(&self) -> &str {
        match self {
            Self::Healthy => "HEALTHY",
            Self::Probation => "PROBATION",
            Self::Shutdown => "SHUTDOWN",
            Self::Other(word) => word,
        }
    }
}

impl From<&str> for EnforcementStatus {
    fn from(text: &str) -> Self {
        let plain = |c: &char| c.is_ascii_alphanumeric() || *c == '_';
        let word: String = text.chars().filter(plain).take(64).collect();
        match word.as_str() {
            "HEALTHY" => Self::Healthy,
            "PROBATION" => Self::Probation,
            "SHUTDOWN" => Self::Shutdown,
            "" => Self::Other("unknown".to_owned()),
            _ => Self::Other(word),
        }
    }
}

/// A change of AWS's verdict on the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transition {
    /// The verdict before; `None` where guard knew none.
    pub from: Option<EnforcementStatus>,
    /// Since when it was known; empty where there was none.
    pub since: String,
    /// The verdict now.
    pub to: EnforcementStatus,
}

impl Transition {
    /// The same for a notice that a crash repeats, another for each transition.
    pub fn id(&self) -> String {
        let from = self.from.as_ref().map_or("unknown", EnforcementStatus::name);
        format!("enforcement/{from}/{}@{}", self.to.name(), self.since)
    }
}

/// Compares the verdict with what the tag says (`PROBATION 2026-10-06T07:15:00Z`).
/// HEALTHY is no transition where the tag says nothing yet.
pub fn transition(tag: Option<&str>, status: &EnforcementStatus) -> Option<Transition> {
    let (from, since) = tag.and_then(|tag| tag.split_once(' ')).unzip();
    let from = from.map(EnforcementStatus::from);
    let changed = *status != *from.as_ref().unwrap_or(&EnforcementStatus::Healthy);
    changed.then(|| Transition {
        from,
        since: since.unwrap_or_default().to_owned(),
        to: status.clone(),
    })
}

/// The tag's value.
pub fn enforcement_tag(status: &EnforcementStatus, at: &str) -> String {
    format!("{} {at}", status.name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_change_of_the_verdict_is_a_transition() {
        use EnforcementStatus::{Healthy, Probation, Shutdown};
        assert_eq!(transition(None, &Healthy), None);
        assert_eq!(transition(None, &Probation).unwrap().from, None);
        let tag = enforcement_tag(&Healthy, "2026-10-06T07:15:00Z");
        assert_eq!(transition(Some(&tag), &Healthy), None);
        let down = transition(Some(&tag), &Shutdown).unwrap();
        assert_eq!(down.id(), "enforcement/HEALTHY/SHUTDOWN@2026-10-06T07:15:00Z");
        let tag = enforcement_tag(&Shutdown, "2026-10-07T07:15:00Z");
        assert_eq!(transition(Some(&tag), &Healthy).unwrap().to, Healthy);
        // A word still to come, with what a tag cannot hold.
        let on_hold = EnforcementStatus::from("ON HOLD!");
        let tag = enforcement_tag(&on_hold, "t");
        assert_eq!((tag.as_str(), transition(Some(&tag), &on_hold)), ("ONHOLD t", None));
    }
}
