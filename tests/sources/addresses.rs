//! Fields that hold e-mail addresses have a type that prints them masked.

use std::fs;

use warden_tests::{files, root};

use crate::Result;

/// Names of fields that hold an e-mail address.
const NAMES: [&str; 9] = [
    "address",
    "addresses",
    "email_address",
    "recipient",
    "recipients",
    "destination",
    "destinations",
    "source",
    "mailbox",
];

/// Fields of such a name that hold something else, or that are never printed.
const ALLOWED: [(&str, &str, &str); 4] = [
    ("imports/line.rs", "email_address", "serialized into the import file, no Debug"),
    ("bounce/rule.rs", "source", "where a rule's facts come from"),
    ("bounce/rule_file.rs", "source", "where a rule's facts come from"),
    ("setup/context.rs", "source", "the ARN that a service names as the source of its call"),
];

/// The name and the type of a struct's field on this line, where it is one.
fn field(line: &str) -> Option<(&str, &str)> {
    let line = line.trim().strip_suffix(',')?;
    let line = line.strip_prefix("pub ").unwrap_or(line);
    let line = match line.strip_prefix("pub(") {
        Some(rest) => rest.split_once(") ")?.1,
        None => line,
    };
    let (name, kind) = line.split_once(": ")?;
    let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    is_name.then_some((name, kind))
}

/// Whether a type shows its text when it is printed.
fn shows_text(kind: &str) -> bool {
    let words = kind.split(|c: char| !c.is_alphanumeric());
    words.into_iter().any(|word| word == "String" || word == "str")
}

#[test]
fn no_field_holds_an_address_as_plain_text() -> Result {
    let mut bad = Vec::new();
    let mut seen = 0;
    let mut used = [false; ALLOWED.len()];
    for folder in ["crates/domain/src", "crates/aws/src", "functions"] {
        for path in files(&root().join(folder))? {
            if path.extension().is_none_or(|extension| extension != "rs") {
                continue;
            }
            let source = fs::read_to_string(&path)?;
            let source = source.split("\n#[cfg(test)]\nmod tests").next().unwrap_or_default();
            let mut in_fields = false;
            for (number, line) in source.lines().enumerate() {
                // Fields stand between a struct's or an enum's opening line and its end.
                let code = line.trim_start();
                let head = code.strip_prefix("pub ").unwrap_or(code);
                let head = head.split_once(") ").map_or(head, |(_, rest)| rest);
                if head.starts_with("struct ") || head.starts_with("enum ") {
                    in_fields = line.ends_with('{');
                } else if line == "}" {
                    in_fields = false;
                }
                let Some((name, kind)) = field(line).filter(|_| in_fields) else { continue };
                seen += 1;
                if !NAMES.contains(&name) || !shows_text(kind) {
                    continue;
                }
                let allowed = ALLOWED
                    .iter()
                    .position(|(file, field, _)| path.ends_with(file) && *field == name);
                match allowed {
                    Some(index) => used[index] = true,
                    None => bad.push(format!("{}:{}: {name}: {kind}", path.display(), number + 1)),
                }
            }
        }
    }
    assert!(seen > 500, "only {seen} fields were found: the search is broken");
    assert!(used.iter().all(|used| *used), "an exception that is not needed: {ALLOWED:?}");
    assert!(bad.is_empty(), "use RawAddress or EmailAddress: {bad:#?}");
    Ok(())
}

#[test]
fn the_search_knows_a_field_when_it_sees_one() {
    assert_eq!(field("    pub address: String,"), Some(("address", "String")));
    assert_eq!(field("    pub(crate) address: &'a str,"), Some(("address", "&'a str")));
    assert_eq!(field("    recipients: Vec<RawAddress>,"), Some(("recipients", "Vec<RawAddress>")));
    assert_eq!(field("    let address: String = text;"), None);
    assert!(shows_text("Option<String>") && shows_text("Cow<'a, str>"));
    assert!(!shows_text("Vec<RawAddress>") && !shows_text("&'a EmailAddress"));
}
