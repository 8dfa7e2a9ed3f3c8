//! Sending and receiving
//!
//! A call whose data is ready is one system call. One that has to wait ends with data, or with
//! SOCK_ETIMEDOUT (timeout or deadline), SOCK_ECANCELED (cancel token), SOCK_ECLOSED (`sock_close`
//! in another thread), -EAGAIN (non-blocking mode, MSG_DONTWAIT, or a limit set with SO_RCVTIMEO or
//! SO_SNDTIMEO in blocking mode), or the code of the interrupt hook.
//!
//! `flags` are the system's MSG_* flags. MSG_DONTWAIT tries once; MSG_ERRQUEUE and MSG_OOB never
//! wait; MSG_WAITALL on a stream waits for all of `len`; MSG_NOSIGNAL is always on. Any thread; two
//! threads may receive and send at once. Not from a signal handler.

use super::arg;
use super::guard::guard_bare;
use super::handle::sock_t;
use crate::net::address::{self, Address};
use crate::net::transfer::{self, Rest};
use std::ffi::{c_int, c_void};

/// Arguments that a hot path needs again only where it fails. They wait in memory: a system call
/// leaves so few registers alone that each of them would cost the hot path a push, a move and a pop,
/// where this is one store.
struct Later(sock_t, c_int);

impl Later {
    /// Not yet given its values: a value that moved after that would be stored twice.
    const EMPTY: Later = Later(0, 0);

    #[inline(always)]
    fn keep(&mut self, s: sock_t, flags: c_int) {
        // SAFETY: writes our own fields. Volatile, so that the compiler does not keep the values in
        // registers after all.
        unsafe {
            (&raw mut self.0).write_volatile(s);
            (&raw mut self.1).write_volatile(flags);
        }
    }

    #[inline(always)]
    fn get(&self) -> (sock_t, c_int) {
        // SAFETY: reads our own fields.
        unsafe { ((&raw const self.0).read_volatile(), (&raw const self.1).read_volatile()) }
    }
}

/// Sends bytes to the connected peer.
///
/// `buf`, `len`: the data; of length 0 the pointer is not read, and a datagram of no bytes is sent.
/// In blocking mode a stream takes all of it; with a timeout it takes what fits at once.
/// Returns how many bytes were taken: fewer than `len` when a close, cancel, deadline or error came
/// after some of a stream (the next call tells the code). -EFAULT when `buf` is NULL; -EPIPE without
/// a signal; else the error of send(2). Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_send(s: sock_t, buf: *const c_void, len: usize, flags: c_int) -> i64 {
    // SAFETY: `buf` is NULL or valid for `len` bytes, as the header demands; so below.
    if let Some(data) = unsafe { arg::ready_bytes(s, buf, len) } {
        let mut later = Later::EMPTY;
        later.keep(s, flags);
        match transfer::try_send(s, data, flags) {
            Ok(count) => return count,
            Err(Some(rest)) => {
                let (s, flags) = later.get();
                // SAFETY: as above.
                return unsafe { send_on(s, buf, len, flags, rest) };
            }
            Err(None) => {}
        }
    }
    // SAFETY: as above.
    unsafe { send_all_of_it(s, buf, len, flags) }
}

/// What a hot path that had begun left over, behind the guard.
///
/// This function and the next never unwind, are called last and with their arguments where they are,
/// and are two, so that nothing is got ready for them that is not needed: the hot path is then short and
/// uses hardly any stack.
///
/// # Safety
/// `buf` is NULL or valid for `len` bytes.
#[cold]
#[inline(never)]
#[allow(improper_ctypes_definitions)] // never leaves this file
unsafe extern "C" fn send_on(s: sock_t, buf: *const c_void, len: usize, flags: c_int, rest: Rest) -> i64 {
    // SAFETY: this function's contract.
    guard_bare(|| transfer::send(s, unsafe { arg::bytes(buf, len, "buf") }?, flags, None, Some(rest)))
}

/// A call for which the hot path did nothing.
///
/// # Safety
/// `buf` is NULL or valid for `len` bytes.
#[cold]
#[inline(never)]
unsafe extern "C" fn send_all_of_it(s: sock_t, buf: *const c_void, len: usize, flags: c_int) -> i64 {
    // SAFETY: this function's contract.
    guard_bare(|| transfer::send(s, unsafe { arg::bytes(buf, len, "buf") }?, flags, None, None))
}

/// Receives bytes.
///
/// `buf`, `len`: where to put them; at most `len` are written.
/// Returns how many were received: 0 when a stream's peer has closed its half, or for a datagram of
/// no bytes. Of a longer datagram the rest is lost; with MSG_TRUNC the true length is returned, and
/// at most `len` bytes are written. `len` 0 goes to the kernel as it is. -EFAULT when `buf` is NULL;
/// else the error of recv(2). Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_recv(s: sock_t, buf: *mut c_void, len: usize, flags: c_int) -> i64 {
    // SAFETY: `buf` is NULL or valid for `len` bytes, as the header demands; so below.
    if let Some(buffer) = unsafe { arg::ready_buffer(s, buf, len) } {
        let mut later = Later::EMPTY;
        later.keep(s, flags);
        match transfer::try_recv(s, buffer, flags) {
            Ok(count) => return count,
            Err(Some(rest)) => {
                let (s, flags) = later.get();
                // SAFETY: as above.
                return unsafe { recv_on(s, buf, len, flags, rest) };
            }
            Err(None) => {}
        }
    }
    // SAFETY: as above.
    unsafe { recv_all_of_it(s, buf, len, flags) }
}

/// What a receive's hot path left over: see `send_on`.
///
/// # Safety
/// `buf` is NULL or valid for `len` bytes.
#[cold]
#[inline(never)]
#[allow(improper_ctypes_definitions)] // never leaves this file
unsafe extern "C" fn recv_on(s: sock_t, buf: *mut c_void, len: usize, flags: c_int, rest: Rest) -> i64 {
    // SAFETY: this function's contract.
    guard_bare(|| transfer::recv(s, unsafe { arg::buffer(buf, len, "buf") }?, flags, Some(rest)))
}

/// A receive for which the hot path did nothing.
///
/// # Safety
/// `buf` is NULL or valid for `len` bytes.
#[cold]
#[inline(never)]
unsafe extern "C" fn recv_all_of_it(s: sock_t, buf: *mut c_void, len: usize, flags: c_int) -> i64 {
    // SAFETY: this function's contract.
    guard_bare(|| transfer::recv(s, unsafe { arg::buffer(buf, len, "buf") }?, flags, None))
}

/// Sends a datagram to an address.
///
/// `buf`, `len`, `flags`: as for `sock_send`. `to`: the destination, not kept; NULL sends to the
/// connected peer. Waits also while the queue of an AF_UNIX receiver is full.
/// Returns the bytes taken; -EFAULT, -EINVAL for the arguments; -EAFNOSUPPORT when the kernel takes no
/// address of this family; else the error of sendto(2):
/// -EMSGSIZE, -ENOBUFS, -EDESTADDRREQ, ... Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_sendto(
    s: sock_t,
    buf: *const c_void,
    len: usize,
    flags: c_int,
    to: *const Address,
) -> i64 {
    // SAFETY: `to` is NULL or valid, as the header demands.
    let to = unsafe { to.as_ref() };
    let mut rest = None;
    // SAFETY: `buf` is NULL or valid for `len` bytes, as the header demands.
    if let (Some(data), Some(to)) = (unsafe { arg::ready_bytes(s, buf, len) }, to) {
        if address::is_well_formed(to) {
            match transfer::try_sendto(s, data, flags, to) {
                Ok(count) => return count,
                Err(left) => rest = left,
            }
        }
    }
    guard_bare(|| {
        // SAFETY: as above.
        let data = unsafe { arg::bytes(buf, len, "buf") }?;
        if let Some(to) = to {
            address::check(to)?;
        }
        transfer::send(s, data, flags, to, rest)
    })
}

/// Receives bytes and tells who sent them.
///
/// `buf`, `len`, `flags`: as for `sock_recv`. `from`: receives the sender; may be NULL; written only
/// on success; its length is 0 where the kernel names none (a connected stream, an unnamed AF_UNIX
/// sender). Returns as `sock_recv`. Since 0.1.0. See recvfrom(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_recvfrom(
    s: sock_t,
    buf: *mut c_void,
    len: usize,
    flags: c_int,
    from: *mut Address,
) -> i64 {
    let mut sender = Address::NONE;
    let mut rest = None;
    let mut count = None;
    // SAFETY: `buf` is NULL or valid for `len` bytes, as the header demands.
    if let Some(buffer) = unsafe { arg::ready_buffer(s, buf, len) } {
        match transfer::try_recvfrom(s, buffer, flags, &mut sender) {
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
        // SAFETY: `from` is NULL or valid for one address, as the header demands.
        if let Some(from) = unsafe { arg::optional_output(from) } {
            from.write(sender);
        }
    }
    count
}

/// What the hot path of a receive left over, behind the guard.
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
    rest: Option<Rest>,
    sender: &mut Address,
) -> i64 {
    guard_bare(|| {
        // SAFETY: this function's contract.
        let buffer = unsafe { arg::buffer(buf, len, "buf") }?;
        transfer::recvfrom(s, buffer, flags, rest, sender)
    })
}

/// Receives all of `len` bytes from a stream, under one limit: the timeout counts from the first wait
/// to the last byte.
///
/// `buf`, `len`: where to put them; of length 0 nothing is received and the pointer is not read.
/// `flags`: as for `sock_recv`, but what does not take the next bytes of the stream (MSG_PEEK,
/// MSG_TRUNC, MSG_OOB, MSG_ERRQUEUE) is -EINVAL. `received`: how many bytes are in `buf`, also when the
/// call fails; may be NULL. Go on later with the rest of the buffer: no byte is lost.
/// Returns 0 when all have come; SOCK_EEOF when the peer closed its half before that; -EINVAL for a
/// socket that is not of type SOCK_STREAM; else a code, as `sock_recv` and always the code: in
/// non-blocking mode -EAGAIN as soon as there is no more. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_recv_exact(
    s: sock_t,
    buf: *mut c_void,
    len: usize,
    flags: c_int,
    received: *mut usize,
) -> c_int {
    // Outside the guard: what has come is told whatever happens.
    let mut count = 0;
    let result = guard_bare(|| {
        // SAFETY: `buf` is NULL or valid for `len` bytes, as the header demands.
        transfer::recv_exact(s, unsafe { arg::buffer(buf, len, "buf") }?, flags, &mut count)
    });
    // SAFETY: `received` is NULL or valid for one size_t, as the header demands.
    if let Some(received) = unsafe { arg::optional_output(received) } {
        received.write(count);
    }
    result
}

/// Sends all bytes, under one limit: the timeout counts from the first wait to the last byte.
///
/// `buf`, `len`, `flags`: as for `sock_send`. `sent`: receives how many bytes were taken, also when
/// the call fails; may be NULL.
/// Returns 0 when all were taken; else a code, as `sock_send` and always the code: in non-blocking
/// mode -EAGAIN as soon as the socket is full. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_sendall(
    s: sock_t,
    buf: *const c_void,
    len: usize,
    flags: c_int,
    sent: *mut usize,
) -> c_int {
    // Outside the guard: what was sent is told whatever happens.
    let mut taken = 0;
    // SAFETY: `buf` is NULL or valid for `len` bytes, as the header demands.
    let result =
        guard_bare(|| transfer::sendall(s, unsafe { arg::bytes(buf, len, "buf") }?, flags, &mut taken));
    // SAFETY: `sent` is NULL or valid for one size_t, as the header demands.
    if let Some(sent) = unsafe { arg::optional_output(sent) } {
        sent.write(taken);
    }
    result
}

/// Whether an event loop is notified when a send that returned -EAGAIN can be retried.
///
/// For programs that wait with poll(2) or epoll(7) themselves; calls in blocking or timeout mode need none of
/// this. `addressed`: not 0 for a send with a destination address, as in `sock_sendto`.
/// Returns 1 when POLLOUT reports room; or 0 when it does not, because the full queue is the receiver's and
/// the kernel looks only at the sender's buffer: retry after a pause of 1 to 20 ms. That is so for AF_UNIX
/// datagrams to an address and for AF_NETLINK. -EBADF. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn sock_send_pollable(s: sock_t, addressed: c_int) -> c_int {
    guard_bare(|| transfer::send_pollable(s, addressed != 0))
}
