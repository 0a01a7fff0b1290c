//! From the Lambda runtime to a function and back.

use std::process::ExitCode;
use std::sync::Arc;

use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};
use serde::Serialize;
use serde::de::IgnoredAny;
use tracing::{Instrument, error, info_span};

use crate::FunctionError;
use crate::deadline::Deadline;
use crate::settings::{Environment, SettingErrors};
use crate::{logs, panics, payload};

/// What is deployed: takes the payload as bytes and answers.
pub trait Function: Send + Sync + 'static {
    /// What goes back to the invoker.
    type Answer: Serialize + Send;

    /// Handles one invocation.
    ///
    /// An error delivers the whole invocation again.
    fn handle(
        &self,
        payload: &[u8],
        deadline: Deadline,
    ) -> impl Future<Output = Result<Self::Answer, FunctionError>> + Send;
}

/// Builds a function from the environment and serves it until Lambda ends the
/// process.
///
/// A wrong setting ends the process with the sentences that name it: Lambda shows
/// them as an init error, and nothing is taken from the queue.
pub fn run<F: Function>(
    name: &'static str,
    build: impl FnOnce(&Environment) -> Result<F, SettingErrors>,
) -> ExitCode {
    let environment = Environment::of_process();
    let level = logs::level(&environment);
    logs::init(level.clone().unwrap_or(tracing::level_filters::LevelFilter::INFO));
    panics::log_them();
    // One thread: a function has a share of one core, and init pays for every
    // thread that is started.
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(fault) => {
            return stop(name, &format!("the asynchronous runtime did not start: {fault}"));
        }
    };
    let result = runtime.block_on(async {
        let (_, function) = SettingErrors::none_in(level, build(&environment))
            .map_err(|faults| faults.to_string())?;
        serve(name, Arc::new(function)).await.map_err(|fault| fault.to_string())
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => stop(name, &fault),
    }
}

fn stop(name: &str, fault: &str) -> ExitCode {
    error!(function = name, "{name} cannot start: {fault}");
    ExitCode::FAILURE
}

async fn serve<F: Function>(name: &'static str, function: Arc<F>) -> Result<(), Error> {
    let handler = service_fn(move |event: LambdaEvent<IgnoredAny>| {
        let function = function.clone();
        let span =
            info_span!("invocation", function = name, request_id = %event.context.request_id);
        async move {
            let payload = payload::current();
            let deadline = Deadline::at_epoch(event.context.deadline());
            // Boxed: the futures of SDK calls nest deeper than the compiler's limit.
            let answer = Box::pin(function.handle(&payload, deadline));
            let answer = panics::caught(answer).await;
            if let Err(fault) = &answer {
                error!(function = name, error.kind = fault.kind(), error = %fault, "the invocation failed and is given back: {fault}");
            }
            answer
        }
        .instrument(span)
    });
    Runtime::new(handler).layer(payload::layer()).run().await
}
