//! What the largest batches cost metrics, from the bytes of an invocation to the
//! calls that are to be made.
//!
//! Lambda ends a batch at 6 MB: about 1,500 records with SNS's envelope around the
//! event, 2,300 without. The least that anything could cost is one pass over the
//! payload that understands nothing of it, `skim`; it is measured beside, because
//! machines differ and ratios do not.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a bench stops where something is wrong, and is read at a terminal"
)]

use std::collections::HashSet;
use std::hint::black_box;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use serde::de::IgnoredAny;
use serde_json::{Value, json};
use warden_domain::envelope::{Record, open};
use warden_domain::metrics::{Batch, BatchTotals, Config, KnownNames, Limits, MetricSet, Recent};

const NOW: i64 = 1_791_271_200;
const SIX_MB: usize = 6 * 1024 * 1024;
const DOMAINS: usize = 40;

/// An event as long as real ones, 2 KB: nine deliveries and sends to a bounce.
fn event(number: usize) -> String {
    let (domain, to) =
        (number % DOMAINS, format!("recipient-{number}@mail{}.example.net", number % 50));
    let time = format!("2026-10-06T07:{:02}:02.118Z", 10 + number / 7 % 10);
    let kind = [
        "Send", "Delivery", "Send", "Delivery", "Send", "Delivery", "Send", "Delivery", "Send",
        "Bounce",
    ][number % 10];
    let headers: Vec<Value> = [
        "From",
        "To",
        "Subject",
        "Date",
        "MIME-Version",
        "Content-Type",
        "List-Id",
        "List-Unsubscribe",
        "Reply-To",
    ]
    .iter()
    .map(|name| json!({"name": name, "value": format!("{name} \"of\" <message-{number}@example.com>; boundary=\"x\"")}))
    .collect();
    let mut event = json!({
        "eventType": kind,
        "mail": {
            "timestamp": time, "source": format!("Shop {domain} <orders@shop{domain}.example.com>"),
            "sourceArn": format!("arn:aws:ses:eu-central-1:111122223333:identity/shop{domain}.example.com"),
            "sendingAccountId": "111122223333", "messageId": format!("0107019a2b3c4d5e-{number:012}-000000"),
            "destination": [to], "headersTruncated": false, "headers": headers,
            "commonHeaders": {"from": [format!("Shop <orders@shop{domain}.example.com>")], "to": [to],
                "messageId": format!("0107019a2b3c4d5e-{number:012}-000000"), "subject": format!("Your order {number}")},
            "tags": {
                "ses:operation": ["SendEmail"], "ses:configuration-set": ["transactional"],
                "ses:recipient-isp": ["UNKNOWN_ISP"], "ses:source-ip": ["192.0.2.7"],
                "ses:from-domain": [format!("shop{domain}.example.com")], "ses:caller-identity": ["shop-application"],
                "campaign": ["autumn"],
            },
        },
    });
    let detail = match kind {
        "Delivery" => {
            json!({"timestamp": time, "processingTimeMillis": 300 + number * 7 % 9000, "recipients": [to],
            "smtpResponse": "250 2.0.0 OK", "remoteMtaIp": "198.51.100.9", "reportingMTA": "a8-50.smtp-out.example.com"})
        }
        "Bounce" => {
            json!({"timestamp": time, "bounceType": "Permanent", "bounceSubType": "General",
            "feedbackId": format!("0107019a2b3c4d5e-{number}"), "reportingMTA": "dns; a8-50.smtp-out.example.com",
            "bouncedRecipients": [{"emailAddress": to, "action": "failed", "status": "5.1.1",
                "diagnosticCode": "smtp; 550 5.1.1 <recipient>: Recipient address rejected: User unknown in virtual table"}]})
        }
        _ => json!({}),
    };
    event.as_object_mut().unwrap().insert(kind.to_lowercase(), detail);
    event.to_string()
}

fn wrapped(event: &str) -> String {
    json!({"Type": "Notification", "MessageId": "165545c9-2a5c-472c-8df2-7ff2be2b3b1b",
        "TopicArn": "arn:aws:sns:eu-central-1:111122223333:ses-warden-feedback", "Subject": "Amazon SES Email Event Notification",
        "Message": event, "Timestamp": "2026-10-06T07:14:05.402Z", "SignatureVersion": "1", "Signature": "E".repeat(344),
        "SigningCertURL": "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem",
        "UnsubscribeURL": format!("https://sns.eu-central-1.amazonaws.com/?Action=Unsubscribe&SubscriptionArn={}", "a".repeat(90))})
    .to_string()
}

/// As many records as 6 MB hold.
fn largest_batch(body: impl Fn(&str) -> String) -> (usize, String) {
    let mut records = String::new();
    for number in 0.. {
        let record = json!({
            "messageId": format!("059f36b4-87a3-44ab-83d2-{number:012}"), "receiptHandle": "A".repeat(180), "body": body(&event(number)),
            "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1791270845402",
                "SenderId": "AIDAEXAMPLE", "ApproximateFirstReceiveTimestamp": "1791270846402"},
            "messageAttributes": {}, "md5OfBody": "098f6bcd4621d373cade4e832627b4f6", "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:eu-central-1:111122223333:ses-warden-metrics", "awsRegion": "eu-central-1",
        })
        .to_string();
        if records.len() + record.len() + 16 > SIX_MB {
            return (number, format!("{{\"Records\":[{records}]}}"));
        }
        if number > 0 {
            records.push(',');
        }
        records.push_str(&record);
    }
    unreachable!("numbers do not end")
}

fn count(records: &[Record], config: &Config) -> BatchTotals {
    let (mut names, recent) = (KnownNames::default(), Recent::new(100_000));
    let mut batch = Batch::new(config, &mut names, &recent, NOW);
    for (place, record) in records.iter().enumerate() {
        batch.add(place, &record.reading);
    }
    batch.finish()
}

fn largest_batches(criterion: &mut Criterion) {
    for (form, (records, payload)) in
        [("raw", largest_batch(str::to_owned)), ("wrapped", largest_batch(wrapped))]
    {
        let config = Config { set: MetricSet::Full, ..Config::default() };
        let opened = open(payload.as_bytes());
        let totals = count(&opened, &config);
        // What is measured is the whole work: every record is read and counted.
        let counted = totals
            .data()
            .iter()
            .flat_map(|datum| datum.messages.clone())
            .collect::<HashSet<_>>()
            .len();
        let (data, calls) = (totals.data().len(), totals.calls(&Limits::CLOUDWATCH).len());
        assert_eq!((opened.len(), counted), (records, records), "{form}");
        println!("{form}: {} bytes, {records} records, {data} data, {calls} calls", payload.len());

        let mut group =
            criterion.benchmark_group(format!("largest_batch/{form}/{records}_records"));
        group.throughput(Throughput::Elements(records as u64)).sample_size(30);
        group.bench_function("skim", |b| {
            b.iter(|| serde_json::from_str::<IgnoredAny>(black_box(&payload)).unwrap())
        });
        group.bench_function("read", |b| b.iter(|| open(black_box(payload.as_bytes()))));
        for set in [MetricSet::Essential, MetricSet::Full] {
            let config = Config { set, ..Config::default() };
            group.bench_function(BenchmarkId::new("count", format!("{set:?}")), |b| {
                b.iter(|| count(black_box(&opened), &config))
            });
            let totals = count(&opened, &config);
            group.bench_function(BenchmarkId::new("calls", format!("{set:?}")), |b| {
                b.iter(|| totals.calls(black_box(&Limits::CLOUDWATCH)));
            });
        }
        group.bench_function("all", |b| {
            b.iter_batched(
                || payload.as_bytes(),
                |payload| count(&open(payload), &config).calls(&Limits::CLOUDWATCH),
                BatchSize::PerIteration,
            );
        });
        group.finish();
    }
}

criterion_group!(benches, largest_batches);
criterion_main!(benches);
