//! Our counts by domain, and those of the last hour that a notice shows.

use warden_domain::guard::series::by_domain;
use warden_domain::guard::windows::whole;
use warden_domain::guard::{Label, Scope, Watched};
use warden_domain::notice::{DomainCounts, HourCounts, LastHour};

use super::{Metrics, Query};
use crate::error::CallError;

/// How far back the last hour reaches, in seconds.
const HOUR: i64 = 3600;
/// What is counted of each domain.
const COUNTED: [&str; 3] = ["Send", "BounceHard", "Complaint"];
const UNEXPECTED: &str = "UnexpectedSender";

impl Metrics {
    /// GetMetricData: the counts of each domain over `start..end` (seconds since 1970), of the mail
    /// that `set` carried where one is given.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn counts_by_domain(
        &self,
        domains: Vec<String>,
        set: Option<&str>,
        start: i64,
        end: i64,
    ) -> Result<Vec<DomainCounts>, CallError> {
        let of = |domain: &String| {
            let dimensions = by_domain(domain, set);
            COUNTED.map(|metric| Query { metric, dimensions: dimensions.clone() })
        };
        let queries: Vec<Query> = domains.iter().flat_map(of).collect();
        let sums = self.sums(&queries, start, end).await?;
        let counts = domains.into_iter().zip(sums.chunks(COUNTED.len()));
        Ok(counts
            .filter_map(|(domain, sums)| match sums {
                [sends, hard_bounces, complaints] => Some(DomainCounts {
                    domain,
                    sends: whole(*sends),
                    hard_bounces: whole(*hard_bounces),
                    complaints: whole(*complaints),
                }),
                _ => None,
            })
            .collect())
    }

    /// What a notice about an alarm of this label shows of the hour before `now` (seconds since
    /// 1970), and the faults of what could not be read: it is left out.
    pub async fn last_hour(&self, label: Option<&Label>, now: i64) -> (LastHour, Vec<CallError>) {
        let (start, end) = (now - HOUR, now + 60);
        let mut faults = Vec::new();
        let domains = kept(self.domains_in_hour(label, start, end).await, &mut faults);
        let by_fault = [("Domain", None), ("Fault", None)];
        let bounces = self.ranked("BounceFault", &by_fault, start, end).await;
        let callers = self.ranked(UNEXPECTED, &[("CallerIdentity", None)], start, end).await;
        let sources = self.ranked(UNEXPECTED, &[("SourceIp", None)], start, end).await;
        let unexpected = match label {
            Some(label) if label.watched == Watched::UnexpectedSender => {
                let all = Query { metric: UNEXPECTED, dimensions: Vec::new() };
                kept(self.sums(&[all], start, end).await, &mut faults)
            }
            Some(_) | None => None,
        };
        let read = HourCounts {
            domains,
            unexpected: unexpected.map(|sums| sums.iter().sum()),
            faults: kept(bounces, &mut faults).unwrap_or_default(),
            callers: kept(callers, &mut faults).unwrap_or_default(),
            sources: kept(sources, &mut faults).unwrap_or_default(),
        };
        (LastHour::of(label, read), faults)
    }

    async fn domains_in_hour(
        &self,
        label: Option<&Label>,
        start: i64,
        end: i64,
    ) -> Result<Vec<DomainCounts>, CallError> {
        let (domains, set) = match label.map(|label| &label.scope) {
            None | Some(Scope::Account | Scope::Tenant(_)) => (self.domains().await?, None),
            Some(Scope::ConfigurationSet(set)) => (self.domains_of(set).await?, Some(set.as_str())),
            Some(Scope::Domain(domain)) => (vec![domain.clone()], None),
        };
        self.counts_by_domain(domains, set, start, end).await
    }
}

fn kept<T>(read: Result<T, CallError>, faults: &mut Vec<CallError>) -> Option<T> {
    read.map_err(|fault| faults.push(fault)).ok()
}
