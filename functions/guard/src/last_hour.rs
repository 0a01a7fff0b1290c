//! The numbers of the last hour that a notice shows.

use tracing::warn;
use warden_aws::{CallError, Metrics, Query};
use warden_domain::guard::windows::whole;
use warden_domain::guard::{Label, Scope, Watched};
use warden_domain::notice::{Count, DomainCounts, LastHour, Totals};

/// How far back they reach, in seconds.
const LOOK_BACK: i64 = 3600;
/// Lines of each table.
const LISTED: usize = 10;

/// Reads them. A notice does not depend on them: what cannot be read is left out.
pub(crate) async fn gather(metrics: &Metrics, label: Option<&Label>, now: i64) -> LastHour {
    let (start, end) = (now - LOOK_BACK, now + 60);
    let counted = readable(domains(metrics, label, start, end).await.map(Some));
    // A tenant's mail is not counted by itself.
    let is_counted = label.is_some_and(|label| !matches!(label.scope, Scope::Tenant(_)));
    let totals = counted.as_deref().filter(|_| is_counted).map(totals);
    let mut domains = counted.unwrap_or_default();
    domains.truncate(LISTED);
    let mut faults = readable(
        metrics.ranked("BounceFault", &[("Domain", None), ("BounceClass", None)], start, end).await,
    );
    let of_some = label
        .is_some_and(|label| matches!(label.scope, Scope::Domain(_) | Scope::ConfigurationSet(_)));
    if of_some && !domains.is_empty() {
        faults.retain(|(names, _)| {
            domains.iter().any(|counted| names.first() == Some(&counted.domain))
        });
    }
    let callers = metrics.ranked("UnexpectedSender", &[("CallerIdentity", None)], start, end).await;
    let sources = metrics.ranked("UnexpectedSender", &[("SourceIp", None)], start, end).await;
    let unexpected = match label {
        Some(label) if label.watched == Watched::UnexpectedSender => {
            let all = Query { metric: "UnexpectedSender", dimensions: Vec::new() };
            let sums = readable(metrics.sums(&[all], start, end).await.map(Some));
            sums.map(|sums| whole(sums.iter().sum()))
        }
        Some(_) | None => None,
    };
    LastHour {
        totals,
        unexpected,
        domains,
        faults: counts(faults),
        callers: counts(readable(callers)),
        sources: counts(readable(sources)),
    }
}

fn readable<T: Default>(read: Result<T, CallError>) -> T {
    read.unwrap_or_else(|error| {
        warn!(%error, "the notice goes out without some numbers of the last hour");
        T::default()
    })
}

fn counts(ranked: Vec<(Vec<String>, f64)>) -> Vec<Count> {
    let count =
        |(names, count): (Vec<String>, f64)| Count { name: names.join(" "), count: whole(count) };
    ranked.into_iter().take(LISTED).map(count).collect()
}

fn totals(domains: &[DomainCounts]) -> Totals {
    domains.iter().fold(Totals::default(), |all, domain| Totals {
        sends: all.sends.saturating_add(domain.sends),
        hard_bounces: all.hard_bounces.saturating_add(domain.hard_bounces),
        complaints: all.complaints.saturating_add(domain.complaints),
    })
}

/// The domains concerned, most hard bounces and complaints first.
async fn domains(
    metrics: &Metrics,
    label: Option<&Label>,
    start: i64,
    end: i64,
) -> Result<Vec<DomainCounts>, CallError> {
    let (domains, set) = match label.map(|label| &label.scope) {
        None | Some(Scope::Account | Scope::Tenant(_)) => (metrics.domains().await?, None),
        Some(Scope::ConfigurationSet(set)) => (metrics.domains_of(set).await?, Some(set.as_str())),
        Some(Scope::Domain(domain)) => (vec![domain.clone()], None),
    };
    const COUNTED: [&str; 3] = ["Send", "BounceHard", "Complaint"];
    let queries: Vec<Query> = domains
        .iter()
        .flat_map(|domain| COUNTED.map(|metric| query(metric, domain, set)))
        .collect();
    let sums = metrics.sums(&queries, start, end).await?;
    let mut counts: Vec<DomainCounts> = domains
        .into_iter()
        .zip(sums.chunks(COUNTED.len()))
        .filter_map(|(domain, sums)| match sums {
            [sends, hard_bounces, complaints] => Some(DomainCounts {
                domain,
                sends: whole(*sends),
                hard_bounces: whole(*hard_bounces),
                complaints: whole(*complaints),
            }),
            _ => None,
        })
        .collect();
    counts.sort_by_key(|counted| {
        std::cmp::Reverse(counted.hard_bounces.saturating_add(counted.complaints))
    });
    Ok(counts)
}

fn query(metric: &'static str, domain: &str, set: Option<&str>) -> Query {
    let mut dimensions = vec![("Domain", domain.to_owned())];
    dimensions.extend(set.map(|set| ("ConfigurationSet", set.to_owned())));
    Query { metric, dimensions }
}
