//! Takes e-mail addresses and control characters out of texts that reach logs,
//! error messages and dead-letter queues.

/// Longest text that is let through, in characters.
const MAX_CHARS: usize = 600;

/// A copy of `text` in which whatever could be an e-mail address is `<address>`,
/// control characters are spaces, and the length is bounded.
///
/// It takes too much rather than too little: everything around an `@` up to the
/// next delimiter, and all of a quoted local part.
pub fn redact(text: &str) -> String {
    let clean: Vec<char> = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let mut out: Vec<char> = Vec::with_capacity(clean.len());
    let mut rest = clean.iter().copied().peekable();
    while let Some(c) = rest.next() {
        if !is_at(c) {
            out.push(c);
            continue;
        }
        drop_local_part(&mut out);
        while rest.next_if(|c| !is_delimiter(*c)).is_some() {}
        out.extend("<address>".chars());
    }
    if out.len() > MAX_CHARS {
        out.truncate(MAX_CHARS);
        out.push('…');
    }
    out.into_iter().collect()
}

/// `@` and the full-width and small forms that some systems turn into it.
fn is_at(c: char) -> bool {
    matches!(c, '@' | '\u{ff20}' | '\u{fe6b}')
}

fn is_delimiter(c: char) -> bool {
    c.is_whitespace() || matches!(c, '<' | '>' | '(' | ')' | '[' | ']' | ',' | ';' | ':' | '"')
}

/// Removes the end of `out` that belongs to an address: a quoted text with all
/// that is in it, or a word.
fn drop_local_part(out: &mut Vec<char>) {
    if out.last() == Some(&'"') {
        out.pop();
        while out.pop().is_some_and(|c| c != '"') {}
        return;
    }
    while out.pop_if(|c| !is_delimiter(*c)).is_some() {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn addresses_go_and_the_rest_stays() {
        let cases = [
            ("550 5.1.1 <jane.roe@example.com>: user unknown", "550 5.1.1 <<address>>: user unknown"),
            ("\"jane roe\"@example.com is gone", "<address> is gone"),
            ("müller@bücher.example.net", "<address>"),
            ("mailto:a+b=c/d@example.com?x", "mailto:<address>"),
            ("no address here: 5.7.26", "no address here: 5.7.26"),
            ("a\r\nb\u{7}c", "a  b c"),
            ("jane＠example.com", "<address>"),
        ];
        for (text, expected) in cases {
            assert_eq!(redact(text), expected, "{text}");
        }
    }

    #[test]
    fn long_texts_are_cut() {
        assert_eq!(redact(&"x".repeat(5000)).chars().count(), MAX_CHARS + 1);
    }

    proptest! {
        #[test]
        fn no_local_part_survives(local in "[a-z][a-z0-9._+-]{3,20}", before in "\\PC{0,20}", after in "\\PC{0,20}") {
            let text = format!("{before} {local}@secret.example.com {after}");
            let redacted = redact(&text);
            let address = format!("{local}@");
            prop_assert!(!redacted.contains(&address));
            prop_assert!(!redacted.contains('@'));
            prop_assert!(!redacted.contains("secret.example.com") || after.contains("secret"));
        }
    }
}
