//! Addresses that SES may have put on its own list although the sender is to blame.

use serde::Serialize;
use warden_domain::event::SesEvent;
use warden_domain::suppression::Decision;

/// One line of a record. It is kept in the bucket, where addresses may be in clear.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    address: &'a str,
    fault: &'static str,
    rule: &'static str,
    domain: Option<String>,
    message_id: Option<&'a str>,
    feedback_id: Option<&'a str>,
    /// Milliseconds since 1970.
    at: u64,
}

/// The lines for one event; empty where it has no candidate.
pub(crate) fn lines(event: &SesEvent, decision: &Decision, at: u64) -> String {
    let mut text = String::new();
    for judgement in decision.judgements.iter().filter(|judgement| judgement.is_rescue_candidate())
    {
        let (Some(address), Some(finding)) = (&judgement.address, &judgement.finding) else {
            continue;
        };
        let line = Line {
            address: address.expose(),
            fault: finding.class.code(),
            rule: finding.rule,
            domain: event.mail.domain(),
            message_id: event.mail.message_id.as_deref(),
            feedback_id: event.detail.feedback_id(),
            at,
        };
        if let Ok(line) = serde_json::to_string(&line) {
            text.push_str(&line);
            text.push('\n');
        }
    }
    text
}
