//! All rules at once: one pass over a reply, then each rule's conditions.

use std::collections::BTreeMap;

use yada::DoubleArray;

use super::fold::SENTENCE_END;
use super::phrases::{
    self, ANY, FIRST_OF_ALL, NONE, Needle, PROVIDER, RuleText, Tables, Use, WordList, part,
};
use super::rule::{BounceRule, RULES, TABLES, WORDS};
use super::status::Status;
use super::text::ReplyText;

/// How many bytes may lie between two symbols of a text in a rule (`mailbox * full`): about
/// a line. A sentence's end lies between no two symbols.
const MAX_GAP: usize = 60;

/// The rules in their order, and the tables that find their texts.
#[derive(Debug)]
pub(super) struct Matcher {
    rules: Vec<&'static BounceRule>,
    /// What each rule wants to be found, in bits.
    wanted: Vec<u32>,
    /// `None` where no text can be looked for: then replies are read by their codes alone.
    finder: Option<Finder>,
}

#[derive(Debug)]
struct Finder {
    tables: Tables<'static>,
    trie: DoubleArray<&'static [u8]>,
}

/// Where a symbol stands in the text.
#[derive(Debug, Clone, Copy)]
struct Hit {
    symbol: u16,
    start: usize,
    end: usize,
}

/// What a rule is asked about besides words.
#[derive(Debug, Clone, Copy)]
pub(super) struct Codes {
    pub(super) status: Option<Status>,
    /// First digit of the reply.
    pub(super) reply: Option<u8>,
    /// Whether the receiver has spoken its last word; if not, no rule blames the recipient.
    pub(super) is_final: bool,
}

impl Matcher {
    /// The rules that ses-warden brings.
    pub(super) fn built_in() -> Self {
        Self::with(RULES.iter().collect(), Finder::of(TABLES))
    }

    /// Compiles rules, the first of which wins, and their own lists of words. What it builds
    /// lives as long as the process.
    pub(super) fn of(rules: Vec<&'static BounceRule>, own: &BTreeMap<String, Vec<String>>) -> Self {
        let mut texts = Vec::new();
        for (rule, entry) in (0..).zip(&rules) {
            let mut add = |list: &[&'static str], bit: &dyn Fn(u32) -> u32| {
                texts.extend((0..).zip(list).map(|(place, text)| RuleText {
                    rule,
                    bit: bit(place),
                    text,
                }));
            };
            add(entry.any, &|_| ANY);
            add(entry.all, &|place| FIRST_OF_ALL << place);
            add(entry.none, &|_| NONE);
            add(entry.provider, &|_| PROVIDER);
        }
        let ours = WORDS.iter().map(|(name, list)| (*name, list.to_vec()));
        let own = own
            .iter()
            .map(|(name, list)| (name.as_str(), list.iter().map(String::as_str).collect()));
        let words: Vec<WordList<'_>> = own.chain(ours).collect();
        let finder = phrases::compile(&texts, &words).and_then(|compiled| {
            Finder::of(Tables {
                trie: compiled.trie.leak(),
                uses: (compiled.uses.0.leak(), compiled.uses.1.leak()),
                ends: (compiled.ends.0.leak(), compiled.ends.1.leak()),
                is_followed: compiled.is_followed.leak(),
                needles: compiled.needles.leak(),
                symbols: (compiled.symbols.0.leak(), compiled.symbols.1.leak()),
            })
        });
        Self::with(rules, finder)
    }

    fn with(rules: Vec<&'static BounceRule>, finder: Option<Finder>) -> Self {
        let wanted = rules.iter().map(|rule| wanted(rule)).collect();
        Self { rules, wanted, finder }
    }

    /// All rules in their order.
    pub(super) fn rules(&self) -> impl Iterator<Item = &'static BounceRule> + '_ {
        self.rules.iter().copied()
    }

    /// The first rule that holds for a reply.
    pub(super) fn first(&self, text: &ReplyText, codes: Codes) -> Option<&'static BounceRule> {
        let found = self.find(text);
        let said = self.wanted.iter().zip(&found).map(|(wanted, found)| {
            let all_and_none = found & (wanted | NONE);
            all_and_none == *wanted
        });
        let mut rules = self.rules.iter().zip(said);
        rules.find(|(rule, is_said)| *is_said && fits(rule, codes)).map(|(rule, _)| *rule)
    }

    /// What was found for each rule, in bits.
    fn find(&self, text: &ReplyText) -> Vec<u32> {
        let mut found = vec![0; self.rules.len()];
        let Some(Finder { tables, trie }) = &self.finder else { return found };
        let bytes = text.all().as_bytes();
        let mut hits: Vec<Hit> = Vec::with_capacity(32);
        for (start, rest) in starts(bytes) {
            for (phrase, length) in trie.common_prefix_search(rest) {
                let end = start + length;
                for place in part(tables.uses, phrase as usize) {
                    if !is_at_edges(*place, bytes, start, end) {
                        continue;
                    }
                    let hit = Hit { symbol: place.symbol, start, end };
                    let symbol = usize::from(place.symbol);
                    for number in part(tables.ends, symbol) {
                        self.note(&mut found, usize::from(*number), text, hit, &hits);
                    }
                    if tables.is_followed.get(symbol) == Some(&true) {
                        hits.push(hit);
                    }
                }
            }
        }
        found
    }

    /// Notes a needle whose last symbol is `last`, where it counts.
    fn note(&self, found: &mut [u32], number: usize, text: &ReplyText, last: Hit, hits: &[Hit]) {
        let Some(Finder { tables, .. }) = &self.finder else { return };
        let Some(needle) = tables.needles.get(number) else { return };
        let Some(found) = found.get_mut(usize::from(needle.rule)) else { return };
        let earlier = part(tables.symbols, number).split_last().map(|(_, earlier)| earlier);
        if *found & needle.bit == 0
            && self.counts(*needle, text, last)
            && earlier.is_some_and(|earlier| follows(earlier, text.all(), last.start, hits))
        {
            *found |= needle.bit;
        }
    }

    /// Whether the place of a hit is one that the rule reads: words for all rules, names in
    /// links and host names for those about the sender's authentication and reputation, whose
    /// authorities are named by them. A provider may be named anywhere.
    fn counts(&self, needle: Needle, text: &ReplyText, hit: Hit) -> bool {
        let by_link =
            || self.rules.get(usize::from(needle.rule)).is_some_and(|rule| rule.reads_links());
        needle.bit == PROVIDER || text.is_said(hit.end) || (text.is_named(hit.end) && by_link())
    }
}

impl Finder {
    fn of(tables: Tables<'static>) -> Option<Self> {
        DoubleArray::new(tables.trie).ok().map(|trie| Self { tables, trie })
    }
}

/// Where a phrase may begin, and the text from there: at the first letter of a word. Scripts
/// that are not Latin do not part all words by spaces, so there any letter may be one.
fn starts(text: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut before = b' ';
    text.iter().enumerate().filter_map(move |(at, byte)| {
        let may_begin = match byte {
            b' ' | 0x80..=0xbf => false,
            0xc0.. => true,
            _ => before == b' ' || !before.is_ascii(),
        };
        before = *byte;
        if may_begin { text.get(at..).map(|rest| (at, rest)) } else { None }
    })
}

fn is_at_edges(place: Use, text: &[u8], start: usize, end: usize) -> bool {
    let is_space =
        |at: Option<usize>| at.and_then(|at| text.get(at)).is_none_or(|byte| *byte == b' ');
    (!place.starts_word || is_space(start.checked_sub(1)))
        && (!place.ends_word || is_space(Some(end)))
}

/// Whether the symbols stand in front of `start`, in their order and not far from each other.
fn follows(symbols: &[u16], text: &str, start: usize, hits: &[Hit]) -> bool {
    let Some((symbol, earlier)) = symbols.split_last() else { return true };
    hits.iter()
        .filter(|hit| hit.symbol == *symbol && hit.end <= start && start - hit.end <= MAX_GAP)
        .any(|hit| {
            text.get(hit.end..start).is_some_and(|gap| !gap.contains(SENTENCE_END))
                && follows(earlier, text, hit.start, hits)
        })
}

fn wanted(rule: &BounceRule) -> u32 {
    let bit_of = |texts: &[&str], bit: u32| if texts.is_empty() { 0 } else { bit };
    let all = ((1_u32 << rule.all.len()) - 1) * FIRST_OF_ALL;
    bit_of(rule.any, ANY) | bit_of(rule.provider, PROVIDER) | all
}

/// Whether the codes of a reply are the rule's.
fn fits(rule: &BounceRule, codes: Codes) -> bool {
    (rule.reply.is_none() || rule.reply == codes.reply)
        && (rule.status.is_empty()
            || codes.status.is_some_and(|status| rule.status.iter().any(|p| p.matches(status))))
        && (codes.is_final || !rule.class.is_recipients())
}

#[cfg(test)]
mod tests {
    use super::super::phrases::list_name;
    use super::super::rules;
    use super::*;

    /// suppress has 128 MB, and pays for the memory it touches.
    #[test]
    fn the_tables_are_small() {
        let count = TABLES.needles.len();
        assert!(count > 1_000, "{count}");
        let bytes = TABLES.trie.len()
            + size_of_val(TABLES.uses.0)
            + size_of_val(TABLES.needles)
            + size_of_val(TABLES.symbols.0);
        assert!(bytes < 500_000, "{bytes} bytes");
    }

    /// A text of a rule that never matches is a rule that is not there.
    #[test]
    fn every_text_of_a_rule_is_found_in_itself() {
        let matcher = Matcher::built_in();
        for (place, rule) in rules().iter().enumerate() {
            for needle in rule.any.iter().chain(rule.all) {
                for said in said(needle) {
                    let text = ReplyText::of(&said);
                    let found = matcher.find(&text)[place];
                    assert!(found & !NONE != 0, "{}: {needle:?} in {:?}", rule.id, text.all());
                }
            }
        }
    }

    /// The text as replies would say it, until each word of the lists that it names was said.
    fn said(needle: &'static str) -> Vec<String> {
        let symbols: Vec<Vec<&'static str>> = needle
            .split(" * ")
            .map(|symbol| {
                let list = list_name(symbol).and_then(|name| WORDS.iter().find(|l| l.0 == name));
                list.map_or_else(|| vec![symbol], |(_, words)| words.to_vec())
            })
            .collect();
        let most = symbols.iter().map(Vec::len).max().unwrap_or_default();
        let word =
            |words: &Vec<&'static str>, turn: usize| words[turn % words.len()].trim_matches(' ');
        let text = |turn| {
            let words: Vec<&str> = symbols.iter().map(|words| word(words, turn)).collect();
            words.join(" ").replace('~', "192.0.2.1")
        };
        (0..most).map(text).collect()
    }

    #[test]
    fn a_phrase_begins_with_a_word_where_words_are_parted() {
        let at = |text: &str| starts(text.as_bytes()).map(|(at, _)| at).collect::<Vec<_>>();
        assert_eq!(at(" no such user"), [1, 4, 9]);
        assert_eq!(at(" 无此user x"), [1, 4, 7, 12]);
    }
}
