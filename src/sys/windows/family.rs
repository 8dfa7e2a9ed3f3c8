//! What Windows does differently for sockets of some families.

use super::fd::socket_of;
use crate::sys::POLLRDHUP;
use crate::sys::{
    ControlBuffer, Errno, OwnedFd, PollFd, RawResult, Result, getsockopt_bytes, poll, setsockopt,
};
use libc::{AF_INET, AF_INET6, IPPROTO_TCP, IPPROTO_UDP, SOCK_CLOEXEC, SOCK_NONBLOCK, SOL_SOCKET};
use windows_sys::Win32::Networking::WinSock::{FIONREAD, SO_PROTOCOL_INFOW, WSAPROTOCOL_INFOW, ioctlsocket};

/// Flags that Winsock lacks: no socket takes them.
pub const MSG_ERRQUEUE: i32 = 0x1000_0000;
/// As above.
pub const MSG_FASTOPEN: i32 = 0x2000_0000;
/// As above.
pub const MSG_ZEROCOPY: i32 = 0x4000_0000;

/// Flags that a caller may add to a socket's type.
pub const TYPE_FLAGS: i32 = SOCK_NONBLOCK | SOCK_CLOEXEC;

/// Whether a type has SOCK_NONBLOCK; -1 is no type.
pub fn wants_nonblock(socket_type: i32) -> bool {
    socket_type != -1 && socket_type & SOCK_NONBLOCK != 0
}

/// What is added to the flags of every send: nothing.
pub fn send_flags(_family: i32) -> i32 {
    0
}

/// Whether accept() must not ask for the peer.
pub fn has_no_peer_name(_family: i32) -> bool {
    false
}

/// Whether connect() waits no longer than SO_SNDTIMEO says: it never waits.
pub fn connect_obeys_send_limit(_family: i32) -> bool {
    true
}

/// Whether no event reports room for a message to another process.
pub fn room_is_silent(_family: i32) -> bool {
    false
}

fn information(fd: i32) -> Result<WSAPROTOCOL_INFOW> {
    let (bytes, len) =
        getsockopt_bytes::<{ size_of::<WSAPROTOCOL_INFOW>() }>(fd, SOL_SOCKET, SO_PROTOCOL_INFOW)?;
    if len != bytes.len() {
        return Err(Errno(libc::EINVAL));
    }
    // SAFETY: any bytes are a valid struct of plain numbers.
    Ok(unsafe { bytes.as_ptr().cast::<WSAPROTOCOL_INFOW>().read_unaligned() })
}

/// The family, by SO_PROTOCOL_INFO.
pub fn domain(fd: i32) -> Result<i32> {
    information(fd).map(|information| information.iAddressFamily)
}

/// The protocol, by SO_PROTOCOL_INFO.
pub fn socket_protocol(fd: i32) -> Result<i32> {
    information(fd).map(|information| information.iProtocol)
}

/// TCP Fast Open needs ConnectEx: ENOPROTOOPT, and the handshake is as always.
pub fn set_fast_open(_fd: i32) -> Result<()> {
    Err(Errno(libc::ENOPROTOOPT))
}

/// `struct linger`: two 16-bit numbers, whether to linger and for how many seconds.
pub const LINGER_SIZE: usize = 4;
/// The most seconds that it takes.
pub const LINGER_SECONDS_MAX: i32 = 65_535;

/// The bytes of a `struct linger`.
pub fn linger_bytes(on: bool, seconds: i32) -> [u8; LINGER_SIZE] {
    let ([a, b], [c, d]) = (u16::from(on).to_ne_bytes(), (seconds as u16).to_ne_bytes());
    [a, b, c, d]
}

/// What a `struct linger` says: whether, and how many seconds.
pub fn linger_of(bytes: [u8; LINGER_SIZE]) -> (bool, i32) {
    let [a, b, c, d] = bytes;
    (u16::from_ne_bytes([a, b]) != 0, u16::from_ne_bytes([c, d]).into())
}

/// Has closesocket() reset a TCP connection: SO_LINGER, on and with no time.
pub fn reset_on_close(fd: i32) -> Result<()> {
    setsockopt(fd, SOL_SOCKET, libc::SO_LINGER, &linger_bytes(true, 0))
}

/// Whether a protocol of SOCK_STREAM over IP is TCP.
pub fn is_tcp(proto: i32) -> bool {
    [0, IPPROTO_TCP].contains(&proto)
}

/// Whether sockets of a family know MSG_ERRQUEUE: none does.
pub fn has_error_queue(_family: i32) -> bool {
    false
}

/// Whether an AF_UNIX socket asks for the sender's credentials: Windows has none.
pub fn wants_credentials(_fd: i32) -> bool {
    false
}

/// Whether MSG_PEEK goes on behind what the last peek has read: Windows has no SO_PEEK_OFF.
pub fn peeks_on(_fd: i32) -> bool {
    false
}

/// How many bytes can be received.
pub fn unread(fd: i32) -> Option<usize> {
    let mut value = 0;
    // SAFETY: the request writes one number of ours.
    (unsafe { ioctlsocket(socket_of(fd), FIONREAD, &mut value) } == 0).then_some(value as usize)
}

/// Whether the next byte of a stream is urgent: Winsock's SIOCATMARK does not say.
pub fn is_at_mark(_fd: i32) -> bool {
    false
}

/// Whether nothing more can be received.
pub fn is_shut(fd: i32) -> bool {
    let mut fds = [PollFd::new(fd, POLLRDHUP)];
    poll(&mut fds, Some(0)).is_ok() && fds[0].found() & POLLRDHUP != 0
}

/// Whether a receive would end, whatever there is to read: an error, the end, an urgent byte.
pub fn has_condition(fd: i32) -> bool {
    let mut fds = [PollFd::new(fd, libc::POLLPRI | POLLRDHUP)];
    poll(&mut fds, Some(0)).is_ok() && fds[0].found() != 0
}

/// SO_RCVTIMEO and SO_SNDTIMEO are milliseconds, and never negative.
pub fn seconds_of_limit(_name: i32, _value: &[u8]) -> i64 {
    0
}

/// Messages that one call sends or receives.
pub fn messages_at_once(_family: i32) -> usize {
    1
}

/// What is added to the flags of every receive of a batch.
pub fn batch_receive_flags(_family: i32, _proto: i32) -> i32 {
    0
}

/// Whether a socket is one of UDP.
pub fn is_udp(family: i32, socket_type: i32, proto: i32) -> bool {
    matches!(family, AF_INET | AF_INET6)
        && socket_type == libc::SOCK_DGRAM
        && matches!(proto, 0 | IPPROTO_UDP)
}

/// Windows has no error queue: ENOSYS.
pub fn take_report(_fd: i32, _control: &mut ControlBuffer<'_>) -> RawResult {
    RawResult(-(libc::ENOSYS as isize))
}

/// Sending without a copy: every send copies.
pub fn start_zerocopy(_fd: i32) -> bool {
    false
}

/// An accept that does not wait, whatever the mode: the ordinary one does not.
pub fn accept_now(_fd: i32, _peer: Option<&mut crate::sys::Address>) -> Option<Result<OwnedFd>> {
    None
}

/// Ends what the calling thread has for [`accept_now`]: nothing.
pub fn end_ring() {}

/// Whether threads can be made to pass a memory fence: that is not relied on, and the handles count their calls.
pub fn barrier_ready() -> bool {
    false
}

/// Only where [`barrier_ready`].
pub fn barrier() {}

/// Edge-triggered readiness, which is missing: callers pause between tries instead.
pub enum Edge {}

impl Edge {
    /// ENOSYS.
    pub fn new(_fd: i32, _events: i16) -> Result<Edge> {
        Err(Errno(libc::ENOSYS))
    }

    /// The descriptor to wait for.
    pub fn fd(&self) -> i32 {
        match *self {}
    }

    /// What has happened.
    pub fn take(&self) -> i16 {
        match *self {}
    }
}

/// A descriptor of the peer's process: there are none.
pub fn peer_process(_fd: i32) -> Result<OwnedFd> {
    Err(Errno(libc::ENOPROTOOPT))
}

/// Whether the process of a descriptor is gone.
pub fn is_gone(_process: &OwnedFd) -> Result<bool> {
    Ok(true)
}
