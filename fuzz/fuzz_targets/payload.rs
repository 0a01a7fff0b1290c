//! Any bytes are a payload: nothing panics, each message ends in one way, and the quick way through
//! the envelopes reads what serde_json reads.
#![no_main]

use libfuzzer_sys::fuzz_target;
use warden_domain::envelope::{Reading, open, open_without_scan};
use warden_domain::metrics::{Batch, Config, KnownNames, MetricSet, Recent};
use warden_domain::suppression::{Policy, decide};

fuzz_target!(|payload: &[u8]| {
    let records = open(payload);
    assert!(!records.is_empty());
    assert_eq!(records, open_without_scan(payload));
    let config = Config { set: MetricSet::Full, ..Config::default() };
    let (recent, mut names) = (Recent::new(8), KnownNames::default());
    let mut batch = Batch::new(&config, &mut names, &recent, 1_791_270_850);
    for (index, record) in records.iter().enumerate() {
        batch.add(index, &record.reading);
        if let Reading::Event(event) = &record.reading {
            let decision = decide(event, &Policy::default());
            assert!(decision.to_suppress().all(|(address, _)| !address.is_simulator()));
        }
    }
    for datum in batch.finish().data() {
        for (_, value) in datum.series.dimensions.pairs() {
            assert!(value.is_ascii() && !value.trim().is_empty() && value.len() <= 1024);
        }
    }
});
