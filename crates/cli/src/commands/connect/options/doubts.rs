//! Thresholds that make no sense together.

use super::ConnectOptions;

impl ConnectOptions {
    /// Returns a sentence for each measure whose alarms of sets would pause before they warn.
    pub(in super::super) fn doubts(&self) -> Vec<String> {
        [
            ("bounce", self.set_bounce_warn, self.set_bounce_critical),
            ("complaint", self.set_complaint_warn, self.set_complaint_critical),
        ]
        .into_iter()
        .filter(|(_, warn, critical)| warn > critical)
        .map(|(measure, warn, critical)| {
            format!(
                "--set-{measure}-warn {warn} is above --set-{measure}-critical {critical}: guard would \
                 pause a set before anybody is warned"
            )
        })
        .collect()
    }
}
