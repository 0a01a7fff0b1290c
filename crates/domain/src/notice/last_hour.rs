//! Numbers of the last hour, worst first.

use super::{quote, section};
use crate::guard::windows::whole;
use crate::guard::{Label, Scope};

/// Lines of each table.
const LISTED: usize = 10;

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

/// Names of dimensions and how often each was counted, most first.
pub type Ranked = Vec<(Vec<String>, f64)>;

/// What was read for [`LastHour`]. What could not be is empty, or `None`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct HourCounts {
    /// The domains concerned.
    pub domains: Option<Vec<DomainCounts>>,
    /// Mails by unexpected senders, where the alarm watches these.
    pub unexpected: Option<f64>,
    /// Bounces by domain and fault.
    pub faults: Ranked,
    /// Mails by unexpected callers.
    pub callers: Ranked,
    /// Mails from unexpected source addresses.
    pub sources: Ranked,
}

impl LastHour {
    /// What a notice about an alarm of this label shows of it.
    pub fn of(label: Option<&Label>, read: HourCounts) -> Self {
        let scope = label.map(|label| &label.scope);
        // A tenant's mail is not counted by itself.
        let is_counted = scope.is_some_and(|scope| !matches!(scope, Scope::Tenant(_)));
        let totals = read.domains.as_deref().filter(|_| is_counted).map(Totals::of);
        let mut domains = read.domains.unwrap_or_default();
        domains
            .sort_by_key(|one| std::cmp::Reverse(one.hard_bounces.saturating_add(one.complaints)));
        domains.truncate(LISTED);
        let mut faults = read.faults;
        let is_of_some = matches!(scope, Some(Scope::Domain(_) | Scope::ConfigurationSet(_)));
        if is_of_some && !domains.is_empty() {
            faults.retain(|(names, _)| domains.iter().any(|d| names.first() == Some(&d.domain)));
        }
        Self {
            totals,
            unexpected: read.unexpected.map(whole),
            domains,
            faults: listed(faults),
            callers: listed(read.callers),
            sources: listed(read.sources),
        }
    }
}

impl Totals {
    /// All domains together.
    pub fn of(domains: &[DomainCounts]) -> Self {
        domains.iter().fold(Self::default(), |all, one| Self {
            sends: all.sends.saturating_add(one.sends),
            hard_bounces: all.hard_bounces.saturating_add(one.hard_bounces),
            complaints: all.complaints.saturating_add(one.complaints),
        })
    }
}

impl DomainCounts {
    /// The counts without the name.
    pub fn totals(&self) -> Totals {
        Totals::of(std::slice::from_ref(self))
    }
}

fn listed(ranked: Ranked) -> Vec<Count> {
    let count =
        |(names, count): (Vec<String>, f64)| Count { name: names.join(" "), count: whole(count) };
    ranked.into_iter().take(LISTED).map(count).collect()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::{Measure, Severity, Watched};

    fn domain(name: &str, sends: u64, hard_bounces: u64) -> DomainCounts {
        DomainCounts { domain: name.into(), sends, hard_bounces, complaints: 1 }
    }

    fn read(domains: usize) -> HourCounts {
        let domains = (0..domains).map(|n| domain(&format!("{n}.example"), 100, n as u64));
        let fault = |name: &str| (vec![name.to_owned(), "mailbox_full".to_owned()], 2.4);
        let faults = vec![fault("11.example"), fault("0.example")];
        HourCounts { domains: Some(domains.collect()), faults, ..HourCounts::default() }
    }

    fn label(scope: Scope) -> Label {
        Label { scope, watched: Watched::Rate(Measure::Bounce), severity: Severity::Critical }
    }

    #[test]
    fn the_worst_domains_are_listed_and_all_are_counted() {
        let set = label(Scope::ConfigurationSet("news".into()));
        let hour = LastHour::of(Some(&set), read(12));
        let worst: Vec<&str> = hour.domains.iter().map(|one| one.domain.as_str()).collect();
        assert_eq!((worst.len(), worst[0], worst[9]), (10, "11.example", "2.example"));
        let totals = Totals { sends: 1200, hard_bounces: 66, complaints: 12 };
        assert_eq!(hour.totals, Some(totals));
        let faults = [Count { name: "11.example mailbox_full".into(), count: 2 }];
        assert_eq!(hour.faults, faults, "only of domains that are listed");
    }

    #[test]
    fn an_account_shows_all_faults_and_a_tenant_no_totals() {
        assert_eq!(LastHour::of(Some(&label(Scope::Account)), read(12)).faults.len(), 2);
        for label in [Some(label(Scope::Tenant("arn".into()))), None] {
            let hour = LastHour::of(label.as_ref(), read(12));
            assert_eq!((hour.totals, hour.domains.len()), (None, 10));
        }
    }

    #[test]
    fn what_was_not_read_is_left_out() {
        let of_set = label(Scope::ConfigurationSet("news".into()));
        assert_eq!(LastHour::of(Some(&of_set), HourCounts::default()), LastHour::default());
        // Without the domains nobody knows which faults are theirs.
        let hour = LastHour::of(Some(&of_set), HourCounts { domains: None, ..read(1) });
        assert_eq!((hour.faults.len(), hour.totals), (2, None));
    }
}
