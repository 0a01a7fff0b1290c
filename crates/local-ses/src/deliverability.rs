//! What the Virtual Deliverability Manager counts: mail by day, sender and mailbox provider.

use std::collections::BTreeMap;

use crate::events::EventType;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// The metrics that can be asked for. Those of deliveries that could be tracked stay empty here.
pub(crate) const METRICS: [&str; 10] = [
    "SEND",
    "COMPLAINT",
    "PERMANENT_BOUNCE",
    "TRANSIENT_BOUNCE",
    "OPEN",
    "CLICK",
    "DELIVERY",
    "DELIVERY_OPEN",
    "DELIVERY_CLICK",
    "DELIVERY_COMPLAINT",
];

/// Who sent a mail, and to which mailbox provider.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Labels {
    pub(crate) identity: String,
    pub(crate) configuration_set: String,
    pub(crate) isp: &'static str,
    pub(crate) tenant: String,
}

impl Labels {
    /// The value of a dimension; `None` for one that the API does not have.
    pub(crate) fn dimension(&self, name: &str) -> Option<&str> {
        match name {
            "EMAIL_IDENTITY" => Some(&self.identity),
            "CONFIGURATION_SET" => Some(&self.configuration_set),
            "ISP" => Some(self.isp),
            "TENANT_NAME" => Some(&self.tenant),
            _ => None,
        }
    }
}

/// The provider of an address, by its domain. AWS does not publish its list of names.
pub(crate) fn isp(domain: &str) -> &'static str {
    match domain.to_ascii_lowercase().as_str() {
        "gmail.com" | "googlemail.com" => "Gmail",
        "hotmail.com" | "outlook.com" | "live.com" | "msn.com" => "Hotmail",
        "yahoo.com" | "aol.com" | "ymail.com" => "Yahoo",
        "icloud.com" | "me.com" | "mac.com" => "Icloud",
        _ => "UNKNOWN_ISP",
    }
}

/// The counts, by day in milliseconds since the epoch.
#[derive(Debug, Default)]
pub(crate) struct Deliverability(BTreeMap<(i64, &'static str, Labels), u64>);

impl Deliverability {
    /// Counts an event of a mail with one recipient; those that have no metric are left out.
    pub(crate) fn record(
        &mut self,
        event_type: EventType,
        is_permanent: bool,
        labels: &Labels,
        now_ms: i64,
    ) {
        let metric = match event_type {
            EventType::Send => "SEND",
            EventType::Delivery => "DELIVERY",
            EventType::Bounce if is_permanent => "PERMANENT_BOUNCE",
            EventType::Bounce => "TRANSIENT_BOUNCE",
            EventType::Complaint => "COMPLAINT",
            EventType::Open => "OPEN",
            EventType::Click => "CLICK",
            EventType::Reject | EventType::RenderingFailure | EventType::DeliveryDelay => return,
        };
        let day = now_ms - now_ms.rem_euclid(DAY_MS);
        *self.0.entry((day, metric, labels.clone())).or_default() += 1;
    }

    /// The sums of a metric for each day that begins in the period and has any.
    pub(crate) fn daily(
        &self,
        metric: &str,
        from_ms: i64,
        to_ms: i64,
        matches: impl Fn(&Labels) -> bool,
    ) -> BTreeMap<i64, u64> {
        let mut days = BTreeMap::new();
        for ((day, name, labels), count) in &self.0 {
            if *name == metric && (from_ms..=to_ms).contains(day) && matches(labels) {
                *days.entry(*day).or_default() += count;
            }
        }
        days
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_summed_by_day_and_label() {
        let labels = |isp| Labels {
            identity: "example.org".to_owned(),
            configuration_set: "news".to_owned(),
            isp,
            tenant: String::new(),
        };
        let mut counts = Deliverability::default();
        for now_ms in [0, 5, DAY_MS + 1] {
            counts.record(EventType::Bounce, true, &labels("Gmail"), now_ms);
        }
        counts.record(EventType::Bounce, false, &labels("Gmail"), 0);
        counts.record(EventType::Bounce, true, &labels("Yahoo"), 0);
        counts.record(EventType::Reject, false, &labels("Yahoo"), 0);
        let gmail = |labels: &Labels| labels.dimension("ISP") == Some("Gmail");
        let days = counts.daily("PERMANENT_BOUNCE", 0, 2 * DAY_MS, gmail);
        assert_eq!(days, BTreeMap::from([(0, 2), (DAY_MS, 1)]));
        assert_eq!(counts.daily("PERMANENT_BOUNCE", 1, 2, gmail), BTreeMap::new());
        assert_eq!(counts.daily("TRANSIENT_BOUNCE", 0, 0, |_| true), BTreeMap::from([(0, 1)]));
    }
}
