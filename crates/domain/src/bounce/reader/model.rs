//! The weights of the second reader, read in place from a data file.
//!
//! The file holds, in little-endian order: `SWR1`, the hash of what it was trained on (u64),
//! the weight of one step (f32), the bias (f32), the two limits in thousandths (u16 each), one
//! i16 for each bucket, and the words that may be shown, sorted, each on a line.

use std::cmp::Ordering;

use super::features::Features;

/// Bytes before the weights.
const HEADER: usize = 24;

/// Bytes of the weights.
const WEIGHTS: usize = 2 * 65_536;

/// Marks a data file of this form.
const MAGIC: &[u8; 4] = b"SWR1";

/// A trained model.
#[derive(Debug, Clone, Copy)]
pub struct ReaderModel<'a> {
    bytes: &'a [u8],
}

/// What a data file is made of.
#[derive(Debug, Clone)]
pub struct ModelParts<'a> {
    /// The hash of the texts it was trained on.
    pub trained_on: u64,
    /// The weight of one step of `weights`.
    pub step: f32,
    /// What the score begins with.
    pub bias: f32,
    /// At most this probability, in thousandths, is surely not the recipient.
    pub low: u16,
    /// At least this probability, in thousandths, is surely the recipient.
    pub high: u16,
    /// One for each bucket.
    pub weights: &'a [i16],
    /// Words that may be shown, sorted.
    pub words: &'a [String],
}

impl ModelParts<'_> {
    /// The data file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER + WEIGHTS + 16 * self.words.len());
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&self.trained_on.to_le_bytes());
        bytes.extend_from_slice(&self.step.to_le_bytes());
        bytes.extend_from_slice(&self.bias.to_le_bytes());
        bytes.extend_from_slice(&self.low.to_le_bytes());
        bytes.extend_from_slice(&self.high.to_le_bytes());
        bytes.extend(self.weights.iter().flat_map(|weight| weight.to_le_bytes()));
        bytes.extend_from_slice(self.words.join("\n").as_bytes());
        bytes
    }
}

impl<'a> ReaderModel<'a> {
    /// Takes a data file; `None` where it is none.
    pub fn of(bytes: &'a [u8]) -> Option<Self> {
        let is_whole = bytes.starts_with(MAGIC) && bytes.len() >= HEADER + WEIGHTS;
        is_whole.then_some(Self { bytes })
    }

    /// The hash of the texts it was trained on.
    pub fn trained_on(self) -> u64 {
        self.array(4).map(u64::from_le_bytes).unwrap_or_default()
    }

    /// At most this probability, in thousandths, is surely not the recipient.
    pub fn low(self) -> u16 {
        self.array(20).map(u16::from_le_bytes).unwrap_or_default()
    }

    /// At least this probability, in thousandths, is surely the recipient.
    pub fn high(self) -> u16 {
        self.array(22).map(u16::from_le_bytes).unwrap_or(u16::MAX)
    }

    /// The probability that the recipient is to blame, in thousandths.
    pub fn permille(self, features: &Features) -> u16 {
        let bias = self.array(16).map(f32::from_le_bytes).unwrap_or_default();
        let sum = share(self.sum(&features.words), features.words.len())
            + share(self.sum(&features.pieces), features.pieces.len());
        thousandths(logistic(f64::from(bias) + self.step() * sum))
    }

    /// The weight of a bucket, in steps.
    pub(super) fn weight(self, bucket: u16) -> i32 {
        self.array(HEADER + 2 * usize::from(bucket)).map(i16::from_le_bytes).unwrap_or(0).into()
    }

    /// Whether a word may be shown.
    pub(super) fn may_show(self, word: &str) -> bool {
        // The words are sorted: half of what is left is ruled out at each step.
        let mut list = self.bytes.get(HEADER + WEIGHTS..).unwrap_or_default();
        let is_end = |byte: &u8| *byte == b'\n';
        while !list.is_empty() {
            let (before, after) = list.split_at(list.len() / 2);
            let start = before.iter().rposition(is_end).map_or(0, |at| at + 1);
            let length = after.iter().position(is_end).unwrap_or(after.len());
            let end = before.len() + length;
            let known = list.get(start..end).unwrap_or_default();
            list = match word.as_bytes().cmp(known) {
                Ordering::Equal => return true,
                Ordering::Less => list.get(..start.saturating_sub(1)).unwrap_or_default(),
                Ordering::Greater => list.get(end + 1..).unwrap_or_default(),
            };
        }
        false
    }

    fn step(self) -> f64 {
        self.array(12).map(f32::from_le_bytes).unwrap_or_default().into()
    }

    fn sum(self, buckets: &[u16]) -> i32 {
        buckets.iter().map(|bucket| self.weight(*bucket)).sum()
    }

    fn array<const N: usize>(self, at: usize) -> Option<[u8; N]> {
        self.bytes.get(at..at + N)?.try_into().ok()
    }
}

/// A sum of `count` weights, each as heavy as a unit vector makes it.
pub(super) fn share(sum: i32, count: usize) -> f64 {
    f64::from(sum) / root(count)
}

/// The length of a vector of `count` ones.
pub fn root(count: usize) -> f64 {
    f64::from(u32::try_from(count.max(1)).unwrap_or(u32::MAX)).sqrt()
}

/// The logistic function. It uses nothing but exact operations of IEEE 754, so that every
/// machine gives the same bits.
pub fn logistic(x: f64) -> f64 {
    let e = exp(-x.abs());
    if x < 0.0 { e / (1.0 + e) } else { 1.0 / (1.0 + e) }
}

/// e to the power of `x`, for `x` of at most 0.
fn exp(x: f64) -> f64 {
    // e^x = (e^(x / 1024))^1024, and the series converges at once for so small a power.
    let small = x.max(-700.0) / 1_024.0;
    let series = (1..=8).rev().fold(1.0, |sum, n| 1.0 + small / f64::from(n) * sum);
    (0..10).fold(series, |power: f64, _| power * power)
}

fn thousandths(probability: f64) -> u16 {
    let bounded = (probability * 1_000.0).round().clamp(0.0, 1_000.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 1,000")]
    let whole = bounded as u16;
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_may_be_shown_where_the_list_holds_it_whole() {
        let words: Vec<String> =
            ["a", "mail", "mailbox", "user", "é"].iter().map(|word| (*word).to_owned()).collect();
        let weights = vec![0; WEIGHTS / 2];
        let parts = ModelParts {
            trained_on: 0,
            step: 0.0,
            bias: 0.0,
            low: 0,
            high: 0,
            weights: &weights,
            words: &words,
        };
        let bytes = parts.to_bytes();
        let model = ReaderModel::of(&bytes).unwrap();
        assert!(words.iter().all(|word| model.may_show(word)));
        for word in ["", "ai", "b", "mai", "mailboxes", "use", "z", "a\nmail"] {
            assert!(!model.may_show(word), "{word:?}");
        }
    }
}
