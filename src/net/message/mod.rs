//! Messages: data in several pieces, an address and control data in one call.

pub mod control;
mod descriptor;
mod passcred;
mod taken;

#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
mod bsd;
#[cfg(any(target_os = "linux", target_os = "android", windows))]
mod linux;
#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
use bsd as platform;
#[cfg(any(target_os = "linux", target_os = "android", windows))]
use linux as platform;

pub use super::codec::refused::Refused;
pub use crate::sys::{ControlBuffer, Gather, IoVec, MOST_PIECES, Pieces, Scatter};
pub use descriptor::{receive_fds, send_fds};
pub use taken::{close_fds, take_fds, take_process};

use super::address::{self, Address};
use super::error::Result;
use super::family::{Use, explain};
use super::handle::{self, Direction, Id, Slot, pin_socket};
use super::transfer::{self, FastResult, Opened};
use super::wait::Call;
use crate::sys::{self, RawResult};
use control::ip::Arrival;
use control::rights::{self, Which};
use libc::{MSG_CTRUNC, MSG_DONTWAIT, SOCK_STREAM};
use std::cell::Cell;
use std::net::{IpAddr, Ipv6Addr, SocketAddr, SocketAddrV6};

/// A message to be sent.
pub struct Outgoing<'a> {
    pub to: Option<&'a Address>,
    pub data: Gather<'a>,
    pub control: &'a [u8],
}

/// A message to be received.
pub struct Incoming<'a> {
    /// Where the sender goes, if the caller wants it.
    pub from: Option<&'a mut Address>,
    pub data: Scatter<'a>,
    pub control: ControlBuffer<'a>,
    /// The flags that the kernel returns.
    pub flags: i32,
    /// A flag that the kernel returns although the caller did not set it.
    added: i32,
}

impl<'a> Incoming<'a> {
    /// Nothing received yet.
    #[inline(always)]
    pub fn new(from: Option<&'a mut Address>, data: Scatter<'a>, control: ControlBuffer<'a>) -> Incoming<'a> {
        Incoming { from, data, control, flags: 0, added: 0 }
    }

    /// recvmsg(2) without waiting. Its flags are added to those of earlier parts of this message.
    #[inline(always)]
    fn receive(&mut self, fd: i32, done: usize, flags: i32) -> RawResult {
        let mut returned = 0;
        let from = self.from.as_deref_mut();
        let flags = flags | self.added | MSG_DONTWAIT;
        let answer = sys::recvmsg(fd, from, &mut self.data, done, &mut self.control, flags, &mut returned);
        self.flags |= returned & !self.added;
        answer
    }

    /// Descriptors are close-on-exec from the start (R109). Only AF_UNIX carries them, and AF_PACKET and
    /// other families refuse unknown flags.
    #[inline(always)]
    fn close_on_exec(&mut self, slot: &Slot, flags: i32) {
        if slot.family() == libc::AF_UNIX {
            self.added = platform::CLOSE_ON_EXEC & !flags;
        }
    }

    /// How many bytes of the pieces were written, if the kernel returned `answer`.
    #[inline(always)]
    pub fn written(&self, id: Id, flags: i32, answer: i64) -> usize {
        let answer = usize::try_from(answer).unwrap_or(0);
        if flags & libc::MSG_TRUNC != 0 && answer > 0 && discards(id) {
            return 0;
        }
        answer.min(self.data.total())
    }
}

/// Whether MSG_TRUNC makes the kernel discard the data, as on TCP: tcp(7).
#[cold]
fn discards(id: Id) -> bool {
    let Ok(pin) = pin_socket(id) else { return true };
    let slot = pin.slot();
    let keeps = platform::KEEPS_TRUNCATED.contains(&slot.family());
    slot.socket_type() == SOCK_STREAM && !keeps
}

/// sendmsg(2).
pub fn send(id: Id, message: &Outgoing<'_>, flags: i32) -> Result<i64> {
    match try_send(id, message, flags) {
        Ok(count) => Ok(count),
        Err(rest) => finish_send(id, message, flags, transfer::take_first_result(rest)),
    }
}

/// The rest of a send after its hot path: `first` is what that came to.
#[cold]
#[inline(never)]
pub fn finish_send(id: Id, message: &Outgoing<'_>, flags: i32, first: RawResult) -> Result<i64> {
    let result = send_on(id, message, flags, first);
    result.map_err(|code| message.to.map_or(code, |to| explain(id, to, Use::Send, code)))
}

/// sendmsg(2), if all of it fits and the handle needs no attention.
#[inline(always)]
pub fn try_send(id: Id, message: &Outgoing<'_>, flags: i32) -> FastResult {
    let fast = transfer::begin_fast(id)?;
    let added = fast.slot().send_flags();
    let answer = sys::sendmsg(fast.fd(), message.to, &message.data, 0, message.control, flags | added);
    let complete = answer.count() == message.data.total() as i64 && flags & sys::MSG_FASTOPEN == 0;
    transfer::end_fast(fast, answer, complete)
}

fn send_on(id: Id, message: &Outgoing<'_>, flags: i32, first: RawResult) -> Result<i64> {
    let Outgoing { to, data, control } = message;
    let pin = match transfer::pin_again(id, Direction::Write, first) {
        Ok(pin) => pin,
        // The handle is gone, but these bytes went.
        Err(_) if first.count() >= 0 => return Ok(first.count()),
        Err(code) => return Err(code),
    };
    let (fd, added) = (pin.fd(), pin.slot().send_flags());
    let mut call = Call::new(&pin, Direction::Write);
    // The kernel attaches descriptors to the first bytes; all other control messages apply to the whole
    // message.
    let later = std::cell::OnceCell::new();
    let try_on = |done: usize, to: Option<&Address>, flags: i32| {
        let later = if done == 0 { None } else { Some(later.get_or_init(|| rights::without_fds(control))) };
        let control = match later {
            None => *control,
            Some(Some(later)) => later.as_ref(),
            Some(None) => return RawResult::NO_MEMORY,
        };
        sys::sendmsg(fd, to, data, done, control, flags | added)
    };
    let first = if first == RawResult::NONE { try_on(0, *to, flags) } else { first };
    let Opened { first, to, flags } = transfer::fast_open(&mut call, first, *to, flags)?;
    let first = first.unwrap_or_else(|| try_on(0, to, flags));
    transfer::send_rest(&mut call, flags, data.total(), to.is_some(), first, &|done| try_on(done, to, flags))
}

/// recvmsg(2). All results but the count are in `message`, which holds nothing after a failure.
pub fn receive(id: Id, message: &mut Incoming<'_>, flags: i32) -> Result<i64> {
    match try_receive(id, message, flags) {
        Ok(count) => Ok(count),
        Err(rest) => finish_receive(id, message, flags, transfer::take_first_result(rest)),
    }
}

/// recvmsg(2), if data is ready and the handle needs no attention.
#[inline(always)]
pub fn try_receive(id: Id, message: &mut Incoming<'_>, flags: i32) -> FastResult {
    let fast = transfer::begin_fast(id)?;
    if transfer::waits_first(&fast, flags) {
        return transfer::end_fast(fast, RawResult::NONE, false);
    }
    message.close_on_exec(fast.slot(), flags);
    let answer = message.receive(fast.fd(), 0, flags);
    let slot = fast.slot();
    match transfer::end_fast(fast, answer, answer.count() >= 0) {
        // What came is complete, also while the handle is being closed.
        Err(_) if answer.count() >= 0 => {
            handle::notify_closer(slot);
            Ok(answer.count())
        }
        result => result,
    }
}

/// The rest of a receive after its hot path: `first` is what that came to.
#[cold]
#[inline(never)]
pub fn finish_receive(id: Id, message: &mut Incoming<'_>, flags: i32, first: RawResult) -> Result<i64> {
    let pin = transfer::pin_again(id, Direction::Read, first)?;
    let (fd, len) = (pin.fd(), message.data.total());
    let family = pin.slot().family();
    message.close_on_exec(pin.slot(), flags);
    let complete = Cell::new(false);
    let mut call = Call::new(&pin, Direction::Read);
    transfer::receive_rest(&mut call, flags, len, first, &complete, &mut |done| {
        if family == libc::AF_UNIX && done > 0 {
            // One receive never mixes the bytes of two writers.
            match passcred::goes_on(fd, message.control.filled()) {
                Ok(true) => {}
                Ok(false) => return RawResult::END,
                Err(answer) => return answer,
            }
        }
        let answer = message.receive(fd, done, flags);
        if family == libc::AF_UNIX && answer.count() >= 0 {
            complete.set(ends(fd, message));
        }
        answer
    })
}

/// Whether this message is complete: bytes after those with descriptors belong to another message, and if
/// control data was truncated, nobody knows.
fn ends(fd: i32, message: &Incoming<'_>) -> bool {
    // Without room for control data, credentials are missing as well, where the socket asks for them.
    let truncated = |message: &Incoming<'_>| {
        message.flags & MSG_CTRUNC != 0 && (message.control.capacity() > 0 || !sys::wants_credentials(fd))
    };
    rights::any(message.control.filled(), Which::All) || truncated(message)
}

/// The destination, the local address and the interface of a packet.
pub fn arrival(control: &[u8]) -> Result<Option<(Address, Address, u32)>> {
    let Some(found) = Arrival::find(control)? else { return Ok(None) };
    let named = |ip: IpAddr| {
        address::of_ip(match ip {
            // An address of a link means little without the link.
            IpAddr::V6(v6) if is_of_link(v6) => SocketAddrV6::new(v6, 0, 0, found.ifindex).into(),
            ip => SocketAddr::new(ip, 0),
        })
    };
    Ok(Some((named(found.to), found.local.map_or(Address::NONE, named), found.ifindex)))
}

/// Whether an address is only valid on one link: fe80::/10, and groups of interface and link.
fn is_of_link(v6: Ipv6Addr) -> bool {
    v6.is_unicast_link_local() || v6.is_multicast() && matches!(v6.octets()[1] & 15, 1 | 2)
}

/// Who reported an error: the address after a `struct sock_extended_err`.
pub fn offender(error: &control::error::Extended<'_>) -> Result<Address> {
    // A whole native address comes first, and space that the kernel did not use may follow.
    let len = error.offender.len().min(Address::CAPACITY);
    address::from_native(&error.offender[..len])
}
