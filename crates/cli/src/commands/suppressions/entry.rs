//! An entry of a list as the commands print it, and filters for listings.

use anyhow::bail;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use warden_aws::{ListFilter, ListedAddress};
use warden_domain::suppression::SuppressionReason;

use crate::frame::output::OutputRecord;

/// An entry of a list. The names are those of SES's API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Entry {
    pub(super) email_address: String,
    pub(super) reason: String,
    /// RFC 3339, UTC.
    pub(super) last_update_time: String,
}

impl From<ListedAddress> for Entry {
    fn from(listed: ListedAddress) -> Self {
        Self {
            email_address: listed.address.into_exposed(),
            reason: listed.reason,
            last_update_time: time(listed.updated_ms),
        }
    }
}

impl OutputRecord for Entry {
    const COLUMNS: &'static [(&'static str, usize)] =
        &[("EmailAddress", 0), ("Reason", 9), ("LastUpdateTime", 24)];

    fn cells(&self) -> Vec<String> {
        vec![self.email_address.clone(), self.reason.clone(), self.last_update_time.clone()]
    }
}

/// `2021-04-30T15:43:01Z`, with milliseconds only where there are any.
pub(super) fn time(millis: i64) -> String {
    if millis % 1_000 != 0 {
        return warden_domain::time::iso_millis(millis);
    }
    Timestamp::from_millisecond(millis).map(|time| time.to_string()).unwrap_or_default()
}

/// SES's word for a reason, as an option takes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize, Deserialize)]
#[value(rename_all = "UPPER")]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum ReasonOption {
    Bounce,
    Complaint,
}

impl From<ReasonOption> for SuppressionReason {
    fn from(word: ReasonOption) -> Self {
        match word {
            ReasonOption::Bounce => Self::Bounce,
            ReasonOption::Complaint => Self::Complaint,
        }
    }
}

impl ReasonOption {
    pub(super) fn code(self) -> &'static str {
        SuppressionReason::from(self).code()
    }
}

/// Which entries a listing is about.
#[derive(Debug, Clone, Default, PartialEq, Eq, clap::Args, Serialize, Deserialize)]
pub(super) struct FilterOptions {
    /// Only entries of this reason
    #[arg(long, value_enum, ignore_case = true)]
    reason: Option<ReasonOption>,

    /// Only entries listed at this day or time (UTC) or later, as 2026-11-01 or 2026-11-01T06:00:00Z
    #[arg(long, value_name = "TIME")]
    since: Option<String>,

    /// Only entries listed at this day or time (UTC) or earlier
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
}

impl FilterOptions {
    /// The filter of a listing.
    ///
    /// # Errors
    /// When a day or time is none.
    pub(super) fn filter(&self, tenant: Option<&str>) -> anyhow::Result<ListFilter> {
        let since = self.since.as_deref().map(|text| seconds(text, false)).transpose()?;
        let until = self.until.as_deref().map(|text| seconds(text, true)).transpose()?;
        if let (Some(since), Some(until)) = (since, until)
            && since > until
        {
            bail!("--since is later than --until, so no entry can lie between them");
        }
        let (tenant, reason) =
            (tenant.map(str::to_owned), self.reason.map(SuppressionReason::from));
        Ok(ListFilter { tenant, reason, since, until })
    }
}

/// Seconds since 1970 of a time, or of the beginning or the end of a day.
fn seconds(text: &str, is_end: bool) -> anyhow::Result<i64> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(time.as_second());
    }
    let Ok(day) = text.parse::<Date>() else {
        bail!("{text} is no day or time; write 2026-11-01 or 2026-11-01T06:00:00Z");
    };
    let begin = day.to_zoned(TimeZone::UTC)?.timestamp().as_second();
    Ok(if is_end { begin + 86_399 } else { begin })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_times_are_utc() {
        assert_eq!(seconds("1970-01-02", false).unwrap(), 86_400);
        assert_eq!(seconds("1970-01-02", true).unwrap(), 2 * 86_400 - 1);
        assert_eq!(seconds("1970-01-01T01:00:00Z", true).unwrap(), 3_600);
        assert_eq!(seconds("1970-01-01T01:00:00+01:00", false).unwrap(), 0);
        assert!(seconds("yesterday", false).is_err());
    }

    #[test]
    fn times_have_a_fraction_only_where_there_is_one() {
        assert_eq!(time(1_619_797_381_000), "2021-04-30T15:43:01Z");
        assert_eq!(time(1_619_797_381_250), "2021-04-30T15:43:01.250Z");
    }
}
