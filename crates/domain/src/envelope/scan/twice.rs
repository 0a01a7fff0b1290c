//! SNS's notification in the body of an SQS record: quoted JSON in quoted JSON, taken apart in one
//! pass instead of two.
//!
//! Here a quote of the notification is `\"`, and one of the event in it `\\\"`. Only the escapes
//! that AWS writes are known, and only strings as values; anything else is `None`, and the body is
//! unescaped once like any other.

use super::unescape::{UNESCAPED, UnescapeStop, copy_plain, plain_bytes, unicode_escape};

/// Writes the `Message` of a notification into `out`, whose JSON begins `body` right after the quote
/// that opens the body. Returns how many bytes of `body` it takes with its last quote, and how many
/// of `out`.
pub(super) fn message_in_body(body: &[u8], out: &mut Vec<u8>) -> Option<(usize, usize)> {
    let mut rest = body.strip_prefix(br"{")?;
    let (mut kind, mut topic, mut message) = (None, None, None);
    loop {
        let name;
        (name, rest) = plain(rest)?;
        rest = rest.strip_prefix(b":")?;
        match name {
            b"Type" if kind.is_none() => {
                let value;
                (value, rest) = plain(rest)?;
                kind = Some(value);
            }
            b"TopicArn" if topic.is_none() => {
                let value;
                (value, rest) = plain(rest)?;
                topic = Some(value);
            }
            b"Message" if message.is_none() => {
                let length;
                (length, rest) = grown(rest.strip_prefix(br#"\""#)?, out)?;
                message = Some(length);
            }
            b"MessageId" | b"Subject" | b"Timestamp" | b"SignatureVersion" | b"Signature"
            | b"SigningCertURL" | b"UnsubscribeURL" => (_, rest) = plain(rest)?,
            _ => return None,
        }
        match rest {
            [b',', after @ ..] => rest = after,
            [b'}', b'"', after @ ..] if kind? == b"Notification" => {
                return Some((body.len() - after.len(), message?));
            }
            _ => return None,
        }
    }
}

/// Reads a string of the notification that holds no escape.
fn plain(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let text = text.strip_prefix(br#"\""#)?;
    let (value, rest) = text.split_at_checked(plain_bytes(text))?;
    Some((value, rest.strip_prefix(br#"\""#)?))
}

fn grown<'a>(input: &'a [u8], out: &mut Vec<u8>) -> Option<(usize, &'a [u8])> {
    loop {
        match unescape_twice(input, out) {
            Ok(found) => return Some(found),
            Err(UnescapeStop::Full) => out.resize(out.len() * 2 + 8192, 0),
            Err(UnescapeStop::Broken) => return None,
        }
    }
}

/// Writes what a string of the notification stands for, which begins after its first quote. Returns
/// how many bytes of `out` it takes, and what follows its last quote.
fn unescape_twice<'a>(input: &'a [u8], out: &mut [u8]) -> Result<(usize, &'a [u8]), UnescapeStop> {
    let (mut from, mut to) = (0, 0);
    loop {
        copy_plain(input, out, &mut from, &mut to)?;
        match input.get(from..).unwrap_or_default() {
            [b'\\', b'"', after @ ..] => return Ok((to, after)),
            [b'\\', b'\\', b'\\', letter @ (b'"' | b'\\'), ..] => {
                *out.get_mut(to).ok_or(UnescapeStop::Full)? = *letter;
                from += 4;
                to += 1;
            }
            [b'\\', b'\\', b'u', digits @ ..] => {
                // Half of a pair would be followed by two backslashes: that is left to serde.
                let (letter, after) = unicode_escape(digits).ok_or(UnescapeStop::Broken)?;
                let mut encoded = [0; 4];
                let encoded = letter.encode_utf8(&mut encoded).as_bytes();
                let end = to + encoded.len();
                out.get_mut(to..end).ok_or(UnescapeStop::Full)?.copy_from_slice(encoded);
                from = input.len() - after.len();
                to = end;
            }
            [b'\\', b'\\', letter @ (b'/' | b'b' | b'f' | b'n' | b'r' | b't'), ..] => {
                let stands_for = UNESCAPED.get(usize::from(*letter)).ok_or(UnescapeStop::Broken)?;
                *out.get_mut(to).ok_or(UnescapeStop::Full)? = *stands_for;
                from += 3;
                to += 1;
            }
            // A quote would end the body, and the last bytes of a payload are none of a string.
            [b'"' | b'\\', ..] | [] => return Err(UnescapeStop::Broken),
            [byte, ..] => {
                *out.get_mut(to).ok_or(UnescapeStop::Full)? = *byte;
                from += 1;
                to += 1;
            }
        }
    }
}
