//! The account suppression list.

use std::future::Future;

use aws_sdk_sesv2::types::SuppressionListReason;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::error::{CallError, Class};
use crate::{Connection, Pace};

/// Tries of one call in one invocation; after that the message goes back to its
/// queue, which waits longer than we can.
const TRIES: u32 = 3;

/// Why an address is on the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// BOUNCE.
    Bounce,
    /// COMPLAINT.
    Complaint,
}

/// The account suppression list of one Region.
#[derive(Debug, Clone)]
pub struct SuppressionList {
    ses: aws_sdk_sesv2::Client,
    pace: Pace,
}

impl SuppressionList {
    /// The list of the connection's Region.
    pub fn new(connection: &Connection, pace: Pace) -> Self {
        Self { ses: connection.sesv2(), pace }
    }

    /// The limiter of its calls.
    pub fn pace(&self) -> &Pace {
        &self.pace
    }

    /// PutSuppressedDestination. Doing it twice changes nothing; over an entry
    /// with another reason it replaces the reason.
    ///
    /// # Errors
    /// [`CallError`]; a refusal is final for this address.
    pub async fn put(&self, address: &str, reason: Reason) -> Result<(), CallError> {
        let reason = match reason {
            Reason::Bounce => SuppressionListReason::Bounce,
            Reason::Complaint => SuppressionListReason::Complaint,
        };
        paced(&self.pace, "PutSuppressedDestination", || {
            self.ses.put_suppressed_destination().email_address(address).reason(reason.clone()).send()
        })
        .await
        .map(|_| ())
    }

    /// GetSuppressedDestination: the reason an address is listed for, or `None`.
    /// The address must be in the very spelling it was put in.
    ///
    /// # Errors
    /// [`CallError`]; SES refuses addresses with a slash here, although it takes
    /// them in [`SuppressionList::put`].
    pub async fn get(&self, address: &str) -> Result<Option<Reason>, CallError> {
        let answer = paced(&self.pace, "GetSuppressedDestination", || {
            self.ses.get_suppressed_destination().email_address(address).send()
        })
        .await;
        match answer {
            Ok(found) => Ok(found.suppressed_destination().map(|entry| {
                if *entry.reason() == SuppressionListReason::Complaint { Reason::Complaint } else { Reason::Bounce }
            })),
            Err(error) if error.class == Class::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// One call at the limiter's pace, tried again while that can help.
pub(crate) async fn paced<T, E, Fut>(
    pace: &Pace,
    operation: &'static str,
    call: impl Fn() -> Fut,
) -> Result<T, CallError>
where
    E: ProvideErrorMetadata + std::fmt::Debug,
    Fut: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
{
    let mut tries = 1;
    loop {
        pace.turn().await;
        let error = match call().await {
            Ok(answer) => {
                pace.succeeded();
                return Ok(answer);
            }
            Err(error) => CallError::of(operation, &error),
        };
        if error.class == Class::Throttled {
            pace.throttled();
        }
        let worthwhile = matches!(error.class, Class::Throttled | Class::Temporary);
        if !worthwhile || tries == TRIES {
            return Err(error);
        }
        tries += 1;
    }
}
