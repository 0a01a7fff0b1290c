//! The sending identities' operations. There is no DNS here: an identity is
//! verified at once, unless the control plane says otherwise.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::address;
use crate::api::paging;
use crate::app::{App, missing_set};
use crate::json::put_member;
use crate::state::{Identity, MailFrom};
use crate::tags::{Tag, Tags};
use crate::wire::{Answer, Request, WireError};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateRequest {
    #[serde(default)]
    email_identity: String,
    configuration_set_name: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
}

/// CreateEmailIdentity.
pub(crate) async fn create(app: &App, request: &Request) -> Answer {
    let create: CreateRequest = request.json()?;
    let name = create.email_identity;
    let acceptable = if name.contains('@') {
        address::is_acceptable(&name)
    } else {
        address::is_acceptable(&format!("x@{name}"))
    };
    if !acceptable {
        return Err(WireError::bad_request("The email identity is not valid."));
    }
    let tags = Tags::new(create.tags)?;
    if let Some(set) = &create.configuration_set_name {
        app.refresh_set(set).await?;
    }
    let mut state = app.state();
    if state.identities.contains_key(&name) {
        return Err(WireError::already_exists(format!("Email identity {name} already exist.")));
    }
    if let Some(set) = &create.configuration_set_name
        && !state.sets.contains_key(set)
    {
        return Err(missing_set(set));
    }
    let identity = Identity {
        verification_status: "SUCCESS".to_owned(),
        configuration_set: create.configuration_set_name,
        tags,
        forwards_feedback: true,
        mail_from: None,
        notifications: BTreeMap::new(),
    };
    let answer = json!({
        "IdentityType": identity_type(&name),
        "VerifiedForSendingStatus": true,
        "DkimAttributes": dkim(&name, &identity),
    });
    state.identities.insert(name, identity);
    Ok(answer)
}

/// GetEmailIdentity.
pub(crate) fn get(app: &App, name: &str) -> Answer {
    let state = app.state();
    let identity = state.identities.get(name).ok_or_else(|| missing(name))?;
    let mut answer = json!({
        "IdentityType": identity_type(name),
        "FeedbackForwardingStatus": identity.forwards_feedback,
        "VerifiedForSendingStatus": is_verified(identity),
        "VerificationStatus": identity.verification_status,
        "DkimAttributes": dkim(name, identity),
        "MailFromAttributes": mail_from(identity),
        "Policies": {},
        "Tags": identity.tags,
    });
    if let Some(set) = &identity.configuration_set {
        put_member(&mut answer, "ConfigurationSetName", set);
    }
    Ok(answer)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListRequest {
    next_token: Option<String>,
    page_size: Option<i64>,
}

/// ListEmailIdentities.
pub(crate) fn list(app: &App, request: &Request) -> Answer {
    let list: ListRequest = request.json()?;
    let size = list.page_size.or(request.query("PageSize").and_then(|text| text.parse().ok()));
    let token = list.next_token.as_deref().or(request.query("NextToken"));
    let state = app.state();
    let names = state.identities.keys().cloned();
    let (page, next) = paging::page_of_names(names, size, token, 1000)?;
    let identities: Vec<Value> = page
        .iter()
        .filter_map(|name| Some((name, state.identities.get(name)?)))
        .map(|(name, identity)| {
            json!({
                "IdentityType": identity_type(name),
                "IdentityName": name,
                "SendingEnabled": is_verified(identity),
                "VerificationStatus": identity.verification_status,
            })
        })
        .collect();
    let mut answer = json!({"EmailIdentities": identities});
    if let Some(next) = next {
        put_member(&mut answer, "NextToken", next);
    }
    Ok(answer)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct FeedbackRequest {
    // An omitted switch is off, not unchanged.
    #[serde(default)]
    email_forwarding_enabled: bool,
}

/// PutEmailIdentityFeedbackAttributes.
pub(crate) fn put_feedback(app: &App, request: &Request, name: &str) -> Answer {
    let put: FeedbackRequest = request.json()?;
    let mut state = app.state();
    let identity = state.identities.get_mut(name).ok_or_else(|| missing(name))?;
    identity.forwards_feedback = put.email_forwarding_enabled;
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ConfigurationSetRequest {
    configuration_set_name: Option<String>,
}

/// PutEmailIdentityConfigurationSetAttributes: an omitted name takes the default away.
pub(crate) async fn put_set(app: &App, request: &Request, name: &str) -> Answer {
    let put: ConfigurationSetRequest = request.json()?;
    if let Some(set) = &put.configuration_set_name {
        app.refresh_set(set).await?;
    }
    let mut state = app.state();
    if let Some(set) = &put.configuration_set_name
        && !state.sets.contains_key(set)
    {
        return Err(missing_set(set));
    }
    let identity = state.identities.get_mut(name).ok_or_else(|| missing(name))?;
    identity.configuration_set = put.configuration_set_name;
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct MailFromRequest {
    mail_from_domain: Option<String>,
    behavior_on_mx_failure: Option<String>,
}

/// PutEmailIdentityMailFromAttributes: without a domain there is none from now on.
pub(crate) fn put_mail_from(app: &App, request: &Request, name: &str) -> Answer {
    const BEHAVIORS: [&str; 2] = ["USE_DEFAULT_VALUE", "REJECT_MESSAGE"];
    let put: MailFromRequest = request.json()?;
    let behavior = put.behavior_on_mx_failure.unwrap_or_else(|| "USE_DEFAULT_VALUE".to_owned());
    if !BEHAVIORS.contains(&behavior.as_str()) {
        return Err(WireError::not_in_enum("behaviorOnMxFailure", &behavior, &BEHAVIORS));
    }
    let mut state = app.state();
    let identity = state.identities.get_mut(name).ok_or_else(|| missing(name))?;
    let domain = put.mail_from_domain.filter(|domain| !domain.is_empty());
    let below = format!(".{}", name.rsplit('@').next().unwrap_or(name));
    if domain.as_ref().is_some_and(|domain| !domain.ends_with(&below)) {
        return Err(WireError::bad_request(
            "The MAIL FROM domain must be a subdomain of the identity's domain.",
        ));
    }
    identity.mail_from = domain.map(|domain| MailFrom { domain, behavior });
    Ok(json!({}))
}

/// DeleteEmailIdentity.
pub(crate) fn delete(app: &App, name: &str) -> Answer {
    app.state().identities.remove(name).map(|_| json!({})).ok_or_else(|| missing(name))
}

fn is_verified(identity: &Identity) -> bool {
    identity.verification_status == "SUCCESS"
}

fn identity_type(name: &str) -> &'static str {
    if name.contains('@') { "EMAIL_ADDRESS" } else { "DOMAIN" }
}

/// Without a domain SES leaves out two members that its model requires.
fn mail_from(identity: &Identity) -> Value {
    match &identity.mail_from {
        Some(MailFrom { domain, behavior }) => json!({
            "MailFromDomain": domain,
            "MailFromDomainStatus": identity.verification_status,
            "BehaviorOnMxFailure": behavior,
        }),
        None => json!({"BehaviorOnMxFailure": "USE_DEFAULT_VALUE"}),
    }
}

/// Easy DKIM with three tokens for a domain; an address has none of its own.
fn dkim(name: &str, identity: &Identity) -> Value {
    if name.contains('@') {
        return json!({
            "SigningEnabled": false,
            "Status": "NOT_STARTED",
            "SigningAttributesOrigin": "AWS_SES",
        });
    }
    let label: String =
        name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let tokens: Vec<String> = (1..=3).map(|n| format!("{label}token{n}")).collect();
    json!({
        "SigningEnabled": true,
        "Status": identity.verification_status,
        "Tokens": tokens,
        "SigningHostedZone": "dkim.amazonses.com",
        "SigningAttributesOrigin": "AWS_SES",
        "NextSigningKeyLength": "RSA_2048_BIT",
        "CurrentSigningKeyLength": "RSA_2048_BIT",
    })
}

fn missing(name: &str) -> WireError {
    WireError::not_found(format!("Email identity {name} does not exist."))
}
