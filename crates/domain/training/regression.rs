//! Logistic regression, the same bits on every machine: full gradients in a fixed order, and
//! nothing but exact operations.

use warden_domain::bounce::training::{Features, logistic, root};

use super::corpus::Example;

const BUCKETS: usize = 65_536;

/// Weight of the penalty on large weights, for each example.
const PENALTY: f64 = 3e-4;

const STEPS: u32 = 600;

pub(crate) struct Regression {
    pub(crate) weights: Vec<f64>,
    pub(crate) bias: f64,
}

impl Regression {
    /// Fits the targets of `examples` by Nesterov's accelerated gradient descent.
    pub(crate) fn fit(examples: &[&Example]) -> Self {
        let mut weights = vec![0.0; BUCKETS + 1];
        let mut ahead = weights.clone();
        // Each example is three unit vectors: words, pieces, bias.
        let rate = 1.0 / (0.75 + PENALTY);
        let share = 1.0 / f64::from(u32::try_from(examples.len().max(1)).unwrap_or(u32::MAX));
        for step in 0..STEPS {
            let mut gradient: Vec<f64> = ahead.iter().map(|weight| PENALTY * weight).collect();
            for example in examples {
                let error = logistic(score(&ahead, &example.features)) - example.target;
                add(&mut gradient, &example.features, error * share);
            }
            let momentum = f64::from(step) / f64::from(step + 3);
            for ((weight, ahead), slope) in weights.iter_mut().zip(&mut ahead).zip(&gradient) {
                let next = *ahead - rate * slope;
                *ahead = next + momentum * (next - *weight);
                *weight = next;
            }
        }
        let bias = weights.pop().unwrap_or_default();
        Self { weights, bias }
    }

    pub(crate) fn score(&self, features: &Features) -> f64 {
        self.bias + score(&self.weights, features)
    }
}

fn score(weights: &[f64], features: &Features) -> f64 {
    let sum = |buckets: &[u16]| -> f64 {
        let all: f64 = buckets.iter().filter_map(|b| weights.get(usize::from(*b))).sum();
        all / root(buckets.len())
    };
    sum(&features.words) + sum(&features.pieces) + weights.get(BUCKETS).copied().unwrap_or_default()
}

fn add(gradient: &mut [f64], features: &Features, error: f64) {
    for buckets in [&features.words, &features.pieces] {
        let part = error / root(buckets.len());
        for bucket in buckets {
            if let Some(slope) = gradient.get_mut(usize::from(*bucket)) {
                *slope += part;
            }
        }
    }
    if let Some(slope) = gradient.get_mut(BUCKETS) {
        *slope += error;
    }
}

/// Platt's scaling: the factor and the summand that make scores log odds.
pub(crate) fn calibrated(scores: &[(f64, f64)]) -> (f64, f64) {
    let (mut factor, mut summand) = (1.0, 0.0);
    // Newton's method on two parameters.
    for _ in 0..50 {
        let (mut g0, mut g1, mut h00, mut h01, mut h11) = (0.0, 0.0, 1e-9, 0.0, 1e-9);
        for (score, target) in scores {
            let p = logistic(factor * score + summand);
            let (error, curve) = (p - target, p * (1.0 - p));
            g0 += error * score;
            g1 += error;
            h00 += curve * score * score;
            h01 += curve * score;
            h11 += curve;
        }
        let determinant = h00 * h11 - h01 * h01;
        factor -= (h11 * g0 - h01 * g1) / determinant;
        summand -= (h00 * g1 - h01 * g0) / determinant;
    }
    (factor, summand)
}
