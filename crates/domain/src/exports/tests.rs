//! Errors and warnings about files that cannot be used.

use super::*;

fn refusal(file: &str, from: Option<&str>, kind: Option<&str>) -> String {
    let hint = Hint::parse(from, kind).unwrap();
    read(file.as_bytes(), &hint).map(|export| export.kind).unwrap_err().to_string()
}

#[test]
fn a_refusal_says_what_to_give() {
    let bounces = "status,reason,email,created\n5.1.1,x,a@example.com,1\n";
    for (text, words) in [
        (refusal(bounces, None, None), "--from sendgrid --kind bounces|blocks"),
        (refusal(bounces, Some("sendgrid"), None), "--from sendgrid --kind bounces|blocks"),
        (refusal(bounces, Some("postmark"), None), "are those of bounces of SendGrid's"),
        (
            refusal("a,b\n1,2\n", None, None),
            "from columns a, b; say it with --from (ses, sendgrid,",
        ),
        (
            refusal("a,b\n1,2\n", Some("mailgun"), None),
            "--kind bounces|complaints|unsubscribes|allowlist",
        ),
        (refusal("[{\"a\":1}\n", None, None), "broken at line 2, column 1"),
    ] {
        assert!(text.contains(words), "{text}");
    }
}

#[test]
fn names_from_outside_do_not_fill_a_message() {
    let text = refusal(&format!("{}\n1\n", "x".repeat(10_000)), None, None);
    assert!(text.len() < 300, "{text}");
    let text = refusal(&format!("{}\n1\n", "abc,".repeat(300)), None, None);
    assert!(text.len() < 300, "{text}");
}

#[test]
fn nothing_is_nested_too_deep_to_be_refused() {
    let page = r#"{"items":[]}"#;
    for file in [
        "[".repeat(200_000),
        format!("{}{}", "[".repeat(200_000), "]".repeat(200_000)),
        format!("{}{}", format!("[{page},").repeat(50_000), "]".repeat(50_000)),
        format!("[{{\"email\":{}{}}}]", "{\"a\":".repeat(100_000), "}".repeat(100_000)),
    ] {
        let hint = Hint::parse(Some("mailgun"), Some("bounces")).unwrap();
        let imported = read(file.as_bytes(), &hint)
            .map(|export| export.rows.iter().filter(|row| row.action.reason().is_some()).count());
        assert!(matches!(imported, Ok(0) | Err(_)), "{imported:?}");
    }
}
