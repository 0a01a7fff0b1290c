//! The alarms of one configuration set, on the rates that SES itself publishes.

use std::collections::BTreeMap;

use warden_aws::operator::{AlarmQuery, AlarmRule, QuerySource};
use warden_domain::guard::{Measure, Severity};

use super::super::subject::Subject;
use super::definition::{AlarmSettings, WantedAlarm, set_prefix};

/// The rates at which alarms of sets go into ALARM, as fractions, and the alarms' period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SetThresholds {
    /// Bounce rate of `warn`.
    pub bounce_warn: f64,
    /// Bounce rate of `critical`.
    pub bounce_critical: f64,
    /// Complaint rate of `warn`.
    pub complaint_warn: f64,
    /// Complaint rate of `critical`.
    pub complaint_critical: f64,
    /// Period in seconds.
    pub period: i32,
}

impl SetThresholds {
    fn threshold(&self, measure: Measure, severity: Severity) -> f64 {
        match (measure, severity) {
            (Measure::Bounce, Severity::Warn) => self.bounce_warn,
            (Measure::Bounce, Severity::Critical) => self.bounce_critical,
            (Measure::Complaint, Severity::Warn) => self.complaint_warn,
            (Measure::Complaint, Severity::Critical) => self.complaint_critical,
        }
    }
}

impl WantedAlarm {
    /// The alarm of one configuration set, measure and severity:
    /// `<prefix>configuration-set/<set>/<measure>/<severity>`.
    ///
    /// It compares the rate that SES publishes for the set (namespace `AWS/SES`), which needs the
    /// set's reputation metrics. SES publishes it only after mail was sent, so that missing data
    /// leave the alarm in its state.
    pub fn of_set(
        settings: &AlarmSettings,
        thresholds: &SetThresholds,
        set: &str,
        measure: Measure,
        severity: Severity,
    ) -> Self {
        let (metric, noun) = match measure {
            Measure::Bounce => ("Reputation.BounceRate", "Bounce rate"),
            Measure::Complaint => ("Reputation.ComplaintRate", "Complaint rate"),
        };
        let does = match severity {
            Severity::Warn => "notifies operators",
            Severity::Critical => "pauses the set",
        };
        Self {
            name: format!(
                "{}{set}/{}/{}",
                set_prefix(&settings.prefix),
                measure.name(),
                severity.name()
            ),
            subject: Subject::Set(set.to_owned()),
            measure,
            severity,
            window: None,
            rule: AlarmRule {
                description: format!(
                    "{noun} of configuration set {set}. guard {does}. Made by ses-warden connect; \
                     changes by hand are undone."
                ),
                queries: vec![AlarmQuery {
                    id: String::new(),
                    returned: true,
                    period: None,
                    account: None,
                    source: QuerySource::Metric {
                        namespace: "AWS/SES".to_owned(),
                        name: metric.to_owned(),
                        dimensions: [("ses:configuration-set".to_owned(), set.to_owned())].into(),
                        statistic: "Maximum".to_owned(),
                        period: thresholds.period,
                        unit: None,
                    },
                }],
                comparison: "GreaterThanOrEqualToThreshold".to_owned(),
                threshold: thresholds.threshold(measure, severity),
                periods: 1,
                datapoints: 1,
                missing_data: "ignore".to_owned(),
                actions: vec![settings.topic.clone()],
                calm_actions: Vec::new(),
                further: BTreeMap::new(),
            },
        }
    }
}
