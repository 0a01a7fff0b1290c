use rand::SeedableRng;

use super::*;
use crate::model::World;

fn year(step: u32, seed: u64) -> StepCounts {
    let world = World::built_in().unwrap();
    let rates = TrafficRates { bounce: 0.01, complaint: 0.001, soft: 0.1 };
    let rng = Pcg64Mcg::seed_from_u64(seed);
    let mut sender =
        Sender::new(&world.model, &world.model.shapes["office"], 20_000.0, rates, step, rng);
    let mut sum = StepCounts::default();
    for minute in (0..52 * WEEK).step_by(step as usize) {
        let counts = sender.step(minute, &Disturbance::default());
        sum.sends += counts.sends;
        sum.deliveries += counts.deliveries;
        sum.bounces += counts.bounces;
        sum.complaints += counts.complaints;
        sum.bad += counts.bad;
    }
    sum
}

#[test]
fn a_year_has_the_volume_and_the_rates_it_was_given_at_any_step() {
    for step in [5, 15] {
        let year = year(step, 1);
        let near = |value: u64, expected: f64, tolerance: f64| {
            assert!(
                (value as f64 / expected - 1.0).abs() < tolerance,
                "step {step}: {value}, not {expected}"
            );
        };
        let sends = year.sends as f64;
        near(year.sends, 20_000.0 * 364.0, 0.05);
        near(year.bounces, 0.01 * sends, 0.06);
        near(year.deliveries, 0.99 * 0.9 * sends, 0.01);
        near(year.complaints, 0.001 * 0.99 * 0.9 * sends, 0.08);
        assert!(year.bad < 1.0);
    }
}

#[test]
fn the_same_seed_gives_the_same_mail() {
    let [a, b, c] = [year(15, 7), year(15, 7), year(15, 8)];
    assert_eq!((a.sends, a.bounces, a.complaints), (b.sends, b.bounces, b.complaints));
    assert_ne!(a.sends, c.sends);
}

#[test]
fn delayed_events_all_arrive_after_their_mean() {
    let delays =
        [Delay { share: 0.5, mean_minutes: 2.0 }, Delay { share: 0.5, mean_minutes: 60.0 }];
    let mut rng = Pcg64Mcg::seed_from_u64(3);
    let mut pending = Pending::new(&delays, 1.0);
    let mut arrived = vec![pending.step(&mut rng, 100_000)];
    arrived.extend((1..2_000).map(|_| pending.step(&mut rng, 0)));
    assert_eq!(arrived.iter().sum::<u64>(), 100_000);
    let minutes: f64 =
        arrived.iter().enumerate().map(|(minute, n)| minute as f64 * *n as f64).sum();
    assert!((minutes / 100_000.0 - 31.0).abs() < 1.0, "{minutes}");
}
