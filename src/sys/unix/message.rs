//! sendmsg(2) and recvmsg(2): bare, never a cancellation point, `errno` untouched.

use super::padding;
use crate::sys::message::{ControlBuffer, Gather, IoVec, NO_WINDOW, Scatter};
use crate::sys::{Address, CLOSE_ON_EXEC, RawResult, receive_message, send_message};
use std::ffi::c_int;
use std::mem::{MaybeUninit, offset_of, zeroed};
use std::ptr;

const _: () = assert!(
    size_of::<IoVec>() == size_of::<libc::iovec>()
        && offset_of!(IoVec, base) == offset_of!(libc::iovec, iov_base)
        && offset_of!(IoVec, len) == offset_of!(libc::iovec, iov_len)
);

/// The most pieces that the kernel takes in one call: IOV_MAX.
pub const MOST_PIECES: usize = 1024;

#[cfg(any(target_os = "linux", target_os = "android"))]
const _: () = assert!(MOST_PIECES == libc::UIO_MAXIOV as usize);

#[inline(always)]
fn header(pieces: &[IoVec]) -> libc::msghdr {
    // SAFETY: a msghdr of zeros says that there is nothing.
    let mut header: libc::msghdr = unsafe { zeroed() };
    header.msg_iov = pieces.as_ptr().cast_mut().cast();
    // Narrower than size_t where the C library says so; there are never more than MOST_PIECES.
    header.msg_iovlen = pieces.len() as _;
    header
}

/// sendmsg(2) of what is behind the first `done` bytes: the count of bytes taken.
#[inline(always)]
pub fn sendmsg(
    fd: i32,
    to: Option<&Address>,
    data: &Gather<'_>,
    done: usize,
    control: &[u8],
    flags: c_int,
) -> RawResult {
    if done == 0 {
        return send_pieces(fd, to, data.all(), control, flags);
    }
    let mut window = NO_WINDOW;
    send_pieces(fd, to, data.after(done, &mut window), control, flags)
}

#[inline(always)]
fn send_pieces(fd: i32, to: Option<&Address>, pieces: &[IoVec], control: &[u8], flags: c_int) -> RawResult {
    let mut header = header(pieces);
    if let Some(to) = to {
        header.msg_name = to.native.as_ptr().cast_mut().cast();
        header.msg_namelen = to.call_len();
    }
    let copy = match padding::cleared(control) {
        Ok(copy) => copy,
        Err(_) => return RawResult::NO_MEMORY,
    };
    let control = copy.as_deref().unwrap_or(control);
    header.msg_control = control.as_ptr().cast_mut().cast();
    header.msg_controllen = control.len() as _;
    // SAFETY: the header names an address of at most 128 bytes, control data and pieces, all of them borrowed for
    // the call and valid for reading.
    unsafe { send_message(fd, &header, flags) }
}

/// recvmsg(2) into what is behind the first `done` bytes: the count of bytes received, with MSG_TRUNC
/// maybe more than there is room for. The sender's length is 0 where the kernel names none. `msg_flags` gets
/// the flags. Control data that comes takes the place of what was there; where none comes, that stays.
#[inline(always)]
pub fn recvmsg(
    fd: i32,
    from: Option<&mut Address>,
    into: &mut Scatter<'_>,
    done: usize,
    control: &mut ControlBuffer<'_>,
    flags: c_int,
    msg_flags: &mut c_int,
) -> RawResult {
    if done == 0 {
        return receive_pieces(fd, from, into.all(), control, flags, msg_flags);
    }
    let mut window = NO_WINDOW;
    receive_pieces(fd, from, into.after(done, &mut window), control, flags, msg_flags)
}

#[inline(always)]
pub(in crate::sys) fn receive_pieces(
    fd: i32,
    mut from: Option<&mut Address>,
    pieces: &[IoVec],
    control: &mut ControlBuffer<'_>,
    flags: c_int,
    msg_flags: &mut c_int,
) -> RawResult {
    let mut header = header(pieces);
    if let Some(from) = &mut from {
        header.msg_name = from.native.as_mut_ptr().cast();
        header.msg_namelen = Address::CAPACITY as u32;
    }
    header.msg_control = control.bytes.as_mut_ptr().cast();
    header.msg_controllen = control.bytes.len() as _;
    // SAFETY: the header names at most 128 bytes of the sender's storage, control data within its length, and the
    // pieces, all of them borrowed mutably and valid for writing.
    let answer = unsafe { receive_message(fd, &mut header, flags) };
    if answer.count() >= 0 {
        *msg_flags = header.msg_flags;
        if let Some(from) = from {
            from.len = header.msg_namelen.min(Address::CAPACITY as u32);
        }
        #[allow(clippy::unnecessary_cast)] // narrower than size_t where the C library says so
        if header.msg_controllen > 0 {
            #[allow(clippy::unnecessary_cast)] // narrower with some C libraries
            let filled = header.msg_controllen as usize;
            control.filled = control.bytes.len().min(filled);
        }
    }
    answer
}

/// recvfrom(2) that reports the flags: MSG_CTRUNC where descriptors came with the bytes, and are gone.
pub fn recv_told(
    fd: i32,
    from: Option<&mut Address>,
    buffer: &mut [MaybeUninit<u8>],
    flags: c_int,
    msg_flags: &mut c_int,
) -> RawResult {
    let place = [IoVec { base: buffer.as_mut_ptr().cast(), len: buffer.len() }];
    receive_pieces(fd, from, &place, &mut ControlBuffer::new(&mut []), flags, msg_flags)
}

/// The control data of the next bytes, which stay where they are; 1 where there are any, 0 at the end.
pub fn peek_control(fd: i32, control: &mut ControlBuffer<'_>) -> RawResult {
    let mut byte = 0_u8;
    let place = [IoVec { base: ptr::from_mut(&mut byte).cast(), len: 1 }];
    receive_pieces(fd, None, &place, control, libc::MSG_PEEK | libc::MSG_DONTWAIT | CLOSE_ON_EXEC, &mut 0)
}
