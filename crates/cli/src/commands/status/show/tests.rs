use super::super::report::tests::{quick, sending, stack};
use super::*;
use crate::frame::terminal::columns_of;

fn shown(report: &StatusReport, columns: usize) -> String {
    let mut out = Vec::new();
    headline(report, Some(columns), &mut out).unwrap();
    details(report, &report.headline, Some(columns), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn report(domain: &str, set: &str) -> StatusReport {
    let mut quick = quick(0.021);
    quick.stack = Ok(Some(stack(domain)));
    StatusReport::of(&quick, Some(&sending(set, false)))
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    let long = "a".repeat(63) + ".example.org";
    // Each of these takes two columns.
    let wide = "\u{65e5}".repeat(40);
    for (domain, set) in [("news.example.org", "news"), (&long, &*"s".repeat(64)), (&wide, &wide)] {
        for columns in [80, 140] {
            for line in shown(&report(domain, set), columns).lines() {
                assert!(columns_of(line) <= columns, "{columns}: {line}");
            }
        }
    }
}

#[test]
fn each_part_has_its_heading_and_its_figures() {
    let text = shown(&report("news.example.org", "news"), 100);
    for part in [
        "Not all right: Configuration set news is paused.",
        "Account in eu-central-1",
        "12,345 of 50,000 recipients in 24 hours (25 %); at most 14 a second",
        "ESSENTIALS; VDM off",
        "Rates as AWS computes them",
        "news.example.org",
        "4 entries: 3 for a bounce, 1 for a complaint",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn names_from_outside_control_no_terminal() {
    let text = shown(&report("a\u{1b}[2J\nforged", "s\u{202e}"), 100);
    assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text:?}");
    assert!(!text.lines().any(|line| line.starts_with("forged")));
}
