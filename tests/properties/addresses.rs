//! Addresses: one normal form, and no way into a print but the one that is named.

use proptest::prelude::*;
use ses_warden::commands::replay::replay_file;
use warden_domain::address::{EmailAddress, normalize_domain};
use warden_tests::payload_files;

use crate::generate::address;
use crate::{Result, cases};

fn address_like() -> impl Strategy<Value = String> {
    prop_oneof![
        address(),
        "\\PC{0,30}@\\PC{0,30}",
        "\\PC{0,10}<?\\PC{1,10}@[a-zA-Z0-9.ßéλ-]{1,20}>?",
        "\\PC{0,40}"
    ]
}

proptest! {
    #![proptest_config(cases(4_000))]

    #[test]
    fn reading_an_address_twice_changes_nothing(text in address_like()) {
        if let Ok(once) = EmailAddress::parse(&text) {
            let twice = EmailAddress::parse(once.expose());
            prop_assert_eq!(twice.as_ref().map(EmailAddress::expose), Ok(once.expose()));
        }
    }

    #[test]
    fn a_domain_in_its_normal_form_stays_as_it_is(text in "\\PC{0,40}") {
        if let Some(once) = normalize_domain(&text) {
            prop_assert!(once.is_ascii() && !once.bytes().any(|b| b.is_ascii_uppercase()), "{}", once);
            prop_assert_eq!(normalize_domain(&once), Some(once));
        }
    }

    /// At most one character of the local part is left, however it is printed.
    #[test]
    fn masking_leaves_no_local_part(text in address_like()) {
        if let Ok(address) = EmailAddress::parse(&text) {
            let (display, debug) = (address.to_string(), format!("{address:?}"));
            prop_assert_eq!(&debug, &format!("EmailAddress({display})"));
            let mask = display.strip_suffix(&format!("@{}", address.domain()));
            let first = mask.and_then(|mask| mask.strip_suffix("***"));
            prop_assert!(first.is_some_and(|first| first.chars().count() <= 1), "{}", display);
        }
    }
}

#[test]
fn what_replay_prints_holds_no_address_unless_asked() -> Result {
    for path in payload_files()? {
        let full = replay_file(&path, true)?;
        for (open, masked) in full.iter().zip(replay_file(&path, false)?) {
            let printed = serde_json::to_string(&masked)?;
            let addresses = open.recipients.iter().filter_map(|r| r.address.as_deref());
            for address in addresses.chain(open.suppress.iter().map(|s| s.address.as_str())) {
                // A local part of one character is its own mask.
                if address.chars().nth(1) != Some('@') {
                    let written = serde_json::to_string(address)?;
                    assert!(
                        !printed.contains(written.trim_matches('"')),
                        "{}: {printed}",
                        path.display()
                    );
                }
            }
        }
    }
    Ok(())
}
