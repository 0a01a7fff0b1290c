//! What must hold for any payload, not only for those somebody thought of.
//!
//! The cases are random but the same on every run: a failure that is found once
//! is found again, and its payload belongs into `events/`.

mod addresses;
mod bounce;
mod envelopes;
mod generate;
mod mutations;
mod policy;

use std::collections::BTreeSet;
use std::error::Error;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use warden_domain::envelope::{Reading, open};
use warden_domain::event::{Detail, SesEvent};
use warden_domain::guard::is_trigger;
use warden_domain::metrics::{self, Batch, BatchTotals, Datum, KnownNames, Metric, Recent};
use warden_domain::outcome::Outcome;
use warden_domain::suppression::{BatchPlan, Decision, List, Policy, decide};

type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;
type Checked = std::result::Result<(), TestCaseError>;

/// 2026-10-06 07:20 UTC, some minutes after the events of the corpus.
const NOW: i64 = 1_791_271_200;

fn cases(cases: u32) -> Config {
    Config {
        cases,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(20_261_006),
        ..Config::default()
    }
}

/// Runs a payload through what the three functions decide, and checks that
/// nothing is lost on the way. Answers with the addresses it would suppress.
fn run(payload: &[u8]) -> std::result::Result<BTreeSet<String>, TestCaseError> {
    let records = open(payload);
    prop_assert!(!records.is_empty(), "a payload without a record");
    let (config, recent, mut names) =
        (metrics::Config::default(), Recent::new(100), KnownNames::default());
    let mut batch = Batch::new(&config, &mut names, &recent, NOW);
    let mut plan = BatchPlan::default();
    let (mut acted, mut ignored, mut given_back) = (0, 0, 0);
    for (place, record) in records.iter().enumerate() {
        match batch.add(place, &record.reading) {
            Outcome::Acted(_) => acted += 1,
            Outcome::Ignored(_) => ignored += 1,
            Outcome::GivenBack(_) => given_back += 1,
        }
        let _ = is_trigger(&record.reading);
        if let Reading::Event(event) = &record.reading {
            let decision = decide(event, &Policy::default());
            judged(event, &decision)?;
            plan.add(place, &List::Account, &decision);
        }
    }
    prop_assert_eq!(acted + ignored + given_back, records.len());
    let totals = batch.finish();
    prop_assert!(counts(sum(&totals, Metric::Ignored), ignored));
    prop_assert!(counts(sum(&totals, Metric::Malformed), given_back));
    Ok(plan.into_puts().iter().map(|put| put.address.key()).collect())
}

/// Each recipient that could be read is judged, and the outcome fits the verdicts.
fn judged(event: &SesEvent, decision: &Decision) -> Checked {
    let readable = if let Detail::Bounce(bounce) = &event.detail {
        bounce.recipients.len()
    } else if let Detail::Complaint(complaint) = &event.detail {
        complaint.recipients.len()
    } else {
        0
    };
    prop_assert_eq!(decision.judgements.len(), readable);
    prop_assert_eq!(
        decision.to_suppress().next().is_some(),
        matches!(decision.outcome, Outcome::Acted(_))
    );
    Ok(())
}

fn sum(totals: &BatchTotals, metric: Metric) -> f64 {
    totals.data().iter().filter(|d| d.series.metric == metric).map(Datum::sum).sum()
}

/// Whether a metric's value is this count.
fn counts(value: f64, count: usize) -> bool {
    (value - count as f64).abs() < 0.5
}

fn totals_of<'a>(readings: impl IntoIterator<Item = &'a Reading>) -> BatchTotals {
    let (config, recent, mut names) =
        (metrics::Config::default(), Recent::new(0), KnownNames::default());
    let mut batch = Batch::new(&config, &mut names, &recent, NOW);
    for (place, reading) in readings.into_iter().enumerate() {
        batch.add(place, reading);
    }
    batch.finish()
}

fn decision_of(reading: &Reading) -> Option<Decision> {
    let Reading::Event(event) = reading else { return None };
    Some(decide(event, &Policy::default()))
}
