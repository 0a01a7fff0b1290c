//! Adds up what single runs did: first to rows, then to the summary of each policy.

use super::{PolicyOutcome, Reached, ScenarioRow, Stopped, Summary};
use crate::model::{PauseJudgement, Scenario};
use crate::play::{Ending, Quiet, Stop};
use crate::policy::{Each, POLICIES, PauseRule};

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    if count > 0.0 { sum / count } else { 0.0 }
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let upper = *values.get(middle)?;
    if values.len() % 2 == 1 {
        return Some(upper);
    }
    Some((values.get(middle.checked_sub(1)?)? + upper) / 2.0)
}

fn reached(stops: &[Stop]) -> Reached {
    let minutes: Vec<f64> = stops.iter().filter_map(|stop| stop.minutes).collect();
    Reached {
        count: u32::try_from(minutes.len()).unwrap_or(u32::MAX),
        median_minutes: median(minutes),
        mails: mean(stops.iter().map(|stop| stop.mails)),
        bad_mails: mean(stops.iter().map(|stop| stop.bad)),
    }
}

/// How many times as many; a pause before the first bad mail stops as much as one after it.
fn times(many: f64, few: f64) -> f64 {
    many.max(1.0) / few.max(1.0)
}

/// What came out of one scenario at one volume.
pub(super) fn row(
    scenario: &Scenario,
    volume: f64,
    incidents: &[Each<Ending>],
    years: &[Each<Quiet>],
) -> ScenarioRow {
    let endings = |place: usize| incidents.iter().filter_map(move |each| each.get(place));
    let pauses = |place| reached(&endings(place).map(|ending| ending.pause).collect::<Vec<_>>());
    let warnings =
        |place| reached(&endings(place).map(|ending| ending.warning).collect::<Vec<_>>());
    let place_of = |rule| POLICIES.iter().position(|policy| *policy == rule).unwrap_or_default();
    let aws = pauses(place_of(PauseRule::AwsSample)).bad_mails;
    let floor = place_of(PauseRule::Floor);
    let (paused_floor, warned_floor) = (pauses(floor).bad_mails, warnings(floor).bad_mails);
    let outcome = |(place, policy): (usize, &PauseRule)| {
        let incident = (!incidents.is_empty()).then(|| {
            let (pause, warning) = (pauses(place), warnings(place));
            Stopped {
                runs: u32::try_from(incidents.len()).unwrap_or(u32::MAX),
                times_fewer_than_aws_sample: times(aws, pause.bad_mails),
                warned_times_fewer_than_aws_sample: times(aws, warning.bad_mails),
                times_the_floor: times(pause.bad_mails, paused_floor),
                warned_times_the_floor: times(warning.bad_mails, warned_floor),
                pause,
                warning,
            }
        });
        let quiet = || years.iter().filter_map(|year| year.get(place));
        PolicyOutcome {
            policy: *policy,
            pauses_a_year: mean(quiet().map(|quiet| f64::from(quiet.pauses))),
            warnings_a_year: mean(quiet().map(|quiet| f64::from(quiet.warnings))),
            incident,
        }
    };
    ScenarioRow {
        scenario: scenario.name.clone(),
        title: scenario.title.clone(),
        story: scenario.story.clone(),
        pause: scenario.pause,
        is_sudden: scenario.event.as_ref().is_none_or(|event| event.ramp_days <= 0.0),
        volume,
        policies: POLICIES.iter().enumerate().map(outcome).collect(),
    }
}

/// What one policy, at `place` of [`POLICIES`], did over all rows.
pub(super) fn summarise(policy: PauseRule, place: usize, rows: &[ScenarioRow]) -> Summary {
    let judged = || {
        rows.iter()
            .filter(|row| row.pause != PauseJudgement::Either)
            .filter_map(|row| row.policies.get(place))
    };
    let incidents = || judged().filter_map(|outcome| outcome.incident.as_ref());
    let geometric = |is_sudden: bool, of: fn(&Stopped) -> f64| {
        let rows = rows.iter().filter(|row| row.is_sudden == is_sudden);
        let stopped = rows.filter_map(|row| row.policies.get(place)?.incident.as_ref());
        mean(stopped.map(|stopped| of(stopped).ln())).exp()
    };
    Summary {
        policy,
        false_pauses_a_year: mean(judged().map(|outcome| outcome.pauses_a_year)),
        rows_with_false_pauses: judged().filter(|outcome| outcome.pauses_a_year > 0.0).count(),
        rows: judged().count(),
        incidents: incidents().map(|stopped| stopped.runs).sum(),
        paused: incidents().map(|stopped| stopped.pause.count).sum(),
        bad_mails: mean(incidents().map(|stopped| stopped.pause.bad_mails)),
        warned_bad_mails: mean(incidents().map(|stopped| stopped.warning.bad_mails)),
        false_warnings_a_year: mean(judged().map(|outcome| outcome.warnings_a_year)),
        times_the_floor: geometric(true, |stopped| stopped.times_the_floor),
        sudden_bad_mails: mean(
            rows.iter()
                .filter(|row| row.is_sudden)
                .filter_map(|row| row.policies.get(place)?.incident.as_ref())
                .map(|stopped| stopped.pause.bad_mails),
        ),
        decay_warned_times_fewer: geometric(false, |s| s.warned_times_fewer_than_aws_sample),
        times_fewer_than_aws_sample: mean(
            incidents().map(|stopped| stopped.times_fewer_than_aws_sample.ln()),
        )
        .exp(),
    }
}
