//! poll(2), with nanoseconds kept by the clock.

use super::call::bare;
use crate::sys::unix::ret::of_kernel;
use crate::sys::{PollFd, Result, now};

const MILLISECOND: i64 = 1_000_000;

/// Waits until one of the descriptors is ready or `timeout` nanoseconds have passed (`None`: for
/// ever). Returns how many are ready. Never early; up to a millisecond late.
pub fn poll(fds: &mut [PollFd], timeout: Option<i64>) -> Result<usize> {
    let end = timeout.filter(|ns| *ns > 0).map(|ns| now().saturating_add(ns));
    loop {
        let span = match (timeout, end) {
            (None, _) => -1,
            (_, None) => 0,
            (_, Some(end)) => {
                let left = (end - now()).max(0);
                (left / MILLISECOND + i64::from(left % MILLISECOND != 0)).min(i32::MAX.into()) as i32
            }
        };
        // SAFETY: PollFd has the layout of pollfd; the array is borrowed mutably.
        let found =
            of_kernel(bare(|| unsafe { libc::poll(fds.as_mut_ptr().cast(), fds.len() as _, span) } as isize));
        if found != Ok(0) || end.is_none_or(|end| now() >= end) {
            return found;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_as_long_as_it_was_asked_to() {
        for ns in [1, 300_000, 1_000_000, 2_500_000] {
            let began = now();
            assert_eq!(poll(&mut [], Some(ns)), Ok(0));
            assert!(now() - began >= ns, "{ns}");
        }
        assert_eq!(poll(&mut [], Some(0)), Ok(0));
        assert_eq!(poll(&mut [], Some(-5)), Ok(0));
    }
}
