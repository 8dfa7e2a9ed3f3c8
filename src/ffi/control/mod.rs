//! Control messages
//!
//! What travels beside the data of a message: descriptors, credentials, time stamps, addresses of
//! packets, errors. They stand one behind another in the buffer of a `struct sock_msg`, each with its
//! level, type and data, laid out as CMSG_FIRSTHDR and CMSG_NXTHDR of the C library expect them. These
//! functions need no alignment, trust no length that they read, and make no system call but to close
//! descriptors. Each may be called from any thread; a buffer belongs to one thread at a time.
//!
//! The sock_control_put functions append one message behind the `*len` bytes that are there, and add
//! what it takes to `*len`; the gap and the padding become zeros. They return 0; -ENOBUFS where `cap` is
//! too small; -EINVAL for a field out of range; -EFAULT for NULL. A failure changes nothing.
//!
//! The sock_control_get functions look for the first message of a type. They return 1 and write their
//! outputs, 0 where there is none, -EBADMSG where what stands there is no such message, or -EFAULT.
//!
//! What a receive brings has to be asked for, once, as a socket option: SO_PASSCRED, IP_PKTINFO, ...

// In the order of the header; the empty lines keep it.

mod put;

mod fds;

mod get;

use super::arg;
use super::guard::guard;
use crate::net::error::Result;
use crate::net::message::control::{self, layout, space};
use std::ffi::{c_int, c_void};

/// In `sock_control_space`: SCM_CREDENTIALS.
pub const SOCK_CONTROL_CREDENTIALS: i32 = 1;
/// In `sock_control_space`: SCM_PIDFD.
pub const SOCK_CONTROL_PIDFD: i32 = 2;
/// In `sock_control_space`: SO_TIMESTAMP, SO_TIMESTAMPNS and SO_TIMESTAMPING.
pub const SOCK_CONTROL_TIMESTAMP: i32 = 4;
/// In `sock_control_space`: IP_PKTINFO and IPV6_PKTINFO.
pub const SOCK_CONTROL_PKTINFO: i32 = 8;
/// In `sock_control_space`: IP_TTL and IPV6_HOPLIMIT.
pub const SOCK_CONTROL_TTL: i32 = 16;
/// In `sock_control_space`: IP_TOS and IPV6_TCLASS.
pub const SOCK_CONTROL_TOS: i32 = 32;
/// In `sock_control_space`: IP_RECVERR and IPV6_RECVERR.
pub const SOCK_CONTROL_ERROR: i32 = 64;
/// In `sock_control_space`: SO_RXQ_OVFL.
pub const SOCK_CONTROL_DROPS: i32 = 128;
/// In `sock_control_space`: UDP_GRO, or UDP_SEGMENT.
pub const SOCK_CONTROL_GRO: i32 = 256;
/// In `sock_control_space`: SCM_SECURITY, a label of up to 256 bytes.
pub const SOCK_CONTROL_SECURITY: i32 = 512;

/// A control message, as `sock_control_next` finds it. Fixed for ever.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sock_control_item {
    /// Its level: SOL_SOCKET, IPPROTO_IP, ...
    pub level: i32,
    /// Its type: SCM_RIGHTS, IP_TTL, ...
    pub r#type: i32,
    /// Its data, inside the buffer that was walked; of any alignment.
    pub data: *const c_void,
    /// The length of its data, as far as it is inside the buffer.
    pub len: usize,
    /// 1 where the message says that it is longer than the buffer, else 0.
    pub truncated: i32,
    /// 0.
    pub zero: u32,
}

/// CMSG_LEN: the length of a control message with `len` bytes of data, without the padding behind it.
///
/// Returns it, at most 2^31-1; -EINVAL for a negative `len` and one whose result would be more.
/// Async-signal-safe where it succeeds. Since 0.1.0. See cmsg(3).
#[unsafe(no_mangle)]
pub extern "C" fn sock_cmsg_len(len: i64) -> i64 {
    guard(|| Ok(layout::len(len)?))
}

/// CMSG_SPACE: the room that a control message with `len` bytes of data takes, with its padding.
///
/// Returns as `sock_cmsg_len`. Since 0.1.0. See cmsg(3).
#[unsafe(no_mangle)]
pub extern "C" fn sock_cmsg_space(len: i64) -> i64 {
    guard(|| Ok(layout::space(len)?))
}

/// The room that is enough to receive these kinds of control messages together, in either protocol's
/// form.
///
/// `kinds`: SOCK_CONTROL_*, or'ed; 0 is none. `fds`: how many descriptors, 0 to 253.
/// Returns the bytes, below 6000; -EINVAL for an unknown kind or a count out of range. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn sock_control_space(kinds: i64, fds: i64) -> i64 {
    guard(|| Ok(space::space(kinds, fds)?))
}

/// The control message at `*pos`, and on to the next.
///
/// `control`, `len`: what was received, or is to be sent. `pos`: 0 at first, then as it was left.
/// `out`: receives the message.
/// Returns 1 with a message; 0 where no header fits any more; -EBADMSG where what stands there is no
/// message, and the walk is over; -EFAULT for NULL. Of a message that is longer than the buffer the bytes
/// inside are given, with `truncated` set, and it is the last. Since 0.1.0. See cmsg(3).
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
