use super::CODES;

#[test]
fn the_guide_lists_every_code_as_it_is_explained() {
    let guide = include_str!("../../../../../docs/DOCTOR.md");
    for code in CODES {
        let row = format!("| `{}` | {}. | {} |", code.code, code.title, code.text);
        assert!(guide.contains(&row), "docs/DOCTOR.md lacks: {row}");
    }
}
