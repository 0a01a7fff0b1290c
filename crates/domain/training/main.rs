//! Trains the second reader: `make train`.
//!
//! Reads the labelled diagnostics (`events/diagnostics/*.toml` and `written/`, never
//! `measured/`), writes `rules/reader.bin` and its figures `rules/reader.md`. The same texts
//! give the same bytes on every machine.

mod corpus;
mod figures;
mod regression;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use corpus::{Example, FNV_START, Result, fnv};
use regression::{Regression, calibrated};
use warden_domain::bounce::training::{ModelParts, ReaderModel, logistic};

/// Parts of the cross-validation. All texts of one publisher lie in the same part.
const FOLDS: u64 = 20;

/// A word may be shown where at least so many examples hold it.
const FEWEST_EXAMPLES: usize = 2;

/// A prediction for a text that the model had not seen, nor any other of its publisher.
pub(crate) struct Unseen<'a> {
    pub(crate) example: &'a Example,
    pub(crate) probability: f64,
}

fn main() -> Result {
    let (examples, trained_on) = corpus::read()?;
    let scores = cross_validated(&examples);
    let pairs: Vec<(f64, f64)> = examples
        .iter()
        .zip(&scores)
        .map(|(example, score)| (*score, f64::from(u8::from(example.is_recipient))))
        .collect();
    let (factor, summand) = calibrated(&pairs);
    let unseen: Vec<Unseen<'_>> = examples
        .iter()
        .zip(&scores)
        .map(|(example, score)| Unseen { example, probability: logistic(factor * score + summand) })
        .collect();
    let limits = figures::limits(&unseen);
    let all: Vec<&Example> = examples.iter().collect();
    let model = Regression::fit(&all);
    let bytes = quantized(&model, (factor, summand), limits, trained_on, &shown(&examples));
    let rules = corpus::root().join("crates/domain/rules");
    fs::write(rules.join("reader.bin"), &bytes)?;
    let quantized = ReaderModel::of(&bytes).ok_or("the data file is broken")?;
    fs::write(rules.join("reader.md"), figures::page(&unseen, limits, quantized, bytes.len())?)?;
    Ok(())
}

/// A score for each example, by a model that saw no text of its publisher.
fn cross_validated(examples: &[Example]) -> Vec<f64> {
    let fold = |example: &Example| (fnv(FNV_START, &example.publisher) >> 32) % FOLDS;
    let mut scores = vec![0.0; examples.len()];
    for part in 0..FOLDS {
        let seen: Vec<&Example> = examples.iter().filter(|e| fold(e) != part).collect();
        if seen.len() == examples.len() {
            continue;
        }
        let model = Regression::fit(&seen);
        for (score, example) in scores.iter_mut().zip(examples) {
            if fold(example) == part {
                *score = model.score(&example.features);
            }
        }
    }
    scores
}

/// The data file: weights that give log odds, in steps of an i16.
fn quantized(
    model: &Regression,
    (factor, summand): (f64, f64),
    (low, high): (u16, u16),
    trained_on: u64,
    words: &[String],
) -> Vec<u8> {
    let largest = model.weights.iter().fold(0.0_f64, |most, weight| most.max(weight.abs()));
    let step = narrow(factor * largest / f64::from(i16::MAX));
    let weights: Vec<i16> =
        model.weights.iter().map(|weight| steps(factor * weight / f64::from(step))).collect();
    let bias = narrow(factor * model.bias + summand);
    ModelParts { trained_on, step, bias, low, high, weights: &weights, words }.to_bytes()
}

#[expect(clippy::cast_possible_truncation, reason = "the precision of the data file")]
fn narrow(number: f64) -> f32 {
    number as f32
}

#[expect(clippy::cast_possible_truncation, reason = "bounded above")]
fn steps(number: f64) -> i16 {
    number.round().clamp(f64::from(i16::MIN), f64::from(i16::MAX)) as i16
}

/// The words that several examples hold, sorted.
fn shown(examples: &[Example]) -> Vec<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for example in examples {
        let words: BTreeSet<&str> = example.words.split_whitespace().collect();
        for word in words.into_iter().filter(|word| word.chars().all(char::is_alphabetic)) {
            *counts.entry(word).or_default() += 1;
        }
    }
    let common = counts.into_iter().filter(|(_, count)| *count >= FEWEST_EXAMPLES);
    common.map(|(word, _)| word.to_owned()).collect()
}
