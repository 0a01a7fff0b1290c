//! `ses-warden connect`: connects configuration sets and sender domains to a deployed stack,
//! without a change of the template.
//!
//! `read` reads from AWS, `plan` compares (it is pure), `show` prints the plan and `apply` carries
//! it out. Tags on the sets and identities record what was created (`ownership`), so that `remove`
//! deletes only that.

pub mod alarms;
mod apply;
pub mod default_sets;
mod options;
pub mod ownership;
pub mod plan;
mod read;
mod rows;
pub mod sets;
pub mod settings;
mod show;
pub mod subject;

use std::collections::BTreeSet;
use std::io::{BufRead, Write};
use std::process::ExitCode;

use anyhow::bail;
use warden_aws::operator::{AlarmDefinitions, ConfigurationSets};
use warden_aws::{Connection, RateLimiter};

use crate::frame::aws::block_on;
use crate::frame::exit;
use crate::frame::output::{Format, Lines, write_stderr};
use crate::frame::prompt::Prompt;
use alarms::gone::{FoundAlarms, too_much_gone};
use alarms::plan::wanted_alarms;
pub use options::Args;
use options::{ConnectOptions, RemoveOptions, StackPlace, Verb};
use plan::{ConnectPlan, PlanStep};
use read::ConnectReader;
use sets::WantedAtSet;
use settings::{ConnectSettings, Purpose};
use show::ShownPlan;

/// How a plan is carried out.
#[derive(Debug, Clone, Copy, Default)]
struct Applying {
    yes: bool,
    remove_gone: bool,
    remove_most: bool,
}

/// Plans and, when asked to, applies or removes.
///
/// # Errors
/// When AWS cannot be read, there is no terminal to ask at, too much would be removed, or the
/// output cannot be written. A refused step is not an error: the other steps go on, the exit status
/// reports it, and the next plan contains the rest.
pub fn run(
    args: &Args,
    mut prompt: Prompt<impl BufRead>,
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    match &args.verb {
        Verb::Plan(options) => block_on(connect(options, None, &mut prompt, out)),
        Verb::Apply { options, yes, remove_gone, remove_most } => {
            let (yes, remove_gone, remove_most) = (*yes, *remove_gone, *remove_most);
            let apply = Applying { yes, remove_gone, remove_most };
            refuse_to_ask_in_json(&options.place, yes)?;
            block_on(connect(options, Some(apply), &mut prompt, out))
        }
        Verb::Remove { options, yes } => {
            refuse_to_ask_in_json(&options.place, *yes)?;
            block_on(disconnect(options, *yes, &mut prompt, out))
        }
    }
}

fn refuse_to_ask_in_json(place: &StackPlace, yes: bool) -> anyhow::Result<()> {
    if !place.format.is_table() && !yes {
        bail!("--json and --output cannot ask; give --yes with them");
    }
    Ok(())
}

async fn connect(
    options: &ConnectOptions,
    apply: Option<Applying>,
    prompt: &mut Prompt<impl BufRead>,
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    options.doubts().iter().for_each(write_stderr);
    let removes = apply.is_some_and(|apply| apply.remove_gone);
    let place = &options.place;
    let connection = place.access.connect().await?;
    let choice = options.choice();
    let scope = &choice.scope;
    let namespace = options.namespace.as_deref();
    let settings =
        ConnectSettings::read(place, namespace, scope, Purpose::Connect, &connection).await?;
    let clients = ConnectClients::new(&connection, place);
    let reader = ConnectReader::new(&connection, &clients, &settings);

    let sets = reader.sets(scope, &options.default_sets, removes).await?;
    let defaults = reader.default_sets(&options.default_sets).await?;
    // What is named is taken as it is, unless it may be gone.
    let is_open = scope.domains.is_empty() || removes;
    let known =
        if scope.without_domains || !is_open { None } else { Some(reader.domains().await?) };
    let mut existing = reader.alarms(scope).await?;
    let domains = match &known {
        _ if scope.without_domains => BTreeSet::new(),
        None => scope.domains.clone(),
        Some(known) => known.domains(scope, &read::domains_of(&settings.alarms.prefix, &existing)),
    };

    let wanted_at_set = wanted_at_set(&settings, options.engagement);
    let thresholds = options.thresholds();
    let wanted = wanted_alarms(&settings.alarms, &thresholds, &choice, &sets.chosen, &domains);
    reader.tags(scope, &wanted, &mut existing).await?;
    let alarm_steps = plan::alarm_steps(&settings.alarms.prefix, scope, wanted, existing);
    let is_doubted = apply.is_some_and(|apply| apply.remove_gone && !apply.remove_most);
    let doubt = is_doubted.then(|| {
        let found = FoundAlarms { domains: known.as_ref(), sets: sets.names.len() };
        too_much_gone(&settings.alarms, scope, found, &alarm_steps)
    });
    let doubt = doubt.flatten();
    let key = settings.key();
    let mut steps = plan::set_steps(&sets.states, &sets.chosen, &wanted_at_set);
    steps.extend(plan::default_steps(&defaults, &options.default_sets, &key));
    let made = plan::made_at(&sets.states, &key);
    let plan = plan::together(&settings.alarms, steps, alarm_steps, made, removes);
    let shown = ShownPlan {
        engagement: options.engagement,
        sets: sets.chosen.len(),
        domains: domains.len(),
        is_beyond_cap: known.as_ref().is_some_and(|known| known.is_beyond_cap),
        doubt: doubt.as_deref(),
        ..ShownPlan::of(&settings, &plan, place)
    };
    let yes = apply.map(|apply| apply.yes);
    conclude(&shown, yes, "Apply", &clients, prompt, out).await
}

async fn disconnect(
    options: &RemoveOptions,
    yes: bool,
    prompt: &mut Prompt<impl BufRead>,
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    let place = &options.place;
    let connection = place.access.connect().await?;
    let scope = options.scope.scope();
    let settings = ConnectSettings::read(place, None, &scope, Purpose::Remove, &connection).await?;
    let clients = ConnectClients::new(&connection, place);
    let reader = ConnectReader::new(&connection, &clients, &settings);

    let sets = reader.sets(&scope, &[], true).await?;
    let key = settings.key();
    let made = plan::made_at(&sets.states, &key);
    let has_defaults = made.values().any(|made| made.default_set);
    let defaults = reader.identities(has_defaults, &options.identities).await?;
    let mut existing = reader.alarms(&scope).await?;
    reader.tags(&scope, &[], &mut existing).await?;

    let mut steps = plan::set_removals(&sets.states, &wanted_at_set(&settings, false));
    let exists = |name: &str| sets.names.contains(name);
    steps.extend(plan::default_removals(&defaults, &key, &scope, exists));
    let alarm_steps = plan::alarm_removals(&settings.alarms.prefix, &scope, existing);
    let plan = plan::together(&settings.alarms, steps, alarm_steps, made, true);
    let shown = ShownPlan { is_removal: true, ..ShownPlan::of(&settings, &plan, place) };
    conclude(&shown, Some(yes), "Remove", &clients, prompt, out).await
}

fn wanted_at_set(settings: &ConnectSettings, engagement: bool) -> WantedAtSet<'_> {
    WantedAtSet {
        destination: settings.destination(),
        topic: &settings.feedback_topic,
        engagement,
        key: settings.key(),
    }
}

/// The clients of a run, with one rate limiter for all calls to SES.
#[derive(Debug)]
struct ConnectClients {
    sets: ConfigurationSets,
    alarms: AlarmDefinitions,
    pace: RateLimiter,
}

impl ConnectClients {
    fn new(connection: &Connection, place: &StackPlace) -> Self {
        let pace = RateLimiter::per_second(place.ses_calls_per_second);
        Self {
            sets: ConfigurationSets::new(connection, pace.clone()),
            alarms: AlarmDefinitions::new(connection),
            pace,
        }
    }
}

/// Shows a plan, asks, carries it out and reports what failed. `yes` is `None` if only the plan is
/// wanted; otherwise it says whether to skip the question.
async fn conclude(
    shown: &ShownPlan<'_>,
    yes: Option<bool>,
    question_word: &str,
    clients: &ConnectClients,
    prompt: &mut Prompt<impl BufRead>,
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    let ShownPlan { plan, settings, format, .. } = *shown;
    let is_table = format == Format::Table;
    shown.plan(out)?;
    if let Some(why) = shown.doubt {
        bail!(
            "{why}. A wrong --namespace, --region or --profile looks like this, so nothing was \
             changed. Give --remove-most if it is meant"
        );
    }
    let open: Vec<&PlanStep> = plan.open().collect();
    let mut failures = Vec::new();
    if let (Some(yes), false) = (yes, open.is_empty()) {
        if !yes && !is_agreed(plan, question_word, open.len(), prompt, out)? {
            out.line("Nothing was changed.")?;
            out.flush()?;
            return Ok(exit::DECLINED.into());
        }
        failures = apply::carry_out(plan, settings, clients).await;
        if is_table && failures.is_empty() {
            out.line(format!("Done: {} of {}.", open.len(), open.len()))?;
        }
    }
    if !is_table {
        shown.json(yes.is_some(), &failures, out)?;
    }
    out.flush()?;
    if failures.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    write_stderr(format_args!(
        "{} of {} failed, the rest is done:\n{}",
        failures.len(),
        open.len(),
        apply::listed(&failures)
    ));
    Ok(exit::PARTIAL.into())
}

fn is_agreed(
    plan: &ConnectPlan,
    word: &str,
    open: usize,
    prompt: &mut Prompt<impl BufRead>,
    out: &mut impl Write,
) -> anyhow::Result<bool> {
    let tracking = plan.newly_tracking().len();
    if tracking > 0 {
        let sets = match tracking {
            1 => "1 configuration set".to_owned(),
            count => format!("{count} configuration sets"),
        };
        let question = format!("Let SES add a pixel to HTML mail and rewrite links in {sets}?");
        if !prompt.confirm(&question, out)? {
            return Ok(false);
        }
    }
    let them = match (word, open) {
        ("Remove", 1) => "this".to_owned(),
        ("Remove", count) => format!("these {count} things"),
        (_, 1) => "this change".to_owned(),
        (_, count) => format!("these {count} changes"),
    };
    prompt.confirm(&format!("{word} {them}?"), out)
}
