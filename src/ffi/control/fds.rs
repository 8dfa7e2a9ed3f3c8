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

/// Takes received descriptors out of control data: from all messages of SCM_RIGHTS, in order.
///
/// `control`, `len`: what `sock_recvmsg` received. `fds`, `cap`: where to put the descriptors.
/// What was taken is the caller's to close, and is marked with -1 in the buffer, so that it is taken
/// once; what does not fit stays for the next call. Bytes that are no whole number are no descriptor.
/// Returns how many were taken, 0 where there are no more; -EFAULT for NULL. Since 0.1.0.
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

/// Takes the descriptor of the process that sent: SCM_PIDFD, which SO_PASSPIDFD asks for (Linux 6.5).
///
/// `control`, `len`: what `sock_recvmsg` received. `fd`: receives the descriptor, the caller's to close.
/// Returns 1 when it was taken, 0 where there is none or it was taken before; the kernel's reason where
/// it could make none (-ESRCH: the process is gone); -EBADMSG; -EFAULT for NULL. Since 0.1.0.
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

/// Closes every received descriptor that was not taken, of SCM_RIGHTS and of SCM_PIDFD. Call it for
/// everything that was received, and only for that: with none left it does nothing.
///
/// `control`, `len`: what `sock_recvmsg` received. Returns how many were closed; -EFAULT for NULL.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_control_close_fds(control: *mut c_void, len: usize) -> i64 {
    // SAFETY: `control` is NULL or valid for `len` bytes, as the header demands.
    guard(|| Ok(message::close_fds(unsafe { owned(control, len) }?) as i64))
}
