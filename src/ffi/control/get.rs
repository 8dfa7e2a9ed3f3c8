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

/// An error or other event from the error queue (MSG_ERRQUEUE): `struct sock_extended_err`. The
/// layout never changes.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sock_control_error {
    /// The code: -ECONNREFUSED ...; -ENOMSG for a time stamp.
    pub error: i32,
    /// Its origin: SO_EE_ORIGIN_ICMP ...
    pub origin: i32,
    /// The ICMP type.
    pub r#type: i32,
    /// The ICMP code.
    pub code: i32,
    /// Details: for -EMSGSIZE the MTU, for a time stamp its stage.
    pub info: i64,
    /// Details: for a time stamp the number of the packet.
    pub data: i64,
    /// Who reported it; the empty address if unknown.
    pub offender: Address,
}

/// Gets the sender of the message: SCM_CREDENTIALS, requested with SO_PASSCRED.
///
/// `pid`, `uid`, `gid`: receive the numbers; each may be NULL. The pid is 0 for a process that
/// cannot be seen from here. See unix(7).
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

/// Gets the time stamp of a packet: SO_TIMESTAMPING, else SO_TIMESTAMPNS or SO_TIMESTAMP.
///
/// `software`, `hardware`: receive nanoseconds since 1970 by the clocks of the system and of the
/// interface, 0 if that clock was not used; each may be NULL. See socket(7).
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

/// Identifies the sent packet of a time stamp from the error queue.
///
/// `stage`: receives how far the packet was: SCM_TSTAMP_SCHED, SCM_TSTAMP_SND, SCM_TSTAMP_ACK.
/// `id`: receives the number of the packet, or for a stream the offset of its last byte, as counted
/// by SOF_TIMESTAMPING_OPT_ID, 0 to 2^32-1. Each may be NULL.
/// Returns 0 also for an error that is not a time stamp.
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

/// Gets where a packet arrived: IP_PKTINFO or IPV6_PKTINFO.
///
/// `to`: receives the destination in the packet's header.
/// `local`: receives the local address that the packet was for, to answer from; the empty address
/// for an IPv6 group.
/// `ifindex`: receives the interface. Each may be NULL.
/// Both addresses have port 0, and the interface as their scope if they are link-local. IP_PKTINFO
/// and IPV6_RECVPKTINFO request this. See ip(7), ipv6(7).
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

/// Gets the TTL of an IPv4 packet or the hop limit of an IPv6 one.
///
/// `out`: receives 0 to 255. IP_RECVTTL and IPV6_RECVHOPLIMIT request this. See ip(7), ipv6(7).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_control_get_ttl(control: *const c_void, len: usize, out: *mut i64) -> c_int {
    // SAFETY: `control` is NULL or valid for `len` bytes, `out` is NULL or valid, as the header demands.
    guard(|| unsafe { number(control, len, out, ip::ttl) })
}

/// Gets the TOS byte of an IPv4 packet or the traffic class of an IPv6 one.
///
/// `out`: receives 0 to 255. IP_RECVTOS and IPV6_RECVTCLASS request this. See ip(7), ipv6(7).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_control_get_tos(control: *const c_void, len: usize, out: *mut i64) -> c_int {
    // SAFETY: `control` is NULL or valid for `len` bytes, `out` is NULL or valid, as the header demands.
    guard(|| unsafe { number(control, len, out, ip::tos) })
}

/// Gets how many packets the socket has lost for lack of room since it was created.
///
/// `out`: receives 0 to 2^32-1. SO_RXQ_OVFL requests this; the kernel reports it after the first
/// loss. See socket(7).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_control_get_drops(control: *const c_void, len: usize, out: *mut i64) -> c_int {
    // SAFETY: `control` is NULL or valid for `len` bytes, `out` is NULL or valid, as the header demands.
    guard(|| unsafe { number(control, len, out, ip::drops) })
}

/// Gets the size of the datagrams that were received as one; the last of them may be shorter.
///
/// `out`: receives bytes. UDP_GRO requests this. See udp(7).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_control_get_gro_size(
    control: *const c_void,
    len: usize,
    out: *mut i64,
) -> c_int {
    // SAFETY: `control` is NULL or valid for `len` bytes, `out` is NULL or valid, as the header demands.
    guard(|| unsafe { number(control, len, out, ip::gro_size) })
}

/// Gets an event of the error queue, received with MSG_ERRQUEUE.
///
/// These are IP_RECVERR or IPV6_RECVERR, requested with the options of these names, and the
/// transmit time stamps of every family. The message's data is the packet concerned, and its
/// address the packet's destination. See ip(7), ipv6(7).
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
