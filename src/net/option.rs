//! Socket options, and the two that the engine must know: SO_RCVTIMEO and SO_SNDTIMEO.

use super::error::{Code, Result};
use super::handle::{Direction, Kind, pin};
use super::time::FOREVER;
use crate::sys;
use libc::{SO_RCVTIMEO, SO_SNDTIMEO, SOL_SOCKET};
use std::mem::MaybeUninit;
use std::sync::atomic::Ordering;

/// setsockopt(2) with bytes; `None` hands the kernel a NULL pointer with a length.
pub fn set(id: i64, level: i32, name: i32, value: Option<&[u8]>, len: usize) -> Result<i32> {
    let pin = pin(id, Kind::Socket, Direction::None)?;
    match value {
        Some(value) => sys::setsockopt(pin.fd(), level, name, value)?,
        None => {
            let len = u32::try_from(len).map_err(|_| {
                Code::errno(libc::EINVAL).because(format_args!("len: {len} is more than an option can hold"))
            })?;
            sys::setsockopt_null(pin.fd(), level, name, len)?;
        }
    }
    if level == SOL_SOCKET {
        // The engine waits in the kernel's place: it must know the limits that the kernel would keep.
        match name {
            SO_RCVTIMEO | sys::SO_RCVTIMEO_NEW => {
                pin.slot().receive_limit.store(kernel_limit(pin.fd(), SO_RCVTIMEO), Ordering::Relaxed);
            }
            SO_SNDTIMEO | sys::SO_SNDTIMEO_NEW => {
                pin.slot().send_limit.store(kernel_limit(pin.fd(), SO_SNDTIMEO), Ordering::Relaxed);
            }
            _ => {}
        }
    }
    Ok(0)
}

/// setsockopt(2) with one int.
pub fn set_int(id: i64, level: i32, name: i32, value: i32) -> Result<i32> {
    set(id, level, name, Some(&value.to_ne_bytes()), 4)
}

/// getsockopt(2): how many bytes the option has, and how many of them are in `value`.
pub fn get(id: i64, level: i32, name: i32, value: &mut [MaybeUninit<u8>]) -> Result<usize> {
    let pin = pin(id, Kind::Socket, Direction::None)?;
    Ok(sys::getsockopt(pin.fd(), level, name, value)?)
}

/// getsockopt(2) of an option that is one int; shorter answers of the kernel are fine (R146).
pub fn get_int(id: i64, level: i32, name: i32) -> Result<i32> {
    let pin = pin(id, Kind::Socket, Direction::None)?;
    Ok(sys::getsockopt_int(pin.fd(), level, name)?)
}

/// The span in nanoseconds that the kernel keeps in SO_RCVTIMEO or SO_SNDTIMEO; none is
/// [`FOREVER`].
pub fn kernel_limit(fd: i32, name: i32) -> i64 {
    match sys::getsockopt_timeval(fd, SOL_SOCKET, name) {
        Ok((0, 0)) | Err(_) => FOREVER,
        Ok((seconds, microseconds)) => seconds
            .saturating_mul(1_000_000_000)
            .saturating_add(microseconds.saturating_mul(1000))
            .min(FOREVER),
    }
}
