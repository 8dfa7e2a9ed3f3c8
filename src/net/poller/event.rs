//! Events as a program sees them.

use crate::net::error::{Code, Result};
use crate::net::handle::Id;

pub use crate::sys::readiness::{EDGE, ERR, EXCLUSIVE, HUP, IN, ONESHOT, OUT, PRI, RDHUP};

/// In events only: a wake-up.
pub const WAKE: i32 = 64;
/// In events only: a timer.
pub const TIMER: i32 = 128;

/// What a registration may ask for.
const ASKED: i32 = IN | OUT | PRI | ERR | HUP | RDHUP | EDGE | ONESHOT | EXCLUSIVE;

/// Something that has happened, or holds, to one registration of a poller.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// What the caller gave with the registration; 0 for a wake-up.
    pub data: u64,
    /// The handle; 0 for a descriptor of the program and for a wake-up.
    pub handle: i64,
    /// The SOCK_POLL_* that hold.
    pub events: i32,
    /// 0; SOCK_ECLOSED in the last event of a handle that was closed.
    pub code: i32,
    /// Timers: how many periods have passed since the last event. Otherwise 0.
    pub count: u64,
    /// 0.
    pub reserved: u64,
}

const _: () = assert!(size_of::<Event>() == 40);

impl Event {
    /// Readiness of a handle, or of a descriptor of the program.
    pub fn ready(handle: Id, data: u64, events: i32) -> Event {
        Event { data, handle: handle.0, events, code: 0, count: 0, reserved: 0 }
    }

    /// The last one of a handle.
    pub fn closed(handle: Id, data: u64) -> Event {
        Event { code: Code::CLOSED.raw(), ..Event::ready(handle, data, 0) }
    }

    /// So many periods of a timer.
    pub fn timer(handle: Id, data: u64, count: u64) -> Event {
        Event { count, ..Event::ready(handle, data, TIMER) }
    }

    /// A wake-up.
    pub fn wake() -> Event {
        Event::ready(Id::NONE, 0, WAKE)
    }
}

/// The events that a caller asks for, if it may.
pub fn checked(events: i32) -> Result<i32> {
    if events & !ASKED != 0 {
        return Err(Code::errno(libc::EINVAL).because(format_args!("events: {events:#x} has unknown bits")));
    }
    Ok(events)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_that_events_alone_have_are_refused() {
        for bit in 0..32 {
            let bit = 1i32 << bit;
            assert_eq!(checked(bit).is_ok(), ASKED & bit != 0, "{bit:#x}");
        }
        assert_eq!((checked(0), checked(ASKED)), (Ok(0), Ok(ASKED)));
    }
}
