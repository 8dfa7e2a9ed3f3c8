//! Time stamps: SO_TIMESTAMP, SO_TIMESTAMPNS and SO_TIMESTAMPING, with old and 64-bit time.

use super::super::put::{Byte, put};
use super::super::walk::find_as;
use crate::net::codec::bytes::{i32_at, i64_at};
use crate::net::codec::refused::{Refused, Why, within};
use libc::{SO_TIMESTAMP, SO_TIMESTAMPING, SO_TIMESTAMPNS, SOL_SOCKET};

// asm-generic/socket.h: the same with 64-bit time on every machine.
const SO_TIMESTAMP_NEW: i32 = 63;
const SO_TIMESTAMPNS_NEW: i32 = 64;
const SO_TIMESTAMPING_NEW: i32 = 65;

/// The flags that SO_TIMESTAMPING takes for one message: what is to be stamped on its way out.
/// linux/net_tstamp.h: TX_HARDWARE, TX_SOFTWARE, TX_SCHED, TX_ACK, TX_COMPLETION.
const TRANSMIT: u32 = 1 << 0 | 1 << 1 | 1 << 8 | 1 << 9 | 1 << 18;

/// When a packet passed, in nanoseconds since 1970; 0 if no time was taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stamps {
    /// By the kernel's clock.
    pub software: i64,
    /// By the interface's own clock, which may differ from the kernel's.
    pub hardware: i64,
}

impl Stamps {
    /// Finds them: all of SO_TIMESTAMPING, else one of the others.
    pub fn find(control: &[u8]) -> Result<Option<Stamps>, Refused> {
        let all = [(SOL_SOCKET, SO_TIMESTAMPING), (SOL_SOCKET, SO_TIMESTAMPING_NEW)];
        let stamps = find_as(control, &all, |_, data| {
            Some(Stamps { software: pair(data, 3, 0, 1)?, hardware: pair(data, 3, 2, 1)? })
        })?;
        if stamps.is_some() {
            return Ok(stamps);
        }
        let one = [SO_TIMESTAMPNS, SO_TIMESTAMPNS_NEW, SO_TIMESTAMP, SO_TIMESTAMP_NEW];
        find_as(control, &one.map(|kind| (SOL_SOCKET, kind)), |which, data| {
            Some(Stamps { software: pair(data, 1, 0, if which < 2 { 1 } else { 1000 })?, hardware: 0 })
        })
    }
}

/// The time at `index` of `count`: seconds, and a fraction in units of `unit` nanoseconds. The old time of a
/// 32-bit machine has two halves of 32 bits; the length shows which one it is.
fn pair(data: &[u8], count: usize, index: usize, unit: i64) -> Option<i64> {
    let (seconds, fraction) = if data.len() >= count * 16 {
        (i64_at(data, index * 16)?, i64_at(data, index * 16 + 8)?)
    } else if data.len() == count * 8 {
        (i32_at(data, index * 8)?.into(), i32_at(data, index * 8 + 4)?.into())
    } else {
        return None;
    };
    seconds.checked_mul(1_000_000_000)?.checked_add(fraction.checked_mul(unit)?)
}

/// Asks for transmit time stamps of one message.
pub fn put_transmit(control: &mut [impl Byte], used: &mut usize, flags: i64) -> Result<(), Refused> {
    let known: u32 = within("flags", flags, TRANSMIT.into())?;
    if known & !TRANSMIT != 0 {
        return Err(Refused {
            field: "flags",
            why: Why::Range { value: flags, low: 0, high: TRANSMIT.into() },
        });
    }
    put(control, used, SOL_SOCKET, SO_TIMESTAMPING, &known.to_ne_bytes())
}
