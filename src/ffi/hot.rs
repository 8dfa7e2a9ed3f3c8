//! How `sock_send`, `sock_recv` and their like stay short.
//!
//! A call whose data is ready should cost little beyond its system call. Three things make that so:
//!
//! - **One branch for all arguments.** [`bytes`] and [`buffer`] check handle, pointer and length at once.
//!   Whatever is unusual goes to the slow path, which finds out what it is.
//! - **Spilled arguments.** A system call leaves few registers alone: each argument that the call needs
//!   again afterwards would cost a push, a move and a pop. Only a call that fails needs them, so
//!   [`SpilledArgs`] keeps them in memory, which is one store each.
//! - **Slow paths that are called last.** [`send_unfinished`], [`send_whole`], [`recv_unfinished`] and
//!   [`recv_whole`] never unwind and take their arguments where they already are, so that the call to
//!   them is a jump. Each transfer has two, so that no argument is prepared that is not needed: the fast
//!   path then uses hardly any stack.
//!
//! The fast paths have no panic guard: nothing on them can panic.

use super::arg;
use super::guard::guard_bare;
use super::handle::sock_t;
use crate::net::handle::Id;
use crate::net::transfer::{self, Unfinished};
use std::ffi::{c_int, c_void};
use std::hint::assert_unchecked;
use std::mem::MaybeUninit;

/// Checks all fast-path arguments with a single branch. NULL minus one, a length that is too long, and a
/// number with bits that no handle has, all have bits above the 52 that handles have. So do some good
/// pointers (tagged ones): they take the slow path too.
#[inline(always)]
fn is_usual(id: i64, data: *const c_void, len: usize) -> bool {
    const HANDLE_BITS: u32 = 52;
    // In this order: no register is needed but that of the difference.
    let bits = (data as u64).wrapping_sub(1) | len as u64 | id as u64;
    let usual = bits >> HANDLE_BITS == 0 && (usize::BITS > HANDLE_BITS || len <= isize::MAX as usize);
    if usual {
        // SAFETY: as was just seen; said so that a later check of one of them costs nothing.
        unsafe {
            assert_unchecked(id as u64 >> HANDLE_BITS == 0);
            assert_unchecked(!data.is_null());
        }
    }
    usual
}

/// A readable buffer on a fast path: `None` sends anything unusual, in the handle too, to the slow path.
///
/// # Safety
/// As [`arg::bytes`].
#[inline(always)]
pub unsafe fn bytes<'a>(id: i64, data: *const c_void, len: usize) -> Option<&'a [u8]> {
    if !is_usual(id, data, len) {
        return None;
    }
    // SAFETY: not NULL, length within isize, valid by this function's contract.
    Some(unsafe { std::slice::from_raw_parts(data.cast(), len) })
}

/// A writable buffer on a fast path: `None` sends anything unusual, in the handle too, to the slow path.
///
/// # Safety
/// As [`arg::buffer`].
#[inline(always)]
pub unsafe fn buffer<'a>(id: i64, data: *mut c_void, len: usize) -> Option<&'a mut [MaybeUninit<u8>]> {
    if !is_usual(id, data, len) {
        return None;
    }
    // SAFETY: not NULL, length within isize, valid by this function's contract.
    Some(unsafe { std::slice::from_raw_parts_mut(data.cast(), len) })
}

/// Arguments that only a call that fails needs again, kept in memory.
pub struct SpilledArgs(sock_t, c_int);

impl SpilledArgs {
    /// Without values yet: a value that moved after it was given would be stored twice.
    pub const EMPTY: SpilledArgs = SpilledArgs(0, 0);

    #[inline(always)]
    pub fn keep(&mut self, s: sock_t, flags: c_int) {
        // SAFETY: writes our own fields. Volatile, so that the compiler does not keep the values in
        // registers after all.
        unsafe {
            (&raw mut self.0).write_volatile(s);
            (&raw mut self.1).write_volatile(flags);
        }
    }

    #[inline(always)]
    pub fn get(&self) -> (sock_t, c_int) {
        // SAFETY: reads our own fields.
        unsafe { ((&raw const self.0).read_volatile(), (&raw const self.1).read_volatile()) }
    }
}

/// A send that the fast path had begun.
///
/// # Safety
/// `buf` is NULL or valid for `len` bytes.
#[cold]
#[inline(never)]
#[allow(improper_ctypes_definitions)] // never leaves this layer
pub unsafe extern "C" fn send_unfinished(
    s: sock_t,
    buf: *const c_void,
    len: usize,
    flags: c_int,
    rest: Unfinished,
) -> i64 {
    // SAFETY: this function's contract.
    guard_bare(|| transfer::send(Id(s), unsafe { arg::bytes(buf, len, "buf") }?, flags, None, Some(rest)))
}

/// A send for which the fast path did nothing.
///
/// # Safety
/// `buf` is NULL or valid for `len` bytes.
#[cold]
#[inline(never)]
pub unsafe extern "C" fn send_whole(s: sock_t, buf: *const c_void, len: usize, flags: c_int) -> i64 {
    // SAFETY: this function's contract.
    guard_bare(|| transfer::send(Id(s), unsafe { arg::bytes(buf, len, "buf") }?, flags, None, None))
}

/// A receive that the fast path had begun.
///
/// # Safety
/// `buf` is NULL or valid for `len` bytes.
#[cold]
#[inline(never)]
#[allow(improper_ctypes_definitions)] // never leaves this layer
pub unsafe extern "C" fn recv_unfinished(
    s: sock_t,
    buf: *mut c_void,
    len: usize,
    flags: c_int,
    rest: Unfinished,
) -> i64 {
    // SAFETY: this function's contract.
    guard_bare(|| transfer::recv(Id(s), unsafe { arg::buffer(buf, len, "buf") }?, flags, Some(rest)))
}

/// A receive for which the fast path did nothing.
///
/// # Safety
/// `buf` is NULL or valid for `len` bytes.
#[cold]
#[inline(never)]
pub unsafe extern "C" fn recv_whole(s: sock_t, buf: *mut c_void, len: usize, flags: c_int) -> i64 {
    // SAFETY: this function's contract.
    guard_bare(|| transfer::recv(Id(s), unsafe { arg::buffer(buf, len, "buf") }?, flags, None))
}
