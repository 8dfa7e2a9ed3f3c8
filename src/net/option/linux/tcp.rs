//! Options of TCP: user timeout, congestion control, its state, MPTCP.

use super::super::codec::linux::peer::{self, Multipath};
use super::super::codec::linux::tcp_info::{self, TcpInfo};
use super::super::codec::span::{MILLISECOND, nanoseconds};
use super::super::{get_name, name_with_nul, pin_socket, whole};
use crate::net::error::{Code, Result, Shown};
use crate::net::handle::{Id, Label};
use crate::net::socket;
use crate::sys::{self, number};
use libc::{IPPROTO_TCP, SOL_SOCKET, TCP_CONGESTION, TCP_INFO, TCP_USER_TIMEOUT};

/// TCP_USER_TIMEOUT; 0 is the system's default.
pub fn set_user_timeout(id: Id, span: i64) -> Result<i32> {
    let milliseconds = whole("span", span, MILLISECOND, 0, i32::MAX.into())?;
    sys::setsockopt(pin_socket(id)?.fd(), IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds.to_ne_bytes())?;
    Ok(0)
}

/// TCP_USER_TIMEOUT.
pub fn user_timeout(id: Id) -> Result<i64> {
    let milliseconds = sys::getsockopt_int(pin_socket(id)?.fd(), IPPROTO_TCP, TCP_USER_TIMEOUT)?;
    Ok(nanoseconds(milliseconds, MILLISECOND))
}

/// TCP_CONGESTION by name.
pub fn set_congestion(id: Id, name: &[u8]) -> Result<i32> {
    let unknown = |code: Code| {
        let name = Shown(name);
        code.because(format_args!("name: the kernel has no congestion control \"{name}\""))
    };
    let missing = Code::errno(libc::ENOENT);
    let field = name_with_nul::<{ number::TCP_CA_NAME_MAX }>(name).filter(|_| !name.is_empty());
    let field = field.ok_or_else(|| unknown(missing))?;
    let set = sys::setsockopt(pin_socket(id)?.fd(), IPPROTO_TCP, TCP_CONGESTION, &field);
    set.map_err(|errno| if errno.0 == libc::ENOENT { unknown(missing) } else { errno.into() })?;
    Ok(0)
}

/// TCP_CONGESTION.
pub fn congestion(id: Id) -> Result<Vec<u8>> {
    get_name::<{ number::TCP_CA_NAME_MAX }>(pin_socket(id)?.fd(), IPPROTO_TCP, TCP_CONGESTION)
}

/// TCP_INFO.
pub fn info(id: Id) -> Result<TcpInfo> {
    // More room than any kernel needs so far: a struct that is cut could not be recognised.
    let (bytes, len) = sys::getsockopt_bytes::<1024>(pin_socket(id)?.fd(), IPPROTO_TCP, TCP_INFO)?;
    Ok(tcp_info::decode(&bytes[..len]))
}

/// A stream socket that speaks MPTCP, or TCP if the kernel has no MPTCP or has it switched off.
pub fn create_multipath(family: i32) -> Result<Id> {
    match socket::create(family, libc::SOCK_STREAM, number::IPPROTO_MPTCP) {
        // Kernels before 5.6, without the protocol, and with net.mptcp.enabled=0, in this order.
        Err(code)
            if [libc::EINVAL, libc::EPROTONOSUPPORT, libc::ENOPROTOOPT].contains(&code.nearest_errno()) =>
        {
            socket::create(family, libc::SOCK_STREAM, IPPROTO_TCP)
        }
        answer => answer,
    }
}

/// Whether a socket speaks MPTCP; `None` if it never asked for it.
pub fn multipath(id: Id) -> Result<Option<Multipath>> {
    let pin = pin_socket(id)?;
    // A plain TCP client's connection is plain TCP from the start, also when a listener of MPTCP took it.
    let asked = Label::of(pin.slot()).proto == number::IPPROTO_MPTCP;
    let protocol = sys::getsockopt_int(pin.fd(), SOL_SOCKET, libc::SO_PROTOCOL)?;
    if protocol != number::IPPROTO_MPTCP {
        return Ok(asked.then_some(Multipath::FellBack));
    }
    match sys::getsockopt_bytes::<256>(pin.fd(), number::SOL_MPTCP, number::MPTCP_INFO) {
        Ok((bytes, len)) => Ok(Some(peer::multipath(&bytes[..len]).unwrap_or(Multipath::Asked))),
        // A connection that fell back answers like TCP, which has no such level: IPv4 the one, IPv6 the
        // other.
        Err(errno) if errno.0 == libc::EOPNOTSUPP || errno.0 == libc::ENOPROTOOPT => {
            Ok(Some(Multipath::FellBack))
        }
        Err(errno) => Err(errno.into()),
    }
}
