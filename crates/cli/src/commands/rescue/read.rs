//! The records in the bucket.

use std::collections::BTreeMap;

use warden_aws::Bucket;
use warden_domain::rescue::{OtherDecisions, RescueRecord};

use super::now_millis;

/// An address with its records, oldest first.
#[derive(Debug)]
pub(super) struct Candidate {
    first: RescueRecord,
    more: Vec<RescueRecord>,
}

impl Candidate {
    pub(super) fn latest(&self) -> &RescueRecord {
        self.more.last().unwrap_or(&self.first)
    }

    /// All records, the latest first.
    pub(super) fn records(&self) -> impl Iterator<Item = &RescueRecord> {
        self.more.iter().rev().chain(std::iter::once(&self.first))
    }
}

/// What the bucket holds.
#[derive(Debug, Default)]
pub(super) struct RescueRecords {
    records: Vec<RescueRecord>,
    rescued: Vec<RescueRecord>,
    /// What could not be read, a sentence each. The rest is as good as ever.
    pub(super) unread: Vec<String>,
}

/// Reads the records of bounces, and of what was removed before.
pub(super) async fn read(bucket: &Bucket) -> anyhow::Result<RescueRecords> {
    let mut found = RescueRecords::default();
    for key in bucket.list_all("rescue/").await? {
        if let Some(body) = found.body(bucket, &key).await {
            let records = found.lines(&key, &body);
            found.records.extend(records);
        }
    }
    for key in bucket.list_all("suppress/rescue/").await? {
        if key.contains("/rescued/")
            && let Some(body) = found.body(bucket, &key).await
        {
            let records = found.lines(&key, &body);
            found.rescued.extend(records);
        }
    }
    Ok(found)
}

impl RescueRecords {
    async fn body(&mut self, bucket: &Bucket, key: &str) -> Option<Vec<u8>> {
        let mut body = Vec::new();
        let read = bucket.read(key, std::time::Duration::from_secs(30), |piece| {
            body.extend_from_slice(piece);
        });
        match read.await {
            Ok(true) => Some(body),
            // It expired between the listing and now.
            Ok(false) => None,
            Err(error) => {
                self.unread.push(format!("{key} was not read and is left out: {error}"));
                None
            }
        }
    }

    /// Reads the lines of one object. A line may be half written, when the function that
    /// wrote it was stopped; it costs no other line.
    fn lines(&mut self, key: &str, body: &[u8]) -> Vec<RescueRecord> {
        let mut records = Vec::new();
        for (index, line) in body.split(|byte| *byte == b'\n').enumerate() {
            if line.trim_ascii().is_empty() {
                continue;
            }
            match serde_json::from_slice(line) {
                Ok(record) => records.push(record),
                // serde's words may quote the line, which holds an address.
                Err(error) => self.unread.push(format!(
                    "line {} of {key} is left out: it is no rescue record (column {})",
                    index + 1,
                    error.column()
                )),
            }
        }
        records
    }

    /// Each address once, with all its records, in the order of domain, fault and address.
    /// Those that were let back within 30 days are left out.
    pub(super) fn candidates(self, domain: Option<&str>, fault: Option<&str>) -> Vec<Candidate> {
        let now = now_millis();
        let mut decisions = OtherDecisions::default();
        self.rescued.iter().for_each(|record| decisions.rescued(record, now));
        let mut by_address: BTreeMap<String, Candidate> = BTreeMap::new();
        let mut records = self.records;
        records.sort_by_key(|record| record.at);
        for record in records {
            let is_wanted = domain.is_none_or(|domain| record.domain.as_deref() == Some(domain))
                && fault.is_none_or(|fault| record.fault == fault);
            if !is_wanted || decisions.is_rescued(&record) {
                continue;
            }
            match by_address.get_mut(record.address.expose()) {
                Some(candidate) => candidate.more.push(record),
                None => {
                    let address = record.address.expose().to_owned();
                    by_address.insert(address, Candidate { first: record, more: Vec::new() });
                }
            }
        }
        let mut candidates: Vec<Candidate> = by_address.into_values().collect();
        candidates.sort_by(|a, b| {
            let key = |candidate: &Candidate| {
                let latest = candidate.latest();
                (latest.domain.clone(), latest.fault.clone(), latest.address.expose().to_owned())
            };
            key(a).cmp(&key(b))
        });
        candidates
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(address: &str, fault: &str, domain: &str, at: i64) -> RescueRecord {
        let line = format!(
            r#"{{"address":"{address}","fault":"{fault}","domain":"{domain}","messageId":"m","at":{at}}}"#
        );
        serde_json::from_str(&line).unwrap()
    }

    #[test]
    fn an_address_is_a_candidate_once_with_its_latest_fault() {
        let found = |rescued: Vec<RescueRecord>| RescueRecords {
            records: vec![
                record("b@example.net", "content", "b.example.com", 86_400_000),
                record("a@example.net", "content", "b.example.com", 1),
                record("a@example.net", "sender_authentication", "a.example.com", 172_800_000),
            ],
            rescued,
            unread: Vec::new(),
        };
        let all = found(Vec::new()).candidates(None, None);
        let latest: Vec<_> = all
            .iter()
            .map(|c| (c.latest().address.expose(), c.latest().fault.as_str(), c.records().count()))
            .collect();
        assert_eq!(
            latest,
            [("a@example.net", "sender_authentication", 2), ("b@example.net", "content", 1)]
        );
        assert_eq!(found(Vec::new()).candidates(Some("b.example.com"), None).len(), 2);
        assert_eq!(found(Vec::new()).candidates(None, Some("sender_authentication")).len(), 1);
        let rescued = RescueRecord {
            removed_at: Some(now_millis()),
            ..record("b@example.net", "content", "b.example.com", 1)
        };
        assert_eq!(found(vec![rescued]).candidates(None, None).len(), 1);
    }

    #[test]
    fn a_half_written_line_costs_no_other() {
        let good = |n: u32| format!(r#"{{"address":"a{n}@example.net","fault":"f","at":{n}}}"#);
        let body = format!("{}\n{{\"address\":\"half@exa\n\n{}\r\n", good(1), good(2));
        let mut found = RescueRecords::default();
        let mut records = found.lines("rescue/2026-11-26/a.ndjson", body.as_bytes());
        let body = [good(3).as_bytes(), b"\n\xff\xfe{}"].concat();
        records.extend(found.lines("rescue/2026-11-26/b.ndjson", &body));
        assert_eq!(records.iter().map(|record| record.at).collect::<Vec<_>>(), [1, 2, 3]);
        let unread = found.unread.join(" | ");
        assert!(unread.contains("line 2 of rescue/2026-11-26/a.ndjson is left out"), "{unread}");
        assert!(unread.contains("line 2 of rescue/2026-11-26/b.ndjson is left out"), "{unread}");
        assert!(!unread.contains("half@"), "{unread}");
    }
}
