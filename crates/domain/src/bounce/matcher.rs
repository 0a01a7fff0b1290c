//! All rules at once: one pass of an automaton over a reply, then each rule's conditions.

use std::collections::HashMap;

use aho_corasick::{AhoCorasick, AhoCorasickKind, Anchored, Input, MatchKind, StartKind};

use super::fold::SENTENCE_END;
use super::rule::Rule;
use super::status::Status;
use super::text::Text;

/// How many bytes may lie between two pieces of a text in a rule (`mailbox * full`): about
/// a line. A sentence's end lies between no two pieces.
const MAX_GAP: usize = 60;

/// The rules in their order, and the automaton that finds their words.
#[derive(Debug)]
pub(super) struct Matcher {
    rules: Vec<&'static Rule>,
    automaton: Option<AhoCorasick>,
    /// For each piece, the needles that end with it.
    ends: Vec<Vec<u32>>,
    needles: Vec<Needle>,
}

/// A text of a rule: pieces in their order, with little between them.
#[derive(Debug)]
struct Needle {
    rule: usize,
    role: Role,
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, Copy)]
enum Role {
    Any,
    /// One of `all`, by its bit.
    All(u32),
    None,
    Provider,
}

#[derive(Debug, Clone, Copy)]
struct Piece {
    id: u32,
    starts_word: bool,
    ends_word: bool,
}

/// Where a piece stands in the text.
#[derive(Debug, Clone, Copy)]
struct Hit {
    piece: u32,
    start: usize,
    end: usize,
}

/// What was found for one rule.
#[derive(Debug, Clone, Copy, Default)]
struct Found {
    any: bool,
    all: u32,
    none: bool,
    provider: bool,
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
    /// Compiles rules, the first of which wins.
    pub(super) fn of(rules: Vec<&'static Rule>) -> Self {
        let mut table = PieceTable::default();
        let mut needles = Vec::new();
        for (index, rule) in rules.iter().enumerate() {
            let mut add = |texts: &[&'static str], role: &dyn Fn(u32) -> Role| {
                for (bit, text) in (0..).zip(texts) {
                    let pieces = table.pieces(text);
                    needles.push(Needle { rule: index, role: role(bit), pieces });
                }
            };
            add(rule.any, &|_| Role::Any);
            add(rule.all, &Role::All);
            add(rule.none, &|_| Role::None);
            add(rule.provider, &|_| Role::Provider);
        }
        let mut ends = vec![Vec::new(); table.texts.len()];
        for (number, needle) in (0..).zip(&needles) {
            let last = needle.pieces.last().and_then(|piece| ends.get_mut(piece.id as usize));
            if let Some(of_piece) = last {
                of_piece.push(number);
            }
        }
        Self { rules, automaton: automaton(&table.texts), ends, needles }
    }

    /// All rules in their order.
    pub(super) fn rules(&self) -> impl Iterator<Item = &'static Rule> + '_ {
        self.rules.iter().copied()
    }

    /// The first rule that holds for a reply.
    pub(super) fn first(&self, text: &Text, codes: Codes) -> Option<&'static Rule> {
        let found = self.find(text);
        let rules = self.rules.iter().zip(&found);
        rules.filter(|(rule, found)| holds(rule, found, codes)).map(|(rule, _)| *rule).next()
    }

    fn find(&self, text: &Text) -> Vec<Found> {
        let mut found = vec![Found::default(); self.rules.len()];
        let mut hits: Vec<Hit> = Vec::with_capacity(64);
        let input = Input::new(text.all()).anchored(Anchored::No);
        for hit in self.automaton.iter().flat_map(|a| a.find_overlapping_iter(input.clone())) {
            let hit = Hit { piece: hit.pattern().as_u32(), start: hit.start(), end: hit.end() };
            for needle in self.ends.get(hit.piece as usize).into_iter().flatten() {
                if let Some(needle) = self.needles.get(*needle as usize)
                    && self.counts(needle, text, hit)
                    && stands(needle, text.all(), hit, &hits)
                    && let Some(found) = found.get_mut(needle.rule)
                {
                    match needle.role {
                        Role::Any => found.any = true,
                        Role::All(bit) => found.all |= 1 << bit,
                        Role::None => found.none = true,
                        Role::Provider => found.provider = true,
                    }
                }
            }
            hits.push(hit);
        }
        found
    }

    /// Whether the place of a hit is one that the rule reads: words for all rules, names in
    /// links and host names for those about the sender's authentication and reputation, whose
    /// authorities are named by them. A provider may be named anywhere.
    fn counts(&self, needle: &Needle, text: &Text, hit: Hit) -> bool {
        let by_link = || self.rules.get(needle.rule).is_some_and(|rule| rule.reads_links());
        match needle.role {
            Role::Provider => true,
            Role::Any | Role::All(_) | Role::None => {
                text.is_said(hit.end) || (text.is_named(hit.end) && by_link())
            }
        }
    }
}

/// Whether the needle whose last piece is `last` stands in the text.
fn stands(needle: &Needle, text: &str, last: Hit, before: &[Hit]) -> bool {
    let Some((piece, earlier)) = needle.pieces.split_last() else { return false };
    is_at_edges(*piece, text, last) && follows(earlier, text, last.start, before)
}

/// Whether the pieces stand in front of `start`, in their order and not far from each other.
fn follows(pieces: &[Piece], text: &str, start: usize, hits: &[Hit]) -> bool {
    let Some((piece, earlier)) = pieces.split_last() else { return true };
    hits.iter()
        .filter(|hit| hit.piece == piece.id && hit.end <= start && start - hit.end <= MAX_GAP)
        .any(|hit| {
            is_at_edges(*piece, text, *hit)
                && text.get(hit.end..start).is_some_and(|gap| !gap.contains(SENTENCE_END))
                && follows(earlier, text, hit.start, hits)
        })
}

fn is_at_edges(piece: Piece, text: &str, hit: Hit) -> bool {
    let is_space = |at: Option<usize>| {
        at.and_then(|at| text.as_bytes().get(at)).is_none_or(|byte| *byte == b' ')
    };
    (!piece.starts_word || is_space(hit.start.checked_sub(1)))
        && (!piece.ends_word || is_space(Some(hit.end)))
}

fn holds(rule: &Rule, found: &Found, codes: Codes) -> bool {
    let wanted = (1_u32 << rule.all.len()) - 1;
    (rule.any.is_empty() || found.any)
        && found.all == wanted
        && !found.none
        && (rule.provider.is_empty() || found.provider)
        && (rule.reply.is_none() || rule.reply == codes.reply)
        && (rule.status.is_empty()
            || codes.status.is_some_and(|status| rule.status.iter().any(|p| p.matches(status))))
        && (codes.is_final || !rule.class.is_recipients())
}

/// Each piece once.
#[derive(Default)]
struct PieceTable {
    texts: Vec<&'static str>,
    ids: HashMap<&'static str, u32>,
}

impl PieceTable {
    fn pieces(&mut self, text: &'static str) -> Vec<Piece> {
        text.split(" * ")
            .map(|piece| Piece {
                id: self.id(piece.trim_matches(' ')),
                starts_word: piece.starts_with(' '),
                ends_word: piece.ends_with(' '),
            })
            .collect()
    }

    fn id(&mut self, piece: &'static str) -> u32 {
        let next = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        let id = *self.ids.entry(piece).or_insert(next);
        if id == next {
            self.texts.push(piece);
        }
        id
    }
}

/// The kind that is small in memory. It fails only for gigabytes of texts; then replies are
/// read by their codes alone.
fn automaton(pieces: &[&str]) -> Option<AhoCorasick> {
    AhoCorasick::builder()
        .kind(Some(AhoCorasickKind::ContiguousNFA))
        .match_kind(MatchKind::Standard)
        .start_kind(StartKind::Unanchored)
        .prefilter(false)
        .build(pieces)
        .ok()
}
