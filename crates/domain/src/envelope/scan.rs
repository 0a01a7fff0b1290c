//! A quick way through the two envelopes of a full batch: SQS's records, and SNS's notification in
//! a record's body.
//!
//! Taking quoted JSON out of quoted JSON is most of the work on a full batch: at the outermost
//! level each quote of an SES event is `\\\"`. This scanner knows compact JSON with the names that
//! SQS and SNS document, each of ours once, and checks all of it. Anything else is `None`, and
//! [`super`] reads the whole text again through serde, which alone says what is wrong with it. So
//! the scanner changes how long a text takes and never what it means; the fuzz target `payload`
//! and a property test hold it to that.

use super::MOST_ENTRIES;

/// Deepest nesting of a value that is skipped.
const MOST_NESTED: usize = 16;

/// A record of SQS.
pub(super) struct SqsRecord<'a> {
    /// `messageId`, where it has one.
    pub(super) message_id: Option<&'a str>,
    /// `body`, unescaped.
    pub(super) body: &'a str,
}

/// Calls `take` for each record of an SQS batch, in order.
///
/// Returns `None` where the payload is anything else; `take` may have been called before that
/// shows.
pub(super) fn sqs_records(payload: &str, mut take: impl FnMut(SqsRecord<'_>)) -> Option<()> {
    let mut cursor = Cursor::new(payload)?;
    let mut body = Vec::new();
    let mut entries = 0_usize;
    cursor.members(|cursor, name| {
        // The only name that a batch has.
        if name != "Records" || entries > 0 {
            return None;
        }
        cursor.expect(b'[')?;
        loop {
            entries += 1;
            if entries > MOST_ENTRIES {
                return None;
            }
            cursor.skip_spaces();
            take_record(cursor, &mut body, &mut take)?;
            cursor.skip_spaces();
            match cursor.next()? {
                b',' => {}
                b']' => return Some(()),
                _ => return None,
            }
        }
    })?;
    (entries > 0 && cursor.is_at_end()).then_some(())
}

fn take_record(
    cursor: &mut Cursor<'_>,
    body: &mut Vec<u8>,
    take: &mut impl FnMut(SqsRecord<'_>),
) -> Option<()> {
    let (mut message_id, mut source, mut has_body, mut length) = (None, None, false, 0);
    cursor.members(|cursor, name| match name {
        "messageId" if message_id.is_none() => {
            message_id = Some(cursor.plain_string()?);
            Some(())
        }
        "eventSource" if source.is_none() => {
            source = Some(cursor.plain_string()?);
            Some(())
        }
        "body" if !has_body => {
            has_body = true;
            length = cursor.unescape_into(body)?;
            Some(())
        }
        "receiptHandle"
        | "attributes"
        | "messageAttributes"
        | "md5OfBody"
        | "md5OfMessageAttributes"
        | "eventSourceARN"
        | "awsRegion" => cursor.skip_value(0),
        _ => None,
    })?;
    if source? != "aws:sqs" || !has_body {
        return None;
    }
    take(SqsRecord { message_id, body: std::str::from_utf8(body.get(..length)?).ok()? });
    Some(())
}

/// Returns the unescaped `Message` of a text that is an SNS notification; `None` for any other text.
pub(super) fn sns_message(text: &str) -> Option<String> {
    // Most other texts are SES events: they end here.
    let first = text.strip_prefix('{')?.trim_start_matches(' ').strip_prefix('"')?;
    if !first.starts_with(|letter: char| letter.is_ascii_uppercase()) {
        return None;
    }
    let mut cursor = Cursor::new(text)?;
    let (mut kind, mut topic, mut message) = (None, None, None);
    cursor.members(|cursor, name| match name {
        "Type" if kind.is_none() => {
            kind = Some(cursor.plain_string()?);
            Some(())
        }
        "TopicArn" if topic.is_none() => {
            topic = Some(cursor.plain_string()?);
            Some(())
        }
        "Message" if message.is_none() => {
            let mut unescaped = vec![0; text.len() + 32];
            let length = cursor.unescape_into(&mut unescaped)?;
            unescaped.truncate(length);
            message = Some(unescaped);
            Some(())
        }
        "MessageId" | "Subject" | "Timestamp" | "SignatureVersion" | "Signature"
        | "SigningCertURL" | "UnsubscribeURL" | "MessageAttributes" => cursor.skip_value(0),
        _ => None,
    })?;
    if kind? != "Notification" || !cursor.is_at_end() {
        return None;
    }
    String::from_utf8(message?).ok()
}

/// A place in a text that has no control characters, so that any it would meet in a string is an
/// error met before, and spaces are the only white space.
struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    fn new(text: &'a str) -> Option<Self> {
        let text = text.trim_end();
        (!has_control(text.as_bytes())).then_some(Self { text, at: 0 })
    }

    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn is_at_end(&self) -> bool {
        self.rest().is_empty()
    }

    fn peek(&self) -> Option<u8> {
        self.rest().first().copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.next()? == byte).then_some(())
    }

    fn skip_spaces(&mut self) {
        while self.peek() == Some(b' ') {
            self.at += 1;
        }
    }

    /// Reads an object, and calls `value` at the place of each value with its name.
    fn members(&mut self, mut value: impl FnMut(&mut Self, &'a str) -> Option<()>) -> Option<()> {
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
    fn plain_string(&mut self) -> Option<&'a str> {
        self.expect(b'"')?;
        let start = self.at;
        self.at += plain_bytes(self.rest());
        let end = self.at;
        self.expect(b'"')?;
        self.text.get(start..end)
    }

    /// Reads a string into `out`, which grows where it must, and returns how many bytes it stands
    /// for.
    fn unescape_into(&mut self, out: &mut Vec<u8>) -> Option<usize> {
        self.expect(b'"')?;
        loop {
            match unescape(self.rest(), out) {
                Ok((read, written)) => {
                    self.at += read;
                    return Some(written);
                }
                Err(Stop::Full) => out.resize(out.len() * 2 + 8192, 0),
                Err(Stop::Broken) => return None,
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

    fn skip_value(&mut self, depth: usize) -> Option<()> {
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

/// Why a string was not unescaped.
enum Stop {
    /// There is no room for it.
    Full,
    /// It is none, or does not end.
    Broken,
}

/// Writes what a string stands for, which begins after its first quote. Returns how many bytes of
/// `input` it takes with its last quote, and how many of `out`.
fn unescape(input: &[u8], out: &mut [u8]) -> Result<(usize, usize), Stop> {
    let (mut from, mut to) = (0, 0);
    loop {
        // Sixteen bytes at a time: what is copied too much is written over.
        while let Some(block) = input.get(from..).and_then(|rest| rest.first_chunk::<16>()) {
            let Some(room) = out.get_mut(to..).and_then(|rest| rest.first_chunk_mut::<16>()) else {
                return Err(Stop::Full);
            };
            *room = *block;
            let plain = leading_plain(block);
            from += plain;
            to += plain;
            if plain < 16 {
                break;
            }
        }
        let mut byte = *input.get(from).ok_or(Stop::Broken)?;
        // One escape often follows another: a quote two levels down is three of them.
        while byte == b'\\' {
            let letter = *input.get(from + 1).ok_or(Stop::Broken)?;
            from += 2;
            match UNESCAPED.get(usize::from(letter)) {
                Some(0) | None => {
                    let digits = input.get(from..).filter(|_| letter == b'u');
                    let (character, rest) = digits.and_then(unicode_escape).ok_or(Stop::Broken)?;
                    from = input.len() - rest.len();
                    let mut encoded = [0; 4];
                    let encoded = character.encode_utf8(&mut encoded).as_bytes();
                    let end = to + encoded.len();
                    out.get_mut(to..end).ok_or(Stop::Full)?.copy_from_slice(encoded);
                    to = end;
                }
                Some(plain) => {
                    *out.get_mut(to).ok_or(Stop::Full)? = *plain;
                    to += 1;
                }
            }
            byte = *input.get(from).ok_or(Stop::Broken)?;
        }
        if byte == b'"' {
            return Ok((from + 1, to));
        }
        *out.get_mut(to).ok_or(Stop::Full)? = byte;
        from += 1;
        to += 1;
    }
}

/// Bytes before the first quote or backslash.
fn plain_bytes(bytes: &[u8]) -> usize {
    let (blocks, last) = bytes.as_chunks::<16>();
    for (place, block) in blocks.iter().enumerate() {
        let plain = leading_plain(block);
        if plain < 16 {
            return place * 16 + plain;
        }
    }
    let plain = last.iter().take_while(|byte| !matches!(byte, b'"' | b'\\')).count();
    bytes.len() - last.len() + plain
}

/// How many of sixteen bytes come before the first quote or backslash.
fn leading_plain(block: &[u8; 16]) -> usize {
    let [low, high] = block.as_chunks::<8>().0 else { return 0 };
    match specials(*low) {
        0 => 8 + specials(*high).trailing_zeros() as usize / 8,
        found => found.trailing_zeros() as usize / 8,
    }
}

/// Marks the first of eight bytes that is a quote or a backslash by its high bit, the lowest one
/// that is set; zero where there is none.
fn specials(eight: [u8; 8]) -> u64 {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGH: u64 = u64::from_ne_bytes([0x80; 8]);
    let word = u64::from_le_bytes(eight);
    let zeros = |word: u64| word.wrapping_sub(ONES) & !word & HIGH;
    zeros(word ^ (ONES * b'"' as u64)) | zeros(word ^ (ONES * b'\\' as u64))
}

/// What a backslash and a letter stand for, by the letter; zero for letters that no escape has, and
/// for `u`.
static UNESCAPED: [u8; 256] = {
    let mut table = [0; 256];
    let pairs = [
        (b'"', b'"'),
        (b'\\', b'\\'),
        (b'/', b'/'),
        (b'b', 0x08),
        (b'f', 0x0c),
        (b'n', b'\n'),
        (b'r', b'\r'),
        (b't', b'\t'),
    ];
    let mut rest: &[(u8, u8)] = &pairs;
    while let [(letter, character), after @ ..] = rest {
        #[expect(
            clippy::indexing_slicing,
            reason = "a byte is below 256, and this runs in the compiler"
        )]
        {
            table[*letter as usize] = *character;
        }
        rest = after;
    }
    table
};

/// The character of a `\u` escape, whose digits begin the text, and what follows it.
fn unicode_escape(text: &[u8]) -> Option<(char, &[u8])> {
    let (first, rest) = (four_digits(text)?, text.get(4..)?);
    match first {
        0xd800..=0xdbff => {
            let rest = rest.strip_prefix(b"\\u")?;
            let second = four_digits(rest)?;
            if !(0xdc00..=0xdfff).contains(&second) {
                return None;
            }
            let code = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
            Some((char::from_u32(code)?, rest.get(4..)?))
        }
        _ => Some((char::from_u32(first)?, rest)),
    }
}

fn four_digits(text: &[u8]) -> Option<u32> {
    let digits = text.first_chunk::<4>()?;
    digits.iter().try_fold(0, |code, digit| Some(code * 16 + char::from(*digit).to_digit(16)?))
}

#[cfg(test)]
mod tests;
