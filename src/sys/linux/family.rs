//! What Linux alone has, or does differently, for sockets of some families.

use super::super::Result;
use super::number::AF_QIPCRTR;
use super::socket::{getsockopt_int, setsockopt};
use libc::{AF_ALG, AF_NETLINK, AF_RDS, SOCK_CLOEXEC, SOCK_NONBLOCK, SOL_SOCKET};

pub use libc::{MSG_ERRQUEUE, POLLRDHUP};

/// Flags that a caller may add to a socket's type.
pub const TYPE_FLAGS: i32 = SOCK_NONBLOCK | SOCK_CLOEXEC;

/// Whether a type has SOCK_NONBLOCK; -1 is no type.
pub fn wants_nonblock(socket_type: i32) -> bool {
    socket_type != -1 && socket_type & SOCK_NONBLOCK != 0
}

/// What is added to the flags of every send: no SIGPIPE, and no sleep in the kernel. RDS and QIPCRTR
/// refuse flags that they do not know, and have no pipe to break.
pub fn send_flags(family: i32) -> i32 {
    let strict = family == AF_RDS || family == AF_QIPCRTR;
    let quiet = if strict { 0 } else { libc::MSG_NOSIGNAL };
    quiet | libc::MSG_DONTWAIT
}

/// Whether accept(2) must not ask for the peer: a connection of AF_ALG has no name, and the kernel gives
/// the connection up when someone asks for it.
pub fn has_no_peer_name(family: i32) -> bool {
    family == AF_ALG
}

/// Whether connect(2) waits no longer than SO_SNDTIMEO says.
pub fn connect_obeys_send_limit(family: i32) -> bool {
    matches!(family, libc::AF_INET | libc::AF_INET6 | libc::AF_UNIX | libc::AF_BLUETOOTH)
}

/// Whether no event reports room for a message to another process, because poll looks at the sender's
/// own buffer.
pub fn room_is_silent(family: i32) -> bool {
    family == AF_NETLINK
}

/// SO_DOMAIN: the family.
pub fn domain(fd: i32) -> Result<i32> {
    getsockopt_int(fd, SOL_SOCKET, libc::SO_DOMAIN)
}

/// SO_PROTOCOL.
pub fn socket_protocol(fd: i32) -> Result<i32> {
    getsockopt_int(fd, SOL_SOCKET, libc::SO_PROTOCOL)
}

/// TCP_FASTOPEN_CONNECT. Where the kernel has no cookie of the server the handshake is as always.
pub fn set_fast_open(fd: i32) -> Result<()> {
    setsockopt(fd, libc::IPPROTO_TCP, libc::TCP_FASTOPEN_CONNECT, &1i32.to_ne_bytes())
}
