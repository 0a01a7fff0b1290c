//! What the stack does by itself, and what the report does not know.

use jiff::{SignedDuration, Timestamp};

use super::super::read::{EvidenceReadings, Points};
use super::super::window::Window;
use super::{safe, shown};
use crate::frame::terminal::counted;

/// What the installed stack does by itself, one sentence each.
pub(super) fn automated(found: &EvidenceReadings) -> Vec<String> {
    let Some(stack) = &found.stack else { return Vec::new() };
    let setting = |name: &str| stack.parameters.get(name).map(String::as_str);
    let mut lines = vec![
        "Hard bounces and complaints reach the account's suppression list within minutes, judged \
         by the receiver's reply: mail to these addresses is not tried again."
            .to_owned(),
    ];
    let alarms = found.alarms.as_ref();
    let count =
        |word: &str| alarms.and_then(|alarms| alarms.get(word)).copied().unwrap_or_default();
    if count("warn") + count("critical") > 0 {
        lines.push(format!(
            "CloudWatch watches bounce and complaint rates of the account, of configuration sets and \
             of sender domains: {} warn, {} are critical.",
            counted(count("warn"), "alarm", "alarms"),
            count("critical")
        ));
    }
    lines.push(match setting("GuardMode") {
        Some("act") => {
            "A critical alarm pauses the configuration set that carries the mail, or the \
                        account, once the counts prove the rate. Only a person resumes it."
                .to_owned()
        }
        Some(_) => "A critical alarm is reported with what would be paused; nothing is paused \
                    automatically (GuardMode=observe)."
            .to_owned(),
        None => "Critical alarms are reported to the operators.".to_owned(),
    });
    if let Some(minutes) = setting("MaxPauseMinutes").filter(|minutes| *minutes != "0") {
        lines.push(format!(
            "A pause ends by itself after {minutes} minutes, if the alarm is OK and AWS reports no problem."
        ));
    }
    if setting("AllowedCallerIdentities").is_some_and(|list| !list.is_empty())
        || setting("AllowedSourceCidrs").is_some_and(|list| !list.is_empty())
    {
        lines.push(
            "Mail by callers or from networks that are on no list is counted and raises an alarm."
                .to_owned(),
        );
    }
    lines
}

pub(super) fn gaps(
    found: &EvidenceReadings,
    window: Window,
    has_incident: bool,
    fixed: &[String],
) -> Vec<String> {
    let mut gaps: Vec<String> = found.failures.iter().map(|why| safe(why)).collect();
    if fixed.is_empty() {
        gaps.push(
            "Nobody has said what was fixed: give --fixed, once for each measure.".to_owned(),
        );
    }
    if !has_incident {
        gaps.push(
            "The history knows of no pause in this time, so that rates before and after cannot be \
             compared: give --incident."
                .to_owned(),
        );
    }
    let is_silent = |points: &Points| points.is_empty();
    if found.counts.iter().all(is_silent) {
        gaps.push(
            "ses-warden counted no mail in this time: it was not installed, or not connected."
                .to_owned(),
        );
    } else if let Some((first, _)) = found.counts.iter().flatten().min_by_key(|(at, _)| *at)
        && first - window.start.as_second() > 86_400
    {
        let at = Timestamp::from_second(*first).map(shown).unwrap_or_default();
        gaps.push(format!("The counts begin at {at}; what was sent before was not counted."));
    }
    if found.reputation.iter().all(is_silent) {
        gaps.push("AWS published no reputation metrics of the account in this time.".to_owned());
    }
    if let Some(decisions) = &found.decisions {
        if decisions.bounces == 0 {
            gaps.push(
                "The journal holds no bounce of this time, so there are no texts.".to_owned(),
            );
        }
        if decisions.beyond > 0 {
            gaps.push(format!(
                "{} bounces have further texts that are not listed.",
                decisions.beyond
            ));
        }
    } else if found.failures.is_empty() {
        gaps.push("The journal's decisions were not read (--no-texts).".to_owned());
    }
    if found.callers.is_empty() && found.sources.is_empty() {
        gaps.push(
            "No unexpected sender was counted. ses-warden counts callers and source addresses only \
             where AllowedCallerIdentities or AllowedSourceCidrs say who may send."
                .to_owned(),
        );
    }
    if let Some((_, false)) = found.listed {
        gaps.push("Only the first 20,000 entries of the suppression list were counted.".to_owned());
    }
    let age = Timestamp::now().duration_since(window.start);
    if age > SignedDuration::from_hours(14 * 24) {
        gaps.push(
            "Domains, classes and callers that had no event within the last two weeks are missing: \
             CloudWatch does not list them any more."
                .to_owned(),
        );
    }
    let step = if window.step == 3_600 { "hour" } else { "day" };
    gaps.push(format!(
        "Counts are by the {step}, and a phase begins with the {step} it begins in."
    ));
    gaps
}
