//! How the results move with what nobody knows: the same scenarios in worlds that differ in one
//! assumption.

use crate::model::{Delay, Model, World};
use crate::results::{PlayOptions, Summary, play};

/// One world, and what came out.
#[derive(Debug, Clone)]
pub struct Variation {
    /// What is different in it.
    pub title: &'static str,
    /// Over all scenarios, one of each policy.
    pub summary: Vec<Summary>,
}

/// A title, and what it changes.
type Assumption = (&'static str, fn(&mut Model));

const CHANGES: [Assumption; 10] = [
    ("nothing", |_| ()),
    ("bounces come 3 times as late", |model| later(&mut model.delays.bounce, 3.0)),
    ("30 % of bounces are late, not 15 %", |model| more_late(&mut model.delays.bounce, 2.0)),
    ("complaints come 3 times as late", |model| later(&mut model.delays.complaint, 3.0)),
    ("a lag of 2 minutes, not 3", |model| lag(model, 2)),
    ("a lag of 5 minutes", |model| lag(model, 5)),
    ("a lag of 8 minutes", |model| lag(model, 8)),
    ("rates vary twice as much", |model| {
        model.noise.rate_day *= 2.0;
        model.noise.rate_hour *= 2.0;
    }),
    ("V is a tenth", |model| model.reputation.factors[0] *= 0.1),
    ("V is ten times as large", |model| model.reputation.factors[0] *= 10.0),
];

/// Plays all scenarios once for each assumption.
pub fn play_all(world: &World, options: &PlayOptions) -> Vec<Variation> {
    let vary = |(title, change): &Assumption| {
        let mut world = world.clone();
        change(&mut world.model);
        Variation { title, summary: play(&world, options).summary }
    };
    CHANGES.iter().map(vary).collect()
}

fn later(delays: &mut [Delay], times: f64) {
    delays.iter_mut().for_each(|delay| delay.mean_minutes *= times);
}

/// The first part of the mixture is what comes at once.
fn more_late(delays: &mut [Delay], times: f64) {
    let late: f64 = delays.iter().skip(1).map(|delay| times * delay.share).sum();
    for (place, delay) in delays.iter_mut().enumerate() {
        delay.share = if place == 0 { 1.0 - late } else { times * delay.share };
    }
}

/// All that go through the same pipeline.
fn lag(model: &mut Model, minutes: u32) {
    let lag = &mut model.lag_minutes;
    (lag.warden, lag.plain, lag.credible) = (minutes, minutes, minutes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_late_share_takes_from_what_comes_at_once() {
        let mut delays = World::built_in().unwrap().model.delays.bounce;
        more_late(&mut delays, 2.0);
        let shares: Vec<f64> = delays.iter().map(|delay| delay.share).collect();
        for (share, expected) in shares.into_iter().zip([0.70, 0.24, 0.06]) {
            assert!((share - expected).abs() < 1e-12, "{share}");
        }
    }

    #[test]
    fn each_variation_is_played_in_a_world_of_its_own() {
        let mut world = World::built_in().unwrap();
        world.scenarios.retain(|scenario| scenario.name == "purchased-list");
        for scenario in &mut world.scenarios {
            scenario.volumes.truncate(1);
        }
        let variations = play_all(&world, &PlayOptions { seed: 1, runs: 2, years: 0 });
        assert_eq!(variations.len(), CHANGES.len());
        let floor = |title: &str| {
            let found = variations.iter().find(|variation| variation.title == title).unwrap();
            let floor = |summary: &&Summary| summary.policy == crate::PauseRule::Floor;
            found.summary.iter().find(floor).unwrap().sudden_bad_mails
        };
        let ratio = floor("a lag of 8 minutes") / floor("a lag of 2 minutes, not 3");
        assert!((2.5..6.5).contains(&ratio), "{ratio}");
    }
}
