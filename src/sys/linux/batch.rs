//! sendmmsg(2) and recvmmsg(2): bare, never a cancellation point, `errno` untouched; UDP segments.

use super::super::batch::{Datagram, Inbox, Outbox, Piece};
use super::super::{Address, Errno, RawResult, Result, memory};
use super::padding;
use super::socket::{getsockopt_int, setsockopt};
use super::syscall::{call4, call6};
use libc::{SOL_UDP, UDP_SEGMENT, mmsghdr};
use std::ffi::c_int;
use std::mem::{MaybeUninit, zeroed};
use std::ptr;
use std::slice;
use std::sync::atomic::{AtomicU8, Ordering};

/// This many messages are given to the kernel at once: the arrays for them are on the stack.
pub const MESSAGES_AT_ONCE: usize = 64;

/// Whether the kernel knows UDP_SEGMENT, which older ones ignore silently. The answer is the same for all
/// sockets of UDP; the first call asks.
pub fn knows_segments(fd: i32) -> bool {
    const UNKNOWN: u8 = 0;
    const NO: u8 = 1;
    const YES: u8 = 2;
    static ANSWER: AtomicU8 = AtomicU8::new(UNKNOWN);
    match ANSWER.load(Ordering::Relaxed) {
        UNKNOWN => {
            let asked = getsockopt_int(fd, SOL_UDP, UDP_SEGMENT);
            // Any other refusal says nothing about other sockets.
            if asked.is_ok() || asked == Err(Errno(libc::ENOPROTOOPT)) {
                ANSWER.store(if asked.is_ok() { YES } else { NO }, Ordering::Relaxed);
            }
            asked.is_ok()
        }
        answer => answer == YES,
    }
}

/// UDP_GRO.
pub fn set_gro(fd: i32, on: bool) -> Result<()> {
    setsockopt(fd, SOL_UDP, libc::UDP_GRO, &i32::from(on).to_ne_bytes())
}

/// Space of a control message with the size of segments.
const SEGMENT_SPACE: usize = (size_of::<libc::cmsghdr>() + 2).next_multiple_of(size_of::<usize>());
/// Room for control data that must be copied because a size of segments is added to it. One message whose
/// own control data does not fit goes in memory from the heap.
const CONTROL_ROOM: usize = 6 << 10;

/// Memory that is aligned for control messages.
#[repr(C, align(8))]
struct Aligned<const N: usize>([MaybeUninit<u8>; N]);

fn message(
    name: *const Address,
    name_len: u32,
    piece: *mut libc::iovec,
    control: *mut u8,
    control_len: usize,
) -> mmsghdr {
    // SAFETY: a header of zeros says that there is nothing.
    let mut message: mmsghdr = unsafe { zeroed() };
    let header = &mut message.msg_hdr;
    if !name.is_null() {
        // SAFETY: only the place is computed.
        header.msg_name = unsafe { &raw const (*name).native }.cast_mut().cast();
        header.msg_namelen = name_len;
    }
    header.msg_iov = piece;
    header.msg_iovlen = 1;
    header.msg_control = control.cast();
    header.msg_controllen = control_len as _; // narrower than size_t where the C library says so
    message
}

/// Writes control data followed by the size of segments; the bytes used.
///
/// # Safety
/// `place` is aligned and has room for `control`, padding and [`SEGMENT_SPACE`].
unsafe fn add_segment(place: *mut u8, control: &[u8], segment: u16) -> usize {
    let at = control.len().next_multiple_of(size_of::<usize>());
    // SAFETY: within the room, by this function's contract; a header of zeros is one, and the type of
    // `cmsg_len` differs between C libraries.
    unsafe {
        ptr::write_bytes(place, 0, at + SEGMENT_SPACE);
        ptr::copy_nonoverlapping(control.as_ptr(), place, control.len());
        let mut header: libc::cmsghdr = zeroed();
        header.cmsg_len = (size_of::<libc::cmsghdr>() + 2) as _;
        header.cmsg_level = SOL_UDP;
        header.cmsg_type = UDP_SEGMENT;
        place.add(at).cast::<libc::cmsghdr>().write(header);
        place.add(at + size_of::<libc::cmsghdr>()).cast::<u16>().write(segment);
    }
    at + SEGMENT_SPACE
}

/// What became of the messages of a [`sendmmsg`].
pub struct Sent {
    /// How many were given to the kernel.
    pub tried: usize,
    /// The count of those that it took.
    pub answer: RawResult,
    /// The first of them of which it took less than all: its index, and how many bytes went.
    pub short: Option<(usize, usize)>,
}

/// sendmmsg(2) of pieces, at most [`MESSAGES_AT_ONCE`]; sendmsg(2) of one.
#[inline]
pub fn sendmmsg(fd: i32, batch: &Outbox<'_>, pieces: impl Iterator<Item = Piece>, flags: c_int) -> Sent {
    let mut messages = [const { MaybeUninit::<mmsghdr>::uninit() }; MESSAGES_AT_ONCE];
    let mut data = [const { MaybeUninit::<libc::iovec>::uninit() }; MESSAGES_AT_ONCE];
    let mut room = Aligned([const { MaybeUninit::uninit() }; CONTROL_ROOM]);
    let mut spilled: Vec<u64> = Vec::new();
    let mut cleared: Vec<u8> = Vec::new();
    let mut used = 0;
    // The last size of segments that was written alone, and where: equal ones share it.
    let mut alone: Option<(u16, *mut u8)> = None;
    let mut tried = 0;
    for ((message_place, data_place), piece) in messages.iter_mut().zip(&mut data).zip(pieces) {
        let entry = &batch.list[piece.entry];
        let offset = piece.offset.min(entry.len);
        let base = entry.buf.wrapping_byte_add(offset);
        let len = piece.len.min(entry.len - offset);
        let own: &[u8] = if piece.control && entry.control_len > 0 {
            // SAFETY: valid for reading, by the contract of `Batch::new`.
            unsafe { slice::from_raw_parts(entry.control.cast(), entry.control_len) }
        } else {
            &[]
        };
        let (mut control, mut control_len) = (own.as_ptr().cast_mut(), own.len());
        match alone {
            _ if piece.segment == 0 => match padding::cleared(own) {
                Ok(None) => {}
                // In the next call.
                Ok(Some(_)) if tried > 0 => break,
                Ok(Some(copy)) => {
                    cleared = copy;
                    control = cleared.as_mut_ptr();
                }
                Err(_) => return Sent { tried: 0, answer: RawResult::NO_MEMORY, short: None },
            },
            Some((segment, place)) if own.is_empty() && segment == piece.segment => {
                (control, control_len) = (place, SEGMENT_SPACE);
            }
            _ => {
                let needed = own.len().next_multiple_of(size_of::<usize>()) + SEGMENT_SPACE;
                if needed <= CONTROL_ROOM - used {
                    control = room.0.as_mut_ptr().cast::<u8>().wrapping_add(used);
                    used += needed;
                } else if tried == 0 {
                    let Ok(room) = memory::filled(0, needed.div_ceil(8)) else {
                        return Sent { tried, answer: RawResult::NO_MEMORY, short: None };
                    };
                    spilled = room;
                    control = spilled.as_mut_ptr().cast();
                } else {
                    break;
                }
                // SAFETY: `needed` bytes are there, behind others whose length was a multiple of a word.
                control_len = unsafe { add_segment(control, own, piece.segment) };
                // SAFETY: as many bytes were written just now.
                padding::clear(unsafe { slice::from_raw_parts_mut(control, own.len()) });
                if own.is_empty() {
                    alone = Some((piece.segment, control));
                }
            }
        }
        let data_place = data_place.write(libc::iovec { iov_base: base, iov_len: len });
        let (name, name_len) = match entry.addr.len.min(Address::CAPACITY as u32) {
            0 => (ptr::null(), 0),
            len => (ptr::from_ref(&entry.addr), len),
        };
        message_place.write(message(name, name_len, data_place, control, control_len));
        tried += 1;
        if !spilled.is_empty() || !cleared.is_empty() {
            break;
        }
    }
    // SAFETY: the kernel reads the first `tried` headers, which are written, and what they name: addresses,
    // control data and pieces within entries of the batch, valid for reading by the contract of
    // `Batch::new`. It writes `msg_len` of the headers.
    let answer = unsafe { call(libc::SYS_sendmmsg, libc::SYS_sendmsg, fd, &mut messages, tried, flags) };
    drop((spilled, cleared));
    let taken = usize::try_from(answer.count()).unwrap_or(0).min(tried);
    let less = |(message, data): (&MaybeUninit<mmsghdr>, &MaybeUninit<libc::iovec>)| {
        // SAFETY: written above.
        let (message, data) = unsafe { (message.assume_init_ref(), data.assume_init_ref()) };
        ((message.msg_len as usize) < data.iov_len).then_some(message.msg_len as usize)
    };
    let sent = messages[..taken].iter().zip(&data).map(less);
    let short = sent.enumerate().find_map(|(at, less)| Some((at, less?)));
    Sent { tried, answer, short }
}

/// A system call of many messages; of one message, the call of one, which does less. The answer is that of the
/// call of many.
///
/// # Safety
/// The first `count` messages are written, and what they name is valid for the call.
#[inline]
unsafe fn call(
    many: libc::c_long,
    one: libc::c_long,
    fd: i32,
    messages: &mut [MaybeUninit<mmsghdr>; MESSAGES_AT_ONCE],
    count: usize,
    flags: c_int,
) -> RawResult {
    let (fd, flags) = (fd as u32 as usize, flags as u32 as usize);
    if count != 1 {
        // SAFETY: this function's contract; recvmmsg's fifth argument, its timeout, is NULL.
        return RawResult(unsafe { call6(many, fd, messages.as_mut_ptr() as usize, count, flags, 0, 0) });
    }
    // SAFETY: this function's contract; the first message is written, and so is its header.
    unsafe {
        let message = messages[0].assume_init_mut();
        let answer = call4(one, fd, ptr::from_mut(&mut message.msg_hdr) as usize, flags, 0);
        if answer < 0 {
            return RawResult(answer);
        }
        message.msg_len = answer as u32;
        RawResult(1)
    }
}

/// Room for the control data of a message whose receiver wants none, of which the size of the segments is
/// looked at. Timestamps and dropped packets come before it.
const OWN_ROOM: usize = 128;

/// recvmmsg(2) without its timeout into the entries from `begin` on, at most [`MESSAGES_AT_ONCE`] of them;
/// recvmsg(2) into one:
/// the count of those that were filled, in which all but `segment` is set. `flags` are those of the caller;
/// `added`, all but MSG_TRUNC, are not returned among the kernel's.
///
/// `each` gets every entry that was filled, its control data, and whether that is for libsock alone. With
/// `own_control` there is some for entries whose receiver wants none.
pub fn recvmmsg(
    fd: i32,
    batch: &mut Inbox<'_>,
    begin: usize,
    flags: c_int,
    added: c_int,
    own_control: bool,
    mut each: impl FnMut(&mut Datagram, &[u8], bool),
) -> RawResult {
    let mut messages = [const { MaybeUninit::<mmsghdr>::uninit() }; MESSAGES_AT_ONCE];
    let mut data = [const { MaybeUninit::<libc::iovec>::uninit() }; MESSAGES_AT_ONCE];
    let mut own = [const { Aligned([const { MaybeUninit::uninit() }; OWN_ROOM]) }; MESSAGES_AT_ONCE];
    let list = batch.list.get_mut(begin..).unwrap_or_default();
    let places = messages.iter_mut().zip(&mut data).zip(&mut own);
    let mut tried = 0;
    for (entry, ((message_place, data_place), own)) in list.iter_mut().zip(places) {
        let (mut control, mut control_len) = (entry.control.cast(), entry.control_len);
        if control_len == 0 && own_control {
            (control, control_len) = (own.0.as_mut_ptr().cast(), OWN_ROOM);
        }
        let data_place = data_place.write(libc::iovec { iov_base: entry.buf, iov_len: entry.len });
        let name = ptr::from_mut(&mut entry.addr);
        message_place.write(message(name, Address::CAPACITY as u32, data_place, control, control_len));
        tried += 1;
    }
    // SAFETY: the kernel writes the first `tried` headers, which are written, and what they name: at most 128
    // bytes of the sender's storage, and buffers and control data, valid for writing by the contract of
    // `Batch::new`. There is no timeout.
    let answer =
        unsafe { call(libc::SYS_recvmmsg, libc::SYS_recvmsg, fd, &mut messages, tried, flags | added) };
    let filled = usize::try_from(answer.count()).unwrap_or(0).min(tried);
    for (entry, message) in list.iter_mut().zip(&messages[..filled]) {
        // SAFETY: written above.
        let message = unsafe { message.assume_init_ref() };
        let header = &message.msg_hdr;
        entry.count = message.msg_len as usize;
        entry.segment = 0;
        entry.flags = header.msg_flags & !(added & !flags & !libc::MSG_TRUNC);
        entry.addr.len = header.msg_namelen.min(Address::CAPACITY as u32);
        entry.addr.zero = 0;
        let is_own = entry.control_len == 0 && own_control;
        let room = if is_own { OWN_ROOM } else { entry.control_len };
        #[allow(clippy::unnecessary_cast)] // narrower than size_t where the C library says so
        let came = (header.msg_controllen as usize).min(room);
        if !is_own {
            entry.control_len = came;
        }
        if came > 0 {
            // SAFETY: the kernel has written these bytes, to our room or the caller's.
            let control = unsafe { slice::from_raw_parts(header.msg_control.cast::<u8>(), came) };
            each(entry, control, is_own);
        }
    }
    answer
}
