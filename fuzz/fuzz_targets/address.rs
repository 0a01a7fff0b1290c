//! What is taken for an address reads the same again and shows no local part.
#![no_main]

use libfuzzer_sys::fuzz_target;
use warden_domain::address::EmailAddress;

fuzz_target!(|text: &str| {
    if let Ok(address) = EmailAddress::parse(text) {
        assert_eq!(EmailAddress::parse(address.expose()).as_ref(), Ok(&address));
        let local = address.local_part();
        // Stars in a local part look like the mask.
        let is_revealing = local.chars().count() > 1 && !local.contains('*');
        assert!(!is_revealing || !address.to_string().contains(&format!("{local}@")));
    }
});
