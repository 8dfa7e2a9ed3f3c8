//! Connections
//!
//! From a name to a connected socket under one limit, which holds for the lookup and every address
//! together. The addresses are tried as RFC 8305 ("Happy Eyeballs") says: IPv6 and IPv4 in turn, a new
//! attempt every 250 ms or as soon as one has failed, while those before stay alive; the first that is
//! connected wins. One dead address costs a quarter of a second, not a timeout.
//! From any thread, none of these from a signal handler.

use super::arg;
use super::guard::guard;
use super::handle::{sock_cancel_t, sock_t};
use super::lookup::sock_op_t;
use crate::net::address::Address;
use crate::net::connection::{self, Options, Record};
use crate::net::error::Result;
use std::ffi::{c_char, c_int};
use std::mem::MaybeUninit;

/// Phase of an attempt: the lookup of one family, which has failed or was not waited for.
pub const SOCK_PHASE_LOOKUP: i32 = 1;
/// Phase of an attempt: no socket could be made.
pub const SOCK_PHASE_SOCKET: i32 = 2;
/// Phase of an attempt: its options could not be set, or it could not be bound to the source address.
pub const SOCK_PHASE_BIND: i32 = 3;
/// Phase of an attempt: it was on its way.
pub const SOCK_PHASE_CONNECT: i32 = 4;
/// Phase of an attempt: it is connected.
pub const SOCK_PHASE_CONNECTED: i32 = 5;

/// One attempt to connect. Fixed for ever; 160 bytes.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sock_attempt {
    /// The address that was tried; of a lookup the family alone.
    pub address: Address,
    /// How far it got: SOCK_PHASE_...
    pub phase: i32,
    /// How it ended: 0 while it is under way and of the winner, SOCK_ECANCELED of those that the winner
    /// left behind, SOCK_ETIMEDOUT where time was up, or its own error.
    pub code: i32,
    /// When it began, on the clock of `sock_now`.
    pub start_ns: i64,
    /// When it ended; 0 while it is under way.
    pub end_ns: i64,
}

/// How to connect. Begins with its own size; zero everywhere else is what NULL means.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sock_connect_options {
    /// sizeof(struct sock_connect_options).
    pub size: usize,
    /// At most so many nanoseconds from now for all of it. 0: the default timeout, if there is one;
    /// SOCK_FOREVER: no limit.
    pub timeout_ns: i64,
    /// Until this moment; 0: no deadline.
    pub deadline_ns: i64,
    /// At most so many nanoseconds for each attempt; 0: as long as there is time.
    pub attempt_timeout_ns: i64,
    /// How long the addresses of IPv4 wait for those of IPv6; 0: 50 ms; negative: not at all.
    pub resolution_delay_ns: i64,
    /// How long after one attempt the next begins; 0: 250 ms; negative: when the one before has failed,
    /// in the resolver's order, as Python does; 1: all at once.
    pub stagger_ns: i64,
    /// A cancel token, or 0.
    pub cancel: sock_cancel_t,
    /// The local address, or NULL. An attempt of another family fails.
    pub source: *const Address,
    /// Where the attempts are put when the call ends, also when it fails; may be NULL.
    pub attempts: *mut sock_attempt,
    /// Room for so many of them.
    pub attempts_cap: usize,
    /// Receives how many there were, which may be above `attempts_cap`; may be NULL.
    pub attempts_count: *mut usize,
    /// AF_INET, AF_INET6, or 0 for both.
    pub family: i32,
    /// Not 0: TCP fast open (RFC 7413). The socket then counts as connected before the other end has
    /// answered where the kernel has its cookie, and the first data goes with the handshake.
    pub fast_open: i32,
}

/// The options of the inner layers.
///
/// # Safety
/// `opt` is valid as the header demands.
unsafe fn convert(opt: &sock_connect_options) -> Options {
    Options {
        timeout: opt.timeout_ns,
        deadline: opt.deadline_ns,
        attempt: opt.attempt_timeout_ns,
        resolution_delay: opt.resolution_delay_ns,
        stagger: opt.stagger_ns,
        token: opt.cancel,
        family: opt.family,
        // SAFETY: NULL or valid, by this function's contract.
        source: unsafe { opt.source.as_ref() }.copied(),
        fast_open: opt.fast_open != 0,
    }
}

fn attempt(record: &Record) -> sock_attempt {
    sock_attempt {
        address: record.address,
        phase: record.phase as i32,
        code: record.code,
        start_ns: record.start,
        end_ns: record.end,
    }
}

/// Room for `cap` attempts; of none the pointer is never looked at.
///
/// # Safety
/// `place` is NULL or valid for `cap` attempts.
unsafe fn room<'a>(place: *mut sock_attempt, cap: usize) -> Result<&'a mut [MaybeUninit<sock_attempt>]> {
    if cap == 0 {
        return Ok(&mut []);
    }
    // SAFETY: NULL or valid, by this function's contract.
    unsafe { arg::output(place, "attempts") }?;
    let cap = cap.min(isize::MAX as usize / size_of::<sock_attempt>());
    // SAFETY: not NULL, and valid for as many.
    Ok(unsafe { std::slice::from_raw_parts_mut(place.cast(), cap) })
}

fn put(records: &[Record], room: &mut [MaybeUninit<sock_attempt>]) {
    for (place, record) in room.iter_mut().zip(records) {
        place.write(attempt(record));
    }
}

/// Connects to a host and a port: a TCP connection in one line.
///
/// `host`: a name or a number; NULL is this machine. `port`: a number from 0 to 65535 as text, or the name
/// of a service.
/// `opt`: limits, pace and more; NULL is the defaults: the default timeout for all of it.
/// Returns a connected socket with the default timeout, closed by the caller. Otherwise the code of the
/// attempt that got furthest (the last of several): -ECONNREFUSED, -EHOSTUNREACH ..., or of the lookup:
/// SOCK_EAI_NONAME ...; SOCK_ETIMEDOUT when all time is up, SOCK_ECANCELED; -EINVAL for a port out of range or
/// a negative time; -E2BIG for options that this library does not know. No descriptor stays open.
/// Since 0.1.0. See RFC 8305.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn sock_create_connection(
    host: *const c_char,
    port: *const c_char,
    opt: *const sock_connect_options,
) -> sock_t {
    guard(|| {
        // SAFETY: strings or NULL, and options for the size they name, as the header demands.
        let (host, port, opt) =
            unsafe { (arg::optional_text(host), arg::optional_text(port), arg::options(opt)?) };
        // SAFETY: NULL or valid for what the options say, as the header demands.
        let (options, room, count) = unsafe {
            (convert(&opt), room(opt.attempts, opt.attempts_cap)?, arg::optional_output(opt.attempts_count))
        };
        let mut made = 0;
        let result = connection::create(host, port, &options, |records| {
            made = records.len();
            put(records, room);
        });
        if let Some(count) = count {
            count.write(made);
        }
        result
    })
}

/// Starts to connect without waiting for it: `sock_create_connection` for event loops.
///
/// Parameters and errors as there; nothing is kept, and `attempts` must be NULL: ask
/// `sock_create_connection_attempts`. Returns an operation, closed by the caller. Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn sock_create_connection_start(
    host: *const c_char,
    port: *const c_char,
    opt: *const sock_connect_options,
) -> sock_op_t {
    guard(|| {
        // SAFETY: strings or NULL, and options for the size they name, as the header demands.
        let (host, port, opt) =
            unsafe { (arg::optional_text(host), arg::optional_text(port), arg::options(opt)?) };
        if !opt.attempts.is_null() || !opt.attempts_count.is_null() {
            use crate::net::error::Code;
            return Err(Code::errno(libc::EINVAL).because(format_args!(
                "attempts: of an operation, sock_create_connection_attempts tells them"
            )));
        }
        // SAFETY: NULL or valid for what the options say, as the header demands.
        connection::start(host, port, &unsafe { convert(&opt) })
    })
}

/// Does what a dial has to do now; never waits.
///
/// `op`: from `sock_create_connection_start`. Returns 0 while it is in progress: wait until its descriptor is
/// readable; then once the connected socket, which the caller closes, or the code of
/// `sock_create_connection`. After that -EINVAL. -ENOTSOCK for another kind of operation, -ESTALE in the
/// child of a fork. Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn sock_create_connection_step(op: sock_op_t) -> sock_t {
    guard(|| Ok(connection::step(op)?.unwrap_or(0)))
}

/// The attempts of a dial so far, also after its end.
///
/// `attempts`, `cap`: where to put them, in the order in which they began; NULL with 0 asks.
/// Returns how many there are, which may be above `cap`; -EFAULT, -EBADF, -ENOTSOCK, -ESTALE.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_create_connection_attempts(
    op: sock_op_t,
    attempts: *mut sock_attempt,
    cap: usize,
) -> i64 {
    guard(|| {
        // SAFETY: NULL or valid for `cap` attempts, as the header demands.
        let room = unsafe { room(attempts, cap) }?;
        let records = connection::records(op)?;
        put(&records, room);
        Ok(records.len() as i64)
    })
}

/// Connects a socket that exists to a host and a port: the first address of its family.
///
/// `host`, `port`: as in `sock_resolve`. The lookup and the connection share the socket's timeout, and
/// obey its deadline, its token and its end. In non-blocking mode the lookup waits, as in Python; use
/// `sock_getaddrinfo_start` where it must not.
/// Returns as `sock_connect`, and the codes of `sock_resolve`; -EAFNOSUPPORT for a socket of another
/// family than AF_INET and AF_INET6. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_connect_host(s: sock_t, host: *const c_char, port: *const c_char) -> c_int {
    // SAFETY: strings or NULL, as the header demands.
    guard(|| unsafe { connection::connect_host(s, arg::optional_text(host), arg::optional_text(port)) })
}

/// Binds a socket to a host and a port: the first address of its family; NULL or "" is the wildcard.
///
/// `host`, `port`, limits and errors as in `sock_connect_host`. Returns as `sock_bind`. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_bind_host(s: sock_t, host: *const c_char, port: *const c_char) -> c_int {
    // SAFETY: strings or NULL, as the header demands.
    guard(|| unsafe { connection::bind_host(s, arg::optional_text(host), arg::optional_text(port)) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::connection::Phase;

    #[test]
    fn phases_are_the_nets() {
        let ours =
            [SOCK_PHASE_LOOKUP, SOCK_PHASE_SOCKET, SOCK_PHASE_BIND, SOCK_PHASE_CONNECT, SOCK_PHASE_CONNECTED];
        let nets = [Phase::Lookup, Phase::Socket, Phase::Bind, Phase::Connect, Phase::Connected];
        assert_eq!(ours, nets.map(|phase| phase as i32));
        assert_eq!(size_of::<sock_attempt>(), 160);
    }
}
