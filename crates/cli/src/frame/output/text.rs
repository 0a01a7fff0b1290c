//! Which characters are unsafe on a terminal, and what is written for them: U+FFFD in lines of
//! text, an escape in JSON.

use std::borrow::Cow;
use std::io::{self, Write};
use std::path::Path;

use serde_json::ser::{CompactFormatter, Formatter};

/// Replaces a character that is not shown.
const REPLACEMENT: char = '\u{fffd}';

/// Whether a terminal might execute this character, or hide or reorder the text around it.
pub(super) fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c,
            // Soft hyphen, Arabic letter mark, Mongolian vowel separator: invisible.
            '\u{ad}' | '\u{61c}' | '\u{180e}'
            // Zero-width space, left-to-right and right-to-left mark. The joiners between
            // them stay: Persian, Indic scripts and emoji need them.
            | '\u{200b}' | '\u{200e}' | '\u{200f}'
            // Line and paragraph separator, bidirectional embeddings and overrides.
            | '\u{2028}'..='\u{202e}'
            // Word joiner, invisible operators, bidirectional isolates, deprecated controls.
            | '\u{2060}'..='\u{206f}'
            // Byte order mark, interlinear annotations.
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            // Tag characters.
            | '\u{e0000}'..='\u{e007f}'
            // Noncharacters; some are this module's own marks of a style.
            | '\u{fdd0}'..='\u{fdef}')
}

/// Returns `text` as one line in which nothing controls a terminal.
///
/// Line breaks become U+FFFD like any other control character; tabs become spaces.
///
/// ```
/// use ses_warden::frame::output::printable;
///
/// assert_eq!(printable("news.example.com"), "news.example.com");
/// assert_eq!(printable("a\u{1b}[2Jb\r\nc"), "a\u{fffd}[2Jb\u{fffd}\u{fffd}c");
/// ```
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unsafe) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(shown).collect())
}

/// Returns a path as one harmless line, for messages.
pub fn path(path: &Path) -> String {
    printable(&path.to_string_lossy()).into_owned()
}

/// What is written for this character.
pub(super) fn shown(c: char) -> char {
    match c {
        '\t' => ' ',
        c if is_unsafe(c) => REPLACEMENT,
        c => c,
    }
}

/// Compact JSON in which unsafe characters are escaped.
pub(super) struct Escaping;

impl Formatter for Escaping {
    /// serde_json escapes what JSON demands by itself: quotes, backslashes, C0 controls.
    fn write_string_fragment<W>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()>
    where
        W: Write + ?Sized,
    {
        let mut rest = fragment;
        while let Some(at) = rest.find(is_unsafe) {
            let (safe, from) = rest.split_at_checked(at).unwrap_or((rest, ""));
            CompactFormatter.write_string_fragment(writer, safe)?;
            let mut characters = from.chars();
            if let Some(c) = characters.next() {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            }
            rest = characters.as_str();
        }
        CompactFormatter.write_string_fragment(writer, rest)
    }
}
