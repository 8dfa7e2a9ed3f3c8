//! Batches of datagrams, one system call each.

use crate::sys::batch::{Datagram, Inbox, Outbox, Piece};
use crate::sys::{Address, Errno, RawResult, Result, receive_message, send_message};
use std::ffi::c_int;
use std::mem::{MaybeUninit, zeroed};
use std::slice;

/// This many messages are given to the kernel at once.
pub const MESSAGES_AT_ONCE: usize = 1;

/// Whether the kernel cuts data into datagrams.
pub fn knows_segments(_fd: i32) -> bool {
    false
}

/// UDP_GRO, which only Linux has.
pub fn set_gro(_fd: i32, _on: bool) -> Result<()> {
    Err(Errno(libc::ENOPROTOOPT))
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

/// sendmsg(2) of the first piece. It has no size of segments.
pub fn sendmmsg(fd: i32, batch: &Outbox<'_>, mut pieces: impl Iterator<Item = Piece>, flags: c_int) -> Sent {
    let Some(piece) = pieces.next() else { return Sent { tried: 0, answer: RawResult(0), short: None } };
    let entry = &batch.list[piece.entry];
    let offset = piece.offset.min(entry.len);
    let len = piece.len.min(entry.len - offset);
    let mut data = libc::iovec { iov_base: entry.buf.wrapping_byte_add(offset), iov_len: len };
    // SAFETY: a header of zeros says that there is nothing.
    let mut header: libc::msghdr = unsafe { zeroed() };
    header.msg_iov = &raw mut data;
    header.msg_iovlen = 1;
    let name_len = entry.addr.len.min(Address::CAPACITY as u32);
    if name_len > 0 {
        header.msg_name = entry.addr.native.as_ptr().cast_mut().cast();
        header.msg_namelen = name_len;
    }
    if piece.control && entry.control_len > 0 {
        header.msg_control = entry.control;
        header.msg_controllen = entry.control_len as _;
    }
    // SAFETY: an address, control data and a piece of the entry, valid for reading by the contract of `Batch::new`.
    let answer = unsafe { send_message(fd, &header, flags) };
    match usize::try_from(answer.count()) {
        Ok(went) => Sent { tried: 1, answer: RawResult(1), short: (went < len).then_some((0, went)) },
        Err(_) => Sent { tried: 1, answer, short: None },
    }
}

/// Room for the control data of a message whose receiver wants none.
const OWN_ROOM: usize = 128;

/// recvmsg(2) into the entry at `begin`, of which all but `segment` is set. `flags` are those of the caller;
/// `added`, all but MSG_TRUNC, are not returned among the kernel's.
///
/// `each` gets the entry if it was filled, its control data, and whether that is for libsock alone. With
/// `own_control` there is some for an entry whose receiver wants none.
pub fn recvmmsg(
    fd: i32,
    batch: &mut Inbox<'_>,
    begin: usize,
    flags: c_int,
    added: c_int,
    own_control: bool,
    mut each: impl FnMut(&mut Datagram, &[u8], bool),
) -> RawResult {
    let Some(entry) = batch.list.get_mut(begin) else { return RawResult(0) };
    let mut own = [MaybeUninit::<u64>::uninit(); OWN_ROOM / 8];
    let is_own = entry.control_len == 0 && own_control;
    let (control, room) = match is_own {
        true => (own.as_mut_ptr().cast(), OWN_ROOM),
        false => (entry.control, entry.control_len),
    };
    let mut data = libc::iovec { iov_base: entry.buf, iov_len: entry.len };
    // SAFETY: a header of zeros says that there is nothing.
    let mut header: libc::msghdr = unsafe { zeroed() };
    header.msg_iov = &raw mut data;
    header.msg_iovlen = 1;
    header.msg_name = entry.addr.native.as_mut_ptr().cast();
    header.msg_namelen = Address::CAPACITY as u32;
    header.msg_control = control;
    header.msg_controllen = room as _;
    // SAFETY: at most 128 bytes of the sender's storage, and buffer and control data, valid for writing by the
    // contract of `Batch::new`.
    let answer = unsafe { receive_message(fd, &mut header, flags | added) };
    let Ok(count) = usize::try_from(answer.count()) else { return answer };
    entry.count = count;
    entry.segment = 0;
    entry.flags = header.msg_flags & !(added & !flags & !libc::MSG_TRUNC);
    entry.addr.len = header.msg_namelen.min(Address::CAPACITY as u32);
    entry.addr.zero = 0;
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
    RawResult(1)
}
