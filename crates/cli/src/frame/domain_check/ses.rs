//! Reads what SES knows about a domain, at one call a second and each thing only once.

use tokio::sync::OnceCell;
use warden_aws::{Connection, EmailIdentity, Identities, OpenRecommendation, RateLimiter};
use warden_domain::address::normalize_domain;
use warden_domain::authentication::domain_check::{
    IdentityFacts, IdentityState, MailFrom, Recommendation, SesFacts,
};

/// Most address identities of one domain to read.
const MOST_ADDRESSES: usize = 5;
/// Most parents to ask for if the list of identities cannot be read.
const MOST_PARENTS: usize = 3;

/// Reads identities of one Region.
pub(super) struct IdentityReader {
    region: String,
    identities: Identities,
    names: OnceCell<Vec<String>>,
    recommendations: OnceCell<Vec<OpenRecommendation>>,
}

impl IdentityReader {
    pub(super) fn new(connection: &Connection, pace: RateLimiter) -> Self {
        Self {
            region: connection.region().to_owned(),
            identities: Identities::new(connection, pace),
            names: OnceCell::new(),
            recommendations: OnceCell::new(),
        }
    }

    /// Reads everything about one domain. A failed read is returned as a fact, not as an error.
    pub(super) async fn facts(&self, domain: &str) -> SesFacts {
        let identity_state = match self.identity_state(domain).await {
            Ok(identity_state) => identity_state,
            Err(error) => return SesFacts::not_read(&self.region, &error.to_string()),
        };
        let address_identities = match &identity_state {
            IdentityState::Domain(_) => addresses_of(domain, self.names.get()),
            IdentityState::Addresses(_) | IdentityState::NotFound | IdentityState::NotRead(_) => {
                Vec::new()
            }
        };
        let recommendations = self.recommendations(domain).await;
        SesFacts {
            region: self.region.clone(),
            identity_state,
            address_identities,
            recommendations,
        }
    }

    async fn identity_state(&self, domain: &str) -> Result<IdentityState, warden_aws::CallError> {
        // An account that may not list its identities may still read each of them.
        let names = self.names.get_or_try_init(|| self.identities.names()).await;
        let names = names.map(Vec::as_slice);
        let listed = names.as_ref().copied().unwrap_or_default();
        let spelled = |wanted: &str| {
            let is_it = |name: &&String| {
                !name.contains('@') && normalize_domain(name).as_deref() == Some(wanted)
            };
            listed.iter().find(is_it).map_or_else(|| wanted.to_owned(), Clone::clone)
        };
        if let Some(identity) = self.get(&spelled(domain), domain).await? {
            return Ok(IdentityState::Domain(Box::new(identity)));
        }
        let parents = parents(domain);
        let known = parents.iter().filter(|parent| {
            names.is_err()
                || listed.iter().any(|name| normalize_domain(name).as_deref() == Some(**parent))
        });
        let mut unverified = None;
        for parent in known.take(MOST_PARENTS) {
            match self.get(&spelled(parent), parent).await? {
                Some(identity) if identity.is_verified => {
                    return Ok(IdentityState::Domain(Box::new(identity)));
                }
                Some(identity) => unverified = unverified.or(Some(identity)),
                None => {}
            }
        }
        let mut addresses = Vec::new();
        for name in addresses_of(domain, self.names.get()).iter().take(MOST_ADDRESSES) {
            addresses.extend(self.identities.get(name).await?.map(translated));
        }
        Ok(if !addresses.is_empty() {
            IdentityState::Addresses(addresses)
        } else if let Some(identity) = unverified {
            IdentityState::Domain(Box::new(identity))
        } else {
            IdentityState::NotFound
        })
    }

    /// Reads the identity by its name in the list or, without a list, by its usual spelling.
    async fn get(
        &self,
        spelled: &str,
        usual: &str,
    ) -> Result<Option<IdentityFacts>, warden_aws::CallError> {
        let mut found = self.identities.get(spelled).await?;
        if found.is_none() && spelled != usual {
            found = self.identities.get(usual).await?;
        }
        Ok(found.map(translated))
    }

    async fn recommendations(&self, domain: &str) -> Vec<Recommendation> {
        // If the manager is off, SES answers with an error: then there are no recommendations.
        let all = self
            .recommendations
            .get_or_init(async || self.identities.recommendations().await.unwrap_or_default())
            .await;
        all.iter()
            .filter(|found| normalize_domain(&found.identity).as_deref() == Some(domain))
            .map(|found| Recommendation {
                kind: found.kind.clone(),
                description: found.description.clone(),
                impact: found.impact.clone(),
            })
            .collect()
    }
}

/// Returns the address identities of a domain.
fn addresses_of(domain: &str, names: Option<&Vec<String>>) -> Vec<String> {
    let is_of_domain = |name: &&String| {
        name.rsplit_once('@')
            .is_some_and(|(_, part)| normalize_domain(part).as_deref() == Some(domain))
    };
    names.into_iter().flatten().filter(is_of_domain).cloned().collect()
}

/// Returns the parents of a domain, the nearest first, down to two labels.
fn parents(domain: &str) -> Vec<&str> {
    let mut parents = Vec::new();
    let mut rest = domain;
    while let Some((_, parent)) = rest.split_once('.').filter(|(_, parent)| parent.contains('.')) {
        parents.push(parent);
        rest = parent;
    }
    parents
}

fn translated(found: EmailIdentity) -> IdentityFacts {
    IdentityFacts {
        mail_from: found.mail_from_domain.map(|domain| MailFrom {
            domain,
            status: found.mail_from_status,
            rejects_on_failure: found.rejects_on_mx_failure,
        }),
        name: found.name,
        is_verified: found.verified_for_sending,
        verification_error: found.verification_error,
        is_signing: found.dkim_signing_enabled,
        dkim_status: found.dkim_status,
        tokens: found.dkim_tokens,
        hosted_zone: found.dkim_hosted_zone,
        origin: found.dkim_origin,
        key_length: found.dkim_key_length,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn parents_end_at_two_labels() {
        assert_eq!(super::parents("a.b.example.com"), ["b.example.com", "example.com"]);
        assert!(super::parents("example.com").is_empty());
    }
}
