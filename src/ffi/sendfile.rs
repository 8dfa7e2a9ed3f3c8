//! Sendfile
//!
//! A file goes to a connected socket without passing through the program: Python's socket.sendfile.

use super::arg;
use super::guard::guard;
use super::handle::sock_t;
use crate::net::sendfile;
use std::ffi::c_int;

/// Sends a file, or a part of it, under one limit: the timeout counts from the first wait to the last
/// byte.
///
/// `s`: a socket of type SOCK_STREAM, in blocking or timeout mode. `file`: a descriptor open for
/// reading, which stays the caller's. `offset`: where to begin, in bytes from the start of the file
/// whatever its position is; 0 for pipes and what else has no positions. `count`: how many bytes, or
/// -1 for all until the end; a file that ends earlier is no error. `sent`: how many bytes went out,
/// also when the call fails; may be NULL.
///
/// When at least one byte went, with success or not, the position of the file is behind the last one
/// that went. From a pipe only what went is taken. From what is neither a file, a block device nor a
/// pipe (a socket, a terminal) up to 64 KiB may have been taken that did not go when the call fails.
/// A wait for such a source to have data, or a pipe, is under the same limit.
///
/// Returns how many bytes went. -EINVAL for another type of socket, for one in non-blocking mode
/// (unless the file is empty: 0), for an `offset` below 0, for a `count` of 0 or below -1; -ESPIPE for
/// an `offset` where there are no positions; -EBADF, -EISDIR, -EIO, ... of the file; else a code as
/// `sock_sendall`. While it runs, SIGPIPE is blocked in the calling thread. Any thread; not from a
/// signal handler. Since 0.1.0. See sendfile(2), splice(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_sendfile(
    s: sock_t,
    file: c_int,
    offset: i64,
    count: i64,
    sent: *mut i64,
) -> i64 {
    // Outside the guard: what was sent is told whatever happens.
    let mut gone = 0;
    let result = guard(|| sendfile::sendfile(s, file, offset, count, &mut gone));
    // SAFETY: `sent` is NULL or valid for one int64_t, as the header demands.
    if let Some(sent) = unsafe { arg::optional_output(sent) } {
        sent.write(gone);
    }
    result
}
