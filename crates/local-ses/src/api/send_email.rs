//! SendEmail: refused, or accepted and played to its end.

use axum::http::StatusCode;
use serde_json::json;

use crate::address;
use crate::app::{App, missing_set};
use crate::attempt::Attempt;
use crate::clock;
use crate::deliverability::{Labels, isp};
use crate::effective::Effective;
use crate::events::{self, Event, EventType};
use crate::identifiers::message_id;
use crate::mailbox::{Kind, Outcome};
use crate::message::Message;
use crate::publication::Publication;
use crate::reputation::Fate;
use crate::state::State;
use crate::submission::{self, Submission};
use crate::suppression::{Entry, Reason};
use crate::tenants::SendingStatus;
use crate::vdm::Switch;
use crate::wire::{Answer, Request, WireError};

/// SendEmail.
pub(crate) async fn send(app: &App, request: &Request) -> Answer {
    let mut submission = submission::read(request.json()?)?;
    if submission.configuration_set.is_none() {
        submission.configuration_set = default_set(&app.state(), &submission.from);
    }
    if let Some(set) = &submission.configuration_set {
        app.refresh_set(set).await?;
    }
    let mut state = app.state();
    let state = &mut *state;
    refuse(app, state, app.region(request), &submission)?;
    if let Some(name) = &submission.tenant {
        let tenant = state.regions.get(app.region(request)).tenant(name)?;
        if tenant.sending_status() == SendingStatus::Disabled {
            return Err(paused(format!("Sending is paused for tenant <{name}>.")));
        }
    }
    let message = accept(app, state, request, submission);
    let events = play(app, state, &message, app.region(request));
    let publications = match state.sets.get(&message.configuration_set) {
        Some(set) => events
            .iter()
            .flat_map(|event| {
                set.topics_for(event.event_type)
                    .map(|topic| Publication::event(&message, event, topic))
            })
            .collect(),
        None => vec![],
    };
    app.publish(state, publications);
    Ok(json!({"MessageId": message.message_id}))
}

/// The set that the sending identity names for mail without one.
fn default_set(state: &State, from: &str) -> Option<String> {
    let address = address::bare(from);
    let domain = address::domain(address).to_ascii_lowercase();
    state
        .identities
        .get(address)
        .or_else(|| state.identities.get(&domain))
        .and_then(|identity| identity.configuration_set.clone())
}

/// Refuses what SES refuses before it accepts a message.
fn refuse(
    app: &App,
    state: &State,
    region: &str,
    submission: &Submission,
) -> Result<(), WireError> {
    let bad =
        |code: &str, message: String| Err(WireError::new(StatusCode::BAD_REQUEST, code, message));
    let account = &state.account;
    if account.enforcement_status == "SHUTDOWN" {
        return bad(
            "AccountSuspendedException",
            "The account's ability to send email has been permanently restricted.".to_owned(),
        );
    }
    if !account.sending_enabled {
        let account = &app.settings.account_id;
        return Err(paused(format!("Sending is paused for account {account}.")));
    }
    if let Some(name) = &submission.configuration_set {
        let set = state.sets.get(name).ok_or_else(|| missing_set(name))?;
        if !set.sending_enabled {
            return Err(paused(format!("Sending is paused for configuration set <{name}>.")));
        }
    }
    let mut unverified = Vec::new();
    let from = address::bare(&submission.from);
    if account.enforce_identities && !state.is_verified(from) {
        unverified.push(from);
    }
    if !account.production_access_enabled {
        let recipients = submission.recipients().map(|text| address::bare(text));
        unverified.extend(recipients.filter(|recipient| {
            address::simulator_mailbox(recipient).is_none() && !state.is_verified(recipient)
        }));
    }
    if unverified.is_empty() {
        return Ok(());
    }
    bad(
        "MessageRejected",
        format!(
            "Email address is not verified. The following identities failed the check in region \
             {}: {}",
            region.to_uppercase(),
            unverified.join(", ")
        ),
    )
}

fn paused(message: String) -> WireError {
    WireError::new(StatusCode::BAD_REQUEST, "SendingPausedException", message)
}

fn accept(app: &App, state: &State, request: &Request, submission: Submission) -> Message {
    let now_ms = clock::now_ms();
    let from = address::bare(&submission.from);
    let identity = if state.identities.contains_key(from) {
        from.to_owned()
    } else {
        address::domain(from).to_ascii_lowercase()
    };
    let sender =
        request.access_key_id().and_then(|key| state.senders.get(key)).cloned().unwrap_or_default();
    Message {
        message_id: message_id(now_ms),
        accepted_ms: now_ms,
        source_arn: format!(
            "arn:aws:ses:{}:{}:identity/{identity}",
            app.region(request),
            app.settings.account_id
        ),
        account_id: app.settings.account_id.clone(),
        destination: submission.recipients().cloned().collect(),
        from: submission.from,
        from_domain: submission.from_domain,
        to: submission.to,
        cc: submission.cc,
        subject: submission.subject,
        headers: submission.headers,
        configuration_set: submission.configuration_set.unwrap_or_default(),
        tenant: submission.tenant,
        sender,
        tags: submission.tags,
    }
}

/// Decides the outcome of an accepted message, records it, and returns the events.
fn play(app: &App, state: &mut State, message: &Message, region: &str) -> Vec<Event> {
    let now_ms = clock::now_ms();
    let recipients: Vec<&str> =
        message.destination.iter().map(|text| address::bare(text)).collect();
    let effective = Effective::of(
        state.sets.get(&message.configuration_set),
        message.tenant.as_deref(),
        state.regions.get(region),
        &state.account.suppressed_reasons,
    );
    let mut fates = Vec::with_capacity(recipients.len());
    for recipient in &recipients {
        let withheld =
            effective.list(state.regions.get(region)).withholds(recipient, &effective.reasons);
        let fate = match withheld {
            Some(reason) => Play::Withheld(reason),
            None => Play::Attempted(state.mailboxes.draw(recipient)),
        };
        fates.push((*recipient, fate));
    }

    state.account.sent_since_publication = true;
    state.account.sent += fates
        .iter()
        .filter(|(recipient, _)| address::simulator_mailbox(recipient).is_none())
        .map(|_| 1)
        .sum::<u64>();

    // Rendering and the malware check concern the message, not a recipient.
    if fates.iter().any(|(_, play)| play.is(Kind::RenderingFailure)) {
        return vec![events::rendering_failure(message)];
    }
    let mut published = vec![events::send(message)];
    if fates.iter().any(|(_, play)| play.is(Kind::Reject)) {
        published.push(events::reject(message));
        return published;
    }
    for (recipient, play) in fates {
        let attempt = Attempt { message, recipient, now_ms, region };
        match play {
            Play::Withheld(reason) => published.push(attempt.withheld(reason, effective.scope)),
            Play::Attempted(outcome) => {
                let events = attempt.events(&outcome);
                book(app, state, attempt, &effective, &outcome, events.last());
                count(state, attempt, &outcome, &events);
                published.extend(events);
            }
        }
    }
    published
}

/// What happens to one recipient's copy.
enum Play {
    /// A list holds the address; nothing is attempted.
    Withheld(Reason),
    Attempted(Outcome),
}

impl Play {
    fn is(&self, kind: Kind) -> bool {
        matches!(self, Self::Attempted(outcome) if outcome.outcome == kind)
    }
}

/// Counts an attempt for the Virtual Deliverability Manager, which leaves out mail to several.
fn count(state: &mut State, attempt: Attempt<'_>, outcome: &Outcome, events: &[Event]) {
    let Attempt { message, recipient, now_ms, .. } = attempt;
    let is_left_out =
        message.destination.len() > 1 || address::simulator_mailbox(recipient).is_some();
    if is_left_out || state.account.vdm.vdm_enabled == Switch::Disabled {
        return;
    }
    let labels = Labels {
        identity: message.source_arn.rsplit('/').next().unwrap_or_default().to_owned(),
        configuration_set: message.configuration_set.clone(),
        isp: isp(address::domain(recipient)),
        tenant: message.tenant.clone().unwrap_or_default(),
    };
    let is_permanent = outcome.bounce_type() == "Permanent";
    let once = events.len() - usize::from(outcome.twice && !events.is_empty());
    let kinds = events.iter().take(once).map(|event| event.event_type);
    for kind in std::iter::once(EventType::Send).chain(kinds) {
        state.deliverability.record(kind, is_permanent, &labels, now_ms);
    }
}

/// Books an attempt: the rates, and SES's own suppression where it is on.
/// Simulator mail counts for neither, nor do bounces at verified domains.
fn book(
    app: &App,
    state: &mut State,
    attempt: Attempt<'_>,
    effective: &Effective,
    outcome: &Outcome,
    event: Option<&Event>,
) {
    let Attempt { message, recipient, region, .. } = attempt;
    if address::simulator_mailbox(recipient).is_some() {
        return;
    }
    // A report that mail was no spam is no complaint.
    let complained =
        outcome.outcome == Kind::Complaint && outcome.feedback_type.as_deref() != Some("not-spam");
    let fate =
        Fate { bounced: outcome.counts_as_bounce() && !state.is_verified(recipient), complained };
    let volume = app.settings.representative_volume;
    state.account.rates.record(fate, volume);
    if let Some(set) = state.sets.get_mut(&message.configuration_set) {
        set.rates.record(fate, volume);
    }
    if !state.account.automatic_suppression || !(outcome.counts_as_bounce() || complained) {
        return;
    }
    let reason = if complained { Reason::Complaint } else { Reason::Bounce };
    if effective.reasons.contains(&reason) {
        let feedback_id = event.and_then(|event| event.feedback_id.clone()).unwrap_or_default();
        let entry = Entry {
            reason,
            updated_ms: clock::now_ms(),
            origin: Some((message.message_id.clone(), feedback_id)),
        };
        effective.list(state.regions.get(region)).put(recipient, entry);
    }
}
