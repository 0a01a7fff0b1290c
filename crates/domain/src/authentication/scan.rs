//! The lexical level that all structured header fields share (RFC 5322, section 3.2): quoted
//! strings, nested comments, backslashes.
//!
//! The scanner looks at each character once, so a header costs time linear in its length.

/// A piece of a structured header field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum FieldToken {
    /// Characters without a meaning of their own, with quoted strings in between unquoted.
    Word {
        /// The characters.
        text: String,
        /// Whether a quoted string was a part of it.
        is_quoted: bool,
        /// Bytes of `text` before the first quoted string: only these can hold a separator.
        bare_prefix: usize,
    },
    /// The inside of a comment, without the outer parentheses.
    Comment(String),
    /// One of the separators that the caller named.
    Separator(char),
}

/// What a field consists of.
#[derive(Debug, Default)]
pub(super) struct FieldScan {
    /// The pieces in order.
    pub(super) tokens: Vec<FieldToken>,
    /// A comment or quoted string does not end: what it swallowed is not to be trusted.
    pub(super) is_unclosed: bool,
    /// How many characters were read, for the tests that the scanner takes linear time.
    #[cfg(test)]
    pub(super) steps: usize,
}

/// Splits `text` at blanks, comments and `separators`, outside of quoted strings.
pub(super) fn scan(text: &str, separators: &[char]) -> FieldScan {
    let mut scan = FieldScan::default();
    let mut word = Word::default();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        #[cfg(test)]
        {
            scan.steps += 1;
        }
        match c {
            '"' => {
                word.begin_quoted();
                scan.quoted(&mut chars, &mut word.text);
            }
            '(' => {
                word.end(&mut scan.tokens);
                scan.comment(&mut chars);
            }
            '\\' => word.text.extend(chars.next()),
            _ if separators.contains(&c) => {
                word.end(&mut scan.tokens);
                scan.tokens.push(FieldToken::Separator(c));
            }
            _ if c.is_whitespace() || c == '\0' => word.end(&mut scan.tokens),
            _ => word.text.push(c),
        }
    }
    word.end(&mut scan.tokens);
    scan
}

#[derive(Default)]
struct Word {
    text: String,
    quoted_from: Option<usize>,
}

impl Word {
    fn begin_quoted(&mut self) {
        self.quoted_from.get_or_insert(self.text.len());
    }

    fn end(&mut self, tokens: &mut Vec<FieldToken>) {
        let Self { text, quoted_from } = std::mem::take(self);
        if !text.is_empty() || quoted_from.is_some() {
            let bare_prefix = quoted_from.unwrap_or(text.len());
            tokens.push(FieldToken::Word { text, is_quoted: quoted_from.is_some(), bare_prefix });
        }
    }
}

impl FieldScan {
    fn quoted(&mut self, chars: &mut std::str::Chars<'_>, into: &mut String) {
        while let Some(c) = chars.next() {
            #[cfg(test)]
            {
                self.steps += 1;
            }
            match c {
                '"' => return,
                '\\' => into.extend(chars.next()),
                _ => into.push(c),
            }
        }
        self.is_unclosed = true;
    }

    fn comment(&mut self, chars: &mut std::str::Chars<'_>) {
        let mut depth = 1_usize;
        let mut inside = String::new();
        while let Some(c) = chars.next() {
            #[cfg(test)]
            {
                self.steps += 1;
            }
            match c {
                '(' => depth += 1,
                ')' => depth -= 1,
                '\\' => {
                    inside.extend(chars.next());
                    continue;
                }
                _ => {}
            }
            if depth == 0 {
                self.tokens.push(FieldToken::Comment(inside));
                return;
            }
            inside.push(c);
        }
        self.tokens.push(FieldToken::Comment(inside));
        self.is_unclosed = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_grow_with_the_length_and_no_faster() {
        for piece in ["(", "\"", ";", "=", "\\", ")", "a", "(\"", "a=b;", "(a)", "\"a\"", " ", "\0"]
        {
            let text = piece.repeat(100_000);
            let scan = scan(&text, &[';']);
            assert!(scan.steps <= text.len(), "{piece}: {}", scan.steps);
        }
    }
}
