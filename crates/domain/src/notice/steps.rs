//! What to check, and how to go on.

use super::{Facts, command, place::Place, words};
use crate::address::normalize_domain;
use crate::bounce::BounceClass;
use crate::guard::record::Target;
use crate::guard::{Action, Measure, NotifyOnly};

/// Indentation of what is to be copied.
const COPY: &str = "  ";
/// Callers for which there is a command.
const MAX_CALLERS: usize = 3;
/// Domains for which there is a command.
const MAX_DOMAINS: usize = 3;

/// A policy that lets a sender send from its own networks only.
const ONLY_FROM_OWN_NETWORKS: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Deny",
      "Action": "ses:Send*",
      "Resource": "*",
      "Condition": { "NotIpAddress": { "aws:SourceIp": ["192.0.2.0/24"] } }
    }
  ]
}"#;

/// What to check first.
pub(super) fn checks(facts: &Facts<'_>) -> Vec<String> {
    let mut lines = vec![
        "Who sends? Compare the callers and source addresses of the last hour with those you know."
            .to_owned(),
    ];
    if facts.last_hour.callers.is_empty() && facts.last_hour.sources.is_empty() {
        lines.push(
            "ses-warden counted no unexpected sender in the last hour. It can count them only if the parameters \
             AllowedCallerIdentities and AllowedSourceCidrs are set; otherwise CloudTrail and the tags of SES's events \
             say who sent."
                .into(),
        );
    }
    lines.push("If a caller is strange, deactivate its access key before anything else:".into());
    let callers = facts.last_hour.callers.iter();
    let named: Vec<&str> =
        callers.filter_map(|caller| user_name(&caller.name)).take(MAX_CALLERS).collect();
    for user in if named.is_empty() { vec!["USER"] } else { named.clone() } {
        lines.push(format!("{COPY}aws iam list-access-keys --user-name {user}"));
        lines.push(format!(
            "{COPY}aws iam update-access-key --user-name {user} --access-key-id KEY --status Inactive"
        ));
    }
    if named.is_empty() {
        lines.push("For a role: IAM console, the role, Revoke sessions.".into());
    }
    for rate in words::rates(facts) {
        lines.push(match rate {
            Measure::Bounce => {
                "Which list? High bounce rates come from old or bought lists: stop the campaign and remove the list."
                    .into()
            }
            Measure::Complaint => {
                "Did these people ask for this mail? Check the list's origin and that unsubscribing works with one click."
                    .into()
            }
        });
    }
    lines.extend(failing_authentication(facts));
    lines.push(
        "Let each sender send from its own networks only. Attach this policy to its user or role, with your networks:"
            .into(),
    );
    lines.extend(ONLY_FROM_OWN_NETWORKS.lines().map(|line| format!("{COPY}{line}")));
    lines
}

/// Which domains' mail receivers refused for SPF, DKIM or DMARC, and the command that names the
/// failing check. guard asks no DNS: a pause does not wait for a name server.
fn failing_authentication(facts: &Facts<'_>) -> Vec<String> {
    let refused = facts.last_hour.faults.iter().filter_map(|count| {
        let (domain, class) = count.name.rsplit_once(' ')?;
        let is_authentication = class == BounceClass::SenderAuthentication.code();
        let domain = normalize_domain(domain).filter(|_| is_authentication)?;
        Some((domain, count.count))
    });
    let mut lines = Vec::new();
    for (domain, count) in refused.take(MAX_DOMAINS) {
        lines.push(format!(
            "Does mail from {domain} authenticate? {count} bounces of the last hour say that SPF, DKIM or DMARC failed. \
             This names the failing check and the record to publish:"
        ));
        let region = facts.place.map(|place| format!(" --region {}", place.region));
        lines
            .push(format!("{COPY}ses-warden doctor domain {domain}{}", region.unwrap_or_default()));
    }
    lines
}

/// The IAM user in a caller identity (a plain name or a user's ARN), where it is a
/// name that can stand in a command as it is. A name comes out of mail events.
fn user_name(identity: &str) -> Option<&str> {
    let name = match identity.split_once(":user/") {
        Some((arn, path)) if arn.starts_with("arn:") => path.rsplit('/').next()?,
        Some(_) => return None,
        None => identity,
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c);
    let is_name =
        !name.is_empty() && name.len() <= 64 && !name.starts_with('-') && name.chars().all(plain);
    (is_name && name != "other" && name != "unknown").then_some(name)
}

/// How to go on, with the commands for it.
pub(super) fn next_steps(facts: &Facts<'_>) -> Vec<String> {
    let place = facts.place;
    let handled =
        "guard sends another notice when this alarm has been OK and goes into ALARM again."
            .to_owned();
    match facts.action {
        Action::Pause(target) => {
            let mut lines = Vec::new();
            for part in facts.missing {
                lines.push(format!(
                    "Pause {} by hand if it cannot wait:",
                    words::name(&part.target)
                ));
                lines.extend(copied(&command::pause(&part.target, place)));
            }
            lines.extend(how_to_resume(target, place));
            lines.push(
                "guard does not pause again while this alarm stays in ALARM; it may when the alarm has been OK and goes \
                 into ALARM again."
                    .into(),
            );
            lines
        }
        Action::Observe(wanted) => by_hand(wanted, place),
        Action::Nothing => Vec::new(),
        Action::Notify(NotifyOnly::Warning) => {
            vec!["Find the cause now, before the critical alarm pauses.".into()]
        }
        Action::Notify(NotifyOnly::NotProven) => {
            vec!["Find the cause now, before the counts prove it.".into()]
        }
        Action::Notify(NotifyOnly::ShutDown) => {
            vec!["Answer the case that AWS sent you; nothing here can resume sending.".into()]
        }
        Action::Notify(
            NotifyOnly::Protected | NotifyOnly::NoSuchSet | NotifyOnly::PauseUnknown,
        ) => by_hand(&Target::Account, place),
        Action::Notify(NotifyOnly::NotUnderstood) => {
            vec![
                "Define the alarm as one that guard knows, or give it a name that does not begin with the \
                 stack's; see docs/RUNBOOK.md."
                    .into(),
                handled,
            ]
        }
        Action::Notify(
            NotifyOnly::AccountPaused
            | NotifyOnly::SetsPaused
            | NotifyOnly::TenantPaused
            | NotifyOnly::NoSuchTenant,
        ) => vec![handled],
    }
}

fn how_to_resume(target: &Target, place: Option<&Place>) -> Vec<String> {
    let commands = command::resume(target, place);
    let mut lines = vec!["Resume it once the cause is gone:".to_owned()];
    lines.extend(copied(&commands));
    if commands.len() < target.parts().len() {
        lines.push(
            "What has no command here has a name that cannot stand in one: resume it in the SES console.".into(),
        );
    }
    if matches!(target, Target::Sets(_)) {
        lines.push(
            "AWS then starts the reputation metrics of the configuration set from zero.".into(),
        );
    }
    lines
}

fn by_hand(target: &Target, place: Option<&Place>) -> Vec<String> {
    let mut lines = vec!["Pause by hand if you must:".to_owned()];
    lines.extend(copied(&command::pause(target, place)));
    lines
}

fn copied(commands: &[String]) -> impl Iterator<Item = String> {
    commands.iter().map(|command| format!("{COPY}{command}"))
}
