//! Headline, reasons and advice of the notice about an incident.

use super::{AlarmFacts, Facts, MAX_ALARMS, quote};
use crate::guard::confidence::{Reason, Verdict};
use crate::guard::record::Target;
use crate::guard::{Action, Label, Measure, TellOnly, Watched};

/// The headline and the code of the action.
pub(super) fn headline(facts: &Facts<'_>) -> (String, &'static str) {
    let label = facts.alarm.label;
    let target = label.map_or_else(
        || format!("alarm {}", facts.alarm.name),
        |l| match l.scope.target() {
            "all" => "the account".to_owned(),
            name => format!("{} {name}", l.scope.name().replace('-', " ")),
        },
    );
    let measure = label.map_or("alarm", |l| match l.watched {
        Watched::Rate(Measure::Bounce) => "bounce rate",
        Watched::Rate(Measure::Complaint) => "complaint rate",
        Watched::UnexpectedSender => "mail by unexpected senders",
    });
    let (too_high, rising) = match label.and_then(|l| l.watched.rate()) {
        None if label.is_some() => ("", ""),
        _ => (" too high", " is rising"),
    };
    match facts.action {
        Action::Pause(paused) => {
            (format!("ses-warden paused {}: {measure}{too_high}", name(paused)), action_code(paused))
        }
        Action::Tell(why @ TellOnly::NotProven) => {
            (format!("ses-warden warns: {measure} of {target}, not proven yet"), why.code())
        }
        Action::Tell(why @ TellOnly::Warning) => {
            (format!("ses-warden warns: {measure} of {target}{rising}"), why.code())
        }
        Action::Tell(why) => (format!("ses-warden paused nothing: {measure} of {target}"), why.code()),
    }
}

pub(super) fn name(target: &Target) -> String {
    match target {
        Target::Account => "the account".to_owned(),
        Target::Sets(sets) => {
            let word = if sets.len() == 1 { "configuration set" } else { "configuration sets" };
            format!("{word} {}", sets.join(", "))
        }
        Target::Tenant(arn) => format!("tenant {}", tenant_name(arn)),
    }
}

fn tenant_name(arn: &str) -> &str {
    arn.split_once(":tenant/").and_then(|(_, rest)| rest.split('/').next()).unwrap_or(arn)
}

fn action_code(target: &Target) -> &'static str {
    match target {
        Target::Account => "paused_account",
        Target::Sets(_) => "paused_sets",
        Target::Tenant(_) => "paused_tenant",
    }
}

pub(super) fn why(facts: &Facts<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    for alarm in std::iter::once(&facts.alarm).chain(facts.others.iter().take(MAX_ALARMS)) {
        lines.extend(of_alarm(alarm));
    }
    if facts.others.len() > MAX_ALARMS {
        lines.push(format!("{} more alarms of this incident are not listed.", facts.others.len() - MAX_ALARMS));
    }
    lines.push(format!("Enforcement status of the account: {}.", facts.enforcement_status));
    lines.push(format!("guard acted at {}.", facts.at));
    lines
}

fn of_alarm(alarm: &AlarmFacts<'_>) -> [String; 4] {
    [
        format!("Alarm {} went into ALARM at {}.", quote(alarm.name), alarm.episode),
        quote(alarm.reason),
        alarm.proof.map(judgement).unwrap_or_default(),
        alarm.after.filter(|_| alarm.proof.is_some()).map(resumed).unwrap_or_default(),
    ]
}

fn resumed((at, other): (&str, &str)) -> String {
    format!("What came before {at} does not count: guard paused for it, for alarm {}, and was resumed.", quote(other))
}

/// The numbers behind a judgement, in a sentence.
fn judgement(verdict: &Verdict) -> String {
    let f = &verdict.finding;
    let window = match f.seconds {
        s if s >= 7200 => format!("{} hours", s / 3600),
        s => format!("{} minutes", s / 60),
    };
    let surge = if f.surge { ", more mail than usual at this time" } else { "" };
    let said = match f.reason {
        Reason::TooFew => "which is too little to prove anything".to_owned(),
        Reason::Proven | Reason::NotProven | Reason::Passed => {
            let beyond = if f.lower_bound > f.threshold { "beyond" } else { "not beyond" };
            let passed = if f.reason == Reason::Passed { "; it has passed since" } else { "" };
            let threshold = percent(f.threshold);
            format!("and at least {} with 97.5 % confidence, {beyond} {threshold}{passed}", percent(f.lower_bound))
        }
    };
    format!("Counted in the last {window}: {} of {} ({}){surge}, {said}.", f.events, f.total, percent(f.rate))
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
            sets.join(" or ")
        ),
        Action::Pause(Target::Tenant(arn)) => format!("All mail of tenant {arn}. Other tenants still send."),
        Action::Tell(TellOnly::Warning) => "Nothing. This alarm only warns; a critical one pauses.".into(),
        Action::Tell(TellOnly::Unlabelled) => {
            "Nothing: the alarm's tags do not say what it watches (ses-warden:scope, :target, :measure, :severity)."
                .into()
        }
        Action::Tell(TellOnly::Observing) => "Nothing: guard is set to observe.".into(),
        Action::Tell(TellOnly::ShutDown) => "Nothing by us: AWS has shut down sending for this account.".into(),
        Action::Tell(TellOnly::AccountPaused) => "Nothing new: the account was paused already.".into(),
        Action::Tell(TellOnly::SetsPaused) => {
            "Nothing new: the configuration sets concerned were paused already.".into()
        }
        Action::Tell(TellOnly::TenantPaused) => "Nothing new: the tenant was paused already.".into(),
        Action::Tell(TellOnly::NoSuchTenant) => "Nothing: there is no tenant of that ARN.".into(),
        Action::Tell(TellOnly::Protected) => {
            "Nothing: the configuration sets concerned are protected; only an account pause stops them.".into()
        }
        Action::Tell(TellOnly::NotProven) => {
            "Nothing: the counts do not prove a rate that pauses. They are judged again every few minutes while the \
             alarm lasts; you hear of it again only if something is paused."
                .into()
        }
        Action::Tell(TellOnly::NoSuchSet) => {
            "Nothing: no configuration set carries this mail, so only an account pause would stop it.".into()
        }
    };
    let by = facts.paused_by.map(|by| format!("Paused by {}.", quote(by))).unwrap_or_default();
    let again = if facts.sends_again { "Somebody has resumed it since; guard leaves that alone." } else { "" };
    vec![text, by, again.to_owned()]
}

pub(super) fn checks(facts: &Facts<'_>) -> Vec<String> {
    let mut lines = vec![
        "Who sends? Compare caller identities and source addresses with the ones you know. If one is strange, \
         deactivate its access key before anything else:"
            .to_owned(),
    ];
    let named: Vec<&str> = facts.evidence.callers.iter().filter_map(|c| user_name(&c.name)).take(3).collect();
    if facts.evidence.callers.is_empty() && facts.evidence.sources.is_empty() {
        lines.push(
            "  Counted in the last hour: nobody outside AllowedCallerIdentities and AllowedSourceCidrs. Where these are \
             not set, nobody is counted; CloudTrail and the tags of SES's events then say who sent."
                .into(),
        );
    }
    if named.is_empty() {
        lines.push("  aws iam list-access-keys --user-name USER".into());
        lines.push("  aws iam update-access-key --user-name USER --access-key-id KEY --status Inactive".into());
    }
    for user in named {
        lines.push(format!("  aws iam list-access-keys --user-name {user}"));
        lines.push(format!("  aws iam update-access-key --user-name {user} --access-key-id KEY --status Inactive"));
    }
    lines.push(
        "Let each sender send from its own addresses only; attach to its user or role, with your networks:".into(),
    );
    lines.push(
        r#"  {"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"ses:Send*","Resource":"*","Condition":{"NotIpAddress":{"aws:SourceIp":["192.0.2.0/24"]}}}]}"#.into(),
    );
    match facts.alarm.label.and_then(|label: &Label| label.watched.rate()) {
        Some(Measure::Bounce) => lines.push(
            "Which list? Hard bounces at this rate come from an old or bought list: stop the campaign and remove it."
                .into(),
        ),
        Some(Measure::Complaint) => lines.push(
            "Did these people ask for this mail? Check the list's origin and that unsubscribing works with one click."
                .into(),
        ),
        None => {}
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
    let is_name = !name.is_empty() && name.len() <= 64 && !name.starts_with('-') && name.chars().all(plain);
    (is_name && name != "other" && name != "unknown").then_some(name)
}

pub(super) fn next_steps(action: &Action) -> Vec<String> {
    match action {
        Action::Pause(target) => {
            let mut lines: Vec<String> = resume(target).into_iter().map(|line| format!("Resume: {line}")).collect();
            if matches!(target, Target::Sets(_)) {
                lines.push("Resuming a configuration set starts its reputation metrics afresh (AWS does that).".into());
            }
            lines.push("guard will not pause again for this episode of the alarm; it will for a new one.".into());
            lines
        }
        Action::Tell(TellOnly::Warning) => vec!["Find the cause now, before the critical alarm pauses.".into()],
        Action::Tell(TellOnly::NotProven) => vec!["Look for the cause now, before the counts prove it.".into()],
        Action::Tell(TellOnly::ShutDown) => {
            vec!["Open the case that AWS sent you; nothing here can resume sending.".into()]
        }
        Action::Tell(_) => vec![
            "Pause by hand if you must: aws sesv2 put-account-sending-attributes --no-sending-enabled".into(),
            "This episode of the alarm is now handled; guard speaks again at the next one.".into(),
        ],
    }
}

/// The commands that undo a pause.
pub(super) fn resume(target: &Target) -> Vec<String> {
    match target {
        Target::Account => vec!["aws sesv2 put-account-sending-attributes --sending-enabled".into()],
        Target::Sets(sets) => sets
            .iter()
            .map(|set| {
                format!(
                    "aws sesv2 put-configuration-set-sending-options --configuration-set-name {set} --sending-enabled"
                )
            })
            .collect(),
        Target::Tenant(arn) => vec![format!(
            "aws sesv2 update-reputation-entity-customer-managed-status --reputation-entity-type RESOURCE \
             --reputation-entity-reference {arn} --sending-status ENABLED"
        )],
    }
}
