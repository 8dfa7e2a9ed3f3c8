//! Servers
//!
//! Listening sockets in one call: from a host and a port, a path, or the service manager. All of these may
//! be called from any thread, none from a signal handler.

use super::arg;
use super::guard::guard;
use super::handle::{sock_cancel_t, sock_t};
use crate::net::activation;
use crate::net::error::Result;
use crate::net::server::{self, Options};
use std::ffi::c_char;
use std::mem::MaybeUninit;

/// How to listen. Begins with its own size; zero everywhere else is what NULL means.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sock_server_options {
    /// sizeof(struct sock_server_options).
    pub size: usize,
    /// AF_INET, AF_INET6 or AF_UNIX; 0: AF_INET, and both IP families for sock_create_servers.
    pub family: i32,
    /// How many connections may wait to be accepted; 0: SOCK_BACKLOG_DEFAULT; negative: as listen(2) with 0.
    pub backlog: i32,
    /// Not 0: SO_REUSEPORT, so that several processes share the port. AF_INET and AF_INET6 alone.
    pub reuse_port: i32,
    /// Not 0: an AF_INET6 socket serves IPv4 too, whose addresses then look like "::ffff:192.0.2.1".
    /// Otherwise IPv6 alone, whatever the system's default.
    pub dualstack: i32,
    /// Not 0, AF_UNIX: a socket file at the path on which nobody listens any more is removed first.
    pub remove_stale: i32,
    /// The mode of the socket file, AF_UNIX: 0600 for its owner alone. 0 leaves it to the umask. It never
    /// has more than this, not even for a moment.
    pub file_mode: i32,
    /// At most so many nanoseconds for the lookup of a name; 0: the default timeout, if there is one.
    pub timeout_ns: i64,
    /// Until this moment; 0: no deadline.
    pub deadline_ns: i64,
    /// A cancel token for the lookup, or 0.
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
        timeout: opt.timeout_ns,
        deadline: opt.deadline_ns,
        token: opt.cancel,
    })
}

/// Makes a listening TCP socket, or one of AF_UNIX.
///
/// `host`: a name or a number; NULL or "" is the wildcard. Of a name the first address; see
/// `sock_create_servers` for all. For AF_UNIX the path, or an abstract name behind an @.
/// `port`: a number from 0 to 65535 as text, 0 for a free one, or the name of a service; NULL for AF_UNIX.
/// `opt`: NULL is AF_INET with the defaults. SO_REUSEADDR is always on.
/// Returns a listening socket with the default timeout, closed by the caller. -EADDRINUSE,
/// -EADDRNOTAVAIL, -EACCES and so on, with the address in sock_last_error; the codes of `sock_resolve`;
/// -EINVAL for a port out of range and for options that do not go together; -E2BIG. A socket file stays
/// when the socket is closed. Since 0.1.0.
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

/// Makes a listening socket for every address of a host: for a name that has several, or the wildcard of
/// both families (NULL).
///
/// `host`, `port`, `opt`: as in `sock_create_server`, but a family of 0 is both. With port 0 all get the
/// same free one.
/// `out`, `cap`: receive the handles, closed by the caller; written only on success.
/// Returns how many there are. An address that this machine has not is left out while another is there;
/// any other failure closes all. -ENOBUFS when there are more than `cap`; -EFAULT; else as there.
/// Since 0.1.0.
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
            place.write(*id);
        }
        Ok(made.len() as i64)
    })
}

/// How many sockets the service manager (systemd, s6 ...) has handed to this process: LISTEN_FDS, where
/// LISTEN_PID is this process.
///
/// Returns the number, 0 where it has handed none; -EINVAL for a LISTEN_FDS that is no number. The
/// environment is read and not changed: a program that starts others should clear it. Since 0.1.0. See
/// sd_listen_fds(3).
#[unsafe(no_mangle)]
pub extern "C" fn sock_activation_count() -> i64 {
    guard(activation::count)
}

/// The name of a socket from the service manager: of LISTEN_FDNAMES, "unknown" where it has none.
///
/// `index`: from 0. `buf`, `cap`: where to put the text with its NUL; NULL with 0 asks.
/// Returns the length needed, without the NUL; -EINVAL for an index that is none; -EFAULT. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_activation_name(index: i64, buf: *mut c_char, cap: usize) -> i64 {
    // SAFETY: `buf` is NULL or valid for `cap` bytes, as the header demands.
    guard(|| unsafe { arg::write_text(activation::name(index)?.as_bytes(), buf, cap) })
}

/// Takes over a socket from the service manager, as `sock_from_fd` does, and makes it close-on-exec.
///
/// `index`: from 0. Returns a handle, closed by the caller: a listening socket, or whatever the manager was
/// set up to hand over. -EALREADY when it has been taken before; -EINVAL for an index that is none;
/// -ENOTSOCK, -EBADF for a descriptor that is no socket, which stays as it is. Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn sock_activation_take(index: i64) -> sock_t {
    guard(|| activation::take(index))
}
