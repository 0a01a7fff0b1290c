//! The second reader: a model's opinion of a text that no rule knows.
//!
//! The model is a logistic regression over words and pieces of words, trained by
//! `make train` from the labelled diagnostics; `rules/reader.md` holds its figures.

mod features;
mod model;

use super::status::Status;
use super::text::ReplyText;
pub use features::Features;
pub use model::{ModelParts, ReaderModel, logistic, root};

/// The trained weights.
static WEIGHTS: &[u8] = include_bytes!("../../rules/reader.bin");

/// Words that [`because`] gives at most.
const MOST_WORDS: usize = 4;

/// What the second reader says of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecondReading {
    /// Whom it takes the text to speak of.
    pub verdict: ReaderVerdict,
    /// The calibrated probability that the recipient is to blame, in thousandths.
    pub probability_permille: u16,
}

impl SecondReading {
    /// That the recipient is to blame, from 0 to 1.
    pub fn probability(self) -> f64 {
        f64::from(self.probability_permille) / 1000.0
    }
}

/// Whom a text speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReaderVerdict {
    /// Surely the recipient.
    Recipient,
    /// Surely not the recipient.
    NotRecipient,
    /// Neither is sure.
    Unsure,
}

impl ReaderVerdict {
    /// The stable code, for output and logs.
    pub fn code(self) -> &'static str {
        match self {
            Self::Recipient => "recipient",
            Self::NotRecipient => "not_recipient",
            Self::Unsure => "unsure",
        }
    }
}

/// The model that ses-warden brings.
pub fn built_in() -> Option<ReaderModel<'static>> {
    ReaderModel::of(WEIGHTS)
}

/// Reads a text that no rule knows. `None` where it has no opinion.
pub(super) fn read(text: &ReplyText, _status: Option<Status>) -> Option<SecondReading> {
    let features = Features::of(text.words());
    if !features.suffice() {
        return None;
    }
    let model = built_in()?;
    if !is_familiar(model, text.words()) {
        return None;
    }
    let permille = model.permille(&features);
    let verdict = if permille >= model.high() {
        ReaderVerdict::Recipient
    } else if permille <= model.low() {
        ReaderVerdict::NotRecipient
    } else {
        ReaderVerdict::Unsure
    };
    Some(SecondReading { verdict, probability_permille: permille })
}

/// Whether a third of the words stand in the training texts. Of a language that the model has
/// never seen it would only repeat what most texts are about.
fn is_familiar(model: ReaderModel<'_>, words: &str) -> bool {
    let legible = features::legible(words);
    let (mut known, mut all) = (0, 0);
    for word in features::tokens(&legible).filter(|word| word.chars().any(char::is_alphabetic)) {
        all += 1;
        known += usize::from(model.may_show(word));
    }
    known > 0 && 3 * known >= all
}

/// The words that decided, the weightiest first: those of the opinion's own side. Only words
/// of the training texts are given, so that no name out of a diagnostic text is repeated.
pub(super) fn because(text: &ReplyText) -> Vec<String> {
    let Some(model) = built_in() else { return Vec::new() };
    let features = Features::of(text.words());
    let side = if model.permille(&features) >= 500 { 1.0 } else { -1.0 };
    let legible = features::legible(text.words());
    let words: Vec<&str> = features::tokens(&legible).collect();
    let mut weighed: Vec<(f64, &str)> = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let is_new = weighed.iter().all(|(_, seen)| seen != word);
        if is_new && word.chars().any(char::is_alphabetic) && model.may_show(word) {
            let previous = at.checked_sub(1).and_then(|before| words.get(before)).copied();
            let next = words.get(at + 1).copied();
            weighed.push((side * weight(model, &features, previous, word, next), *word));
        }
    }
    weighed.retain(|(weight, _)| *weight > 0.0);
    weighed.sort_by(|a, b| b.0.total_cmp(&a.0));
    weighed.into_iter().take(MOST_WORDS).map(|(_, word)| word.to_owned()).collect()
}

/// What one word adds to the score: itself, its pieces, and half of each pair it stands in.
fn weight(
    model: ReaderModel<'_>,
    features: &Features,
    previous: Option<&str>,
    word: &str,
    next: Option<&str>,
) -> f64 {
    let pair = |first, second| model.weight(features::pair_bucket(first, second));
    let pairs =
        previous.map_or(0, |first| pair(first, word)) + next.map_or(0, |second| pair(word, second));
    let mut pieces = 0;
    features::each_piece(&format!(" {word} "), |bucket| pieces += model.weight(bucket));
    model::share(2 * model.weight(features::word_bucket(word)) + pairs, features.words.len())
        + 2.0 * model::share(pieces, features.pieces.len())
}
