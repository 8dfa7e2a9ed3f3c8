//! FILE (stdio)
//!
//! A socket as a FILE of the C library: fgets, fscanf, fprintf and the rest work on it, as on what
//! Python's socket.makefile gives. Receives and sends obey the socket's timeout, deadlines and
//! cancel token, and signals only run the interrupt hook, as everywhere.
//!
//! A failure shows as stdio shows it: NULL, EOF or a short count, ferror, and errno, while
//! sock_last_error holds the code. Of a time limit, in non-blocking mode and of SO_RCVTIMEO errno is
//! EAGAIN: nothing that has come is lost then. fgets gives the part of a line that has come (with
//! errno EAGAIN, and no newline at its end), or NULL when nothing has; clearerr and another fgets go on
//! with the rest. Of any other failure the C library's fgets loses what it has of the line. When a
//! write fails, the C library forgets what its buffer held: a program that wants to go on after a
//! timeout of a write uses `sock_sendall` or a buffered stream.
//!
//! `sock_close` of the socket wakes a thread that reads or writes the FILE; this and every later
//! operation that reaches the socket fails with errno EBADF. fclose flushes; it never closes the
//! socket.

use super::arg;
use super::guard::guard;
use super::handle::sock_t;
use crate::net::error::Result;
use crate::net::file::{self, File};
use crate::sys;
use libc::FILE;
use std::ffi::c_char;
use std::mem::MaybeUninit;

/// Makes a FILE over one direction of a socket.
///
/// `mode`: "r" to receive or "w" to send; "rb" and "wb" are the same. For both directions make two, so
/// that each has its own buffer and lock. Text that is to be sent must be flushed (fflush) before an
/// answer is awaited. setvbuf works as on any FILE; fileno and fseek do not. A connection takes bytes;
/// on a datagram socket each flush sends a datagram, and each receive takes one, cut to the buffer.
///
/// Returns a FILE, which the caller closes with fclose and which does not own the socket: close both,
/// in any order, the writing FILE first if its buffer is to arrive. NULL when it fails, with errno and
/// sock_last_error: -EBADF, -ENOTSOCK, -EFAULT, -EINVAL for another mode, -ENOMEM.
/// Any thread; not from a signal handler. Since 0.1.0. See fdopen(3), fopencookie(3).
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn sock_fdopen(s: sock_t, mode: *const c_char) -> *mut FILE {
    guard(|| {
        // SAFETY: `mode` is NULL or a string, as the header demands.
        let (file, mode) = File::open(s, unsafe { arg::text(mode, "mode") }?)?;
        Ok(sys::open_stdio(Cookie(file), mode)?)
    })
}

/// A [`File`] called from within the C library.
struct Cookie(File);

impl sys::Stdio for Cookie {
    fn read(&self, buffer: &mut [MaybeUninit<u8>]) -> isize {
        let count = told(|| self.0.receive(buffer));
        if count < 0 { -1 } else { count as isize }
    }

    fn write(&self, data: &[u8]) -> isize {
        let mut sent = 0;
        told(|| self.0.send(data, &mut sent).map(i64::from));
        sent as isize
    }
}

/// A step within a stdio function: its failure is told by `errno`.
fn told(step: impl FnOnce() -> Result<i64>) -> i64 {
    let mut errno = None;
    let answer = guard(|| step().inspect_err(|code| errno = Some(file::errno(*code))));
    errno.inspect(|errno| sys::set_errno(*errno));
    answer
}
