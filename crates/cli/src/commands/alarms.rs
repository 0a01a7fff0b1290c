//! `ses-warden alarms`: an alarm for each sender domain, without editing a template.

mod apply;
pub mod definition;
pub mod differences;
pub mod domains;
mod options;
pub mod plan;
mod rows;
mod show;

use std::io::{BufRead, Write};
use std::process::ExitCode;

use anyhow::bail;

use crate::frame::aws::alarms::Account;
use crate::frame::aws::block_on;
use crate::frame::output::complain;
use crate::frame::progress::Progress;
use crate::frame::terminal;
use definition::domain_prefix;
use domains::{Known, too_much_gone};
pub use options::Args;
use options::Verb;
use plan::{Step, definitions, domain_of, plan};

/// Who says yes.
#[derive(Debug)]
pub struct Person<R> {
    /// Where the answer comes from.
    pub answers: R,
    /// Whether anybody sits there.
    pub is_there: bool,
}

/// Plans and, when asked to, applies.
///
/// # Errors
/// When AWS cannot be read, nobody can be asked, too much would be removed, or the output
/// cannot be written. An alarm that is refused is no error: it holds no other up, the exit
/// status tells of it, and the next plan is about the rest.
pub fn run(
    args: &Args,
    mut person: Person<impl BufRead>,
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    block_on(act(args, &mut person, out))
}

async fn act(
    args: &Args,
    person: &mut Person<impl BufRead>,
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    let (options, apply) = match &args.verb {
        Verb::Plan(options) => (options, None),
        Verb::Apply { options, yes, remove_gone, remove_most } => {
            (options, Some((*yes, *remove_gone, *remove_most)))
        }
    };
    if options.json && apply.is_some_and(|(yes, ..)| !yes) {
        bail!("--json cannot ask; give --yes with it");
    }
    let remove = apply.is_some_and(|(_, remove_gone, _)| remove_gone);
    let account = Account::new(&options.access.load().await?);
    let (setting, max_domains) = options.setting(&account).await?;
    let choice = options.choice();
    // What is named is taken as it is, unless it may be gone.
    let known = if choice.domains.is_empty() || remove {
        let (seen, identities) =
            (account.domains_seen(&setting.namespace).await?, account.domain_identities().await?);
        Some(Known::new(
            seen.iter().map(String::as_str),
            identities.iter().map(|(name, sends)| (name.as_str(), *sends)),
        ))
    } else {
        None
    };
    let prefix = domain_prefix(&setting.prefix);
    let mut reading = Progress::new("alarms read", None);
    let existing = account.alarms(&prefix, || reading.step()).await?;
    drop(reading);
    let with_alarms = existing
        .iter()
        .filter_map(|alarm| domain_of(&prefix, &alarm.name))
        .map(str::to_owned)
        .collect();
    let domains = known
        .as_ref()
        .map_or_else(|| choice.domains.clone(), |known| known.domains(&choice, &with_alarms));
    let steps = plan(&setting, &choice, definitions(&setting, &choice, &domains), existing);
    let plan = show::Plan {
        setting: &setting,
        steps: &steps,
        removes: remove,
        domains: domains.len(),
        max_domains,
        is_beyond_cap: known.as_ref().is_some_and(|known| known.is_beyond_cap),
    };

    if !options.json {
        show::table(&plan, terminal::width(), out)?;
        out.flush()?;
    }
    let mut failures = Vec::new();
    let open = steps.iter().filter(|step| is_open(step, remove)).count();
    if let (Some((yes, _, remove_most)), 1..) = (apply, open) {
        let doubt = known.as_ref().filter(|_| remove && !remove_most);
        if let Some(why) = doubt.and_then(|known| too_much_gone(&setting, &choice, known, &steps)) {
            bail!(
                "{why}. A wrong --namespace, --region or --profile looks like this, so nothing was changed. Give \
                 --remove-most if it is meant"
            );
        }
        if !yes && !agreed(open, person, out)? {
            writeln!(out, "Nothing was changed.")?;
            out.flush()?;
            return Ok(ExitCode::from(1));
        }
        failures = apply::carry_out(&account, &steps, remove).await;
        if !options.json && failures.is_empty() {
            writeln!(out, "Done: {open} of {open}.")?;
        }
    }
    if options.json {
        show::json(&plan, apply.is_some(), &failures, out)?;
    }
    out.flush()?;
    if failures.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    complain(format_args!(
        "{} of {open} failed, the rest is done:\n{}",
        failures.len(),
        apply::listed(&failures)
    ));
    Ok(ExitCode::from(1))
}

/// Whether applying does something about it.
fn is_open(step: &Step, removes: bool) -> bool {
    match step {
        Step::Create(_) | Step::Change { .. } => true,
        Step::Gone(_) => removes,
        Step::Keep { .. } | Step::LeaveAlone(..) => false,
    }
}

fn agreed(
    open: usize,
    person: &mut Person<impl BufRead>,
    out: &mut impl Write,
) -> anyhow::Result<bool> {
    if !person.is_there {
        bail!("nobody can be asked here; give --yes to apply");
    }
    let them = if open == 1 { "this change".to_owned() } else { format!("these {open} changes") };
    write!(out, "Apply {them}? [y/N] ")?;
    out.flush()?;
    let mut answer = String::new();
    person.answers.read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}

#[cfg(test)]
mod tests;
