//! The switches of what guard and operators pause.

use warden_domain::guard::record::Target;

use super::{SendingSwitch, SwitchState, Turned};
use crate::error::CallError;

impl SendingSwitch {
    /// Switches all of it on or off, and reads back that it took.
    ///
    /// # Errors
    /// [`CallError`], also when it did not take. Of several sets those before it are switched then.
    pub async fn switch(&self, target: &Target, on: bool) -> Result<Turned, CallError> {
        match target {
            Target::Account => self.switch_account(on).await,
            Target::Tenant(arn) => self.switch_tenant(arn, on).await,
            Target::Sets(sets) => {
                for set in sets {
                    let turned = self.switch_configuration_set(set, on).await?;
                    if turned != Turned::ReadBack {
                        return Ok(turned);
                    }
                }
                Ok(Turned::ReadBack)
            }
        }
    }

    /// Whether any part of it sends; `None` where nothing of it exists.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn any_sends(&self, target: &Target) -> Result<Option<bool>, CallError> {
        let sets = match target {
            Target::Account => return Ok(Some(self.account().await?.sending_enabled)),
            Target::Tenant(arn) => return self.tenant(arn).await,
            Target::Sets(sets) => sets,
        };
        let mut any = None;
        for set in sets {
            match self.configuration_set(set).await? {
                Some(true) => return Ok(Some(true)),
                Some(false) => any = Some(false),
                None => {}
            }
        }
        Ok(any)
    }

    /// Whether the switch of any of it was used since then (milliseconds since 1970), as SES itself
    /// says of sets and tenants; of a set only when it was switched on. `None` for the account, of
    /// which SES does not say it.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn used_since(&self, target: &Target, since: i64) -> Result<Option<bool>, CallError> {
        let is_later = |state: SwitchState| {
            state.switched_at.is_some_and(|at| at.saturating_mul(1000) >= since)
        };
        match target {
            Target::Account => Ok(None),
            Target::Tenant(arn) => Ok(Some(self.tenant_state(arn).await?.is_some_and(is_later))),
            Target::Sets(sets) => {
                for set in sets {
                    if self.configuration_set_state(set).await?.is_some_and(is_later) {
                        return Ok(Some(true));
                    }
                }
                Ok(Some(false))
            }
        }
    }
}
