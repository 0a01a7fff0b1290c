//! The `aws` commands that a finding offers, safe to paste into a shell.

use std::fmt::Write as _;

use super::context::Context;
use crate::finding::quoted;

/// Returns `aws WORDS… --region REGION`, every word quoted where a shell needs that.
pub(super) fn aws(region: &str, words: &[&str]) -> String {
    let mut command = String::from("aws");
    for word in words {
        // Writing into a String cannot fail.
        let _ = write!(command, " {}", quoted(word));
    }
    let _ = write!(command, " --region {}", quoted(region));
    command
}

/// Returns the command of ours that connects a configuration set; `None` where there is no stack to
/// connect it to. What it makes it can remove again.
pub(super) fn connect(context: &Context<'_>, set: &str) -> Option<String> {
    context.outputs()?.get("FeedbackTopicArn")?;
    let (stack, region) = (&context.snapshot.stack.name, context.region());
    Some(warden(&[
        "connect",
        "apply",
        "--no-domains",
        "--set",
        set,
        "--stack",
        stack,
        "--region",
        region,
    ]))
}

/// Returns a command of ours.
pub(super) fn warden(words: &[&str]) -> String {
    let words: Vec<_> = words.iter().map(|word| quoted(word)).collect();
    format!("ses-warden {}", words.join(" "))
}
