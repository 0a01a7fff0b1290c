//! The time stamps that AWS writes into payloads.

use jiff::Timestamp;
use jiff::civil::DateTime;

/// Seconds since 1970 of an ISO 8601 time stamp.
///
/// Besides the regular form it reads what real payloads hold: an offset without
/// a colon, a space before the offset, and no offset at all (taken as UTC).
/// `None` for anything else.
pub fn epoch_seconds(text: &str) -> Option<i64> {
    epoch_millis(text).map(|ms| ms.div_euclid(1000))
}

/// Milliseconds since 1970, of the same forms as [`epoch_seconds`].
pub fn epoch_millis(text: &str) -> Option<i64> {
    let text = text.trim();
    if text.len() > 64 {
        return None;
    }
    if let Ok(stamp) = text.parse::<Timestamp>() {
        return Some(stamp.as_millisecond());
    }
    let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    if let Ok(stamp) = compact.parse::<Timestamp>() {
        return Some(stamp.as_millisecond());
    }
    let civil: DateTime = compact.parse().ok()?;
    civil.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|z| z.timestamp().as_millisecond())
}

/// `2026-10-06T07:15:12.345Z` of milliseconds since 1970; an empty text for a
/// number outside the calendar.
pub fn iso_millis(millis: i64) -> String {
    Timestamp::from_millisecond(millis).map(|t| format!("{t:.3}")).unwrap_or_default()
}

/// `2026-10-06` (UTC) of milliseconds since 1970; an empty text for a number outside
/// the calendar.
pub fn day(millis: u64) -> String {
    let stamp =
        i64::try_from(millis).ok().and_then(|millis| Timestamp::from_millisecond(millis).ok());
    stamp.map(|stamp| stamp.strftime("%Y-%m-%d").to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_forms_of_real_payloads() {
        let cases = [
            ("2018-10-08T14:05:45.123Z", Some(1_539_007_545_123)),
            ("2018-10-08T14:05:45 +0000", Some(1_539_007_545_000)),
            ("2018-10-08T14:05:45.000+0000", Some(1_539_007_545_000)),
            ("2018-10-08T09:05:45-05:00", Some(1_539_007_545_000)),
            ("2018-10-08T14:05:45", Some(1_539_007_545_000)),
            ("yesterday", None),
            ("", None),
            ("2018-13-45T99:99:99Z", None),
        ];
        for (text, expected) in cases {
            assert_eq!(epoch_millis(text), expected, "{text}");
        }
        assert_eq!(epoch_seconds("1969-12-31T23:59:59.500Z"), Some(-1));
    }

    #[test]
    fn writes_what_it_reads() {
        assert_eq!(iso_millis(1_539_007_545_123), "2018-10-08T14:05:45.123Z");
        assert_eq!(iso_millis(i64::MAX), "");
    }
}
