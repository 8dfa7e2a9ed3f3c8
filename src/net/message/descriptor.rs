//! Descriptors on their way between processes. Those that arrive belong to the control buffer until
//! they are taken out of it.

use super::control::rights::{self, MOST, Which, take_each};
use super::control::{layout, space};
use super::{Incoming, Outgoing, receive, send};
use crate::net::address::Address;
use crate::net::codec::control_kind as kind;
use crate::net::error::{Code, Result};
use crate::net::handle::{Id, pin_socket};
use crate::sys::{self, ControlBuffer, Gather, Scatter};
use std::mem::MaybeUninit;

/// Takes what fits into `fds`, in order; how many.
pub fn take_fds(control: &mut [u8], fds: &mut [MaybeUninit<i32>]) -> usize {
    let mut count = 0;
    take_each(control, Which::Sent, |fd| match fds.get_mut(count) {
        Some(place) => {
            place.write(fd);
            count += 1;
            true
        }
        None => false,
    });
    count
}

/// Takes the descriptor of the peer's process; the kernel's reason where there is none.
pub fn take_process(control: &mut [u8]) -> Result<Option<i32>> {
    match rights::process(control)? {
        Some(reason) if reason < 0 => Err(Code::from_raw(reason)),
        Some(fd) => {
            take_each(control, Which::Process, |_| true);
            Ok(Some(fd))
        }
        None => Ok(None),
    }
}

/// Closes every descriptor that was not taken; how many.
pub fn close_fds(control: &mut [u8]) -> usize {
    let mut count = 0;
    take_each(control, Which::All, |fd| {
        // The descriptor is gone whatever the answer.
        let _ = sys::close(fd);
        count += 1;
        true
    });
    count
}

/// Control data whose descriptors are closed at its end, but for those that were taken.
struct Owned<'a>(&'a mut [u8]);

impl Drop for Owned<'_> {
    fn drop(&mut self) {
        close_fds(self.0);
    }
}

/// Sends bytes and, with the first of them, descriptors as one message (R111).
pub fn send_fds(id: Id, data: Gather<'_>, fds: &[i32], flags: i32, to: Option<&Address>) -> Result<i64> {
    if fds.len() > MOST {
        return Err(Code::errno(libc::EINVAL)
            .because(format_args!("n: {} is not within 0 to {MOST}: the kernel takes no more", fds.len())));
    }
    if !fds.is_empty() {
        can_carry(id, data.total())?;
    }
    let mut control = [0; layout::space_of(MOST * 4)];
    let mut used = 0;
    rights::put_fds(&mut control[..], &mut used, fds)?;
    send(id, &Outgoing { to, data, control: &control[..used] }, flags)
}

/// Whether descriptors would arrive: a stream needs a byte to go with them (R113), and other families
/// drop them without a word.
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

/// Receives bytes, and as many descriptors as `fds` has room for; more are closed, which MSG_CTRUNC
/// tells. Other control messages are dropped (R112).
pub fn receive_fds(
    id: Id,
    data: Scatter<'_>,
    fds: &mut [MaybeUninit<i32>],
    flags: i32,
    named: bool,
) -> Result<Received> {
    // Credentials, a process and a security label, where the socket asks for them, come on top.
    const OTHERS: i64 = kind::CREDENTIALS | kind::PIDFD | kind::SECURITY;
    let mut control = [MaybeUninit::new(0); 2048];
    let others = space::space(OTHERS, 0)? as usize;
    let room = others + layout::HEADER + 4 * fds.len().min(MOST);
    debug_assert!(room <= control.len());
    let mut message = Incoming::new(named, data, ControlBuffer::new(&mut control[..room]));
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
    Ok(Received { count, fds: taken, flags, from: message.from })
}
