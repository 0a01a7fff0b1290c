//! The same for people.

use std::io::Write;

use super::known::{KnownAddress, KnownEntry, ShownDecision};
use crate::frame::output::Lines;

/// Prints what is known, in the order that a support desk asks for it.
pub(super) fn show(known: &KnownAddress, out: &mut impl Write) -> anyhow::Result<()> {
    out.line(&known.address)?;
    out.line("")?;
    out.line("The next mail")?;
    out.line(format!("  {}", next_mail(known)))?;
    out.line("")?;
    out.line("What SES holds")?;
    for listed in &known.account_list {
        let entry = listed.entry.as_ref().map_or_else(|| "not listed".to_owned(), entry);
        out.line(format!("  account list, as {}: {entry}", listed.spelling))?;
    }
    if let Some(reasons) = &known.account_reasons {
        out.line(format!(
            "  the account withholds mail to addresses listed for: {}",
            list(reasons)
        ))?;
    }
    for tenant in &known.tenants {
        let holds = match (&tenant.entry, tenant.has_own_list) {
            (_, false) => "uses the account's list".to_owned(),
            (None, true) => "has a list of its own: not listed".to_owned(),
            (Some(found), true) => format!("has a list of its own: {}", entry(found)),
        };
        out.line(format!("  tenant {}: {holds}", tenant.name))?;
    }
    for set in &known.configuration_sets {
        let says = match &set.reasons {
            None => "leaves it to the account".to_owned(),
            Some(reasons) => format!("withholds mail to addresses listed for: {}", list(reasons)),
        };
        out.line(format!("  configuration set {}: {says}", set.name))?;
    }
    if let Some(at) = &known.global_list {
        out.line(format!(
            "  SES's global list: a mail was withheld for it on {at}; an entry lasts up to 14 days"
        ))?;
    }
    out.line("")?;
    out.line("What ses-warden decided, the latest first")?;
    for decided in &known.decisions {
        show_decision(decided, out)?;
    }
    if known.decisions.is_empty() {
        out.line("  nothing is recorded")?;
    }
    if let Some(at) = &known.last_delivery {
        out.line(format!(
            "  a mail was delivered on {at}: soft bounces before it no longer count"
        ))?;
    }
    if let Some(id) = &known.id {
        out.line(format!("  in the logs: recipient.id = {id}"))?;
    }
    out.line("")?;
    out.line("How to change it")?;
    for line in changes(known) {
        out.line(format!("  {line}"))?;
    }
    if !known.not_known.is_empty() {
        out.line("")?;
        out.line("What is not known")?;
        for sentence in &known.not_known {
            out.line(format!("  {sentence}"))?;
        }
    }
    Ok(())
}

fn next_mail(known: &KnownAddress) -> String {
    let listed = known.account_list.iter().find_map(|listed| listed.entry.as_ref());
    match (known.next_mail, listed) {
        ("withheld", Some(entry)) => format!(
            "SES accepts it and does not send it: the address is on the account's list for {}.",
            entry.reason
        ),
        ("sent", Some(entry)) => format!(
            "SES sends it: the address is listed for {}, and the account withholds no mail for that.",
            entry.reason
        ),
        ("sent", None) => match known.decisions.first() {
            Some(last) if last.reason == "first_strike" => {
                "SES sends it. If it bounces so again a day or more after the first time, the \
                 address is suppressed."
                    .to_owned()
            }
            _ => "SES sends it: the address is not on the account's list.".to_owned(),
        },
        _ => "It is not known what SES does with it; see below.".to_owned(),
    }
}

fn entry(entry: &KnownEntry) -> String {
    let since =
        if entry.since.is_empty() { String::new() } else { format!(" since {}", entry.since) };
    let by = match &entry.message_id {
        Some(id) => format!(", by SES itself for mail {id}"),
        None => String::new(),
    };
    format!("listed for {}{since}{by}", entry.reason)
}

fn list(reasons: &[&str]) -> String {
    if reasons.is_empty() { "no reason at all".to_owned() } else { reasons.join(", ") }
}

fn show_decision(decided: &ShownDecision, out: &mut impl Write) -> anyhow::Result<()> {
    let at = decided.at.as_deref().unwrap_or("at no known time");
    let verdict = if decided.verdict == "suppress" { "suppressed" } else { "kept" };
    let class = if decided.class.is_empty() {
        String::new()
    } else {
        format!(", class {} by rule {}", decided.class, decided.rule)
    };
    let reader = match decided.reader.as_str() {
        "model" => " (second reader)",
        _ => "",
    };
    out.line(format!("  {at}  {}  {verdict} ({}){class}{reader}", decided.event, decided.reason))?;
    if !decided.text.is_empty() {
        out.line(format!("    the receiver said: {}", decided.text))?;
    }
    let facts = [
        ("mail", &decided.message_id),
        ("from", &decided.domain),
        ("configuration set", &decided.configuration_set),
        ("tenant", &decided.tenant),
        ("feedback", &decided.feedback_id),
    ];
    let facts: Vec<String> = facts
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name} {value}"))
        .collect();
    if !facts.is_empty() {
        out.line(format!("    {}", facts.join(", ")))?;
    }
    Ok(())
}

fn changes(known: &KnownAddress) -> Vec<String> {
    let mut lines = Vec::new();
    for listed in known.account_list.iter().filter(|listed| listed.entry.is_some()) {
        lines.push("Take it off the list once the mailbox takes mail again:".to_owned());
        lines.push(format!(
            "  aws sesv2 delete-suppressed-destination --email-address {}",
            quoted(&listed.spelling)
        ));
        if listed.spelling.contains('/') {
            lines.push(
                "SES refuses that for an address with a slash: import a file with DELETE \
                 (docs/RUNBOOK.md)."
                    .to_owned(),
            );
        }
    }
    for tenant in known.tenants.iter().filter(|tenant| tenant.entry.is_some()) {
        lines.push(format!(
            "  aws sesv2 delete-suppressed-destination --tenant-name {} --email-address {}",
            quoted(&tenant.name),
            quoted(&known.address)
        ));
    }
    if lines.is_empty() {
        lines.push("Put it on the list:".to_owned());
        lines.push(format!(
            "  aws sesv2 put-suppressed-destination --reason BOUNCE --email-address {}",
            quoted(&known.address)
        ));
    }
    lines.push(
        "Never suppress it again: name it in the stack's parameter ProtectedAddresses.".to_owned(),
    );
    lines.push("Delete what is recorded: ses-warden forget ADDRESS.".to_owned());
    lines
}

/// For a POSIX shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
