//! The result of one message in `replay`, computed by the functions' own decision code.

use serde::Serialize;
use warden_domain::address::EmailAddress;
use warden_domain::bounce::{BounceClass, Rulebook};
use warden_domain::envelope::Reading;
use warden_domain::event::{Detail, SesEvent};
use warden_domain::guard;
use warden_domain::metrics::{Batch, Config, KnownNames, Recent};
use warden_domain::outcome::{Acted, Outcome};
use warden_domain::suppression::{Judgement, Policy, StrikePolicy, decide, judge_strike};

/// What the functions would do with one message.
#[derive(Debug, Serialize)]
pub struct ReplayedMessage {
    /// The file it came from.
    pub file: String,
    /// Its index among the messages of the file.
    pub index: usize,
    /// `acted`, `ignored` or `given_back`.
    pub outcome: Outcome,
    /// The stable code of the reason.
    pub reason: &'static str,
    /// The event's name, `AlarmMessage`, or `None`.
    pub kind: Option<String>,
    /// The sender's domain.
    pub domain: Option<String>,
    /// What would go on the suppression list.
    pub suppress: Vec<ReplayedPut>,
    /// Each recipient of a bounce or complaint that could be read.
    pub recipients: Vec<Recipient>,
    /// The alarm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alarm: Option<AlarmMessage>,
    /// How many recipients the message had, where it had several: SES ties some events to all. For
    /// the note below the table; it is no member of the JSON.
    #[serde(skip)]
    pub message_recipients: Option<usize>,
}

/// An address that would be put on the list.
#[derive(Debug, Serialize)]
pub struct ReplayedPut {
    /// Masked unless asked for.
    pub address: String,
    /// BOUNCE or COMPLAINT.
    pub reason: &'static str,
}

/// A recipient, and the class of the bounce.
#[derive(Debug, Serialize)]
pub struct Recipient {
    /// Masked unless `--show-addresses` is given; `None` if the text contains no address.
    pub address: Option<String>,
    /// `None` for complaints.
    pub fault: Option<BounceClass>,
}

/// A message about an alarm.
#[derive(Debug, Serialize)]
pub struct AlarmMessage {
    /// The alarm's name.
    pub name: String,
    /// Its ARN, if the message contains one.
    pub arn: Option<String>,
    /// The state it went into.
    pub state: String,
}

/// What the installation remembers that a replay speaks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AssumedJournal {
    /// Nothing yet: a bounce of unknown text is the first of its address.
    Empty,
    /// It has no journal.
    Absent,
}

/// Returns the result of one message, from what the envelope reader decoded.
pub(super) fn replayed(
    file: String,
    index: usize,
    reading: &Reading,
    show: bool,
    rulebook: &Rulebook,
    journal: AssumedJournal,
) -> ReplayedMessage {
    let mut line = ReplayedMessage {
        file,
        index,
        outcome: Outcome::Acted(Acted::Counted),
        reason: "",
        kind: None,
        domain: None,
        suppress: Vec::new(),
        recipients: Vec::new(),
        alarm: None,
        message_recipients: None,
    };
    match reading {
        Reading::Ignored(reason) => line.outcome = (*reason).into(),
        Reading::Broken(reason) => line.outcome = (*reason).into(),
        Reading::Alarm(alarm) => {
            line.kind = Some("Alarm".to_owned());
            line.outcome = match guard::is_trigger(reading) {
                Ok(()) => Outcome::Acted(Acted::AlarmRaised),
                Err(reason) => reason.into(),
            };
            line.alarm = Some(AlarmMessage {
                name: alarm.name.clone(),
                arn: alarm.arn.clone(),
                state: alarm.state.name().to_owned(),
            });
        }
        Reading::Event(event) => decide_event(&mut line, event, reading, show, (rulebook, journal)),
    }
    line.reason = line.outcome.reason();
    line
}

/// suppress handles bounces and complaints, metrics every other SES event.
fn decide_event(
    line: &mut ReplayedMessage,
    event: &SesEvent,
    reading: &Reading,
    show: bool,
    (rulebook, journal): (&Rulebook, AssumedJournal),
) {
    line.kind = Some(event.detail.name().to_owned());
    line.domain = event.mail.domain();
    line.message_recipients = Some(event.mail.destination.len()).filter(|count| *count > 1);
    if matches!(event.detail, Detail::Bounce(_) | Detail::Complaint(_)) {
        let policy = Policy { rulebook: rulebook.clone(), ..Policy::default() };
        let mut decision = decide(event, &policy);
        if journal == AssumedJournal::Empty {
            let strikes = StrikePolicy::default();
            decision = decision.with_strike_verdicts(|judgement, kind| {
                judge_strike((kind, judgement.verdict), event.at_seconds, &[], false, &strikes)
            });
        }
        line.outcome = decision.outcome;
        line.suppress = decision
            .to_suppress()
            .map(|(address, reason)| ReplayedPut {
                address: shown(address, show),
                reason: reason.code(),
            })
            .collect();
        line.recipients =
            decision.judgements.iter().map(|judgement| recipient(judgement, show)).collect();
    } else {
        let (config, recent, mut names) =
            (Config::default(), Recent::new(0), KnownNames::default());
        let now = event.at_seconds.unwrap_or_default();
        line.outcome = Batch::new(&config, &mut names, &recent, now).add(0, reading);
    }
}

fn recipient(judgement: &Judgement, show: bool) -> Recipient {
    Recipient {
        address: judgement.address.as_ref().map(|address| shown(address, show)),
        fault: judgement.finding.map(|finding| finding.class),
    }
}

fn shown(address: &EmailAddress, show: bool) -> String {
    if show { address.expose().to_owned() } else { address.to_string() }
}
