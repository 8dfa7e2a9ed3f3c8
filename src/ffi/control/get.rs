//! What was received.

use super::super::arg;
use super::super::guard::guard;
use super::found;
use crate::net::address::Address;
use crate::net::error::Result;
use crate::net::message::control::error::Extended;
use crate::net::message::control::ip;
use crate::net::message::control::peer::Credentials;
use crate::net::message::control::time::Stamps;
use crate::net::message::{self, Refused};
use std::ffi::{c_int, c_void};

/// Writes a number that may be left out.
///
/// # Safety
/// `place` is NULL or valid.
unsafe fn put<T>(place: *mut T, value: T) {
    // SAFETY: this function's contract.
    if let Some(place) = unsafe { arg::optional_output(place) } {
        place.write(value);
    }
}

/// One number: 1 where it is there.
///
/// # Safety
/// `control` is NULL or valid for `len` bytes, `out` is NULL or valid.
unsafe fn number<T, U: From<T>>(
    control: *const c_void,
    len: usize,
    out: *mut U,
    read: impl FnOnce(&[u8]) -> std::result::Result<Option<T>, Refused>,
) -> Result<c_int> {
    // SAFETY: this function's contract.
    let control = unsafe { found(control, len) }?;
    // SAFETY: this function's contract.
    let out = unsafe { arg::output(out, "out") }?;
    let Some(value) = read(control)? else { return Ok(0) };
    out.write(value.into());
    Ok(1)
}

/// An error or another event from the error queue (MSG_ERRQUEUE): `struct sock_extended_err`. Fixed for
/// ever.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sock_control_error {
    /// The code: -ECONNREFUSED, ...; -ENOMSG of a time stamp.
    pub error: i32,
    /// Where it comes from: SO_EE_ORIGIN_ICMP, ...
    pub origin: i32,
    /// The type of the ICMP message.
    pub r#type: i32,
    /// Its code.
    pub code: i32,
    /// More of it: of -EMSGSIZE the MTU, of a time stamp its stage.
    pub info: i64,
    /// More of it: of a time stamp the number of the packet.
    pub data: i64,
    /// Who reported it; the empty address where none is told.
    pub offender: Address,
}

/// Who sent the message: SCM_CREDENTIALS, which SO_PASSCRED asks for.
///
/// `pid`, `uid`, `gid`: receive the numbers; each may be NULL. A pid of 0 is that of a process which
/// cannot be seen from here. Returns as told above. Since 0.1.0. See unix(7).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_control_get_credentials(
    control: *const c_void,
    len: usize,
    pid: *mut i64,
    uid: *mut i64,
    gid: *mut i64,
) -> c_int {
    guard(|| {
        // SAFETY: `control` is NULL or valid for `len` bytes, as the header demands.
        let Some(peer) = Credentials::find(unsafe { found(control, len) }?)? else { return Ok(0) };
        // SAFETY: each is NULL or valid, as the header demands.
        unsafe {
            put(pid, peer.pid.into());
            put(uid, peer.uid.into());
            put(gid, peer.gid.into());
        }
        Ok(1)
    })
}

/// When the packet passed: SO_TIMESTAMPING, or else SO_TIMESTAMPNS or SO_TIMESTAMP.
///
/// `software`, `hardware`: receive nanoseconds since 1970, by the system's clock and by the interface's;
/// 0 where that clock was not asked; each may be NULL. Returns as told above. Since 0.1.0. See socket(7).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_control_get_timestamp(
    control: *const c_void,
    len: usize,
    software: *mut i64,
    hardware: *mut i64,
) -> c_int {
    guard(|| {
        // SAFETY: `control` is NULL or valid for `len` bytes, as the header demands.
        let Some(stamps) = Stamps::find(unsafe { found(control, len) }?)? else { return Ok(0) };
        // SAFETY: each is NULL or valid, as the header demands.
        unsafe {
            put(software, stamps.software);
            put(hardware, stamps.hardware);
        }
        Ok(1)
    })
}

/// Of which sent packet a time stamp tells, that came from the error queue.
///
/// `stage`: receives how far the packet was: SCM_TSTAMP_SCHED, SCM_TSTAMP_SND, SCM_TSTAMP_ACK.
/// `id`: receives the packet's number, or of a stream the offset of its last byte, which
/// SOF_TIMESTAMPING_OPT_ID counts, 0 to 2^32-1. Each may be NULL.
/// Returns as told above; 0 also for an error that is no time stamp. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_control_get_transmit(
    control: *const c_void,
    len: usize,
    stage: *mut i64,
    id: *mut i64,
) -> c_int {
    guard(|| {
        // SAFETY: `control` is NULL or valid for `len` bytes, as the header demands.
        let error = Extended::find(unsafe { found(control, len) }?)?;
        let Some((at, number)) = error.and_then(|error| error.transmit()) else { return Ok(0) };
        // SAFETY: each is NULL or valid, as the header demands.
        unsafe {
            put(stage, at.into());
            put(id, number.into());
        }
        Ok(1)
    })
}

/// Where the packet came in: IP_PKTINFO or IPV6_PKTINFO, which IP_PKTINFO and IPV6_RECVPKTINFO ask for.
///
/// `to`: receives the destination that stands in the packet. `local`: receives the own address that it
/// was for, to answer from; of IPv6 the empty address where the destination is a group. Both have port 0,
/// and the interface as their scope where they mean something on one link alone. `ifindex`: receives the
/// interface. Each may be NULL. Returns as told above. Since 0.1.0. See ip(7), ipv6(7).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_control_get_pktinfo(
    control: *const c_void,
    len: usize,
    to: *mut Address,
    local: *mut Address,
    ifindex: *mut i64,
) -> c_int {
    guard(|| {
        // SAFETY: `control` is NULL or valid for `len` bytes, as the header demands.
        let found = message::arrival(unsafe { found(control, len) }?)?;
        let Some((destination, own, index)) = found else { return Ok(0) };
        // SAFETY: each is NULL or valid, as the header demands.
        unsafe {
            put(to, destination);
            put(local, own);
            put(ifindex, index.into());
        }
        Ok(1)
    })
}

/// The TTL of an IPv4 packet or the hop limit of an IPv6 one, which IP_RECVTTL and IPV6_RECVHOPLIMIT ask
/// for. `out`: receives it, 0 to 255. Returns as told above. Since 0.1.0. See ip(7), ipv6(7).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_control_get_ttl(control: *const c_void, len: usize, out: *mut i64) -> c_int {
    // SAFETY: `control` is NULL or valid for `len` bytes, `out` is NULL or valid, as the header demands.
    guard(|| unsafe { number(control, len, out, ip::ttl) })
}

/// The TOS byte of an IPv4 packet or the traffic class of an IPv6 one, which IP_RECVTOS and
/// IPV6_RECVTCLASS ask for. `out`: receives it, 0 to 255. Returns as told above. Since 0.1.0. See ip(7),
/// ipv6(7).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_control_get_tos(control: *const c_void, len: usize, out: *mut i64) -> c_int {
    // SAFETY: `control` is NULL or valid for `len` bytes, `out` is NULL or valid, as the header demands.
    guard(|| unsafe { number(control, len, out, ip::tos) })
}

/// How many packets the socket has lost for want of room since it was made, which SO_RXQ_OVFL asks for.
/// `out`: receives it, 0 to 2^32-1; the kernel tells it from the first loss on. Returns as told above.
/// Since 0.1.0. See socket(7).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_control_get_drops(control: *const c_void, len: usize, out: *mut i64) -> c_int {
    // SAFETY: `control` is NULL or valid for `len` bytes, `out` is NULL or valid, as the header demands.
    guard(|| unsafe { number(control, len, out, ip::drops) })
}

/// The size of the datagrams that were received as one, which UDP_GRO asks for; the last of them may be
/// shorter. `out`: receives it in bytes. Returns as told above. Since 0.1.0. See udp(7).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_control_get_gro_size(
    control: *const c_void,
    len: usize,
    out: *mut i64,
) -> c_int {
    // SAFETY: `control` is NULL or valid for `len` bytes, `out` is NULL or valid, as the header demands.
    guard(|| unsafe { number(control, len, out, ip::gro_size) })
}

/// What the error queue tells: IP_RECVERR or IPV6_RECVERR, which the options of these names ask for, and
/// the transmit time stamps of every family. Received with MSG_ERRQUEUE; the message's data is the packet
/// at fault, its address the packet's destination.
///
/// `out`: receives it. Returns as told above. Since 0.1.0. See ip(7), ipv6(7).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_control_get_error(
    control: *const c_void,
    len: usize,
    out: *mut sock_control_error,
) -> c_int {
    guard(|| {
        // SAFETY: `control` is NULL or valid for `len` bytes, as the header demands.
        let control = unsafe { found(control, len) }?;
        // SAFETY: `out` is NULL or valid, as the header demands.
        let out = unsafe { arg::output(out, "out") }?;
        let Some(error) = Extended::find(control)? else { return Ok(0) };
        let offender = message::offender(&error)?;
        out.write(sock_control_error {
            error: (error.errno as i32).wrapping_neg(),
            origin: error.origin.into(),
            r#type: error.kind.into(),
            code: error.code.into(),
            info: error.info.into(),
            data: error.data.into(),
            offender,
        });
        Ok(1)
    })
}
