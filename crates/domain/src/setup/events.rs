//! The events that suppress and metrics use, and the command that asks SES for them.

use serde_json::json;

use super::commands::aws;
use super::context::Context;

/// What suppress and metrics use. OPEN and CLICK are left out: a destination that asks for them
/// makes SES add a pixel and rewrite links in every mail of the set.
pub(super) const EVENTS: [&str; 7] =
    ["SEND", "DELIVERY", "BOUNCE", "COMPLAINT", "REJECT", "DELIVERY_DELAY", "RENDERING_FAILURE"];
pub(super) const FEEDBACK: [&str; 2] = ["BOUNCE", "COMPLAINT"];
pub(super) const TRACKING: [&str; 2] = ["OPEN", "CLICK"];

/// Makes an event destination with the events that suppress and metrics use.
pub(super) fn destination_command(context: &Context<'_>, set: &str, topic: &str) -> String {
    let destination = json!({
        "Enabled": true,
        "MatchingEventTypes": EVENTS,
        "SnsDestination": {"TopicArn": topic},
    });
    aws(
        context.region(),
        &[
            "sesv2",
            "create-configuration-set-event-destination",
            "--configuration-set-name",
            set,
            "--event-destination-name",
            "feedback",
            "--event-destination",
            &destination.to_string(),
        ],
    )
}
