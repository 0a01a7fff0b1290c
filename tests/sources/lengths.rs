//! Files are short enough to read at once: about 300 lines, the tests at their end not counted.

use std::fs;

use warden_tests::{files, root};

use crate::{Result, short, without_tests};

/// Lines that a file of production code or of a tool may have: 300, and a few more before a split
/// pays.
const MOST_LINES: usize = 320;

/// Files that are one idea although they are longer, each with the lines that it may have and why
/// it is one idea. The file's own head says it, too.
const LONGER: [(&str, usize, &str); 3] = [
    ("crates/domain/src/setup/codes.rs", 700, "one table: what each code of doctor setup means"),
    (
        "crates/domain/src/authentication/domain_check/codes.rs",
        700,
        "one table: what each code of doctor domain means",
    ),
    ("infra/cdk/src/parameters.ts", 700, "written by a script from the template"),
];

#[test]
fn files_are_short_or_say_why_not() -> Result {
    let mut bad = Vec::new();
    let mut used = [false; LONGER.len()];
    let mut seen = 0;
    for folder in ["crates", "functions", "infra"] {
        for path in files(&root().join(folder))? {
            let file = short(&path);
            let is_source = [".rs", ".py", ".ts"].iter().any(|ending| file.ends_with(ending));
            let is_left_out = [
                "/tests",
                "/target/",
                "/node_modules/",
                "/examples/",
                "/benches/",
                "infra/cdk/lib/",
                "infra/cdk/build/",
            ];
            if !is_source || is_left_out.iter().any(|part| file.contains(part)) {
                continue;
            }
            seen += 1;
            let text = fs::read_to_string(&path)?;
            let lines = without_tests(&text).trim_end().lines().count();
            let mut longer = LONGER.iter().enumerate();
            let most = match longer.find(|(_, (longer, ..))| *longer == file) {
                Some((index, (_, most, _))) if lines > MOST_LINES => {
                    used[index] = true;
                    *most
                }
                _ => MOST_LINES,
            };
            if lines > most {
                bad.push(format!("{file}: {lines} lines"));
            }
        }
    }
    assert!(seen > 300, "only {seen} files were found: the search is broken");
    assert!(bad.is_empty(), "split by idea, or add to LONGER with the reason: {bad:#?}");
    assert!(used.iter().all(|used| *used), "an exception that is not needed: {LONGER:?}");
    Ok(())
}
