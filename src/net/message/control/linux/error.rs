//! The error queue: IP_RECVERR, IPV6_RECVERR and the like.

use super::super::walk::find_as;
use crate::net::codec::bytes::u32_at;
use crate::net::codec::refused::Refused;
use libc::{IP_RECVERR, IPPROTO_IP, IPPROTO_IPV6, IPV6_RECVERR, SOL_PACKET};

// linux/if_packet.h
const PACKET_TX_TIMESTAMP: i32 = 16;
// linux/errqueue.h: not an error, but a report about a packet that was sent.
const ORIGIN_TIMESTAMPING: u8 = 4;

/// A `struct sock_extended_err`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Extended<'a> {
    /// The system error number, positive.
    pub errno: u32,
    /// Where it comes from: SO_EE_ORIGIN_*.
    pub origin: u8,
    /// The type of the ICMP message.
    pub kind: u8,
    /// Its code.
    pub code: u8,
    /// Depends on the origin: the MTU, a stage, ...
    pub info: u32,
    /// Depends on the origin.
    pub data: u32,
    /// The native address of the host that reported it; empty if unknown.
    pub offender: &'a [u8],
}

impl<'a> Extended<'a> {
    /// Finds it.
    pub fn find(control: &'a [u8]) -> Result<Option<Extended<'a>>, Refused> {
        let kinds =
            [(IPPROTO_IP, IP_RECVERR), (IPPROTO_IPV6, IPV6_RECVERR), (SOL_PACKET, PACKET_TX_TIMESTAMP)];
        find_as(control, &kinds, |_, data| {
            let offender = data.get(16..)?;
            // Family 0 means that there is none.
            let known = offender.get(..2).is_some_and(|family| family != [0, 0]);
            Some(Extended {
                // No system has error numbers above that.
                errno: u32_at(data, 0).filter(|errno| *errno < 4096)?,
                origin: data[4],
                kind: data[5],
                code: data[6],
                info: u32_at(data, 8)?,
                data: u32_at(data, 12)?,
                offender: if known { offender } else { &[] },
            })
        })
    }

    /// If it reports a time stamp: the stage that the packet had reached (SCM_TSTAMP_*), and the packet's
    /// number if SOF_TIMESTAMPING_OPT_ID is on.
    pub fn transmit(&self) -> Option<(u32, u32)> {
        (self.origin == ORIGIN_TIMESTAMPING).then_some((self.info, self.data))
    }
}
