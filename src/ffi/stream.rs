//! Streams (buffered)
//!
//! Lines and pieces of bytes over a socket, with a buffer for each direction, for languages that
//! have no FILE. A stream is a handle over the handle of a socket: its calls obey the socket's timeout
//! (one limit over all steps of a call), deadlines and cancel token, and signals run the interrupt
//! hook. Unlike Python's and C's files it goes on after a timeout: what has come of a line stays in the
//! buffer and is part of the next answer, what has been written and not sent goes with the next flush.
//!
//! `sock_close` of the stream sends what has been written, under the same limits, and answers the code
//! if that fails; what could not be sent is lost. It never closes the socket. `sock_close` of the
//! socket ends the stream's calls too: those that wait return SOCK_ECLOSED, later ones -EBADF; the
//! stream itself is then still to be closed, and answers SOCK_ECLOSED if something was left to send.
//!
//! Any thread may use a stream. Reading and writing are independent of each other; of two threads in
//! the same direction one waits for the other, within its own limits (in non-blocking mode -EAGAIN; a
//! hook inside a call of the same direction gets -EDEADLK). Reading sends nothing: flush before
//! an answer is awaited. In the child of a fork a stream has what was received and not read, and
//! nothing to send: that stays the parent's. Not from a signal handler.

use super::arg;
use super::guard::guard;
use super::handle::sock_t;
use crate::net::stream;
use std::ffi::{c_int, c_void};

/// The handle of a buffered stream.
pub type sock_stream_t = i64;

/// Makes a stream over a socket of type SOCK_STREAM, for both directions.
///
/// `capacity`: bytes of each buffer; 0 is the usual 8192. Memory is taken when it is first needed; a
/// long line makes the reading buffer grow for a while. Two streams over one socket would take each
/// other's bytes.
/// Returns a handle that the caller closes with `sock_close`; -EBADF, -ENOTSOCK, -EINVAL for another
/// type of socket, -ENFILE. Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn sock_stream_new(s: sock_t, capacity: usize) -> sock_stream_t {
    guard(|| stream::open(s, capacity))
}

/// Reads what is there, and waits only if nothing is.
///
/// `buf`, `len`: where to put it; of length 0 nothing is read and the pointer is not looked at.
/// Returns how many bytes were read, 0 at the end of the stream; -EBADF, -ENOTSOCK for what is no
/// stream, -EFAULT; else as `sock_recv`. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_stream_read(st: sock_stream_t, buf: *mut c_void, len: usize) -> i64 {
    // SAFETY: `buf` is NULL or valid for `len` bytes, as the header demands.
    guard(|| stream::read(st, unsafe { arg::buffer(buf, len, "buf") }?))
}

/// Reads all of `len` bytes.
///
/// `buf`, `len`: where to put them. `received`: how many are in `buf`, also when the call fails; may
/// be NULL. Go on later with the rest of the buffer: no byte is lost.
/// Returns 0 when all have come; SOCK_EEOF when the stream ended before that; else a code, as
/// `sock_stream_read` and always the code. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_stream_read_exact(
    st: sock_stream_t,
    buf: *mut c_void,
    len: usize,
    received: *mut usize,
) -> c_int {
    // Outside the guard: what has come is told whatever happens.
    let mut count = 0;
    // SAFETY: `buf` is NULL or valid for `len` bytes, as the header demands.
    let result = guard(|| stream::read_exact(st, unsafe { arg::buffer(buf, len, "buf") }?, &mut count));
    // SAFETY: `received` is NULL or valid for one size_t, as the header demands.
    if let Some(received) = unsafe { arg::optional_output(received) } {
        received.write(count);
    }
    result
}

/// Reads a line: bytes up to a newline, which is part of the answer.
///
/// `buf`, `len`: where to put it, without a NUL; `len` is the limit. Of a longer line the first `len`
/// bytes are the answer and the rest is the next one. A call that fails takes nothing: the part of the
/// line that has come stays for the next call.
/// Returns the length. The last byte is no newline when the line is longer than `len`, or when the
/// stream has ended behind it; 0 when the stream has ended and nothing is left, or `len` is 0. Codes as
/// `sock_stream_read`. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_stream_readline(st: sock_stream_t, buf: *mut c_void, len: usize) -> i64 {
    // SAFETY: `buf` is NULL or valid for `len` bytes, as the header demands.
    guard(|| stream::read_line(st, unsafe { arg::buffer(buf, len, "buf") }?))
}

/// Reads up to a mark of one or more bytes ("\r\n\r\n", say), which is part of the answer.
///
/// `mark`, `mark_len`: the mark. `buf`, `len`: where to put the bytes; `len` is the limit. A call that
/// fails takes nothing, so that the next one can look for another mark or with a larger buffer.
/// Returns the length, the mark included; 0 when the stream has ended and nothing is left; SOCK_EEOF
/// when it has ended without the mark (`sock_stream_read` gives what is left); -EMSGSIZE when the mark
/// is not within the first `len` bytes; -EINVAL when it is empty or longer than `len`. Other codes as
/// `sock_stream_read`. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_stream_read_until(
    st: sock_stream_t,
    mark: *const c_void,
    mark_len: usize,
    buf: *mut c_void,
    len: usize,
) -> i64 {
    guard(|| {
        // SAFETY: `mark` and `buf` are NULL or valid for their lengths, as the header demands.
        let (mark, buffer) = unsafe { (arg::bytes(mark, mark_len, "mark")?, arg::buffer(buf, len, "buf")?) };
        stream::read_until(st, mark, buffer)
    })
}

/// Writes bytes: into the buffer what fits, to the socket what does not.
///
/// `buf`, `len`: the data. `written`: how many bytes were taken, also when the call fails; may be NULL.
/// What was taken is sent, or waits in the buffer for the next flush; go on later with the rest.
/// Returns 0 when all were taken; else a code, as `sock_sendall`. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_stream_write(
    st: sock_stream_t,
    buf: *const c_void,
    len: usize,
    written: *mut usize,
) -> c_int {
    // Outside the guard: what was taken is told whatever happens.
    let mut taken = 0;
    // SAFETY: `buf` is NULL or valid for `len` bytes, as the header demands.
    let result = guard(|| stream::write(st, unsafe { arg::bytes(buf, len, "buf") }?, &mut taken));
    // SAFETY: `written` is NULL or valid for one size_t, as the header demands.
    if let Some(written) = unsafe { arg::optional_output(written) } {
        written.write(taken);
    }
    result
}

/// Sends what has been written. What does not go stays for the next flush.
///
/// Returns 0 when nothing is left; else a code, as `sock_sendall`. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn sock_stream_flush(st: sock_stream_t) -> c_int {
    guard(|| stream::flush(st))
}

/// How many bytes are in a buffer: SOCK_READ, received and not yet read (a poller does not see them);
/// SOCK_WRITE, written and not yet sent.
///
/// Returns the count; -EBADF, -ENOTSOCK; -EINVAL for another `direction`. Never waits. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn sock_stream_buffered(st: sock_stream_t, direction: c_int) -> i64 {
    guard(|| stream::buffered(st, direction))
}
