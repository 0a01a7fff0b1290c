//! What AWS did to the account, and what people did meanwhile: told once each.
//!
//! What was told is kept in tags on one alarm of the stack.

use std::collections::BTreeMap;

use tracing::{info, warn};
use warden_aws::{AlarmRecord, CallError};
use warden_domain::guard::account::{
    Message, MessageKind, TAG_ENFORCEMENT, TAG_ENFORCEMENT_TELLING, TAG_MESSAGE_TELLING,
    TAG_MESSAGES, enforcement_tag, told, transition, was_told,
};
use warden_domain::notice::{self, Place, Sender};

use crate::Guard;
use crate::snapshot::StackSnapshot;
use crate::time::now_millis;

/// The alarm that is preferred for these tags, after the prefix.
const PREFERRED: &str = "account/all/bounce/critical";

impl Guard {
    /// Tells of a new verdict of AWS's, and of the message that this invocation
    /// brought.
    pub(crate) async fn account_news(
        &self,
        snapshot: &StackSnapshot,
        message: Option<&Message>,
    ) -> Result<(), CallError> {
        let preferred = format!("{}{PREFERRED}", self.settings.alarm_prefix);
        let anchor = snapshot
            .alarms
            .iter()
            .find(|alarm| alarm.name == preferred)
            .or(snapshot.alarms.first());
        let Some(anchor) = anchor else {
            warn!("no alarm of this stack can hold what was told of the account");
            return Ok(());
        };
        let tags = self.clients.alarms.tags(&anchor.arn).await?;
        let verdict = self.verdict(snapshot, anchor, &tags).await;
        let message = match message {
            Some(message) => self.message(snapshot, anchor, &tags, message).await,
            None => Ok(()),
        };
        verdict.and(message)
    }

    async fn verdict(
        &self,
        snapshot: &StackSnapshot,
        anchor: &AlarmRecord,
        tags: &BTreeMap<String, String>,
    ) -> Result<(), CallError> {
        let tag = |key: &str| tags.get(key).map(String::as_str);
        let Some(change) = transition(tag(TAG_ENFORCEMENT), &snapshot.account.enforcement_status)
        else {
            return Ok(());
        };
        let at = notice::at(now_millis());
        let place = Place::of_arn(&anchor.arn);
        let repeats = tag(TAG_ENFORCEMENT_TELLING) == Some(change.to.name());
        let sender = Sender { place: place.as_ref(), at: &at, repeats };
        self.clients.alarms.tag(&anchor.arn, TAG_ENFORCEMENT_TELLING, change.to.name()).await?;
        self.publish(&notice::enforcement(&change, snapshot.account.sending_enabled, sender))
            .await?;
        let done = [
            (
                TAG_ENFORCEMENT.to_owned(),
                enforcement_tag(&snapshot.account.enforcement_status, &at),
            ),
            (TAG_ENFORCEMENT_TELLING.to_owned(), "none".to_owned()),
        ];
        self.clients.alarms.tag_with(&anchor.arn, &done).await
    }

    async fn message(
        &self,
        snapshot: &StackSnapshot,
        anchor: &AlarmRecord,
        tags: &BTreeMap<String, String>,
        message: &Message,
    ) -> Result<(), CallError> {
        let tag = |key: &str| tags.get(key).map(String::as_str);
        if was_told(tag(TAG_MESSAGES), &message.id) {
            info!("this message was told already");
            return Ok(());
        }
        let at = notice::at(now_millis());
        let place = Place::of_arn(&anchor.arn);
        let repeats = tag(TAG_MESSAGE_TELLING) == Some(&message.id);
        let sender = Sender { place: place.as_ref(), at: &at, repeats };
        let notice = match message.kind {
            MessageKind::Switched { on: true } if !snapshot.critical.is_empty() => {
                let alarms: Vec<&str> = snapshot.critical.iter().map(String::as_str).collect();
                notice::resumed(message, &alarms, sender)
            }
            MessageKind::Switched { .. } => {
                info!("a sending switch was changed, and no incident is open");
                return Ok(());
            }
            MessageKind::SendingStatus | MessageKind::Advisor => {
                notice::aws_message(message, sender)
            }
        };
        self.clients.alarms.tag(&anchor.arn, TAG_MESSAGE_TELLING, &message.id).await?;
        self.publish(&notice).await?;
        self.clients
            .alarms
            .tag(&anchor.arn, TAG_MESSAGES, &told(tag(TAG_MESSAGES), &message.id))
            .await
    }
}
