//! What is wrong, or comes near a limit, in sentences.

use super::{Problem, StatusReport, StatusVerdict};
use crate::frame::terminal::counted;

/// Shares of AWS's review line and of the quota from which on they are worth a sentence: those of
/// the alarms that `connect` creates.
const WATCH_SHARE: f64 = 0.4;
const QUOTA_WATCH: f64 = 0.8;
const QUOTA_PROBLEM: f64 = 0.95;

/// The most severe first.
pub(super) fn of(report: &StatusReport) -> Vec<Problem> {
    let mut found = Vec::new();
    account(report, &mut found);
    rates(report, &mut found);
    sets_and_tenants(report, &mut found);
    stack(report, &mut found);
    found.sort_by_key(|problem| std::cmp::Reverse(problem.verdict));
    found
}

fn problem(text: String, command: Option<&str>) -> Problem {
    Problem { verdict: StatusVerdict::Problem, text, command: command.map(str::to_owned) }
}

fn watch(text: String, command: Option<&str>) -> Problem {
    Problem { verdict: StatusVerdict::Watch, text, command: command.map(str::to_owned) }
}

fn account(report: &StatusReport, found: &mut Vec<Problem>) {
    let Some(account) = &report.account else { return };
    match account.enforcement_status.as_str() {
        "HEALTHY" => {}
        "SHUTDOWN" => found.push(problem(
            "AWS has paused the account's sending (SHUTDOWN); only AWS ends that.".to_owned(),
            Some("ses-warden doctor setup"),
        )),
        "PROBATION" => found.push(problem(
            "AWS reviews the account (PROBATION): correct the cause and answer the case before AWS \
             pauses it."
                .to_owned(),
            None,
        )),
        other => found.push(watch(format!("AWS's verdict on the account is {other}."), None)),
    }
    if !account.sending_enabled && account.enforcement_status != "SHUTDOWN" {
        let by = account.paused_by.as_ref().map(|by| by.sentence()).unwrap_or_default();
        found.push(problem(format!("Sending of the account is paused{by}."), None));
    }
    if !account.production_access {
        found.push(watch("The account is in SES's sandbox.".to_owned(), None));
    }
    if let Some(share) = account.quota_used {
        let text = format!(
            "{:.0} % of the quota of 24 hours is used; beyond it SES refuses mail.",
            share * 100.0
        );
        if share >= QUOTA_PROBLEM {
            found.push(problem(text, None));
        } else if share >= QUOTA_WATCH {
            found.push(watch(text, None));
        }
    }
}

fn rates(report: &StatusReport, found: &mut Vec<Problem>) {
    for rate in &report.rates {
        let text = rate.sentence();
        if rate.of_review_line >= 1.0 && rate.set.is_none() {
            found.push(problem(text, Some("ses-warden doctor setup")));
        } else if rate.of_review_line >= WATCH_SHARE {
            found.push(watch(text, None));
        }
    }
}

fn sets_and_tenants(report: &StatusReport, found: &mut Vec<Problem>) {
    for set in &report.sets {
        let name = &set.name;
        let by = set.paused_by.as_ref().map(|by| by.sentence());
        match (set.sends, by) {
            // Before SES is asked, the journal's word counts.
            (Some(false), by) | (None, by @ Some(_)) => {
                let by = by.unwrap_or_default();
                found.push(problem(format!("Configuration set {name} is paused{by}."), None));
            }
            (Some(true), Some(_)) => found.push(watch(
                format!(
                    "Configuration set {name} sends, although the journal knows of its pause only."
                ),
                None,
            )),
            (Some(true) | None, None) => {}
        }
    }
    let Some(tenants) = &report.tenants else { return };
    for tenant in &tenants.disabled {
        let by = match tenant.disabled_by.as_slice() {
            [] => String::new(),
            who => format!(" by {}", who.join(" and ")),
        };
        let cause = tenant.cause.as_ref().map(|cause| format!(": {cause}")).unwrap_or_default();
        found.push(problem(format!("Tenant {} is disabled{by}{cause}.", tenant.name), None));
    }
}

fn stack(report: &StatusReport, found: &mut Vec<Problem>) {
    if let Some(alarms) = &report.alarms {
        let (critical, others): (Vec<_>, Vec<_>) =
            alarms.in_alarm.iter().partition(|alarm| !alarm.name.ends_with("/warn"));
        let names = |alarms: &[&super::parts::AlarmPart]| {
            let names: Vec<&str> = alarms.iter().take(3).map(|alarm| alarm.name.as_str()).collect();
            let more = alarms.len().saturating_sub(names.len());
            let more = if more == 0 { String::new() } else { format!(" and {more} more") };
            format!("{}{more}", names.join(", "))
        };
        let sentence = |alarms: &[&super::parts::AlarmPart]| {
            let are = if alarms.len() == 1 { "is" } else { "are" };
            let count = counted(alarms.len(), "alarm", "alarms");
            format!("{count} {are} in ALARM: {}.", names(alarms))
        };
        if !critical.is_empty() {
            found.push(problem(sentence(&critical), None));
        }
        if !others.is_empty() {
            found.push(watch(sentence(&others), None));
        }
    }
    for queue in report.queues.iter().filter(|queue| queue.is_dead_letters && queue.waiting > 0) {
        let count = counted(queue.waiting, "message lies", "messages lie");
        found.push(problem(
            format!("{count} in the queue {}.", queue.name),
            Some("ses-warden dead-letters list"),
        ));
    }
    // Lambda updates a function that is Pending, and runs it as before meanwhile.
    let works = |state: &str| ["Active", "Pending"].contains(&state);
    for function in report.functions.iter().filter(|function| !works(&function.state)) {
        found.push(problem(
            format!("Function {} is not active but {}.", function.name, function.state),
            None,
        ));
    }
    let suppression = &report.suppression;
    if suppression.import_failed > 0 {
        let count = counted(suppression.import_failed, "import run", "import runs");
        found.push(watch(format!("{count} failed in 24 hours."), None));
    }
}
