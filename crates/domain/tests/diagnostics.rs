//! What the rules say of the labelled diagnostics in `events/diagnostics/`.
//!
//! The labels are a person's judgement, given without the rules; this prints how
//! far the two agree (`-- --nocapture`) and holds what must never happen.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{error, fs};

use serde::Deserialize;
use warden_domain::bounce::{BounceClass, BounceFacts, Classification, triage};
use warden_domain::event::{BounceSubType, BounceType};

type Result<T = ()> = std::result::Result<T, Box<dyn error::Error>>;

/// Agreement that each fault must reach, in percent of the texts with its label.
const FLOOR_PERCENT: usize = 90;

/// Texts that the corpus holds at least.
const FEWEST_TEXTS: usize = 300;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    text: Vec<Labelled>,
}

/// One text of the corpus; `events/README.md` says what the fields mean.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Labelled {
    fault: BounceClass,
    bounce: String,
    status: Option<String>,
    text: String,
    #[serde(rename = "why")]
    _why: Option<String>,
    #[serde(skip)]
    file: String,
}

impl Labelled {
    fn judged(&self) -> Classification {
        let (kind, sub_type) = self.bounce.split_once('/').unwrap_or((&self.bounce, ""));
        let bounce = (&BounceType::from(kind), &BounceSubType::from(sub_type));
        triage(BounceFacts {
            bounce: Some(bounce),
            status: self.status.as_deref(),
            diagnostic: Some(&self.text),
        })
    }

    fn shown(&self) -> String {
        let start: String = self.text.escape_debug().take(110).collect();
        let status = self.status.as_deref().unwrap_or("-");
        format!("{}: [{status}] {start}", self.file)
    }

    /// A fifth of the texts, chosen by FNV-1a of the text, is kept aside while rules
    /// are written, so that agreement there shows how far the rules generalise.
    fn is_held_back(&self) -> bool {
        let hash = self.text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        hash % 5 == 0
    }
}

fn corpus() -> Result<Vec<Labelled>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events/diagnostics");
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|e| Ok(e?.path())).collect::<Result<_>>()?;
    files.retain(|path| path.is_file()); // the folders are the collected texts
    files.sort();
    let mut all = Vec::new();
    for path in files {
        let file: File = toml::from_str(&fs::read_to_string(&path)?)
            .map_err(|e| format!("{}: {e}", path.display()))?;
        let name = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        all.extend(file.text.into_iter().map(|text| Labelled { file: name.to_owned(), ..text }));
    }
    Ok(all)
}

/// How often a label met each finding.
type Counts = BTreeMap<BounceClass, BTreeMap<BounceClass, usize>>;

fn counted<'a>(texts: impl Iterator<Item = &'a Labelled>) -> Counts {
    let mut counts = Counts::new();
    for text in texts {
        *counts.entry(text.fault).or_default().entry(text.judged().class).or_default() += 1;
    }
    counts
}

fn agreed(label: BounceClass, found: &BTreeMap<BounceClass, usize>) -> (usize, usize) {
    (found.get(&label).copied().unwrap_or_default(), found.values().sum())
}

fn table(counts: &Counts) -> Result<String> {
    let (mut out, mut sum) = (String::new(), (0, 0));
    writeln!(out, "{:<22} {:>8} {:>7}     called something else", "label", "labelled", "agreed")?;
    for (label, found) in counts {
        let (yes, all) = agreed(*label, found);
        sum = (sum.0 + yes, sum.1 + all);
        let others = found.iter().filter(|(fault, _)| *fault != label);
        let others: Vec<_> = others.map(|(fault, n)| format!("{} {n}", fault.code())).collect();
        writeln!(
            out,
            "{:<22} {all:>8} {yes:>7} {:>3}% {}",
            label.code(),
            yes * 100 / all,
            others.join(", ")
        )?;
    }
    writeln!(out, "{:<22} {:>8} {:>7} {:>3}%", "all", sum.1, sum.0, sum.0 * 100 / sum.1.max(1))?;
    Ok(out)
}

#[test]
fn the_rules_agree_with_the_labels() -> Result {
    let corpus = corpus()?;
    let all = counted(corpus.iter());
    println!("\n{}", table(&all)?);
    println!(
        "of these held back while the rules were written\n{}",
        table(&counted(corpus.iter().filter(|t| t.is_held_back())))?
    );
    for text in corpus.iter().filter(|t| !t.is_held_back()) {
        let finding = text.judged();
        if finding.class != text.fault {
            println!(
                "{} not {} ({}): {}",
                text.fault.code(),
                finding.class.code(),
                finding.rule,
                text.shown()
            );
        }
    }
    let low = all.iter().filter(|(label, found)| {
        let (yes, all) = agreed(**label, found);
        yes * 100 < all * FLOOR_PERCENT
    });
    let low: Vec<_> = low.map(|(label, _)| label.code()).collect();
    assert!(low.is_empty(), "less than {FLOOR_PERCENT}% agreement: {}", low.join(", "));
    Ok(())
}

/// The one mistake that suppresses people for the sender's fault, or for nothing.
#[test]
fn no_sender_s_fault_and_nothing_unknown_is_held_against_the_recipient() -> Result {
    let mut wrong = String::new();
    for text in corpus()?.iter().filter(|t| !t.fault.is_recipients()) {
        let finding = text.judged();
        if finding.class.is_recipients()
            && (text.fault.is_senders() || text.fault == BounceClass::Unknown)
        {
            writeln!(
                wrong,
                "{} called {} ({}): {}",
                text.fault.code(),
                finding.class.code(),
                finding.rule,
                text.shown()
            )?;
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
    Ok(())
}

#[test]
fn the_corpus_is_large_and_its_texts_differ() -> Result {
    let corpus = corpus()?;
    assert!(corpus.len() >= FEWEST_TEXTS, "only {} texts", corpus.len());
    let labels: BTreeSet<_> = corpus.iter().map(|t| t.fault).collect();
    assert!(BounceClass::ALL.iter().all(|fault| labels.contains(fault)), "a fault without a text");
    let mut seen = BTreeSet::new();
    let twice: Vec<_> =
        corpus.iter().filter(|t| !seen.insert(&t.text)).map(Labelled::shown).collect();
    assert!(twice.is_empty(), "twice:\n{}", twice.join("\n"));
    Ok(())
}

/// Advice goes to terminals and logs, and the text is a stranger's.
#[test]
fn advice_repeats_nothing_but_plain_characters() -> Result {
    for text in corpus()? {
        let advice = text.judged().advice(&text.text);
        assert!(!advice.is_empty(), "{}", text.shown());
        for point in advice {
            assert!(
                point.chars().all(|c| c.is_ascii_graphic() || c == ' '),
                "{point:?}: {}",
                text.shown()
            );
            assert!(point.len() < 500, "{point}: {}", text.shown());
        }
    }
    Ok(())
}
