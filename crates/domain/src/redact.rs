//! Takes e-mail addresses and control characters out of texts that reach logs,
//! error messages and dead-letter queues.

use std::ops::Range;

/// Longest text that is let through, in characters.
const MAX_CHARS: usize = 600;
/// Longest name or id that is let through.
const MAX_BRIEF_CHARS: usize = 100;
/// What stands where an address was.
const MARK: &str = "<address>";
/// How `@` is written in URLs, quoted-printable text, JSON and HTML.
const ENCODED_AT: [&str; 7] = ["%40", "%2540", "=40", "\\u0040", "&#64;", "&#x40;", "&commat;"];

/// A copy of `text` in which whatever could be an e-mail address is `<address>`,
/// control characters are spaces, and the length is bounded.
///
/// It takes too much rather than too little: around each `@`, however it is
/// written, the words beside it, quoted texts, comments, and all that stands
/// between the same angle brackets.
pub fn redact(text: &str) -> String {
    redact_to(text, MAX_CHARS)
}

/// The same of what should be a name or an id, which are short.
pub fn brief(text: &str) -> String {
    redact_to(text, MAX_BRIEF_CHARS)
}

fn redact_to(text: &str, max_chars: usize) -> String {
    let text: Vec<char> = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for taken in addresses(&text) {
        out.extend(text.get(done..taken.start).unwrap_or_default());
        out.push_str(MARK);
        done = taken.end;
    }
    out.extend(text.get(done..).unwrap_or_default());
    match out.char_indices().nth(max_chars) {
        Some((end, _)) => {
            out.truncate(end);
            out + "…"
        }
        None => out,
    }
}

/// Where addresses are: in order and apart from each other.
fn addresses(text: &[char]) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for place in 0..text.len() {
        let Some(length) = at_sign(text, place) else { continue };
        let mut start = before(text, place);
        let mut end = after(text, place + length);
        if let Some(open) = opening_bracket(text, place) {
            start = start.min(open);
            end = end.max(closing_bracket(text, place).unwrap_or(end));
        }
        while let Some(last) = found.pop_if(|last| start <= last.end) {
            start = start.min(last.start);
            end = end.max(last.end);
        }
        found.push(start..end);
    }
    found
}

/// The length of the `@` at a place: the sign itself, the full-width and small
/// forms that some systems turn into it, or an encoding.
fn at_sign(text: &[char], place: usize) -> Option<usize> {
    let rest = text.get(place..)?;
    if matches!(rest.first()?, '@' | '\u{ff20}' | '\u{fe6b}') {
        return Some(1);
    }
    let is_here = |code: &&&str| {
        code.chars()
            .enumerate()
            .all(|(i, c)| rest.get(i).is_some_and(|r| r.eq_ignore_ascii_case(&c)))
    };
    let length = ENCODED_AT.iter().find(is_here)?.len();
    // "size=4000" is a number.
    let mut word = rest.iter().skip(length).take_while(|c| !is_delimiter(**c));
    (rest.first() != Some(&'=') || word.any(|c| !c.is_ascii_digit())).then_some(length)
}

/// Where the local part begins whose `@` is at `at`.
fn before(text: &[char], at: usize) -> usize {
    let mut start = at;
    // Blanks and comments may stand between it and the `@` (RFC 5322, CFWS).
    loop {
        start = back_while(text, start, |c| c.is_whitespace());
        match previous(text, start) {
            Some(')') => start = opening_parenthesis(text, start - 1),
            Some('"') => {
                start = opening_quote(text, start - 1);
                break;
            }
            _ => break,
        }
    }
    back_while(text, start, |c| !is_delimiter(c))
}

/// Where the domain ends whose `@` ends at `at`.
fn after(text: &[char], at: usize) -> usize {
    let mut end = at;
    loop {
        end = on_while(text, end, |c| c.is_whitespace());
        match text.get(end) {
            Some('(') => end = past(text, end, ')'),
            Some('[') => return past(text, end, ']'),
            _ => return on_while(text, end, |c| !is_delimiter(c)),
        }
    }
}

/// The `(` of the comment that ends at `close`, or the place of the first one.
fn opening_parenthesis(text: &[char], close: usize) -> usize {
    let mut depth = 0_usize;
    for place in (0..=close).rev() {
        match text.get(place) {
            Some(')') => depth += 1,
            Some('(') => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return place;
        }
    }
    0
}

/// The quotation mark that opens what `close` closes; one behind a backslash
/// belongs to the text. The beginning where there is none.
fn opening_quote(text: &[char], close: usize) -> usize {
    (0..close)
        .rev()
        .find(|place| text.get(*place) == Some(&'"') && previous(text, *place) != Some('\\'))
        .unwrap_or(0)
}

/// The `<` before a place that no `>` closes in between.
fn opening_bracket(text: &[char], place: usize) -> Option<usize> {
    let open = (0..place).rev().find(|place| matches!(text.get(*place), Some('<' | '>')))?;
    (text.get(open) == Some(&'<')).then_some(open)
}

/// Behind the `>` after a place, if no `<` comes first.
fn closing_bracket(text: &[char], place: usize) -> Option<usize> {
    let close = (place..text.len()).find(|place| matches!(text.get(*place), Some('<' | '>')))?;
    (text.get(close) == Some(&'>')).then_some(close + 1)
}

fn past(text: &[char], from: usize, closing: char) -> usize {
    (from..text.len())
        .find(|place| text.get(*place) == Some(&closing))
        .map_or(text.len(), |place| place + 1)
}

fn previous(text: &[char], place: usize) -> Option<char> {
    text.get(place.checked_sub(1)?).copied()
}

fn back_while(text: &[char], mut place: usize, is_part: impl Fn(char) -> bool) -> usize {
    while previous(text, place).is_some_and(&is_part) {
        place -= 1;
    }
    place
}

fn on_while(text: &[char], mut place: usize, is_part: impl Fn(char) -> bool) -> usize {
    while text.get(place).is_some_and(|c| is_part(*c)) {
        place += 1;
    }
    place
}

fn is_delimiter(c: char) -> bool {
    c.is_whitespace() || matches!(c, '<' | '>' | '(' | ')' | '[' | ']' | ',' | ';' | ':' | '"')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_go_and_the_rest_stays() {
        let cases = [
            ("550 5.1.1 <jane.roe@example.com>: user unknown", "550 5.1.1 <address>: user unknown"),
            ("\"jane roe\"@example.com is gone", "<address> is gone"),
            ("no \"a\\\"b jane\"@example.com here", "no <address> here"),
            ("no jane(work)@example.com here", "no <address> here"),
            ("no jane (at (the) work) @ (b) example.com here", "no <address> here"),
            ("jane @example.com is gone", "<address> is gone"),
            ("to <jane roe@example.com>: gone", "to <address>: gone"),
            ("cut off: <jane roe@example.com", "cut off: <address>"),
            ("https://example.com/?to=jane%40example.com&x=1", "https:<address>"),
            ("jane=40example.com is gone", "<address> is gone"),
            ("jane\\u0040example.com, jane&#x40;example.com", "<address>, <address>"),
            ("jane@[192.0.2.1] is gone", "<address> is gone"),
            ("müller@bücher.example.net", "<address>"),
            ("mailto:a+b=c/d@example.com?x", "mailto:<address>"),
            ("jane＠example.com", "<address>"),
            ("jane@example.com,joe@example.com", "<address>,<address>"),
            ("{\"to\":\"jane@example.com\",\"n\":1}", "{\"to\":\"<address>\",\"n\":1}"),
            ("no address here: 5.7.26, size=4000", "no address here: 5.7.26, size=4000"),
            ("a < b and c > d", "a < b and c > d"),
            ("a\r\nb\u{7}c", "a  b c"),
            ("@", "<address>"),
            ("", ""),
        ];
        for (text, expected) in cases {
            assert_eq!(redact(text), expected, "{text}");
        }
    }

    #[test]
    fn long_texts_are_cut() {
        assert_eq!(redact(&"x".repeat(5000)).chars().count(), MAX_CHARS + 1);
        assert_eq!(brief(&"x".repeat(5000)).chars().count(), MAX_BRIEF_CHARS + 1);
        assert_eq!(brief(&"x".repeat(100)), "x".repeat(100));
        assert_eq!(brief("from jane@example.com"), "from <address>");
    }
}
