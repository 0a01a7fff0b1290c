//! Headline, reasons and advice of the notice about an incident.

use super::{AlarmFacts, Facts, MAX_ALARMS, command, place, quote};
use crate::guard::confidence::{Reason, Verdict};
use crate::guard::record::Target;
use crate::guard::{Action, Label, Measure, Scope, Severity, TellOnly};

/// What happened, in one line.
pub(super) fn headline(facts: &Facts<'_>) -> String {
    let label = facts.alarm.label;
    let target =
        label.map_or_else(|| format!("alarm {}", quote(facts.alarm.name)), |l| watched_by(l, true));
    let region = facts.place.map(|place| format!(" in {}", place.region)).unwrap_or_default();
    let rates = rates(facts);
    let measure = match (label, rates.as_slice()) {
        (None, _) => "alarm".to_owned(),
        (Some(_), []) => "mail by unexpected senders".to_owned(),
        (Some(_), [one]) => format!("{} rate", one.name()),
        (Some(_), [..]) => "bounce and complaint rates".to_owned(),
    };
    let (too_high, rising) = match rates.as_slice() {
        [] if label.is_some() => ("", ""),
        [] | [_] => (" too high", " is rising"),
        [..] => (" too high", " are rising"),
    };
    match facts.action {
        Action::Pause(paused) => {
            format!("ses-warden paused {}{region}: {measure}{too_high}", name(paused))
        }
        Action::Observe(wanted) => {
            format!("ses-warden would pause {}{region}: {measure}{too_high}", name(wanted))
        }
        Action::Tell(TellOnly::NotProven) => {
            format!("ses-warden warns: {measure} of {target}{region}, not proven yet")
        }
        Action::Tell(TellOnly::Warning) => {
            format!("ses-warden warns: {measure} of {target}{region}{rising}")
        }
        Action::Tell(_) => format!("ses-warden paused nothing{region}: {measure} of {target}"),
    }
}

/// The rates that the alarms watch which ask for what is done: those of the critical
/// ones, where the leader is one, and of a pause those that our counts do not deny.
fn rates(facts: &Facts<'_>) -> Vec<Measure> {
    let leader = facts.alarm.label.map(|l| l.severity);
    let pauses = matches!(facts.action, Action::Pause(_) | Action::Observe(_));
    let asks = |alarm: &&AlarmFacts<'_>| !pauses || is_proven(alarm) || alarm.proof.is_none();
    let all = std::iter::once(&facts.alarm)
        .chain(facts.others)
        .filter(asks)
        .filter_map(|alarm| alarm.label);
    let mut rates: Vec<Measure> = Vec::new();
    for rate in all.filter(|l| Some(l.severity) == leader).filter_map(|l| l.watched.rate()) {
        if !rates.contains(&rate) {
            rates.push(rate);
        }
    }
    rates
}

fn is_proven(alarm: &AlarmFacts<'_>) -> bool {
    alarm.proof.is_some_and(|verdict| verdict.severity == Some(Severity::Critical))
}

/// What an alarm watches, with the word for what it is or, of a domain, without.
fn watched_by(label: &Label, with_word: bool) -> String {
    match &label.scope {
        Scope::Account => "the account".to_owned(),
        Scope::Domain(domain) if !with_word => quote(domain),
        Scope::Tenant(arn) => format!("tenant {}", quote(tenant_name(arn))),
        Scope::Domain(name) | Scope::ConfigurationSet(name) => {
            format!("{} {}", label.scope.name().replace('-', " "), quote(name))
        }
    }
}

pub(super) fn name(target: &Target) -> String {
    match target {
        Target::Account => "the account".to_owned(),
        Target::Sets(sets) => {
            let word = if sets.len() == 1 { "configuration set" } else { "configuration sets" };
            format!("{word} {}", quoted(sets).join(", "))
        }
        Target::Tenant(arn) => format!("tenant {}", quote(tenant_name(arn))),
    }
}

fn quoted(names: &[String]) -> Vec<String> {
    names.iter().map(|name| quote(name)).collect()
}

fn tenant_name(arn: &str) -> &str {
    arn.split_once(":tenant/").and_then(|(_, rest)| rest.split('/').next()).unwrap_or(arn)
}

/// Where, when, and what AWS thinks.
pub(super) fn situation(facts: &Facts<'_>) -> Vec<String> {
    vec![
        place::sentence(facts.place),
        format!(
            "guard acted at {}. Enforcement status of the account: {}.",
            facts.at,
            facts.enforcement_status.name()
        ),
    ]
}

/// First what was counted, then the alarms in CloudWatch's words.
pub(super) fn why(facts: &Facts<'_>) -> Vec<String> {
    let listed = || std::iter::once(&facts.alarm).chain(facts.others.iter().take(MAX_ALARMS));
    let mut lines: Vec<String> = Vec::new();
    let (proven, others): (Vec<_>, Vec<_>) = listed().partition(|alarm| is_proven(alarm));
    for line in proven.into_iter().chain(others).flat_map(counted) {
        // The alarms of both windows and of both severities rest on the same counts.
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    if !lines.is_empty() {
        lines.push(
            "An alarm only makes guard count, so that it may ring at a lower rate than the one at which guard pauses."
                .into(),
        );
    }
    lines.extend(listed().map(rang));
    if facts.others.len() > MAX_ALARMS {
        lines.push(format!(
            "{} more alarms of this incident are not listed.",
            facts.others.len() - MAX_ALARMS
        ));
    }
    lines
}

fn counted(alarm: &AlarmFacts<'_>) -> Vec<String> {
    let Some((label, verdict)) = alarm.label.zip(alarm.proof) else { return Vec::new() };
    let resumed = alarm.after.map(|(at, other)| {
        format!(
            "What came before {at} does not count: guard paused for it, for alarm {}, and was resumed.",
            quote(other)
        )
    });
    std::iter::once(judgement(label, verdict)).chain(resumed).collect()
}

fn rang(alarm: &AlarmFacts<'_>) -> String {
    let reason = quote(alarm.reason);
    let said = if reason.is_empty() { ".".to_owned() } else { format!(": {reason}") };
    format!("Alarm {} went into ALARM at {}{said}", quote(alarm.name), alarm.episode)
}

/// The numbers behind a judgement, in a sentence.
fn judgement(label: &Label, verdict: &Verdict) -> String {
    let f = &verdict.finding;
    let window = match f.seconds {
        s if s >= 7200 => format!("{} hours", s / 3600),
        s => format!("{} minutes", s / 60),
    };
    let events = match label.watched.rate() {
        Some(Measure::Complaint) => "led to complaints",
        Some(Measure::Bounce) | None => "bounced for good",
    };
    let surge = if f.surge { ", more mail than usual at this time" } else { "" };
    let (bound, threshold) = (percent(f.lower_bound), percent(f.threshold));
    let at_least = format!("at least {bound} with 97.5 % confidence");
    let said = match (f.reason, f.severity) {
        (Reason::TooFew, _) => "too few to prove anything".to_owned(),
        (Reason::Passed, _) => {
            format!("{at_least}, beyond {threshold} where guard pauses, but it has passed since")
        }
        (Reason::Proven, Some(Severity::Critical)) => {
            format!("{at_least}; guard pauses beyond {threshold}")
        }
        (Reason::Proven, Some(Severity::Warn) | None) => {
            format!("{at_least}, beyond {threshold} where guard warns, and below where it pauses")
        }
        (Reason::NotProven, _) => format!("{at_least}, not beyond {threshold} where guard warns"),
    };
    format!(
        "{}: in the last {window} {} of {} mails {events} ({}{surge}), {said}.",
        watched_by(label, false),
        f.events,
        f.total,
        percent(f.rate)
    )
}

fn percent(rate: f64) -> String {
    format!("{:.2} %", 100.0 * rate)
}

pub(super) fn state(facts: &Facts<'_>) -> Vec<String> {
    let text = match facts.action {
        Action::Pause(Target::Account) => {
            "The whole account in this Region: no mail leaves through SES. Mail accepted before may still go out, and \
             its bounces still come in."
                .into()
        }
        Action::Pause(Target::Sets(sets)) => format!(
            "Mail that names {}. Mail that names another configuration set, or none, still goes out.",
            quoted(sets).join(" or ")
        ),
        Action::Pause(Target::Tenant(arn)) => {
            format!("All mail of tenant {}. Other tenants still send.", quote(arn))
        },
        Action::Observe(wanted) => format!("Nothing: guard is set to observe. It would pause {}.", name(wanted)),
        Action::Tell(TellOnly::Warning) => "Nothing. This alarm only warns; a critical one pauses.".into(),
        Action::Tell(TellOnly::Unlabelled) => {
            "Nothing: the alarm's tags do not say what it watches (ses-warden:scope, :target, :measure, :severity)."
                .into()
        }
        Action::Tell(TellOnly::ForeignMetric) => {
            "Nothing: by its tags this alarm watches unexpected senders, but it does not watch the metric \
             UnexpectedSender of this stack, so guard does not believe it."
                .into()
        }
        Action::Tell(TellOnly::ShutDown) => "Nothing by us: AWS has shut down sending for this account.".into(),
        Action::Tell(TellOnly::AccountPaused) => "Nothing new: the account was paused already.".into(),
        Action::Tell(TellOnly::SetsPaused) => {
            "Nothing new: the configuration sets concerned were paused already.".into()
        }
        Action::Tell(TellOnly::TenantPaused) => "Nothing new: the tenant was paused already.".into(),
        Action::Tell(TellOnly::NoSuchTenant) => "Nothing: there is no tenant of that ARN.".into(),
        Action::Tell(TellOnly::Protected) => {
            "Nothing: the configuration sets concerned are protected; only an account pause stops them. guard looks \
             again while the alarm lasts, should another set carry this mail."
                .into()
        }
        Action::Tell(TellOnly::NotProven) => {
            "Nothing: the counts do not prove a rate that pauses. They are judged again every few minutes while the \
             alarm lasts; you hear of it again only if something is paused."
                .into()
        }
        Action::Tell(TellOnly::NoSuchSet) => {
            "Nothing: no configuration set carries this mail, as far as CloudWatch lists it, so only an account pause \
             would stop it. guard looks again while the alarm lasts."
                .into()
        }
    };
    let by = facts.paused_by.map(|by| format!("Paused by {}.", quote(by))).unwrap_or_default();
    let again = if facts.sends_again {
        "Somebody has resumed it since; guard leaves that alone."
    } else {
        ""
    };
    let missing = facts
        .missing
        .iter()
        .map(|part| format!("NOT paused yet, guard tries again: {}.", quote(part)));
    [text, by, again.to_owned()].into_iter().chain(missing).collect()
}

pub(super) fn checks(facts: &Facts<'_>) -> Vec<String> {
    let mut lines = vec![
        "Who sends? Compare caller identities and source addresses with the ones you know. If one is strange, \
         deactivate its access key before anything else:"
            .to_owned(),
    ];
    let named: Vec<&str> =
        facts.evidence.callers.iter().filter_map(|c| user_name(&c.name)).take(3).collect();
    if facts.evidence.callers.is_empty() && facts.evidence.sources.is_empty() {
        lines.push(
            "  Counted in the last hour: nobody outside AllowedCallerIdentities and AllowedSourceCidrs. Where these are \
             not set, nobody is counted; CloudTrail and the tags of SES's events then say who sent."
                .into(),
        );
    }
    if named.is_empty() {
        lines.push("  aws iam list-access-keys --user-name USER".into());
        lines.push(
            "  aws iam update-access-key --user-name USER --access-key-id KEY --status Inactive"
                .into(),
        );
        lines.push(
            "  Of a role, revoke the sessions: IAM console, the role, Revoke sessions.".into(),
        );
    }
    for user in named {
        lines.push(format!("  aws iam list-access-keys --user-name {user}"));
        lines.push(format!(
            "  aws iam update-access-key --user-name {user} --access-key-id KEY --status Inactive"
        ));
    }
    lines.push(
        "Let each sender send from its own addresses only; attach to its user or role, with your networks:".into(),
    );
    lines.push(
        r#"  {"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"ses:Send*","Resource":"*","Condition":{"NotIpAddress":{"aws:SourceIp":["192.0.2.0/24"]}}}]}"#.into(),
    );
    for rate in rates(facts) {
        lines.push(match rate {
            Measure::Bounce => {
                "Which list? Hard bounces at this rate come from an old or bought list: stop the campaign and remove it."
                    .into()
            }
            Measure::Complaint => {
                "Did these people ask for this mail? Check the list's origin and that unsubscribing works with one click."
                    .into()
            }
        });
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

pub(super) fn next_steps(facts: &Facts<'_>) -> Vec<String> {
    let place = facts.place;
    let by_hand = |target: &Target| -> Vec<String> {
        command::pause(target, place)
            .into_iter()
            .map(|line| format!("Pause by hand if you must: {line}"))
            .collect()
    };
    let handled =
        "This episode of the alarm is now handled; guard speaks again at the next one.".to_owned();
    match facts.action {
        Action::Pause(target) => {
            let commands = command::resume(target, place);
            let mut lines: Vec<String> =
                commands.iter().map(|line| format!("Resume: {line}")).collect();
            if commands.len() < target.parts().len() {
                lines.push("Resume what has no command here in the SES console: its name cannot stand in one.".into());
            }
            if matches!(target, Target::Sets(_)) {
                lines.push("Resuming a configuration set starts its reputation metrics afresh (AWS does that).".into());
            }
            lines.push(
                "guard will not pause again for this episode of the alarm; it will for a new one."
                    .into(),
            );
            lines
        }
        Action::Observe(wanted) => by_hand(wanted),
        Action::Tell(TellOnly::Warning) => {
            vec!["Find the cause now, before the critical alarm pauses.".into()]
        }
        Action::Tell(TellOnly::NotProven) => {
            vec!["Look for the cause now, before the counts prove it.".into()]
        }
        Action::Tell(TellOnly::ShutDown) => {
            vec!["Open the case that AWS sent you; nothing here can resume sending.".into()]
        }
        Action::Tell(TellOnly::Protected | TellOnly::NoSuchSet) => by_hand(&Target::Account),
        Action::Tell(TellOnly::ForeignMetric) => vec![
            "Find out who made or tagged this alarm: PutMetricAlarm and TagResource in CloudTrail. Whoever may do \
             that can make guard pause; see docs/SECURITY.md."
                .into(),
            handled,
        ],
        Action::Tell(TellOnly::Unlabelled) => {
            vec![
                "Tag the alarm, so that guard knows what it may do; see docs/RUNBOOK.md.".into(),
                handled,
            ]
        }
        Action::Tell(
            TellOnly::AccountPaused
            | TellOnly::SetsPaused
            | TellOnly::TenantPaused
            | TellOnly::NoSuchTenant,
        ) => vec![handled],
    }
}
