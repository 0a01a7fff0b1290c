//! One run of a scenario: an incident, or a year without one.

use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;
use warden_domain::guard::Severity;

use crate::level::Level;
use crate::model::{Event, PauseJudgement, Scenario, World};
use crate::policy::{Each, POLICIES, PauseRule};
use crate::traffic::{DAY, Disturbance, Sender, StepCounts, TrafficRates, WEEK};
use crate::watch::Watch;

/// What one policy did first in an incident, counted from its onset: a pause, or a warning.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Stop {
    /// Minutes to it; `None` where there was none.
    pub(crate) minutes: Option<f64>,
    /// All mails sent until then, or to the end.
    pub(crate) mails: f64,
    /// Those of them that should not have been sent.
    pub(crate) bad: f64,
    /// From when on it takes effect.
    due: Option<u64>,
}

impl Stop {
    /// Counts a step that ends at `end`, unless it is over.
    fn step(&mut self, called: Option<u64>, end: u64, onset: u64, mails: f64, bad: f64) {
        if self.minutes.is_some() {
            return;
        }
        // A pause that takes effect at the beginning of the step lets nothing of it out.
        self.due = self.due.or(called);
        self.mails += mails;
        self.bad += bad;
        if let Some(at) = self.due.filter(|at| *at <= end) {
            self.minutes = Some((at - onset) as f64);
        }
    }
}

/// How one policy ended an incident.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Ending {
    /// The first pause.
    pub(crate) pause: Stop,
    /// The first warning, or the pause where that came without one.
    pub(crate) warning: Stop,
}

/// What one policy did in a year in which nothing deserved a pause.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Quiet {
    /// Pauses.
    pub(crate) pauses: u32,
    /// Warnings, and pauses that came without one.
    pub(crate) warnings: u32,
}

/// The account of a scenario.
struct SimulatedAccount<'w> {
    senders: Vec<Sender>,
    watch: Watch<'w>,
    counts: Vec<StepCounts>,
    volume: f64,
}

/// A stream of random numbers of its own for each use, so that one more scenario or
/// run changes no other.
pub(crate) fn stream(seed: u64, name: &str, parts: &[u64]) -> Pcg64Mcg {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let numbers = [seed].into_iter().chain(parts.iter().copied());
    for byte in name.bytes().chain(numbers.flat_map(u64::to_le_bytes)) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    Pcg64Mcg::seed_from_u64(hash)
}

impl<'w> SimulatedAccount<'w> {
    fn new(
        world: &'w World,
        scenario: &Scenario,
        volume: f64,
        step: u32,
        rng: &mut Pcg64Mcg,
    ) -> Self {
        let model = &world.model;
        let mail = &scenario.mail;
        let own = TrafficRates { bounce: mail.bounce, complaint: mail.complaint, soft: mail.soft };
        let mut mails = vec![(&mail.shape, volume, own)];
        if let Some(o) = &scenario.others {
            mails.push((
                &o.shape,
                o.volume,
                TrafficRates { bounce: o.bounce, complaint: o.complaint, soft: o.soft },
            ));
        }
        let senders: Vec<Sender> = mails
            .iter()
            .filter_map(|(shape, volume, rates)| {
                let shape = model.shapes.get(*shape)?;
                Some(Sender::new(model, shape, *volume, *rates, step, Pcg64Mcg::from_rng(rng)))
            })
            .collect();
        let history: Vec<(f64, TrafficRates)> =
            mails.iter().map(|(_, volume, rates)| (*volume, *rates)).collect();
        let daily = history.iter().map(|(volume, _)| volume).sum();
        let mut watch = Watch::new(model, step, senders.len(), daily);
        let counts = vec![StepCounts::default(); senders.len()];
        match scenario.opening {
            None => watch.fill(&history),
            Some(opening) => {
                let mut first = counts.clone();
                if let Some(sender) = first.first_mut() {
                    sender.sends = opening.sends;
                    sender.deliveries = opening.sends.saturating_sub(opening.bounces);
                    sender.bounces = opening.bounces;
                }
                watch.step(0, &first);
            }
        }
        Self { senders, watch, counts, volume }
    }

    /// Plays one step that begins at `minute`, in which `event` has been going on
    /// for `since` minutes.
    fn step(&mut self, minute: u64, step: u32, event: Option<(&Event, u64)>) -> Each<Level> {
        let calm = Disturbance::default();
        for (place, (sender, count)) in self.senders.iter_mut().zip(&mut self.counts).enumerate() {
            let disturbance = match event {
                Some((event, since)) if place == 0 => {
                    disturbance(event, since, sender.rates(), self.volume)
                }
                _ => calm,
            };
            *count = sender.step(minute, &disturbance);
        }
        self.watch.step(minute + u64::from(step), &self.counts)
    }
}

fn disturbance(event: &Event, since: u64, own: TrafficRates, volume: f64) -> Disturbance {
    if event.hours.is_some_and(|hours| since as f64 >= hours * 60.0) {
        return Disturbance::default();
    }
    let ramp = event.ramp_days * DAY as f64;
    let progress = if ramp > 0.0 { (since as f64 / ramp).min(1.0) } else { 1.0 };
    let towards = |from: f64, to: Option<f64>| to.map_or(from, |to| from + (to - from) * progress);
    let changes =
        event.own_bounce.is_some() || event.own_complaint.is_some() || event.own_soft.is_some();
    Disturbance {
        extra: (event.extra_per_hour + event.extra_hourly_share * volume) / 60.0,
        extra_rates: TrafficRates {
            bounce: event.bounce,
            complaint: event.complaint,
            soft: event.soft,
        },
        own: changes.then(|| TrafficRates {
            bounce: towards(own.bounce, event.own_bounce),
            complaint: towards(own.complaint, event.own_complaint),
            soft: towards(own.soft, event.own_soft),
        }),
    }
}

/// Plays an incident, its onset at a random moment of the week.
pub(crate) fn incident(
    world: &World,
    scenario: &Scenario,
    volume: f64,
    mut rng: Pcg64Mcg,
) -> Each<Ending> {
    let play = &world.model.play;
    let step = scenario.step_minutes.unwrap_or(play.incident_step_minutes);
    let length = u64::from(scenario.days.unwrap_or(play.incident_days)) * DAY;
    let run_up = u64::from(play.run_up_days) * DAY;
    let width = u64::from(step);
    let start = rng.random_range(0..WEEK) / width * width;
    let mut account = SimulatedAccount::new(world, scenario, volume, step, &mut rng);
    for minute in (start..start + run_up).step_by(step as usize) {
        account.step(minute, step, None);
    }
    let onset = start + run_up;
    let mut endings: Each<Ending> = [Ending::default(); POLICIES.len()];
    let event = scenario.event.as_ref();
    for minute in (onset..onset + length).step_by(step as usize) {
        let levels = account.step(minute, step, event.map(|event| (event, minute - onset)));
        let mails: u64 = account.counts.iter().map(|count| count.sends).sum();
        let bad: f64 = account.counts.iter().map(|count| count.bad).sum();
        let end = minute + width;
        for ((ending, level), policy) in endings.iter_mut().zip(levels).zip(POLICIES) {
            // What knows the truth knows it with the first mail, not at the end of the step.
            let seen = if policy == PauseRule::Floor { minute } else { end };
            let at = seen + u64::from(policy.lag(&world.model));
            let pauses = (level == Some(Severity::Critical)).then_some(at);
            ending.pause.step(pauses, end, onset, mails as f64, bad);
            ending.warning.step(level.map(|_| at), end, onset, mails as f64, bad);
        }
        if endings.iter().all(|ending| ending.pause.minutes.is_some()) {
            break;
        }
    }
    endings
}

/// Counts how often something begins, and not again for a while.
#[derive(Debug, Clone, Copy, Default)]
struct Edges {
    count: u32,
    was: bool,
    not_before: u64,
}

impl Edges {
    fn step(&mut self, is: bool, minute: u64, pause: u32) {
        if is && !self.was && minute >= self.not_before {
            self.count += 1;
            self.not_before = minute + u64::from(pause);
        }
        self.was = is;
    }
}

/// Plays a year in which nothing deserves a pause, and counts the pauses and warnings.
pub(crate) fn year(
    world: &World,
    scenario: &Scenario,
    volume: f64,
    mut rng: Pcg64Mcg,
) -> Each<Quiet> {
    let play = &world.model.play;
    let step = play.year_step_minutes;
    let recurring = scenario.event.as_ref().filter(|_| scenario.pause != PauseJudgement::Right);
    let mut account = SimulatedAccount::new(world, scenario, volume, step, &mut rng);
    let mut edges: Each<[Edges; 2]> = [[Edges::default(); 2]; POLICIES.len()];
    let mut onset = 0;
    for minute in (0..365 * DAY).step_by(step as usize) {
        let mut event = None;
        if let Some(recurring) = recurring {
            let cycle = u64::from(recurring.every_days.unwrap_or(365)) * DAY;
            if minute % cycle == 0 {
                // Somewhere in the first half of the cycle.
                onset = minute + rng.random_range(0..cycle / 2);
            }
            event = (minute >= onset).then(|| (recurring, minute - onset));
        }
        let levels = account.step(minute, step, event);
        for ([pauses, warnings], level) in edges.iter_mut().zip(levels) {
            pauses.step(level == Some(Severity::Critical), minute, play.resume_minutes);
            warnings.step(level.is_some(), minute, play.warned_minutes);
        }
    }
    edges.map(|[pauses, warnings]| Quiet { pauses: pauses.count, warnings: warnings.count })
}
