//! poll(2) and ppoll(2), bare.

use super::clock::timespec;
use super::ret::of_kernel;
use super::syscall::call6;
use crate::sys::Result;
pub use crate::sys::unix::poll::PollFd;
use std::ptr;

/// Waits until one of the descriptors is ready or `timeout` nanoseconds have passed (`None`: for
/// ever). Returns how many are ready. The kernel rounds up, never down.
///
/// Whole milliseconds go to poll(2) where the processor has it: a wait that sleeps under a timeout takes 300 to 500 ns
/// less there, because ppoll(2) reads the clock once more and writes the time left back. Where a sandbox refuses
/// poll(2), ppoll(2) serves.
pub fn poll(fds: &mut [PollFd], timeout: Option<i64>) -> Result<usize> {
    #[cfg(target_arch = "x86_64")]
    if let Some(milliseconds) = whole_milliseconds(timeout) {
        use super::syscall::call4;
        use crate::sys::Errno;
        // SAFETY: PollFd has the layout of pollfd; the kernel writes the array, which is borrowed mutably.
        let result = of_kernel(unsafe {
            call4(libc::SYS_poll, fds.as_mut_ptr() as usize, fds.len(), milliseconds as usize, 0)
        });
        if !matches!(result, Err(Errno(libc::ENOSYS | libc::EPERM))) {
            return result;
        }
    }
    let mut span;
    let span = match timeout {
        None => ptr::null_mut(),
        Some(ns) => {
            span = timespec(ns);
            ptr::from_mut(&mut span)
        }
    };
    // SAFETY: PollFd has the layout of pollfd; the kernel writes the array and the time left, both
    // borrowed mutably; no signal mask is given.
    of_kernel(unsafe { call6(libc::SYS_ppoll, fds.as_mut_ptr() as usize, fds.len(), span as usize, 0, 8, 0) })
}

/// A timeout as poll(2) takes it, -1 for none; `None` where that would change it.
#[cfg(target_arch = "x86_64")]
fn whole_milliseconds(timeout: Option<i64>) -> Option<i32> {
    const MILLISECOND: u64 = 1_000_000;
    let Some(ns) = timeout else { return Some(-1) };
    let (span, rest) = (ns as u64 / MILLISECOND, ns as u64 % MILLISECOND);
    // A negative one has become too long.
    if rest == 0 { i32::try_from(span).ok() } else { None }
}
