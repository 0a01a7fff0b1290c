//! Distinguishes a member that is missing in an answer from one that is false.
//!
//! The SDK reads an absent boolean as `false`. Where a boolean decides (whether an account sends),
//! that would turn a broken answer into a state.

use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::AfterDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use serde_json::Value;

use crate::error::{CallError, Class};

/// Keeps the JSON body of the last answer to the calls that it is given to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Members(Arc<Mutex<Value>>);

impl Members {
    /// Returns the boolean at that JSON pointer.
    ///
    /// # Errors
    /// A temporary [`CallError`] where the answer has none: the caller reads again.
    pub(crate) fn boolean(
        &self,
        operation: &'static str,
        pointer: &str,
    ) -> Result<bool, CallError> {
        let body = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        body.pointer(pointer)
            .and_then(Value::as_bool)
            .ok_or_else(|| missing(operation, pointer.trim_start_matches('/')))
    }

    /// Whether the answer has that member, and it is not null.
    pub(crate) fn has(&self, pointer: &str) -> bool {
        let body = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        body.pointer(pointer).is_some_and(|value| !value.is_null())
    }
}

#[dyn_dispatch_hint]
impl Intercept for Members {
    fn name(&self) -> &'static str {
        "Members"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let body = context.response().body().bytes().unwrap_or_default();
        let value = serde_json::from_slice(body).unwrap_or_default();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = value;
        Ok(())
    }
}

/// The error for an answer that came with success and does not say what was asked.
pub(crate) fn missing(operation: &'static str, member: &str) -> CallError {
    CallError::new(operation, Class::Temporary, &format!("the answer has no {member}"))
}
