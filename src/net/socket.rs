//! Making sockets, and what is one system call on them.

use super::error::{Code, Result};
use super::handle::{self, Kind, Section, Slot, use_socket};
use super::{address, family as families, mode, operation, option};
use crate::sys::{self, Address};
use libc::{SOCK_CLOEXEC, SOCK_NONBLOCK};
use std::os::fd::OwnedFd;
use std::sync::atomic::Ordering;

const FLAGS: i32 = SOCK_NONBLOCK | SOCK_CLOEXEC;

/// The three numbers that say what a socket is.
#[derive(Clone, Copy)]
pub struct Label {
    pub family: i32,
    pub socket_type: i32,
    pub proto: i32,
}

impl Label {
    /// The label of a handle.
    pub fn of(slot: &Slot) -> Label {
        Label {
            family: slot.family.load(Ordering::Relaxed),
            socket_type: slot.socket_type.load(Ordering::Relaxed),
            proto: slot.proto.load(Ordering::Relaxed),
        }
    }

    /// What the caller asked for, with Python's defaults for -1 (R1), and without the flags.
    fn wanted(family: i32, socket_type: i32, proto: i32) -> Label {
        let or = |given, default| if given == -1 { default } else { given };
        Label {
            family: or(family, libc::AF_INET),
            socket_type: or(socket_type, libc::SOCK_STREAM) & !FLAGS,
            proto: or(proto, 0),
        }
    }
}

/// Opens the handle of a descriptor that libsock made: O_NONBLOCK, its number not yet seen.
pub fn open(fd: OwnedFd, label: Label, timeout: i64) -> Result<(i64, &'static Slot)> {
    let (id, slot) = handle::open(Kind::Socket, fd)?;
    slot.family.store(label.family, Ordering::Relaxed);
    slot.socket_type.store(label.socket_type, Ordering::Relaxed);
    slot.proto.store(label.proto, Ordering::Relaxed);
    slot.send_flags.store(send_flags(label.family), Ordering::Relaxed);
    slot.timeout.store(timeout, Ordering::Relaxed);
    slot.guarded.lock().nonblock = true;
    Ok((id, slot))
}

/// No SIGPIPE and no sleep in the kernel. RDS and QIPCRTR refuse flags that they do not know, and have no
/// pipe to break.
fn send_flags(family: i32) -> i32 {
    let strict = family == libc::AF_RDS || family == families::qipcrtr::AF_QIPCRTR;
    let quiet = if strict { 0 } else { libc::MSG_NOSIGNAL };
    quiet | libc::MSG_DONTWAIT
}

/// SOCK_NONBLOCK wins over the default timeout (R4, R5).
fn first_timeout(socket_type: i32) -> i64 {
    if socket_type != -1 && socket_type & SOCK_NONBLOCK != 0 { 0 } else { mode::default_timeout() }
}

/// socket(2).
pub fn create(family: i32, socket_type: i32, proto: i32) -> Result<i64> {
    let label = Label::wanted(family, socket_type, proto);
    handle::start()?;
    let _section = Section::enter();
    let fd = sys::socket(label.family, label.socket_type, label.proto)?;
    Ok(open(fd, label, first_timeout(socket_type))?.0)
}

/// socketpair(2); the family of -1 is AF_UNIX (R19).
pub fn create_pair(family: i32, socket_type: i32, proto: i32) -> Result<[i64; 2]> {
    let family = if family == -1 { libc::AF_UNIX } else { family };
    let label = Label::wanted(family, socket_type, proto);
    handle::start()?;
    let section = Section::enter();
    let (a, b) = sys::socketpair(label.family, label.socket_type, label.proto)?;
    let timeout = first_timeout(socket_type);
    let (first, _) = open(a, label, timeout)?;
    let second = open(b, label, timeout);
    drop(section);
    let (second, _) = second.map_err(|code| handle::abandon(first, code))?;
    Ok([first, second])
}

/// Takes a descriptor over, whose number the caller has seen. -1 detects (R9 to R13). On failure
/// the caller still owns it, unchanged.
pub fn adopt(fd: i32, family: i32, socket_type: i32, proto: i32) -> Result<i64> {
    if fd < 0 {
        return Err(Code::errno(libc::EBADF).because(format_args!("fd: {fd} is negative")));
    }
    let detect = |name| sys::getsockopt_int(fd, libc::SOL_SOCKET, name);
    let domain = detect(libc::SO_DOMAIN)?;
    let found = Label {
        family: if family == -1 { domain } else { family },
        socket_type: if socket_type == -1 { detect(libc::SO_TYPE)? } else { socket_type & !FLAGS },
        proto: if proto == -1 { detect(libc::SO_PROTOCOL).unwrap_or(0) } else { proto },
    };
    let nonblock = sys::nonblock(fd)?;
    let receive_limit = option::kernel_limit(fd, libc::SO_RCVTIMEO);
    let send_limit = option::kernel_limit(fd, libc::SO_SNDTIMEO);
    // The flag is left alone: the handle waits by itself whether it is on or off.
    let (id, slot) = handle::adopt(Kind::Socket, fd)?;
    slot.family.store(found.family, Ordering::Relaxed);
    slot.socket_type.store(found.socket_type, Ordering::Relaxed);
    slot.proto.store(found.proto, Ordering::Relaxed);
    slot.send_flags.store(send_flags(domain), Ordering::Relaxed);
    slot.timeout.store(first_timeout(socket_type), Ordering::Relaxed);
    slot.receive_limit.store(receive_limit, Ordering::Relaxed);
    slot.send_limit.store(send_limit, Ordering::Relaxed);
    let mut guarded = slot.guarded.lock();
    guarded.seen = true;
    guarded.nonblock = nonblock;
    Ok(id)
}

/// A second handle of the same open file description: same label and timeout (R17).
pub fn duplicate(id: i64) -> Result<i64> {
    let pin = use_socket(id)?;
    let slot = pin.slot();
    let mut guarded = slot.guarded.lock();
    let fd = mode::expose(slot, &mut guarded)?;
    let _section = Section::enter();
    let copy = sys::duplicate(fd)?;
    guarded.duplicated = true;
    let nonblock = guarded.nonblock;
    drop(guarded);
    let (new, twin) = open(copy, Label::of(slot), slot.timeout.load(Ordering::Relaxed))?;
    twin.receive_limit.store(slot.receive_limit.load(Ordering::Relaxed), Ordering::Relaxed);
    twin.send_limit.store(slot.send_limit.load(Ordering::Relaxed), Ordering::Relaxed);
    let mut guarded = twin.guarded.lock();
    guarded.seen = true;
    guarded.duplicated = true;
    guarded.nonblock = nonblock;
    Ok(new)
}

/// The descriptor's number; it still belongs to the handle.
pub fn fileno(id: i64) -> Result<i32> {
    let pin = operation::pin_limited(id)?;
    if pin.slot().word().is_kind(Kind::Operation) {
        return Ok(pin.fd());
    }
    let mut guarded = pin.slot().guarded.lock();
    mode::expose(pin.slot(), &mut guarded)
}

/// The descriptor's number alone: it stays unseen.
pub fn peek_fileno(id: i64) -> Result<i32> {
    Ok(use_socket(id)?.fd())
}

/// Gives the descriptor back and ends the handle.
pub fn detach(id: i64) -> Result<i32> {
    drop(use_socket(id)?);
    handle::detach(id, |slot| {
        // It fails only when the program has closed the descriptor already; the number is its own.
        let _ = mode::expose(slot, &mut slot.guarded.lock());
    })
}

/// The label of a handle.
pub fn label(id: i64) -> Result<Label> {
    Ok(Label::of(use_socket(id)?.slot()))
}

/// bind(2), once (R133).
pub fn bind(id: i64, address: &Address) -> Result<i32> {
    let pin = use_socket(id)?;
    families::check(&pin, address)?;
    sys::bind(pin.fd(), address).map_err(|errno| families::explain(id, address, errno.into()))?;
    Ok(0)
}

/// listen(2); a negative backlog is 0 (R134).
pub fn listen(id: i64, backlog: i32) -> Result<i32> {
    sys::listen(use_socket(id)?.fd(), backlog.max(0))?;
    Ok(0)
}

/// shutdown(2) (R136).
pub fn shutdown(id: i64, how: i32) -> Result<i32> {
    sys::shutdown(use_socket(id)?.fd(), how)?;
    Ok(0)
}

/// getsockname(2) (R143).
pub fn getsockname(id: i64) -> Result<Address> {
    // Freed of padding: AF_PACKET tells no more than its hardware address fills.
    address::from_native(sys::getsockname(use_socket(id)?.fd())?.bytes())
}

/// getpeername(2) (R143).
pub fn getpeername(id: i64) -> Result<Address> {
    Ok(sys::getpeername(use_socket(id)?.fd())?)
}

/// Whether the descriptor survives exec (R25).
pub fn inheritable(id: i64) -> Result<i32> {
    Ok(sys::inheritable(use_socket(id)?.fd())?.into())
}

/// Lets the descriptor survive exec, or not (R25). A program that inherits it sees the flag.
pub fn set_inheritable(id: i64, on: bool) -> Result<i32> {
    let pin = use_socket(id)?;
    let mut guarded = pin.slot().guarded.lock();
    if on {
        mode::expose(pin.slot(), &mut guarded)?;
    }
    sys::set_inheritable(pin.fd(), on)?;
    Ok(0)
}
