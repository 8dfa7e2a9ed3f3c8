//! Control messages
//!
//! What travels with the data of a message: descriptors, credentials, time stamps, addresses of
//! packets, errors. Control messages follow each other in the buffer of a `struct sock_msg`, each
//! with level, type and data, laid out for CMSG_FIRSTHDR and CMSG_NXTHDR of the C library. These
//! functions need no alignment, trust no length that they read, and make no system call except to
//! close descriptors. A buffer belongs to one thread at a time.
//!
//! The sock_control_put functions append a message after the first `*len` of the `cap` bytes at
//! `control` and add its CMSG_SPACE to `*len`; gap and padding become zeros. They return 0, or
//! -ENOBUFS if `cap` is too small; a failure changes nothing.
//!
//! The sock_control_get functions look for the first message of a type in the `len` bytes at
//! `control`. They return 1 and write their outputs; 0 if there is none; -EBADMSG if it is
//! malformed. Most types must be requested with a socket option before they are received:
//! SO_PASSCRED, IP_PKTINFO ... The take and close functions work on control data that `sock_recvmsg`
//! received.

// In the order of the header; the empty lines keep it.

mod put;

mod fds;

mod get;

use super::arg;
use super::guard::guard;
use crate::net::error::Result;
use crate::net::message::control::{self, layout, space};
use std::ffi::{c_int, c_void};

/// For sock_control_space: SCM_CREDENTIALS.
pub const SOCK_CONTROL_CREDENTIALS: i32 = 1;
/// SCM_PIDFD.
pub const SOCK_CONTROL_PIDFD: i32 = 2;
/// SO_TIMESTAMP, SO_TIMESTAMPNS and SO_TIMESTAMPING.
pub const SOCK_CONTROL_TIMESTAMP: i32 = 4;
/// IP_PKTINFO and IPV6_PKTINFO.
pub const SOCK_CONTROL_PKTINFO: i32 = 8;
/// IP_TTL and IPV6_HOPLIMIT.
pub const SOCK_CONTROL_TTL: i32 = 16;
/// IP_TOS and IPV6_TCLASS.
pub const SOCK_CONTROL_TOS: i32 = 32;
/// IP_RECVERR and IPV6_RECVERR.
pub const SOCK_CONTROL_ERROR: i32 = 64;
/// SO_RXQ_OVFL.
pub const SOCK_CONTROL_DROPS: i32 = 128;
/// UDP_GRO or UDP_SEGMENT.
pub const SOCK_CONTROL_GRO: i32 = 256;
/// SCM_SECURITY, a label of up to 256 bytes.
pub const SOCK_CONTROL_SECURITY: i32 = 512;

/// A control message, as `sock_control_next` finds it. The layout never changes.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sock_control_item {
    /// Level: SOL_SOCKET, IPPROTO_IP ...
    pub level: i32,
    /// Type: SCM_RIGHTS, IP_TTL ...
    pub r#type: i32,
    /// Data, inside the searched buffer; of any alignment.
    pub data: *const c_void,
    /// Length of the data within the buffer.
    pub len: usize,
    /// 1 if the message claims to be longer than the buffer, else 0.
    pub truncated: i32,
    /// 0.
    pub zero: u32,
}

/// Returns CMSG_LEN: the length of a control message without its trailing padding.
///
/// `len`: bytes of data, such that the result is at most 2^31-1.
/// Async-signal-safe while it succeeds. See cmsg(3).
#[unsafe(no_mangle)]
pub extern "C" fn sock_cmsg_len(len: i64) -> i64 {
    guard(|| Ok(layout::len(len)?))
}

/// Returns CMSG_SPACE: the room that a control message takes, with its padding.
///
/// `len`: as for `sock_cmsg_len`. See cmsg(3).
#[unsafe(no_mangle)]
pub extern "C" fn sock_cmsg_space(len: i64) -> i64 {
    guard(|| Ok(layout::space(len)?))
}

/// Returns the room for receiving several kinds of control messages together, less than 6000 bytes.
///
/// `kinds`: SOCK_CONTROL_*, or'ed, of either IP version; 0 is none.
/// `fds`: number of descriptors, 0 to 253.
#[unsafe(no_mangle)]
pub extern "C" fn sock_control_space(kinds: i64, fds: i64) -> i64 {
    guard(|| Ok(space::space(kinds, fds)?))
}

/// Iterates over control messages.
///
/// The data may be received or to be sent.
/// `pos`: 0 at first; the call advances it to the next message.
/// Returns 1 with a message; 0 if no further header fits; -EBADMSG if there is no valid message at
/// `*pos`, which ends the iteration. A message longer than the buffer is the last; it has
/// `truncated` set and the data within the buffer. See cmsg(3).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_control_next(
    control: *const c_void,
    len: usize,
    pos: *mut usize,
    out: *mut sock_control_item,
) -> c_int {
    guard(|| {
        // SAFETY: `control` is NULL or valid for `len` bytes, as the header demands.
        let control = unsafe { arg::bytes(control, len, "control") }?;
        // SAFETY: `pos` is NULL or valid, as the header demands.
        let mut at = *unsafe { arg::input(pos, "pos") }?;
        // SAFETY: `out` is NULL or valid, as the header demands.
        let out = unsafe { arg::output(out, "out") }?;
        let found = control::next(control, &mut at);
        // SAFETY: as for reading it.
        unsafe { arg::output(pos, "pos") }?.write(at);
        let Some(item) = found? else { return Ok(0) };
        let data = &control[item.data];
        out.write(sock_control_item {
            level: item.level,
            r#type: item.kind,
            data: data.as_ptr().cast(),
            len: data.len(),
            truncated: item.cut.into(),
            zero: 0,
        });
        Ok(1)
    })
}

/// The bytes of control data that a getter searches.
///
/// # Safety
/// `control` is NULL or valid for `len` bytes.
unsafe fn found<'a>(control: *const c_void, len: usize) -> Result<&'a [u8]> {
    // SAFETY: this function's contract.
    unsafe { arg::bytes(control, len, "control") }
}
