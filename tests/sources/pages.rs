//! All pages have one look: one frame, and one stylesheet that alone names colors.

use std::fs;

use warden_tests::{files, root};

use crate::{Result, short};

/// Folders of templates.
const FOLDERS: [&str; 2] = ["crates/cli/src/pages", "infra/local/warden_local/templates"];
const FRAME: &str = "base.html";

#[test]
fn every_page_extends_the_frame_and_names_no_color() -> Result {
    let (mut pages, mut bad) = (0, Vec::new());
    for folder in FOLDERS {
        for path in files(&root().join(folder))? {
            let file = short(&path);
            if !file.ends_with(".html") || file.ends_with(FRAME) {
                continue;
            }
            let text = fs::read_to_string(&path)?;
            if text.contains("<h1") {
                pages += 1;
                if !text.contains(&format!("{{% extends \"{FRAME}\" %}}")) {
                    bad.push(format!("{file} does not extend {FRAME}"));
                }
            }
            if ["<style", "<link", "<script", "rgb(", "color:"]
                .iter()
                .any(|part| text.contains(part))
            {
                bad.push(format!("{file} has a style or a script of its own"));
            }
        }
    }
    assert!(pages >= 4, "only {pages} pages were found: the search is broken");
    assert!(bad.is_empty(), "{bad:#?}");
    Ok(())
}

#[test]
fn no_page_is_put_together_elsewhere() -> Result {
    let mut bad = Vec::new();
    for folder in ["crates", "functions", "infra/local"] {
        for path in files(&root().join(folder))? {
            let file = short(&path);
            let is_code = file.ends_with(".rs") || file.ends_with(".py") || file.ends_with(".html");
            if !is_code || file.ends_with(FRAME) || file.contains("/target/") {
                continue;
            }
            if fs::read_to_string(&path)?.to_lowercase().contains("<!doctype") {
                bad.push(file);
            }
        }
    }
    assert!(bad.is_empty(), "pages extend {FRAME}: {bad:#?}");
    Ok(())
}
