//! sendmsg(2) and recvmsg(2), through the C library.

use super::call::raw;
use crate::sys::{RawResult, set_inheritable};
use std::ffi::c_int;

/// Asks for descriptors that are close-on-exec as they arrive, where the system has a flag for that. Here they become
/// so a call later: a process that another thread starts in between inherits them.
pub const CLOSE_ON_EXEC: c_int =
    if cfg!(any(target_os = "linux", target_os = "android")) { 0x4000_0000 } else { 0 };

/// sendmsg(2).
///
/// # Safety
/// What the header names is valid for reading during the call.
pub unsafe fn send_message(fd: i32, header: &libc::msghdr, flags: c_int) -> RawResult {
    // SAFETY: the kernel reads the header and what it names, by this function's contract.
    raw(|| unsafe { libc::sendmsg(fd, header, flags) })
}

/// recvmsg(2).
///
/// # Safety
/// What the header names is valid for writing during the call.
pub unsafe fn receive_message(fd: i32, header: &mut libc::msghdr, flags: c_int) -> RawResult {
    // SAFETY: the kernel writes the header and what it names, by this function's contract.
    let answer = raw(|| unsafe { libc::recvmsg(fd, header, flags & !CLOSE_ON_EXEC) });
    if answer.count() >= 0 && header.msg_controllen > 0 {
        // SAFETY: the kernel has written control data of this length.
        unsafe { close_rights_on_exec(header) };
    }
    // As a kernel reports it that knows the flag.
    header.msg_flags |= flags & CLOSE_ON_EXEC;
    answer
}

/// Makes the descriptors that came with a message close-on-exec.
///
/// # Safety
/// A header whose control data the kernel has written.
#[allow(clippy::unnecessary_cast)] // narrower than size_t on some systems
unsafe fn close_rights_on_exec(header: &libc::msghdr) {
    // SAFETY: the macros stay within the control data, by this function's contract; numbers may lie anywhere in it.
    unsafe {
        let mut next = libc::CMSG_FIRSTHDR(header);
        while let Some(message) = next.as_ref() {
            if message.cmsg_level == libc::SOL_SOCKET && message.cmsg_type == libc::SCM_RIGHTS {
                let data = libc::CMSG_DATA(next);
                let front = data.offset_from(next.cast::<u8>()) as usize;
                // A message that was cut may say that it is longer than what there is.
                let end = header.msg_control.cast::<u8>().wrapping_add(header.msg_controllen as usize);
                let room = (end as usize).saturating_sub(data as usize);
                let len = (message.cmsg_len as usize).saturating_sub(front).min(room);
                for at in 0..len / size_of::<c_int>() {
                    let fd = data.cast::<c_int>().add(at).read_unaligned();
                    let _ = set_inheritable(fd, false);
                }
            }
            next = libc::CMSG_NXTHDR(header, next);
        }
    }
}
