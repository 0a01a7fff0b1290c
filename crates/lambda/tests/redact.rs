//! No local part survives, whatever stands around the address.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use warden_lambda::redact::redact;

/// Ways to write an address.
const FORMS: [&str; 14] = [
    "LOCAL@DOMAIN",
    "LOCAL @DOMAIN",
    "LOCAL@ DOMAIN",
    "LOCAL(work)@DOMAIN",
    "(work) LOCAL (a(b)c) @ (DOMAIN) DOMAIN",
    "<LOCAL@DOMAIN>",
    "<roe LOCAL@DOMAIN>",
    "\"LOCAL\"@DOMAIN",
    "\"roe LOCAL\"@DOMAIN",
    "\"LOCAL\\\"roe\"@DOMAIN",
    "\"roe\\\"LOCAL, <a>\" @DOMAIN",
    "LOCAL%40DOMAIN",
    "LOCAL=40DOMAIN",
    "LOCAL\\u0040DOMAIN",
];

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 1000,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(20_261_006),
        ..ProptestConfig::default()
    })]

    #[test]
    fn no_local_part_survives(
        local in "[a-z][a-z0-9_+'-]{4,20}[a-z]",
        form in prop::sample::select(&FORMS[..]),
        before in "\\PC{0,20}",
        after in "\\PC{0,20}",
    ) {
        prop_assume!(!before.contains(&local) && !after.contains(&local));
        let address = form.replace("DOMAIN", "secret.example.com").replace("LOCAL", &local);
        let redacted = redact(&format!("{before} {address} {after}"));
        prop_assert!(!redacted.contains(&local), "{redacted}");
        prop_assert!(!redacted.contains('@'), "{redacted}");
    }

    #[test]
    fn any_text_keeps_to_the_limits(text in "(\\PC|[\"@<>()\\\\ \n=40%]){0,900}") {
        let redacted = redact(&text);
        prop_assert!(redacted.chars().count() <= 601 && !redacted.contains('@') && !redacted.contains('\n'));
        prop_assert_eq!(redact(&redacted), redacted);
    }
}
