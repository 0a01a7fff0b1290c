//! The texts of all rules, in a form that one pass over a reply finds.
//!
//! A text is one or more symbols with little between them (`mailbox * full`); a symbol is a
//! phrase or a list of words (`{mailbox}`), and a phrase is what the trie holds. The build
//! script compiles this file too and writes our rules' tables into the program, so that a
//! start neither builds nor allocates anything for them.

use std::collections::BTreeMap;

use yada::builder::DoubleArrayBuilder;

/// Between two symbols of a text.
const GAP: &str = " * ";

/// A text of `any` stands in the reply.
pub(crate) const ANY: u32 = 1;
/// A text of `none` stands in the reply.
pub(crate) const NONE: u32 = 1 << 1;
/// A text of `provider` stands in the reply.
pub(crate) const PROVIDER: u32 = 1 << 2;
/// The first text of `all` stands in the reply; the others have the bits above.
pub(crate) const FIRST_OF_ALL: u32 = 1 << 3;

/// A list of words that texts name in braces.
pub(crate) type WordList<'a> = (&'a str, Vec<&'a str>);

/// A text of a rule.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RuleText<'a> {
    /// The place of the rule.
    pub(crate) rule: u16,
    /// What is found with it: one of the bits above.
    pub(crate) bit: u32,
    pub(crate) text: &'a str,
}

/// A symbol that a phrase stands for, and which of its ends must be the edge of a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Use {
    pub(crate) symbol: u16,
    pub(crate) starts_word: bool,
    pub(crate) ends_word: bool,
}

/// A text of a rule, as symbols.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Needle {
    pub(crate) rule: u16,
    pub(crate) bit: u32,
}

/// The tables. Of each pair of lists, the second says where in the first the part of each
/// phrase, symbol or needle begins.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tables<'a> {
    /// A double-array trie: phrase to its number.
    pub(crate) trie: &'a [u8],
    /// What each phrase stands for.
    pub(crate) uses: (&'a [Use], &'a [u32]),
    /// The needles that end with each symbol.
    pub(crate) ends: (&'a [u16], &'a [u32]),
    /// Whether each symbol stands before another one in some needle.
    pub(crate) is_followed: &'a [bool],
    pub(crate) needles: &'a [Needle],
    /// The symbols of each needle.
    pub(crate) symbols: (&'a [u16], &'a [u32]),
}

/// The tables of the matcher, while the build script fills them.
#[derive(Debug)]
pub(crate) struct Compiled {
    pub(crate) trie: Vec<u8>,
    pub(crate) uses: (Vec<Use>, Vec<u32>),
    pub(crate) ends: (Vec<u16>, Vec<u32>),
    pub(crate) is_followed: Vec<bool>,
    pub(crate) needles: Vec<Needle>,
    pub(crate) symbols: (Vec<u16>, Vec<u32>),
}

/// The part of a pair of lists that belongs to `index`.
pub(crate) fn part<'a, T>((all, starts): (&'a [T], &[u32]), index: usize) -> &'a [T] {
    let bound = |index: usize| starts.get(index).map(|start| *start as usize);
    bound(index)
        .zip(bound(index + 1))
        .and_then(|(start, end)| all.get(start..end))
        .unwrap_or_default()
}

/// Builds the tables. `None` where the texts are more than 65,535, or hold none that can be
/// looked for: then replies are read by their codes alone.
pub(crate) fn compile(texts: &[RuleText<'_>], words: &[WordList<'_>]) -> Option<Compiled> {
    let mut symbols: BTreeMap<&str, u16> = BTreeMap::new();
    let mut needles = Vec::with_capacity(texts.len());
    let mut of_needles = Vec::with_capacity(texts.len());
    for text in texts {
        let mut of_needle = Vec::new();
        for symbol in text.text.split(GAP) {
            let next = u16::try_from(symbols.len()).ok()?;
            of_needle.push(*symbols.entry(symbol).or_insert(next));
        }
        needles.push(Needle { rule: text.rule, bit: text.bit });
        of_needles.push(of_needle);
    }
    let mut is_followed = vec![false; symbols.len()];
    let mut ends = vec![Vec::new(); symbols.len()];
    for (number, of_needle) in of_needles.iter().enumerate() {
        let (last, earlier) = of_needle.split_last()?;
        ends.get_mut(usize::from(*last))?.push(u16::try_from(number).ok()?);
        for symbol in earlier {
            *is_followed.get_mut(usize::from(*symbol))? = true;
        }
    }
    let phrases = phrases(&symbols, words);
    let keys: Vec<(&str, u32)> = phrases.keys().copied().zip(0..).collect();
    Some(Compiled {
        trie: DoubleArrayBuilder::build(&keys).ok()?,
        uses: joined(phrases.into_values()),
        ends: joined(ends),
        is_followed,
        needles,
        symbols: joined(of_needles),
    })
}

/// Each phrase, and what it stands for.
fn phrases<'a>(
    symbols: &BTreeMap<&'a str, u16>,
    words: &[WordList<'a>],
) -> BTreeMap<&'a str, Vec<Use>> {
    let mut phrases: BTreeMap<&str, Vec<Use>> = BTreeMap::new();
    let mut add = |phrase: &'a str, symbol: u16| {
        phrases.entry(phrase.trim_matches(' ')).or_default().push(Use {
            symbol,
            starts_word: phrase.starts_with(' '),
            ends_word: phrase.ends_with(' '),
        });
    };
    for (text, symbol) in symbols {
        match list_name(text) {
            Some(name) => {
                let list = words.iter().find(|(list, _)| *list == name);
                for word in list.into_iter().flat_map(|(_, words)| words) {
                    add(word, *symbol);
                }
            }
            None => add(text, *symbol),
        }
    }
    phrases
}

/// Returns the name of a list of words from its use in a rule: `missing` from `{missing}`.
pub(crate) fn list_name(symbol: &str) -> Option<&str> {
    symbol.strip_prefix('{')?.strip_suffix('}')
}

fn joined<T>(parts: impl IntoIterator<Item = Vec<T>>) -> (Vec<T>, Vec<u32>) {
    let (mut all, mut starts) = (Vec::new(), vec![0]);
    for part in parts {
        all.extend(part);
        starts.push(u32::try_from(all.len()).unwrap_or(u32::MAX));
    }
    (all, starts)
}
