//! What a receiver said, brought into one form.
//!
//! SES, relays and gateways wrap a reply in words and punctuation of their own. Here the
//! wrapping goes and the words stay, so that the same reply reads alike however it arrives.

mod host;
mod reply;
mod wrapping;

use super::fold::{HOST, SENTENCE_END, push_folded, push_sentence_end, push_space};
use super::status::Status;
use host::HostPart;
use reply::Replies;

/// Longest diagnostic text that is read, in bytes. Replies of real receivers stay far below; the
/// rest of a longer one is not read.
pub(super) const MAX_BYTES: usize = 8 * 1024;

/// A diagnostic text as rules read it: letters and digits in lower case, without accents,
/// with one space for any run of white space and punctuation and one at both ends. The end of
/// a sentence is ` . `, a host name, an IP address or a link is ` ~ `. E-mail addresses, reply
/// codes, enhanced status codes and transport wrappings are left out.
pub(super) struct ReplyText {
    /// The words that were said, then the names in links and host names, then the names of
    /// the hosts in transport wrappings.
    all: String,
    said_end: usize,
    named_end: usize,
    /// First digit of the first SMTP reply code, where there is one.
    pub(super) reply: Option<u8>,
    /// A reply code 4xx or an enhanced code 4.x.x stands somewhere in the text.
    pub(super) is_transient: bool,
}

impl ReplyText {
    /// Reads a diagnostic text.
    pub(super) fn of(diagnostic: &str) -> Self {
        let diagnostic = cut(diagnostic);
        let mut tokens: Vec<&str> = Vec::with_capacity(diagnostic.len() / 5 + 4);
        tokens.extend(
            tokens_of(diagnostic)
                .map(wrapping::without_transport_name)
                .filter(|token| !token.is_empty()),
        );
        let mut builder = Builder::new(diagnostic.len());
        let mut rest = tokens.as_slice();
        let mut before = "";
        while let Some((token, after)) = rest.split_first() {
            if let Some(skipped) = wrapping::at_start_of(rest) {
                builder.skip(rest.get(..skipped).unwrap_or_default());
                rest = rest.get(skipped..).unwrap_or_default();
                before = ":";
                continue;
            }
            builder.token(before, token, after.first().copied().unwrap_or_default());
            before = token;
            rest = after;
        }
        builder.finish()
    }

    /// The words that were said, without the names that stand in links and host names.
    pub(super) fn words(&self) -> &str {
        self.all.get(..self.said_end).unwrap_or_default()
    }

    /// Everything, for a single pass over it.
    pub(super) fn all(&self) -> &str {
        &self.all
    }

    /// Whether a match that ends at `end` lies in words that were said.
    pub(super) fn is_said(&self, end: usize) -> bool {
        end <= self.said_end
    }

    /// Whether a match that ends at `end` lies in words or in a link or host name of the reply.
    pub(super) fn is_named(&self, end: usize) -> bool {
        end <= self.named_end
    }

    /// Whether nothing was said at all.
    pub(super) fn is_empty(&self) -> bool {
        self.reply.is_none() && self.all.bytes().all(|b| b == b' ' || b == b'.')
    }
}

/// The part of a text that is read.
pub(super) fn cut(text: &str) -> &str {
    let mut end = text.len().min(MAX_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

/// What stands between white space and control characters.
fn tokens_of(text: &str) -> impl Iterator<Item = &str> {
    let is_break = |c: char| {
        if c.is_ascii() { c <= ' ' || c == '\u{7f}' } else { c.is_whitespace() || c.is_control() }
    };
    text.split(is_break).filter(|token| !token.is_empty())
}

struct Builder {
    said: String,
    names: String,
    wrapping: String,
    replies: Replies,
}

impl Builder {
    fn new(bytes: usize) -> Self {
        let mut said = String::with_capacity(2 * bytes + 8);
        said.push(' ');
        Self { said, names: String::new(), wrapping: String::new(), replies: Replies::default() }
    }

    /// Leaves a wrapping out. What is said before it and after it are no neighbours.
    fn skip(&mut self, tokens: &[&str]) {
        if self.said.len() > 1 {
            self.end_sentence();
        }
        for token in tokens.iter().filter(|token| token.contains('.')) {
            push_folded(&mut self.wrapping, token);
            push_space(&mut self.wrapping);
        }
    }

    fn token(&mut self, before: &str, token: &str, after: &str) {
        let words = self.replies.strip_codes(before, token, after);
        for part in host::parts(words) {
            match part {
                HostPart::Words(words) => push_folded(&mut self.said, words),
                HostPart::Host(name) => {
                    push_space(&mut self.said);
                    self.said.push(HOST);
                    self.said.push(' ');
                    push_space(&mut self.names);
                    push_folded(&mut self.names, name);
                }
                HostPart::Address => push_space(&mut self.said),
            }
        }
        push_space(&mut self.said);
        // Most tokens end with a letter.
        if !words.ends_with(|c: char| c.is_ascii_alphanumeric()) {
            let bare = words.trim_end_matches(['\'', '"', ')', ']', '>', '”', '’']);
            if bare.ends_with(['.', '!', '?']) {
                self.end_sentence();
            }
        }
    }

    fn end_sentence(&mut self) {
        if !self.said.ends_with(" . ") {
            push_sentence_end(&mut self.said);
        }
    }

    fn finish(self) -> ReplyText {
        let mut all = self.said;
        push_space(&mut all);
        let said_end = all.len();
        all.push(SENTENCE_END);
        push_space(&mut all);
        push_folded(&mut all, &self.names);
        push_space(&mut all);
        let named_end = all.len();
        all.push(SENTENCE_END);
        push_space(&mut all);
        push_folded(&mut all, &self.wrapping);
        push_space(&mut all);
        ReplyText {
            all,
            said_end,
            named_end,
            reply: self.replies.first,
            is_transient: self.replies.is_transient,
        }
    }
}

/// The code at the start of a text, and what follows it.
fn leading_status(text: &str) -> Option<(Status, &str)> {
    let is_code = |c: char| c.is_ascii_digit() || c == '.';
    let end = text.find(|c| !is_code(c)).unwrap_or(text.len());
    let (code, rest) = text.split_at_checked(end)?;
    if rest.starts_with(|c: char| c.is_alphanumeric() || c == '@') {
        return None;
    }
    Status::parse(code.trim_end_matches('.')).map(|status| (status, rest))
}

#[cfg(test)]
mod tests;
