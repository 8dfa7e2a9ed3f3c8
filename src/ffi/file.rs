//! FILE (stdio)
//!
//! A socket as a FILE of the C library: fgets, fscanf, fprintf and others work on it, as on the file
//! of Python's socket.makefile. Transfers obey the socket's timeout, deadlines and cancel token.
//!
//! A failure shows as in stdio: NULL, EOF or a short count, ferror and errno; `sock_last_error`
//! holds the code. After a time limit, in non-blocking mode and after SO_RCVTIMEO, errno is EAGAIN
//! and nothing received is lost: fgets returns the received part of a line (with errno EAGAIN and no
//! newline at the end), or NULL if there is none, and clearerr and another fgets continue with the
//! rest. After any other failure, the C library's fgets loses its part of the line. When a write
//! fails, the C library discards its buffer: a program that wants to continue after a write timeout
//! uses `sock_sendall` or a buffered stream.
//!
//! `sock_close` of the socket wakes a thread that reads or writes the FILE; this and every later
//! operation that reaches the socket fails with errno EBADF. fclose flushes; it never closes the
//! socket.

use super::arg;
use super::guard::guard;
use super::handle::sock_t;
use crate::net::error::Result;
use crate::net::file::{self, File};
use crate::net::handle::Id;
use crate::sys;
use libc::FILE;
use std::ffi::c_char;
use std::mem::MaybeUninit;

/// Makes a FILE for one direction of a socket.
///
/// `mode`: "r" to receive or "w" to send; "rb" and "wb" are the same. For both directions make two,
/// so that each has its own buffer and lock.
/// Flush text (fflush) before waiting for an answer to it. setvbuf works as on any FILE; fileno and
/// fseek do not. On a datagram socket each flush sends a datagram, and each receive takes one, cut
/// to the buffer.
/// Returns a FILE, which the caller closes with fclose. It does not own the socket: close both, in
/// any order, but the writing FILE first if its buffer is to arrive. NULL on failure, with errno
/// and `sock_last_error`: -EBADF, -ENOTSOCK, -EFAULT, -EINVAL for another mode, -ENOMEM.
/// On Windows always -ENOSYS: its C runtimes make a FILE only of handles that block in ReadFile
/// (_open_osfhandle), which ignores timeout, close and cancel, and the program may have another
/// runtime than libsock. Use a buffered stream there. See fdopen(3), fopencookie(3).
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn sock_fdopen(s: sock_t, mode: *const c_char) -> *mut FILE {
    guard(|| {
        // SAFETY: `mode` is NULL or a string, as the header demands.
        let (file, mode) = File::open(Id(s), unsafe { arg::text(mode, "mode") }?)?;
        sys::open_stdio(Cookie(file), mode).map_err(file::not_made)
    })
}

/// A [`File`] called from within the C library.
struct Cookie(File);

impl sys::Stdio for Cookie {
    fn read(&self, buffer: &mut [MaybeUninit<u8>]) -> isize {
        let count = to_stdio(|| self.0.receive(buffer));
        if count < 0 { -1 } else { count as isize }
    }

    fn write(&self, data: &[u8]) -> isize {
        let mut sent = 0;
        to_stdio(|| self.0.send(data, &mut sent).map(i64::from));
        sent as isize
    }
}

/// A step within a stdio function: `errno` reports its failure.
fn to_stdio(step: impl FnOnce() -> Result<i64>) -> i64 {
    let mut errno = None;
    let answer = guard(|| step().inspect_err(|code| errno = Some(file::errno(*code))));
    errno.inspect(|errno| sys::set_errno(*errno));
    answer
}
