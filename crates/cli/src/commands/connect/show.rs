//! A plan as a table and as JSON.

mod json;
mod legend;

use std::io::Write;

use warden_aws::operator::AlarmRule;

use super::alarms::domains::BEYOND_CAP;
use super::alarms::plan::AlarmStep;
use super::apply::Failure;
use super::options::StackPlace;
use super::plan::{ConnectPlan, StepAction, StepVerb};
use super::rows::{drawn, rows};
use super::settings::ConnectSettings;
use crate::frame::output::Format;
use crate::frame::prices::Prices;
use crate::frame::terminal::{self, wrapped};

/// SES calls from which on the time that they take is worth a sentence.
const MANY_CALLS: usize = 60;

/// What is shown.
#[derive(Debug, Clone, Copy)]
pub(super) struct ShownPlan<'a> {
    /// What all steps share.
    pub(super) settings: &'a ConnectSettings,
    /// The steps.
    pub(super) plan: &'a ConnectPlan,
    /// In which form.
    pub(super) format: Format,
    /// Whether everything is taken off.
    pub(super) is_removal: bool,
    /// Whether opens and clicks were asked for.
    pub(super) engagement: bool,
    /// Sets that are connected.
    pub(super) sets: usize,
    /// Domains that alarms are for.
    pub(super) domains: usize,
    /// Whether metrics saw more domains than it counts by name.
    pub(super) is_beyond_cap: bool,
    /// Why removing what is gone looks like a mistake.
    pub(super) doubt: Option<&'a str>,
    /// SES calls a second.
    pub(super) ses_calls_per_second: f64,
}

impl<'a> ShownPlan<'a> {
    /// Returns what the output shows of a plan.
    pub(super) fn of(
        settings: &'a ConnectSettings,
        plan: &'a ConnectPlan,
        place: &StackPlace,
    ) -> Self {
        Self {
            settings,
            plan,
            format: place.format.format(),
            is_removal: false,
            engagement: false,
            sets: 0,
            domains: 0,
            is_beyond_cap: false,
            doubt: None,
            ses_calls_per_second: place.ses_calls_per_second,
        }
    }

    /// Writes the plan for people, as wide as the terminal is; nothing for machines, who get it
    /// together with what came of it.
    pub(super) fn plan(&self, out: &mut impl Write) -> anyhow::Result<()> {
        if self.format != Format::Table {
            return Ok(());
        }
        self.table(terminal::width(), out)?;
        Ok(out.flush()?)
    }

    /// Writes the plan as one JSON object. `is_applied` says whether it was carried out.
    pub(super) fn json(
        &self,
        is_applied: bool,
        failures: &[Failure],
        out: &mut impl Write,
    ) -> anyhow::Result<()> {
        json::write(self, is_applied, failures, out)
    }

    /// Writes the plan in so many columns: what happens to which sets, identities and domains, the
    /// thresholds of the alarms and what they cost.
    pub(super) fn table(&self, columns: Option<usize>, out: &mut impl Write) -> anyhow::Result<()> {
        let Self { settings, plan, .. } = *self;
        if plan.steps.is_empty() {
            writeln!(out, "{}", wrapped(&self.nothing(), 0, columns))?;
            return Ok(());
        }
        for line in self.place() {
            writeln!(out, "{}", wrapped(&line, 0, columns))?;
        }
        writeln!(out, "\n{}\n", drawn(&rows(&settings.alarms.prefix, plan), columns))?;
        let legend = legend::lines(plan);
        for line in &legend {
            writeln!(out, "{}", wrapped(line, 0, columns))?;
        }
        if !legend.is_empty() {
            writeln!(out)?;
        }
        let summary = [self.summary(), self.cost()?, self.time()].join(" ");
        for text in [summary.trim().to_owned()].into_iter().chain(self.warnings()) {
            writeln!(out, "{}", wrapped(&text, 0, columns))?;
        }
        Ok(())
    }

    fn nothing(&self) -> String {
        let ConnectSettings { stack, alarms, .. } = self.settings;
        if self.is_removal {
            return format!(
                "Nothing to do: connect made nothing for the stack {stack} that is still there."
            );
        }
        format!(
            "Nothing to do: no configuration set was found, no sender domain is counted in {}, and \
             no SES identity can send.",
            alarms.namespace
        )
    }

    fn place(&self) -> Vec<String> {
        let ConnectSettings { alarms, feedback_topic, .. } = self.settings;
        let mut lines = Vec::new();
        if !feedback_topic.is_empty() {
            let destination = self.settings.destination();
            lines.push(format!("Event destinations {destination} publish to {feedback_topic}."));
        }
        let prefix = &alarms.prefix;
        lines.push(match self.is_removal {
            true => format!("Alarm names begin with {prefix}."),
            false => format!("Alarm names begin with {prefix}. Alarms notify {}.", alarms.topic),
        });
        lines
    }

    fn summary(&self) -> String {
        let counts = self.plan.counts();
        let some = |verb| counts.get(&verb).copied().filter(|count| *count > 0);
        let mut said: Vec<String> =
            [StepVerb::Create, StepVerb::Change, StepVerb::Keep, StepVerb::Remove]
                .into_iter()
                .filter_map(|verb| Some(format!("{} to {}", some(verb)?, verb.word())))
                .collect();
        said.extend(some(StepVerb::Leave).map(|count| format!("{count} to leave as they are")));
        said.extend(
            some(StepVerb::Gone).map(|count| {
                format!("{count} no longer needed, which apply --remove-gone removes")
            }),
        );
        let said = said.join(", ");
        if self.plan.open().next().is_some() {
            format!("{said}.")
        } else {
            format!("Nothing to do: {said}.")
        }
    }

    /// What the alarms made here cost that are there after it.
    fn cost(&self) -> anyhow::Result<String> {
        let (all, gone) = self.monthly(&Prices::load()?);
        let gone = if gone > 0.0 {
            format!(", ${gone:.2} of it for alarms no longer needed")
        } else {
            String::new()
        };
        Ok(match self.is_removal {
            true => String::new(),
            false => format!("The alarms cost ${all:.2} a month{gone}."),
        })
    }

    /// In dollars a month, and the part of it that is for alarms that are gone.
    fn monthly(&self, prices: &Prices) -> (f64, f64) {
        let (mut all, mut gone) = (0.0, 0.0);
        for step in &self.plan.steps {
            let Some(step) = step.alarm() else { continue };
            match step {
                AlarmStep::Create(definition)
                | AlarmStep::Change { definition, .. }
                | AlarmStep::Keep { definition, .. } => {
                    all += prices.alarm(definition.rule.metrics());
                }
                AlarmStep::Gone(existing) if !self.plan.removes => {
                    // One of another kind reads one metric.
                    let cost = prices.alarm(existing.rule.as_ref().map_or(1, AlarmRule::metrics));
                    all += cost;
                    gone += cost;
                }
                AlarmStep::Gone(_) | AlarmStep::LeaveAlone(..) => {}
            }
        }
        (all, gone)
    }

    /// How long it takes, where that is long.
    fn time(&self) -> String {
        let is_of_ses = |action: &StepAction| !matches!(action, StepAction::Alarm(_));
        let steps = self.plan.open().filter(|step| is_of_ses(&step.action)).count();
        let calls = steps + self.plan.tags_to_write().len();
        if calls < MANY_CALLS || self.ses_calls_per_second <= 0.0 {
            return String::new();
        }
        let calls_for_rate = u32::try_from(calls).map_or(f64::MAX, f64::from);
        let minutes = (calls_for_rate / self.ses_calls_per_second / 60.0).ceil();
        format!("Its {calls} calls to SES take about {minutes:.0} min.")
    }

    /// Returns what a person should know before saying yes.
    pub(super) fn warnings(&self) -> Vec<String> {
        let ConnectSettings { max_domains, metric_set, .. } = self.settings;
        let mut warnings = Vec::new();
        let tracking = self.plan.newly_tracking().len();
        if tracking > 0 {
            let sets = if tracking == 1 { "set" } else { "sets" };
            warnings.push(format!(
                "Warning: with OPEN and CLICK SES adds a pixel to the HTML mail of {tracking} \
                 configuration {sets} and rewrites its links."
            ));
        }
        if self.engagement && metric_set.as_deref() != Some("full") {
            let set = match metric_set {
                Some(set) => format!("is {set}"),
                None => "is not known".to_owned(),
            };
            warnings.push(format!(
                "Warning: the stack's MetricSet {set}: metrics counts opens and clicks only where \
                 it is full."
            ));
        }
        let domains = self.domains;
        if domains > *max_domains {
            warnings.push(format!(
                "Warning: {domains} domains are to have alarms, but metrics keeps series for \
                 {max_domains} and counts the others under Domain={BEYOND_CAP}, so their alarms \
                 would have no data. Raise the stack's MaxDomains, or name the domains that matter \
                 with --domain."
            ));
        }
        if self.is_beyond_cap {
            warnings.push(format!(
                "Warning: more domains send than metrics counts by name. The others are counted \
                 under Domain={BEYOND_CAP}, which has no alarms. Raise the stack's MaxDomains."
            ));
        }
        warnings
    }
}

#[cfg(test)]
mod tests;
