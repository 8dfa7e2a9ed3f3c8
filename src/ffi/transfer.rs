//! Transfers
//!
//! A call whose data is ready makes one system call. -EAGAIN is also the result with MSG_DONTWAIT,
//! and in blocking mode when a limit set with SO_RCVTIMEO or SO_SNDTIMEO passes.
//!
//! `flags` are the system's MSG_* flags. MSG_DONTWAIT tries once; MSG_ERRQUEUE and MSG_OOB never
//! wait; MSG_WAITALL on a stream waits for all of `len`, but ends at an urgent byte, and on AF_UNIX
//! at bytes sent with descriptors, as in the kernel; MSG_FASTOPEN waits for the connection;
//! MSG_NOSIGNAL is always on. SO_RCVLOWAT holds back a receive that may wait. In a call "under
//! one limit", the timeout counts from the first wait to the last byte. One thread may receive while
//! another sends. `buf`, `len` are the data to send, or the memory for the data received.

use super::arg;
use super::guard::{guard, guard_bare};
use super::handle::sock_t;
use super::hot::{self, SpilledArgs};
use crate::net::address::{self, Address};
use crate::net::handle::Id;
use crate::net::time::Nanos;
use crate::net::transfer::{self, Unfinished};
use std::ffi::{c_int, c_void};

/// Sends bytes to the connected peer.
///
/// `buf`, `len`: the data; length 0 sends a datagram of no bytes.
/// In blocking mode a stream takes all bytes; with a timeout it takes what fits at once.
/// Returns the number of bytes taken: fewer than `len` if a close, cancel, deadline or error
/// followed some bytes of a stream (the next call returns the code); else -EPIPE or another error
/// of send(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_send(s: sock_t, buf: *const c_void, len: usize, flags: c_int) -> i64 {
    // SAFETY: as the header demands.
    unsafe { send_to_peer(s, buf, len, flags) }
}

/// # Safety
/// `buf` is NULL or valid for `len` bytes.
#[inline(always)]
unsafe fn send_to_peer(s: sock_t, buf: *const c_void, len: usize, flags: c_int) -> i64 {
    // SAFETY: this function's contract; so below.
    if let Some(data) = unsafe { hot::bytes(s, buf, len) } {
        let mut spilled = SpilledArgs::EMPTY;
        spilled.keep(s, flags);
        match transfer::try_send(Id(s), data, flags) {
            Ok(count) => return count,
            Err(Some(rest)) => {
                let (s, flags) = spilled.get();
                // SAFETY: as above.
                return unsafe { hot::send_unfinished(s, buf, len, flags, rest) };
            }
            Err(None) => {}
        }
    }
    // SAFETY: as above.
    unsafe { hot::send_whole(s, buf, len, flags) }
}

/// Receives bytes.
///
/// `len`: at most this many; 0 goes to the kernel unchanged.
/// Returns the number of bytes received: 0 when the peer of a stream has closed its half, or for a
/// datagram of no bytes. The excess of a longer datagram is discarded; with MSG_TRUNC the result is
/// its full length, though at most `len` bytes are written. Else the error of recv(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_recv(s: sock_t, buf: *mut c_void, len: usize, flags: c_int) -> i64 {
    // SAFETY: as the header demands.
    unsafe { receive(s, buf, len, flags) }
}

/// # Safety
/// `buf` is NULL or valid for `len` bytes.
#[inline(always)]
unsafe fn receive(s: sock_t, buf: *mut c_void, len: usize, flags: c_int) -> i64 {
    // SAFETY: this function's contract; so below.
    if let Some(buffer) = unsafe { hot::buffer(s, buf, len) } {
        let mut spilled = SpilledArgs::EMPTY;
        spilled.keep(s, flags);
        match transfer::try_recv(Id(s), buffer, flags) {
            Ok(count) => return count,
            Err(Some(rest)) => {
                let (s, flags) = spilled.get();
                // SAFETY: as above.
                return unsafe { hot::recv_unfinished(s, buf, len, flags, rest) };
            }
            Err(None) => {}
        }
    }
    // SAFETY: as above.
    unsafe { hot::recv_whole(s, buf, len, flags) }
}

/// Sends a datagram to an address.
///
/// `to`: the destination; NULL sends to the connected peer.
/// Waits also while the queue of an AF_UNIX receiver is full.
/// Returns the number of bytes taken; -EAFNOSUPPORT if the socket cannot send to the address's
/// family; else the error of sendto(2): -EMSGSIZE, -ENOBUFS, -EDESTADDRREQ ...
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_sendto(
    s: sock_t,
    buf: *const c_void,
    len: usize,
    flags: c_int,
    to: *const Address,
) -> i64 {
    // SAFETY: `to` is NULL or valid, as the header demands.
    let Some(to) = (unsafe { to.as_ref() }) else {
        // SAFETY: as here.
        return unsafe { send_to_peer(s, buf, len, flags) };
    };
    // SAFETY: as above.
    unsafe { send_to_address(s, buf, len, flags, to) }
}

/// Apart, so that a send without an address needs none of its registers.
///
/// # Safety
/// `buf` is NULL or valid for `len` bytes.
#[inline(never)]
unsafe extern "C" fn send_to_address(
    s: sock_t,
    buf: *const c_void,
    len: usize,
    flags: c_int,
    to: &Address,
) -> i64 {
    let mut rest = None;
    // SAFETY: this function's contract; so below.
    if let Some(data) = unsafe { hot::bytes(s, buf, len) } {
        if address::is_well_formed(to) {
            match transfer::try_sendto(Id(s), data, flags, to) {
                Ok(count) => return count,
                Err(left) => rest = left,
            }
        }
    }
    // SAFETY: as above.
    unsafe { sendto_on(s, buf, len, flags, to, rest) }
}

/// A send to an address that the fast path did not finish.
///
/// # Safety
/// `buf` is NULL or valid for `len` bytes.
#[cold]
#[inline(never)]
unsafe fn sendto_on(
    s: sock_t,
    buf: *const c_void,
    len: usize,
    flags: c_int,
    to: &Address,
    rest: Option<Unfinished>,
) -> i64 {
    guard_bare(|| {
        // SAFETY: this function's contract.
        let data = unsafe { arg::bytes(buf, len, "buf") }?;
        address::check(to)?;
        transfer::send(Id(s), data, flags, Some(to), rest)
    })
}

/// Receives bytes and the address of their sender.
///
/// `from`: receives the sender, or the empty address if the kernel names none (a connected stream,
/// an unnamed AF_UNIX sender); may be NULL.
/// Returns as `sock_recv`. See recvfrom(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_recvfrom(
    s: sock_t,
    buf: *mut c_void,
    len: usize,
    flags: c_int,
    from: *mut Address,
) -> i64 {
    // SAFETY: `from` is NULL or valid for one address, as the header demands.
    let Some(from) = (unsafe { arg::optional_output(from) }) else {
        // SAFETY: as here.
        return unsafe { receive(s, buf, len, flags) };
    };
    let mut sender = Address::NONE;
    let mut rest = None;
    let mut count = None;
    // SAFETY: `buf` is NULL or valid for `len` bytes, as the header demands.
    if let Some(buffer) = unsafe { hot::buffer(s, buf, len) } {
        match transfer::try_recvfrom(Id(s), buffer, flags, &mut sender) {
            Ok(done) => count = Some(done),
            Err(left) => rest = left,
        }
    }
    let count = match count {
        Some(count) => count,
        // SAFETY: as above.
        None => unsafe { recvfrom_on(s, buf, len, flags, rest, &mut sender) },
    };
    if count >= 0 {
        from.write(sender);
    }
    count
}

/// A receive that the fast path did not finish.
///
/// # Safety
/// `buf` is NULL or valid for `len` bytes.
#[cold]
#[inline(never)]
unsafe fn recvfrom_on(
    s: sock_t,
    buf: *mut c_void,
    len: usize,
    flags: c_int,
    rest: Option<Unfinished>,
    sender: &mut Address,
) -> i64 {
    guard_bare(|| {
        // SAFETY: this function's contract.
        let buffer = unsafe { arg::buffer(buf, len, "buf") }?;
        transfer::recvfrom(Id(s), buffer, flags, rest, sender)
    })
}

/// Receives exactly `len` bytes from a stream, under one limit.
///
/// `flags`: as for `sock_recv`, except MSG_PEEK, MSG_TRUNC, MSG_OOB and MSG_ERRQUEUE, which do not
/// consume the next bytes of the stream: -EINVAL.
/// `received`: receives the number of bytes in `buf`, also on failure; may be NULL. A later call
/// can continue with the rest of the buffer: no byte is lost.
/// Returns 0 when all bytes have come; SOCK_EEOF if the peer closed its half before; -EINVAL if the
/// socket is not of type SOCK_STREAM; else the code of `sock_recv`, even after some bytes: -EAGAIN
/// in non-blocking mode as soon as no more are ready.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_recv_exact(
    s: sock_t,
    buf: *mut c_void,
    len: usize,
    flags: c_int,
    received: *mut usize,
) -> c_int {
    // Outside the guard: the count is written even after a panic.
    let mut count = 0;
    let result = guard_bare(|| {
        // SAFETY: `buf` is NULL or valid for `len` bytes, as the header demands.
        transfer::recv_exact(Id(s), unsafe { arg::buffer(buf, len, "buf") }?, flags, &mut count)
    });
    // SAFETY: `received` is NULL or valid for one size_t, as the header demands.
    if let Some(received) = unsafe { arg::optional_output(received) } {
        received.write(count);
    }
    result
}

/// Sends all bytes, under one limit.
///
/// `sent`: receives the number of bytes taken, also on failure; may be NULL.
/// Returns 0 when all bytes were taken; else the code of `sock_send`, even after some bytes:
/// -EAGAIN in non-blocking mode as soon as the socket is full.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_sendall(
    s: sock_t,
    buf: *const c_void,
    len: usize,
    flags: c_int,
    sent: *mut usize,
) -> c_int {
    // Outside the guard: the count is written even after a panic.
    let mut taken = 0;
    // SAFETY: `buf` is NULL or valid for `len` bytes, as the header demands.
    let result =
        guard_bare(|| transfer::sendall(Id(s), unsafe { arg::bytes(buf, len, "buf") }?, flags, &mut taken));
    // SAFETY: `sent` is NULL or valid for one size_t, as the header demands.
    if let Some(sent) = unsafe { arg::optional_output(sent) } {
        sent.write(taken);
    }
    result
}

/// Waits until a socket is ready, without a transfer.
///
/// For code that makes its own system calls on the descriptor, such as a TLS library, and needs the
/// limits of the handle around them.
///
/// `direction`: SOCK_READ or SOCK_WRITE, whose deadline applies, as does the cancel token.
/// `timeout_ns`: the limit of this wait, whatever the mode of the socket; 0 looks once.
/// Returns 1 when poll(2) reports readiness, also for the end of the stream and for an error, which
/// is left in SO_ERROR for the call that follows; 0 when `timeout_ns` has passed; else a code as
/// `sock_recv`.
#[unsafe(no_mangle)]
pub extern "C" fn sock_wait(s: sock_t, direction: c_int, timeout_ns: i64) -> c_int {
    guard(|| transfer::wait(Id(s), direction, Nanos(timeout_ns)))
}

/// Whether POLLOUT reports that a send that returned -EAGAIN can be retried.
///
/// For programs that wait with poll(2) or epoll(7) themselves.
///
/// `addressed`: nonzero for a send with a destination address, as in `sock_sendto`.
/// Returns 1; or 0 if the full queue is the receiver's, which the kernel does not report: retry
/// after 1 to 20 ms. This applies to AF_UNIX datagrams to an address, and to AF_NETLINK.
#[unsafe(no_mangle)]
pub extern "C" fn sock_send_pollable(s: sock_t, addressed: c_int) -> c_int {
    guard_bare(|| transfer::send_pollable(Id(s), addressed != 0))
}
