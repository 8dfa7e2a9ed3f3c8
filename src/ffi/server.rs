//! Servers
//!
//! Listening sockets in one call: from a host and a port, from a path, or from the service manager.

use super::arg;
use super::guard::guard;
use super::handle::{sock_cancel_t, sock_t};
use crate::net::activation;
use crate::net::error::Result;
use crate::net::handle::Id;
use crate::net::server::{self, Options};
use crate::net::time::Nanos;
use std::ffi::c_char;
use std::mem::MaybeUninit;

/// How to listen.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sock_server_options {
    /// sizeof(struct sock_server_options).
    pub size: usize,
    /// AF_INET, AF_INET6 or AF_UNIX; 0: AF_INET, and both IP families for sock_create_servers.
    pub family: i32,
    /// How many connections may wait; 0: SOCK_BACKLOG_DEFAULT; negative: as listen(2) with 0.
    pub backlog: i32,
    /// Not 0: SO_REUSEPORT, to share the port among processes. AF_INET and AF_INET6 only.
    pub reuse_port: i32,
    /// Not 0: an AF_INET6 socket also serves IPv4, whose addresses are then "::ffff:192.0.2.1".
    /// Otherwise it serves only IPv6, whatever the system's default.
    pub dualstack: i32,
    /// AF_UNIX, not 0: first removes a socket file at the path if no process listens on it.
    pub remove_stale: i32,
    /// AF_UNIX: mode of the socket file, which never has more, not even for a moment: 0600 for its
    /// owner only. 0: as the umask.
    pub file_mode: i32,
    /// Limit of the name lookup, in ns; 0: the default timeout, if any.
    pub timeout_ns: i64,
    /// Deadline of the lookup; 0: none.
    pub deadline_ns: i64,
    /// Cancel token for the lookup, or 0.
    pub cancel: sock_cancel_t,
}

/// The options of the inner layers.
///
/// # Safety
/// As `arg::options`.
unsafe fn read(opt: *const sock_server_options) -> Result<Options> {
    // SAFETY: this function's contract; numbers alone.
    let opt = unsafe { arg::options(opt) }?;
    Ok(Options {
        family: opt.family,
        backlog: opt.backlog,
        reuse_port: opt.reuse_port != 0,
        dualstack: opt.dualstack != 0,
        remove_stale: opt.remove_stale != 0,
        // A negative mode is beyond what there is.
        file_mode: u32::try_from(opt.file_mode).unwrap_or(u32::MAX),
        timeout: Nanos(opt.timeout_ns),
        deadline: Nanos(opt.deadline_ns),
        token: Id(opt.cancel),
    })
}

/// Creates a listening TCP or AF_UNIX socket.
///
/// `host`: a name or a number; NULL or "" is the wildcard. Only the first address of a name is
/// used; `sock_create_servers` uses all. For AF_UNIX, the path, or @ and an abstract name.
/// `port`: a number from 0 to 65535 as text, 0 for a free port, or the name of a service; NULL for
/// AF_UNIX.
/// `opt`: NULL means AF_INET with the defaults. SO_REUSEADDR is always on.
/// Returns a listening socket with the default timeout; -EADDRINUSE, -EADDRNOTAVAIL, -EACCES ...,
/// with the address in `sock_last_error`; a code of `sock_resolve`; -EINVAL also for options that
/// conflict. Closing does not remove a socket file.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn sock_create_server(
    host: *const c_char,
    port: *const c_char,
    opt: *const sock_server_options,
) -> sock_t {
    guard(|| {
        // SAFETY: strings or NULL, and options for the size they name, as the header demands.
        let (host, port, opt) = unsafe { (arg::optional_text(host), arg::optional_text(port), read(opt)?) };
        server::create(host, port, &opt)
    })
}

/// Creates a listening socket for each address of a host.
///
/// Use it for names with several addresses, and for the wildcard of both families (NULL).
/// `host`, `port`, `opt`: as for `sock_create_server`, but a family of 0 means both. With port 0
/// all get the same free port; -EADDRINUSE if 32 that were free on the first were taken on another.
/// `out`, `cap`: receive the handles.
/// Returns their number. Addresses that this machine lacks are skipped if others succeed; any other
/// failure closes all. -ENOBUFS if there are more than `cap`; else as `sock_create_server`.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn sock_create_servers(
    host: *const c_char,
    port: *const c_char,
    opt: *const sock_server_options,
    out: *mut sock_t,
    cap: usize,
) -> i64 {
    guard(|| {
        // SAFETY: strings or NULL, and options for the size they name, as the header demands.
        let (host, port, opt) = unsafe { (arg::optional_text(host), arg::optional_text(port), read(opt)?) };
        // SAFETY: `out` is NULL or valid for `cap` handles, as the header demands.
        unsafe { arg::output(out, "out") }?;
        let made = server::create_all(host, port, &opt, cap)?;
        // SAFETY: not NULL, and there is room for as many as were made.
        let room = unsafe { std::slice::from_raw_parts_mut(out.cast::<MaybeUninit<sock_t>>(), made.len()) };
        for (place, id) in room.iter_mut().zip(&made) {
            place.write(id.0);
        }
        Ok(made.len() as i64)
    })
}

/// Returns the number of sockets that the service manager (systemd, s6 ...) passed to this process.
///
/// Reads LISTEN_FDS, if LISTEN_PID is this process. The environment is not changed: a program that
/// starts others should clear it.
/// Returns 0 if there are none; -EINVAL if LISTEN_FDS is not a number. See sd_listen_fds(3).
#[unsafe(no_mangle)]
pub extern "C" fn sock_activation_count() -> i64 {
    guard(activation::count)
}

/// Copies the name of a socket from the service manager (LISTEN_FDNAMES), "unknown" if it has none.
///
/// `index`: from 0.
/// Returns the length.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_activation_name(index: i64, buf: *mut c_char, cap: usize) -> i64 {
    // SAFETY: `buf` is NULL or valid for `cap` bytes, as the header demands.
    guard(|| unsafe { arg::write_text(&activation::name(index)?, buf, cap) })
}

/// Takes a socket from the service manager, as `sock_from_fd` does, and makes it close-on-exec.
///
/// `index`: from 0.
/// Returns a handle: a listening socket, or whatever the manager passes; -EALREADY if it was taken
/// before; -ENOTSOCK or -EBADF if the descriptor is not a socket, which then stays as it is.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn sock_activation_take(index: i64) -> sock_t {
    guard(|| activation::take(index))
}
