//! Socket options. Those that libsock itself must know are in `kernel_limit`.
//!
//! The other modules have helpers that every program would write by hand; [`codec`] is the part of them
//! without system calls.

pub mod codec;
pub mod multicast;
pub mod socket_level;

#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
mod bsd;
#[cfg(any(target_os = "linux", target_os = "android", windows))]
mod linux;
#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
use bsd as platform;
#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
pub use bsd::{device, peer, tcp};
#[cfg(any(target_os = "linux", target_os = "android", windows))]
use linux as platform;
#[cfg(any(target_os = "linux", target_os = "android", windows))]
pub use linux::{device, peer, tcp};

use super::error::{Code, Result};
use super::handle::{Id, pin_socket};
use super::kernel_limit;
use crate::sys;
use codec::span::{self, Unfit};
use libc::SOL_SOCKET;
use std::mem::MaybeUninit;

/// The refusal of a field's value.
#[cold]
fn refused(field: &str, what: std::fmt::Arguments<'_>) -> Code {
    Code::errno(libc::EINVAL).because(format_args!("{field}: {what}"))
}

/// A caller's span in the whole units of an option, `low` to `high` of them.
fn whole(field: &str, ns: i64, unit: i64, low: i64, high: i64) -> Result<i32> {
    span::units(ns, unit, low, high).map_err(|unfit| {
        let name = if unit == span::SECOND { "second" } else { "millisecond" };
        match unfit {
            Unfit::Broken => refused(field, format_args!("{ns} ns are not a whole number of {name}s")),
            Unfit::Range => refused(field, format_args!("{ns} ns are not within {low} to {high} {name}s")),
        }
    })
}

/// A name in a field of the kernel's, with its NUL: the kernel would cut a longer one.
#[cfg_attr(not(any(target_os = "linux", target_os = "android")), allow(dead_code))]
fn name_with_nul<const N: usize>(name: &[u8]) -> Option<[u8; N]> {
    let mut field = [0; N];
    field.get_mut(..name.len()).filter(|place| place.len() < N)?.copy_from_slice(name);
    Some(field)
}

/// getsockopt(2) of an option that is a name.
#[cfg_attr(not(any(target_os = "linux", target_os = "android")), allow(dead_code))]
fn get_name<const N: usize>(fd: i32, level: i32, name: i32) -> Result<Vec<u8>> {
    let (field, len) = sys::getsockopt_bytes::<N>(fd, level, name)?;
    let end = field[..len].iter().position(|&byte| byte == 0).unwrap_or(len);
    Ok(field[..end].to_vec())
}

/// setsockopt(2) with bytes; `None` passes a NULL pointer with a length.
pub fn set(id: Id, level: i32, name: i32, value: Option<&[u8]>, len: usize) -> Result<i32> {
    let pin = pin_socket(id)?;
    let alone = kernel_limit::alone(pin.slot(), level, name);
    match value {
        Some(value) => sys::setsockopt(pin.fd(), level, name, value)?,
        None => {
            let len = u32::try_from(len).map_err(|_| {
                Code::errno(libc::EINVAL).because(format_args!("len: {len} is more than an option can hold"))
            })?;
            sys::setsockopt_null(pin.fd(), level, name, len)?;
        }
    }
    drop(alone);
    if level == SOL_SOCKET {
        if name == libc::SO_LINGER {
            pin.slot().set_may_linger();
        }
        // libsock waits instead of the kernel, so it must know the limits that the kernel would apply.
        kernel_limit::note(pin.slot(), name, value.unwrap_or_default());
    }
    Ok(0)
}

/// setsockopt(2) with one int.
pub fn set_int(id: Id, level: i32, name: i32, value: i32) -> Result<i32> {
    set(id, level, name, Some(&value.to_ne_bytes()), 4)
}

/// getsockopt(2): how many bytes the option has, and how many of them are in `value`.
pub fn get(id: Id, level: i32, name: i32, value: &mut [MaybeUninit<u8>]) -> Result<usize> {
    let pin = pin_socket(id)?;
    let _alone = kernel_limit::alone(pin.slot(), level, name);
    Ok(sys::getsockopt(pin.fd(), level, name, value)?)
}

/// getsockopt(2) of an option that is one int; a shorter result is accepted (R146).
pub fn get_int(id: Id, level: i32, name: i32) -> Result<i32> {
    let pin = pin_socket(id)?;
    Ok(sys::getsockopt_int(pin.fd(), level, name)?)
}

/// Whether SO_LINGER is on.
pub fn lingers(fd: i32) -> bool {
    sys::getsockopt_int(fd, SOL_SOCKET, libc::SO_LINGER).is_ok_and(|on| on != 0)
}

/// setsockopt(2) with 64 bits (R149).
pub fn set_u64(id: Id, level: i32, name: i32, value: u64) -> Result<i32> {
    set(id, level, name, Some(&value.to_ne_bytes()), 8)
}

/// getsockopt(2) of an option of 64 bits (R149). A narrower one is refused.
pub fn get_u64(id: Id, level: i32, name: i32) -> Result<u64> {
    match sys::getsockopt_bytes::<8>(pin_socket(id)?.fd(), level, name)? {
        (value, 8) => Ok(u64::from_ne_bytes(value)),
        (_, len) => Err(refused("name", format_args!("the option has {len} bytes, not 8"))),
    }
}
