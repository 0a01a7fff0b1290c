//! The labelled texts that the second reader learns from.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{error, fs};

use serde::Deserialize;
use warden_domain::bounce::training::Features;
use warden_domain::bounce::{BounceClass, normalized};

pub(crate) type Result<T = ()> = std::result::Result<T, Box<dyn error::Error>>;

/// Texts that say the same once they are normalised.
pub(crate) struct Example {
    pub(crate) words: String,
    pub(crate) features: Features,
    /// How far its labels blame the recipient, from 0 to 1.
    pub(crate) target: f64,
    /// Whether every label blames the recipient.
    pub(crate) is_recipient: bool,
    /// Who published the first of them.
    pub(crate) publisher: String,
}

#[derive(Deserialize)]
struct File {
    text: Vec<Labelled>,
}

#[derive(Deserialize)]
struct Labelled {
    fault: BounceClass,
    bounce: String,
    text: String,
    source: Option<String>,
}

/// Folders of `events/diagnostics` that are learned from. What is only measured is not there.
const FOLDERS: [&str; 2] = ["", "written"];

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The examples, in the order of the files, and the hash of what they were made of.
pub(crate) fn read() -> Result<(Vec<Example>, u64)> {
    let mut by_words: BTreeMap<String, (String, Vec<BounceClass>)> = BTreeMap::new();
    for folder in FOLDERS {
        let folder = root().join("events/diagnostics").join(folder);
        let mut files: Vec<PathBuf> =
            fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
        files.retain(|path| path.is_file());
        files.sort();
        for path in files {
            let file: File = toml::from_str(&fs::read_to_string(&path)?)?;
            let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
            // It is never asked about a reply 4xx.
            for labelled in file.text.into_iter().filter(|t| !t.bounce.starts_with("Transient")) {
                let words = normalized(&labelled.text);
                let publisher =
                    labelled.source.as_deref().map_or_else(|| stem.to_owned(), publisher);
                let entry = by_words.entry(words).or_insert_with(|| (publisher, Vec::new()));
                entry.1.push(labelled.fault);
            }
        }
    }
    by_words.retain(|words, _| Features::of(words).suffice());
    let mut hash = FNV_START;
    let mut examples = Vec::new();
    for (words, (publisher, mut classes)) in by_words {
        classes.sort_unstable();
        for part in [words.as_str(), "\n"].into_iter().chain(classes.iter().map(|c| c.code())) {
            hash = fnv(hash, part);
        }
        let count = f64::from(u32::try_from(classes.len())?);
        examples.push(Example {
            features: Features::of(&words),
            target: classes.iter().map(|class| target(*class)).sum::<f64>() / count,
            is_recipient: classes.iter().all(|class| class.is_recipients()),
            words,
            publisher,
        });
    }
    Ok((examples, hash))
}

/// What `unknown` is learned as: it proves nothing, and seldom means the recipient.
const UNKNOWN: f64 = 0.4;

fn target(class: BounceClass) -> f64 {
    match class {
        BounceClass::Unknown => UNKNOWN,
        class if class.is_recipients() => 1.0,
        BounceClass::RecipientGone
        | BounceClass::RecipientDisabled
        | BounceClass::DomainGone
        | BounceClass::MailboxFull
        | BounceClass::SenderAuthentication
        | BounceClass::SenderReputation
        | BounceClass::Content
        | BounceClass::Policy
        | BounceClass::RateLimited
        | BounceClass::ReceiverTemporary
        | BounceClass::Echo
        | BounceClass::AutoReply => 0.0,
    }
}

/// The owner of a project, or the host of a page.
fn publisher(source: &str) -> String {
    source.split(['/', ' ']).next().unwrap_or_default().to_ascii_lowercase()
}

pub(crate) const FNV_START: u64 = 0xcbf2_9ce4_8422_2325;

pub(crate) fn fnv(start: u64, text: &str) -> u64 {
    text.bytes().fold(start, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
