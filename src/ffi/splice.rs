//! Splice (moving bytes without copying them)
//!
//! splice(2) under the limits of libsock: from a socket to another one, to a file or to a pipe, and
//! from a file or pipe to a socket. One limit covers the whole call, and counts are exact.
//!
//! A socket that the program or another process can reach too (after `sock_fileno` or a fork, for
//! example) is read and written through memory, because splice(2) has no MSG_DONTWAIT; so are
//! sockets that the kernel cannot splice. SIGPIPE is blocked in the calling thread during a call.
//! `count`: how many bytes, or -1 for all up to the end; an earlier end is not an error.

use super::arg;
use super::guard::guard;
use super::handle::sock_t;
use crate::net::handle::Id;
use crate::net::splice::{self, Moved};
use crate::net::{error, sendfile};
use std::ffi::c_int;

/// Runs a splice. Outside the guard: the counts are written even after a panic.
///
/// # Safety
/// Each place is NULL or valid for one `int64_t`.
unsafe fn counted(
    taken: *mut i64,
    given: *mut i64,
    call: impl FnOnce(&mut Moved) -> error::Result<i64>,
) -> i64 {
    let mut moved = Moved::default();
    let result = guard(|| call(&mut moved));
    for (place, count) in [(taken, moved.taken), (given, moved.given)] {
        // SAFETY: this function's contract.
        if let Some(place) = unsafe { arg::optional_output(place) } {
            place.write(count);
        }
    }
    result
}

/// Moves bytes from one socket to another.
///
/// `from`, `to`: two handles of connected SOCK_STREAM sockets. The shorter of their timeouts, both
/// deadlines and both cancel tokens apply, and closing either ends the call.
/// `received`, `sent`: receive the bytes taken from `from` and those that `to` accepted, also on
/// failure; may be NULL. If a call fails between the two, the difference (up to 1 MiB) is lost.
/// In non-blocking mode the call moves what it can at once, through memory, and loses nothing.
/// Returns the number of bytes sent, less than `count` at the end of `from` or in non-blocking mode;
/// 0 at the end; -EINVAL for another type of socket, the same handle twice, or a `count` of 0 or
/// below -1; else a code as `sock_recv` or `sock_send`. See splice(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_splice(
    from: sock_t,
    to: sock_t,
    count: i64,
    received: *mut i64,
    sent: *mut i64,
) -> i64 {
    // SAFETY: both are NULL or valid for one int64_t, as the header demands.
    unsafe { counted(received, sent, |moved| splice::sockets(Id(from), Id(to), count, moved)) }
}

/// Moves bytes from a socket to a file or pipe.
///
/// `from`: a connected SOCK_STREAM socket.
/// `fd`: a file, block device or pipe open for writing, which remains the caller's. The call waits
/// for room in a pipe, whatever its O_NONBLOCK; writing to a disk cannot be interrupted.
/// `offset`: where to write in the file, whose position stays; or -1 to write at the position, which
/// moves; 0 or -1 for a pipe.
/// `received`, `written`: receive the bytes taken from the socket and those written, also on
/// failure; may be NULL. A difference (a full disk, for example) is lost. Nothing is taken for a
/// descriptor that is not open for writing.
/// In non-blocking mode the call moves what is there at once.
/// Returns the number of bytes written, less than `count` at the end of `from` or in non-blocking
/// mode; 0 at the end; -EINVAL for another type of socket, another kind of descriptor, an `offset`
/// below -1, or a `count` of 0 or below -1; -ESPIPE for an `offset` of a pipe; -EBADF, -ENOSPC,
/// -EPIPE ... of `fd`; else a code as `sock_recv`. See splice(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_splice_to_fd(
    from: sock_t,
    fd: c_int,
    offset: i64,
    count: i64,
    received: *mut i64,
    written: *mut i64,
) -> i64 {
    // SAFETY: both are NULL or valid for one int64_t, as the header demands.
    unsafe { counted(received, written, |moved| splice::to_fd(Id(from), fd, offset, count, moved)) }
}

/// Moves bytes from a file or pipe to a socket.
///
/// As `sock_sendfile`, which follows Python, with these differences: non-blocking mode sends what
/// goes at once, and the position of the file stays unless `offset` is -1.
/// `fd`: a descriptor open for reading, which remains the caller's.
/// `offset`: where to read in the file; or -1 to read at its position, which moves; 0 or -1 for a
/// pipe.
/// `to`: a connected SOCK_STREAM socket.
/// `sent`: receives the number of bytes sent, also on failure; may be NULL. Nothing is lost: what
/// was not sent remains in the file or pipe.
/// Returns the number of bytes sent, less than `count` at the end of the file or in non-blocking
/// mode; 0 at the end; -EINVAL for another type of socket, a descriptor that is neither a file, a
/// block device nor a pipe, an `offset` below -1, or a `count` of 0 or below -1; else a code as
/// `sock_sendfile`. See sendfile(2), splice(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_splice_from_fd(
    fd: c_int,
    offset: i64,
    to: sock_t,
    count: i64,
    sent: *mut i64,
) -> i64 {
    let from_fd = |moved: &mut Moved| sendfile::from_fd(Id(to), fd, offset, count, &mut moved.given);
    // SAFETY: `sent` is NULL or valid for one int64_t, as the header demands.
    unsafe { counted(std::ptr::null_mut(), sent, from_fd) }
}
