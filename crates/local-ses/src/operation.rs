//! The operations that are played, and which method and path mean which.

use axum::http::Method;

macro_rules! operations {
    ($($name:ident),* $(,)?) => {
        /// One SES operation.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Operation { $($name),* }

        impl Operation {
            /// The name, as in the API reference.
            pub(crate) fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),* }
            }

            /// All operations, for checking what a person asks for.
            pub(crate) const ALL: &'static [Self] = &[$(Self::$name),*];
        }
    };
}

operations! {
    BatchGetMetricData,
    CreateConfigurationSet,
    CreateConfigurationSetEventDestination,
    CreateDedicatedIpPool,
    CreateEmailIdentity,
    CreateImportJob,
    CreateTenant,
    DeleteConfigurationSet,
    DeleteConfigurationSetEventDestination,
    DeleteDedicatedIpPool,
    DeleteEmailIdentity,
    DeleteSuppressedDestination,
    DeleteTenant,
    GetAccount,
    GetConfigurationSet,
    GetConfigurationSetEventDestinations,
    GetDedicatedIpPool,
    GetEmailIdentity,
    GetIdentityNotificationAttributes,
    GetImportJob,
    GetReputationEntity,
    GetSuppressedDestination,
    GetTenant,
    ListConfigurationSets,
    ListDedicatedIpPools,
    ListEmailIdentities,
    ListImportJobs,
    ListRecommendations,
    ListReputationEntities,
    ListSuppressedDestinations,
    ListTagsForResource,
    ListTenants,
    PutAccountSendingAttributes,
    PutAccountSuppressionAttributes,
    PutAccountVdmAttributes,
    PutConfigurationSetDeliveryOptions,
    PutConfigurationSetReputationOptions,
    PutConfigurationSetSendingOptions,
    PutConfigurationSetSuppressionOptions,
    PutConfigurationSetVdmOptions,
    PutEmailIdentityConfigurationSetAttributes,
    PutEmailIdentityFeedbackAttributes,
    PutEmailIdentityMailFromAttributes,
    PutSuppressedDestination,
    PutTenantSuppressionAttributes,
    SendEmail,
    SetIdentityFeedbackForwardingEnabled,
    SetIdentityHeadersInNotificationsEnabled,
    SetIdentityNotificationTopic,
    TagResource,
    UntagResource,
    UpdateConfigurationSetEventDestination,
    UpdateReputationEntityCustomerManagedStatus,
    UpdateReputationEntityPolicy,
}

impl Operation {
    /// Sending has its own rate on AWS; all else shares one request a second.
    pub(crate) fn is_sending(self) -> bool {
        matches!(self, Self::SendEmail)
    }
}

/// An operation with what its path names: a resource and, for event
/// destinations, a second one; of a reputation entity its ARN and its type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Route {
    pub(crate) operation: Operation,
    pub(crate) name: String,
    pub(crate) second: String,
}

/// Finds the operation of a request, if it is one that is played here.
pub(crate) fn route(method: &Method, segments: &[String]) -> Option<Route> {
    use Operation as Op;
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let path = segments.strip_prefix(&["v2", "email"])?;
    let (operation, name, second) = match (method.as_str(), path) {
        ("GET", ["account"]) => (Op::GetAccount, "", ""),
        ("PUT", ["account", "sending"]) => (Op::PutAccountSendingAttributes, "", ""),
        ("PUT", ["account", "suppression"]) => (Op::PutAccountSuppressionAttributes, "", ""),
        ("PUT", ["account", "vdm"]) => (Op::PutAccountVdmAttributes, "", ""),
        ("PUT", ["suppression", "addresses"]) => (Op::PutSuppressedDestination, "", ""),
        ("GET", ["suppression", "addresses"]) => (Op::ListSuppressedDestinations, "", ""),
        ("GET", ["suppression", "addresses", address]) => {
            (Op::GetSuppressedDestination, *address, "")
        }
        ("DELETE", ["suppression", "addresses", address]) => {
            (Op::DeleteSuppressedDestination, *address, "")
        }
        ("POST", ["import-jobs"]) => (Op::CreateImportJob, "", ""),
        ("POST", ["import-jobs", "list"]) => (Op::ListImportJobs, "", ""),
        ("GET", ["import-jobs", job]) => (Op::GetImportJob, *job, ""),
        ("POST", ["configuration-sets"]) => (Op::CreateConfigurationSet, "", ""),
        // Clients of before 2026 list by GET, with the page in the query.
        ("POST", ["list-configuration-sets"]) | ("GET", ["configuration-sets"]) => {
            (Op::ListConfigurationSets, "", "")
        }
        ("GET", ["configuration-sets", set]) => (Op::GetConfigurationSet, *set, ""),
        ("DELETE", ["configuration-sets", set]) => (Op::DeleteConfigurationSet, *set, ""),
        ("PUT", ["configuration-sets", set, "sending"]) => {
            (Op::PutConfigurationSetSendingOptions, *set, "")
        }
        ("PUT", ["configuration-sets", set, "reputation-options"]) => {
            (Op::PutConfigurationSetReputationOptions, *set, "")
        }
        ("PUT", ["configuration-sets", set, "suppression-options"]) => {
            (Op::PutConfigurationSetSuppressionOptions, *set, "")
        }
        ("PUT", ["configuration-sets", set, "delivery-options"]) => {
            (Op::PutConfigurationSetDeliveryOptions, *set, "")
        }
        ("PUT", ["configuration-sets", set, "vdm-options"]) => {
            (Op::PutConfigurationSetVdmOptions, *set, "")
        }
        ("POST", ["dedicated-ip-pools"]) => (Op::CreateDedicatedIpPool, "", ""),
        ("GET", ["dedicated-ip-pools"]) => (Op::ListDedicatedIpPools, "", ""),
        ("GET", ["dedicated-ip-pools", pool]) => (Op::GetDedicatedIpPool, *pool, ""),
        ("DELETE", ["dedicated-ip-pools", pool]) => (Op::DeleteDedicatedIpPool, *pool, ""),
        ("POST", ["configuration-sets", set, "event-destinations"]) => {
            (Op::CreateConfigurationSetEventDestination, *set, "")
        }
        ("GET", ["configuration-sets", set, "event-destinations"]) => {
            (Op::GetConfigurationSetEventDestinations, *set, "")
        }
        ("PUT", ["configuration-sets", set, "event-destinations", name]) => {
            (Op::UpdateConfigurationSetEventDestination, *set, *name)
        }
        ("DELETE", ["configuration-sets", set, "event-destinations", name]) => {
            (Op::DeleteConfigurationSetEventDestination, *set, *name)
        }
        ("POST", ["identities"]) => (Op::CreateEmailIdentity, "", ""),
        ("POST", ["list-identities"]) | ("GET", ["identities"]) => {
            (Op::ListEmailIdentities, "", "")
        }
        ("GET", ["identities", identity]) => (Op::GetEmailIdentity, *identity, ""),
        ("PUT", ["identities", identity, "feedback"]) => {
            (Op::PutEmailIdentityFeedbackAttributes, *identity, "")
        }
        ("PUT", ["identities", identity, "configuration-set"]) => {
            (Op::PutEmailIdentityConfigurationSetAttributes, *identity, "")
        }
        ("PUT", ["identities", identity, "mail-from"]) => {
            (Op::PutEmailIdentityMailFromAttributes, *identity, "")
        }
        ("DELETE", ["identities", identity]) => (Op::DeleteEmailIdentity, *identity, ""),
        ("POST", ["tenants"]) => (Op::CreateTenant, "", ""),
        ("POST", ["tenants", "get"]) => (Op::GetTenant, "", ""),
        ("POST", ["tenants", "list"]) => (Op::ListTenants, "", ""),
        ("POST", ["tenants", "delete"]) => (Op::DeleteTenant, "", ""),
        ("POST", ["tenant", "suppression"]) => (Op::PutTenantSuppressionAttributes, "", ""),
        ("POST", ["reputation", "entities"]) => (Op::ListReputationEntities, "", ""),
        ("GET", ["reputation", "entities", kind, arn]) => (Op::GetReputationEntity, *arn, *kind),
        ("PUT", ["reputation", "entities", kind, arn, "customer-managed-status"]) => {
            (Op::UpdateReputationEntityCustomerManagedStatus, *arn, *kind)
        }
        ("PUT", ["reputation", "entities", kind, arn, "policy"]) => {
            (Op::UpdateReputationEntityPolicy, *arn, *kind)
        }
        ("POST", ["metrics", "batch"]) => (Op::BatchGetMetricData, "", ""),
        ("POST", ["vdm", "recommendations"]) => (Op::ListRecommendations, "", ""),
        ("POST", ["tags"]) => (Op::TagResource, "", ""),
        ("GET", ["tags"]) => (Op::ListTagsForResource, "", ""),
        ("DELETE", ["tags"]) => (Op::UntagResource, "", ""),
        ("POST", ["outbound-emails"]) => (Op::SendEmail, "", ""),
        _ => return None,
    };
    Some(Route { operation, name: name.to_owned(), second: second.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routed(method: &str, path: &str) -> Option<Route> {
        let segments: Vec<String> = path.split('/').map(str::to_owned).collect();
        route(&method.parse().unwrap(), &segments)
    }

    #[test]
    fn paths_name_operations_and_resources() {
        let route =
            routed("PUT", "v2/email/configuration-sets/news/event-destinations/feedback").unwrap();
        assert_eq!(route.operation, Operation::UpdateConfigurationSetEventDestination);
        assert_eq!((route.name.as_str(), route.second.as_str()), ("news", "feedback"));
        assert_eq!(
            routed("POST", "v2/email/import-jobs/list").unwrap().operation,
            Operation::ListImportJobs
        );
    }

    #[test]
    fn lists_are_asked_for_by_post_and_as_before_by_get() {
        for (old, new) in
            [("configuration-sets", "list-configuration-sets"), ("identities", "list-identities")]
        {
            let [old, new] =
                [("GET", old), ("POST", new)].map(|(m, p)| routed(m, &format!("v2/email/{p}")));
            assert!(old.is_some() && old == new);
        }
    }

    #[test]
    fn what_is_not_played_has_no_route() {
        assert_eq!(routed("POST", "v2/email/templates"), None);
        assert_eq!(routed("POST", "v2/email/account"), None);
        assert_eq!(routed("GET", ""), None);
    }
}
