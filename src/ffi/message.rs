//! Messages
//!
//! Data in several pieces, an address and control data in one call (sendmsg(2), recvmsg(2)), and
//! descriptors for another process. `flags`, timeouts and limits are those of "Transfers"; "Control
//! messages" describes the content of control data.

#[allow(unused_imports)] // its name for the header
pub use crate::sys::IoVec as sock_iovec;

use super::arg;
use super::guard::guard_bare;
use super::handle::sock_t;
use super::hot::SpilledArgs;
use crate::net::address::{self, Address};
use crate::net::error::{Code, Result};
use crate::net::handle::Id;
use crate::net::message::{self, IoVec, MOST_PIECES, Pieces};
use crate::net::transfer::{self, Unfinished};
use std::ffi::{c_int, c_void};
use std::mem::MaybeUninit;

/// A message, as for sendmsg(2) and recvmsg(2). Set all of it to zero first.
///
/// The layout never changes; it holds pointers, so its size depends on theirs (72 bytes, or 40).
/// The arrays and buffers remain the caller's and are used only during the call. A successful
/// receive writes the fields that say "receives"; a send writes none.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sock_msg {
    /// Send: the destination; NULL or the empty address means none. Receive: receives the sender
    /// (empty if the kernel names none); may be NULL.
    pub addr: *mut Address,
    /// The pieces of the data, sent or filled in order; never changed.
    pub iov: *const IoVec,
    /// Number of pieces: 0 to 1024.
    pub iov_count: usize,
    /// Control data; any alignment, but CMSG_FIRSTHDR and others need that of size_t.
    pub control: *mut c_void,
    /// Receive: bytes of room at `control`, less than 2^31. Send: ignored.
    pub control_cap: usize,
    /// Send: bytes at `control` to send. Receive: receives how many came.
    pub control_len: usize,
    /// Receive: receives the number of bytes written to the pieces.
    pub len: usize,
    /// Receive: receives the kernel's length, the result of the call, which with MSG_TRUNC may
    /// exceed `len`.
    pub true_len: usize,
    /// Receive: receives the kernel's MSG_* flags: MSG_TRUNC (the datagram was longer), MSG_CTRUNC
    /// (there was more control data), MSG_EOR, MSG_ERRQUEUE ...
    pub flags: i32,
    /// Must be 0.
    pub zero: u32,
}

impl sock_msg {
    /// Writes what a receive reports.
    #[inline(always)]
    fn receive(&mut self, got: &message::Incoming<'_>, id: Id, flags: c_int, count: i64) {
        self.control_len = got.control.filled().len();
        self.len = got.written(id, flags, count);
        self.true_len = count as usize;
        self.flags = got.flags;
    }
}

/// A message with one piece and no address, which the fast path takes. That the kernel can reach the piece, the
/// fast path does not look at: the kernel finds out, and the slow path then names the field.
struct Plain<'a> {
    msg: &'a sock_msg,
    piece: &'a IoVec,
    /// Never NULL.
    control: *mut MaybeUninit<u8>,
}

impl<'a> Plain<'a> {
    /// `control` is the size of the control data. `None`: not such a message, or something is wrong with it.
    ///
    /// # Safety
    /// `msg` is NULL or valid, and so is its `iov`.
    #[inline(always)]
    unsafe fn of(msg: *const sock_msg, control: impl Fn(&sock_msg) -> usize) -> Option<Plain<'a>> {
        // SAFETY: this function's contract.
        let msg = unsafe { msg.as_ref() }?;
        let room = control(msg) as u64;
        // One branch for all. All bits of one less than NULL are set.
        let odd = msg.addr as u64
            | u64::from(msg.zero)
            | (msg.iov_count as u64 ^ 1)
            | (msg.iov as u64).wrapping_sub(1) >> 63
            | room >> 31
            | room & ((msg.control as i64).wrapping_sub(1) >> 63) as u64;
        if odd != 0 {
            return None;
        }
        // A slice of no bytes has an address too.
        let control = msg.control.map_addr(|at| at.max(1)).cast();
        // SAFETY: this function's contract.
        Some(Plain { msg, piece: unsafe { &*msg.iov }, control })
    }

    /// The data.
    ///
    /// # Safety
    /// What `Access` needs holds of the piece, or the kernel refuses it.
    #[inline(always)]
    unsafe fn data<Access>(&self) -> Pieces<'a, Access> {
        // SAFETY: this function's contract.
        unsafe { Pieces::new(std::slice::from_ref(self.piece), self.piece.len) }
    }
}

/// The pieces of a message, each of them looked at.
///
/// # Safety
/// `iov` is NULL or valid for `count` pieces; what `Access` needs holds of each piece.
// Inlined: two callers would otherwise each pay for a call on the path of every message.
#[inline(always)]
pub(super) unsafe fn pieces<'a, Access>(iov: *const IoVec, count: usize) -> Result<Pieces<'a, Access>> {
    if count > MOST_PIECES {
        return Err(Code::errno(libc::EMSGSIZE)
            .because(format_args!("iov_count: {count} is not within 0 to {MOST_PIECES}")));
    }
    let list: &[IoVec] = if count == 0 {
        &[]
    } else {
        // SAFETY: `iov` is NULL or valid, by this function's contract; the list is that of `count` pieces.
        unsafe {
            arg::input(iov, "iov")?;
            std::slice::from_raw_parts(iov, count)
        }
    };
    let mut total = 0_usize;
    for (i, piece) in list.iter().enumerate() {
        if piece.base.is_null() && piece.len > 0 {
            return Err(Code::errno(libc::EFAULT).because(format_args!("iov[{i}].base: NULL")));
        }
        total = total.saturating_add(piece.len);
        if total > isize::MAX as usize {
            return Err(Code::errno(libc::EINVAL)
                .because(format_args!("iov[{i}].len: together more bytes than memory can hold")));
        }
    }
    // SAFETY: this function's contract.
    Ok(unsafe { Pieces::new(list, total) })
}

fn control_limit(field: &str, len: usize) -> Result<()> {
    if len > i32::MAX as usize {
        return Err(
            Code::errno(libc::EINVAL).because(format_args!("{field}: {len} is not within 0 to {}", i32::MAX))
        );
    }
    Ok(())
}

fn check_zero(msg: &sock_msg) -> Result<()> {
    if msg.zero == 0 {
        return Ok(());
    }
    Err(Code::errno(libc::EINVAL).because(format_args!("zero: must be 0")))
}

/// Sends a message.
///
/// `msg`: the data and what goes with it; not changed.
/// In blocking mode a stream takes all bytes. Descriptors go with the first byte; other control
/// messages apply to all of it. With a timeout it takes what fits at once, and the descriptors are
/// then sent. On a stream, control data needs at least one byte of data with it, or it never
/// arrives.
/// Returns the number of bytes taken, as `sock_send`; -EMSGSIZE for more than 1024 pieces; -EINVAL
/// from the kernel for unknown control data or more than 253 descriptors; -EBADF also for a
/// descriptor that is not open; -ENOBUFS for too much control data; -EAFNOSUPPORT as `sock_sendto`;
/// else the error of sendmsg(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_sendmsg(s: sock_t, msg: *const sock_msg, flags: c_int) -> i64 {
    // SAFETY: `msg` is NULL or valid, as the header demands.
    if let Some(plain) = unsafe { Plain::of(msg, |msg| msg.control_len) } {
        // SAFETY: piece and control data are valid for reading, as the header demands.
        let (data, control) = unsafe {
            (plain.data(), std::slice::from_raw_parts(plain.control.cast(), plain.msg.control_len))
        };
        let mut spilled = SpilledArgs::EMPTY;
        spilled.keep(s, flags);
        match message::try_send(Id(s), &message::Outgoing { to: None, data, control }, flags) {
            Ok(count) => return count,
            Err(left) => {
                let (s, flags) = spilled.get();
                // SAFETY: as above.
                return unsafe { sendmsg_on(s, msg, flags, left) };
            }
        }
    }
    // SAFETY: as above.
    unsafe { sendmsg_on(s, msg, flags, None) }
}

/// What the fast path of a send left over, or the whole.
///
/// # Safety
/// As `sock_sendmsg`.
#[inline(never)]
unsafe fn sendmsg_on(s: sock_t, msg: *const sock_msg, flags: c_int, rest: Option<Unfinished>) -> i64 {
    let rest = rest.map(|rest| transfer::take_first_result(Some(rest)));
    guard_bare(|| {
        // SAFETY: `msg` is NULL or valid, as the header demands.
        let msg = unsafe { arg::input(msg, "msg") }?;
        check_zero(msg)?;
        control_limit("control_len", msg.control_len)?;
        // SAFETY: `addr` is NULL or valid, as the header demands.
        let to = unsafe { msg.addr.cast_const().as_ref() };
        if let Some(to) = to {
            address::check(to)?;
        }
        // SAFETY: `iov` is NULL or valid for `iov_count` pieces, each readable, as the header demands.
        let data = unsafe { pieces(msg.iov, msg.iov_count) }?;
        // SAFETY: `control` is NULL or valid for `control_len` bytes, as the header demands.
        let control = unsafe { arg::bytes(msg.control, msg.control_len, "control") }?;
        let message = message::Outgoing { to, data, control };
        match rest {
            None => message::send(Id(s), &message, flags),
            Some(first) => message::finish_send(Id(s), &message, flags, first),
        }
    })
}

/// Receives a message.
///
/// `msg`: where to put data, sender and control data.
/// `flags`: received descriptors are always close-on-exec. MSG_WAITALL on a stream fills all
/// pieces, but stops at bytes that came with descriptors and where another process wrote
/// (SO_PASSCRED), as the kernel does.
/// The caller owns descriptors in the control data: take them with `sock_control_take_fds` and
/// close the rest with `sock_control_close_fds`. If there was too little room, `msg->flags` has
/// MSG_CTRUNC, and the kernel has closed the descriptors that did not fit. A failure leaves none.
/// Returns the number of bytes received, as `sock_recv`. With MSG_TRUNC that is the full length of
/// a datagram, though no more than the pieces hold is written; on TCP the bytes are then discarded,
/// and `msg->len` is 0. -EMSGSIZE for more than 1024 pieces; else the error of recvmsg(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_recvmsg(s: sock_t, msg: *mut sock_msg, flags: c_int) -> i64 {
    let mut rest = None;
    // SAFETY: `msg` is NULL or valid, as the header demands.
    if let Some(plain) = unsafe { Plain::of(msg, |msg| msg.control_cap) } {
        // SAFETY: piece and room are valid for writing, as the header demands.
        let (data, room) =
            unsafe { (plain.data(), std::slice::from_raw_parts_mut(plain.control, plain.msg.control_cap)) };
        let mut got = message::Incoming::new(None, data, message::ControlBuffer::new(room));
        match message::try_receive(Id(s), &mut got, flags) {
            Ok(count) => {
                // SAFETY: `msg` is valid for writing, as the header demands.
                unsafe { &mut *msg }.receive(&got, Id(s), flags, count);
                return count;
            }
            Err(left) => rest = left,
        }
    }
    // SAFETY: as above.
    unsafe { recvmsg_on(s, msg, flags, rest) }
}

/// What the fast path of a receive left over, or the whole.
///
/// # Safety
/// As `sock_recvmsg`.
#[inline(never)]
unsafe fn recvmsg_on(s: sock_t, msg: *mut sock_msg, flags: c_int, rest: Option<Unfinished>) -> i64 {
    let rest = rest.map(|rest| transfer::take_first_result(Some(rest)));
    guard_bare(|| {
        // SAFETY: `msg` is NULL or valid, as the header demands.
        let given = *unsafe { arg::input(msg, "msg") }?;
        check_zero(&given)?;
        control_limit("control_cap", given.control_cap)?;
        // SAFETY: `iov` is NULL or valid for `iov_count` pieces, each writable, as the header demands.
        let data = unsafe { pieces(given.iov, given.iov_count) }?;
        // SAFETY: `control` is NULL or valid for `control_cap` bytes, as the header demands.
        let control = unsafe { arg::buffer(given.control, given.control_cap, "control") }?;
        let mut from = Address::NONE;
        let wanted = (!given.addr.is_null()).then_some(&mut from);
        let mut got = message::Incoming::new(wanted, data, message::ControlBuffer::new(control));
        let count = match rest {
            None => message::receive(Id(s), &mut got, flags),
            Some(first) => message::finish_receive(Id(s), &mut got, flags, first),
        }?;
        // SAFETY: as for reading it.
        unsafe { &mut *msg }.receive(&got, Id(s), flags, count);
        // SAFETY: `addr` is NULL or valid, as the header demands.
        if let Some(addr) = unsafe { arg::optional_output(given.addr) } {
            addr.write(from);
        }
        Ok(count)
    })
}

/// Sends descriptors with the first of some bytes, over an AF_UNIX socket.
///
/// `len`: at least 1 on a stream, if there are descriptors.
/// `fds`, `n`: the descriptors, 0 to 253. The receiver gets duplicates; these remain open and the
/// caller's.
/// `to`: the destination; NULL or the empty address sends to the connected peer.
/// Returns the number of bytes taken: if any were, the descriptors are sent. -EINVAL for a stream
/// without data; -EOPNOTSUPP for another family, which would drop the descriptors; -EBADF also for
/// a descriptor that is not open; -ETOOMANYREFS for too many in flight; else as `sock_sendmsg`. See
/// unix(7).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_send_fds(
    s: sock_t,
    buf: *const c_void,
    len: usize,
    fds: *const c_int,
    n: usize,
    flags: c_int,
    to: *const Address,
) -> i64 {
    guard_bare(|| {
        let piece = [IoVec { base: buf.cast_mut(), len }];
        // SAFETY: `buf` is NULL or valid for `len` bytes, as the header demands.
        let data = unsafe { one_piece(&piece, "buf") }?;
        // SAFETY: `fds` is NULL or valid for `n` numbers, as the header demands.
        let fds = unsafe { arg::list(fds, n, "fds") }?;
        // SAFETY: `to` is NULL or valid, as the header demands.
        let to = unsafe { to.as_ref() };
        if let Some(to) = to {
            address::check(to)?;
        }
        message::send_fds(Id(s), data, fds, flags, to)
    })
}

/// Receives bytes and descriptors.
///
/// `len`: at least 1 on a stream. `flags`: as for `sock_recvmsg`; with MSG_PEEK each call
/// duplicates the descriptors anew.
/// `fds`, `cap`: receive the descriptors, which are close-on-exec and which the caller closes with
/// close(2).
/// `n`: receives their number. Descriptors beyond `cap` are closed, as is a pidfd of SO_PASSPIDFD;
/// other control messages are dropped.
/// `from`: receives the sender; may be NULL.
/// `msg_flags`: receives the kernel's MSG_* flags, with MSG_CTRUNC if descriptors were lost; may be
/// NULL.
/// Returns the number of bytes received, as `sock_recvmsg`; a failure leaves no descriptor open.
/// See unix(7).
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn sock_recv_fds(
    s: sock_t,
    buf: *mut c_void,
    len: usize,
    fds: *mut c_int,
    cap: usize,
    n: *mut usize,
    flags: c_int,
    from: *mut Address,
    msg_flags: *mut c_int,
) -> i64 {
    guard_bare(|| {
        let piece = [IoVec { base: buf, len }];
        // SAFETY: `buf` is NULL or valid for writing `len` bytes, as the header demands.
        let data = unsafe { one_piece(&piece, "buf") }?;
        // SAFETY: `fds` is NULL or valid for `cap` numbers, as the header demands.
        let fds = unsafe { arg::places(fds, cap, "fds") }?;
        // SAFETY: `n` is NULL or valid, as the header demands.
        let n = unsafe { arg::output(n, "n") }?;
        let got = message::receive_fds(Id(s), data, fds, flags, !from.is_null())?;
        n.write(got.fds);
        // SAFETY: `from` is NULL or valid, as the header demands.
        if let Some(from) = unsafe { arg::optional_output(from) } {
            from.write(got.from);
        }
        // SAFETY: `msg_flags` is NULL or valid, as the header demands.
        if let Some(msg_flags) = unsafe { arg::optional_output(msg_flags) } {
            msg_flags.write(got.flags);
        }
        Ok(got.count)
    })
}

/// Data in one piece.
///
/// # Safety
/// As [`pieces`].
unsafe fn one_piece<'a, Access>(piece: &'a [IoVec; 1], field: &str) -> Result<Pieces<'a, Access>> {
    // SAFETY: only the pointer is looked at.
    unsafe { arg::bytes(piece[0].base, piece[0].len, field) }?;
    // SAFETY: this function's contract.
    Ok(unsafe { Pieces::new(piece, piece[0].len) })
}
