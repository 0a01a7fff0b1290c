//! Any text is a diagnostic: nothing panics.
#![no_main]

use libfuzzer_sys::fuzz_target;
use warden_domain::bounce::{BounceFacts, triage};

fuzz_target!(|input: (Option<&str>, &str)| {
    let (status, text) = input;
    triage(BounceFacts { bounce: None, status, diagnostic: Some(text) });
});
