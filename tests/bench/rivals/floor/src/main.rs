//! The floor of `make bench`: a function that reads past its payload and answers. Built with the
//! profile of the real ones, so that what they cost can be said as a multiple of it.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde::de::IgnoredAny;
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda_runtime::run(service_fn(|_: LambdaEvent<IgnoredAny>| async {
        Ok::<Value, Error>(json!({"batchItemFailures": []}))
    }))
    .await
}
