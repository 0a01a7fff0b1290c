//! All that may be switched off, for the daily check.

use aws_sdk_sesv2::types::ReputationEntityFilterKey;

use super::SendingSwitch;
use crate::error::CallError;

impl SendingSwitch {
    /// ListConfigurationSets, all pages: the names, in their order.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn configuration_sets(&self) -> Result<Vec<String>, CallError> {
        const OPERATION: &str = "ListConfigurationSets";
        let mut names = Vec::new();
        let mut token: Option<String> = None;
        loop {
            let list = || self.ses.list_configuration_sets().set_next_token(token.clone()).send();
            let page = self.change(OPERATION, list).await?;
            names.extend(page.configuration_sets.unwrap_or_default());
            token = page.next_token.filter(|token| !token.is_empty());
            if token.is_none() {
                names.sort();
                return Ok(names);
            }
        }
    }

    /// ListReputationEntities, all pages: the ARNs of the entities whose sending is disabled,
    /// by AWS or by their owner.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn disabled_tenants(&self) -> Result<Vec<String>, CallError> {
        const OPERATION: &str = "ListReputationEntities";
        let mut arns = Vec::new();
        let mut token: Option<String> = None;
        loop {
            let list = || {
                self.ses
                    .list_reputation_entities()
                    .filter(ReputationEntityFilterKey::Status, "DISABLED")
                    .set_next_token(token.clone())
                    .send()
            };
            let page = self.change(OPERATION, list).await?;
            let found = page.reputation_entities.unwrap_or_default().into_iter();
            arns.extend(found.filter_map(|entity| entity.reputation_entity_reference));
            token = page.next_token.filter(|token| !token.is_empty());
            if token.is_none() {
                return Ok(arns);
            }
        }
    }
}
