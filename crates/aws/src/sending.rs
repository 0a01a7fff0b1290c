//! Whether the account and its configuration sets send.

use crate::error::{CallError, Class};
use crate::suppression_list::paced;
use crate::{Connection, Pace};

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
    pace: Pace,
}

impl SendingSwitch {
    /// The switches of the connection's Region.
    pub fn new(connection: &Connection, pace: Pace) -> Self {
        Self { ses: connection.sesv2(), pace }
    }

    /// GetAccount.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn account(&self) -> Result<AccountState, CallError> {
        let account = paced(&self.pace, "GetAccount", || self.ses.get_account().send()).await?;
        let reasons = account.suppression_attributes().map(|a| a.suppressed_reasons()).unwrap_or_default();
        Ok(AccountState {
            sending_enabled: account.sending_enabled(),
            enforcement_status: account.enforcement_status().unwrap_or("unknown").to_owned(),
            production_access: account.production_access_enabled(),
            suppressed_reasons: reasons.iter().map(|r| r.as_str().to_owned()).collect(),
        })
    }

    /// Pauses the account and reads back that it took.
    ///
    /// # Errors
    /// [`CallError`], also when the account still sends afterwards.
    pub async fn pause_account(&self) -> Result<(), CallError> {
        const OPERATION: &str = "PutAccountSendingAttributes";
        paced(&self.pace, OPERATION, || self.ses.put_account_sending_attributes().sending_enabled(false).send())
            .await?;
        if self.account().await?.sending_enabled {
            return Err(CallError::new(OPERATION, Class::Temporary, "the account still sends after the pause"));
        }
        Ok(())
    }

    /// GetConfigurationSet: whether the set sends; `None` where there is none.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn configuration_set(&self, name: &str) -> Result<Option<bool>, CallError> {
        let answer = paced(&self.pace, "GetConfigurationSet", || {
            self.ses.get_configuration_set().configuration_set_name(name).send()
        })
        .await;
        match answer {
            // A set without the option sends.
            Ok(set) => Ok(Some(set.sending_options().is_none_or(|options| options.sending_enabled()))),
            Err(error) if error.class == Class::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Pauses a configuration set and reads back that it took. Always sends an
    /// explicit false: an omitted value is not "unchanged" by contract.
    ///
    /// # Errors
    /// [`CallError`], also when the set still sends afterwards.
    pub async fn pause_configuration_set(&self, name: &str) -> Result<(), CallError> {
        const OPERATION: &str = "PutConfigurationSetSendingOptions";
        paced(&self.pace, OPERATION, || {
            self.ses.put_configuration_set_sending_options().configuration_set_name(name).sending_enabled(false).send()
        })
        .await?;
        if self.configuration_set(name).await? != Some(false) {
            return Err(CallError::new(OPERATION, Class::Temporary, "the set still sends after the pause"));
        }
        Ok(())
    }
}
