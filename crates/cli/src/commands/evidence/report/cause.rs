//! Why mail bounced and who complained: the tables of the report.

use super::super::read::EvidenceReadings;
use super::phases::rate;
use super::{DomainRow, NamedCount, TextRow, safe};
use crate::frame::decisions::TextCount;

/// Rows of a table at most.
const MOST_ROWS: usize = 12;

/// By the journal where it was read, else by our metrics.
pub(super) fn classes(found: &EvidenceReadings) -> Vec<NamedCount> {
    let named = |(class, domain): &(String, String), count: f64| NamedCount {
        name: safe(&format!("{class}, mail from {domain}")),
        count,
    };
    let from_journal = found.decisions.as_ref().filter(|decisions| decisions.bounces > 0);
    let mut rows: Vec<NamedCount> = match from_journal {
        #[expect(clippy::cast_precision_loss, reason = "counts of mails are far below 2^52")]
        Some(decisions) => {
            decisions.classes.iter().map(|(key, count)| named(key, *count as f64)).collect()
        }
        None => found.faults.iter().map(|(key, count)| named(key, *count)).collect(),
    };
    largest(&mut rows, |row| row.count);
    rows
}

pub(super) fn texts(found: &EvidenceReadings) -> Vec<TextRow> {
    let all = found.decisions.iter().flat_map(|decisions| decisions.texts.values());
    let mut rows: Vec<&TextCount> = all.filter(|text| !text.text.is_empty()).collect();
    rows.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.text.cmp(&b.text)));
    rows.truncate(MOST_ROWS);
    rows.into_iter()
        .map(|text| TextRow {
            count: text.count,
            class: text.class.clone(),
            status: text.status.clone(),
            text: safe(&text.text),
        })
        .collect()
}

pub(super) fn domains(found: &EvidenceReadings) -> Vec<DomainRow> {
    let mut rows: Vec<DomainRow> = found
        .domains
        .iter()
        .map(|(name, [sends, deliveries, hard_bounces, complaints])| DomainRow {
            name: safe(name),
            sends: *sends,
            hard_bounces: *hard_bounces,
            complaints: *complaints,
            bounce_rate: rate(*hard_bounces, *sends),
            complaint_rate: rate(*complaints, *deliveries),
        })
        .filter(|row| row.sends + row.hard_bounces + row.complaints > 0.0)
        .collect();
    largest(&mut rows, |row| row.hard_bounces + row.complaints);
    rows
}

pub(super) fn named(all: &[(String, f64)]) -> Vec<NamedCount> {
    let mut rows: Vec<NamedCount> =
        all.iter().map(|(name, count)| NamedCount { name: safe(name), count: *count }).collect();
    largest(&mut rows, |row| row.count);
    rows
}

fn largest<T>(rows: &mut Vec<T>, by: impl Fn(&T) -> f64) {
    rows.sort_by(|a, b| by(b).total_cmp(&by(a)));
    rows.truncate(MOST_ROWS);
}

pub(super) fn listed(found: &EvidenceReadings) -> Vec<NamedCount> {
    #[expect(clippy::cast_precision_loss, reason = "at most 20,000 entries are counted")]
    let row =
        |(reason, count): (&String, &u64)| NamedCount { name: safe(reason), count: *count as f64 };
    found.listed.iter().flat_map(|(counts, _)| counts.iter().map(row)).collect()
}
