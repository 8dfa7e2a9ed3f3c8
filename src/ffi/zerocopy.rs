//! Zerocopy (sending without a copy)
//!
//! With MSG_ZEROCOPY the kernel sends from the program's memory. The buffer must not change until
//! the kernel is done with it, which the error queue of the socket reports. Worthwhile above about
//! 10 KB a call. Over loopback, and to a device that cannot gather, the kernel copies after all.
//!
//! One handle in one process sends so on a socket, and the program sends nothing with MSG_ZEROCOPY
//! itself there: the kernel counts the sends of a socket, and libsock counts along.
//! Completions make poll(2) report POLLERR until they are taken; no other call of libsock ends or
//! fails because of that.

use super::arg;
use super::guard::guard;
use super::handle::sock_t;
use crate::net::error::Code;
use crate::net::handle::Id;
use crate::net::zerocopy;
use std::ffi::{c_int, c_void};

/// Tickets of `sock_send_zerocopy` whose buffers are free.
///
/// The layout never changes; 24 bytes.
#[repr(C)]
pub struct sock_zerocopy_range {
    /// The first ticket.
    pub first: u64,
    /// The last ticket.
    pub last: u64,
    /// 1 if the kernel copied the data after all, else 0.
    pub copied: i32,
    /// 0.
    pub reserved: i32,
}

const _: () = assert!(size_of::<sock_zerocopy_range>() == 24);

/// Sends from the program's memory, without a copy.
///
/// `buf`: must stay unchanged until `sock_zerocopy_done` reports the ticket, also after the socket
/// is closed: then nothing reports it any more, and the kernel may send again until the peer has
/// received everything. So collect all tickets before closing, or close with `sock_set_linger` 0.
/// `flags`: as for `sock_send`.
/// `ticket`: receives the number of this send, 1 or more and one more each time; or 0 if the data
/// was copied at once and `buf` is free: on sockets other than TCP and UDP, and old kernels.
/// Sends once: in blocking mode, too, a stream may take less than `len`; send the rest under another
/// ticket. When the kernel has no memory for more completions (net.core.optmem_max), the call takes
/// those that have come, keeps them for `sock_zerocopy_done`, and waits for others if need be; in
/// non-blocking mode it returns -ENOBUFS.
/// Returns the number of bytes sent; -ENOBUFS also if more than 8 separate ranges wait to be taken;
/// else a code as `sock_send`. See send(2), socket(7).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_send_zerocopy(
    s: sock_t,
    buf: *const c_void,
    len: usize,
    flags: c_int,
    ticket: *mut u64,
) -> i64 {
    guard(|| {
        // SAFETY: `buf` is NULL or valid for `len` bytes, `ticket` NULL or valid, as the header demands.
        let (data, place) = unsafe { (arg::bytes(buf, len, "buf")?, arg::output(ticket, "ticket")?) };
        let (count, number) = zerocopy::send(Id(s), data, flags)?;
        place.write(number);
        Ok(count)
    })
}

/// Waits for buffers to become free.
///
/// `out`, `cap`: receive ranges of tickets, each ticket once, the oldest first; neighbours are
/// merged. `cap` is 1 or more.
/// From the first ticket on, takes what is in the error queue of the socket. Messages of another
/// kind (time stamps, ICMP errors) are dropped. A program that needs them reads the queue itself
/// (`sock_recvmsg` with MSG_ERRQUEUE) instead of calling this: the first and last ticket, less 1,
/// are `info` and `data` of `sock_control_get_error` with SO_EE_ORIGIN_ZEROCOPY, 32 bits of them.
/// The timeout, the deadline for writing and the cancel token apply.
/// Returns the number of ranges written; 0 if no ticket is outstanding; -EAGAIN in non-blocking mode
/// if none is free yet. See recv(2), socket(7).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_zerocopy_done(s: sock_t, out: *mut sock_zerocopy_range, cap: usize) -> i64 {
    guard(|| {
        // SAFETY: `out` is NULL or valid for `cap` structs, as the header demands.
        let places = unsafe { arg::places(out, cap, "out") }?;
        if places.is_empty() {
            return Err(Code::errno(libc::EINVAL).because(format_args!("cap: 0")));
        }
        zerocopy::done(Id(s), places.len(), |at, range| {
            places[at].write(sock_zerocopy_range {
                first: range.first,
                last: range.last,
                copied: range.copied.into(),
                reserved: 0,
            });
        })
    })
}
