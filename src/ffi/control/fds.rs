//! Descriptors among the control data that was received.

use super::super::arg;
use super::super::guard::guard;
use crate::net::error::Result;
use crate::net::message;
use std::ffi::{c_int, c_void};

/// The bytes of control data in which descriptors are marked as taken.
///
/// # Safety
/// `control` is NULL or valid for reading and writing `len` bytes that nothing else uses.
unsafe fn owned<'a>(control: *mut c_void, len: usize) -> Result<&'a mut [u8]> {
    // SAFETY: this function's contract; the bytes were received, so they can be read.
    unsafe {
        let place = arg::buffer(control, len, "control")?;
        Ok(std::slice::from_raw_parts_mut(place.as_mut_ptr().cast(), place.len()))
    }
}

/// Takes received descriptors out of control data, from all SCM_RIGHTS messages in order.
///
/// `fds`, `cap`: receive the descriptors, which the caller closes with close(2).
/// Each is taken once: -1 replaces it in the buffer. Those that do not fit remain for the next
/// call. Incomplete trailing bytes are ignored.
/// Returns the number taken, 0 if there are no more.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn sock_control_take_fds(
    control: *mut c_void,
    len: usize,
    fds: *mut c_int,
    cap: usize,
) -> i64 {
    guard(|| {
        // SAFETY: `control` is NULL or valid for `len` bytes, as the header demands.
        let control = unsafe { owned(control, len) }?;
        // SAFETY: `fds` is NULL or valid for `cap` numbers, as the header demands.
        let fds = unsafe { arg::places(fds, cap, "fds") }?;
        Ok(message::take_fds(control, fds) as i64)
    })
}

/// Takes the pidfd of the sender: SCM_PIDFD, requested with SO_PASSPIDFD (Linux 6.5).
///
/// `fd`: receives the descriptor, which the caller closes with close(2).
/// Returns 1 if it was taken; 0 if there is none or it was taken before; the kernel's reason for
/// not creating one (-ESRCH: the process is gone); -EBADMSG.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn sock_control_take_pidfd(control: *mut c_void, len: usize, fd: *mut c_int) -> c_int {
    guard(|| {
        // SAFETY: `control` is NULL or valid for `len` bytes, as the header demands.
        let control = unsafe { owned(control, len) }?;
        // SAFETY: `fd` is NULL or valid, as the header demands.
        let place = unsafe { arg::output(fd, "fd") }?;
        let Some(taken) = message::take_process(control)? else { return Ok(0) };
        place.write(taken);
        Ok(1)
    })
}

/// Closes all received descriptors that were not taken, of SCM_RIGHTS and SCM_PIDFD.
///
/// Call it for all received control data, and only for that; if none are left, it does nothing.
/// Returns the number closed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_control_close_fds(control: *mut c_void, len: usize) -> i64 {
    // SAFETY: `control` is NULL or valid for `len` bytes, as the header demands.
    guard(|| Ok(message::close_fds(unsafe { owned(control, len) }?) as i64))
}
