//! Numbers of the last hour, worst first.

use super::{quote, section};

/// What our metrics say of the last hour, as far as it concerns an incident.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LastHour {
    /// What the leading alarm watches, in all; `None` where it is not counted.
    pub totals: Option<Totals>,
    /// Mails by unexpected senders, where the leading alarm watches these.
    pub unexpected: Option<u64>,
    /// The domains, most hard bounces and complaints first.
    pub domains: Vec<DomainCounts>,
    /// Faults of bounces, `domain fault`, most first.
    pub faults: Vec<Count>,
    /// Callers that are on no list of yours, most mails first.
    pub callers: Vec<Count>,
    /// Source addresses that are in no network of yours, most mails first.
    pub sources: Vec<Count>,
}

/// Counts of an account, a configuration set or a domain over the last hour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Mails sent.
    pub sends: u64,
    /// Hard bounces.
    pub hard_bounces: u64,
    /// Complaints.
    pub complaints: u64,
}

/// Counts of one domain over the last hour.
#[derive(Debug, Clone, PartialEq)]
pub struct DomainCounts {
    /// The domain.
    pub domain: String,
    /// Mails sent.
    pub sends: u64,
    /// Hard bounces.
    pub hard_bounces: u64,
    /// Complaints.
    pub complaints: u64,
}

/// How often something was seen in the last hour.
#[derive(Debug, Clone, PartialEq)]
pub struct Count {
    /// A bounce class, a caller identity or a source address.
    pub name: String,
    /// How often.
    pub count: u64,
}

pub(super) fn sections(body: &mut String, numbers: &LastHour) {
    if !numbers.domains.is_empty() {
        section(body, "The last hour, as ses-warden counted it", &table(&numbers.domains));
    }
    section(
        body,
        "Why mail bounced in the last hour (hard and soft bounces)",
        &counts(&numbers.faults),
    );
    section(
        body,
        "Callers of the last hour that are on none of your lists",
        &counts(&numbers.callers),
    );
    section(
        body,
        "Source addresses of the last hour that are in none of your networks",
        &counts(&numbers.sources),
    );
}

fn counts(counts: &[Count]) -> Vec<String> {
    counts.iter().map(|c| format!("{:>9}  {}", c.count, name(c))).collect()
}

/// No dimension value of ours is longer.
pub(super) fn name(count: &Count) -> String {
    quote(&count.name).chars().take(255).collect()
}

fn table(domains: &[DomainCounts]) -> Vec<String> {
    let width = domains.iter().map(|d| d.domain.len()).max().unwrap_or(0).max(6);
    let mut lines = vec![format!(
        "{:<width$}  {:>9}  {:>18}  {:>16}",
        "domain", "sends", "hard bounces", "complaints"
    )];
    lines.extend(domains.iter().map(|d| {
        format!(
            "{:<width$}  {:>9}  {:>18}  {:>16}",
            d.domain,
            d.sends,
            share(d.hard_bounces, d.sends),
            share(d.complaints, d.sends)
        )
    }));
    lines
}

fn share(part: u64, whole: u64) -> String {
    if whole > 0 {
        format!("{part} ({:.2} %)", 100.0 * part as f64 / whole as f64)
    } else {
        part.to_string()
    }
}
