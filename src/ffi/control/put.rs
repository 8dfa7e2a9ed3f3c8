//! What can be sent.

use super::super::arg;
use super::super::guard::guard;
use crate::net::address::{self, Address};
use crate::net::error::{Code, Result};
use crate::net::message::Refused;
use crate::net::message::control::peer::Credentials;
use crate::net::message::control::{self, ip, rights, time};
use std::ffi::{c_int, c_void};
use std::mem::MaybeUninit;

/// Appends what `write` puts.
///
/// # Safety
/// `control` is NULL or valid for writing `cap` bytes; `len` is NULL or valid.
unsafe fn append(
    control: *mut c_void,
    cap: usize,
    len: *mut usize,
    write: impl FnOnce(&mut [MaybeUninit<u8>], &mut usize) -> std::result::Result<(), Refused>,
) -> Result<c_int> {
    // SAFETY: this function's contract.
    let control = unsafe { arg::buffer(control, cap, "control") }?;
    // SAFETY: this function's contract.
    let mut used = *unsafe { arg::input(len, "len") }?;
    write(control, &mut used)?;
    // SAFETY: this function's contract.
    unsafe { arg::output(len, "len") }?.write(used);
    Ok(0)
}

fn is_v6(family: c_int) -> Result<bool> {
    match family {
        libc::AF_INET => Ok(false),
        libc::AF_INET6 => Ok(true),
        _ => Err(Code::errno(libc::EAFNOSUPPORT)
            .because(format_args!("family: {family} is neither AF_INET nor AF_INET6"))),
    }
}

/// Appends a control message of any level and type.
///
/// `level`, `type`: as in the message.
/// `data`, `data_len`: its data, copied; must not overlap the buffer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_control_put(
    control: *mut c_void,
    cap: usize,
    len: *mut usize,
    level: c_int,
    r#type: c_int,
    data: *const c_void,
    data_len: usize,
) -> c_int {
    guard(|| {
        // SAFETY: `data` is NULL or valid for `data_len` bytes, as the header demands.
        let data = unsafe { arg::bytes(data, data_len, "data") }?;
        // SAFETY: `control` and `len` are as the header demands.
        unsafe { append(control, cap, len, |control, used| control::put(control, used, level, r#type, data)) }
    })
}

/// Appends descriptors to send over an AF_UNIX socket: SCM_RIGHTS.
///
/// `fds`, `n`: the descriptors, which stay open and the caller's. The kernel accepts at most 253 in
/// one message. See unix(7).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_control_put_fds(
    control: *mut c_void,
    cap: usize,
    len: *mut usize,
    fds: *const c_int,
    n: usize,
) -> c_int {
    guard(|| {
        // SAFETY: `fds` is NULL or valid for `n` numbers, as the header demands.
        let fds = unsafe { arg::list(fds, n, "fds") }?;
        // SAFETY: `control` and `len` are as the header demands.
        unsafe { append(control, cap, len, |control, used| rights::put_fds(control, used, fds)) }
    })
}

/// Appends credentials: SCM_CREDENTIALS.
///
/// `pid`: 0 to 2^31-1. `uid`, `gid`: 0 to 2^32-1. The kernel checks them (-EPERM), and sends the
/// caller's own if there are none. See unix(7).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_control_put_credentials(
    control: *mut c_void,
    cap: usize,
    len: *mut usize,
    pid: i64,
    uid: i64,
    gid: i64,
) -> c_int {
    // SAFETY: `control` and `len` are as the header demands.
    guard(|| unsafe {
        append(control, cap, len, |control, used| Credentials::new(pid, uid, gid)?.put(control, used))
    })
}

/// Appends the source of a packet: IP_PKTINFO or IPV6_PKTINFO, depending on the address.
///
/// `from`: the local address, AF_INET or AF_INET6, else -EAFNOSUPPORT; its port is ignored. The
/// wildcard leaves the choice to the kernel.
/// `ifindex`: the interface, 0 to 2^31-1; 0 leaves it open. See ip(7), ipv6(7).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_control_put_pktinfo(
    control: *mut c_void,
    cap: usize,
    len: *mut usize,
    from: *const Address,
    ifindex: i64,
) -> c_int {
    guard(|| {
        // SAFETY: `from` is NULL or valid, as the header demands.
        let from = address::get_ip(unsafe { arg::input(from, "from") }?)?.ip();
        // SAFETY: `control` and `len` are as the header demands.
        unsafe { append(control, cap, len, |control, used| ip::put_origin(control, used, from, ifindex)) }
    })
}

/// Appends the TTL of an IPv4 packet or the hop limit of an IPv6 one.
///
/// `family`: AF_INET or AF_INET6, else -EAFNOSUPPORT. `ttl`: 1 to 255, or from 0 with AF_INET6. See
/// ip(7), ipv6(7).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_control_put_ttl(
    control: *mut c_void,
    cap: usize,
    len: *mut usize,
    family: c_int,
    ttl: i64,
) -> c_int {
    guard(|| {
        let v6 = is_v6(family)?;
        // SAFETY: `control` and `len` are as the header demands.
        unsafe { append(control, cap, len, |control, used| ip::put_ttl(control, used, v6, ttl)) }
    })
}

/// Appends the TOS byte of an IPv4 packet or the traffic class of an IPv6 one.
///
/// `family`: AF_INET or AF_INET6, else -EAFNOSUPPORT. `tos`: 0 to 255. See ip(7), ipv6(7).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_control_put_tos(
    control: *mut c_void,
    cap: usize,
    len: *mut usize,
    family: c_int,
    tos: i64,
) -> c_int {
    guard(|| {
        let v6 = is_v6(family)?;
        // SAFETY: `control` and `len` are as the header demands.
        unsafe { append(control, cap, len, |control, used| ip::put_tos(control, used, v6, tos)) }
    })
}

/// Appends the size of the datagrams into which the kernel cuts the data: UDP_SEGMENT.
///
/// `size`: 1 to 65535 bytes; the last datagram may be shorter. See udp(7).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_control_put_gso_size(
    control: *mut c_void,
    cap: usize,
    len: *mut usize,
    size: i64,
) -> c_int {
    // SAFETY: `control` and `len` are as the header demands.
    guard(|| unsafe { append(control, cap, len, |control, used| ip::put_gso_size(control, used, size)) })
}

/// Appends a request for transmit time stamps of this message only: SO_TIMESTAMPING.
///
/// `flags`: SOF_TIMESTAMPING_TX_*, or'ed. The socket's own SO_TIMESTAMPING determines how they are
/// reported: they arrive in its error queue, where `sock_control_get_transmit` reads them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_control_put_timestamping(
    control: *mut c_void,
    cap: usize,
    len: *mut usize,
    flags: i64,
) -> c_int {
    // SAFETY: `control` and `len` are as the header demands.
    guard(|| unsafe { append(control, cap, len, |control, used| time::put_transmit(control, used, flags)) })
}
