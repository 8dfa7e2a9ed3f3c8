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
/// The connection uses MPTCP.
pub const SOCK_MPTCP_ACTIVE: i32 = 2;
/// It uses TCP: the peer lacks MPTCP, or the path removed it.
pub const SOCK_MPTCP_FALLBACK: i32 = 3;

/// Sets how long sent data may stay unacknowledged before the connection ends with -ETIMEDOUT.
///
/// `span`: whole milliseconds, in nanoseconds, up to 2147483647 ms (24.8 days); 0 leaves it to the
/// system.
/// Returns 0; -EINVAL for a time out of range or between two milliseconds. See tcp(7),
/// TCP_USER_TIMEOUT, RFC 5482.
#[unsafe(no_mangle)]
pub extern "C" fn sock_set_user_timeout(s: sock_t, span: i64) -> c_int {
    guard(|| tcp::set_user_timeout(Id(s), span))
}

/// Returns how long sent data may stay unacknowledged, in ns; 0 leaves it to the system.
#[unsafe(no_mangle)]
pub extern "C" fn sock_get_user_timeout(s: sock_t) -> i64 {
    guard(|| tcp::user_timeout(Id(s)))
}

/// Sets the congestion control of a TCP socket.
///
/// `name`: "cubic", "reno", "bbr" ...
/// Returns 0; -ENOENT if the kernel has none of that name; -EPERM if it is reserved for root. See
/// tcp(7), TCP_CONGESTION.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_set_congestion(s: sock_t, name: *const c_char) -> c_int {
    // SAFETY: `name` is NULL or a string, as the header demands.
    guard(|| tcp::set_congestion(Id(s), unsafe { arg::text(name, "name") }?))
}

/// Copies the name of the congestion control of a TCP socket.
///
/// Returns the length.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_get_congestion(s: sock_t, buf: *mut c_char, cap: usize) -> i64 {
    // SAFETY: `buf` is NULL or valid for `cap` bytes, as the header demands.
    guard(|| unsafe { arg::write_text(&tcp::congestion(Id(s))?, buf, cap) })
}

/// Gets what the kernel knows about a TCP connection (TCP_INFO).
///
/// `info`: set its `size` to sizeof(struct sock_tcp_info). The call writes the fields that both the
/// program's struct and the library have.
/// Returns 0; -EINVAL for a size smaller than in version 0.1.0. See tcp(7).
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

/// Creates a stream socket that uses MPTCP (several paths at once) if available, else plain TCP.
///
/// `family`: AF_INET or AF_INET6.
/// `sock_socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP)` fails if the kernel lacks MPTCP or has it
/// switched off. `sock_mptcp_state` returns what the socket uses.
/// Returns a handle, as `sock_socket`. See RFC 8684.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn sock_socket_mptcp(family: c_int) -> sock_t {
    guard(|| tcp::create_multipath(family))
}

/// Returns whether a socket uses MPTCP, as one of SOCK_MPTCP_*.
///
/// Listening sockets are SOCK_MPTCP_ASKED. A connection that an MPTCP listener accepted from a
/// plain TCP client is SOCK_MPTCP_FALLBACK. Sockets that never asked for MPTCP, and plain TCP ones
/// from `sock_socket_mptcp`, are SOCK_MPTCP_NONE.
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
