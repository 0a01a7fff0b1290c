//! Headline and state of the notice about an incident.

use super::{AlarmFacts, Facts, MAX_ALARMS, place, quote};
use crate::guard::record::Target;
use crate::guard::{Action, Label, Measure, NotifyOnly, Scope, Severity};

/// What happened, in one line.
pub(super) fn headline(facts: &Facts<'_>) -> String {
    let label = facts.alarm.label;
    let target = label.map_or_else(|| format!("alarm {}", quote(facts.alarm.name)), watched_by);
    let region = facts.place.map(|place| format!(" in {}", place.region)).unwrap_or_default();
    let rates = rates(facts);
    let measure = match (label, rates.as_slice()) {
        (None, _) => "alarm".to_owned(),
        (Some(_), []) => "mail by unexpected senders".to_owned(),
        (Some(_), [one]) => format!("{} rate", one.name()),
        (Some(_), [..]) => "bounce and complaint rates".to_owned(),
    };
    let too_high = if rates.is_empty() && label.is_some() { "" } else { " too high" };
    match facts.action {
        Action::Pause(paused) => {
            let but = match facts.missing.len() {
                0 => String::new(),
                count => format!(", but not yet {count} more"),
            };
            format!("ses-warden paused {}{region}{but}: {measure}{too_high}", name(paused))
        }
        Action::Observe(wanted) => {
            format!("ses-warden would pause {}{region}: {measure}{too_high}", name(wanted))
        }
        Action::Notify(NotifyOnly::NotProven) => {
            format!("ses-warden warns: {measure} of {target}{region}, not proven yet")
        }
        Action::Notify(NotifyOnly::Warning) => {
            let high = match rates.as_slice() {
                [] => "",
                [_] => " is high",
                [..] => " are high",
            };
            format!("ses-warden warns: {measure} of {target}{region}{high}")
        }
        Action::Notify(why) => {
            let why = match why {
                NotifyOnly::Warning | NotifyOnly::NotProven => format!("{measure} of {target}"),
                NotifyOnly::NotUnderstood => {
                    format!("guard does not know what {target} watches")
                }
                NotifyOnly::ShutDown => "AWS has shut down the account".to_owned(),
                NotifyOnly::AccountPaused => "the account is paused already".to_owned(),
                NotifyOnly::SetsPaused | NotifyOnly::TenantPaused => {
                    match label.map(|l| &l.scope) {
                        Some(Scope::Domain(_)) => {
                            format!("the sets of {target} are paused already")
                        }
                        _ => format!("{target} is paused already"),
                    }
                }
                NotifyOnly::NoSuchTenant => format!("there is no {target}"),
                NotifyOnly::Protected => format!("{measure} of {target}, whose sets are protected"),
                NotifyOnly::NoSuchSet => format!("{measure} of {target}, which no set carries"),
                NotifyOnly::PauseUnknown => {
                    "it was interrupted, and what it paused sends".to_owned()
                }
            };
            format!("ses-warden paused nothing{region}: {why}")
        }
    }
}

/// The rates that justify this action: those of the critical alarms, where the leader is one, and
/// for a pause only those that our counts do not deny.
pub(super) fn rates(facts: &Facts<'_>) -> Vec<Measure> {
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

/// What an alarm watches, with the word for what it is.
fn watched_by(label: &Label) -> String {
    match &label.scope {
        Scope::Account => "the account".to_owned(),
        Scope::Tenant(arn) => format!("tenant {}", quote(tenant_name(arn))),
        Scope::Domain(name) | Scope::ConfigurationSet(name) => {
            format!("{} {}", label.scope.name().replace('-', " "), quote(name))
        }
    }
}

/// What a pause stops, with the word for what it is.
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

pub(super) fn tenant_name(arn: &str) -> &str {
    arn.split_once(":tenant/").and_then(|(_, rest)| rest.split('/').next()).unwrap_or(arn)
}

/// Where, when, and AWS's verdict.
pub(super) fn place_and_time(facts: &Facts<'_>) -> Vec<String> {
    let status = match facts.enforcement_status {
        Some(status) => status.name(),
        None => "not known, because SES did not answer in time",
    };
    vec![
        place::sentence(facts.place),
        format!("guard acted at {}. AWS's enforcement status of the account: {status}.", facts.at),
    ]
}

/// Why each alarm is in ALARM, in CloudWatch's words.
pub(super) fn alarms(facts: &Facts<'_>) -> Vec<String> {
    let listed = std::iter::once(&facts.alarm).chain(facts.others.iter().take(MAX_ALARMS));
    let mut lines: Vec<String> = listed.map(in_alarm).collect();
    if facts.others.len() > MAX_ALARMS {
        lines.push(format!(
            "{} more alarms of this incident are not listed.",
            facts.others.len() - MAX_ALARMS
        ));
    }
    lines
}

fn in_alarm(alarm: &AlarmFacts<'_>) -> String {
    let reason = quote(alarm.reason);
    let said = if reason.is_empty() { ".".to_owned() } else { format!(": {reason}") };
    format!("{} went into ALARM at {}{said}", quote(alarm.name), alarm.episode)
}

/// What is paused, by whom, and what is not.
pub(super) fn state(facts: &Facts<'_>) -> Vec<String> {
    let by = facts.paused_by.map(|by| format!("Paused by {}.", quote(by))).unwrap_or_default();
    let again = if facts.sends_again {
        "Somebody has resumed it since; guard leaves that alone."
    } else {
        ""
    };
    let missing = facts.missing.iter().map(|part| {
        format!(
            "NOT paused yet: {}, because {}. guard tries again.",
            name(&part.target),
            quote(&part.why)
        )
    });
    [paused(facts.action), by, again.to_owned()].into_iter().chain(missing).collect()
}

fn paused(action: &Action) -> String {
    let why = match action {
        Action::Pause(Target::Account) => {
            return "All mail of the account in this Region is refused. Mail that SES accepted before may still go out, \
                    and its bounces still come in."
                .into();
        }
        Action::Pause(Target::Sets(sets)) => {
            return format!(
                "Mail that names {} is refused. Mail that names another configuration set, or none, still goes out.",
                quoted(sets).join(" or ")
            );
        }
        Action::Pause(Target::Tenant(arn)) => {
            return format!(
                "All mail of tenant {} is refused. Other tenants still send.",
                quote(arn)
            );
        }
        Action::Observe(wanted) => {
            return format!(
                "Nothing: guard only observes (GuardMode). It would pause {}.",
                name(wanted)
            );
        }
        Action::Notify(why) => why,
    };
    match why {
        NotifyOnly::Warning => "Nothing. This alarm only warns; a critical one pauses.",
        NotifyOnly::NotUnderstood => {
            "Nothing: guard knows alarms on AWS's reputation metrics and on the counts of ses-warden, and this \
             alarm's definition is of neither kind."
        }
        NotifyOnly::ShutDown => "Nothing by guard: AWS has shut down sending for this account.",
        NotifyOnly::AccountPaused => "Nothing new: the account was paused already.",
        NotifyOnly::SetsPaused => "Nothing new: the configuration sets concerned were paused already.",
        NotifyOnly::TenantPaused => "Nothing new: the tenant was paused already.",
        NotifyOnly::NoSuchTenant => "Nothing: there is no tenant of that ARN.",
        NotifyOnly::Protected => {
            "Nothing: the configuration sets concerned are protected; only an account pause stops them. guard checks \
             again while the alarm lasts, should another set carry this mail."
        }
        NotifyOnly::NotProven => {
            "Nothing: the counts do not prove a rate above the pause threshold. guard checks them again every few \
             minutes while the alarm lasts, and sends another notice only if it pauses something."
        }
        NotifyOnly::PauseUnknown => {
            "Nothing, as far as guard knows. An earlier invocation of guard began a pause for this alarm and was \
             interrupted. Sending is on now, and CloudTrail does not say whether somebody resumed it meanwhile. guard \
             does not pause again in this episode of the alarm."
        }
        NotifyOnly::NoSuchSet => {
            "Nothing: as far as CloudWatch lists it, no configuration set carries this mail, so only an account pause \
             would stop it. guard checks again while the alarm lasts."
        }
    }
    .to_owned()
}
