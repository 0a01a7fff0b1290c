//! The way a message travels, how often it is delivered and in which of SES's formats
//! change nothing; and nothing of it is lost.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::Value;
use warden_domain::address::RawAddress;
use warden_domain::envelope::{Reading, Receipt, Record, open};
use warden_domain::event::Detail;
use warden_domain::metrics::{BatchTotals, Datum, Dimensions, Metric};
use warden_tests::payloads;

use crate::generate::{body, event, feedback_event, junk, sqs, travels};
use crate::{Checked, Result, cases, decision_of, run, totals_of};

/// Whichever way `event` travels, the functions decide the same.
fn travels_alike(event: &Value) -> Checked {
    let alone = open(event.to_string().as_bytes());
    let [Record { reading: bare, .. }] = alone.as_slice() else {
        return Err(TestCaseError::fail("a bare event is one record"));
    };
    for (way, payload) in travels(event) {
        let records = open(payload.to_string().as_bytes());
        let [Record { reading, receipt }] = records.as_slice() else {
            return Err(TestCaseError::fail(format!("{way}: {} records", records.len())));
        };
        prop_assert_eq!(decision_of(reading), decision_of(bare), "{}", way);
        prop_assert_eq!(totals_of([reading]).data(), totals_of([bare]).data(), "{}", way);
        prop_assert_eq!(
            matches!(receipt, Receipt::Sqs(_)),
            payload.pointer("/Records/0/body").is_some(),
            "{}",
            way
        );
    }
    Ok(())
}

/// Each bare event of the corpus in each envelope.
#[test]
fn every_event_of_the_corpus_travels_alike() -> Result {
    let mut tried = 0;
    for (name, bytes) in payloads()? {
        let Ok(value) = serde_json::from_slice::<Value>(&bytes) else { continue };
        let records = open(&bytes);
        if value.get("eventType").is_some()
            && matches!(records.as_slice(), [Record { reading: Reading::Event(_), .. }])
        {
            travels_alike(&value).map_err(|e| format!("{name}: {e}"))?;
            tried += 1;
        }
    }
    assert!(tried > 100, "only {tried} bare events in the corpus");
    Ok(())
}

/// The same event as an identity notification reports it.
fn as_notification(event: &Value) -> Value {
    let mut map = event.as_object().cloned().unwrap_or_default();
    if let Some(kind) = map.remove("eventType") {
        map.insert("notificationType".to_owned(), kind);
    }
    if let Some(mail) = map.get_mut("mail").and_then(Value::as_object_mut) {
        mail.remove("tags");
    }
    Value::Object(map)
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn any_event_travels_alike(event in event()) {
        travels_alike(&event)?;
    }

    #[test]
    fn both_ses_formats_lead_to_the_same_decision(event in feedback_event()) {
        let (published, notified) = (open(event.to_string().as_bytes()), open(as_notification(&event).to_string().as_bytes()));
        let decisions = |records: &[Record]| records.iter().map(|r| decision_of(&r.reading)).collect::<Vec<_>>();
        prop_assert_eq!(decisions(&published), decisions(&notified));
    }

    #[test]
    fn an_event_delivered_again_counts_once(event in event()) {
        let once = open(event.to_string().as_bytes());
        let again = open(as_notification(&event).to_string().as_bytes());
        let readings = |records: &[&[Record]]| totals_of(records.iter().copied().flatten().map(|r| &r.reading));
        let counted = |totals: BatchTotals| {
            let data = totals.data().into_iter().filter(|d| d.series.metric != Metric::Ignored);
            data.map(|d| (d.series.clone(), d.minute_seconds, d.sum().to_bits())).collect::<Vec<_>>()
        };
        prop_assert_eq!(counted(readings(&[&once])), counted(readings(&[&once, &again, &once])));
    }

    /// Messages in = records out, in their order, whatever stands in them.
    #[test]
    fn every_message_of_a_batch_ends_once(bodies in prop::collection::vec(body(), 1..12)) {
        let payload = sqs(&bodies).to_string();
        let records = open(payload.as_bytes());
        let receipts: Vec<Receipt> = records.iter().map(|r| r.receipt.clone()).collect();
        let sent: Vec<Receipt> = (0..bodies.len()).map(|n| Receipt::Sqs(format!("q-{n}"))).collect();
        prop_assert_eq!(receipts, sent);
        run(payload.as_bytes())?;
    }

    /// Recipients judged + unreadable = recipients in; and each one is counted, once for
    /// each way in which it bounced.
    #[test]
    fn every_recipient_is_judged_and_counted(event in feedback_event(), junk in prop::collection::vec(junk(), 0..4)) {
        let (mut event, mut expected) = (event, 0);
        for (object, list) in [("bounce", "bouncedRecipients"), ("complaint", "complainedRecipients")] {
            if let Some(items) = event.pointer_mut(&format!("/{object}/{list}")).and_then(Value::as_array_mut) {
                expected = items.len();
                for (n, thing) in junk.iter().enumerate() {
                    items.insert((n * 7) % (items.len() + 1), thing.clone());
                }
            }
        }
        let records = open(event.to_string().as_bytes());
        let [Record { reading: reading @ Reading::Event(read), .. }] = records.as_slice() else {
            return Err(TestCaseError::fail("no event"));
        };
        let (texts, unreadable): (Vec<&RawAddress>, usize) = if let Detail::Bounce(b) = &read.detail {
            (b.recipients.iter().map(|r| &r.address).collect(), b.unreadable_recipients)
        } else if let Detail::Complaint(c) = &read.detail {
            (c.recipients.iter().collect(), c.unreadable_recipients)
        } else {
            return Err(TestCaseError::fail("no feedback"));
        };
        prop_assert_eq!(unreadable, junk.len());
        prop_assert_eq!(decision_of(reading).map(|d| d.judgements.len()), Some(expected));
        if let Detail::Bounce(_) = read.detail {
            let distinct = texts.iter().filter_map(|t| t.parse().ok()).map(|a| a.key()).collect::<BTreeSet<_>>();
            let totals = totals_of([reading]);
            let per_domain = |metric| -> f64 {
                let data = totals.data();
                let data = data.iter().filter(|d| d.series.metric == metric);
                data.filter(|d| matches!(d.series.dimensions, Dimensions::Domain(_))).map(Datum::sum).sum()
            };
            let all = [Metric::BounceHard, Metric::BounceSoft, Metric::BounceUndetermined, Metric::BounceEcho];
            let counted: Vec<f64> = all.into_iter().map(per_domain).collect();
            let range = |least: usize, most: usize| least as f64 - 0.5..most as f64 + 0.5;
            prop_assert!(counted.iter().all(|n| range(0, distinct.len() + unreadable).contains(n)), "{:?}", totals);
            let sum: f64 = counted.into_iter().sum();
            prop_assert!(range(distinct.len() + unreadable, texts.len() + unreadable).contains(&sum), "{:?}", totals);
        }
    }
}
