//! Bytes of a file as text.

use super::ReadError;

pub(super) struct Decoded {
    pub(super) text: String,
    pub(super) is_utf8: bool,
}

/// Reads UTF-8 and UTF-16 with or without a byte order mark; what is neither is taken for
/// Windows-1252, as spreadsheets of the West save it.
pub(super) fn decode(file: &[u8]) -> Result<Decoded, ReadError> {
    for (mark, what) in [
        (b"PK\x03\x04".as_slice(), "a ZIP archive or an Excel workbook"),
        (b"\x1f\x8b", "compressed with gzip"),
        (b"\xd0\xcf\x11\xe0", "an Excel workbook"),
        (b"%PDF", "a PDF document"),
    ] {
        if file.starts_with(mark) {
            return Err(ReadError::NotText(what));
        }
    }
    if let Some(units) = utf16(file) {
        let text: String = char::decode_utf16(units)
            .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect();
        return Ok(Decoded { text, is_utf8: true });
    }
    let file = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
    let decoded = match std::str::from_utf8(file) {
        Ok(text) => Decoded { text: text.to_owned(), is_utf8: true },
        Err(_) => {
            Decoded { text: file.iter().copied().map(windows_1252).collect(), is_utf8: false }
        }
    };
    if decoded.text.trim().is_empty() { Err(ReadError::Empty) } else { Ok(decoded) }
}

/// The code units of a file that begins with a byte order mark of UTF-16.
fn utf16(file: &[u8]) -> Option<impl Iterator<Item = u16> + '_> {
    let (rest, is_big) = match (file.strip_prefix(b"\xfe\xff"), file.strip_prefix(b"\xff\xfe")) {
        (Some(rest), _) => (rest, true),
        (None, Some(rest)) => (rest, false),
        (None, None) => return None,
    };
    Some(rest.chunks_exact(2).map(move |pair| {
        let pair = [pair.first().copied().unwrap_or(0), pair.last().copied().unwrap_or(0)];
        if is_big { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) }
    }))
}

/// Windows-1252: Latin-1 but for the codes 0x80 to 0x9f.
fn windows_1252(byte: u8) -> char {
    const HIGH: &str = "\u{20ac}\u{81}\u{201a}\u{192}\u{201e}\u{2026}\u{2020}\u{2021}\u{2c6}\
                        \u{2030}\u{160}\u{2039}\u{152}\u{8d}\u{17d}\u{8f}\u{90}\u{2018}\u{2019}\
                        \u{201c}\u{201d}\u{2022}\u{2013}\u{2014}\u{2dc}\u{2122}\u{161}\u{203a}\
                        \u{153}\u{9d}\u{17e}\u{178}";
    match byte {
        0x80..=0x9f => HIGH.chars().nth(usize::from(byte - 0x80)).unwrap_or(char::from(byte)),
        _ => char::from(byte),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(file: &[u8]) -> Option<(String, bool)> {
        decode(file).ok().map(|decoded| (decoded.text, decoded.is_utf8))
    }

    #[test]
    fn encodings_are_recognized_by_their_bytes() {
        let utf16 = |units: &str, mark: u16, swap: bool| -> Vec<u8> {
            std::iter::once(mark)
                .chain(units.encode_utf16())
                .flat_map(|unit| if swap { unit.to_be_bytes() } else { unit.to_le_bytes() })
                .collect()
        };
        let expected = Some(("j\u{fc}".to_owned(), true));
        assert_eq!(text("j\u{fc}".as_bytes()), expected);
        assert_eq!(text("\u{feff}j\u{fc}".as_bytes()), expected);
        assert_eq!(text(&utf16("j\u{fc}", 0xfeff, false)), expected);
        assert_eq!(text(&utf16("j\u{fc}", 0xfeff, true)), expected);
        assert_eq!(text(b"j\xfc \x80\x9f"), Some(("j\u{fc} \u{20ac}\u{178}".to_owned(), false)));
        for nothing in [b"".as_slice(), b" \r\n\t", b"\xef\xbb\xbf\n", b"PK\x03\x04x", b"\x1f\x8bx"]
        {
            assert_eq!(text(nothing), None, "{nothing:?}");
        }
    }
}
