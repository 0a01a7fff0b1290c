//! What the rules say of the labelled diagnostics in `events/diagnostics/`.
//!
//! The labels are a person's judgement, given without the rules; this prints how
//! far the two agree (`-- --nocapture`) and holds what must never happen. The headline is
//! the measured part, whose texts nobody looks at while rules are written.

mod corpus;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fmt::Write as _;

use corpus::{Labelled, Part, Result, all_texts, texts_of};
use warden_domain::bounce::BounceClass;
use warden_domain::event::{
    Bounce, BounceSubType, BounceType, BouncedRecipient, Detail, Family, Mail, SesEvent,
};
use warden_domain::suppression::{Policy, decide};

/// Agreement that each class must reach in our own part, in percent of the texts with its label.
const FLOOR_PERCENT: usize = 90;

/// Texts that our own part holds at least.
const FEWEST_TEXTS: usize = 300;

/// How often a label met each finding.
type Counts = BTreeMap<BounceClass, BTreeMap<BounceClass, usize>>;

fn counted(texts: &[Labelled]) -> Counts {
    let mut counts = Counts::new();
    for text in texts {
        *counts.entry(text.class).or_default().entry(text.judged().class).or_default() += 1;
    }
    counts
}

fn agreed(label: BounceClass, found: &BTreeMap<BounceClass, usize>) -> (usize, usize) {
    (found.get(&label).copied().unwrap_or_default(), found.values().sum())
}

/// The confusion table: a row for each label, a column for each finding.
fn table(counts: &Counts) -> Result<String> {
    let (mut out, mut sum) = (String::new(), (0, 0));
    let columns: String =
        BounceClass::ALL.iter().map(|class| format!("{:>5}", initials(*class))).collect();
    writeln!(out, "{:<22} {:>8} {:>6}     {columns}", "label", "labelled", "agreed")?;
    for (label, found) in counts {
        let (yes, all) = agreed(*label, found);
        sum = (sum.0 + yes, sum.1 + all);
        let cells: String = BounceClass::ALL
            .iter()
            .map(|class| match found.get(class) {
                Some(count) => format!("{count:>5}"),
                None => format!("{:>5}", "."),
            })
            .collect();
        let percent = yes * 100 / all;
        let name = format!("{} ({})", label.code(), initials(*label));
        writeln!(out, "{name:<26} {all:>4} {yes:>6} {percent:>3}%{cells}")?;
    }
    writeln!(out, "{:<26} {:>4} {:>6} {:>3}%", "all", sum.1, sum.0, sum.0 * 100 / sum.1.max(1))?;
    Ok(out)
}

/// `recipient_gone` as `rg`.
fn initials(class: BounceClass) -> String {
    class.code().split('_').filter_map(|word| word.get(..2)).collect()
}

/// Whether suppress would put the address on the list for this text, as Permanent/General.
fn is_suppressed(text: &Labelled) -> bool {
    let recipient = BouncedRecipient {
        address: "user@example.com".into(),
        action: None,
        status: text.status.clone(),
        diagnostic: Some(text.text.clone()),
    };
    let event = SesEvent {
        family: Family::EventPublishing,
        mail: Mail::default(),
        at_seconds: None,
        at_millis: None,
        is_likely_bot: false,
        detail: Detail::Bounce(Bounce {
            bounce_type: BounceType::Permanent,
            sub_type: BounceSubType::General,
            feedback_id: None,
            recipients: vec![recipient],
            unreadable_recipients: 0,
        }),
    };
    decide(&event, &Policy::default()).to_suppress().next().is_some()
}

/// What nobody's address may be blamed for.
fn is_not_the_recipients(class: BounceClass) -> bool {
    class.is_senders()
        || matches!(
            class,
            BounceClass::MailboxFull | BounceClass::RateLimited | BounceClass::ReceiverTemporary
        )
}

/// The figures that matter, of one part.
struct Figures {
    texts: usize,
    class_right: usize,
    recipient_or_not_right: usize,
    not_the_recipients: usize,
    blamed: usize,
    suppressed_wrongly: usize,
    dead: usize,
    dead_suppressed: usize,
}

impl Figures {
    fn of(texts: &[Labelled]) -> Self {
        let count = |holds: &dyn Fn(&Labelled) -> bool| texts.iter().filter(|t| holds(t)).count();
        let innocent = |t: &Labelled| is_not_the_recipients(t.class);
        Self {
            texts: texts.len(),
            class_right: count(&|t| t.judged().class == t.class),
            recipient_or_not_right: count(&|t| {
                t.judged().class.is_recipients() == t.class.is_recipients()
            }),
            not_the_recipients: count(&innocent),
            blamed: count(&|t| innocent(t) && t.judged().class.is_recipients()),
            suppressed_wrongly: count(&|t| innocent(t) && is_suppressed(t)),
            dead: count(&|t| t.class.is_recipients()),
            dead_suppressed: count(&|t| t.class.is_recipients() && is_suppressed(t)),
        }
    }
}

fn percent(part: usize, all: usize) -> f64 {
    part as f64 * 100.0 / all.max(1) as f64
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "class right {:.1} %", percent(self.class_right, self.texts))?;
        let right = self.recipient_or_not_right;
        writeln!(f, "recipient or not right {:.1} %", percent(right, self.texts))?;
        let (blamed, all) = (self.blamed, self.not_the_recipients);
        writeln!(f, "not the recipient's, and blamed on the recipient: {blamed} of {all}")?;
        let wrongly = self.suppressed_wrongly;
        writeln!(f, "of these suppressed {wrongly} ({:.1} %)", percent(wrongly, all))?;
        let (dead, all) = (self.dead_suppressed, self.dead);
        writeln!(f, "dead addresses suppressed {dead} of {all} ({:.1} %)", percent(dead, all))
    }
}

#[test]
fn the_rules_agree_with_the_labels() -> Result {
    for (part, title) in [
        (Part::Measured, "measured: nobody looks at these while writing rules"),
        (Part::Written, "written: collected, for writing rules"),
        (Part::Own, "own: found beside the rules"),
    ] {
        let texts = texts_of(part)?;
        println!("\n{title}\n{}{}", table(&counted(&texts))?, Figures::of(&texts));
        if part == Part::Own {
            for text in &texts {
                let finding = text.judged();
                if finding.class != text.class {
                    let (label, found) = (text.class.code(), finding.class.code());
                    println!("{label} not {found} ({}): {}", finding.rule, text.shown());
                }
            }
        }
    }
    let own = counted(&texts_of(Part::Own)?);
    let low = own.iter().filter(|(label, found)| {
        let (yes, all) = agreed(**label, found);
        yes * 100 < all * FLOOR_PERCENT
    });
    let low: Vec<_> = low.map(|(label, _)| label.code()).collect();
    assert!(low.is_empty(), "less than {FLOOR_PERCENT}% agreement: {}", low.join(", "));
    Ok(())
}

/// The mistake that suppresses people for the sender's fault, or for nothing.
#[test]
fn no_sender_s_fault_and_nothing_temporary_is_held_against_the_recipient() -> Result {
    let mut wrong = String::new();
    for text in all_texts()? {
        let finding = text.judged();
        let is_unknown = text.class == BounceClass::Unknown && text.part == Part::Own;
        if finding.class.is_recipients() && (is_not_the_recipients(text.class) || is_unknown) {
            let (label, found) = (text.class.code(), finding.class.code());
            let shown = if text.part == Part::Measured { "".to_owned() } else { text.shown() };
            writeln!(wrong, "{label} called {found} ({}): {shown}", finding.rule)?;
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
    Ok(())
}

/// Of the collected texts, which nobody chose for the rules.
#[test]
fn the_collected_texts_are_suppressed_rightly() -> Result {
    let measured = Figures::of(&texts_of(Part::Measured)?);
    let wrongly = percent(measured.suppressed_wrongly, measured.not_the_recipients);
    assert!(wrongly <= 1.0, "{wrongly:.1} % suppressed wrongly: {measured}");
    let dead = percent(measured.dead_suppressed, measured.dead);
    assert!(dead >= 90.0, "{dead:.1} % of the dead suppressed: {measured}");
    let side = percent(measured.recipient_or_not_right, measured.texts);
    assert!(side >= 96.0, "{side:.1} % recipient or not: {measured}");
    let class = percent(measured.class_right, measured.texts);
    assert!(class >= 85.0, "{class:.1} % of the classes: {measured}");
    Ok(())
}

#[test]
fn the_corpus_is_large_and_its_texts_differ() -> Result {
    let corpus = texts_of(Part::Own)?;
    assert!(corpus.len() >= FEWEST_TEXTS, "only {} texts", corpus.len());
    let labels: BTreeSet<_> = corpus.iter().map(|t| t.class).collect();
    assert!(BounceClass::ALL.iter().all(|class| labels.contains(class)), "a class without a text");
    let mut seen = BTreeSet::new();
    let twice: Vec<_> =
        corpus.iter().filter(|t| !seen.insert(&t.text)).map(Labelled::shown).collect();
    assert!(twice.is_empty(), "twice:\n{}", twice.join("\n"));
    Ok(())
}

/// Advice goes to terminals and logs, and the text is a stranger's.
#[test]
fn advice_repeats_nothing_but_plain_characters() -> Result {
    for text in all_texts()? {
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
