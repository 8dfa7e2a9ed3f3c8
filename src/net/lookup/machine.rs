//! One lookup as the state machine of an operation.

use super::pool::PendingLookup;
use super::resolver_call::Resolved;
use crate::net::error::{Code, Result};
use crate::net::operation::{self, Machine, Step};
use crate::net::time::Nanos;
use crate::sys::Lock;

/// A lookup as a state machine; `T` is its result, which `of` takes out of what the resolver returned.
pub struct Lookup<T> {
    pub progress: Lock<Progress<T>>,
    pub of: fn(Resolved) -> Result<T>,
}

/// How far a lookup is.
pub enum Progress<T> {
    Known(T),
    Running(PendingLookup),
    Over,
}

impl<T: Send + 'static> Machine for Lookup<T> {
    type Output = T;

    fn step(&self, at: &Step, limit: Option<Code>) -> Result<Option<T>> {
        let mut progress = self.progress.lock();
        if let Some(code) = limit {
            *progress = Progress::Over;
            return Err(code);
        }
        let result = match std::mem::replace(&mut *progress, Progress::Over) {
            Progress::Known(found) => Ok(found),
            Progress::Running(pending) => match pending.take() {
                Some(result) => result.and_then(self.of),
                None => {
                    *progress = Progress::Running(pending);
                    at.watch.end(at.slot, Nanos::FOREVER)?;
                    return Ok(None);
                }
            },
            Progress::Over => return Err(operation::already_taken()),
        };
        result.map(Some)
    }
}
