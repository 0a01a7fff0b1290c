//! Seeded mail and its feedback, drawn by the step and not by the mail.

use rand::Rng;
use rand_distr::{Binomial, Distribution, Poisson, StandardNormal};
use rand_pcg::Pcg64Mcg;

use crate::model::{Delay, Model, Noise, Shape};

/// Minutes of an hour, a day, a week.
pub(crate) const HOUR: u64 = 60;
pub(crate) const DAY: u64 = 24 * HOUR;
pub(crate) const WEEK: u64 = 7 * DAY;

/// Successes in `n` trials.
fn binomial(rng: &mut Pcg64Mcg, n: u64, p: f64) -> u64 {
    if n == 0 || p <= 0.0 {
        return 0;
    }
    if p >= 1.0 {
        return n;
    }
    Binomial::new(n, p).map_or(0, |distribution| distribution.sample(rng))
}

/// Arrivals where `mean` are expected.
#[expect(clippy::cast_possible_truncation, reason = "a draw of at most a few billions, and whole")]
#[expect(clippy::cast_sign_loss, reason = "a count")]
fn poisson(rng: &mut Pcg64Mcg, mean: f64) -> u64 {
    if mean <= 0.0 {
        return 0;
    }
    Poisson::new(mean).map_or(0, |distribution| distribution.sample(rng) as u64)
}

/// A log-normal factor of mean 1.
fn factor(rng: &mut Pcg64Mcg, sigma: f64) -> f64 {
    let z: f64 = rng.sample(StandardNormal);
    (sigma * z - sigma * sigma / 2.0).exp()
}

/// Events on their way: the mixture's parts are memoryless, so a count of each is
/// all there is to keep.
#[derive(Debug, Clone)]
struct Pending {
    parts: Vec<TrafficPart>,
}

#[derive(Debug, Clone)]
struct TrafficPart {
    /// Share of what the parts before left over.
    of_rest: f64,
    /// Chance that a waiting event arrives within a step.
    arrives: f64,
    /// The same for one that sets out at a random moment of the step.
    arrives_new: f64,
    waiting: u64,
}

impl Pending {
    fn new(delays: &[Delay], step_minutes: f64) -> Self {
        let mut rest = 1.0;
        let mut parts = Vec::with_capacity(delays.len());
        for delay in delays {
            let steps = step_minutes / delay.mean_minutes;
            let stays = (-steps).exp();
            parts.push(TrafficPart {
                of_rest: if rest > delay.share { delay.share / rest } else { 1.0 },
                arrives: 1.0 - stays,
                arrives_new: 1.0 - (1.0 - stays) / steps,
                waiting: 0,
            });
            rest -= delay.share;
        }
        if let Some(last) = parts.last_mut() {
            last.of_rest = 1.0;
        }
        Self { parts }
    }

    /// Takes `new` events in and gives those that arrive in this step.
    fn step(&mut self, rng: &mut Pcg64Mcg, new: u64) -> u64 {
        let mut left = new;
        let mut arrived = 0;
        for part in &mut self.parts {
            let own = binomial(rng, left, part.of_rest);
            left -= own;
            let early = binomial(rng, own, part.arrives_new);
            let due = binomial(rng, part.waiting, part.arrives);
            part.waiting = part.waiting - due + own - early;
            arrived += early + due;
        }
        arrived
    }
}

/// What happens to a sender's mail in one step.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Disturbance {
    /// Foreign mails a minute.
    pub(crate) extra: f64,
    /// Their rates: bounce, complaint, soft.
    pub(crate) extra_rates: TrafficRates,
    /// The rates of the own mail, where they change.
    pub(crate) own: Option<TrafficRates>,
}

/// Rates of a stream of mail.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct TrafficRates {
    pub(crate) bounce: f64,
    pub(crate) complaint: f64,
    pub(crate) soft: f64,
}

/// What one step shows.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct StepCounts {
    pub(crate) sends: u64,
    pub(crate) deliveries: u64,
    pub(crate) bounces: u64,
    pub(crate) complaints: u64,
    /// Mails that a pause would have been right to stop.
    pub(crate) bad: f64,
    /// The bounce rate behind the counts, without chance: what no judge can see.
    pub(crate) true_bounce: f64,
}

/// One sender's mail.
#[derive(Debug)]
pub(crate) struct Sender {
    /// Mean mails a minute, for each hour of the week.
    week: Vec<f64>,
    rates: TrafficRates,
    noise: Noise,
    rng: Pcg64Mcg,
    bounces: Pending,
    complaints: Pending,
    step_minutes: u64,
    day: u64,
    hour: u64,
    volume_today: f64,
    own_today: f64,
    own_now: f64,
    /// Another list varies by itself.
    foreign_now: f64,
}

impl Sender {
    pub(crate) fn new(
        model: &Model,
        shape: &Shape,
        volume: f64,
        rates: TrafficRates,
        step_minutes: u32,
        rng: Pcg64Mcg,
    ) -> Self {
        let hours: f64 = shape.hours.iter().sum();
        let mean_day = shape.weekdays.iter().sum::<f64>() / 7.0;
        let week = shape
            .weekdays
            .iter()
            .flat_map(|day| {
                shape
                    .hours
                    .iter()
                    .map(move |hour| volume * (day / mean_day) * (hour / hours) / 60.0)
            })
            .collect();
        let step = f64::from(step_minutes);
        Self {
            week,
            rates,
            noise: model.noise.clone(),
            rng,
            bounces: Pending::new(&model.delays.bounce, step),
            complaints: Pending::new(&model.delays.complaint, step),
            step_minutes: step_minutes.into(),
            day: u64::MAX,
            hour: u64::MAX,
            volume_today: 1.0,
            own_today: 1.0,
            own_now: 1.0,
            foreign_now: 1.0,
        }
    }

    /// The sender's own rates.
    pub(crate) fn rates(&self) -> TrafficRates {
        self.rates
    }

    /// Draws one step that begins at `minute` (0 is a Monday, 00:00).
    pub(crate) fn step(&mut self, minute: u64, disturbance: &Disturbance) -> StepCounts {
        if self.day != minute / DAY {
            self.day = minute / DAY;
            self.volume_today = factor(&mut self.rng, self.noise.volume_day);
            self.own_today = factor(&mut self.rng, self.noise.rate_day);
        }
        if self.hour != minute / HOUR {
            self.hour = minute / HOUR;
            self.own_now = self.own_today * factor(&mut self.rng, self.noise.rate_hour);
            self.foreign_now = factor(&mut self.rng, self.noise.rate_hour);
        }
        let minutes = self.step_minutes as f64;
        let hour = usize::try_from((minute % WEEK) / HOUR).unwrap_or_default();
        let own_mean =
            self.week.get(hour).copied().unwrap_or_default() * self.volume_today * minutes;
        let own_sends = poisson(&mut self.rng, own_mean);
        let extra_mean = disturbance.extra * minutes;
        let extra_sends = poisson(&mut self.rng, extra_mean);
        let own = self.stream(own_sends, disturbance.own.unwrap_or(self.rates), self.own_now);
        let extra = self.stream(extra_sends, disturbance.extra_rates, self.foreign_now);
        let worse = disturbance
            .own
            .map_or(0.0, |rates| (rates.bounce - self.rates.bounce).max(0.0) * own_sends as f64);
        let own_rate = disturbance.own.unwrap_or(self.rates).bounce;
        let true_bounce = (own_mean * own_rate + extra_mean * disturbance.extra_rates.bounce)
            / (own_mean + extra_mean).max(f64::MIN_POSITIVE);
        StepCounts {
            true_bounce,
            sends: own_sends + extra_sends,
            deliveries: own.delivered + extra.delivered,
            bounces: self.bounces.step(&mut self.rng, own.bounces + extra.bounces),
            complaints: self.complaints.step(&mut self.rng, own.complaints + extra.complaints),
            bad: extra_sends as f64 + worse,
        }
    }

    fn stream(&mut self, sends: u64, rates: TrafficRates, now: f64) -> Stream {
        let bounces = binomial(&mut self.rng, sends, rates.bounce * now);
        let soft = binomial(&mut self.rng, sends - bounces, rates.soft);
        let delivered = sends - bounces - soft;
        let complaints = binomial(&mut self.rng, delivered, rates.complaint * now);
        Stream { bounces, delivered, complaints }
    }
}

/// What becomes of one stream's mails of a step, in the end.
struct Stream {
    bounces: u64,
    delivered: u64,
    complaints: u64,
}

#[cfg(test)]
mod tests;
