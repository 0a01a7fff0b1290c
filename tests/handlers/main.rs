//! The three functions in one process, from the bytes of an invocation to the
//! answer, against AWS at the wire.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests, which Clippy does not take for tests"
)]

mod guard;
mod guard_attack;
mod guard_crashes;
mod guard_hostile;
mod guard_incidents;
mod guard_journal;
mod guard_load;
mod guard_meanwhile;
mod guard_numbers;
mod guard_resume;
mod guard_stack;
mod guard_trouble;
mod hostile;
mod leaks;
mod log;
mod metrics;
mod metrics_memory;
mod payloads;
mod settings;
mod storm;
mod suppress;
mod suppress_damage;
mod suppress_deliveries;
mod suppress_journal;
mod suppress_races;
mod suppress_rescue;
mod suppression_settings;

use std::time::Duration;

use fake_aws as wire;
use warden_lambda::settings::Environment;
use warden_lambda::{Deadline, Function, FunctionError};
use wire::Wire;

/// An environment that leads to the fake, with further variables.
fn environment(wire: &Wire, more: &[(&str, &str)]) -> Environment {
    let aws = wire.environment();
    let aws = aws.iter().map(|(name, value)| (*name, value.as_str()));
    Environment::of(aws.chain(more.iter().copied()))
}

/// One invocation: the ids of the messages that are given back.
async fn invoke<F: Function>(
    function: &F,
    payload: impl AsRef<[u8]>,
) -> Result<Vec<String>, FunctionError> {
    invoke_within(function, payload, Duration::from_secs(60)).await
}

async fn invoke_within<F: Function>(
    function: &F,
    payload: impl AsRef<[u8]>,
    time: Duration,
) -> Result<Vec<String>, FunctionError> {
    // Boxed, as the invocation loop does it: the futures of SDK calls nest deep.
    let answer = Box::pin(function.handle(payload.as_ref(), Deadline::after(time))).await?;
    let answer = serde_json::to_value(answer).unwrap();
    let failures = answer["batchItemFailures"].as_array().unwrap();
    Ok(failures
        .iter()
        .map(|failure| failure["itemIdentifier"].as_str().unwrap().to_owned())
        .collect())
}

/// Runs `work` on a clock that is `factor` times as fast as the real one.
///
/// Tokio's paused clock alone would jump to the next time-out whenever all tasks wait for the
/// server, which is a thread of its own. It does not jump while a blocking task is at work, and
/// then moves only when a test advances it.
async fn at_speed<T>(factor: u32, work: impl Future<Output = T>) -> T {
    const STEP: Duration = Duration::from_millis(1);
    tokio::time::pause();
    let clock = async {
        loop {
            tokio::task::spawn_blocking(|| std::thread::sleep(STEP)).await.unwrap();
            tokio::time::advance(STEP * factor).await;
        }
    };
    let work = std::pin::pin!(work);
    let result = tokio::select! {
        result = work => result,
        () = clock => unreachable!("the clock never stops"),
    };
    tokio::time::resume();
    result
}
