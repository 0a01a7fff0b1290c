//! Whether a bounced recipient counts as hard, soft, undetermined or an echo.

use crate::bounce::Classification;
use crate::event::{Bounce, BounceType, BouncedRecipient};
use crate::suppression::is_delayed;

/// What a bounced recipient counts as. SES says it of the whole bounce, the receiver of
/// each recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum BounceKind {
    Hard,
    Soft,
    Undetermined,
    Echo,
}

impl BounceKind {
    pub(super) fn of(
        bounce: &Bounce,
        recipient: &BouncedRecipient,
        finding: Option<&Classification>,
    ) -> Self {
        match Self::of_whole(bounce) {
            Self::Hard if finding.is_some_and(|finding| is_delayed(recipient, finding)) => {
                Self::Soft
            }
            kind @ (Self::Hard | Self::Soft | Self::Undetermined | Self::Echo) => kind,
        }
    }

    pub(super) fn of_whole(bounce: &Bounce) -> Self {
        match &bounce.bounce_type {
            _ if bounce.sub_type.is_echo() => Self::Echo,
            BounceType::Permanent => Self::Hard,
            BounceType::Transient => Self::Soft,
            BounceType::Undetermined | BounceType::Unknown(_) => Self::Undetermined,
        }
    }
}
