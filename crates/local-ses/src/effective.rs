//! The suppression settings that apply to one message.

use crate::configuration_sets::ConfigurationSet;
use crate::regions::Region;
use crate::suppression::{Reason, SuppressionList};
use crate::tenants::Scope;

/// The settings in force: each from the configuration set, else from the
/// tenant, else from the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Effective {
    pub(crate) scope: Scope,
    /// An entry with any other reason is as good as none.
    pub(crate) reasons: Vec<Reason>,
    tenant: Option<String>,
}

impl Effective {
    /// Weighs the three against each other. Without a tenant there is only the
    /// account's list, whatever scope is set.
    pub(crate) fn of(
        set: Option<&ConfigurationSet>,
        tenant: Option<&str>,
        region: &Region,
        account_reasons: &[Reason],
    ) -> Self {
        let attributes = tenant.and_then(|name| region.tenants.get(name)?.attributes.as_ref());
        let scope = set
            .and_then(|set| set.suppression_scope)
            .or_else(|| Some(attributes?.scope))
            .filter(|_| tenant.is_some())
            .unwrap_or_default();
        let reasons = set
            .and_then(|set| set.suppressed_reasons.as_deref())
            .or_else(|| Some(attributes?.reasons.as_slice()))
            .unwrap_or(account_reasons);
        Self { scope, reasons: reasons.to_vec(), tenant: tenant.map(str::to_owned) }
    }

    /// Returns the list that SES checks before it sends, and to which it adds its own entries.
    pub(crate) fn list<'a>(&self, region: &'a mut Region) -> &'a mut SuppressionList {
        let tenant = self.tenant.as_ref().filter(|_| self.scope == Scope::Tenant);
        match tenant.and_then(|name| region.tenants.get_mut(name)) {
            Some(tenant) => &mut tenant.suppression,
            None => &mut region.suppression,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::destinations::Origin;
    use crate::tenants::{Attributes, Tenant};
    use Reason::{Bounce, Complaint};

    fn region(attributes: Option<Attributes>) -> Region {
        let arn = "arn:aws:ses:eu-central-1:111122223333:tenant/acme/tn-1".to_owned();
        let tenant = Tenant { attributes, ..Tenant::new("tn-1".to_owned(), arn, 0) };
        let mut region = Region::default();
        region.tenants.insert("acme".to_owned(), tenant);
        region
    }

    fn weigh(
        set: (Option<Scope>, Option<Vec<Reason>>),
        attributes: Option<Attributes>,
        tenant: Option<&str>,
    ) -> (Scope, Vec<Reason>) {
        let mut configuration_set = ConfigurationSet::new(Origin::Local);
        (configuration_set.suppression_scope, configuration_set.suppressed_reasons) = set;
        let effective = Effective::of(
            Some(&configuration_set),
            tenant,
            &region(attributes),
            &[Bounce, Complaint],
        );
        (effective.scope, effective.reasons)
    }

    #[test]
    fn the_set_goes_before_the_tenant_and_the_tenant_before_the_account() {
        let own = || Some(Attributes { reasons: vec![Bounce], scope: Scope::Tenant });
        let acme = Some("acme");
        let cases = [
            (weigh((None, None), own(), None), (Scope::Account, vec![Bounce, Complaint])),
            (weigh((None, None), None, acme), (Scope::Account, vec![Bounce, Complaint])),
            (weigh((None, None), own(), acme), (Scope::Tenant, vec![Bounce])),
            (weigh((Some(Scope::Account), None), own(), acme), (Scope::Account, vec![Bounce])),
            (weigh((None, Some(vec![])), own(), acme), (Scope::Tenant, vec![])),
            (
                weigh((Some(Scope::Tenant), None), None, acme),
                (Scope::Tenant, vec![Bounce, Complaint]),
            ),
            (
                weigh((Some(Scope::Tenant), None), None, None),
                (Scope::Account, vec![Bounce, Complaint]),
            ),
        ];
        for (index, (weighed, expected)) in cases.into_iter().enumerate() {
            assert_eq!(weighed, expected, "case {index}");
        }
    }
}
