//! What metrics and suppress do with one invocation, besides AWS calls, a number of times: what
//! `make bench` counts the instructions of.
//!
//! `instructions FILE TIMES [open|count|decide]` reads the invocation's bytes from `FILE`. `open`
//! ends with the decoded records, `count` is metrics' whole work, `decide` is suppress'.

#![expect(clippy::print_stdout, reason = "a program that is read at a terminal")]

use std::hint::black_box;

use warden_domain::envelope::{Reading, open};
use warden_domain::metrics::{Batch, Config, KnownNames, Limits, Recent};
use warden_domain::suppression::{Policy, decide};

/// Half a minute after the events of the batches.
const NOW: i64 = 1_791_271_230;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, times, what] = arguments.as_slice() else {
        return Err("usage: instructions FILE TIMES open|count|decide".into());
    };
    let payload = std::fs::read(file)?;
    let (config, policy) = (Config::default(), Policy::default());
    let mut result = 0;
    for _ in 0..times.parse::<usize>()? {
        let records = open(black_box(&payload));
        result = match what.as_str() {
            "open" => records.len(),
            "count" => {
                let (mut names, recent) = (KnownNames::default(), Recent::new(100_000));
                let mut batch = Batch::new(&config, &mut names, &recent, NOW);
                for (place, record) in records.iter().enumerate() {
                    batch.add(place, &record.reading);
                }
                let calls = batch.finish().calls(&Limits::CLOUDWATCH);
                calls.iter().map(|call| call.data.len()).sum()
            }
            "decide" => records
                .iter()
                .map(|record| match &record.reading {
                    Reading::Event(event) => decide(event, &policy).to_suppress().count(),
                    Reading::Alarm(_) | Reading::Ignored(_) | Reading::Broken(_) => 0,
                })
                .sum(),
            _ => return Err(format!("{what} is none of open, count and decide").into()),
        };
        black_box(&records);
    }
    println!("{result}");
    Ok(())
}
