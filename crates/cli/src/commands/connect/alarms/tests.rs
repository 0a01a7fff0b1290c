//! Helpers that the tests of this folder share.

use std::collections::BTreeSet;

use warden_aws::operator::DefinedAlarm;
use warden_domain::guard::{Measure, Severity};

use super::definition::{AlarmSettings, AlarmWindow, WantedAlarm};
use super::plan::{AlarmChoice, ChosenScope};
use super::set_definition::SetThresholds;

pub(crate) fn setting() -> AlarmSettings {
    AlarmSettings {
        prefix: "mail/".into(),
        namespace: "SesWarden".into(),
        topic: "arn:aws:sns:x:1:alarms".into(),
    }
}

pub(crate) fn thresholds() -> SetThresholds {
    SetThresholds {
        bounce_warn: 0.02,
        bounce_critical: 0.04,
        complaint_warn: 0.0004,
        complaint_critical: 0.0008,
        period: 900,
    }
}

pub(crate) fn named(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// Returns options for all alarms of the given domains, or of all domains.
pub(crate) fn choice(domains: &[&str]) -> AlarmChoice {
    AlarmChoice {
        measures: vec![Measure::Bounce, Measure::Complaint],
        severities: vec![Severity::Warn, Severity::Critical],
        windows: vec![AlarmWindow::Fast, AlarmWindow::Slow],
        scope: ChosenScope { domains: named(domains), ..ChosenScope::default() },
    }
}

/// Returns the alarm as CloudWatch stores it after it is created.
pub(crate) fn made(definition: &WantedAlarm) -> DefinedAlarm {
    DefinedAlarm {
        arn: format!("arn:{}", definition.name),
        name: definition.name.clone(),
        rule: Some(definition.rule.clone()),
        is_composite: false,
        actions_enabled: true,
        tags: WantedAlarm::tags(),
    }
}
