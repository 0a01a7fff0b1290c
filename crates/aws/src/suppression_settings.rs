//! Whether an entry on a suppression list has an effect.

use aws_sdk_sesv2::types::{SuppressionListReason, SuppressionListScope};

use crate::error::{CallError, Class};
use crate::members::{Members, missing};
use crate::paced::{Retries, paced, paced_read};
use crate::{Connection, RateLimiter};
use warden_domain::suppression::SuppressionReason;

/// The account's part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountSuppression {
    /// Out of the sandbox; in it SES refuses every entry.
    pub production_access: bool,
    /// Reasons that SES withholds mail for.
    pub reasons: Vec<SuppressionReason>,
    /// Whether the account sends: false while somebody, or AWS, has paused it.
    pub sends: bool,
}

/// A tenant's part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantSuppression {
    /// SES checks the tenant's own list, and not the account's.
    pub has_own_list: bool,
    /// Reasons that SES withholds mail for; `None` leaves it to the account.
    pub reasons: Option<Vec<SuppressionReason>>,
}

/// What SES is set to do with its suppression lists.
#[derive(Debug, Clone)]
pub struct SuppressionSettings {
    ses: aws_sdk_sesv2::Client,
    limiter: RateLimiter,
}

impl SuppressionSettings {
    /// Creates a client for the connection's Region.
    pub fn new(connection: &Connection, limiter: RateLimiter) -> Self {
        Self { ses: connection.sesv2(), limiter }
    }

    /// The limiter of its calls.
    pub fn limiter(&self) -> &RateLimiter {
        &self.limiter
    }

    /// GetAccount.
    ///
    /// # Errors
    /// [`CallError`], also where the answer lacks `ProductionAccessEnabled`: a broken answer would
    /// otherwise read as an account in the sandbox.
    pub async fn account(&self) -> Result<AccountSuppression, CallError> {
        const OPERATION: &str = "GetAccount";
        paced_read(&self.limiter, Retries::FUNCTION, || async move {
            let members = Members::default();
            let answer = self.ses.get_account().customize().interceptor(members.clone()).send();
            let account = answer.await.map_err(|error| CallError::of(OPERATION, &error))?;
            let attributes = account.suppression_attributes();
            Ok(AccountSuppression {
                production_access: members.boolean(OPERATION, "/ProductionAccessEnabled")?,
                reasons: reasons(attributes.map(|a| a.suppressed_reasons()).unwrap_or_default()),
                sends: account.sending_enabled(),
            })
        })
        .await
    }

    /// GetConfigurationSet: the set's own reasons; `None` where it leaves them to the
    /// account, or where there is no such set.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn configuration_set(
        &self,
        name: &str,
    ) -> Result<Option<Vec<SuppressionReason>>, CallError> {
        let answer = paced(&self.limiter, "GetConfigurationSet", || {
            self.ses.get_configuration_set().configuration_set_name(name).send()
        })
        .await;
        match answer {
            Ok(set) => {
                let options = set.suppression_options();
                Ok(options.and_then(|options| options.suppressed_reasons.as_deref()).map(reasons))
            }
            Err(error) if error.class == Class::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// GetConfigurationSet: whether the set sends; a set that is gone does not.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn is_sending(&self, configuration_set: &str) -> Result<bool, CallError> {
        let answer = paced(&self.limiter, "GetConfigurationSet", || {
            self.ses.get_configuration_set().configuration_set_name(configuration_set).send()
        })
        .await;
        match answer {
            Ok(set) => Ok(set.sending_options().is_none_or(|options| options.sending_enabled())),
            Err(error) if error.class == Class::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// GetTenant; `None` where there is none.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn tenant(&self, name: &str) -> Result<Option<TenantSuppression>, CallError> {
        let answer =
            paced(&self.limiter, "GetTenant", || self.ses.get_tenant().tenant_name(name).send())
                .await;
        let tenant = match answer {
            Ok(answer) => answer.tenant.ok_or_else(|| missing("GetTenant", "Tenant"))?,
            Err(error) if error.class == Class::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let own = tenant.suppression_attributes();
        Ok(Some(TenantSuppression {
            has_own_list: own.and_then(|own| own.suppression_scope())
                == Some(&SuppressionListScope::Tenant),
            reasons: own.and_then(|own| own.suppressed_reasons.as_deref()).map(reasons),
        }))
    }
}

fn reasons(listed: &[SuppressionListReason]) -> Vec<SuppressionReason> {
    let known = [
        (SuppressionListReason::Bounce, SuppressionReason::Bounce),
        (SuppressionListReason::Complaint, SuppressionReason::Complaint),
    ];
    known.into_iter().filter(|(word, _)| listed.contains(word)).map(|(_, reason)| reason).collect()
}
