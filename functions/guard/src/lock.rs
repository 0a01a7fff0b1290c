//! Locks of one invocation.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// A lock that nobody holds across an await.
pub(crate) fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
