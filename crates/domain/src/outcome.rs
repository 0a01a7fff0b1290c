//! How each message ends, with a stable code for the reason.

use std::fmt;

use serde::Serialize;

/// How a message ended: every message ends in one of these three ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    /// It led to an action: an address suppressed, a count written, an alarm checked.
    Acted(Acted),
    /// It was understood and needs no action.
    Ignored(Ignored),
    /// It goes back to its queue and, after the last attempt, to the dead-letter queue.
    GivenBack(GivenBack),
}

impl Outcome {
    /// `acted`, `ignored` or `given_back`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Acted(_) => "acted",
            Self::Ignored(_) => "ignored",
            Self::GivenBack(_) => "given_back",
        }
    }

    /// The stable code of the reason, for metrics, logs and output.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Acted(reason) => reason.code(),
            Self::Ignored(reason) => reason.code(),
            Self::GivenBack(reason) => reason.code(),
        }
    }

    /// Whether the message must be delivered again.
    pub fn is_given_back(self) -> bool {
        matches!(self, Self::GivenBack(_))
    }
}

impl From<Acted> for Outcome {
    fn from(reason: Acted) -> Self {
        Self::Acted(reason)
    }
}

impl From<Ignored> for Outcome {
    fn from(reason: Ignored) -> Self {
        Self::Ignored(reason)
    }
}

impl From<GivenBack> for Outcome {
    fn from(reason: GivenBack) -> Self {
        Self::GivenBack(reason)
    }
}

impl Serialize for Outcome {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// Declares an enum of reasons, each with a doc line and a stable code.
macro_rules! reasons {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident => $code:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$doc])* $variant,)+ }

        impl $name {
            /// All reasons.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The stable code.
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.code())
            }
        }
    };
}

reasons! {
    /// What a function did for a message.
    Acted {
        /// At least one address was put on the suppression list.
        Suppressed => "suppressed",
        /// At least one address waits in the bucket for an import job.
        Staged => "staged",
        /// It was counted.
        Counted => "counted",
        /// It reports that an alarm is in ALARM, so guard starts a check.
        AlarmRaised => "alarm_raised",
    }
}

reasons! {
    /// Why a message needs no action.
    Ignored {
        /// The notice that SES or SNS sends when a topic is connected.
        SetupNotice => "setup_notice",
        /// SNS asks to confirm, or confirms the end of, a subscription.
        SubscriptionConfirmation => "subscription_confirmation",
        /// Text or JSON in a valid envelope that makes no claim to be SES feedback.
        NotSes => "not_ses",
        /// A `source` or `eventSource` of another service.
        OtherSource => "other_source",
        /// A notification about received mail.
        InboundMail => "inbound_mail",
        /// An SES event of a kind that this function does not handle.
        OtherEvent => "other_event",
        /// An event kind that this version does not know.
        UnknownEvent => "unknown_event",
        /// An SES account notice (sending status, advisor recommendation).
        AccountNotice => "account_notice",
        /// An invocation without a record in it.
        EmptyBatch => "empty_batch",
        /// SES did not send because the address is on a list already, or unsubscribed.
        Echo => "echo",
        /// A transient bounce: no proof against the address.
        Transient => "transient",
        /// A bounce that SES could not interpret.
        Undetermined => "undetermined",
        /// A bounce type this version does not know.
        UnknownBounceType => "unknown_bounce_type",
        /// A bounce sub-type this version does not know.
        UnknownBounceSubType => "unknown_bounce_sub_type",
        /// A permanent bounce that the sender caused.
        SenderAtFault => "sender_at_fault",
        /// A permanent bounce of the security and policy class (5.7.x) whose cause is unclear.
        PolicyUnclear => "policy_unclear",
        /// A permanent bounce whose text no rule matches, and that is surely not about the
        /// recipient by the second reader's verdict.
        NotRecipient => "not_recipient",
        /// A permanent bounce of unknown text: the address is suppressed when it bounces so again.
        FirstStrike => "first_strike",
        /// The recipient's whole domain fails alike, which says nothing of one address.
        RecipientDomainOut => "recipient_domain_out",
        /// A bounce that the journal would have to decide, and it does not answer.
        JournalUnavailable => "journal_unavailable",
        /// A permanent bounce in which this recipient is delayed or temporarily refused.
        RecipientDelayed => "recipient_delayed",
        /// The mailbox is full.
        MailboxFull => "mailbox_full",
        /// The receiver has a problem, not the address.
        ReceiverTrouble => "receiver_trouble",
        /// An answer written by a machine on behalf of a living mailbox.
        AutoReply => "auto_reply",
        /// SES could not tell which of several recipients bounced (NoEmail).
        RecipientUnclear => "recipient_unclear",
        /// A transient bounce whose text proves a dead address; the setting keeps the address.
        MislabelledTransient => "mislabelled_transient",
        /// A report that mail was not spam.
        NotSpam => "not_spam",
        /// A report about authentication, not about the mail.
        AuthFailureReport => "auth_failure_report",
        /// Several recipients could have complained; only reported, by setting.
        ComplaintSuspects => "complaint_suspects",
        /// The default policy would suppress the address; a setting overrides it.
        KeptBySetting => "spared_by_setting",
        /// The address is protected by setting.
        Protected => "protected",
        /// A mailbox simulator address.
        Simulator => "simulator",
        /// The text in the place of an address is not an address.
        InvalidAddress => "invalid_address",
        /// The account is in the SES sandbox, where nothing can be suppressed.
        Sandbox => "sandbox",
        /// SES refuses the address permanently; a retry cannot help.
        Refused => "refused",
        /// A delivery or a delay that names no recipient.
        NamesNobody => "names_nobody",
        /// The same event was counted before.
        Duplicate => "duplicate",
        /// An alarm that is not in ALARM.
        AlarmNotRaised => "alarm_not_raised",
        /// An alarm's configuration changed, not its state.
        AlarmConfigurationChange => "alarm_configuration_change",
        /// An alarm state this version does not know.
        UnknownAlarmState => "unknown_alarm_state",
    }
}

reasons! {
    /// Why a message is given back.
    GivenBack {
        /// Not UTF-8, or not JSON although it looks like JSON.
        MalformedJson => "malformed_json",
        /// The Lambda payload, an SQS or SNS record or an SNS envelope is broken.
        MalformedEnvelope => "malformed_envelope",
        /// Envelopes are nested deeper than in any real message.
        NestedTooDeep => "nested_too_deep",
        /// More records or recipients than any real message or batch has.
        OverLimit => "over_limit",
        /// A payload without an envelope that does not say what it is.
        UnknownPayload => "unknown_payload",
        /// An SES event whose fields are missing or of the wrong type.
        MalformedEvent => "malformed_event",
        /// A bounce or complaint with no readable recipient.
        NoRecipient => "no_recipient",
        /// An alarm whose fields are missing or of the wrong type.
        MalformedAlarm => "malformed_alarm",
        /// An AWS call did not succeed; another try may.
        CallFailed => "call_failed",
        /// The invocation ran out of time.
        OutOfTime => "out_of_time",
        /// A bug: the record's processing panicked.
        Panicked => "panicked",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_unique_and_fit_a_metric_dimension() {
        let codes: Vec<&str> = Acted::ALL
            .iter()
            .map(|r| r.code())
            .chain(Ignored::ALL.iter().map(|r| r.code()))
            .chain(GivenBack::ALL.iter().map(|r| r.code()))
            .collect();
        assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), codes.len());
        assert!(codes.iter().all(|c| c.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')));
    }

    #[test]
    fn an_outcome_names_itself_and_its_reason() {
        let outcome = Outcome::from(Ignored::Echo);
        assert_eq!((outcome.name(), outcome.reason()), ("ignored", "echo"));
        assert!(Outcome::from(GivenBack::CallFailed).is_given_back());
    }
}
