//! Descriptors that processes send each other. Those that arrive belong to the control buffer until they are
//! taken from it.

use super::control::rights::{self, MOST, Which, take_each};
use super::control::{layout, space};
use super::taken::{Owned, take_fds};
use super::{Incoming, Outgoing, receive, send};
use crate::net::address::Address;
use crate::net::codec::control_kind as kind;
use crate::net::error::{Code, Result};
use crate::net::handle::{Id, pin_socket};
use crate::sys::{ControlBuffer, Gather, Scatter};
use std::mem::MaybeUninit;

/// Sends bytes and, with the first of them, descriptors as one message (R111).
pub fn send_fds(id: Id, data: Gather<'_>, fds: &[i32], flags: i32, to: Option<&Address>) -> Result<i64> {
    if fds.len() > MOST {
        return Err(Code::errno(libc::EINVAL)
            .because(format_args!("n: {} is not within 0 to {MOST}, the kernel's limit", fds.len())));
    }
    if !fds.is_empty() {
        can_carry(id, data.total())?;
    }
    let mut control = [0; layout::space_of(MOST * 4)];
    let mut used = 0;
    rights::put_fds(&mut control[..], &mut used, fds)?;
    send(id, &Outgoing { to, data, control: &control[..used] }, flags)
}

/// Whether descriptors would arrive: a stream needs a byte that carries them (R113), and other families drop
/// them silently.
fn can_carry(id: Id, len: usize) -> Result<()> {
    let pin = pin_socket(id)?;
    let slot = pin.slot();
    if slot.family() != libc::AF_UNIX {
        return Err(Code::errno(libc::EOPNOTSUPP)
            .because(format_args!("fds: only an AF_UNIX socket carries descriptors")));
    }
    if len == 0 && slot.socket_type() == libc::SOCK_STREAM {
        return Err(Code::errno(libc::EINVAL)
            .because(format_args!("len: 0 bytes of a stream carry no descriptors, 1 is needed")));
    }
    Ok(())
}

/// What came with bytes that were received.
pub struct Received {
    pub count: i64,
    /// How many descriptors were taken.
    pub fds: usize,
    pub flags: i32,
    pub from: Address,
}

/// Receives bytes, and as many descriptors as `fds` has room for; the others are closed, which MSG_CTRUNC
/// reports. Other control messages are dropped (R112).
pub fn receive_fds(
    id: Id,
    data: Scatter<'_>,
    fds: &mut [MaybeUninit<i32>],
    flags: i32,
    named: bool,
) -> Result<Received> {
    // The socket may also have asked for credentials, a process and a security label.
    const OTHERS: i64 = kind::CREDENTIALS | kind::PIDFD | kind::SECURITY;
    let mut control = [MaybeUninit::new(0); 2048];
    let others = space::space(OTHERS, 0)? as usize;
    let room = others + layout::HEADER + 4 * fds.len().min(MOST);
    debug_assert!(room <= control.len());
    let mut from = Address::NONE;
    let wanted = named.then_some(&mut from);
    let mut message = Incoming::new(wanted, data, ControlBuffer::new(&mut control[..room]));
    let count = receive(id, &mut message, flags)?;
    let arrived = Owned(message.control.filled_mut());
    let taken = take_fds(arrived.0, fds);
    let more = {
        let mut left = false;
        take_each(arrived.0, Which::Sent, |_| {
            left = true;
            false
        });
        left
    };
    drop(arrived);
    let flags = message.flags | if more { libc::MSG_CTRUNC } else { 0 };
    Ok(Received { count, fds: taken, flags, from })
}
