//! Findings about Lambda functions: there, switched on, invoked, and when last at work.

use std::collections::BTreeSet;

use super::arn;
use super::commands::aws;
use super::context::{Context, Role, is_function};
use super::links::{self, Link};
use super::snapshot::{Fact, LambdaFunction};
use crate::finding::{Finding, FindingSeverity};

/// Fewer mails than these may all still be under way.
const FEW_MAILS: f64 = 10.0;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// One list of findings for each function.
pub(super) fn findings(context: &Context<'_>) -> Vec<(String, Vec<Finding>)> {
    let functions = context.snapshot.functions.iter();
    functions.map(|(arn, function)| (arn.clone(), of_function(context, arn, function))).collect()
}

fn of_function(
    context: &Context<'_>,
    arn: &str,
    function: &Fact<Option<LambdaFunction>>,
) -> Vec<Finding> {
    let function = match function {
        Fact::NotRead(_) => return Vec::new(),
        Fact::Known(None) => return vec![missing(context, arn)],
        Fact::Known(Some(function)) => function,
    };
    let name = &function.name;
    let mut found = Vec::new();
    match links::function_link(context, arn) {
        Link::Broken(code @ "function-switched-off") => found.push(
            Finding::error(code, arn)
                .found("reserved concurrency 0")
                .text(format!(
                    "The function {name} is switched off: its reserved concurrency is 0, so it is \
                     never invoked."
                ))
                .command(aws(
                    context.region(),
                    &["lambda", "delete-function-concurrency", "--function-name", name],
                )),
        ),
        Link::Broken(code) => {
            found.push(Finding::error(code, arn).found(&function.state).text(format!(
                "The function {name} is in the state {} and cannot be invoked. Deploy it again.",
                function.state
            )))
        }
        Link::Works | Link::Unclear(_) => {}
    }
    found.extend(uninvited(context, arn, name));
    match context.role(arn) {
        Some(Role::Metrics) => found.extend(last_event(context, arn)),
        Some(Role::Suppress) => found.extend(automatic_list(context, arn, function)),
        Some(Role::Guard) | None => {}
    }
    if found.iter().all(|finding| finding.severity == FindingSeverity::Info) {
        let what = context.role(arn).map_or(String::new(), |role| format!(" ({})", role.name()));
        found.push(
            Finding::info("function-ok", arn)
                .text(format!("The function {name}{what} is there and can be invoked.")),
        );
    }
    found
}

fn missing(context: &Context<'_>, arn: &str) -> Finding {
    let name = arn::name(arn);
    let mut who = BTreeSet::new();
    for mapping in context.mappings() {
        if arn::unqualified(&mapping.function) == arn {
            who.insert(format!("the queue {}", arn::name(&mapping.queue)));
        }
    }
    for (topic, found) in &context.snapshot.topics {
        let found = found.known().and_then(Option::as_ref);
        let mut subscribed =
            found.and_then(|topic| topic.subscriptions.known()).into_iter().flatten();
        if subscribed.any(|one| arn::unqualified(&one.endpoint) == arn) {
            who.insert(format!("the topic {}", arn::name(topic)));
        }
    }
    for alarm in context.alarms() {
        if alarm.actions.iter().any(|action| arn::unqualified(action) == arn) {
            who.insert(format!("the alarm {}", alarm.name));
        }
    }
    let who: Vec<String> = who.into_iter().take(5).collect();
    let invoked =
        if who.is_empty() { String::new() } else { format!(", but {} invokes it", who.join(", ")) };
    let of_stack = context.stack_functions().values().any(|function| function == arn);
    let whose = if of_stack { "The stack's function" } else { "The function" };
    Finding::error("function-missing", arn).text(format!(
        "{whose} {name} does not exist{invoked}: nothing happens with the messages. Deploy it again \
         or remove what invokes it."
    ))
}

/// Topics and alarms that invoke the function without its leave.
fn uninvited(context: &Context<'_>, arn: &str, name: &str) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut judge = |service: &'static str, source: &str, what: String| {
        let Link::Broken(code) = links::invocation(context, arn, service, source) else { return };
        let words = [
            "lambda",
            "add-permission",
            "--function-name",
            name,
            "--statement-id",
            if code == "function-policy-excludes-sns" { "SnsInvokes" } else { "AlarmsInvoke" },
            "--action",
            "lambda:InvokeFunction",
            "--principal",
            service,
            "--source-arn",
            source,
        ];
        found.push(
            Finding::error(code, arn)
                .text(format!("The policy of the function {name} does not let {what} invoke it."))
                .command(aws(context.region(), &words)),
        );
    };
    for (topic, known) in &context.snapshot.topics {
        let known = known.known().and_then(Option::as_ref);
        for one in known.and_then(|topic| topic.subscriptions.known()).into_iter().flatten() {
            if one.protocol == "lambda" && arn::unqualified(&one.endpoint) == arn {
                judge("sns.amazonaws.com", topic, format!("the topic {}", arn::name(topic)));
            }
        }
    }
    for alarm in context.alarms() {
        let acts = |action: &&String| is_function(action) && arn::unqualified(action) == arn;
        if alarm.actions.iter().any(|action| acts(&action)) {
            let service = "lambda.alarms.cloudwatch.amazonaws.com";
            judge(service, &alarm.arn, format!("the alarm {}", alarm.name));
        }
    }
    found
}

/// When metrics counted last, against what SES says it sent.
fn last_event(context: &Context<'_>, arn: &str) -> Option<Finding> {
    let last = *context.snapshot.last_counted_ms.known()?;
    let sent = context.snapshot.account.known().map_or(0.0, |account| account.sent_last_24_hours);
    let is_recent = last.is_some_and(|at| at > context.snapshot.now_ms - DAY_MS);
    let when = match last {
        Some(at) => format!("An event was last counted at {}", crate::time::iso_millis(at)),
        None => "No event was counted within two weeks".to_owned(),
    };
    if is_recent || sent < FEW_MAILS {
        return Some(Finding::info("last-event", arn).text(format!("{when}.")));
    }
    let region = context.region();
    Some(
        Finding::warning("no-events-counted", arn)
            .text(format!(
                "{when}, but SES sent to {sent:.0} recipients within 24 hours. The mail names no \
                 configuration set that publishes to the feedback topic, or the events get lost on \
                 the way."
            ))
            .command(aws(region, &["logs", "tail", &log_group(arn), "--since", "1h"])),
    )
}

fn log_group(arn: &str) -> String {
    format!("/aws/lambda/{}", arn::name(arn))
}

/// Whether SES lists hard bounces by itself, and what suppress does about those that are the
/// sender's fault.
fn automatic_list(context: &Context<'_>, arn: &str, function: &LambdaFunction) -> Option<Finding> {
    let account = context.snapshot.account.known()?;
    if !account.suppressed_reasons.iter().any(|reason| reason == "BOUNCE") {
        return None;
    }
    let mode = function.settings.get("WARDEN_RESCUE_MODE").map_or("not set", String::as_str);
    let then = if mode == "remove" {
        "suppress removes addresses that SES listed although the sender was at fault"
    } else {
        "SES also lists addresses that suppress keeps because the sender was at fault; remove \
         them with ses-warden rescue"
    };
    Some(Finding::info("automatic-list", arn).found(format!("rescue mode {mode}")).text(format!(
        "SES itself puts every hard bounce on the suppression list (BOUNCE is among the account's \
         suppressed reasons); {then}."
    )))
}
