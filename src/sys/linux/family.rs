//! What Linux alone has, or does differently, for sockets of some families.

use super::super::Result;
use super::number::{AF_QIPCRTR, IPPROTO_MPTCP, SIOCATMARK, SO_PASSPIDFD, SO_RCVTIMEO_NEW, SO_SNDTIMEO_NEW};
use crate::sys::uapi::{AF_ALG, AF_CAN, AF_INET, AF_INET6, AF_NETLINK, AF_RDS, AF_UNIX, CAN_J1939};
use crate::sys::uapi::{IPPROTO_UDP, IPPROTO_UDPLITE, SOCK_CLOEXEC, SOCK_NONBLOCK, SOL_SOCKET};
use crate::sys::{MESSAGES_AT_ONCE, PollFd, getsockopt_int, poll, setsockopt};

pub use crate::sys::uapi::{MSG_ERRQUEUE, MSG_FASTOPEN, MSG_ZEROCOPY, POLLRDHUP};

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

/// Has close(2) reset a TCP connection, without TIME_WAIT: SO_LINGER, on and with no time.
pub fn reset_on_close(fd: i32) -> Result<()> {
    setsockopt(fd, SOL_SOCKET, libc::SO_LINGER, &[1i32.to_ne_bytes(), 0i32.to_ne_bytes()].concat())
}

/// Whether a protocol of SOCK_STREAM over IP is TCP, or MPTCP.
pub fn is_tcp(proto: i32) -> bool {
    [0, libc::IPPROTO_TCP, IPPROTO_MPTCP].contains(&proto)
}

/// Whether sockets of a family know MSG_ERRQUEUE. The others ignore it.
pub fn has_error_queue(family: i32) -> bool {
    family != libc::AF_UNIX && family != AF_NETLINK
}

/// Whether an AF_UNIX socket asks for the sender's credentials, process or security label. Without room for
/// them MSG_CTRUNC comes with every message.
pub fn wants_credentials(fd: i32) -> bool {
    let options = [libc::SO_PASSCRED, libc::SO_PASSSEC, SO_PASSPIDFD];
    options.iter().any(|&name| getsockopt_int(fd, SOL_SOCKET, name).is_ok_and(|on| on != 0))
}

/// Whether MSG_PEEK goes on behind what the last peek has read: SO_PEEK_OFF.
pub fn peeks_on(fd: i32) -> bool {
    getsockopt_int(fd, SOL_SOCKET, libc::SO_PEEK_OFF).is_ok_and(|offset| offset >= 0)
}

/// How many bytes a receive would find; `None` where the protocol does not say.
pub fn unread(fd: i32) -> Option<usize> {
    ask(fd, libc::FIONREAD).and_then(|bytes| usize::try_from(bytes).ok())
}

/// Whether the next byte of a stream is urgent, or follows one that was.
pub fn is_at_mark(fd: i32) -> bool {
    ask(fd, SIOCATMARK.into()) == Some(1)
}

/// Whether nothing more can be received: the own half is shut down, or the peer's.
pub fn is_shut(fd: i32) -> bool {
    let mut fds = [PollFd::new(fd, POLLRDHUP)];
    poll(&mut fds, Some(0)).is_ok() && fds[0].found() & POLLRDHUP != 0
}

/// Whether a receive would end, whatever there is to read: an error, the end, an urgent byte.
pub fn has_condition(fd: i32) -> bool {
    let mut fds = [PollFd::new(fd, libc::POLLPRI | POLLRDHUP)];
    poll(&mut fds, Some(0)).is_ok() && fds[0].found() != 0
}

fn ask(fd: i32, request: libc::Ioctl) -> Option<i32> {
    let mut value = 0i32;
    // SAFETY: both requests write one int of ours.
    (unsafe { libc::ioctl(fd, request, &mut value) } == 0).then_some(value)
}

/// The seconds of SO_RCVTIMEO or SO_SNDTIMEO as they are set, in either of their forms.
pub fn seconds_of_limit(name: i32, value: &[u8]) -> i64 {
    let wide = name == SO_RCVTIMEO_NEW || name == SO_SNDTIMEO_NEW;
    match (wide || size_of::<libc::c_long>() == 8, value) {
        (true, &[a, b, c, d, e, f, g, h, ..]) => i64::from_ne_bytes([a, b, c, d, e, f, g, h]),
        (false, &[a, b, c, d, ..]) => i32::from_ne_bytes([a, b, c, d]).into(),
        _ => 0,
    }
}

/// A batch of one family refuses the flag that sendmmsg(2) adds to all messages but the last.
pub fn messages_at_once(family: i32) -> usize {
    if family == AF_RDS || family == AF_QIPCRTR { 1 } else { MESSAGES_AT_ONCE }
}

/// What is added to the flags of every receive of a batch: MSG_TRUNC makes the kernel report the true length,
/// and descriptors are close-on-exec from the start. Only AF_UNIX carries them; other families refuse unknown
/// flags, and J1939 both.
pub fn batch_receive_flags(family: i32, proto: i32) -> i32 {
    match family {
        AF_UNIX => libc::MSG_TRUNC | libc::MSG_CMSG_CLOEXEC,
        AF_CAN if proto == CAN_J1939 => 0,
        _ => libc::MSG_TRUNC,
    }
}

/// Whether a socket is one of UDP or UDP-Lite.
pub fn is_udp(family: i32, socket_type: i32, proto: i32) -> bool {
    matches!(family, AF_INET | AF_INET6)
        && socket_type == libc::SOCK_DGRAM
        && matches!(proto, 0 | IPPROTO_UDP | IPPROTO_UDPLITE)
}
