//! What AWS did to the account, and what people did during an incident: one notice each.
//!
//! Tags on one alarm of the stack say which notices went out.

use std::collections::BTreeMap;

use tracing::{info, warn};
use warden_aws::{AlarmRecord, CallError};
use warden_domain::guard::account::{
    AwsMessage, AwsMessageKind, TAG_MESSAGE_NOTIFYING, TAG_MESSAGES, notified, was_notified,
};
use warden_domain::guard::enforcement::{
    TAG_ENFORCEMENT, TAG_ENFORCEMENT_NOTIFYING, enforcement_tag, transition,
};
use warden_domain::notice::{self, NoticeContext, Place};

use crate::guard::Guard;
use crate::snapshot::StackSnapshot;
use crate::time::now_millis;

/// The alarm that is preferred for these tags, after the prefix.
const PREFERRED: &str = "account/all/bounce/critical";

impl Guard {
    /// Notifies of a new verdict of AWS's, and of the message that this invocation brought.
    pub(crate) async fn account_news(
        &self,
        snapshot: &StackSnapshot,
        message: Option<&AwsMessage>,
    ) -> Result<(), CallError> {
        let preferred = format!("{}{PREFERRED}", self.settings.alarm_prefix);
        let anchor = snapshot
            .alarms
            .iter()
            .find(|alarm| alarm.name == preferred)
            .or(snapshot.alarms.first());
        let Some(anchor) = anchor else {
            warn!(
                "this stack has no alarm whose tags could say which notices about the account went out: none is sent"
            );
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
        // What SES did not say in time, the next invocation reads.
        let Some(account) = snapshot.known_account() else { return Ok(()) };
        let Some(change) = transition(tag(TAG_ENFORCEMENT), &account.enforcement_status) else {
            return Ok(());
        };
        let at = notice::at(now_millis());
        let place = Place::of_arn(&anchor.arn);
        let repeats = tag(TAG_ENFORCEMENT_NOTIFYING) == Some(change.to.name());
        let context = NoticeContext { place: place.as_ref(), at: &at, repeats };
        self.clients.alarms.tag(&anchor.arn, TAG_ENFORCEMENT_NOTIFYING, change.to.name()).await?;
        self.publish(&notice::enforcement(&change, account.sending_enabled, context)).await?;
        let done = [
            (TAG_ENFORCEMENT.to_owned(), enforcement_tag(&account.enforcement_status, &at)),
            (TAG_ENFORCEMENT_NOTIFYING.to_owned(), "none".to_owned()),
        ];
        self.clients.alarms.tag_with(&anchor.arn, &done).await
    }

    async fn message(
        &self,
        snapshot: &StackSnapshot,
        anchor: &AlarmRecord,
        tags: &BTreeMap<String, String>,
        message: &AwsMessage,
    ) -> Result<(), CallError> {
        let tag = |key: &str| tags.get(key).map(String::as_str);
        if was_notified(tag(TAG_MESSAGES), &message.id) {
            info!("the operators know this message of AWS already");
            return Ok(());
        }
        let at = notice::at(now_millis());
        let place = Place::of_arn(&anchor.arn);
        let repeats = tag(TAG_MESSAGE_NOTIFYING) == Some(&message.id);
        let context = NoticeContext { place: place.as_ref(), at: &at, repeats };
        let notice = match message.kind {
            AwsMessageKind::Switched { on: true } if !snapshot.critical.is_empty() => {
                let alarms: Vec<&str> = snapshot.critical.iter().map(String::as_str).collect();
                notice::resumed(message, &alarms, context)
            }
            AwsMessageKind::Switched { .. } => {
                info!(
                    "somebody changed a sending switch, and no critical alarm is in ALARM: no notice"
                );
                return Ok(());
            }
            AwsMessageKind::SendingStatus | AwsMessageKind::Advisor => {
                notice::aws_message(message, context)
            }
        };
        self.clients.alarms.tag(&anchor.arn, TAG_MESSAGE_NOTIFYING, &message.id).await?;
        self.publish(&notice).await?;
        self.clients
            .alarms
            .tag(&anchor.arn, TAG_MESSAGES, &notified(tag(TAG_MESSAGES), &message.id))
            .await
    }
}
