//! The room that a set of control messages needs.

use super::super::rights::MOST;
use super::ip::ARRIVAL_ROOM;
use super::layout::space_of;
use super::peer::LEN;
use crate::net::codec::control_kind as kind;
use crate::net::codec::refused::{Refused, Why, within};

/// Of each kind the room that all messages of it take; 0 for what only Linux has. NetBSD's credentials end with up to
/// 16 groups.
const KINDS: [(i64, usize); 10] = [
    (kind::CREDENTIALS, if LEN == 0 { 0 } else { space_of(LEN + 64) }),
    (kind::PIDFD, 0),
    (kind::TIMESTAMP, space_of(16)),
    (kind::PKTINFO, ARRIVAL_ROOM),
    (kind::TTL, 2 * space_of(4)),
    (kind::TOS, 2 * space_of(4)),
    (kind::ERROR, 0),
    (kind::DROPS, 0),
    (kind::GRO, 0),
    (kind::SECURITY, 0),
];

/// The room for messages of these kinds and one message with `fds` descriptors.
pub fn space(kinds: i64, fds: i64) -> Result<i64, Refused> {
    let all = KINDS.iter().fold(0, |all, kind| all | kind.0);
    if kinds & !all != 0 {
        return Err(Refused { field: "kinds", why: Why::Range { value: kinds, low: 0, high: all } });
    }
    let fds: usize = within("fds", fds, MOST as i64)?;
    let room: usize = KINDS.iter().filter(|kind| kinds & kind.0 != 0).map(|kind| kind.1).sum();
    Ok((room + if fds > 0 { space_of(fds * 4) } else { 0 }) as i64)
}
