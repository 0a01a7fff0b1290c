//! What is taken for an address reads the same again and shows no local part.
#![no_main]

use libfuzzer_sys::fuzz_target;
use warden_domain::address::EmailAddress;

fuzz_target!(|text: &str| {
    if let Ok(address) = EmailAddress::parse(text) {
        assert_eq!(EmailAddress::parse(address.expose()).as_ref(), Ok(&address));
        let local = address.local_part();
        assert!(local.chars().count() < 2 || !address.to_string().contains(&format!("{local}@")));
    }
});
