//! The calling thread's record.

use crate::sys::ThreadRecord;
use std::cell::Cell;

thread_local! {
    static RECORD: Cell<Option<&'static ThreadRecord>> = const { Cell::new(None) };
}

/// The record that [`set_record`] gave to this thread.
#[inline(always)]
pub fn record() -> Option<&'static ThreadRecord> {
    RECORD.get()
}

/// Gives a record to this thread.
pub fn set_record(record: &'static ThreadRecord) {
    RECORD.set(Some(record));
}
