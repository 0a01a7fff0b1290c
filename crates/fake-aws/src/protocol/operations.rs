//! SES's operations by method and path.

/// The operation, and the name in the path where it has one.
pub(super) fn ses_operation<'a>(method: &str, path: &'a str) -> (String, Option<&'a str>) {
    let rest = path.strip_prefix("/v2/email/").unwrap_or_default();
    let steps: Vec<&str> = rest.split('/').collect();
    let (name, parameter) = match (method, steps.as_slice()) {
        ("GET", ["account"]) => ("GetAccount", None),
        ("PUT", ["account", "sending"]) => ("PutAccountSendingAttributes", None),
        ("PUT", ["suppression", "addresses"]) => ("PutSuppressedDestination", None),
        ("GET", ["suppression", "addresses", address]) => {
            ("GetSuppressedDestination", Some(*address))
        }
        ("DELETE", ["suppression", "addresses", address]) => {
            ("DeleteSuppressedDestination", Some(*address))
        }
        ("GET", ["suppression", "addresses"]) => ("ListSuppressedDestinations", None),
        ("POST", ["import-jobs"]) => ("CreateImportJob", None),
        ("GET", ["identities", name]) => ("GetEmailIdentity", Some(*name)),
        ("PUT", ["identities", name, "configuration-set"]) => {
            ("PutEmailIdentityConfigurationSetAttributes", Some(*name))
        }
        ("POST", ["list-configuration-sets"]) => ("ListConfigurationSets", None),
        ("PUT", ["configuration-sets", set, "reputation-options"]) => {
            ("PutConfigurationSetReputationOptions", Some(*set))
        }
        ("GET", ["configuration-sets", set, "event-destinations"]) => {
            ("GetConfigurationSetEventDestinations", Some(*set))
        }
        ("POST", ["configuration-sets", set, "event-destinations"]) => {
            ("CreateConfigurationSetEventDestination", Some(*set))
        }
        ("PUT", ["configuration-sets", set, "event-destinations", _]) => {
            ("UpdateConfigurationSetEventDestination", Some(*set))
        }
        ("DELETE", ["configuration-sets", set, "event-destinations", _]) => {
            ("DeleteConfigurationSetEventDestination", Some(*set))
        }
        ("POST", ["tags"]) => ("TagResource", None),
        ("DELETE", ["tags"]) => ("UntagResource", None),
        ("GET", ["import-jobs", job]) => ("GetImportJob", Some(*job)),
        ("POST", ["list-identities"]) => ("ListEmailIdentities", None),
        ("POST", ["tenants", "get"]) => ("GetTenant", None),
        ("GET", ["configuration-sets", set]) => ("GetConfigurationSet", Some(*set)),
        ("PUT", ["configuration-sets", set, "sending"]) => {
            ("PutConfigurationSetSendingOptions", Some(*set))
        }
        ("GET", ["reputation", "entities", "RESOURCE", arn]) => ("GetReputationEntity", Some(*arn)),
        ("PUT", ["reputation", "entities", "RESOURCE", arn, "customer-managed-status"]) => {
            ("UpdateReputationEntityCustomerManagedStatus", Some(*arn))
        }
        _ => return (format!("{method} {path}"), None),
    };
    (name.to_owned(), parameter)
}
