//! Durations in buckets, so that a minute's worth of them fits into few data.
//!
//! CloudWatch keeps percentiles only of values that are sent as they are, as
//! `Values` with `Counts`, at most 150 different ones in a datum. So durations are
//! rounded to the middle of logarithmic buckets: what is written differs from what
//! was measured by at most [`RELATIVE_ERROR`] of it, and 150 buckets span a factor
//! of 400, such as a quarter of a second to a hundred seconds. A minute with a wider
//! span takes a second datum.

/// The most that a written duration differs from the measured one, as a part of
/// the measured one.
pub const RELATIVE_ERROR: f64 = 0.02;

/// Upper edge of a bucket by the upper edge of the one below.
const GROWTH: f64 = (1.0 + RELATIVE_ERROR) / (1.0 - RELATIVE_ERROR);

/// A range of durations that are written alike. Bucket 0 is zero itself, bucket
/// `n` reaches from `GROWTH^(n-2)` to `GROWTH^(n-1)` milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DurationBucket(u16);

impl DurationBucket {
    /// The bucket of a duration in milliseconds.
    pub fn of_millis(millis: u64) -> Self {
        if millis == 0 {
            return Self(0);
        }
        #[expect(
            clippy::cast_precision_loss,
            reason = "an error of 2^-53 is none beside that of a bucket"
        )]
        let exponent = ((millis as f64).ln() / GROWTH.ln()).ceil();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "ln(2^64) / ln(GROWTH) is 1,109"
        )]
        let index = exponent as u16;
        Self(index + 1)
    }

    /// What is written, in milliseconds.
    pub fn millis(self) -> f64 {
        match self.0 {
            0 => 0.0,
            n => GROWTH.powi(i32::from(n) - 1) * 2.0 / (GROWTH + 1.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    /// Rounding of floating-point numbers themselves.
    const ROUNDING: f64 = 1e-9;

    fn relative_error(millis: u64) -> f64 {
        let written = DurationBucket::of_millis(millis).millis();
        (written - millis as f64).abs() / millis as f64
    }

    proptest! {
        #[test]
        fn no_duration_is_off_by_more_than_the_stated_error(millis in prop_oneof![1..200_000_u64, 1..u64::MAX]) {
            prop_assert!(relative_error(millis) <= RELATIVE_ERROR + ROUNDING, "{millis}: {}", relative_error(millis));
        }

        #[test]
        fn longer_never_lands_in_a_lower_bucket(a in 0..10_000_000_u64, b in 0..10_000_000_u64) {
            prop_assert!(DurationBucket::of_millis(a.min(b)) <= DurationBucket::of_millis(a.max(b)));
        }
    }

    #[test]
    fn every_duration_below_ten_seconds_keeps_the_error() {
        assert!((1..10_000).all(|millis| relative_error(millis) <= RELATIVE_ERROR + ROUNDING));
        assert!(
            (1..10_000).any(|millis| relative_error(millis) > RELATIVE_ERROR / 2.0),
            "or the error is overstated"
        );
    }

    #[test]
    fn nothing_is_nothing() {
        assert!(DurationBucket::of_millis(0).millis().abs() < f64::MIN_POSITIVE);
    }

    #[test]
    fn one_datum_spans_a_quarter_of_a_second_to_a_hundred_seconds() {
        let buckets: BTreeSet<DurationBucket> =
            (250..=100_000).map(DurationBucket::of_millis).collect();
        assert!(buckets.len() <= 150, "{}", buckets.len());
        assert!(buckets.len() > 140, "finer buckets would fit: {}", buckets.len());
    }
}
