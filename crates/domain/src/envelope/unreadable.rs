//! Judges a text that serde cannot read as a message: it is broken if it names fields of ours, or
//! looks like JSON; any other text is ignored.

use super::Reading;
use crate::outcome::{GivenBack, Ignored};
use crate::wire::Claims;

/// A text that is not JSON, or JSON in which one of our fields has a wrong type.
pub(super) fn unreadable(text: &str) -> Reading {
    if let Some(claims) = Claims::of(text) {
        return if claims.feedback {
            Reading::Broken(GivenBack::MalformedEvent)
        } else if claims.alarm {
            Reading::Broken(GivenBack::MalformedAlarm)
        } else if claims.envelope {
            Reading::Broken(GivenBack::MalformedEnvelope)
        } else {
            Reading::Ignored(Ignored::NotSes)
        };
    }
    if text == "Successfully validated SNS topic for Amazon SES event publishing." {
        return Reading::Ignored(Ignored::SetupNotice);
    }
    let claims = |name: &&str| text.contains(&format!("\"{name}\""));
    if text.starts_with(['{', '[']) || Claims::FEEDBACK.iter().chain(&Claims::ALARM).any(claims) {
        return Reading::Broken(GivenBack::MalformedJson);
    }
    Reading::Ignored(Ignored::NotSes)
}
