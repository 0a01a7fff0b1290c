//! Reads sending identities from SES.

use std::collections::HashMap;

use aws_sdk_sesv2::operation::get_email_identity::GetEmailIdentityOutput;
use aws_sdk_sesv2::types::{BehaviorOnMxFailure, RecommendationStatus};

use crate::error::{CallError, Class};
use crate::paced::paced;
use crate::{Connection, RateLimiter};

/// Most pages of identities to read: 100,000 names.
const MOST_PAGES: usize = 100;

/// One identity, as GetEmailIdentity returns it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EmailIdentity {
    /// The name asked for.
    pub name: String,
    /// VerifiedForSendingStatus.
    pub verified_for_sending: bool,
    /// VerificationInfo.ErrorType.
    pub verification_error: Option<String>,
    /// DkimAttributes.SigningEnabled.
    pub dkim_signing_enabled: bool,
    /// DkimAttributes.Status.
    pub dkim_status: String,
    /// DkimAttributes.Tokens.
    pub dkim_tokens: Vec<String>,
    /// DkimAttributes.SigningHostedZone.
    pub dkim_hosted_zone: Option<String>,
    /// DkimAttributes.SigningAttributesOrigin.
    pub dkim_origin: String,
    /// DkimAttributes.CurrentSigningKeyLength.
    pub dkim_key_length: Option<String>,
    /// MailFromAttributes.MailFromDomain.
    pub mail_from_domain: Option<String>,
    /// MailFromAttributes.MailFromDomainStatus.
    pub mail_from_status: String,
    /// MailFromAttributes.BehaviorOnMxFailure is REJECT_MESSAGE.
    pub rejects_on_mx_failure: bool,
}

/// An open recommendation of the Virtual Deliverability Manager.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenRecommendation {
    /// The identity that it is about, from its ARN.
    pub identity: String,
    /// DKIM, DMARC, SPF, BIMI and others.
    pub kind: String,
    /// SES's text.
    pub description: String,
    /// LOW or HIGH.
    pub impact: String,
}

/// The identities of one Region.
#[derive(Debug, Clone)]
pub struct Identities {
    ses: aws_sdk_sesv2::Client,
    limiter: RateLimiter,
}

impl Identities {
    /// Creates a reader for the connection's Region.
    pub fn new(connection: &Connection, limiter: RateLimiter) -> Self {
        Self { ses: connection.sesv2(), limiter }
    }

    /// Returns the names of all identities, as SES spells them (ListEmailIdentities).
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn names(&self) -> Result<Vec<String>, CallError> {
        let mut names = Vec::new();
        let mut token = None;
        for _ in 0..MOST_PAGES {
            let page = paced(&self.limiter, "ListEmailIdentities", || {
                let call = self.ses.list_email_identities().page_size(1000);
                call.set_next_token(token.clone()).send()
            })
            .await?;
            names.extend(
                page.email_identities()
                    .iter()
                    .filter_map(|identity| identity.identity_name().map(str::to_owned)),
            );
            let next = page.next_token().map(str::to_owned);
            // A repeated token would make this loop endless.
            if next.is_none() || next == token {
                break;
            }
            token = next;
        }
        Ok(names)
    }

    /// Returns one identity, or `None` if there is none of that name (GetEmailIdentity).
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn get(&self, name: &str) -> Result<Option<EmailIdentity>, CallError> {
        let answer = paced(&self.limiter, "GetEmailIdentity", || {
            self.ses.get_email_identity().email_identity(name).send()
        })
        .await;
        match answer {
            Ok(answer) => Ok(Some(read(name, &answer))),
            Err(error) if error.class == Class::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Returns the open recommendations of the Virtual Deliverability Manager
    /// (ListRecommendations). Does not retry, because SES answers with an error if the manager is
    /// off.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn recommendations(&self) -> Result<Vec<OpenRecommendation>, CallError> {
        self.limiter.turn().await;
        let open = RecommendationStatus::Open.as_str().to_owned();
        let filter =
            HashMap::from([(aws_sdk_sesv2::types::ListRecommendationsFilterKey::Status, open)]);
        let answer = self.ses.list_recommendations().set_filter(Some(filter)).page_size(100).send();
        let answer = answer.await.map_err(|error| CallError::of("ListRecommendations", &error))?;
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        Ok(answer
            .recommendations()
            .iter()
            .map(|found| OpenRecommendation {
                identity: text(
                    found.resource_arn().and_then(|arn| arn.rsplit_once('/')).map(|(_, name)| name),
                ),
                kind: text(found.r#type().map(|kind| kind.as_str())),
                description: text(found.description()),
                impact: text(found.impact().map(|impact| impact.as_str())),
            })
            .collect())
    }
}

fn read(name: &str, answer: &GetEmailIdentityOutput) -> EmailIdentity {
    let mut identity = EmailIdentity {
        name: name.to_owned(),
        verified_for_sending: answer.verified_for_sending_status(),
        verification_error: answer
            .verification_info()
            .and_then(|info| info.error_type())
            .map(|error| error.as_str().to_owned()),
        ..EmailIdentity::default()
    };
    if let Some(dkim) = answer.dkim_attributes() {
        identity.dkim_signing_enabled = dkim.signing_enabled();
        identity.dkim_status =
            dkim.status().map(|status| status.as_str().to_owned()).unwrap_or_default();
        identity.dkim_tokens = dkim.tokens().to_vec();
        identity.dkim_hosted_zone = dkim.signing_hosted_zone().map(str::to_owned);
        identity.dkim_origin = dkim
            .signing_attributes_origin()
            .map(|origin| origin.as_str().to_owned())
            .unwrap_or_default();
        identity.dkim_key_length =
            dkim.current_signing_key_length().map(|length| length.as_str().to_owned());
    }
    if let Some(mail_from) = answer.mail_from_attributes() {
        let domain = mail_from.mail_from_domain();
        identity.mail_from_domain = (!domain.is_empty()).then(|| domain.to_owned());
        identity.mail_from_status = mail_from.mail_from_domain_status().as_str().to_owned();
        identity.rejects_on_mx_failure =
            *mail_from.behavior_on_mx_failure() == BehaviorOnMxFailure::RejectMessage;
    }
    identity
}
