//! The room that a set of control messages needs.

use super::super::rights::MOST;
use super::layout::space_of;
use crate::net::codec::control_kind as kind;
use crate::net::codec::refused::{Refused, Why, within};

/// One kind of message, and the room that all messages of it take.
struct Row {
    bit: i64,
    room: usize,
}

const fn row(bit: i64, room: usize) -> Row {
    Row { bit, room }
}

/// A socket of both protocols may report one thing in the form of either, or in both.
const KINDS: [Row; 10] = [
    row(kind::CREDENTIALS, space_of(12)),
    row(kind::PIDFD, space_of(4)),
    // One of the plain stamps, all of SO_TIMESTAMPING, and its interface.
    row(kind::TIMESTAMP, space_of(16) + space_of(48) + space_of(16)),
    row(kind::PKTINFO, space_of(12) + space_of(20)),
    row(kind::TTL, 2 * space_of(4)),
    row(kind::TOS, 2 * space_of(4)),
    // The error and a sockaddr_in6.
    row(kind::ERROR, space_of(16 + 28)),
    row(kind::DROPS, space_of(4)),
    row(kind::GRO, space_of(4)),
    row(kind::SECURITY, space_of(256)),
];

/// The room for messages of these kinds and one message with `fds` descriptors.
pub fn space(kinds: i64, fds: i64) -> Result<i64, Refused> {
    let all = KINDS.iter().fold(0, |all, kind| all | kind.bit);
    if kinds & !all != 0 {
        return Err(Refused { field: "kinds", why: Why::Range { value: kinds, low: 0, high: all } });
    }
    let fds: usize = within("fds", fds, MOST as i64)?;
    let room: usize = KINDS.iter().filter(|kind| kinds & kind.bit != 0).map(|kind| kind.room).sum();
    Ok((room + if fds > 0 { space_of(fds * 4) } else { 0 }) as i64)
}
