//! What the second reader sees of a text: its words, pairs of words and pieces of words, each
//! hashed to one of 65,536 buckets.

use crate::bounce::fold::HOST;

/// Characters of a text that are read; replies of real receivers stay below.
const MOST_CHARS: usize = 1_000;

/// Lengths of the pieces of words.
const PIECES: std::ops::RangeInclusive<usize> = 2..=5;

/// A word this long with a digit in it is a queue id or the like.
const ID_LENGTH: usize = 8;

/// The distinct buckets of a text, in ascending order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Features {
    /// Of words and pairs of neighbouring words.
    pub words: Vec<u16>,
    /// Of pieces of two to five characters.
    pub pieces: Vec<u16>,
}

impl Features {
    /// Hashes the words of a normalised text.
    pub fn of(words: &str) -> Self {
        let legible = legible(words);
        let (mut found, mut previous) = (Vec::new(), None);
        for word in tokens(&legible) {
            if word == "." {
                previous = None;
                continue;
            }
            found.push(word_bucket(word));
            found.extend(previous.map(|first| pair_bucket(first, word)));
            previous = Some(word);
        }
        let mut pieces = Vec::with_capacity(4 * legible.len());
        each_piece(&legible, |bucket| pieces.push(bucket));
        Self { words: distinct(found), pieces: distinct(pieces) }
    }

    /// Whether there is enough to read: a word by itself says nothing of whom it speaks.
    pub fn suffice(&self) -> bool {
        self.words.len() > 1
    }
}

/// The words of a text, without sentence ends.
pub(super) fn tokens(legible: &str) -> impl Iterator<Item = &str> {
    legible.split(' ').filter(|word| !word.is_empty())
}

/// What may be left of a relay's wrapping at the start of a normalised text.
const WRAPPINGS: [&str; 2] = ["while talking to ", "error "];

/// The reply by itself: no sentence ends or hosts around it, nor what relays put before it.
fn unwrapped(words: &str) -> &str {
    let ends = [' ', '.', HOST];
    WRAPPINGS.iter().fold(words.trim_matches(ends), |words, wrapping| {
        words.strip_prefix(wrapping).unwrap_or(words).trim_start_matches(ends)
    })
}

/// A text as far as it is read, with `#` for ids.
pub(super) fn legible(words: &str) -> String {
    let words = unwrapped(words);
    let end = words.char_indices().nth(MOST_CHARS).map_or(words.len(), |(end, _)| end);
    let mut out = String::with_capacity(end + 2);
    out.push(' ');
    for word in words.get(..end).unwrap_or_default().split_whitespace() {
        let is_id = word.len() >= ID_LENGTH && word.bytes().any(|b| b.is_ascii_digit());
        out.push_str(if is_id { "#" } else { word });
        out.push(' ');
    }
    out
}

/// Calls `each` with the bucket of every piece of `text`.
pub(super) fn each_piece(text: &str, mut each: impl FnMut(u16)) {
    let ends: Vec<usize> =
        text.char_indices().map(|(at, _)| at).skip(1).chain([text.len()]).collect();
    for (first, (start, _)) in text.char_indices().enumerate() {
        for length in PIECES {
            let Some(piece) = ends.get(first + length - 1).and_then(|end| text.get(start..*end))
            else {
                break;
            };
            each(bucket(b'c', piece.bytes()));
        }
    }
}

pub(super) fn word_bucket(word: &str) -> u16 {
    bucket(b'w', word.bytes())
}

pub(super) fn pair_bucket(first: &str, second: &str) -> u16 {
    bucket(b'w', first.bytes().chain([b' ']).chain(second.bytes()))
}

/// FNV-1a (32 bits), folded to 16.
fn bucket(kind: u8, bytes: impl Iterator<Item = u8>) -> u16 {
    let hash = [kind]
        .into_iter()
        .chain(bytes)
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    let [a, b, c, d] = hash.to_le_bytes();
    u16::from_le_bytes([a ^ c, b ^ d])
}

fn distinct(mut buckets: Vec<u16>) -> Vec<u16> {
    buckets.sort_unstable();
    buckets.dedup();
    buckets
}
