//! How much room a set of control messages needs.

use super::layout::space_of;
use super::refused::{Refused, within};
use super::rights::MOST;

/// One kind of message, and what all messages take that tell it.
struct Wanted {
    bit: i64,
    room: usize,
}

const fn wanted(bit: i64, room: usize) -> Wanted {
    Wanted { bit, room }
}

/// The bits are those of SOCK_CONTROL_*. A socket of both protocols may tell a thing in either's form,
/// or in both.
const KINDS: [Wanted; 10] = [
    wanted(1 << 0, space_of(12)),
    wanted(1 << 1, space_of(4)),
    // One of the plain stamps, all of SO_TIMESTAMPING, and its interface.
    wanted(1 << 2, space_of(16) + space_of(48) + space_of(16)),
    wanted(1 << 3, space_of(12) + space_of(20)),
    wanted(1 << 4, 2 * space_of(4)),
    wanted(1 << 5, 2 * space_of(4)),
    // The error and a sockaddr_in6.
    wanted(1 << 6, space_of(16 + 28)),
    wanted(1 << 7, space_of(4)),
    wanted(1 << 8, space_of(4)),
    wanted(1 << 9, space_of(256)),
];

/// The room for these kinds and so many descriptors.
pub fn space(kinds: i64, fds: i64) -> Result<i64, Refused> {
    let all = KINDS.iter().fold(0, |all, kind| all | kind.bit);
    if kinds & !all != 0 {
        return Err(Refused::Range { field: "kinds", value: kinds, low: 0, high: all });
    }
    let fds: usize = within("fds", fds, 0, MOST as i64)?;
    let room: usize = KINDS.iter().filter(|kind| kinds & kind.bit != 0).map(|kind| kind.room).sum();
    Ok((room + if fds > 0 { space_of(fds * 4) } else { 0 }) as i64)
}
