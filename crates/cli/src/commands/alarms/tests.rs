use super::*;

#[test]
fn only_yes_is_yes() {
    for (answer, expected) in [("y\n", true), ("Yes\n", true), (" y \n", true)]
        .into_iter()
        .chain(["\n", "", "n\n", "no\n", "yep\n", "j\n"].map(|no| (no, false)))
    {
        let mut out = Vec::new();
        let mut person = Person { answers: answer.as_bytes(), is_there: true };
        assert_eq!(agreed(24, &mut person, &mut out).unwrap(), expected, "{answer:?}");
        assert_eq!(String::from_utf8(out).unwrap(), "Apply these 24 changes? [y/N] ");
    }
}

#[test]
fn where_nobody_is_nobody_is_asked() {
    let mut person = Person { answers: &b"y\n"[..], is_there: false };
    let refusal = agreed(1, &mut person, &mut Vec::new()).unwrap_err().to_string();
    assert!(refusal.contains("give --yes"), "{refusal}");
}
