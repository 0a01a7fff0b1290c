//! The collected diagnostics in `events/diagnostics/written` and `measured` are what
//! `events/README.md` says: split by source, distinct, and free of personal details.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{error, fs};

use serde::Deserialize;
use warden_domain::bounce::BounceClass;

type Result<T = ()> = std::result::Result<T, Box<dyn error::Error>>;

const FEWEST_TEXTS: usize = 1_200;
const FEWEST_PUBLISHERS: usize = 100;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    text: Vec<Collected>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Collected {
    #[serde(rename = "fault")]
    _fault: BounceClass,
    bounce: String,
    status: Option<String>,
    text: String,
    source: String,
    #[serde(skip)]
    split: &'static str,
}

fn collected() -> Result<Vec<Collected>> {
    let mut all = Vec::new();
    for split in ["written", "measured"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events/diagnostics");
        let mut files: Vec<PathBuf> = fs::read_dir(folder.join(split))?
            .map(|entry| Ok(entry?.path()))
            .collect::<Result<_>>()?;
        files.sort();
        for path in files {
            let file: File = toml::from_str(&fs::read_to_string(&path)?)
                .map_err(|e| format!("{}: {e}", path.display()))?;
            all.extend(file.text.into_iter().map(|text| Collected { split, ..text }));
        }
    }
    Ok(all)
}

/// FNV-1a, 64 bits.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Who published a source: the owner of a project, or the host of a page.
fn publisher(source: &str) -> String {
    source.split(['/', ' ']).next().unwrap_or_default().to_ascii_lowercase()
}

#[test]
fn the_hash_of_the_source_alone_decides_the_folder() -> Result {
    for text in collected()? {
        let wanted = if hash(&text.source) >> 63 == 0 { "written" } else { "measured" };
        assert_eq!(text.split, wanted, "{}: {}", text.source, text.text);
    }
    Ok(())
}

#[test]
fn texts_are_many_distinct_and_from_many_publishers() -> Result {
    let all = collected()?;
    let mut seen = BTreeMap::new();
    for text in &all {
        let before = seen.insert(text.text.to_lowercase(), &text.source);
        assert!(before.is_none(), "twice: {} ({before:?}, {})", text.text, text.source);
    }
    let publishers: BTreeSet<String> = all.iter().map(|text| publisher(&text.source)).collect();
    assert!(all.len() >= FEWEST_TEXTS, "{} texts", all.len());
    assert!(publishers.len() >= FEWEST_PUBLISHERS, "{} publishers", publishers.len());
    Ok(())
}

#[test]
fn bounce_and_status_have_the_forms_of_ses() -> Result {
    for text in collected()? {
        let bounce = text.bounce.as_str();
        assert!(matches!(bounce, "Permanent/General" | "Transient/General"), "{bounce}");
        if let Some(status) = &text.status {
            let parts: Vec<&str> = status.split('.').collect();
            assert!(parts.len() == 3 && parts.iter().all(|p| p.parse::<u16>().is_ok()), "{status}");
        }
    }
    Ok(())
}

#[test]
fn no_text_holds_a_real_address() -> Result {
    let is_documentation = |ip: &str| {
        ["192.0.2.", "198.51.100.", "203.0.113.", "127.0.0."].iter().any(|net| ip.starts_with(net))
    };
    for text in collected()? {
        let is_separator = |c: char| !(c.is_ascii_alphanumeric() || ".@-_".contains(c));
        for word in text.text.split(is_separator) {
            if let Some((_, domain)) = word.rsplit_once('@').filter(|(local, _)| !local.is_empty())
            {
                let domain = domain.trim_end_matches('.');
                let is_example = ["example.com", "example.net", "example.org"]
                    .iter()
                    .any(|d| domain.starts_with(d));
                let is_placeholder = !domain.contains('.');
                assert!(is_example || is_placeholder, "{word}: {}", text.text);
            }
            let numbers: Vec<&str> = word.trim_matches('.').split('.').collect();
            let is_ip = numbers.len() == 4 && numbers.iter().all(|n| n.parse::<u8>().is_ok());
            // RFC 2821, section 4.1.1.1.
            if is_ip && word.trim_matches('.') != "4.1.1.1" {
                assert!(is_documentation(word), "{word}: {}", text.text);
            }
        }
    }
    Ok(())
}
