//! Which of a name's TXT records is its DMARC record.

use super::DmarcRecord;

/// The DMARC record among the TXT texts of one `_dmarc` name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// No text begins with `v=DMARC1`.
    Missing,
    /// Exactly one does.
    One(Box<DmarcRecord>),
    /// So many do, so receivers discard all of them.
    Several(usize),
}

/// Selects the DMARC record of a name (RFC 9989, section 4.10, step 2).
pub fn select<S: AsRef<str>>(texts: &[S]) -> Selection {
    let mut records = texts.iter().filter_map(|text| DmarcRecord::parse(text.as_ref()));
    match (records.next(), records.count()) {
        (None, _) => Selection::Missing,
        (Some(record), 0) => Selection::One(Box::new(record)),
        (Some(_), further) => Selection::Several(further + 1),
    }
}

/// Whether a person meant `text` to be a DMARC record, although receivers ignore it: `v=dmarc1`,
/// `v=DMARC 1`, quotes or blanks in front, another tag before `v`.
pub fn was_meant_as_record(text: &str) -> bool {
    let letters: String = text
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '"' | '\'' | '\\'))
        .take(400)
        .collect::<String>()
        .to_ascii_lowercase();
    let is_near = ["v=dmarc", "v:dmarc", "dmarc1", "dmarc=", "v-dmarc"]
        .iter()
        .any(|start| letters.starts_with(start));
    DmarcRecord::parse(text).is_none() && (is_near || letters.contains(";v=dmarc1"))
}

pub(super) fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t')
}
