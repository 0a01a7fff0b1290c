//! What the defaults of guard are worth, on a part of the scenarios.

use std::error::Error;

use warden_simulate::model::PauseJudgement;
use warden_simulate::results::{PolicyOutcome, ScenarioRow};
use warden_simulate::{PauseRule, PlayOptions, Results, World, play};

type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

fn world(names: &[(&str, usize)]) -> Result<World> {
    let mut world = World::built_in()?;
    world.scenarios.retain_mut(|scenario| {
        match names.iter().find(|(name, _)| *name == scenario.name) {
            Some((_, volumes)) => {
                scenario.volumes.truncate(*volumes);
                true
            }
            None => false,
        }
    });
    assert_eq!(world.scenarios.len(), names.len());
    Ok(world)
}

fn of(row: &ScenarioRow, policy: PauseRule) -> Result<&PolicyOutcome> {
    Ok(row.policies.iter().find(|outcome| outcome.policy == policy).ok_or("no such policy")?)
}

fn false_pauses(results: &Results, policy: PauseRule) -> Result<f64> {
    let found = results.summary.iter().find(|summary| summary.policy == policy);
    Ok(found.ok_or("no such policy")?.false_pauses_a_year)
}

const INCIDENTS: [(&str, usize); 3] =
    [("stolen-credentials", 4), ("stolen-key-in-a-large-account", 1), ("purchased-list", 3)];

#[test]
fn incidents_are_stopped_with_ten_times_fewer_bad_mails_than_under_the_sample_of_aws() -> Result {
    let mut quiet_years = 0.0;
    for seed in [1, 2] {
        let results = play(&world(&INCIDENTS)?, &PlayOptions { seed, runs: 8, years: 1 });
        assert_eq!(results.rows.len(), 8);
        for row in &results.rows {
            let ours = of(row, PauseRule::SesWarden)?.incident.as_ref().unwrap();
            assert_eq!(
                ours.pause.count, ours.runs,
                "{} at {}, seed {seed}",
                row.scenario, row.volume
            );
            assert!(
                ours.times_fewer_than_aws_sample >= 10.0,
                "{} at {}, seed {seed}: {:.1} times",
                row.scenario,
                row.volume,
                ours.times_fewer_than_aws_sample
            );
            quiet_years += of(row, PauseRule::SesWarden)?.pauses_a_year;
        }
    }
    // The rates of the largest sender vary so much that one hour in twenty years deserves it.
    assert!(
        quiet_years <= 1.0,
        "{quiet_years} false pauses in the sixteen quiet years of the same senders"
    );
    Ok(())
}

#[test]
fn false_pauses_are_no_more_than_those_of_the_sample_of_aws_and_a_tiny_sender_has_none() -> Result {
    let calm = [
        ("clean", 3),
        ("weekly-newsletter", 1),
        ("tiny-sender", 1),
        ("bad-day", 2),
        ("provider-outage", 2),
    ];
    for seed in [1, 2] {
        let results = play(&world(&calm)?, &PlayOptions { seed, runs: 1, years: 2 });
        assert!(results.rows.iter().all(|row| row.pause == PauseJudgement::Wrong));
        let tiny = results.rows.iter().find(|row| row.scenario == "tiny-sender").unwrap();
        assert!(of(tiny, PauseRule::SesWarden)?.pauses_a_year < 0.1);
        assert!(
            of(tiny, PauseRule::AwsSample)?.pauses_a_year >= 1.0,
            "the scenario has lost its sting"
        );
        let ours = false_pauses(&results, PauseRule::SesWarden)?;
        let aws = false_pauses(&results, PauseRule::AwsSample)?;
        let plain = false_pauses(&results, PauseRule::PlainRate)?;
        // The tiny sender is what tips it; docs/SIMULATION.md says so too.
        assert!(ours <= aws, "{ours} against {aws}");
        assert!(plain > 1.0, "the scenarios have lost their sting: {plain}");
    }
    Ok(())
}

/// An alarm may go into ALARM before the counts prove a pause; then only the schedule starts
/// another check.
#[test]
fn guard_looks_when_an_alarm_rises_and_else_by_its_schedule() -> Result {
    let options = PlayOptions { seed: 1, runs: 12, years: 1 };
    let mut world = world(&[("stolen-credentials", 3)])?;
    let mut bad_mails_with_looks_each = |minutes| -> Result<Vec<f64>> {
        world.model.warden.schedule_minutes = Some(minutes);
        let results = play(&world, &options);
        let bad = |row: &ScenarioRow| {
            Ok(of(row, PauseRule::SesWarden)?
                .incident
                .as_ref()
                .ok_or("no incident")?
                .pause
                .bad_mails)
        };
        results.rows.iter().map(bad).collect()
    };
    let (each_minute, each_hour) = (bad_mails_with_looks_each(1)?, bad_mails_with_looks_each(60)?);
    // A surge of fifty times the usual mail is proven as soon as the alarm is in ALARM.
    assert!((each_hour[0] / each_minute[0] - 1.0).abs() < 0.05, "{each_minute:?} {each_hour:?}");
    // One that is no more than the mail of noon is not.
    assert!(each_hour[2] > 1.2 * each_minute[2], "{each_minute:?} {each_hour:?}");
    Ok(())
}

/// The decision code decides: other rules, other results.
#[test]
fn rules_can_be_tried_in_the_model() -> Result {
    let options = PlayOptions { seed: 1, runs: 4, years: 1 };
    let mut world = world(&[("purchased-list", 1), ("bad-day", 2)])?;
    let bad = |results: &Results| -> Result<f64> {
        let row = results
            .rows
            .iter()
            .find(|row| row.scenario == "purchased-list")
            .ok_or("no such row")?;
        Ok(of(row, PauseRule::SesWarden)?.incident.as_ref().ok_or("no incident")?.pause.bad_mails)
    };
    let deployed = play(&world, &options);
    world.model.warden.bounce.fast.critical = Some(0.9);
    world.model.warden.bounce.fast.surge_critical = Some(0.9);
    assert!(bad(&play(&world, &options))? > 3.0 * bad(&deployed)?);
    // The alarm has the line of a surge: above it, nobody would call guard.
    world.model.warden.bounce.fast.critical = Some(0.03);
    world.model.warden.bounce.fast.surge_critical = Some(0.03);
    world.model.warden.events_floor = Some(3);
    let strict = play(&world, &options);
    assert!(
        false_pauses(&strict, PauseRule::SesWarden)?
            > false_pauses(&deployed, PauseRule::SesWarden)? + 3.0
    );
    Ok(())
}

#[test]
fn the_same_seed_gives_the_same_numbers_whatever_else_is_played() -> Result {
    let options = PlayOptions { seed: 5, runs: 3, years: 1 };
    let rows = |names: &[(&str, usize)], options: &PlayOptions| -> Result<String> {
        Ok(format!("{:?}", play(&world(names)?, options).rows))
    };
    let alone = rows(&[("stolen-credentials", 1)], &options)?;
    assert_eq!(alone, rows(&[("stolen-credentials", 1)], &options)?);
    assert_ne!(alone, rows(&[("stolen-credentials", 1)], &PlayOptions { seed: 6, ..options })?);
    let both = rows(&[("tiny-sender", 1), ("stolen-credentials", 1)], &options)?;
    assert!(both.contains(alone.trim_matches(['[', ']'])));
    Ok(())
}
