//! Hands a function the bytes of its invocation as they came.
//!
//! The runtime would read them as JSON first, through a reader that remembers the path to each
//! value, and a payload of 6 MB would be there twice. Only the function knows what is in it, and no
//! record may fail an invocation before the function has seen it. So the runtime gets `null` to
//! read, and the bytes travel beside it.

use std::mem::replace;
use std::task::{Context, Poll};

use bytes::Bytes;
use lambda_runtime::tower::layer::{LayerFn, layer_fn};
use lambda_runtime::{LambdaInvocation, Service};
use tokio::task::futures::TaskLocalFuture;

tokio::task_local! {
    static PAYLOAD: Bytes;
}

/// Returns the payload of the invocation that is being handled; empty outside of one.
pub(crate) fn current() -> Bytes {
    PAYLOAD.try_with(Bytes::clone).unwrap_or_default()
}

/// Returns the layer that keeps the payload for [`current`].
pub(crate) fn layer<S>() -> LayerFn<fn(S) -> KeepPayload<S>> {
    layer_fn(KeepPayload)
}

/// Keeps the payload of each invocation for [`current`], and hands on `null`.
#[derive(Debug, Clone)]
pub(crate) struct KeepPayload<S>(S);

impl<S: Service<LambdaInvocation>> Service<LambdaInvocation> for KeepPayload<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = TaskLocalFuture<Bytes, S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, mut invocation: LambdaInvocation) -> Self::Future {
        let payload = replace(&mut invocation.body, Bytes::from_static(b"null"));
        PAYLOAD.scope(payload, self.0.call(invocation))
    }
}
