//! The calling thread's record.

use crate::sys::{NO_RECORD_YET, ThreadRecord};
use std::cell::Cell;

thread_local! {
    static RECORD: Cell<Option<&'static ThreadRecord>> = const { Cell::new(None) };
}

/// The record that [`set_record`] gave to this thread, or [`NO_RECORD_YET`].
#[inline(always)]
pub fn record() -> &'static ThreadRecord {
    RECORD.get().unwrap_or(&NO_RECORD_YET)
}

/// Gives a record to this thread.
pub fn set_record(record: &'static ThreadRecord) {
    RECORD.set(Some(record));
}
