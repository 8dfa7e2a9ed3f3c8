//! Options of TCP.

use super::super::pin_socket;
use super::linux_only;
use crate::net::error::{Code, Result};
use crate::net::handle::Id;
use crate::net::option::codec::peer::Multipath;
use crate::net::option::codec::tcp_info::TcpInfo;
use crate::net::socket;
#[cfg(target_os = "freebsd")]
use crate::sys::{self, number};

/// TCP_USER_TIMEOUT.
pub fn set_user_timeout(id: Id, _span: i64) -> Result<i32> {
    linux_only(id, "TCP_USER_TIMEOUT")
}

/// TCP_USER_TIMEOUT.
pub fn user_timeout(id: Id) -> Result<i64> {
    linux_only(id, "TCP_USER_TIMEOUT")
}

/// TCP_CONGESTION by name.
#[cfg(target_os = "freebsd")]
pub fn set_congestion(id: Id, name: &[u8]) -> Result<i32> {
    let field = super::super::name_with_nul::<{ number::TCP_CA_NAME_MAX }>(name);
    let field = field.filter(|_| !name.is_empty()).ok_or(Code::errno(libc::ENOENT))?;
    let set = sys::setsockopt(pin_socket(id)?.fd(), libc::IPPROTO_TCP, libc::TCP_CONGESTION, &field);
    // The kernel answers ESRCH.
    set.map_err(|errno| if errno.0 == libc::ESRCH { Code::errno(libc::ENOENT) } else { errno.into() })?;
    Ok(0)
}

/// TCP_CONGESTION.
#[cfg(target_os = "freebsd")]
pub fn congestion(id: Id) -> Result<Vec<u8>> {
    let fd = pin_socket(id)?.fd();
    super::super::get_name::<{ number::TCP_CA_NAME_MAX }>(fd, libc::IPPROTO_TCP, libc::TCP_CONGESTION)
}

/// TCP_CONGESTION.
#[cfg(not(target_os = "freebsd"))]
pub fn set_congestion(id: Id, _name: &[u8]) -> Result<i32> {
    pin_socket(id)?;
    Err(Code::errno(libc::ENOPROTOOPT))
}

/// TCP_CONGESTION.
#[cfg(not(target_os = "freebsd"))]
pub fn congestion(id: Id) -> Result<Vec<u8>> {
    pin_socket(id)?;
    Err(Code::errno(libc::ENOPROTOOPT))
}

/// TCP_INFO, which has another struct on each system.
pub fn info(id: Id) -> Result<TcpInfo> {
    pin_socket(id)?;
    Err(Code::errno(libc::ENOPROTOOPT)
        .because(format_args!("libsock reads the TCP_INFO of Linux only; sock_getsockopt returns others")))
}

/// A stream socket of TCP: the kernel has no MPTCP that libsock knows.
pub fn create_multipath(family: i32) -> Result<Id> {
    socket::create(family, libc::SOCK_STREAM, libc::IPPROTO_TCP)
}

/// Whether a socket speaks MPTCP: none asks for it.
pub fn multipath(id: Id) -> Result<Option<Multipath>> {
    pin_socket(id)?;
    Ok(None)
}
