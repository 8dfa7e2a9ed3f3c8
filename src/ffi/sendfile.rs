//! Sendfile
//!
//! A file goes to a connected socket without passing through the program: Python's socket.sendfile.

use super::arg;
use super::guard::guard;
use super::handle::sock_t;
use crate::net::handle::Id;
use crate::net::sendfile;
use std::ffi::c_int;

/// Sends a file, or a part of it, under one limit.
///
/// The timeout includes waiting for a pipe or another source to have data. SIGPIPE is blocked in
/// the calling thread during the call.
/// If another process or the program can reach the socket (after a fork or `sock_fileno`, for
/// example), the data is copied through memory, because sendfile(2) has no MSG_DONTWAIT.
/// On Windows, TransmitFile sends a file in blocking mode without deadline and cancel token, if at
/// most two of these calls run; otherwise the data is copied through memory. If TransmitFile is cut
/// short, by a close or by a deadline or token set meanwhile, `sent` may be less than what was sent.
/// `s`: a socket of type SOCK_STREAM, in blocking or timeout mode.
/// `file`: a descriptor open for reading, which remains the caller's. On Windows the number of a
/// HANDLE, such as _get_osfhandle returns.
/// `offset`: where to begin, in bytes from the start of the file, whatever its position; 0 for
/// pipes and other files without positions.
/// `count`: how many bytes, or -1 for all up to the end; a file that ends earlier is not an error,
/// however large `count` is.
/// `sent`: receives the number of bytes sent, also on failure; may be NULL.
/// If any byte was sent, successfully or not, the file's position is after the last one sent. From
/// a pipe, only the bytes sent are taken. From a source that is not a file, block device or pipe (a
/// socket, a terminal), a failing call may have taken up to 64 KiB that were not sent.
/// Returns the number of bytes sent; -EINVAL for another type of socket, for non-blocking mode
/// (unless the file is empty: 0), an `offset` below 0, a `count` of 0 or below -1, or a file that
/// cannot be read, such as one of epoll(7); -ESPIPE for an `offset` without positions; -EBADF,
/// -EISDIR, -EIO ... of the file; else a code as `sock_sendall`. See sendfile(2), splice(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_sendfile(
    s: sock_t,
    file: c_int,
    offset: i64,
    count: i64,
    sent: *mut i64,
) -> i64 {
    // Outside the guard: the count is written even after a panic.
    let mut gone = 0;
    let result = guard(|| sendfile::sendfile(Id(s), file, offset, count, &mut gone));
    // SAFETY: `sent` is NULL or valid for one int64_t, as the header demands.
    if let Some(sent) = unsafe { arg::optional_output(sent) } {
        sent.write(gone);
    }
    result
}
