//! Connections
//!
//! From a name to a connected socket, under one limit for the lookup and all addresses. The
//! addresses are tried as in RFC 8305 ("Happy Eyeballs"): IPv6 and IPv4 in turn, a new attempt every
//! 250 ms or as soon as one fails, while earlier ones continue; the first to connect wins. One dead
//! address costs a quarter of a second, not a timeout.

use super::arg;
use super::guard::guard;
use super::handle::{sock_cancel_t, sock_t};
use super::lookup::sock_op_t;
use crate::net::address::Address;
use crate::net::connection::{self, Attempt, Options};
use crate::net::error::Result;
use crate::net::handle::Id;
use crate::net::time::Nanos;
use std::ffi::{c_char, c_int};
use std::mem::MaybeUninit;

/// The lookup of one family failed or was not waited for.
pub const SOCK_PHASE_LOOKUP: i32 = 1;
/// No socket could be created.
pub const SOCK_PHASE_SOCKET: i32 = 2;
/// Setting options or binding to the source address failed.
pub const SOCK_PHASE_BIND: i32 = 3;
/// The attempt was connecting.
pub const SOCK_PHASE_CONNECT: i32 = 4;
/// It is connected.
pub const SOCK_PHASE_CONNECTED: i32 = 5;

/// One attempt to connect. Its 160 bytes never change.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sock_attempt {
    /// The address that was tried; for a lookup only the family.
    pub address: Address,
    /// The phase that it reached: SOCK_PHASE_*.
    pub phase: i32,
    /// How it ended: 0 while in progress and for the winner, SOCK_ECANCELED if another won,
    /// SOCK_ETIMEDOUT when time ran out, or its own error.
    pub code: i32,
    /// When it began, on the clock of `sock_now`.
    pub start_ns: i64,
    /// When it ended; 0 while in progress.
    pub end_ns: i64,
}

/// How to connect.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sock_connect_options {
    /// sizeof(struct sock_connect_options).
    pub size: usize,
    /// Limit of the whole call, in ns from now. 0: the default timeout, if any; SOCK_FOREVER:
    /// none.
    pub timeout_ns: i64,
    /// Deadline; 0: none.
    pub deadline_ns: i64,
    /// Limit of each attempt, in ns; 0: none of its own.
    pub attempt_timeout_ns: i64,
    /// How long IPv4 addresses wait for IPv6 ones; 0: 50 ms; negative: not at all.
    pub resolution_delay_ns: i64,
    /// Time from one attempt to the next. 0: 250 ms; negative: until the previous one fails, in the
    /// resolver's order, as in Python; 1: all at once.
    pub stagger_ns: i64,
    /// Cancel token, or 0.
    pub cancel: sock_cancel_t,
    /// Local address, or NULL; attempts of another family fail. All attempts share a port given
    /// here (SO_REUSEADDR, until one is connected).
    pub source: *const Address,
    /// Receives the attempts when the call ends, also on failure; may be NULL.
    pub attempts: *mut sock_attempt,
    /// Room in `attempts`.
    pub attempts_cap: usize,
    /// Receives their number, which may exceed `attempts_cap`; may be NULL.
    pub attempts_count: *mut usize,
    /// AF_INET, AF_INET6, or 0 for both.
    pub family: i32,
    /// Not 0: TCP Fast Open (RFC 7413). If the kernel has the peer's cookie, the socket then counts
    /// as connected before the peer answers, and the first data goes with the handshake.
    pub fast_open: i32,
}

/// The options of the inner layers.
///
/// # Safety
/// `opt` is valid as the header demands.
unsafe fn convert(opt: &sock_connect_options) -> Options {
    Options {
        timeout: Nanos(opt.timeout_ns),
        deadline: Nanos(opt.deadline_ns),
        attempt: Nanos(opt.attempt_timeout_ns),
        resolution_delay: Nanos(opt.resolution_delay_ns),
        stagger: Nanos(opt.stagger_ns),
        token: Id(opt.cancel),
        family: opt.family,
        // SAFETY: NULL or valid, by this function's contract.
        source: unsafe { opt.source.as_ref() }.copied(),
        fast_open: opt.fast_open != 0,
    }
}

fn converted(attempt: &Attempt) -> sock_attempt {
    sock_attempt {
        address: attempt.address,
        phase: attempt.phase as i32,
        code: attempt.code,
        start_ns: attempt.start.0,
        end_ns: attempt.end.0,
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

fn put(attempts: &[Attempt], room: &mut [MaybeUninit<sock_attempt>]) {
    for (place, attempt) in room.iter_mut().zip(attempts) {
        place.write(converted(attempt));
    }
}

/// Connects to a host and a port over TCP.
///
/// `host`: a name or a number; NULL is this machine.
/// `port`: as in "Lookups".
/// `opt`: limits, pace and more; NULL means the defaults, with the default timeout for the whole
/// call.
/// Returns a connected socket with the default timeout; else the code of the attempt that got
/// furthest (the last such): -ECONNREFUSED, -EHOSTUNREACH ..., or of the lookup: SOCK_EAI_NONAME
/// ...; SOCK_ETIMEDOUT when all time is up. See RFC 8305.
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
        let result = connection::create(host, port, &options, |attempts| {
            made = attempts.len();
            put(attempts, room);
        });
        if let Some(count) = count {
            count.write(made);
        }
        result
    })
}

/// Starts `sock_create_connection` without waiting, for event loops.
///
/// Arguments as for `sock_create_connection`, but `attempts` must be NULL: call
/// `sock_create_connection_attempts` instead.
/// Returns an operation, or a code as `sock_create_connection`.
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
            return Err(Code::errno(libc::EINVAL)
                .because(format_args!("attempts: for an operation, use sock_create_connection_attempts")));
        }
        // SAFETY: NULL or valid for what the options say, as the header demands.
        connection::start(host, port, &unsafe { convert(&opt) })
    })
}

/// Advances a connection; never waits.
///
/// `op`: from `sock_create_connection_start`.
/// Returns 0 while the connection is in progress: wait until its descriptor is readable. Then,
/// once, the connected socket or a code as `sock_create_connection`; after that -EINVAL.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn sock_create_connection_step(op: sock_op_t) -> sock_t {
    guard(|| Ok(connection::step(Id(op))?.unwrap_or(Id::NONE)))
}

/// Copies the attempts of a connection so far, also after its end.
///
/// `op`: from `sock_create_connection_start`.
/// `attempts`, `cap`: receive the attempts, in the order in which they began.
/// Returns their number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_create_connection_attempts(
    op: sock_op_t,
    attempts: *mut sock_attempt,
    cap: usize,
) -> i64 {
    guard(|| {
        // SAFETY: NULL or valid for `cap` attempts, as the header demands.
        let room = unsafe { room(attempts, cap) }?;
        let attempts = connection::attempts(Id(op))?;
        put(&attempts, room);
        Ok(attempts.len() as i64)
    })
}

/// Connects an existing socket to a host and a port: the first address of its family.
///
/// `host`, `port`: as for `sock_resolve`.
/// The lookup and the connection share the socket's timeout, and obey its deadline, cancel token
/// and close. In non-blocking mode the lookup waits, as in Python; use `sock_getaddrinfo_start` if
/// it must not.
/// Returns as `sock_connect` and `sock_resolve`; -EAFNOSUPPORT unless the socket is AF_INET or
/// AF_INET6.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_connect_host(s: sock_t, host: *const c_char, port: *const c_char) -> c_int {
    // SAFETY: strings or NULL, as the header demands.
    guard(|| unsafe { connection::connect_host(Id(s), arg::optional_text(host), arg::optional_text(port)) })
}

/// Binds a socket to a host and a port: the first address of its family.
///
/// Arguments, limits and errors as for `sock_connect_host`; NULL or "" is the wildcard.
/// Returns as `sock_bind`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_bind_host(s: sock_t, host: *const c_char, port: *const c_char) -> c_int {
    // SAFETY: strings or NULL, as the header demands.
    guard(|| unsafe { connection::bind_host(Id(s), arg::optional_text(host), arg::optional_text(port)) })
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
