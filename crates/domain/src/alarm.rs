//! What a CloudWatch alarm's message says, in any of its three shapes.
//!
//! Only name, ARN, state and time are read: the same three shapes carry plain
//! metrics, metric math, composite rules and kinds still to come, and guard
//! reads the alarm itself back before it does anything.

/// An alarm that changed its state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlarmChange {
    /// The alarm's name; may hold any character but control characters.
    pub name: String,
    /// Its ARN, where the message has one.
    pub arn: Option<String>,
    /// The state it went into.
    pub state: AlarmState,
    /// CloudWatch's words on why.
    pub reason: Option<String>,
    /// When, in milliseconds since 1970.
    pub at_millis: Option<i64>,
}

/// State of an alarm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AlarmState {
    /// Within its threshold.
    Ok,
    /// Beyond its threshold.
    Alarm,
    /// Not enough data to tell.
    InsufficientData,
    /// A word this version does not know.
    Unknown(String),
}

impl AlarmState {
    /// The word that CloudWatch uses.
    pub fn name(&self) -> &str {
        match self {
            Self::Ok => "OK",
            Self::Alarm => "ALARM",
            Self::InsufficientData => "INSUFFICIENT_DATA",
            Self::Unknown(word) => word,
        }
    }
}

impl From<&str> for AlarmState {
    fn from(word: &str) -> Self {
        match word {
            "OK" => Self::Ok,
            "ALARM" => Self::Alarm,
            "INSUFFICIENT_DATA" => Self::InsufficientData,
            other => Self::Unknown(other.to_owned()),
        }
    }
}

/// The alarm's name out of its ARN (`arn:aws:cloudwatch:region:account:alarm:name`;
/// a name may itself hold colons).
pub fn name_of_arn(arn: &str) -> Option<&str> {
    let name = arn.splitn(7, ':').nth(6)?;
    (arn.contains(":alarm:") && !name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_hold_colons() {
        let arn = "arn:aws:cloudwatch:eu-central-1:111122223333:alarm:a: b \"c\"";
        assert_eq!(name_of_arn(arn), Some("a: b \"c\""));
        assert_eq!(name_of_arn("arn:aws:sns:eu-central-1:111122223333:topic"), None);
    }
}
