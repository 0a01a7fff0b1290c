//! Whether the account and its configuration sets send.

mod sweep;
mod target;
mod turned;

use std::future::Future;
use std::time::Duration;

use aws_sdk_sesv2::types::{ReputationEntityType, SendingStatus};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::DateTime;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use warden_domain::guard::enforcement::EnforcementStatus;

use crate::error::{CallError, Class};
use crate::members::{Members, missing};
use crate::paced::{Retries, paced_read};
use crate::{Connection, RateLimiter};
pub use turned::Turned;
use turned::compared;

/// Tries of one change of a tenant that another change stands in the way of.
const CONFLICT_TRIES: u32 = 4;
/// The wait between them.
const CONFLICT_WAIT: Duration = Duration::from_millis(500);

/// The account, as GetAccount answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountState {
    /// Whether it sends.
    pub sending_enabled: bool,
    /// AWS's verdict on it.
    pub enforcement_status: EnforcementStatus,
}

/// A configuration set or a tenant, as SES answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SwitchState {
    /// Whether it sends.
    pub sends: bool,
    /// When its switch was last used, in seconds since 1970; of a configuration set only when it
    /// was last switched on after it was off. `None` where that never happened.
    pub switched_at: Option<i64>,
}

/// Reads and sets SES's sending switches: of the account, of configuration sets and of tenants.
#[derive(Debug, Clone)]
pub struct SendingSwitch {
    ses: aws_sdk_sesv2::Client,
    limiter: RateLimiter,
    retries: Retries,
    patience: Option<Patience>,
}

/// How long one call is tried.
#[derive(Debug, Clone, Copy)]
struct Patience {
    limit: Duration,
    on_failure: fn(&CallError),
}

impl SendingSwitch {
    /// The switches of the connection's Region.
    pub fn new(connection: &Connection, limiter: RateLimiter) -> Self {
        Self { ses: connection.sesv2(), limiter, retries: Retries::FUNCTION, patience: None }
    }

    /// The same, trying again for as long as SES throttles a call: a pause matters more than what
    /// others ask of SES meanwhile. Whoever calls has to set a time limit.
    pub fn keep_trying_while_throttled(self) -> Self {
        Self { retries: Retries::WHILE_THROTTLED, ..self }
    }

    /// As [`Self::keep_trying_while_throttled`], with a time limit for each call and all its tries.
    /// `on_failure` hears of each try that SES throttled or did not answer.
    pub fn keep_trying_for(self, limit: Duration, on_failure: fn(&CallError)) -> Self {
        let patience = Some(Patience { limit, on_failure });
        Self { patience, ..self.keep_trying_while_throttled() }
    }

    async fn read<T, Fut>(
        &self,
        operation: &'static str,
        read: impl Fn() -> Fut,
    ) -> Result<T, CallError>
    where
        Fut: Future<Output = Result<T, CallError>>,
    {
        let Some(Patience { limit, on_failure }) = self.patience else {
            return paced_read(&self.limiter, self.retries, read).await;
        };
        let read = &read;
        let heard = || async move {
            read().await.inspect_err(|error| {
                if matches!(error.class, Class::Throttled | Class::Temporary) {
                    on_failure(error);
                }
            })
        };
        let all_tries = paced_read(&self.limiter, self.retries, heard);
        tokio::time::timeout(limit, all_tries).await.unwrap_or_else(|_| {
            let text = format!("no answer but throttling within {} s", limit.as_secs());
            Err(CallError::new(operation, Class::Temporary, &text))
        })
    }

    async fn change<T, E, Fut>(
        &self,
        operation: &'static str,
        call: impl Fn() -> Fut,
    ) -> Result<T, CallError>
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
        Fut: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    {
        let call = &call;
        let read = || async move { call().await.map_err(|error| CallError::of(operation, &error)) };
        self.read(operation, read).await
    }

    /// GetAccount.
    ///
    /// # Errors
    /// [`CallError`], also where the answer lacks `SendingEnabled` or `EnforcementStatus`: a broken
    /// answer would otherwise read as an account that does not send.
    pub async fn account(&self) -> Result<AccountState, CallError> {
        const OPERATION: &str = "GetAccount";
        self.read(OPERATION, || async move {
            let members = Members::default();
            let answer = self.ses.get_account().customize().interceptor(members.clone()).send();
            let account = answer.await.map_err(|error| CallError::of(OPERATION, &error))?;
            let status = account.enforcement_status().filter(|word| !word.is_empty());
            Ok(AccountState {
                sending_enabled: members.boolean(OPERATION, "/SendingEnabled")?,
                enforcement_status: status
                    .map(EnforcementStatus::from)
                    .ok_or_else(|| missing(OPERATION, "EnforcementStatus"))?,
            })
        })
        .await
    }

    /// Switches the account's sending on or off and reads back that it took. Always
    /// sends an explicit value: an omitted one is not "unchanged" by contract.
    ///
    /// # Errors
    /// [`CallError`], also when it did not take.
    pub async fn switch_account(&self, on: bool) -> Result<Turned, CallError> {
        const OPERATION: &str = "PutAccountSendingAttributes";
        self.change(OPERATION, || {
            self.ses.put_account_sending_attributes().sending_enabled(on).send()
        })
        .await?;
        let read = self.account().await.map(|account| Some(account.sending_enabled));
        compared(OPERATION, "the account", on, read)
    }

    /// The same as [`Self::configuration_set_state`], without the time.
    ///
    /// # Errors
    /// As [`Self::configuration_set_state`].
    pub async fn configuration_set(&self, name: &str) -> Result<Option<bool>, CallError> {
        Ok(self.configuration_set_state(name).await?.map(|set| set.sends))
    }

    /// GetConfigurationSet: whether the set sends; `None` where there is no such set. A set without
    /// sending options sends.
    ///
    /// SES gives the reputation metrics of a set a fresh start when its sending is switched on again,
    /// and says when; a set that was never off has no such time.
    ///
    /// # Errors
    /// [`CallError`], also where the answer neither names the set nor has sending options, or has
    /// options that do not say whether it sends.
    pub async fn configuration_set_state(
        &self,
        name: &str,
    ) -> Result<Option<SwitchState>, CallError> {
        const OPERATION: &str = "GetConfigurationSet";
        let answer = self
            .read(OPERATION, || async move {
                let members = Members::default();
                let request = self.ses.get_configuration_set().configuration_set_name(name);
                let answer = request.customize().interceptor(members.clone()).send().await;
                let set = answer.map_err(|error| CallError::of(OPERATION, &error))?;
                let start = set.reputation_options().and_then(|options| options.last_fresh_start());
                let switched_at = start.map(DateTime::secs);
                if members.has("/SendingOptions") {
                    let sends = members.boolean(OPERATION, "/SendingOptions/SendingEnabled")?;
                    return Ok(SwitchState { sends, switched_at });
                }
                let is_named = set.configuration_set_name().is_some();
                let state = is_named.then_some(SwitchState { sends: true, switched_at });
                state.ok_or_else(|| missing(OPERATION, "ConfigurationSetName"))
            })
            .await;
        found(answer)
    }

    /// Switches a configuration set on or off, as [`Self::switch_account`].
    ///
    /// # Errors
    /// [`CallError`], also when it did not take.
    pub async fn switch_configuration_set(
        &self,
        name: &str,
        on: bool,
    ) -> Result<Turned, CallError> {
        const OPERATION: &str = "PutConfigurationSetSendingOptions";
        self.change(OPERATION, || {
            self.ses
                .put_configuration_set_sending_options()
                .configuration_set_name(name)
                .sending_enabled(on)
                .send()
        })
        .await?;
        compared(OPERATION, "the configuration set", on, self.configuration_set(name).await)
    }

    /// The same as [`Self::tenant_state`], without the time.
    ///
    /// # Errors
    /// As [`Self::tenant_state`].
    pub async fn tenant(&self, arn: &str) -> Result<Option<bool>, CallError> {
        Ok(self.tenant_state(arn).await?.map(|tenant| tenant.sends))
    }

    /// GetReputationEntity: whether the tenant of that ARN sends, by its owner's
    /// switch; `None` where there is none. A tenant whose switch nobody has used sends.
    ///
    /// # Errors
    /// [`CallError`], also where the answer has no status, or a word that is not known.
    pub async fn tenant_state(&self, arn: &str) -> Result<Option<SwitchState>, CallError> {
        const OPERATION: &str = "GetReputationEntity";
        let answer = self
            .read(OPERATION, || async move {
                let request = self
                    .ses
                    .get_reputation_entity()
                    .reputation_entity_type(ReputationEntityType::Resource)
                    .reputation_entity_reference(arn);
                let answer =
                    request.send().await.map_err(|error| CallError::of(OPERATION, &error))?;
                let entity = answer
                    .reputation_entity()
                    .ok_or_else(|| missing(OPERATION, "ReputationEntity"))?;
                let own = entity.customer_managed_status();
                let switched_at = own.and_then(|own| own.last_updated_timestamp());
                let switched_at = switched_at.map(DateTime::secs);
                let sends = match own {
                    Some(own) => match own.status() {
                        Some(SendingStatus::Disabled) => Ok(false),
                        Some(SendingStatus::Enabled | SendingStatus::Reinstated) => Ok(true),
                        _ => Err(missing(OPERATION, "customer-managed status that is known")),
                    },
                    None if entity.sending_status_aggregate().is_some() => Ok(true),
                    None => Err(missing(OPERATION, "CustomerManagedStatus")),
                };
                Ok(SwitchState { sends: sends?, switched_at })
            })
            .await;
        found(answer)
    }

    /// Switches a tenant's sending on (ENABLED) or off (DISABLED) and reads back that
    /// it took. Repeated when another change of the tenant is under way.
    ///
    /// # Errors
    /// [`CallError`], also when it did not take.
    pub async fn switch_tenant(&self, arn: &str, on: bool) -> Result<Turned, CallError> {
        const OPERATION: &str = "UpdateReputationEntityCustomerManagedStatus";
        let status = if on { SendingStatus::Enabled } else { SendingStatus::Disabled };
        let mut tries = 1;
        loop {
            let answer = self
                .change(OPERATION, || {
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
        compared(OPERATION, "the tenant", on, self.tenant(arn).await)
    }
}

/// What does not exist has no state.
fn found(answer: Result<SwitchState, CallError>) -> Result<Option<SwitchState>, CallError> {
    match answer {
        Ok(state) => Ok(Some(state)),
        Err(error) if error.class == Class::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn is_conflict(error: &CallError) -> bool {
    matches!(&error.class, Class::Refused { code } if code == "ConflictException")
}
