//! A quick way through the two envelopes of a full batch: SQS's records, and SNS's notification in
//! a record's body.
//!
//! Taking quoted JSON out of quoted JSON is most of the work on a full batch: at the outermost
//! level each quote of an SES event is `\\\"`. This scanner knows compact JSON with the names that
//! SQS and SNS document, each of ours once, and checks all of it. Anything else is `None`, and
//! [`super`] reads the whole text again through serde, which alone says what is wrong with it. So
//! the scanner changes how long a text takes and never what it means; the fuzz target `payload`
//! and a property test hold it to that.
//!
//! This file knows the fields of SQS and SNS, [`cursor`] the syntax of JSON, [`mod@unescape`] the
//! inside of a string, and [`twice`] both envelopes at once.

mod cursor;
mod twice;
mod unescape;

use super::MOST_ENTRIES;
use cursor::Cursor;

/// A record of SQS.
pub(super) struct SqsRecord<'a> {
    /// `messageId`, where it has one.
    pub(super) message_id: Option<&'a str>,
    /// What its `body` says.
    pub(super) text: BodyText<'a>,
}

/// What the body of a record says.
pub(super) enum BodyText<'a> {
    /// The body, unescaped.
    Whole(&'a str),
    /// The `Message` of the SNS notification that the body is.
    Message(&'a str),
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
    let (mut message_id, mut source, mut found) = (None, None, None);
    cursor.members(|cursor, name| match name {
        "messageId" if message_id.is_none() => {
            message_id = Some(cursor.plain_string()?);
            Some(())
        }
        "eventSource" if source.is_none() => {
            source = Some(cursor.plain_string()?);
            Some(())
        }
        "body" if found.is_none() => {
            let message = cursor.message_in_string(body);
            let is_message = message.is_some();
            let length = message.or_else(|| cursor.unescape_into(body))?;
            found = Some((is_message, length));
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
    if source? != "aws:sqs" {
        return None;
    }
    let (is_message, length) = found?;
    let text = std::str::from_utf8(body.get(..length)?).ok()?;
    let text = if is_message { BodyText::Message(text) } else { BodyText::Whole(text) };
    take(SqsRecord { message_id, text });
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

#[cfg(test)]
mod tests;
