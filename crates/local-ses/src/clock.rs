//! Time as Amazon SES writes it: milliseconds inside, ISO 8601 with `Z` in
//! events, epoch seconds with a fraction in API answers.

use jiff::Timestamp;
use serde_json::Value;

/// Now, in milliseconds since the epoch.
pub(crate) fn now_ms() -> i64 {
    Timestamp::now().as_millisecond()
}

/// `2026-10-06T07:14:02.118Z`.
pub(crate) fn iso(ms: i64) -> String {
    Timestamp::from_millisecond(ms)
        .unwrap_or(Timestamp::UNIX_EPOCH)
        .strftime("%Y-%m-%dT%H:%M:%S%.3fZ")
        .to_string()
}

/// `2026-10-06T07:14:02Z`, as CloudTrail writes it.
pub(crate) fn iso_seconds(ms: i64) -> String {
    Timestamp::from_millisecond(ms)
        .unwrap_or(Timestamp::UNIX_EPOCH)
        .strftime("%Y-%m-%dT%H:%M:%SZ")
        .to_string()
}

/// Epoch seconds as a JSON number with milliseconds.
pub(crate) fn epoch_seconds(ms: i64) -> Value {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of this era fit a double exactly")]
    let seconds = ms as f64 / 1000.0;
    Value::from(seconds)
}

/// Reads a date of a query string: ISO 8601, which is what the SDKs send, or
/// epoch seconds.
pub(crate) fn parse_query_date(text: &str) -> Option<i64> {
    if let Ok(timestamp) = text.parse::<Timestamp>() {
        return Some(timestamp.as_millisecond());
    }
    from_epoch_seconds(text.parse().ok()?)
}

/// Milliseconds of epoch seconds; `None` for what is no time of this era.
pub(crate) fn from_epoch_seconds(seconds: f64) -> Option<i64> {
    if !seconds.is_finite() || seconds.abs() > 1e11 {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "bounded just above")]
    let ms = (seconds * 1000.0).round() as i64;
    Some(ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn event_times_have_milliseconds_and_z() {
        assert_eq!(iso(1_791_270_842_118), "2026-10-06T07:14:02.118Z");
        assert_eq!(iso(1_791_270_842_000), "2026-10-06T07:14:02.000Z");
    }

    #[test]
    fn query_dates_are_read_in_both_forms() {
        for text in ["2026-10-06T07:14:02Z", "1791270842", "1791270842.0"] {
            assert_eq!(parse_query_date(text), Some(1_791_270_842_000), "{text}");
        }
        assert_eq!(parse_query_date("yesterday"), None);
        assert_eq!(parse_query_date("NaN"), None);
    }
}
