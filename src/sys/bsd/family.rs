//! What these systems do otherwise than Linux, for sockets of some families.

use crate::sys::{PollFd, Result, getsockopt_int, poll, setsockopt};
use libc::{AF_INET, AF_INET6, SOL_SOCKET};

/// The error queue, TCP Fast Open by a flag and sends without a copy are Linux's: no bit of a caller's flags means them.
pub const MSG_ERRQUEUE: i32 = 0;
/// As [`MSG_ERRQUEUE`].
pub const MSG_FASTOPEN: i32 = 0;
/// As [`MSG_ERRQUEUE`].
pub const MSG_ZEROCOPY: i32 = 0;

#[cfg(target_os = "freebsd")]
pub use libc::POLLRDHUP;
/// Only FreeBSD's poll reports the end of the peer's data; elsewhere it is not asked for.
#[cfg(not(target_os = "freebsd"))]
pub const POLLRDHUP: i16 = 0;

/// Flags that a caller may add to a socket's type; macOS has none.
#[cfg(not(target_vendor = "apple"))]
pub const TYPE_FLAGS: i32 = libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC;
/// As above.
#[cfg(target_vendor = "apple")]
pub const TYPE_FLAGS: i32 = 0;

/// Whether a type has SOCK_NONBLOCK; -1 is no type.
pub fn wants_nonblock(socket_type: i32) -> bool {
    #[cfg(not(target_vendor = "apple"))]
    return socket_type != -1 && socket_type & libc::SOCK_NONBLOCK != 0;
    #[cfg(target_vendor = "apple")]
    {
        let _ = socket_type;
        false
    }
}

/// What is added to the flags of every send: no SIGPIPE, and no sleep in the kernel. (Where a kernel is older than
/// MSG_NOSIGNAL, SO_NOSIGPIPE keeps the signal away.)
pub fn send_flags(_family: i32) -> i32 {
    libc::MSG_NOSIGNAL | libc::MSG_DONTWAIT
}

/// SO_NOSIGPIPE, where there is one: for sockets that libsock makes.
pub fn set_no_pipe_signal(fd: i32) {
    #[cfg(any(target_vendor = "apple", target_os = "freebsd", target_os = "netbsd"))]
    // What is no socket of a stream has no pipe to break.
    let _ = setsockopt(fd, SOL_SOCKET, libc::SO_NOSIGPIPE, &1_i32.to_ne_bytes());
    #[cfg(not(any(target_vendor = "apple", target_os = "freebsd", target_os = "netbsd")))]
    let _ = fd;
}

/// Whether accept(2) must not ask for the peer: no family needs that.
pub fn has_no_peer_name(_family: i32) -> bool {
    false
}

/// Whether connect(2) waits no longer than SO_SNDTIMEO says: in no family.
pub fn connect_obeys_send_limit(_family: i32) -> bool {
    false
}

/// Whether no event reports room for a message to another process.
pub fn room_is_silent(_family: i32) -> bool {
    false
}

/// The family: SO_DOMAIN, or the address that every socket has.
pub fn domain(fd: i32) -> Result<i32> {
    #[cfg(any(target_os = "freebsd", target_os = "openbsd"))]
    return getsockopt_int(fd, SOL_SOCKET, libc::SO_DOMAIN);
    #[cfg(not(any(target_os = "freebsd", target_os = "openbsd")))]
    Ok(family_of(&crate::sys::getsockname(fd)?))
}

#[cfg(not(any(target_os = "freebsd", target_os = "openbsd")))]
fn family_of(address: &crate::sys::Address) -> i32 {
    address.bytes().get(1).map_or(libc::AF_UNSPEC, |family| (*family).into())
}

/// SO_PROTOCOL; where there is none, an option of TCP's own identifies it, and everything else is 0.
pub fn socket_protocol(fd: i32) -> Result<i32> {
    #[cfg(any(target_os = "freebsd", target_os = "openbsd"))]
    return getsockopt_int(fd, SOL_SOCKET, libc::SO_PROTOCOL);
    #[cfg(not(any(target_os = "freebsd", target_os = "openbsd")))]
    {
        let is_tcp = getsockopt_int(fd, libc::IPPROTO_TCP, libc::TCP_NODELAY).is_ok();
        Ok(if is_tcp { libc::IPPROTO_TCP } else { 0 })
    }
}

/// TCP Fast Open for connect(2), which has another form on each of these systems: the handshake is as always.
pub fn set_fast_open(_fd: i32) -> Result<()> {
    Err(crate::sys::Errno(libc::ENOPROTOOPT))
}

/// Has close(2) reset a TCP connection, without TIME_WAIT: SO_LINGER, on and with no time.
pub fn reset_on_close(fd: i32) -> Result<()> {
    setsockopt(fd, SOL_SOCKET, libc::SO_LINGER, &[1i32.to_ne_bytes(), 0i32.to_ne_bytes()].concat())
}

/// Whether a protocol of SOCK_STREAM over IP is TCP.
pub fn is_tcp(proto: i32) -> bool {
    [0, libc::IPPROTO_TCP].contains(&proto)
}

/// Whether sockets of a family know MSG_ERRQUEUE: none does.
pub fn has_error_queue(_family: i32) -> bool {
    false
}

/// Whether an AF_UNIX socket asks for the sender's credentials.
pub fn wants_credentials(fd: i32) -> bool {
    #[cfg(any(target_os = "freebsd", target_os = "netbsd"))]
    return getsockopt_int(fd, 0, libc::LOCAL_CREDS).is_ok_and(|on| on != 0);
    #[cfg(not(any(target_os = "freebsd", target_os = "netbsd")))]
    {
        let _ = fd;
        false
    }
}

/// Whether MSG_PEEK goes on behind what the last peek has read: never.
pub fn peeks_on(_fd: i32) -> bool {
    false
}

/// How many bytes a receive would find; `None` where the protocol does not say.
pub fn unread(fd: i32) -> Option<usize> {
    let mut value = 0i32;
    // SAFETY: the request writes one int of ours.
    let answer = unsafe { libc::ioctl(fd, libc::FIONREAD, &mut value) };
    if answer == 0 { usize::try_from(value).ok() } else { None }
}

/// Whether the next byte of a stream is urgent, or follows one that was: sockatmark(3).
pub fn is_at_mark(fd: i32) -> bool {
    unsafe extern "C" {
        fn sockatmark(fd: libc::c_int) -> libc::c_int;
    }
    // SAFETY: a number only.
    unsafe { sockatmark(fd) == 1 }
}

/// Whether nothing more can be received: the own half is shut down, or the peer's.
pub fn is_shut(fd: i32) -> bool {
    if POLLRDHUP != 0 {
        let mut fds = [PollFd::new(fd, POLLRDHUP)];
        return poll(&mut fds, Some(0)).is_ok() && fds[0].found() & POLLRDHUP != 0;
    }
    super::kqueue::is_at_end(fd)
}

/// Whether a receive would end, whatever there is to read: an error, the end, an urgent byte.
pub fn has_condition(fd: i32) -> bool {
    let mut fds = [PollFd::new(fd, libc::POLLPRI | POLLRDHUP)];
    poll(&mut fds, Some(0)).is_ok() && fds[0].found() != 0 || is_shut(fd)
}

/// The seconds of SO_RCVTIMEO or SO_SNDTIMEO as they are set.
pub fn seconds_of_limit(_name: i32, value: &[u8]) -> i64 {
    match (size_of::<libc::time_t>(), value) {
        (8, &[a, b, c, d, e, f, g, h, ..]) => i64::from_ne_bytes([a, b, c, d, e, f, g, h]),
        (4, &[a, b, c, d, ..]) => i32::from_ne_bytes([a, b, c, d]).into(),
        _ => 0,
    }
}

/// Batches go message by message.
pub fn messages_at_once(_family: i32) -> usize {
    crate::sys::MESSAGES_AT_ONCE
}

/// What is added to the flags of every receive of a batch: descriptors are close-on-exec from the start, where the
/// system can.
pub fn batch_receive_flags(family: i32, _proto: i32) -> i32 {
    if family == libc::AF_UNIX { crate::sys::CLOSE_ON_EXEC } else { 0 }
}

/// Whether a socket is one of UDP.
pub fn is_udp(family: i32, socket_type: i32, proto: i32) -> bool {
    matches!(family, AF_INET | AF_INET6)
        && socket_type == libc::SOCK_DGRAM
        && matches!(proto, 0 | libc::IPPROTO_UDP)
}
