//! Decides how each address of a batch gets on the lists of one Region.

use super::{List, PlannedPut};

/// What suppress knows about a Region and a batch before it puts anything.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RouteConditions {
    /// Whether this is the Region that the messages came from.
    pub is_home: bool,
    /// Whether the account is in the SES sandbox, where no list accepts an entry.
    pub is_in_sandbox: bool,
    /// Whether addresses can wait in a bucket for an import job.
    pub can_wait: bool,
    /// Whether there are too many addresses to put them one by one.
    pub is_storm: bool,
    /// Whether calls to the Region failed within the last minute.
    pub is_backing_off: bool,
}

/// What to do with one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// Put it with a call of its own.
    PutNow,
    /// Write it to the bucket, where it waits.
    Stage,
    /// Do nothing in this Region.
    Skip(SkipReason),
}

/// Why nothing is done in a Region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SkipReason {
    /// The account is in the sandbox.
    Sandbox,
    /// The list is a tenant's, which belongs to the home Region.
    TenantOfHomeRegion,
}

/// Returns the route of each of `puts`, in their order.
///
/// ```
/// use warden_domain::address::EmailAddress;
/// use warden_domain::suppression::{RouteConditions, List, PlannedPut, SuppressionReason, Route, route};
///
/// let put = PlannedPut {
///     list: List::Account,
///     address: EmailAddress::parse("jane@example.com").unwrap(),
///     reason: SuppressionReason::Bounce,
///     messages: vec![0],
/// };
/// let storm = RouteConditions { can_wait: true, is_storm: true, ..RouteConditions::default() };
/// assert_eq!(route(std::slice::from_ref(&put), storm), [Route::Stage]);
/// assert_eq!(route(&[put], RouteConditions::default()), [Route::PutNow]);
/// ```
pub fn route(puts: &[PlannedPut], conditions: RouteConditions) -> Vec<Route> {
    let RouteConditions { is_home, is_in_sandbox, can_wait, is_storm, is_backing_off } = conditions;
    let one = |put: &PlannedPut| match &put.list {
        _ if is_in_sandbox => Route::Skip(SkipReason::Sandbox),
        List::Tenant(_) if !is_home => Route::Skip(SkipReason::TenantOfHomeRegion),
        List::Account | List::Tenant(_) if can_wait && (is_storm || is_backing_off) => Route::Stage,
        List::Account | List::Tenant(_) => Route::PutNow,
    };
    puts.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::EmailAddress;
    use crate::suppression::SuppressionReason;

    fn put(list: List) -> PlannedPut {
        let address = EmailAddress::parse("jane@example.com").unwrap();
        PlannedPut { list, address, reason: SuppressionReason::Bounce, messages: vec![0] }
    }

    #[test]
    fn the_table_of_routes() {
        use Route::{PutNow, Skip, Stage};
        let sandbox = Skip(SkipReason::Sandbox);
        let tenant = Skip(SkipReason::TenantOfHomeRegion);
        // home, sandbox, can wait, storm, backing off -> account's list, tenant's list
        let cases = [
            ([true, false, true, false, false], [PutNow, PutNow]),
            ([true, false, true, true, false], [Stage, Stage]),
            ([true, false, true, false, true], [Stage, Stage]),
            ([true, false, false, true, false], [PutNow, PutNow]),
            ([true, false, false, false, true], [PutNow, PutNow]),
            ([true, true, true, true, true], [sandbox, sandbox]),
            ([true, true, false, false, false], [sandbox, sandbox]),
            ([false, false, true, false, false], [PutNow, tenant]),
            ([false, false, true, true, false], [Stage, tenant]),
            ([false, false, true, false, true], [Stage, tenant]),
            ([false, true, true, false, false], [sandbox, sandbox]),
        ];
        let puts = [put(List::Account), put(List::Tenant("acme".into()))];
        for ([is_home, is_in_sandbox, can_wait, is_storm, is_backing_off], expected) in cases {
            let conditions =
                RouteConditions { is_home, is_in_sandbox, can_wait, is_storm, is_backing_off };
            assert_eq!(route(&puts, conditions), expected, "{conditions:?}");
        }
    }
}
