//! Somebody else's words in a notice.

/// Longest text of somebody else's that is quoted, in characters.
const MAX_QUOTE: usize = 500;

/// Somebody else's words on one line, without characters that control a terminal or turn a line.
pub(super) fn quote(text: &str) -> String {
    let clean: String = text
        .chars()
        .map(|c| if c.is_control() || turns(c) { ' ' } else { c })
        .take(MAX_QUOTE)
        .collect();
    clean.trim().to_owned()
}

/// Whether a character breaks a line or changes the direction in which it is read.
pub(super) fn turns(c: char) -> bool {
    matches!(
        c,
        '\u{61c}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_others_cannot_turn_a_line() {
        assert_eq!(quote(" a\u{202e}b\u{2028}c\nd\u{7}e "), "a b c d e");
        assert_eq!(quote(&"\u{1F4E7}".repeat(5000)).chars().count(), MAX_QUOTE);
    }
}
