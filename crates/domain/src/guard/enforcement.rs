//! AWS's verdict on the account, and how it changes.

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

/// Compares the verdict with the last one that guard knew, and since when. HEALTHY is no transition
/// where guard knew none.
pub fn transition(
    known: Option<(&EnforcementStatus, &str)>,
    status: &EnforcementStatus,
) -> Option<Transition> {
    let changed = status != known.map_or(&EnforcementStatus::Healthy, |(status, _)| status);
    changed.then(|| Transition {
        from: known.map(|(status, _)| status.clone()),
        since: known.map(|(_, since)| since.to_owned()).unwrap_or_default(),
        to: status.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_change_of_the_verdict_is_a_transition() {
        use EnforcementStatus::{Healthy, Probation, Shutdown};
        assert_eq!(transition(None, &Healthy), None);
        assert_eq!(transition(None, &Probation).unwrap().from, None);
        assert_eq!(transition(Some((&Healthy, "t")), &Healthy), None);
        let down = transition(Some((&Healthy, "2026-10-06T07:15:00Z")), &Shutdown).unwrap();
        assert_eq!(down.id(), "enforcement/HEALTHY/SHUTDOWN@2026-10-06T07:15:00Z");
        assert_eq!(transition(Some((&Shutdown, "t")), &Healthy).unwrap().to, Healthy);
        // A word still to come, with what an id cannot hold.
        let on_hold = EnforcementStatus::from("ON HOLD!");
        let known = EnforcementStatus::from(on_hold.name());
        assert_eq!(transition(Some((&known, "t")), &on_hold), None);
    }
}
