//! The status as `--json` prints it, decided from what was read. Pure: no clock, no calls.

mod parts;
mod problems;

pub(super) use parts::{
    AccountPart, AlarmsPart, DomainPart, FunctionPart, HistoryPart, PoolPart, ProviderPart,
    QueuePart, RatePart, SetPart, SuppressionPart, TenantsPart, minute, percent,
};

use serde::Serialize;
use warden_domain::guard::confidence::{
    BOUNCE_PAUSE, BOUNCE_REVIEW, COMPLAINT_PAUSE, COMPLAINT_REVIEW,
};
use warden_domain::time::iso_millis;

use super::read::{Sending, StackReadings, StatusReading, StatusReadings, UnreadPart};
use crate::frame::exit;

/// The answer to "are we all right?".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum StatusVerdict {
    /// Nothing to do.
    AllRight,
    /// Something comes near a limit.
    Watch,
    /// Neither the rates nor the sending state could be read.
    NotKnown,
    /// Something is wrong.
    Problem,
}

/// One thing that is wrong or comes near a limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Problem {
    pub(super) verdict: StatusVerdict,
    /// One sentence.
    pub(super) text: String,
    /// A command that shows more or mends it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) command: Option<String>,
}

/// A read that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct NotReadPart {
    pub(super) what: &'static str,
    /// The IAM action that the call needs.
    pub(super) permission: String,
    pub(super) reason: String,
}

/// The whole status.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct StatusReport {
    pub(super) verdict: StatusVerdict,
    pub(super) headline: String,
    pub(super) region: String,
    /// RFC 3339, UTC.
    pub(super) read_at: String,
    pub(super) problems: Vec<Problem>,
    pub(super) account: Option<AccountPart>,
    pub(super) rates: Vec<RatePart>,
    #[serde(skip)]
    are_rates_read: bool,
    pub(super) sets: Vec<SetPart>,
    /// Sets whose sending state was not read.
    pub(super) sets_not_read: usize,
    pub(super) domains: Vec<DomainPart>,
    pub(super) providers: Vec<ProviderPart>,
    pub(super) suppression: SuppressionPart,
    pub(super) pools: Vec<PoolPart>,
    pub(super) pool_count: usize,
    pub(super) tenants: Option<TenantsPart>,
    pub(super) alarms: Option<AlarmsPart>,
    pub(super) queues: Vec<QueuePart>,
    pub(super) functions: Vec<FunctionPart>,
    /// The last pauses and resumes, newest first.
    pub(super) history: Vec<HistoryPart>,
    /// This command's version.
    pub(super) version: &'static str,
    pub(super) not_read: Vec<NotReadPart>,
    /// What an account without the stack cannot know, in sentences.
    pub(super) cannot_know: Vec<String>,
}

impl StatusReport {
    /// Judges what was read; `sending` is `None` while SES is still being asked.
    pub(super) fn of(quick: &StatusReadings, sending: Option<&Sending>) -> Self {
        let stack = quick.stack.as_ref().ok().and_then(Option::as_ref);
        let mut report = Self {
            verdict: StatusVerdict::AllRight,
            headline: String::new(),
            region: quick.region.clone(),
            read_at: iso_millis(quick.now * 1_000),
            problems: Vec::new(),
            account: quick.account.as_ref().ok().map(|account| AccountPart::of(account, stack)),
            rates: rates(quick),
            are_rates_read: quick.rates.is_ok(),
            sets: parts::sets(quick, sending, stack),
            sets_not_read: sending
                .and_then(|sending| sending.sets.as_ref().ok())
                .map_or(0, |sets| sets.not_read),
            domains: parts::domains(stack),
            providers: parts::providers(sending),
            suppression: SuppressionPart::of(stack, sending),
            pools: parts::pools(sending),
            pool_count: sending
                .and_then(|sending| sending.pools.as_ref().ok())
                .map_or(0, |pools| pools.count),
            tenants: sending
                .and_then(|sending| sending.tenants.as_ref().ok())
                .map(|tenants| TenantsPart::of(tenants)),
            alarms: stack.and_then(|stack| stack.alarms.as_ref().ok()).map(|a| AlarmsPart::of(a)),
            queues: parts::queues(stack),
            functions: parts::functions(stack),
            history: history(stack),
            version: env!("CARGO_PKG_VERSION"),
            not_read: not_read(quick, stack, sending),
            cannot_know: cannot_know(quick, stack),
        };
        report.problems = problems::of(&report);
        report.verdict = report.decide();
        report.headline = report.first_line();
        report
    }

    fn decide(&self) -> StatusVerdict {
        let worst = self.problems.iter().map(|problem| problem.verdict).max();
        let knows = self.account.is_some() && (!self.rates.is_empty() || self.has_sent_nothing());
        let least = if knows { StatusVerdict::AllRight } else { StatusVerdict::NotKnown };
        worst.map_or(least, |worst| worst.max(least))
    }

    /// The sentence that answers first.
    fn first_line(&self) -> String {
        // The most severe comes first.
        let worst = self.problems.first();
        let begin = match (self.verdict, worst) {
            (StatusVerdict::Problem, Some(problem)) => format!("Not all right: {}", problem.text),
            (StatusVerdict::Problem | StatusVerdict::NotKnown, _) if self.account.is_none() => {
                "Not known: the account could not be read.".to_owned()
            }
            (StatusVerdict::Problem | StatusVerdict::NotKnown, _) => {
                "Not known: AWS's rates could not be read, or there is too little mail for any."
                    .to_owned()
            }
            (StatusVerdict::Watch, Some(problem)) if !problem.text.contains("review line") => {
                format!("Watch: {}", problem.text)
            }
            (StatusVerdict::Watch, _) => "Watch:".to_owned(),
            (StatusVerdict::AllRight, _) => "All right.".to_owned(),
        };
        let line = match self.worst_account_rate() {
            Some(rate) if !begin.contains("review line") => {
                format!("{begin} {}", rate.sentence())
            }
            None if self.has_sent_nothing() => {
                format!("{begin} Nothing was sent in 24 hours, and AWS has no rates.")
            }
            Some(_) | None => begin,
        };
        let others = self.problems.iter().filter(|problem| !line.contains(&problem.text)).count();
        match others {
            0 => line,
            count => format!("{line} ({count} more below)"),
        }
    }

    /// Whether AWS was asked for rates and has none because nothing was sent: a new account, or one
    /// that rests.
    fn has_sent_nothing(&self) -> bool {
        let sent = self.account.as_ref().and_then(|account| account.sent_in_24_hours);
        self.are_rates_read && sent.is_some_and(|sent| sent <= 0.0)
    }

    /// The account's rate that is nearest to its line.
    fn worst_account_rate(&self) -> Option<&RatePart> {
        let of_account = self.rates.iter().filter(|rate| rate.set.is_none());
        of_account.max_by(|a, b| a.of_review_line.total_cmp(&b.of_review_line))
    }

    /// The exit status: 1 for a problem or for something that was not read.
    pub(super) fn exit_status(&self) -> u8 {
        let is_fine = matches!(self.verdict, StatusVerdict::AllRight | StatusVerdict::Watch);
        if is_fine && self.not_read.is_empty() { 0 } else { exit::PARTIAL }
    }
}

fn rates(quick: &StatusReadings) -> Vec<RatePart> {
    let Ok(all) = &quick.rates else { return Vec::new() };
    let of = |set: Option<&String>, rates: &super::read::Rates| {
        let bounce =
            rates.bounce.map(|p| RatePart::of(set, "bounce", p, BOUNCE_REVIEW, BOUNCE_PAUSE));
        let complaint = rates
            .complaint
            .map(|p| RatePart::of(set, "complaint", p, COMPLAINT_REVIEW, COMPLAINT_PAUSE));
        bounce.into_iter().chain(complaint)
    };
    let account = of(None, &all.account);
    account.chain(all.sets.iter().flat_map(|(set, rates)| of(Some(set), rates))).collect()
}

fn history(stack: Option<&StackReadings>) -> Vec<HistoryPart> {
    const MOST: usize = 10;
    let entries = stack.and_then(|stack| stack.history.as_ref()?.as_ref().ok());
    let entries = entries.into_iter().flatten().filter(|entry| parts::is_about_sending(entry));
    entries.take(MOST).map(HistoryPart::of).collect()
}

fn not_read(
    quick: &StatusReadings,
    stack: Option<&StackReadings>,
    sending: Option<&Sending>,
) -> Vec<NotReadPart> {
    let mut found: Vec<&UnreadPart> = Vec::new();
    fn failed<T>(reading: &StatusReading<T>) -> Option<&UnreadPart> {
        reading.as_ref().err()
    }
    found.extend(failed(&quick.account));
    found.extend(failed(&quick.rates));
    found.extend(failed(&quick.stack));
    if let Some(stack) = stack {
        found.extend(failed(&stack.domains));
        found.extend(failed(&stack.totals));
        found.extend(failed(&stack.alarms));
        found.extend(stack.queues.iter().filter_map(|queue| failed(&queue.depth)));
        found.extend(stack.functions.iter().filter_map(|one| failed(&one.function)));
        found.extend(stack.history.iter().filter_map(failed));
        found.extend(stack.waiting.iter().filter_map(failed));
    }
    if let Some(sending) = sending {
        found.extend(failed(&sending.sets));
        found.extend(failed(&sending.pools));
        found.extend(failed(&sending.tenants));
        found.extend(failed(&sending.jobs));
        found.extend(failed(&sending.listed));
        found.extend(sending.providers.iter().filter_map(failed));
    }
    let mut parts: Vec<NotReadPart> = found
        .into_iter()
        .map(|UnreadPart { what, error }| NotReadPart {
            what,
            permission: exit::action(error.operation),
            reason: error.to_string(),
        })
        .collect();
    parts.dedup();
    parts
}

fn cannot_know(quick: &StatusReadings, stack: Option<&StackReadings>) -> Vec<String> {
    let mut sentences = Vec::new();
    if matches!(quick.stack, Ok(None)) {
        sentences.push(format!(
            "There is no stack {} here, so counts by sender domain, alarms, queues, and who paused \
             what are not known; --stack names another stack.",
            quick.stack_name
        ));
    } else if stack.is_some_and(|stack| stack.history.is_none()) {
        sentences.push("The stack has no journal, so who paused what is not known.".to_owned());
    }
    if quick.account.as_ref().is_ok_and(|account| !account.vdm) {
        sentences.push(
            "VDM is off, so rates by mailbox provider are not known; the metric set full counts \
             them, too."
                .to_owned(),
        );
    }
    sentences
}

#[cfg(test)]
pub(super) mod tests;
