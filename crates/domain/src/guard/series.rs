//! Which series of our own metrics count what an alarm watches.

use super::{Measure, Scope};

/// Names and values of the dimensions of a series.
pub type Dimensions = Vec<(&'static str, String)>;

/// The series of a rate: each of `dimensions` once for the events and once for the mails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateSeries {
    /// The metric that counts the hard bounces or complaints.
    pub events: &'static str,
    /// The metric that counts the mails that they are held against.
    pub mails: &'static str,
    /// The dimensions of the series that count together.
    pub dimensions: Vec<Dimensions>,
}

impl RateSeries {
    /// The series of a scope. `domains` are those that a configuration set carried mail of; other
    /// scopes need none. A tenant's mail is not counted by itself: it has the account's.
    pub fn of(scope: &Scope, measure: Measure, domains: &[String]) -> Self {
        let (dimensions, mails) = match scope {
            Scope::Account | Scope::Tenant(_) => (vec![Vec::new()], measure.mail_metric()),
            Scope::Domain(domain) => (vec![by_domain(domain, None)], measure.mail_metric()),
            // Deliveries are not counted by configuration set.
            Scope::ConfigurationSet(set) => {
                let of = |domain: &String| by_domain(domain, Some(set));
                (domains.iter().map(of).collect(), Measure::Bounce.mail_metric())
            }
        };
        Self { events: measure.event_metric(), mails, dimensions }
    }
}

/// The dimensions of a domain's series, or of those of a configuration set that carried its mail.
pub fn by_domain(domain: &str, set: Option<&str>) -> Dimensions {
    let set = set.map(|set| ("ConfigurationSet", set.to_owned()));
    Vec::from_iter([("Domain", domain.to_owned())].into_iter().chain(set))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complaints_of_a_configuration_set_are_held_against_sends() {
        let domains = ["a.example".to_owned(), "b.example".to_owned()];
        let of = |scope: Scope| RateSeries::of(&scope, Measure::Complaint, &domains);
        let account =
            RateSeries { events: "Complaint", mails: "Delivery", dimensions: vec![Vec::new()] };
        assert_eq!(of(Scope::Account), account);
        assert_eq!(of(Scope::Tenant("arn".into())), account);
        let domain = vec![vec![("Domain", "c.example".to_owned())]];
        assert_eq!(of(Scope::Domain("c.example".into())).dimensions, domain);
        let set = of(Scope::ConfigurationSet("news".into()));
        assert_eq!((set.events, set.mails, set.dimensions.len()), ("Complaint", "Send", 2));
        assert_eq!(set.dimensions[1], by_domain("b.example", Some("news")));
    }
}
