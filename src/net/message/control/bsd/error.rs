//! The error queue, which only Linux has: no message is one of its reports.

use crate::net::codec::refused::Refused;

/// A report, as Linux has it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Extended<'a> {
    /// The system error number, positive.
    pub errno: u32,
    /// Where it comes from.
    pub origin: u8,
    /// The type of the ICMP message.
    pub kind: u8,
    /// Its code.
    pub code: u8,
    /// Depends on the origin.
    pub info: u32,
    /// Depends on the origin.
    pub data: u32,
    /// The native address of the host that reported it.
    pub offender: &'a [u8],
}

impl<'a> Extended<'a> {
    /// Finds none.
    pub fn find(_control: &'a [u8]) -> Result<Option<Extended<'a>>, Refused> {
        Ok(None)
    }

    /// None reports a time stamp.
    pub fn transmit(&self) -> Option<(u32, u32)> {
        None
    }
}
