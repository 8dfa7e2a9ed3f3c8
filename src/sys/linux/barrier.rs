//! membarrier(2): a full memory fence on every running thread of the process, so that the threads
//! that pin handles need none.

use super::ret::of_kernel;
use super::syscall::call4;
use std::sync::atomic::{AtomicU8, Ordering};

const QUERY: usize = 0;
const PRIVATE_EXPEDITED: usize = 1 << 3;
const REGISTER_PRIVATE_EXPEDITED: usize = 1 << 4;

fn membarrier(command: usize) -> super::super::Result<usize> {
    // SAFETY: membarrier takes numbers only.
    of_kernel(unsafe { call4(libc::SYS_membarrier, command, 0, 0, 0) })
}

/// Whether [`barrier`] works in this process: decided once, at the first question.
pub fn barrier_ready() -> bool {
    static STATE: AtomicU8 = AtomicU8::new(0);
    match STATE.load(Ordering::Acquire) {
        0 => {
            let offered = membarrier(QUERY).is_ok_and(|commands| commands & PRIVATE_EXPEDITED != 0);
            let ready = offered
                && membarrier(REGISTER_PRIVATE_EXPEDITED).is_ok()
                && membarrier(PRIVATE_EXPEDITED).is_ok();
            // The first answer stays: threads must not count and not count at the same time.
            let answer = if ready { 1 } else { 2 };
            STATE.compare_exchange(0, answer, Ordering::AcqRel, Ordering::Acquire).unwrap_or_else(|e| e);
            STATE.load(Ordering::Acquire) == 1
        }
        state => state == 1,
    }
}

/// A full fence on every thread of this process. Only where [`barrier_ready`].
pub fn barrier() {
    if membarrier(PRIVATE_EXPEDITED).is_err() {
        // A process made by clone(2) may have lost the registration.
        let _ = membarrier(REGISTER_PRIVATE_EXPEDITED);
        let again = membarrier(PRIVATE_EXPEDITED);
        assert!(again.is_ok(), "membarrier failed after it had worked: {again:?}");
    }
}
