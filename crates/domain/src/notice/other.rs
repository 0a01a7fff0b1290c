//! Notices that are not about an alarm going into ALARM.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::place::{self, Place};
use super::{Notice, command, machine, quote, section, subject, words};
use crate::guard::account::{AwsMessage, AwsMessageKind};
use crate::guard::enforcement::{EnforcementStatus, Transition};
use crate::guard::incident::AlarmEpisode;
use crate::guard::record::Target;
use crate::guard::sweep::FoundSwitch;
use crate::journal::Actor;

/// Which guard notifies, and when.
#[derive(Debug, Clone, Copy)]
pub struct NoticeContext<'a> {
    /// Its account and Region.
    pub place: Option<&'a Place>,
    /// When it acted, as ISO 8601.
    pub at: &'a str,
    /// The notice may have gone out before.
    pub repeats: bool,
}

/// What all of these have.
struct Plain<'a> {
    id: String,
    action: &'static str,
    headline: String,
    sections: Vec<(&'static str, Vec<String>)>,
    more: Value,
    context: NoticeContext<'a>,
}

impl Plain<'_> {
    fn write(self) -> Notice {
        let mut body = String::new();
        let NoticeContext { place, at, repeats } = self.context;
        if repeats {
            body.push_str("This notice may repeat one with the same id.\n\n");
        }
        let _ = writeln!(body, "{}", self.headline);
        section(&mut body, "", &[place::sentence(place)]);
        for (title, lines) in &self.sections {
            section(&mut body, title, lines);
        }
        let _ = write!(body, "\nNotice {}\n", self.id);
        let mut notice = json!({ "version": machine::VERSION, "id": self.id, "repeats": repeats,
            "action": self.action, "at": at, "account": place.map(|place| &place.account),
            "region": place.map(|place| &place.region) });
        if let (Some(notice), Value::Object(more)) = (notice.as_object_mut(), self.more) {
            notice.extend(more);
        }
        let mut attributes = BTreeMap::from([
            ("id", self.id),
            ("action", self.action.to_owned()),
            ("scope", "account".to_owned()),
            ("notice", notice.to_string()),
        ]);
        attributes.extend(place.map(|place| ("region", place.region.clone())));
        Notice { subject: subject(&self.headline), body, attributes }
    }
}

/// AWS changed its verdict on the account.
pub fn enforcement(
    change: &Transition,
    sending_enabled: bool,
    context: NoticeContext<'_>,
) -> Notice {
    let before = change.from.as_ref().map_or("not known", EnforcementStatus::name);
    let means = match &change.to {
        EnforcementStatus::Healthy => "AWS sees no open problem with this account.",
        EnforcementStatus::Probation => {
            "AWS reviews this account. If the problem stays, AWS may pause sending."
        }
        EnforcementStatus::Shutdown => {
            "AWS has paused sending for this account. Nothing of yours can resume it."
        }
        EnforcementStatus::Other(_) => {
            "This version of ses-warden does not know the word; see the AWS Health dashboard."
        }
    };
    let go_on = if change.to == EnforcementStatus::Healthy {
        "There is nothing to do. What ses-warden or a person paused stays paused."
    } else {
        "Answer the case that AWS opened in the Support Center, and remove the cause that it names."
    };
    let sends = if sending_enabled {
        "The account's own sending switch is on."
    } else {
        "The account's own sending switch is off."
    };
    Plain {
        id: change.id(),
        action: "enforcement",
        headline: format!(
            "AWS changed the account's enforcement status{} to {}",
            region(context),
            change.to.name()
        ),
        sections: vec![
            ("What happened", vec![format!("It was {before}. {means}"), sends.to_owned()]),
            ("How to go on", vec![go_on.to_owned()]),
        ],
        more: json!({ "enforcement_status": change.to.name(),
            "enforcement_status_before": change.from.as_ref().map(EnforcementStatus::name),
            "sending_enabled": sending_enabled }),
        context,
    }
    .write()
}

/// A message of AWS's about sending or reputation.
pub fn aws_message(message: &AwsMessage, context: NoticeContext<'_>) -> Notice {
    let (headline, action, go_on) = match message.kind {
        AwsMessageKind::SendingStatus => (
            "SES changed a sending status",
            "sending_status",
            "Look at the tenant in the SES console. What AWS paused (AWS_MANAGED) is between you and AWS: guard never \
             reinstates it.",
        ),
        AwsMessageKind::Advisor => (
            "SES has advice on this account",
            "advisor",
            "The Virtual Deliverability Manager in the SES console says what to change.",
        ),
        AwsMessageKind::Switched { .. } => (
            "Somebody changed a sending switch",
            "switched",
            "If you do not know who did it, look it up in CloudTrail.",
        ),
    };
    Plain {
        id: format!("message/{}", message.id),
        action,
        headline: format!("{headline}{}", region(context)),
        sections: vec![("What happened", said(message)), ("How to go on", vec![go_on.to_owned()])],
        more: members(message),
        context,
    }
    .write()
}

/// Somebody switched sending on while these alarms are in ALARM.
pub fn resumed(message: &AwsMessage, alarms: &[&str], context: NoticeContext<'_>) -> Notice {
    let listed = || alarms.iter().take(super::MAX_ALARMS);
    let mut go_on = vec![
        "If you know who did it and the cause is gone, there is nothing to do: guard does not pause again in this \
         episode of the alarm."
            .to_owned(),
    ];
    let again = message
        .switched
        .as_ref()
        .map(|target| command::pause(target, context.place))
        .unwrap_or_default();
    if !again.is_empty() {
        go_on.push("If not, pause it again:".to_owned());
        go_on.extend(again.into_iter().map(|line| format!("  {line}")));
    }
    let what = message.switched.as_ref().map_or_else(|| "sending".to_owned(), words::name);
    let mut lines = said(message);
    lines.extend(listed().map(|name| format!("Still in ALARM: {}", quote(name))));
    Plain {
        id: format!("message/{}", message.id),
        action: "resumed",
        headline: format!("Somebody resumed {what}{} during an incident", region(context)),
        sections: vec![("What happened", lines), ("How to go on", go_on)],
        more: {
            let names: Vec<Value> = listed().map(|name| json!({ "name": name })).collect();
            let mut more = members(message);
            if let Some(more) = more.as_object_mut() {
                more.insert("alarms".to_owned(), names.into());
            }
            more
        },
        context,
    }
    .write()
}

/// ` in eu-central-1`, where the Region is known.
fn region(context: NoticeContext<'_>) -> String {
    context.place.map(|place| format!(" in {}", place.region)).unwrap_or_default()
}

fn said(message: &AwsMessage) -> Vec<String> {
    let mut lines = vec![
        quote(&message.detail),
        format!("At {}, in event {}.", quote(&message.time), message.id),
    ];
    lines.extend(message.resources.iter().take(10).map(|resource| quote(resource)));
    lines
}

fn members(message: &AwsMessage) -> Value {
    let resources: Vec<String> =
        message.resources.iter().take(10).map(|resource| quote(resource)).collect();
    json!({ "detail": quote(&message.detail), "event_time": quote(&message.time), "resources": resources })
}

/// A pause that guard ended.
#[derive(Debug, Clone, Copy)]
pub struct Resumed<'a> {
    /// The alarm it was made for.
    pub leader: &'a AlarmEpisode,
    /// What was off.
    pub target: &'a Target,
    /// Since when, as ISO 8601.
    pub paused_at: &'a str,
}

/// The notice that guard ended its own pause, after the longest time that the setting allows.
pub fn auto_resumed(resumed: Resumed<'_>, context: NoticeContext<'_>) -> Notice {
    let Resumed { leader, target, paused_at } = resumed;
    let what = words::name(target);
    Plain {
        id: format!("{leader}/lifted"),
        action: "lifted",
        headline: format!("ses-warden resumed {what}{}", region(context)),
        sections: vec![(
            "Why",
            vec![
                format!("ses-warden paused it at {paused_at} for alarm {}.", quote(&leader.alarm)),
                "The alarm is OK again, nobody changed the switch meanwhile, and the longest time for a pause is over \
                 (MaxPauseMinutes)."
                    .to_owned(),
            ],
        )],
        more: json!({ "resumed": machine::paused(target), "alarms": [{ "name": leader.alarm,
            "episode": leader.episode }] }),
        context,
    }
    .write()
}

/// The daily check found switches that somebody changed and of which no event came, and who did it,
/// as far as that is known. `sweep` is the same when the notice is repeated.
pub fn found_switched(
    found: &[(FoundSwitch, Actor)],
    sweep: &str,
    context: NoticeContext<'_>,
) -> Notice {
    let line = |(one, by): &(FoundSwitch, Actor)| {
        let state = if one.sends { "sends" } else { "does not send" };
        let by = match by.identity() {
            "" => "nobody knows who switched it".to_owned(),
            identity => format!("switched by {}", quote(identity)),
        };
        format!("{} {state}; {by}.", words::name(&one.target))
    };
    let switches: Vec<Value> = found
        .iter()
        .map(|(one, by)| {
            let what = machine::paused(&one.target);
            json!({ "what": what, "sends": one.sends, "by": quote(by.identity()) })
        })
        .collect();
    Plain {
        id: format!("found/{sweep}"),
        action: "found_switched",
        headline: format!("The sending of {} targets changed unseen{}", found.len(), region(context)),
        sections: vec![
            ("What the daily check found", found.iter().map(line).collect()),
            (
                "How to go on",
                vec![
                    "If you know who did it, there is nothing to do: guard leaves it as it is. If not, look it up in \
                     CloudTrail, and in the SES console for what AWS itself paused."
                        .to_owned(),
                ],
            ),
        ],
        more: json!({ "switches": switches }),
        context,
    }
    .write()
}

/// guard cannot read or write its journal, and pauses nothing for these alarms.
pub fn journal_unavailable(alarms: &[&str], why: &str, context: NoticeContext<'_>) -> Notice {
    let mut lines = vec![
        "Without the journal guard cannot know what people resumed. Until it can be read again, guard \
         pauses nothing."
            .to_owned(),
        quote(why),
    ];
    let listed = || alarms.iter().take(super::MAX_ALARMS);
    lines.extend(listed().map(|name| format!("In ALARM: {}", quote(name))));
    let mut go_on = vec![
        "Look at the DynamoDB table of the stack (output JournalTable) and at guard's permissions for it."
            .to_owned(),
    ];
    if !alarms.is_empty() {
        go_on.push("Pause by hand if you must:".to_owned());
        let pause = command::pause(&Target::Account, context.place);
        go_on.extend(pause.into_iter().map(|line| format!("  {line}")));
    }
    // The hour: one id for all that is sent within it.
    let hour: String = context.at.chars().take(13).collect();
    Plain {
        id: format!("journal/{hour}"),
        action: "journal_unavailable",
        headline: format!("guard cannot use its journal{}, and pauses nothing", region(context)),
        sections: vec![("What happened", lines), ("How to go on", go_on)],
        more: json!({ "alarms": listed().map(|name| json!({ "name": name })).collect::<Vec<_>>() }),
        context,
    }
    .write()
}
