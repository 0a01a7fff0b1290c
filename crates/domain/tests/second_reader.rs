//! The second reader: its data file belongs to the labelled texts, and how well it reads the
//! texts of `events/diagnostics/measured` that no rule knows.

use std::collections::BTreeMap;
use std::fs;

use serde::Deserialize;
use warden_domain::bounce::training::built_in;
use warden_domain::bounce::{BounceClass, BounceFacts, Classification, ReaderVerdict, Rulebook};
use warden_domain::event::{BounceSubType, BounceType};

#[expect(dead_code, reason = "the training uses the rest")]
#[path = "../training/corpus.rs"]
mod corpus;

use corpus::Result;

#[derive(Deserialize)]
struct File {
    text: Vec<Measured>,
}

#[derive(Deserialize)]
struct Measured {
    fault: BounceClass,
    status: Option<String>,
    text: String,
}

impl Measured {
    /// What is said of the text where SES calls the bounce permanent.
    fn judged(&self, rulebook: &Rulebook) -> Classification {
        rulebook.triage(BounceFacts {
            bounce: Some((&BounceType::Permanent, &BounceSubType::General)),
            status: self.status.as_deref(),
            diagnostic: Some(&self.text),
        })
    }
}

fn measured() -> Result<Vec<Measured>> {
    let mut all = Vec::new();
    for entry in fs::read_dir(corpus::root().join("events/diagnostics/measured"))? {
        let file: File = toml::from_str(&fs::read_to_string(entry?.path())?)?;
        all.extend(file.text);
    }
    Ok(all)
}

#[test]
fn the_data_file_was_trained_on_the_labelled_texts() -> Result {
    let (_, hash) = corpus::read()?;
    let trained_on = built_in().ok_or("no model")?.trained_on();
    assert_eq!(trained_on, hash, "texts, labels or normaliser changed: run `make train`");
    Ok(())
}

/// Columns: about the recipient, unknown, other.
fn column(class: BounceClass) -> usize {
    if class.is_recipients() {
        0
    } else if class == BounceClass::Unknown {
        1
    } else {
        2
    }
}

#[test]
fn it_blames_no_recipient_wrongly_where_no_rule_knows() -> Result {
    let rulebook = Rulebook::built_in();
    let mut zones: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    let mut texts = 0;
    for text in measured()? {
        let found = text.judged(&rulebook);
        if found.rule != "none" {
            continue;
        }
        texts += 1;
        let zone = found.second.map_or("not asked", |second| second.verdict.code());
        if let Some(count) = zones.entry(zone).or_default().get_mut(column(text.fault)) {
            *count += 1;
        }
    }
    println!("{texts} texts that no rule knows: about the recipient, unknown, other");
    for (zone, counts) in &zones {
        println!("{zone:<14} {counts:?}");
    }
    let [_, unknown, other] = zones.get("recipient").copied().unwrap_or_default();
    assert_eq!((unknown, other), (0, 0), "called the recipient");
    Ok(())
}

#[test]
fn rules_and_reader_together_suppress_the_dead_and_spare_the_rest() -> Result {
    let rulebook = Rulebook::built_in();
    let texts = measured()?;
    for (name, keeps_unsure) in [("unsure is suppressed", false), ("unsure is kept", true)] {
        let mut counts = [[0_usize; 2]; 3];
        for text in &texts {
            let found = text.judged(&rulebook);
            let is_policy = found.status.is_some_and(|status| status.is_policy());
            let is_suppressed = if found.class == BounceClass::Unknown {
                let verdict = found.second.map(|second| second.verdict);
                !is_policy && !keeps_unsure && verdict != Some(ReaderVerdict::NotRecipient)
            } else {
                found.class.is_recipients()
            };
            if let Some(count) = counts
                .get_mut(column(text.fault))
                .and_then(|row| row.get_mut(usize::from(is_suppressed)))
            {
                *count += 1;
            }
        }
        let [recipient, unknown, other] = counts;
        println!(
            "{name}: kept, suppressed: recipient {recipient:?}, unknown {unknown:?}, other {other:?}"
        );
    }
    Ok(())
}

#[test]
fn it_names_only_words_of_the_training_texts() {
    let found = Rulebook::built_in().triage(BounceFacts {
        diagnostic: Some("550 zebedee quixotry: that mailbox has been retired by hans muellerson"),
        ..BounceFacts::default()
    });
    let because =
        found.because("550 zebedee quixotry: that mailbox has been retired by hans muellerson");
    for name in ["zebedee", "quixotry", "hans", "muellerson"] {
        assert!(!because.iter().any(|word| word == name), "{because:?}");
    }
}

#[test]
fn a_word_by_itself_is_no_text_to_read() {
    for text in ["550 unknown", "550 mailbox", "550", ""] {
        let found = Rulebook::built_in()
            .triage(BounceFacts { diagnostic: Some(text), ..BounceFacts::default() });
        assert_eq!(found.second, None, "{text}");
    }
}

#[test]
fn without_the_second_reader_it_is_not_asked() {
    let facts = BounceFacts {
        diagnostic: Some("550 quite a new wording of ours"),
        ..BounceFacts::default()
    };
    assert!(Rulebook::built_in().triage(facts).second.is_some());
    assert_eq!(Rulebook::built_in().without_second_reader().triage(facts).second, None);
}
