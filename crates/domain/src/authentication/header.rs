//! The header section of a message, as fields in their order.
//!
//! Any bytes are a message: what cannot be a field is skipped, what is too much is left out.

/// Fields kept of one message. The rest is left out; nobody's header section is longer.
pub const MAX_FIELDS: usize = 2_000;

/// Bytes of a header section that are read.
pub const MAX_BYTES: usize = 8 * 1024 * 1024;

/// One header field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderField {
    /// The name in lower case.
    pub name: String,
    /// The value in one line: folds are blanks, bytes that are no UTF-8 are U+FFFD.
    pub value: String,
}

/// Splits a message's header section into fields, topmost first.
///
/// Lines end with LF or CRLF; where there is no LF at all, with CR. The section ends at the first
/// empty line.
///
/// ```
/// use warden_domain::authentication::header::fields;
///
/// let fields = fields(b"From: jane@example.com\r\nSubject: a\r\n b\r\n\r\nbody: no field");
/// assert_eq!(fields.len(), 2);
/// assert_eq!(fields[1].value, "a b");
/// ```
pub fn fields(message: &[u8]) -> Vec<HeaderField> {
    let message = message.get(..MAX_BYTES).unwrap_or(message);
    let message = message.strip_prefix(b"\xef\xbb\xbf").unwrap_or(message);
    let separator = if message.contains(&b'\n') { b'\n' } else { b'\r' };
    let mut raw: Vec<(String, Vec<u8>)> = Vec::new();
    let mut is_skipping = false;
    for line in message.split(|byte| *byte == separator) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            if raw.is_empty() && !is_skipping {
                // Blank lines in front of the first field come of copying.
                continue;
            }
            break;
        }
        if matches!(line.first(), Some(b' ' | b'\t')) {
            if !is_skipping && let Some((_, value)) = raw.last_mut() {
                value.push(b' ');
                value.extend_from_slice(line.trim_ascii_start());
            }
            continue;
        }
        is_skipping = true;
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
        let (name, value) = line.split_at(colon);
        let name = name.trim_ascii();
        if name.is_empty() || !name.iter().all(u8::is_ascii_graphic) {
            continue;
        }
        if raw.len() == MAX_FIELDS {
            break;
        }
        is_skipping = false;
        let value = value.get(1..).unwrap_or_default().trim_ascii();
        raw.push((String::from_utf8_lossy(name).to_ascii_lowercase(), value.to_vec()));
    }
    let field = |(name, value): (String, Vec<u8>)| HeaderField {
        name,
        value: String::from_utf8_lossy(&value).into_owned(),
    };
    raw.into_iter().map(field).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(message: &[u8]) -> Vec<(String, String)> {
        fields(message).into_iter().map(|field| (field.name, field.value)).collect()
    }

    #[test]
    fn fields_are_split_unfolded_and_end_at_the_empty_line() {
        /// A message and its fields.
        type Case = (&'static [u8], &'static [(&'static str, &'static str)]);
        let cases: [Case; 13] = [
            (b"A: 1\r\nB: 2\r\n\r\nC: 3", &[("a", "1"), ("b", "2")]),
            (b"A: 1\nB: 2\n\nC: 3", &[("a", "1"), ("b", "2")]),
            (b"A: 1\rB: 2\r\rC: 3", &[("a", "1"), ("b", "2")]),
            (b"A: 1\r\n\t2\r\n  3\r\nB:x", &[("a", "1 2 3"), ("b", "x")]),
            (b"A: 1\r\n \r\n 2\r\n\r\n", &[("a", "1  2")]),
            (b"From me@example.com Mon\nA: 1\n", &[("a", "1")]),
            (b"A : 1\n", &[("a", "1")]),
            (b"no field\n folded\nA: 1", &[("a", "1")]),
            (b": 1\nA: 1", &[("a", "1")]),
            (b"\n\nA: 1", &[("a", "1")]),
            (b"\xef\xbb\xbfA: 1", &[("a", "1")]),
            (b"A: \xff\x00x", &[("a", "\u{fffd}\0x")]),
            (b"", &[]),
        ];
        for (message, expected) in cases {
            let expected: Vec<_> =
                expected.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
            assert_eq!(pairs(message), expected, "{:?}", String::from_utf8_lossy(message));
        }
    }

    #[test]
    fn a_header_section_is_bounded() {
        assert_eq!(fields(&b"A: 1\n".repeat(10 * MAX_FIELDS)).len(), MAX_FIELDS);
        let long = [b"A: ".as_slice(), &vec![b'x'; 2 * MAX_BYTES]].concat();
        assert!(fields(&long)[0].value.len() <= MAX_BYTES);
    }
}
