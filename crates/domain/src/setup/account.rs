//! Findings about the account as a whole.

use super::commands::aws;
use super::context::{Context, Role};
use super::not_read;
use super::snapshot::Account;
use crate::finding::{Finding, FindingSeverity};

/// The share of the daily quota from which it counts as nearly used.
const NEARLY_USED: f64 = 0.8;

pub(super) fn findings(context: &Context<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    if let Some(account) = context.snapshot.account.known() {
        found.extend(account_state(context, account));
        found.extend(quota(account));
        found.extend(reasons(context, account));
    }
    found.extend(stack(context));
    found.extend(emptiness(context));
    found.extend(super::alarms::of_account(context));
    found.extend(not_read::findings(context.snapshot));
    found
}

fn account_state(context: &Context<'_>, account: &Account) -> Vec<Finding> {
    const SUBJECT: &str = "account";
    let region = context.region();
    let mut found = Vec::new();
    if !account.production_access {
        found.push(
            Finding::warning("sandbox", SUBJECT)
                .text(format!(
                    "The account is in the sandbox in {region}: SES sends only to verified addresses \
                     and refuses every entry of the suppression list. Ask for production access."
                ))
                .command(aws(
                    region,
                    &[
                        "sesv2",
                        "put-account-details",
                        "--production-access-enabled",
                        "--mail-type",
                        "TRANSACTIONAL",
                        "--website-url",
                        "URL",
                    ],
                )),
        );
    }
    let status = account.enforcement_status.as_str();
    if status == "SHUTDOWN" {
        found.push(Finding::error("account-shut-down", SUBJECT).found(status).text(
            "AWS has paused the account's sending. Only AWS resumes it: answer the case in the \
             Support Center.",
        ));
    } else if status != "HEALTHY" {
        found.push(Finding::warning("account-under-review", SUBJECT).found(status).text(format!(
            "AWS's verdict on the account is {status}, not HEALTHY: its bounces or complaints are \
             under review, and AWS may pause it."
        )));
    }
    if !account.sending_enabled && status != "SHUTDOWN" {
        found.push(Finding::warning("account-paused", SUBJECT).text(format!(
            "Sending of the whole account is paused in {region}: SES refuses all mail. Find out who \
             paused it and why before you resume it."
        )));
    }
    if found.is_empty() {
        found.push(Finding::info("account-ok", SUBJECT).found(status).text(format!(
            "The account sends in {region}, is out of the sandbox, and AWS sees nothing to review."
        )));
    }
    found
}

fn quota(account: &Account) -> Option<Finding> {
    let (sent, most) = (account.sent_last_24_hours, account.max_24_hour_send);
    // -1 is without limit.
    if most <= 0.0 {
        return None;
    }
    let share = sent / most;
    let found = format!("{sent:.0} of {most:.0}");
    if share < NEARLY_USED {
        return Some(
            Finding::info("quota-ok", "account")
                .found(&found)
                .text(format!("{found} recipients of the daily quota were mailed in 24 hours.")),
        );
    }
    let severity = if share >= 1.0 { FindingSeverity::Error } else { FindingSeverity::Warning };
    Some(Finding::new(severity, "quota-nearly-used", "account").found(&found).text(format!(
        "{found} recipients of the daily quota were mailed in 24 hours ({:.0} %). Beyond it SES \
         refuses mail. Ask for a higher quota under Service Quotas.",
        share * 100.0
    )))
}

/// For which reasons the account's suppression list works.
fn reasons(context: &Context<'_>, account: &Account) -> Vec<Finding> {
    let has = |reason: &str| account.suppressed_reasons.iter().any(|known| known == reason);
    let shown = if account.suppressed_reasons.is_empty() {
        "none".to_owned()
    } else {
        account.suppressed_reasons.join(", ")
    };
    let lacking: Vec<&str> = ["BOUNCE", "COMPLAINT"].into_iter().filter(|r| !has(r)).collect();
    if lacking.is_empty() {
        return vec![Finding::info("suppression-effective", "account").found(shown).text(
            "Entries of the suppression list work for bounces and for complaints, and SES adds \
             both by itself.",
        )];
    }
    let put = aws(
        context.region(),
        &[
            "sesv2",
            "put-account-suppression-attributes",
            "--suppressed-reasons",
            "BOUNCE",
            "COMPLAINT",
        ],
    );
    let finding = |(reason, code): (&str, &'static str)| {
        (!has(reason)).then(|| {
            Finding::error(code, "account")
                .found(&shown)
                .text(format!(
                    "{reason} is not among the account's suppressed reasons ({shown}): addresses \
                     that are listed for it are mailed all the same, so what suppress writes there \
                     has no effect."
                ))
                .command(&put)
        })
    };
    [("BOUNCE", "suppression-without-bounce"), ("COMPLAINT", "suppression-without-complaint")]
        .into_iter()
        .filter_map(finding)
        .collect()
}

fn stack(context: &Context<'_>) -> Vec<Finding> {
    let stack = &context.snapshot.stack;
    let name = &stack.name;
    let region = context.region();
    let Some(outputs) = stack.outputs.known() else { return Vec::new() };
    let Some(outputs) = outputs else {
        if stack.is_named {
            return vec![
                Finding::error("stack-missing", name)
                    .text(format!("There is no CloudFormation stack {name} in {region}."))
                    .command(aws(region, &["cloudformation", "list-stacks"])),
            ];
        }
        return vec![Finding::info("no-stack", name).text(format!(
            "There is no CloudFormation stack {name} in {region}. Functions and queues are judged \
             where topics lead to them; which ones there should be is not known. --stack names \
             another."
        ))];
    };
    let mut found = Vec::new();
    for role in Role::ALL {
        if !outputs.contains_key(role.output()) {
            found
                .push(Finding::warning("stack-incomplete", name).found(role.output()).text(format!(
                "The stack {name} has no output {}: it is older than this command, or not one of \
                 ses-warden. What concerns {} is judged only where topics lead to it.",
                role.output(),
                role.name()
            )));
        }
    }
    found
}

fn emptiness(context: &Context<'_>) -> Vec<Finding> {
    let region = context.region();
    let mut found = Vec::new();
    if context.snapshot.identities.known().is_some_and(|all| all.is_empty()) {
        found.push(Finding::info("no-identities", "account").text(format!(
            "The account has no sending identity in {region}. Identities belong to one Region: \
             --region names another."
        )));
    }
    if context.snapshot.sets.known().is_some_and(|all| all.is_empty()) {
        found.push(Finding::info("no-sets", "account").text(format!(
            "The account has no configuration set in {region}: no events are published, only the \
             notifications of identities."
        )));
    }
    found
}
