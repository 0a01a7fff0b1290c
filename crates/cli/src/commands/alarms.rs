//! `ses-warden alarms`: an alarm for each sender domain, without editing a template.

mod apply;
pub mod definition;
pub mod differences;
pub mod domains;
mod options;
pub mod plan;
mod rows;
mod show;

use std::collections::BTreeSet;
use std::io::{BufRead, Write};
use std::process::ExitCode;

use anyhow::bail;
use warden_aws::operator::{AlarmDefinitions, DefinedAlarm, SenderDomains};
use warden_aws::{Connection, RateLimiter};

use crate::frame::aws::block_on;
use crate::frame::exit;
use crate::frame::output::{Lines, complain};
use crate::frame::progress::Progress;
use crate::frame::prompt::Prompt;
use crate::frame::terminal;
use definition::{AlarmSettings, domain_prefix};
use domains::{KnownDomains, too_much_gone};
pub use options::Args;
use options::{Options, Verb};
use plan::{Choice, definitions, domain_of, plan};

/// SES answers such calls about once a second for the whole account.
const SES_CALLS_PER_SECOND: f64 = 1.0;

/// How a plan is carried out.
#[derive(Debug, Clone, Copy, Default)]
struct Applying {
    yes: bool,
    remove_gone: bool,
    remove_most: bool,
}

/// Plans and, when asked to, applies.
///
/// # Errors
/// When AWS cannot be read, nobody can be asked, too much would be removed, or the output
/// cannot be written. An alarm that is refused is no error: it holds no other up, the exit
/// status tells of it, and the next plan is about the rest.
pub fn run(
    args: &Args,
    mut prompt: Prompt<impl BufRead>,
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    let (options, apply) = match &args.verb {
        Verb::Plan(options) => (options, None),
        Verb::Apply { options, yes, remove_gone, remove_most } => {
            let (yes, remove_gone, remove_most) = (*yes, *remove_gone, *remove_most);
            (options, Some(Applying { yes, remove_gone, remove_most }))
        }
    };
    if options.json && apply.is_some_and(|apply| !apply.yes) {
        bail!("--json cannot ask; give --yes with it");
    }
    block_on(act(options, apply, &mut prompt, out))
}

async fn act(
    options: &Options,
    apply: Option<Applying>,
    prompt: &mut Prompt<impl BufRead>,
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    let removes = apply.is_some_and(|apply| apply.remove_gone);
    let connection = options.access.connect().await?;
    let alarms = AlarmDefinitions::new(&connection);
    let (settings, max_domains) = options.settings(&connection).await?;
    let choice = options.choice();
    // What is named is taken as it is, unless it may be gone.
    let known = if choice.domains.is_empty() || removes {
        Some(known_domains(&connection, &settings).await?)
    } else {
        None
    };
    let existing = existing(&alarms, &settings).await?;
    let domains = domains(&settings, &choice, known.as_ref(), &existing);
    let steps = plan(&settings, &choice, definitions(&settings, &choice, &domains), existing);
    let plan = show::Plan {
        settings: &settings,
        steps: &steps,
        removes,
        domains: domains.len(),
        max_domains,
        is_beyond_cap: known.as_ref().is_some_and(|known| known.is_beyond_cap),
    };

    if !options.json {
        show::table(&plan, terminal::width(), out)?;
        out.flush()?;
    }
    let open = steps.iter().filter(|step| step.is_open(removes)).count();
    let mut failures = Vec::new();
    if let (Some(apply), 1..) = (apply, open) {
        let doubt = known.as_ref().filter(|_| removes && !apply.remove_most);
        if let Some(why) = doubt.and_then(|known| too_much_gone(&settings, &choice, known, &steps))
        {
            bail!(
                "{why}. A wrong --namespace, --region or --profile looks like this, so nothing \
                 was changed. Give --remove-most if it is meant"
            );
        }
        if !apply.yes && !prompt.confirm(&question(open), out)? {
            out.line("Nothing was changed.")?;
            out.flush()?;
            return Ok(exit::DECLINED.into());
        }
        failures = apply::carry_out(&alarms, &steps, removes).await;
        if !options.json && failures.is_empty() {
            out.line(format!("Done: {open} of {open}."))?;
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
    Ok(exit::PARTIAL.into())
}

/// The domains that mail is sent from, by CloudWatch and by SES.
async fn known_domains(
    connection: &Connection,
    settings: &AlarmSettings,
) -> anyhow::Result<KnownDomains> {
    let senders = SenderDomains::new(connection, RateLimiter::per_second(SES_CALLS_PER_SECOND));
    let counted = senders.counted(&settings.namespace).await?;
    let identities = senders.identities().await?;
    Ok(KnownDomains::new(
        counted.iter().map(String::as_str),
        identities.iter().map(|(name, sends)| (name.as_str(), *sends)),
    ))
}

/// All alarms of domains that are there.
async fn existing(
    alarms: &AlarmDefinitions,
    settings: &AlarmSettings,
) -> anyhow::Result<Vec<DefinedAlarm>> {
    let mut progress = Progress::new("alarms read", None);
    Ok(alarms.list(&domain_prefix(&settings.prefix), || progress.step()).await?)
}

/// The domains that alarms are for.
fn domains(
    settings: &AlarmSettings,
    choice: &Choice,
    known: Option<&KnownDomains>,
    existing: &[DefinedAlarm],
) -> BTreeSet<String> {
    let Some(known) = known else { return choice.domains.clone() };
    let prefix = domain_prefix(&settings.prefix);
    let with_alarms = existing.iter().filter_map(|alarm| domain_of(&prefix, &alarm.name));
    known.domains(choice, &with_alarms.map(str::to_owned).collect())
}

fn question(open: usize) -> String {
    let them = if open == 1 { "this change".to_owned() } else { format!("these {open} changes") };
    format!("Apply {them}?")
}
