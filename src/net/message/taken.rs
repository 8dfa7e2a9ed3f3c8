//! Descriptors that have arrived: they belong to the control buffer until they are taken out of it.

use super::control::rights::{self, Which, take_each};
use crate::net::error::{Code, Result};
use crate::sys;
use std::mem::MaybeUninit;

/// Takes as many as fit into `fds`, in order; returns how many.
pub fn take_fds(control: &mut [u8], fds: &mut [MaybeUninit<i32>]) -> usize {
    let mut count = 0;
    take_each(control, Which::Sent, |fd| match fds.get_mut(count) {
        Some(place) => {
            place.write(fd);
            count += 1;
            true
        }
        None => false,
    });
    count
}

/// Takes the descriptor of the peer's process, or returns the kernel's reason why there is none.
pub fn take_process(control: &mut [u8]) -> Result<Option<i32>> {
    match rights::process(control)? {
        Some(reason) if reason < 0 => Err(Code::from_raw(reason)),
        Some(fd) => {
            take_each(control, Which::Process, |_| true);
            Ok(Some(fd))
        }
        None => Ok(None),
    }
}

/// Closes every descriptor that was not taken; returns how many.
pub fn close_fds(control: &mut [u8]) -> usize {
    let mut count = 0;
    take_each(control, Which::All, |fd| {
        // The descriptor is gone, whatever the result.
        let _ = sys::close(fd);
        count += 1;
        true
    });
    count
}

/// Control data that closes its descriptors when dropped, except those that were taken.
pub struct Owned<'a>(pub &'a mut [u8]);

impl Drop for Owned<'_> {
    fn drop(&mut self) {
        close_fds(self.0);
    }
}
