//! Reads compact JSON from left to right, and checks all of it: borrows names and plain strings,
//! unescapes a string on request, and skips any other value.

use super::twice::message_in_body;
use super::unescape::{UNESCAPED, UnescapeStop, four_digits, plain_bytes, unescape};

/// Deepest nesting of a value that is skipped.
const MOST_NESTED: usize = 16;

/// A place in a text that has no control characters, so that any it would meet in a string is an
/// error met before, and spaces are the only white space.
pub(super) struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Option<Self> {
        let text = text.trim_end();
        (!has_control(text.as_bytes())).then_some(Self { text, at: 0 })
    }

    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.rest().is_empty()
    }

    fn peek(&self) -> Option<u8> {
        self.rest().first().copied()
    }

    pub(super) fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    pub(super) fn expect(&mut self, byte: u8) -> Option<()> {
        (self.next()? == byte).then_some(())
    }

    pub(super) fn skip_spaces(&mut self) {
        while self.peek() == Some(b' ') {
            self.at += 1;
        }
    }

    /// Reads an object, and calls `value` at the place of each value with its name.
    pub(super) fn members(
        &mut self,
        mut value: impl FnMut(&mut Self, &'a str) -> Option<()>,
    ) -> Option<()> {
        self.expect(b'{')?;
        self.skip_spaces();
        if self.peek()? == b'}' {
            self.at += 1;
            return Some(());
        }
        loop {
            self.skip_spaces();
            let name = self.plain_string()?;
            self.skip_spaces();
            self.expect(b':')?;
            self.skip_spaces();
            value(self, name)?;
            self.skip_spaces();
            match self.next()? {
                b',' => {}
                b'}' => return Some(()),
                _ => return None,
            }
        }
    }

    /// Reads a string that holds no escape.
    pub(super) fn plain_string(&mut self) -> Option<&'a str> {
        self.expect(b'"')?;
        let start = self.at;
        self.at += plain_bytes(self.rest());
        let end = self.at;
        self.expect(b'"')?;
        self.text.get(start..end)
    }

    /// Reads a string that is an SNS notification, writes its message into `out`, which grows where
    /// it must, and returns the message's length. Where it is none, nothing is read.
    pub(super) fn message_in_string(&mut self, out: &mut Vec<u8>) -> Option<usize> {
        let (read, written) = message_in_body(self.rest().strip_prefix(b"\"")?, out)?;
        self.at += 1 + read;
        Some(written)
    }

    /// Reads a string into `out`, which grows where it must, and returns how many bytes it stands
    /// for.
    pub(super) fn unescape_into(&mut self, out: &mut Vec<u8>) -> Option<usize> {
        self.expect(b'"')?;
        loop {
            match unescape(self.rest(), out) {
                Ok((read, written)) => {
                    self.at += read;
                    return Some(written);
                }
                Err(UnescapeStop::Full) => out.resize(out.len() * 2 + 8192, 0),
                Err(UnescapeStop::Broken) => return None,
            }
        }
    }

    fn skip_string(&mut self) -> Option<()> {
        self.expect(b'"')?;
        loop {
            self.at += plain_bytes(self.rest());
            match self.next()? {
                b'"' => return Some(()),
                _ => match self.next()? {
                    b'u' => {
                        four_digits(self.rest())?;
                        self.at += 4;
                    }
                    letter if UNESCAPED.get(usize::from(letter)) != Some(&0) => {}
                    _ => return None,
                },
            }
        }
    }

    pub(super) fn skip_value(&mut self, depth: usize) -> Option<()> {
        if depth > MOST_NESTED {
            return None;
        }
        match self.peek()? {
            b'"' => self.skip_string(),
            b'{' => self.members(|cursor, _| cursor.skip_value(depth + 1)),
            b'[' => self.skip_list(depth),
            b't' => self.skip_word(b"true"),
            b'f' => self.skip_word(b"false"),
            b'n' => self.skip_word(b"null"),
            _ => self.skip_number(),
        }
    }

    fn skip_list(&mut self, depth: usize) -> Option<()> {
        self.expect(b'[')?;
        self.skip_spaces();
        if self.peek()? == b']' {
            self.at += 1;
            return Some(());
        }
        loop {
            self.skip_spaces();
            self.skip_value(depth + 1)?;
            self.skip_spaces();
            match self.next()? {
                b',' => {}
                b']' => return Some(()),
                _ => return None,
            }
        }
    }

    fn skip_word(&mut self, word: &[u8]) -> Option<()> {
        self.rest().starts_with(word).then(|| self.at += word.len())
    }

    /// Skips a whole number without exponent: the envelopes hold no other.
    fn skip_number(&mut self) -> Option<()> {
        let digits = self.rest().iter().take_while(|byte| byte.is_ascii_digit()).count();
        let is_number = digits > 0 && (digits == 1 || self.peek() != Some(b'0'));
        self.at += digits;
        (is_number && !matches!(self.peek(), Some(b'.' | b'e' | b'E'))).then_some(())
    }
}

/// Whether a text holds a character below the space. Without an early end in a block, so that the
/// compiler compares many bytes at once.
fn has_control(bytes: &[u8]) -> bool {
    bytes.chunks(4096).any(|block| block.iter().fold(false, |found, byte| found | (*byte < b' ')))
}
