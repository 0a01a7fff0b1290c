//! Any text is a diagnostic: nothing panics.
#![no_main]

use libfuzzer_sys::fuzz_target;
use warden_domain::triage::{Evidence, triage};

fuzz_target!(|input: (Option<&str>, &str)| {
    let (status, text) = input;
    triage(Evidence { bounce: None, status, diagnostic: Some(text) });
});
