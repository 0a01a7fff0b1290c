//! The Wilson score interval.

/// Lower bound of the Wilson score interval of `events` in `total` trials.
///
/// Never NaN: between 0 and the rate. Events above `total` count as `total`; no
/// trials, or a `z` that is no positive finite number, prove nothing and give 0.
pub fn wilson_lower_bound(events: u64, total: u64, z: f64) -> f64 {
    if total == 0 || !z.is_finite() || z <= 0.0 {
        return 0.0;
    }
    let n = total as f64;
    let k = events.min(total) as f64;
    let z2 = z * z;
    let bound = (k + z2 / 2.0 - z * (k * (n - k) / n + z2 / 4.0).sqrt()) / (n + z2);
    // An enormous z overflows to NaN, and both comparisons make 0 of that.
    bound.max(0.0).min(k / n)
}
