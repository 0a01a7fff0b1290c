//! Text that fits a terminal.

use std::env;
use std::io::{self, IsTerminal};

use terminal_size::{Width, terminal_size_of};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::output::printable;

/// Narrowest output that is laid out; what `COLUMNS` says below that is taken for this.
const NARROWEST: usize = 20;

/// Returns the columns that `COLUMNS` in the environment asks for, else those of the terminal on
/// standard output. `None` if nobody says so and it is no terminal: then the output is not
/// shortened.
pub fn width() -> Option<usize> {
    let asked = env::var_os("COLUMNS");
    asked.and_then(|value| asked_width(value.to_str()?)).or_else(|| {
        let stdout = io::stdout();
        if !stdout.is_terminal() {
            return None;
        }
        terminal_size_of(stdout).map(|(Width(columns), _)| usize::from(columns))
    })
}

/// Whether a person reads standard output as it comes.
pub fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// The columns that a value of `COLUMNS` asks for; `None` where it is no number above zero.
fn asked_width(value: &str) -> Option<usize> {
    let columns = value.trim().parse::<usize>().ok().filter(|columns| *columns > 0)?;
    Some(columns.max(NARROWEST))
}

/// Columns that a terminal needs for `text`: two for each wide character, none for a combining one.
pub fn columns_of(text: &str) -> usize {
    text.width()
}

/// Returns `text` in at most `columns` columns. Leaves out the middle, because names differ at
/// their ends.
pub fn shortened(text: &str, columns: usize) -> String {
    if columns_of(text) <= columns {
        return text.to_owned();
    }
    let kept = columns.saturating_sub(1);
    if columns == 0 {
        return "\u{2026}".to_owned();
    }
    let head = beginning(text.chars(), kept / 2);
    let tail: String = beginning(text.chars().rev(), kept - kept / 2).chars().rev().collect();
    format!("{head}\u{2026}{tail}")
}

/// As many of the characters as fit.
fn beginning(characters: impl Iterator<Item = char>, columns: usize) -> String {
    let mut used = 0;
    characters
        .take_while(|c| {
            used += c.width().unwrap_or_default();
            used <= columns
        })
        .collect()
}

/// Returns `text` wrapped into lines that begin with `indent` blanks, or in one line if there is no
/// terminal. Ignores line breaks in `text`, which may come from outside.
pub fn wrapped(text: &str, indent: usize, columns: Option<usize>) -> String {
    let text = printable(text);
    let blanks = " ".repeat(indent);
    let Some(columns) = columns else { return format!("{blanks}{text}") };
    let room = columns.saturating_sub(indent).max(20);
    let mut lines = vec![String::new()];
    for word in text.split(' ').map(|word| shortened(word, room)) {
        let line = lines.last().map_or(0, |line| columns_of(line));
        if line > 0 && line + 1 + columns_of(&word) > room {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(&word);
        }
    }
    lines.iter().map(|line| format!("{blanks}{line}")).collect::<Vec<_>>().join("\n")
}

/// `1 entry`, `2 entries`: a count with its noun.
pub fn counted(count: impl std::fmt::Display, one: &str, many: &str) -> String {
    let count = count.to_string();
    let noun = if count == "1" { one } else { many };
    format!("{count} {noun}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_the_environment_are_numbers() {
        for (value, expected) in
            [("80", Some(80)), (" 140 ", Some(140)), ("1", Some(NARROWEST)), ("0", None)]
        {
            assert_eq!(asked_width(value), expected, "{value}");
        }
        for value in ["", "wide", "-80", "80.5"] {
            assert_eq!(asked_width(value), None, "{value}");
        }
    }

    #[test]
    fn counts_have_the_right_noun() {
        let shown = [0, 1, 2].map(|count| counted(count, "entry", "entries"));
        assert_eq!(shown, ["0 entries", "1 entry", "2 entries"]);
    }

    #[test]
    fn long_names_lose_their_middle() {
        for (text, columns, expected) in [
            ("news.example.com", 16, "news.example.com"),
            ("news.example.com", 15, "news.ex\u{2026}ple.com"),
            ("news.example.com", 10, "news\u{2026}e.com"),
            ("b\u{fc}cher", 5, "b\u{fc}\u{2026}er"),
            // Two columns each.
            ("\u{65e5}\u{672c}\u{8a9e}.example", 11, "\u{65e5}\u{672c}\u{2026}ample"),
            ("\u{65e5}\u{672c}", 4, "\u{65e5}\u{672c}"),
            ("news", 1, "\u{2026}"),
            ("news", 0, "\u{2026}"),
        ] {
            assert_eq!(shortened(text, columns), expected);
        }
    }

    #[test]
    fn lines_break_between_words_and_only_on_a_terminal() {
        let text = "threshold: 0.9 -> 0.04 and more";
        assert_eq!(wrapped(text, 2, None), format!("  {text}"));
        assert_eq!(wrapped(text, 2, Some(24)), "  threshold: 0.9 -> 0.04\n  and more");
        assert_eq!(wrapped("one\ntwo", 1, None), " one\u{fffd}two");
        assert_eq!(
            wrapped("arn:aws:sns:eu-central-1:alarms", 0, Some(20)),
            "arn:aws:s\u{2026}l-1:alarms"
        );
    }
}
