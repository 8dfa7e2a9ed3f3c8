//! Time stamps: SCM_TIMESTAMP, a `struct timeval`.

use super::super::put::Byte;
use super::super::walk::find_as;
use crate::net::codec::bytes::{i32_at, i64_at};
use crate::net::codec::refused::{Refused, Why};
use libc::{SCM_TIMESTAMP, SOL_SOCKET};
use std::mem::{offset_of, size_of};

/// When a packet passed, in nanoseconds since 1970; 0 if no time was taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stamps {
    /// By the kernel's clock.
    pub software: i64,
    /// By the interface's own clock: none here.
    pub hardware: i64,
}

impl Stamps {
    /// Finds them.
    pub fn find(control: &[u8]) -> Result<Option<Stamps>, Refused> {
        find_as(control, &[(SOL_SOCKET, SCM_TIMESTAMP)], |_, data| {
            data.get(..size_of::<libc::timeval>())?;
            let seconds = number(data, 0, size_of::<libc::time_t>())?;
            let at = offset_of!(libc::timeval, tv_usec);
            let fraction = number(data, at, size_of::<libc::suseconds_t>())?;
            let software = seconds.checked_mul(1_000_000_000)?.checked_add(fraction.checked_mul(1000)?)?;
            Some(Stamps { software, hardware: 0 })
        })
    }
}

/// A number of four or eight bytes.
fn number(data: &[u8], at: usize, len: usize) -> Option<i64> {
    if len == 8 { i64_at(data, at) } else { i32_at(data, at).map(i64::from) }
}

/// Transmit time stamps, which only Linux has.
pub fn put_transmit(_control: &mut [impl Byte], _used: &mut usize, _flags: i64) -> Result<(), Refused> {
    Err(Refused { field: "flags", why: Why::OtherPlatform("transmit time stamps exist on Linux only") })
}
