//! Whether the account and its configuration sets send.

use std::time::Duration;

use aws_sdk_sesv2::types::{ReputationEntityType, SendingStatus};

use crate::error::{CallError, Class};
use crate::suppression_list::paced;
use crate::{Connection, RateLimiter};

/// Tries of one change of a tenant that another change stands in the way of.
const CONFLICT_TRIES: u32 = 4;
/// The wait between them.
const CONFLICT_WAIT: Duration = Duration::from_millis(500);

/// The account, as GetAccount tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountState {
    /// Whether it sends.
    pub sending_enabled: bool,
    /// AWS's verdict: HEALTHY, PROBATION, SHUTDOWN, or a word still to come.
    pub enforcement_status: String,
    /// Out of the sandbox.
    pub production_access: bool,
    /// Reasons for which the suppression list works.
    pub suppressed_reasons: Vec<String>,
}

/// The switches.
#[derive(Debug, Clone)]
pub struct SendingSwitch {
    ses: aws_sdk_sesv2::Client,
    limiter: RateLimiter,
}

impl SendingSwitch {
    /// The switches of the connection's Region.
    pub fn new(connection: &Connection, limiter: RateLimiter) -> Self {
        Self { ses: connection.sesv2(), limiter }
    }

    /// GetAccount.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn account(&self) -> Result<AccountState, CallError> {
        let account = paced(&self.limiter, "GetAccount", || self.ses.get_account().send()).await?;
        let reasons =
            account.suppression_attributes().map(|a| a.suppressed_reasons()).unwrap_or_default();
        Ok(AccountState {
            sending_enabled: account.sending_enabled(),
            enforcement_status: account.enforcement_status().unwrap_or("unknown").to_owned(),
            production_access: account.production_access_enabled(),
            suppressed_reasons: reasons.iter().map(|r| r.as_str().to_owned()).collect(),
        })
    }

    /// Switches the account's sending on or off and reads back that it took. Always
    /// sends an explicit value: an omitted one is not "unchanged" by contract.
    ///
    /// # Errors
    /// [`CallError`], also when it did not take.
    pub async fn switch_account(&self, on: bool) -> Result<(), CallError> {
        const OPERATION: &str = "PutAccountSendingAttributes";
        paced(&self.limiter, OPERATION, || {
            self.ses.put_account_sending_attributes().sending_enabled(on).send()
        })
        .await?;
        if self.account().await?.sending_enabled != on {
            return Err(not_taken(OPERATION, "the account", on));
        }
        Ok(())
    }

    /// GetConfigurationSet: whether the set sends; `None` where there is none.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn configuration_set(&self, name: &str) -> Result<Option<bool>, CallError> {
        let answer = paced(&self.limiter, "GetConfigurationSet", || {
            self.ses.get_configuration_set().configuration_set_name(name).send()
        })
        .await;
        match answer {
            // A set without the option sends.
            Ok(set) => {
                Ok(Some(set.sending_options().is_none_or(|options| options.sending_enabled())))
            }
            Err(error) if error.class == Class::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Switches a configuration set on or off, as [`Self::switch_account`].
    ///
    /// # Errors
    /// [`CallError`], also when it did not take.
    pub async fn switch_configuration_set(&self, name: &str, on: bool) -> Result<(), CallError> {
        const OPERATION: &str = "PutConfigurationSetSendingOptions";
        paced(&self.limiter, OPERATION, || {
            self.ses
                .put_configuration_set_sending_options()
                .configuration_set_name(name)
                .sending_enabled(on)
                .send()
        })
        .await?;
        if self.configuration_set(name).await? != Some(on) {
            return Err(not_taken(OPERATION, "the configuration set", on));
        }
        Ok(())
    }

    /// GetReputationEntity: whether the tenant of that ARN sends, by its owner's
    /// switch; `None` where there is none.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn tenant(&self, arn: &str) -> Result<Option<bool>, CallError> {
        let answer = paced(&self.limiter, "GetReputationEntity", || {
            self.ses
                .get_reputation_entity()
                .reputation_entity_type(ReputationEntityType::Resource)
                .reputation_entity_reference(arn)
                .send()
        })
        .await;
        match answer {
            Ok(answer) => {
                let status =
                    answer.reputation_entity().and_then(|e| e.customer_managed_status()?.status());
                Ok(Some(status != Some(&SendingStatus::Disabled)))
            }
            Err(error) if error.class == Class::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Switches a tenant's sending on (ENABLED) or off (DISABLED) and reads back that
    /// it took. Repeated when another change of the tenant is under way.
    ///
    /// # Errors
    /// [`CallError`], also when it did not take.
    pub async fn switch_tenant(&self, arn: &str, on: bool) -> Result<(), CallError> {
        const OPERATION: &str = "UpdateReputationEntityCustomerManagedStatus";
        let status = if on { SendingStatus::Enabled } else { SendingStatus::Disabled };
        let mut tries = 1;
        loop {
            let answer = paced(&self.limiter, OPERATION, || {
                self.ses
                    .update_reputation_entity_customer_managed_status()
                    .reputation_entity_type(ReputationEntityType::Resource)
                    .reputation_entity_reference(arn)
                    .sending_status(status.clone())
                    .send()
            })
            .await;
            match answer {
                Ok(_) => break,
                Err(error) if tries < CONFLICT_TRIES && is_conflict(&error) => tries += 1,
                Err(error) => return Err(error),
            }
            tokio::time::sleep(CONFLICT_WAIT).await;
        }
        if self.tenant(arn).await? != Some(on) {
            return Err(not_taken(OPERATION, "the tenant", on));
        }
        Ok(())
    }
}

/// SES said yes to a change that is not to be seen afterwards.
fn not_taken(operation: &'static str, what: &str, on: bool) -> CallError {
    let state = if on { "still does not send" } else { "still sends" };
    CallError::new(operation, Class::Temporary, &format!("SES took the call, but {what} {state}"))
}

fn is_conflict(error: &CallError) -> bool {
    matches!(&error.class, Class::Refused { code } if code == "ConflictException")
}
