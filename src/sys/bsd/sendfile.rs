//! sendfile(2) of macOS and FreeBSD. NetBSD and OpenBSD have none.

use crate::sys::unix::ret::last_errno;
use crate::sys::{Errno, KeptErrno, Result, Uncancelable};
use std::ptr;

/// Sends bytes of a file from a position on: how many went, 0 at its end. The socket does not block.
pub fn send_file(socket: i32, file: i32, position: i64, count: usize) -> Result<usize> {
    let _errno = KeptErrno::new();
    let _uncancelable = Uncancelable::new();
    #[cfg(target_vendor = "apple")]
    let mut sent = libc::off_t::try_from(count).unwrap_or(libc::off_t::MAX);
    #[cfg(target_vendor = "apple")]
    // SAFETY: numbers, no headers, and a place of ours for the count.
    let answer = unsafe { libc::sendfile(file, socket, position, &mut sent, ptr::null_mut(), 0) };
    #[cfg(target_os = "freebsd")]
    let mut sent: libc::off_t = 0;
    #[cfg(target_os = "freebsd")]
    // SAFETY: as above.
    let answer = unsafe { libc::sendfile(file, socket, position, count, ptr::null_mut(), &mut sent, 0) };
    let error = last_errno();
    match (answer, error) {
        // A part went before the socket was full, or a signal came.
        (-1, Errno(libc::EAGAIN | libc::EINTR)) if sent > 0 => {}
        // What sendfile does not take goes through memory.
        (-1, Errno(libc::ENOTSUP)) => return Err(Errno(libc::EOPNOTSUPP)),
        (-1, error) => return Err(error),
        _ => {}
    }
    usize::try_from(sent).map_err(|_| Errno(libc::EIO))
}
