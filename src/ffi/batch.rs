//! Batches (many datagrams in one call)
//!
//! Arrays of datagrams, on sockets of every type but SOCK_STREAM: one sendmmsg(2) or recvmmsg(2)
//! carries up to 64 of them. With a segment size, the kernel also cuts one buffer into datagrams
//! (UDP_SEGMENT) and joins arriving ones (UDP_GRO), which saves most of their cost. `flags`,
//! timeouts and limits are those of "Transfers", ECN, packet info and others those of "Control
//! messages".
//!
//! `v`, `n`: the array; 0 entries return 0 at once. Both calls return how many entries, from the
//! first, were sent or filled; an entry at fault (NULL with a length, a segment size or an address
//! out of range) ends the batch before it, and its code is returned when it is the first.

#[allow(unused_imports)] // its name for the header
pub use crate::sys::Datagram as sock_datagram;

use super::arg;
use super::guard::{guard, guard_bare};
use super::handle::sock_t;
use crate::net::address;
use crate::net::batch::{self, Batch, Datagram};
use crate::net::error::{Code, Result};
use crate::net::handle::Id;
use std::ffi::c_int;

/// In `flags` after a send: the data went as plain datagrams.
///
/// The family has no segments, or kernel, route or device refuse segments of this size.
pub const SOCK_BATCH_PLAIN: i32 = 1;

/// What both directions need of an entry, for the usual case.
#[inline(always)]
fn has_sound_memory(entry: &Datagram) -> bool {
    (!entry.buf.is_null() || entry.len == 0)
        && entry.len <= isize::MAX as usize
        && (!entry.control.is_null() || entry.control_len == 0)
        && entry.control_len <= i32::MAX as usize
}

#[inline(always)]
fn can_be_sent(entry: &Datagram) -> bool {
    has_sound_memory(entry) && entry.segment <= u16::MAX.into() && address::is_well_formed(&entry.addr)
}

/// The same, with a code that names the fault.
#[cold]
fn check_memory(entry: &Datagram, at: usize) -> Result<()> {
    let refused =
        |errno, field, what| Err(Code::errno(errno).because(format_args!("v[{at}].{field}: {what}")));
    if entry.buf.is_null() && entry.len > 0 {
        return refused(libc::EFAULT, "buf", "NULL");
    }
    if entry.len > isize::MAX as usize {
        return refused(libc::EINVAL, "len", "more than memory can hold");
    }
    if entry.control.is_null() && entry.control_len > 0 {
        return refused(libc::EFAULT, "control", "NULL");
    }
    if entry.control_len > i32::MAX as usize {
        return refused(libc::EINVAL, "control_len", "not within 0 to 2147483647");
    }
    Ok(())
}

#[cold]
fn check_outgoing(entry: &Datagram, at: usize) -> Result<()> {
    check_memory(entry, at)?;
    if entry.segment > u16::MAX.into() {
        let segment = entry.segment;
        return Err(Code::errno(libc::EINVAL)
            .because(format_args!("v[{at}].segment: {segment} is not within 0 to {}", u16::MAX)));
    }
    address::check(&entry.addr).map(drop)
}

/// The entries before the first that is at fault, for which `check` has a code.
///
/// # Safety
/// `v` is NULL or valid for `n` entries, and what `Access` needs holds of their memory.
#[inline(always)]
unsafe fn entries<'a, Access>(
    v: *mut Datagram,
    n: usize,
    is_sound: impl Fn(&Datagram) -> bool,
    check: fn(&Datagram, usize) -> Result<()>,
) -> Result<Batch<'a, Access>> {
    // SAFETY: this function's contract.
    let list = unsafe { arg::list(v.cast_const(), n, "v") }?;
    let sound = list.iter().position(|entry| !is_sound(entry)).unwrap_or(n);
    if sound == 0 {
        if let Some(first) = list.first() {
            check(first, 0)?;
        }
        // SAFETY: there is no entry.
        return Ok(unsafe { Batch::new(&mut []) });
    }
    // SAFETY: as above, and the list is not used any more; each entry was looked at.
    Ok(unsafe { Batch::new(std::slice::from_raw_parts_mut(v, sound)) })
}

/// Sends datagrams.
///
/// `v`: in blocking mode all are sent. If a limit, a close or an error of the kernel ends the call
/// earlier, the result is what went by then.
/// An entry longer than its `segment` is cut into datagrams of that size, in one system call for 64
/// segments or 64 KiB. Where the kernel cannot do that, libsock cuts, and `flags` says so
/// (SOCK_BATCH_PLAIN): when a route or device has refused, the next 64 batches of the socket go
/// plain before another try. On AF_UNIX, control data goes with the first of them only.
/// Returns the number of entries sent; if the last of them went in part, its `count` is less than
/// its `len`. A code when nothing was sent: -EINVAL for a stream, -EMSGSIZE, -ENOBUFS or another
/// error of send(2). An error of a later entry is returned by the call that begins with it. See
/// sendmmsg(2), udp(7).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_sendmany(s: sock_t, v: *mut Datagram, n: usize, flags: c_int) -> i64 {
    guard_bare(|| {
        // SAFETY: `v` is NULL or valid for `n` entries, whose memory is readable, as the header demands.
        let mut batch = unsafe { entries(v, n, can_be_sent, check_outgoing) }?;
        batch::send(Id(s), &mut batch, flags)
    })
}

/// Receives datagrams: waits for the first, then takes those that are there.
///
/// `v`: where to put them, in order of arrival. With MSG_PEEK only the first is filled. With
/// `sock_setgro`, one entry can receive many datagrams: a buffer of 65535 bytes has room for all,
/// and control data, if wanted, needs room for SOCK_CONTROL_GRO too.
/// The caller owns descriptors in control data, as with `sock_recvmsg`.
/// Returns the number of entries filled; 0 if the receiving half was shut down. The end of a
/// SOCK_SEQPACKET connection is an entry of 0 bytes. -EINVAL for a stream; else the error of
/// recv(2). An error that comes behind datagrams is returned by the next call. See recvmmsg(2),
/// whose timeout is not used: no limit delays datagrams that have come.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_recvmany(s: sock_t, v: *mut Datagram, n: usize, flags: c_int) -> i64 {
    guard_bare(|| {
        // SAFETY: `v` is NULL or valid for `n` entries, whose memory is writable, as the header demands.
        let mut batch = unsafe { entries(v, n, has_sound_memory, check_memory) }?;
        batch::receive(Id(s), &mut batch, flags)
    })
}

/// Turns the joining of arriving datagrams on or off (UDP_GRO).
///
/// `on`: not 0 for on. Consecutive datagrams of one sender and one size then arrive as one, also in
/// `sock_recv`: `segment` of a batch, or `sock_control_get_gro_size`, says where to cut.
/// Returns 0; -EOPNOTSUPP or -ENOPROTOOPT on a socket or kernel without it. See udp(7).
#[unsafe(no_mangle)]
pub extern "C" fn sock_setgro(s: sock_t, on: c_int) -> c_int {
    guard(|| batch::set_gro(Id(s), on != 0))
}
