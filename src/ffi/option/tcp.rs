use super::{arg, guard, sock_t};
use crate::net::error::Code;
use crate::net::handle::Id;
use crate::net::option::codec::peer::Multipath;
use crate::net::option::codec::tcp_info::{FIRST_VERSION, TcpInfo};
use crate::net::option::tcp;
use std::ffi::{c_char, c_int};

/// The socket never asked for MPTCP.
pub const SOCK_MPTCP_NONE: i32 = 0;
/// It asked for MPTCP, and no peer has answered yet.
pub const SOCK_MPTCP_ASKED: i32 = 1;
/// The connection speaks MPTCP.
pub const SOCK_MPTCP_ACTIVE: i32 = 2;
/// It asked for MPTCP and speaks plain TCP: the peer has none, or something between them stripped it.
pub const SOCK_MPTCP_FALLBACK: i32 = 3;

/// Sets how long sent data may stay unacknowledged before the connection ends with -ETIMEDOUT.
///
/// `span`: nanoseconds, whole milliseconds up to 2147483647 of them (24.8 days), because the kernel counts
/// in milliseconds; 0 leaves it to the system.
/// Returns 0; -EINVAL for a span out of range or between two milliseconds; -EBADF; or the error of
/// setsockopt(2) for what is no TCP socket. Any thread. Since 0.1.0. See tcp(7), TCP_USER_TIMEOUT, RFC 5482.
#[unsafe(no_mangle)]
pub extern "C" fn sock_set_user_timeout(s: sock_t, span: i64) -> c_int {
    guard(|| tcp::set_user_timeout(Id(s), span))
}

/// How long sent data may stay unacknowledged, in nanoseconds; 0 when it is left to the system.
/// Returns it; -EBADF; or the error of getsockopt(2). Any thread. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn sock_get_user_timeout(s: sock_t) -> i64 {
    guard(|| tcp::user_timeout(Id(s)))
}

/// Chooses the congestion control of a TCP socket by name: "cubic", "reno", "bbr".
///
/// Returns 0; -ENOENT when the kernel has none of that name; -EPERM when it is kept for root; -EFAULT for
/// NULL; -EBADF; or the error of setsockopt(2). Any thread. Since 0.1.0. See tcp(7), TCP_CONGESTION.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_set_congestion(s: sock_t, name: *const c_char) -> c_int {
    // SAFETY: `name` is NULL or a string, as the header demands.
    guard(|| tcp::set_congestion(Id(s), unsafe { arg::text(name, "name") }?))
}

/// The name of a TCP socket's congestion control.
///
/// `buf`, `cap`: where to put it with its NUL; NULL with 0 asks.
/// Returns the length needed, without the NUL; -EFAULT; -EBADF; or the error of getsockopt(2).
/// Any thread. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_get_congestion(s: sock_t, buf: *mut c_char, cap: usize) -> i64 {
    // SAFETY: `buf` is NULL or valid for `cap` bytes, as the header demands.
    guard(|| unsafe { arg::write_text(&tcp::congestion(Id(s))?, buf, cap) })
}

/// What the kernel knows of a TCP connection (TCP_INFO).
///
/// `info`: its `size` is set by the caller, sizeof(struct sock_tcp_info); the rest is written, as much of
/// it as both the program's struct and this library have.
/// Returns 0; -EINVAL for a size below that of version 0.1.0; -EFAULT for NULL; -EBADF; or the error of
/// getsockopt(2) for what is no TCP socket. Any thread. Since 0.1.0. See tcp(7).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_get_tcp_info(s: sock_t, info: *mut TcpInfo) -> c_int {
    guard(|| {
        // SAFETY: `info` is NULL or begins with a valid number, as the header demands.
        let room = *unsafe { arg::input(info.cast::<u32>(), "info") }? as usize;
        if room < FIRST_VERSION {
            let least = FIRST_VERSION;
            return Err(Code::errno(libc::EINVAL)
                .because(format_args!("info: a size of {room} is below the {least} of the first version")));
        }
        let mut found = tcp::info(Id(s))?;
        let len = room.min(size_of::<TcpInfo>());
        found.size = len as u32;
        // SAFETY: the caller's struct has `room` bytes, as its size says, ours has at least `len`.
        unsafe { std::ptr::copy_nonoverlapping((&raw const found).cast::<u8>(), info.cast::<u8>(), len) };
        Ok(0)
    })
}

/// A new stream socket that speaks MPTCP (several paths at once) where the kernel has it and it is
/// switched on, else plain TCP. (`sock_socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP)` fails in that case.)
///
/// `family`: AF_INET or AF_INET6.
/// Returns a handle, as `sock_socket`. `sock_mptcp_state` tells what became of it. Any thread.
/// Since 0.1.0. See RFC 8684.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn sock_socket_mptcp(family: c_int) -> sock_t {
    guard(|| tcp::create_multipath(family))
}

/// Whether a socket speaks MPTCP: SOCK_MPTCP_NONE, SOCK_MPTCP_ASKED, SOCK_MPTCP_ACTIVE or
/// SOCK_MPTCP_FALLBACK.
///
/// A connection that a listener of MPTCP accepted from a plain TCP client has fallen back. A listening
/// socket has asked. What never asked, and what `sock_socket_mptcp` made as TCP, has none.
/// Returns the state; -EBADF; or the error of getsockopt(2). Any thread. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn sock_mptcp_state(s: sock_t) -> c_int {
    guard(|| {
        Ok(match tcp::multipath(Id(s))? {
            None => SOCK_MPTCP_NONE,
            Some(Multipath::Asked) => SOCK_MPTCP_ASKED,
            Some(Multipath::Active) => SOCK_MPTCP_ACTIVE,
            Some(Multipath::FellBack) => SOCK_MPTCP_FALLBACK,
        })
    })
}
