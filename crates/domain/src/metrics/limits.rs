//! What one call of PutMetricData holds.

/// What one PutMetricData may hold (its API reference, read in 2026: 1,000 metrics,
/// 1 MB before compression, 150 different values a datum).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Data in a call.
    pub data: usize,
    /// Bytes of a call before compression, by an estimate that is never too low.
    pub bytes: usize,
    /// Different values of a datum.
    pub values: usize,
}

impl Limits {
    /// CloudWatch's, with room for the call's own fields.
    pub const CLOUDWATCH: Self = Self { data: 1000, bytes: 960 * 1024, values: 150 };
}
