use std::collections::BTreeSet;

use super::codes;

#[test]
fn every_code_is_explained_once() {
    let mut seen = BTreeSet::new();
    for code in codes::all() {
        assert!(seen.insert(code.code), "{} stands twice", code.code);
        for text in [code.meaning, code.remedy] {
            assert!(text.ends_with(['.', 'd', '…']) && !text.contains("  "), "{}", code.code);
        }
    }
    assert_eq!(codes::find("no-such-code"), None);
}
