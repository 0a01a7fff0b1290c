use super::*;

fn filtered(pieces: &[&[u8]]) -> String {
    let mut bytes = Vec::new();
    let mut out = Output::new(&mut bytes);
    for piece in pieces {
        out.write_all(piece).unwrap();
    }
    out.flush().unwrap();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn unsafe_characters_are_replaced_and_others_kept() {
    for (text, expected) in [
        ("plain\n", "plain\n"),
        ("b\u{fc}cher \u{65e5}\u{672c} \u{1f600}", "b\u{fc}cher \u{65e5}\u{672c} \u{1f600}"),
        ("\u{1b}[31mred\u{1b}[0m", "\u{fffd}[31mred\u{fffd}[0m"),
        ("\u{1b}]0;title\u{7}", "\u{fffd}]0;title\u{fffd}"),
        ("over\rwritten", "over\u{fffd}written"),
        ("csi\u{9b}31m del\u{7f}", "csi\u{fffd}31m del\u{fffd}"),
        ("a\u{202e}b\u{2066}c\u{2028}d", "a\u{fffd}b\u{fffd}c\u{fffd}d"),
        ("tag\u{e0041} bom\u{feff}", "tag\u{fffd} bom\u{fffd}"),
        ("a\tb", "a b"),
        ("joined\u{200d}", "joined\u{200d}"),
        ("styled\u{fdd5}", "styled\u{fffd}"),
    ] {
        assert_eq!(filtered(&[text.as_bytes()]), expected, "{text:?}");
    }
}

#[test]
fn characters_may_come_in_pieces() {
    let text = "\u{fc}\u{202e}\u{1f600}\n";
    let bytes: Vec<&[u8]> = text.as_bytes().chunks(1).collect();
    assert_eq!(filtered(&bytes), "\u{fc}\u{fffd}\u{1f600}\n");
}

#[test]
fn bytes_that_are_no_text_are_replaced() {
    assert_eq!(filtered(&[b"a\xffb\xe2\x80", b"c"]), "a\u{fffd}b\u{fffd}c");
    assert_eq!(filtered(&[b"end\xf0\x9f"]), "end\u{fffd}");
    // C1 controls as raw bytes, which some terminals obey.
    assert_eq!(filtered(&[b"\x9b31m"]), "\u{fffd}31m");
}

#[test]
fn only_a_terminal_with_colors_gets_styles() {
    let mut bytes = Vec::new();
    let mut out = Output { has_colors: true, ..Output::new(&mut bytes) };
    out.write_all("a\u{fdd5}b\u{fdd0}\u{1b}[31m\n".as_bytes()).unwrap();
    out.flush().unwrap();
    assert_eq!(String::from_utf8(bytes).unwrap(), "a\u{1b}[31mb\u{1b}[0m\u{fffd}[31m\n");
}

#[test]
fn a_line_stays_one_line() {
    let mut out = Vec::new();
    out.line("name\nforged: line\u{2029}").unwrap();
    assert_eq!(String::from_utf8(out).unwrap(), "name\u{fffd}forged: line\u{fffd}\n");
}

#[test]
fn json_keeps_every_character_and_shows_none_raw() {
    let value = "a\u{1b}\u{7f}\u{9b}\u{202e}\u{2028}\n\"\\\u{e0041}\u{fc}";
    let mut out = Vec::new();
    out.json(&[value]).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert_eq!(serde_json::from_str::<[String; 1]>(&text).unwrap(), [value]);
    assert!(!text.trim_end().contains(is_unsafe), "{text:?}");
    assert!(text.contains("\\u202e") && text.contains('\u{fc}'), "{text}");
}
