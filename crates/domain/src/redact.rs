//! Takes e-mail addresses and control characters out of texts that reach logs,
//! error messages and dead-letter queues.

mod landmarks;

use std::ops::Range;

use landmarks::LandmarkText;

/// Longest text that is let through, in characters.
const MAX_CHARS: usize = 600;
/// Longest name or id that is let through.
const MAX_BRIEF_CHARS: usize = 100;
/// Characters read for each character kept: a long address shrinks to [`PLACEHOLDER`].
const WINDOW: usize = 4;
/// Characters read after the window, because an address that begins in it may end there.
const LONGEST_ADDRESS: usize = 320;
/// What replaces an address.
const PLACEHOLDER: &str = "<address>";
/// How `@` is written in URLs, quoted-printable text, JSON and HTML.
const ENCODED_AT: [&str; 7] = ["%40", "%2540", "=40", "\\u0040", "&#64;", "&#x40;", "&commat;"];

/// Returns a copy of `text` with `<address>` in place of everything that could be an e-mail
/// address, spaces in place of control characters, and a bounded length.
///
/// It replaces too much rather than too little: around each `@`, however it is written, the words
/// beside it, quoted texts, comments, and everything between the same angle brackets.
///
/// Reads only the first 2,400 characters and one address more, each a bounded number of times:
/// whoever writes to a queue may write megabytes into any field.
///
/// ```
/// use warden_domain::redact::redact;
///
/// assert_eq!(redact("550 5.1.1 <jane@example.com>: unknown"), "550 5.1.1 <address>: unknown");
/// ```
pub fn redact(text: &str) -> String {
    redact_to(text, MAX_CHARS)
}

/// As [`redact`], for names and ids, which are short.
pub fn brief(text: &str) -> String {
    redact_to(text, MAX_BRIEF_CHARS)
}

fn redact_to(text: &str, max_chars: usize) -> String {
    let window = max_chars.saturating_mul(WINDOW);
    let mut source = text.chars();
    let mut read: Vec<char> = source.by_ref().take(window + LONGEST_ADDRESS).collect();
    let is_cut = source.next().is_some();
    read.iter_mut().filter(|c| c.is_control()).for_each(|c| *c = ' ');
    // Of a text that goes on, the last characters may belong to an address whose `@` comes
    // later: they are read, but not shown.
    let shown = if is_cut { window } else { read.len() };
    let mut out = String::new();
    let mut done = 0;
    // Most texts hold no address, and finding the landmarks costs more than looking for one.
    let found = if read.iter().any(begins_at_sign) {
        addresses(&LandmarkText::of(&read))
    } else {
        Vec::new()
    };
    for taken in found.into_iter().take_while(|taken| taken.start < shown) {
        out.extend(read.get(done..taken.start).unwrap_or_default());
        out.push_str(PLACEHOLDER);
        done = taken.end;
    }
    out.extend(read.get(done..shown).unwrap_or_default());
    match out.char_indices().nth(max_chars) {
        Some((end, _)) => out.truncate(end),
        None if !is_cut => return out,
        None => {}
    }
    out + "…"
}

/// Returns the places of addresses, in order and without overlap.
fn addresses(text: &LandmarkText<'_>) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for place in 0..text.len() {
        let Some(length) = at_sign(text, place) else { continue };
        let mut start = before(text, place);
        let mut end = after(text, place + length);
        if let Some(open) = text.opening_bracket(place) {
            start = start.min(open);
            end = end.max(text.closing_bracket(place).unwrap_or(end));
        }
        while let Some(last) = found.pop_if(|last| start <= last.end) {
            start = start.min(last.start);
            end = end.max(last.end);
        }
        found.push(start..end);
    }
    found
}

fn begins_at_sign(c: &char) -> bool {
    matches!(c, '@' | '\u{ff20}' | '\u{fe6b}' | '%' | '=' | '\\' | '&')
}

/// The length of the `@` at a place: the sign itself, the full-width and small
/// forms that some systems turn into it, or an encoding.
fn at_sign(text: &LandmarkText<'_>, place: usize) -> Option<usize> {
    match text.at(place)? {
        '@' | '\u{ff20}' | '\u{fe6b}' => return Some(1),
        c if !begins_at_sign(&c) => return None,
        _ => {}
    }
    let is_here = |code: &&&str| {
        let mut places = place..;
        code.chars().all(|c| {
            places.next().and_then(|i| text.at(i)).is_some_and(|r| r.eq_ignore_ascii_case(&c))
        })
    };
    let length = ENCODED_AT.iter().find(is_here)?.len();
    // "size=4000" is a number.
    let is_number = text.at(place) == Some('=')
        && text.end_of_digits(place + length) == text.end_of_word(place + length);
    (!is_number).then_some(length)
}

/// Returns where the local part of the address begins whose `@` is at `at`.
fn before(text: &LandmarkText<'_>, at: usize) -> usize {
    let mut start = at;
    // Blanks and comments may stand between it and the `@` (RFC 5322, CFWS).
    loop {
        start = text.start_of_blanks(start);
        match start.checked_sub(1).and_then(|last| text.at(last)) {
            Some(')') => start = text.opening_parenthesis(start - 1),
            Some('"') => {
                start = text.opening_quote(start - 1);
                break;
            }
            _ => break,
        }
    }
    text.start_of_word(start)
}

/// Returns where the domain of the address ends whose `@` ends at `at`.
fn after(text: &LandmarkText<'_>, at: usize) -> usize {
    let mut end = at;
    loop {
        end = text.end_of_blanks(end);
        match text.at(end) {
            Some('(') => end = text.past_parenthesis(end),
            Some('[') => return text.past_square(end),
            _ => return text.end_of_word(end),
        }
    }
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
    fn the_work_is_bounded_however_long_and_odd_the_text() {
        for piece in [
            "@",
            "<@",
            "a@ ",
            "(",
            "[",
            "\"",
            "\\\"",
            "a@(",
            ")@",
            "@[",
            "(@)",
            "=40",
            "=4",
            "%40",
            "<a@b",
            "() ",
            "@()",
            "\"@\"",
            "&#64;",
            "x",
            " ",
            "\u{ff20}",
            "jane@example.com ",
        ] {
            let steps = |bytes: usize| {
                let text = piece.repeat(bytes / piece.len());
                landmarks::count_reads(|| (redact(&text), brief(&text)))
            };
            let ((long, short), reads) = steps(1_000_000);
            let looked_at = (MAX_CHARS + MAX_BRIEF_CHARS) * WINDOW + 2 * LONGEST_ADDRESS;
            assert!(reads <= 40 * looked_at, "{piece:?}: {reads} reads");
            assert_eq!(reads, steps(100_000).1, "{piece:?}: more text is no more work");
            assert!(long.chars().count() <= MAX_CHARS + 1 && short.chars().count() <= 101);
        }
    }

    #[test]
    fn an_address_across_the_cut_does_not_show() {
        for local in ["jane.roe", "\"jane roe\"", "<jane roe", "jane(work)", "jane (a b)"] {
            for filling in [395, 399, 400, 401, 715, 719, 720, 721, 2395, 2400, 2720] {
                let text = format!("{}{local}@example.com{}", " ".repeat(filling), "x".repeat(999));
                for shown in [redact(&text), brief(&text)] {
                    assert!(!shown.contains("jane"), "{filling}: {shown:?}");
                }
            }
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
