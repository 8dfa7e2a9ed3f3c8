//! Streams (buffered)
//!
//! Lines and blocks of bytes over a socket, with a buffer for each direction, for languages without
//! FILE. A stream is a handle on top of a socket's handle: its calls obey the socket's timeout (one
//! limit for all steps of a call), deadlines and cancel token. Unlike the files of Python and C, it
//! continues after a timeout: the received part of a line stays in the buffer and becomes part of
//! the next result, and the next flush sends what is still unsent.
//!
//! `sock_close` of the stream sends what was written, under the same limits, and returns the code if
//! that fails; unsent data is then lost. It never closes the socket. `sock_close` of the socket ends
//! the stream's calls too: those that wait return SOCK_ECLOSED, later ones -EBADF. The stream must
//! still be closed, which returns SOCK_ECLOSED if data was left to send.
//!
//! `st` is the stream, and `buf`, `len` are bytes to write, or the memory for bytes read. Reading
//! and writing are independent. Of two threads in the same direction, one waits for the other,
//! within its own limits (-EAGAIN in non-blocking mode; -EDEADLK for a hook inside a call of the
//! same direction). Reading never flushes: flush before waiting for an answer. In a forked child, a
//! stream keeps the received, unread data; the data to send stays with the parent.

use super::arg;
use super::guard::guard;
use super::handle::sock_t;
use crate::net::handle::Id;
use crate::net::stream;
use std::ffi::{c_int, c_void};

/// The handle of a buffered stream.
pub type sock_stream_t = i64;

/// Makes a stream for both directions of a SOCK_STREAM socket.
///
/// `capacity`: size of each buffer in bytes; 0 means the usual 8192. Memory is allocated when first
/// needed; a long line makes the read buffer grow temporarily.
/// Two streams over one socket would take each other's bytes.
/// Returns a handle; -EINVAL for another type of socket.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn sock_stream_new(s: sock_t, capacity: usize) -> sock_stream_t {
    guard(|| stream::open(Id(s), capacity))
}

/// Reads the available bytes, and waits only if there are none.
///
/// `len`: at most this many; 0 reads nothing.
/// Returns the number of bytes read, 0 at the end of the stream; else a code as `sock_recv`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_stream_read(st: sock_stream_t, buf: *mut c_void, len: usize) -> i64 {
    // SAFETY: `buf` is NULL or valid for `len` bytes, as the header demands.
    guard(|| stream::read(Id(st), unsafe { arg::buffer(buf, len, "buf") }?))
}

/// Reads exactly `len` bytes.
///
/// `received`: receives the number of bytes in `buf`, also on failure; may be NULL. A later call
/// can continue with the rest of the buffer: no byte is lost.
/// Returns 0 when all bytes have come; SOCK_EEOF if the stream ended before; else the code of
/// `sock_stream_read`, even after some bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_stream_read_exact(
    st: sock_stream_t,
    buf: *mut c_void,
    len: usize,
    received: *mut usize,
) -> c_int {
    // Outside the guard: the count is written even after a panic.
    let mut count = 0;
    // SAFETY: `buf` is NULL or valid for `len` bytes, as the header demands.
    let result = guard(|| stream::read_exact(Id(st), unsafe { arg::buffer(buf, len, "buf") }?, &mut count));
    // SAFETY: `received` is NULL or valid for one size_t, as the header demands.
    if let Some(received) = unsafe { arg::optional_output(received) } {
        received.write(count);
    }
    result
}

/// Reads a line, including its newline.
///
/// `buf`, `len`: receive the line, without a NUL. A longer line is returned in parts of `len`
/// bytes.
/// A failing call consumes nothing: the received part of the line stays for the next call.
/// Returns the length. The last byte is not a newline if the line is longer than `len` or the
/// stream ended after it. 0 if the stream has ended and nothing is left, or `len` is 0; else a code
/// as `sock_stream_read`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_stream_readline(st: sock_stream_t, buf: *mut c_void, len: usize) -> i64 {
    // SAFETY: `buf` is NULL or valid for `len` bytes, as the header demands.
    guard(|| stream::read_line(Id(st), unsafe { arg::buffer(buf, len, "buf") }?))
}

/// Reads up to and including a delimiter of one or more bytes ("\r\n\r\n", say).
///
/// `mark`, `mark_len`: the delimiter.
/// `buf`, `len`: receive the bytes; `len` is the limit.
/// A failing call consumes nothing, so the next one can use another delimiter or a larger buffer.
/// Returns the length, including the delimiter; 0 if the stream has ended and nothing is left;
/// SOCK_EEOF if it ended without the delimiter (`sock_stream_read` returns the rest); -EMSGSIZE if
/// the first `len` bytes do not contain the delimiter; -EINVAL if it is empty or longer than `len`;
/// else a code as `sock_stream_read`.
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
        stream::read_until(Id(st), mark, buffer)
    })
}

/// Writes bytes: to the buffer if they fit, else to the socket.
///
/// `written`: receives the number of bytes taken, also on failure; may be NULL. Bytes taken are
/// sent, or wait in the buffer for the next flush; a later call can continue with the rest.
/// Returns 0 when all bytes were taken; else a code as `sock_sendall`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_stream_write(
    st: sock_stream_t,
    buf: *const c_void,
    len: usize,
    written: *mut usize,
) -> c_int {
    // Outside the guard: the count is written even after a panic.
    let mut taken = 0;
    // SAFETY: `buf` is NULL or valid for `len` bytes, as the header demands.
    let result = guard(|| stream::write(Id(st), unsafe { arg::bytes(buf, len, "buf") }?, &mut taken));
    // SAFETY: `written` is NULL or valid for one size_t, as the header demands.
    if let Some(written) = unsafe { arg::optional_output(written) } {
        written.write(taken);
    }
    result
}

/// Sends the written bytes; those that cannot be sent stay for the next flush.
///
/// Returns 0 when none are left; else a code as `sock_sendall`.
#[unsafe(no_mangle)]
pub extern "C" fn sock_stream_flush(st: sock_stream_t) -> c_int {
    guard(|| stream::flush(Id(st)))
}

/// Returns the number of bytes in a buffer; never waits.
///
/// `direction`: SOCK_READ for bytes received and not read, which pollers do not see; SOCK_WRITE for
/// bytes written and not sent.
#[unsafe(no_mangle)]
pub extern "C" fn sock_stream_buffered(st: sock_stream_t, direction: c_int) -> i64 {
    guard(|| stream::buffered(Id(st), direction))
}
