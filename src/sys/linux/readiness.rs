//! The numbers of [`readiness`](crate::sys::readiness) in those of epoll(7), and back.

use crate::sys::readiness::{EDGE, ERR, EXCLUSIVE, HUP, IN, ONESHOT, OUT, PRI, RDHUP};
#[cfg(test)]
use libc::{EPOLLERR, EPOLLHUP, EPOLLIN};
use libc::{EPOLLET, EPOLLEXCLUSIVE, EPOLLONESHOT, EPOLLOUT, EPOLLPRI, EPOLLRDHUP};

#[cfg(test)]
const PAIRS: [(i32, i32); 9] = [
    (IN, EPOLLIN),
    (OUT, EPOLLOUT),
    (PRI, EPOLLPRI),
    (ERR, EPOLLERR),
    (HUP, EPOLLHUP),
    (RDHUP, EPOLLRDHUP),
    (EDGE, EPOLLET),
    (ONESHOT, EPOLLONESHOT),
    (EXCLUSIVE, EPOLLEXCLUSIVE),
];

/// In the kernel's numbers.
pub fn to_kernel(events: i32) -> u32 {
    let same = events & (IN | ERR | HUP);
    let swapped = (events & OUT) << 1 | (events & PRI) >> 1;
    let how = |own: i32, kernel: i32| if events & own != 0 { kernel } else { 0 };
    let rest = how(RDHUP, EPOLLRDHUP) | how(EDGE, EPOLLET) | how(ONESHOT, EPOLLONESHOT);
    (same | swapped | rest | how(EXCLUSIVE, EPOLLEXCLUSIVE)) as u32
}

/// From the kernel's numbers: readiness only. IN, ERR and HUP are the same in both; OUT and PRI change places.
#[inline]
pub fn from_kernel(events: u32) -> i32 {
    let events = events as i32;
    let same = events & (IN | ERR | HUP);
    let swapped = (events & EPOLLOUT) >> 1 | (events & EPOLLPRI) << 1;
    same | swapped | if events & EPOLLRDHUP != 0 { RDHUP } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_numbers_and_back() {
        for (own, kernel) in PAIRS {
            assert_eq!(to_kernel(own), kernel as u32);
            let readiness = if own >= EDGE { 0 } else { own };
            assert_eq!(from_kernel(kernel as u32), readiness, "{own}");
        }
        assert_eq!(from_kernel(u32::MAX), IN | OUT | PRI | ERR | HUP | RDHUP);
    }
}
