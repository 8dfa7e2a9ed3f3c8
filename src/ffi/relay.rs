//! Relay (two connections as one)
//!
//! The loop of a proxy: what arrives from one socket goes to the other, in both directions, until
//! both have ended.

use super::arg;
use super::guard::guard;
use super::handle::sock_t;
use crate::net::handle::Id;
use crate::net::relay::{self, Outcome};
use crate::net::time::Nanos;
use std::ffi::c_int;

/// What `sock_relay` has moved.
///
/// The layout never changes; 64 bytes.
#[repr(C)]
pub struct sock_relay_counts {
    /// Bytes received from `a` that `b` accepted.
    pub a_to_b: u64,
    /// Bytes received from `b` that `a` accepted.
    pub b_to_a: u64,
    /// Bytes received from `a` that `b` did not accept: lost.
    pub a_lost: u64,
    /// Bytes received from `b` that `a` did not accept: lost.
    pub b_lost: u64,
    /// 1 if `a` has ended its half and `b` received that end (SHUT_WR), else 0.
    pub a_ended: i32,
    /// 1 if `b` has ended its half and `a` received that end, else 0.
    pub b_ended: i32,
    /// On failure, the handle at which the call ended; 0 if it was not one of them (the idle limit,
    /// an interrupt hook).
    pub failed: sock_t,
    /// 0.
    pub reserved: [u64; 2],
}

const _: () = assert!(size_of::<sock_relay_counts>() == 64);

/// Relays between two connected sockets until both directions have ended.
///
/// Runs in the calling thread, without copying where splice(2) works (see "Splice"). The end of one
/// direction is handed on: when `a` has ended its half, `b` receives everything and then
/// shutdown(SHUT_WR), and the other direction goes on. The handles stay open.
/// If a socket cannot be read (-ECONNRESET, for example), the call ends. If one cannot be written
/// (-EPIPE), what its peer had sent before still goes to the other side, and then the call ends with
/// that code. A failure is not handed on: to make the other peer see a reset and not an end,
/// set `sock_set_linger` to 0 before closing.
/// `a`, `b`: two handles of SOCK_STREAM sockets in blocking or timeout mode. The shorter of their
/// timeouts covers the whole call; their deadlines (both directions) and cancel tokens apply, and
/// closing either ends the call. SO_RCVTIMEO and SO_SNDTIMEO do not apply.
/// `idle_ns`: the call ends with SOCK_ETIMEDOUT when nothing has moved in either direction for so
/// long; SOCK_FOREVER for no limit.
/// `counts`: receives what has moved, also on failure; may be NULL.
/// Urgent data and descriptors passed over AF_UNIX are not relayed.
/// Returns 0 when both directions have ended; -EINVAL for another type of socket, the same handle
/// twice, or non-blocking mode; else a code as `sock_recv` or `sock_send`. See splice(2),
/// shutdown(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_relay(
    a: sock_t,
    b: sock_t,
    idle_ns: i64,
    counts: *mut sock_relay_counts,
) -> c_int {
    // Outside the guard: the counts are written even after a panic.
    let mut outcome = Outcome::default();
    let result = guard(|| relay::relay(Id(a), Id(b), Nanos(idle_ns), &mut outcome));
    // SAFETY: `counts` is NULL or valid for one struct, as the header demands.
    if let Some(counts) = unsafe { arg::optional_output(counts) } {
        let [from_a, from_b] = outcome.ways;
        counts.write(sock_relay_counts {
            a_to_b: from_a.moved,
            b_to_a: from_b.moved,
            a_lost: from_a.lost,
            b_lost: from_b.lost,
            a_ended: from_a.ended.into(),
            b_ended: from_b.ended.into(),
            failed: outcome.failed.map_or(0, |side| [a, b][side]),
            reserved: [0; 2],
        });
    }
    result
}
