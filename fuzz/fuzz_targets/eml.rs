//! Any bytes are a message that can be judged.
#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use warden_domain::authentication::evidence::HeaderEvidence;
use warden_domain::authentication::verdict::judge;

fuzz_target!(|message: &[u8]| {
    let evidence = HeaderEvidence::read(message, &[]);
    let judgement = judge(&evidence, &BTreeMap::new());
    assert!(judgement.findings.len() <= 60);
    assert!(judgement.from_domain.is_none_or(|domain| domain.is_ascii()));
});
