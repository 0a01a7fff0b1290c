//! The labelled diagnostics in `events/diagnostics`, as tests read them.

#![allow(dead_code, reason = "each test uses a part of it")]

use std::path::{Path, PathBuf};
use std::{error, fs};

use serde::Deserialize;
use warden_domain::bounce::{BounceClass, BounceFacts, Classification, triage};
use warden_domain::event::{BounceSubType, BounceType};

pub(crate) type Result<T = ()> = std::result::Result<T, Box<dyn error::Error>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    text: Vec<Labelled>,
}

/// One text of the corpus; `events/README.md` says what the fields mean.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Labelled {
    #[serde(rename = "fault")]
    pub(crate) class: BounceClass,
    pub(crate) bounce: String,
    pub(crate) status: Option<String>,
    pub(crate) text: String,
    #[serde(rename = "why")]
    _why: Option<String>,
    #[serde(rename = "source")]
    _source: Option<String>,
    /// The file's name.
    #[serde(skip)]
    pub(crate) file: String,
    #[serde(skip)]
    pub(crate) part: Part,
}

/// Where a text lies, and what it may be used for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Part {
    /// Found and labelled beside the rules.
    #[default]
    Own,
    /// Collected, for writing rules.
    Written,
    /// Collected, only measured.
    Measured,
}

impl Part {
    fn folder(self) -> &'static str {
        match self {
            Self::Own => "",
            Self::Written => "written",
            Self::Measured => "measured",
        }
    }
}

impl Labelled {
    pub(crate) fn judged(&self) -> Classification {
        self.judged_as(self.status.as_deref(), &self.text)
    }

    /// What comes of another text under this one's bounce type.
    pub(crate) fn judged_as(&self, status: Option<&str>, text: &str) -> Classification {
        let (kind, sub_type) = self.bounce.split_once('/').unwrap_or((&self.bounce, ""));
        let bounce = (&BounceType::from(kind), &BounceSubType::from(sub_type));
        triage(BounceFacts { bounce: Some(bounce), status, diagnostic: Some(text) })
    }

    pub(crate) fn shown(&self) -> String {
        let start: String = self.text.escape_debug().take(110).collect();
        let status = self.status.as_deref().unwrap_or("-");
        format!("{}: [{status}] {start}", self.file)
    }
}

/// The texts of one part.
pub(crate) fn texts_of(part: Part) -> Result<Vec<Labelled>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events/diagnostics");
    let mut files: Vec<PathBuf> = fs::read_dir(folder.join(part.folder()))?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_>>()?;
    files.retain(|path| path.is_file());
    files.sort();
    let mut all = Vec::new();
    for path in files {
        let file: File = toml::from_str(&fs::read_to_string(&path)?)
            .map_err(|e| format!("{}: {e}", path.display()))?;
        let name = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        let texts = file.text.into_iter();
        all.extend(texts.map(|text| Labelled { file: name.to_owned(), part, ..text }));
    }
    Ok(all)
}

/// The texts of all parts.
pub(crate) fn all_texts() -> Result<Vec<Labelled>> {
    let mut all = texts_of(Part::Own)?;
    all.extend(texts_of(Part::Written)?);
    all.extend(texts_of(Part::Measured)?);
    Ok(all)
}
