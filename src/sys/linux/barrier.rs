//! membarrier(2): a full memory fence on every running thread of the process, so that the threads
//! that pin handles need none.

use super::ret::of_kernel;
use super::syscall::call4;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering, fence};

const QUERY: usize = 0;
const PRIVATE_EXPEDITED: usize = 1 << 3;
const REGISTER_PRIVATE_EXPEDITED: usize = 1 << 4;

fn membarrier(command: usize) -> super::super::Result<usize> {
    // SAFETY: membarrier takes numbers only.
    of_kernel(unsafe { call4(libc::SYS_membarrier, command, 0, 0, 0) })
}

/// Whether [`barrier`] works in this process: 0 until the first question, then 1 or 2.
static STATE: AtomicU8 = AtomicU8::new(0);

/// Whether [`barrier`] works in this process: decided once, at the first question.
#[inline(always)]
pub fn barrier_ready() -> bool {
    match STATE.load(Ordering::Acquire) {
        0 => find_out(),
        state => state == 1,
    }
}

#[cold]
#[inline(never)]
fn find_out() -> bool {
    let offered = membarrier(QUERY).is_ok_and(|commands| commands & PRIVATE_EXPEDITED != 0);
    let ready =
        offered && membarrier(REGISTER_PRIVATE_EXPEDITED).is_ok() && membarrier(PRIVATE_EXPEDITED).is_ok();
    // The first answer stays: threads must not count and not count at the same time.
    let answer = if ready { 1 } else { 2 };
    STATE.compare_exchange(0, answer, Ordering::AcqRel, Ordering::Acquire).unwrap_or_else(|e| e);
    STATE.load(Ordering::Acquire) == 1
}

/// A full fence on every thread of this process. Only where [`barrier_ready`].
pub fn barrier() {
    static DENIED: AtomicBool = AtomicBool::new(false);
    if DENIED.load(Ordering::Relaxed) {
        return slow_barrier();
    }
    if membarrier(PRIVATE_EXPEDITED).is_err() {
        // A process made by clone(2) may have lost the registration.
        let _ = membarrier(REGISTER_PRIVATE_EXPEDITED);
        if membarrier(PRIVATE_EXPEDITED).is_err() {
            DENIED.store(true, Ordering::Relaxed);
            slow_barrier();
        }
    }
}

/// How long a store may stay in a processor's buffer, with a wide margin.
const STORES_ARE_OUT: libc::timespec = libc::timespec { tv_sec: 0, tv_nsec: 5_000_000 };

/// As [`barrier`], where a sandbox that was entered late refuses membarrier(2). Taking a right away from a page
/// makes the kernel interrupt every processor that runs a thread of this process, on the machines where it
/// cannot do that otherwise; and no processor keeps a store to itself for milliseconds.
#[cold]
fn slow_barrier() {
    fence(Ordering::SeqCst);
    // SAFETY: a new page of our own, written to and unmapped before anyone else knows it; the sleep reads a
    // span of ours. A refusal leaves the sleep.
    unsafe {
        let (rights, kind) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
        let page = libc::mmap(ptr::null_mut(), 4096, rights, kind, -1, 0);
        if page != libc::MAP_FAILED {
            page.cast::<u8>().write_volatile(1);
            libc::mprotect(page, 4096, libc::PROT_READ);
            libc::munmap(page, 4096);
        }
        call4(libc::SYS_nanosleep, ptr::from_ref(&STORES_ARE_OUT) as usize, 0, 0, 0);
    }
    fence(Ordering::SeqCst);
}
