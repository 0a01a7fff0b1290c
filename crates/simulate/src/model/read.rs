//! The files are read, and what makes no sense in them is refused.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use warden_domain::guard::Measure;

use super::{Model, Noise, PauseJudgement, Reputation, Scenario};

/// Why data files cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or folder cannot be read.
    #[error("{path} cannot be read")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file is no TOML of the expected shape.
    #[error("{file}: {reason}")]
    Parse {
        /// Which.
        file: String,
        /// Where and why. Not a source: whoever prints the chain would say it twice.
        reason: Box<toml::de::Error>,
    },
    /// A value makes no sense.
    #[error("{file}: {reason}")]
    Value {
        /// Which.
        file: String,
        /// Why.
        reason: String,
    },
}

/// All data files.
#[derive(Debug, Clone)]
pub struct World {
    /// `model.toml`.
    pub model: Model,
    /// The others, in the order of their file names.
    pub scenarios: Vec<Scenario>,
}

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../scenarios/", $name)))),*]
    };
}

/// The files that come with the crate.
pub const BUILT_IN: &[(&str, &str)] = files![
    "model.toml",
    "10-clean.toml",
    "11-weekly-newsletter.toml",
    "12-tiny-sender.toml",
    "13-bad-day.toml",
    "14-provider-outage.toml",
    "15-provider-denies.toml",
    "20-stolen-credentials.toml",
    "21-stolen-key-in-a-large-account.toml",
    "22-purchased-list.toml",
    "23-slow-decay.toml",
];

impl World {
    /// The files that come with the crate.
    ///
    /// # Errors
    /// Never, as its test shows.
    pub fn built_in() -> Result<Self, Error> {
        Self::parse(BUILT_IN.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())))
    }

    /// The `.toml` files of a folder.
    ///
    /// # Errors
    /// When the folder or a file cannot be read, or says what makes no sense.
    pub fn read(folder: &Path) -> Result<Self, Error> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| Error::Read { path, source }
        };
        let mut files = BTreeMap::new();
        for entry in fs::read_dir(folder).map_err(failed(folder))? {
            let path = entry.map_err(failed(folder))?.path();
            if let Some(name) =
                path.file_name().and_then(|n| n.to_str()).filter(|n| n.ends_with(".toml"))
            {
                files.insert(name.to_owned(), fs::read_to_string(&path).map_err(failed(&path))?);
            }
        }
        Self::parse(files)
    }

    fn parse(files: impl IntoIterator<Item = (String, String)>) -> Result<Self, Error> {
        let mut model = None;
        let mut scenarios = Vec::new();
        for (file, text) in files {
            let parsed = |reason| Error::Parse { file: file.clone(), reason: Box::new(reason) };
            if file == "model.toml" {
                model = Some(toml::from_str::<Model>(&text).map_err(parsed)?);
            } else {
                let mut scenario: Scenario = toml::from_str(&text).map_err(parsed)?;
                let stem = file.trim_end_matches(".toml");
                scenario.name =
                    stem.trim_start_matches(|c: char| c.is_ascii_digit() || c == '-').to_owned();
                scenarios.push((file, scenario));
            }
        }
        let wrong = |file: &str, reason: String| Error::Value { file: file.to_owned(), reason };
        let Some(model) = model else {
            return Err(wrong("model.toml", "is missing".to_owned()));
        };
        check_model(&model).map_err(|reason| wrong("model.toml", reason))?;
        for (file, scenario) in &scenarios {
            check(scenario, &model).map_err(|reason| wrong(file, reason))?;
        }
        Ok(Self { model, scenarios: scenarios.into_iter().map(|(_, scenario)| scenario).collect() })
    }
}

/// The largest number of mails that is simulated, a day.
const LARGEST: f64 = 1e9;

fn check_model(model: &Model) -> Result<(), String> {
    for (name, shape) in &model.shapes {
        let weights = || shape.hours.iter().chain(&shape.weekdays);
        let empty = |weights: &[f64]| weights.iter().sum::<f64>() <= 0.0;
        if weights().any(|w| !(0.0..=LARGEST).contains(w))
            || empty(&shape.hours)
            || empty(&shape.weekdays)
        {
            return Err(format!("shape {name}: weights are numbers from 0 on, not all 0"));
        }
    }
    for (name, delays) in [("bounce", &model.delays.bounce), ("complaint", &model.delays.complaint)]
    {
        let shares: f64 = delays.iter().map(|d| d.share).sum();
        if (shares - 1.0).abs() > 1e-9
            || delays.iter().any(|d| d.share < 0.0 || d.mean_minutes <= 0.0)
        {
            return Err(format!(
                "delays of {name}: the shares must make 1 and the means be above 0"
            ));
        }
    }
    let Noise { volume_day, rate_day, rate_hour } = model.noise;
    if [volume_day, rate_day, rate_hour].iter().any(|sigma| !(0.0..=3.0).contains(sigma)) {
        return Err("noise: a sigma lies between 0 and 3".to_owned());
    }
    let Reputation { floor, days, factors, .. } = model.reputation;
    let volumes = [floor, factors[0], factors[1], factors[2]];
    if volumes.iter().any(|v| !(v.is_finite() && *v > 0.0)) || !(0.0..=1000.0).contains(&days) {
        return Err("reputation: floor and factors are above 0, days from 0 to 1000".to_owned());
    }
    let play = &model.play;
    let steps = [play.incident_step_minutes, play.year_step_minutes];
    if steps.iter().any(|step| !is_step(*step)) {
        return Err("play: a step is 1, 3, 5 or 15 minutes".to_owned());
    }
    for rule in [Measure::Bounce, Measure::Complaint].map(|measure| model.warden.rule(measure)) {
        for window in [rule.fast, rule.slow] {
            let week = 7 * 24 * 3_600;
            if window.seconds == 0
                || window.seconds % 300 != 0
                || window.seconds > week
                || window.lookback_seconds > week
            {
                return Err(
                    "warden: windows are multiples of 5 minutes, and as their lookback a week at most".to_owned()
                );
            }
            let (usual, surge) = (window.usual, window.surge);
            if [usual.warn, usual.critical, surge.warn, surge.critical]
                .iter()
                .any(|line| !(0.0..=1.0).contains(line))
            {
                return Err("warden: a threshold is a fraction between 0 and 1".to_owned());
            }
        }
        if [rule.z, rule.surge_times].iter().any(|v| !(v.is_finite() && *v > 0.0)) {
            return Err("warden: z and surge_times are above 0".to_owned());
        }
    }
    if model.warden.schedule_minutes() == 0 {
        return Err("warden: schedule_minutes is above 0".to_owned());
    }
    let floored = model.two_windows.bounce.iter().chain(&model.two_windows.complaint);
    let mut windows = [
        model.aws_sample.window_minutes,
        model.plain.window_minutes,
        model.reputation.publish_minutes,
        model.two_windows.every_minutes,
    ]
    .into_iter()
    .chain(floored.clone().map(|window| window.minutes));
    if windows.any(|w| w == 0 || w % 15 != 0 || w > 24 * 60) {
        return Err("windows are multiples of 15 minutes, a day at most".to_owned());
    }
    let credible = &model.credible;
    let lines = [&credible.bounce, &credible.complaint];
    let fractions = lines.into_iter().flat_map(|line| [line.prior, line.warn, line.pause]);
    if fractions.chain([credible.tail]).any(|share| !(share > 0.0 && share < 1.0)) {
        return Err("credible: tail, priors and lines are between 0 and 1".to_owned());
    }
    Ok(())
}

/// Steps that the windows of all policies are multiples of.
fn is_step(minutes: u32) -> bool {
    [1, 3, 5, 15].contains(&minutes)
}

fn check(scenario: &Scenario, model: &Model) -> Result<(), String> {
    let others = scenario.others.as_ref();
    for shape in [Some(&scenario.mail.shape), others.map(|o| &o.shape)].into_iter().flatten() {
        if !model.shapes.contains_key(shape) {
            return Err(format!("there is no shape {shape} in model.toml"));
        }
    }
    if scenario.title.trim().is_empty() || scenario.title.contains(char::is_control) {
        return Err("title is one line of text, without control characters".to_owned());
    }
    if scenario.volumes.is_empty() {
        return Err("volumes is empty".to_owned());
    }
    let event = scenario.event.clone().unwrap_or_default();
    let volumes = scenario.volumes.iter().copied().chain(others.map(|o| o.volume));
    if volumes.chain([event.extra_per_hour]).any(|v| !(0.0..=LARGEST).contains(&v)) {
        return Err(format!("a volume lies between 0 and {LARGEST}"));
    }
    let own = [scenario.mail.bounce, scenario.mail.complaint, scenario.mail.soft];
    let foreign = [event.bounce, event.complaint, event.soft, event.extra_hourly_share];
    let changed = [event.own_bounce, event.own_complaint, event.own_soft].into_iter().flatten();
    let theirs = others.map_or([0.0; 3], |o| [o.bounce, o.complaint, o.soft]);
    if own
        .into_iter()
        .chain(foreign)
        .chain(changed)
        .chain(theirs)
        .any(|rate| !(0.0..=1.0).contains(&rate))
    {
        return Err("a rate is a fraction between 0 and 1".to_owned());
    }
    if !scenario.step_minutes.is_none_or(is_step) {
        return Err("a step is 1, 3, 5 or 15 minutes".to_owned());
    }
    let lengths = [event.hours.unwrap_or(1.0), event.ramp_days + 1.0];
    if lengths.iter().any(|l| !(l.is_finite() && *l > 0.0)) || event.every_days == Some(0) {
        return Err("hours, ramp_days and every_days are positive".to_owned());
    }
    match (scenario.pause, &scenario.event) {
        (PauseJudgement::Right, None) => Err("a right pause needs an event".to_owned()),
        (PauseJudgement::Right, Some(event)) if event.every_days.is_some() => {
            Err("every_days is for what is not worth a pause".to_owned())
        }
        (PauseJudgement::Wrong | PauseJudgement::Either, Some(event))
            if event.every_days.is_none() =>
        {
            Err("an event that is not worth a pause needs every_days".to_owned())
        }
        _ => Ok(()),
    }
}
