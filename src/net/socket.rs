//! Making sockets, and what is one system call on them.

use super::error::{Code, Result};
use super::family::{Use, check, explain};
use super::handle::{self, Id, Kind, Label, NoForkGuard, Slot, pin_limited, pin_socket};
use super::time::Nanos;
use super::{address, kernel_limit, mode, option};
use crate::sys::{self, Address, OwnedFd};
use std::mem::MaybeUninit;

/// What the caller asked for, with Python's defaults for -1 (R1), and without the flags.
fn requested(family: i32, socket_type: i32, proto: i32) -> Label {
    let or = |given, default| if given == -1 { default } else { given };
    Label {
        family: or(family, libc::AF_INET),
        socket_type: or(socket_type, libc::SOCK_STREAM) & !sys::TYPE_FLAGS,
        proto: or(proto, 0),
    }
}

/// Opens the handle of a descriptor that libsock made: O_NONBLOCK, its number not yet exposed, and made under a
/// [`NoForkGuard`] that lives.
pub fn open(fd: OwnedFd, label: Label, timeout: Nanos) -> Result<(Id, &'static Slot)> {
    let (id, slot) = handle::open(Kind::Socket, fd)?;
    slot.set_label(label, sys::send_flags(label.family));
    slot.set_timeout(timeout);
    Ok((id, slot))
}

/// SOCK_NONBLOCK wins over the default timeout (R4, R5).
fn first_timeout(socket_type: i32) -> Nanos {
    if sys::wants_nonblock(socket_type) { Nanos::ZERO } else { mode::default_timeout() }
}

/// socket(2).
pub fn create(family: i32, socket_type: i32, proto: i32) -> Result<Id> {
    let label = requested(family, socket_type, proto);
    handle::watch_forks()?;
    let _no_fork = NoForkGuard::enter();
    let fd = sys::socket(label.family, label.socket_type, label.proto)?;
    Ok(open(fd, label, first_timeout(socket_type))?.0)
}

/// socketpair(2); the family of -1 is AF_UNIX (R19).
pub fn create_pair(family: i32, socket_type: i32, proto: i32) -> Result<[Id; 2]> {
    let family = if family == -1 { libc::AF_UNIX } else { family };
    let label = requested(family, socket_type, proto);
    handle::watch_forks()?;
    let no_fork = NoForkGuard::enter();
    let (a, b) = sys::socketpair(label.family, label.socket_type, label.proto)?;
    let timeout = first_timeout(socket_type);
    let (first, _) = open(a, label, timeout)?;
    let second = open(b, label, timeout);
    drop(no_fork);
    let (second, _) = second.map_err(|code| handle::abandon(first, code))?;
    Ok([first, second])
}

/// Takes a descriptor over, whose number the caller has seen. -1 detects (R9 to R13). On failure
/// the caller still owns it, unchanged.
pub fn adopt(fd: i32, family: i32, socket_type: i32, proto: i32) -> Result<Id> {
    if fd < 0 {
        return Err(Code::errno(libc::EBADF).because(format_args!("fd: {fd} is negative")));
    }
    let domain = sys::domain(fd)?;
    let detect_type = || sys::getsockopt_int(fd, libc::SOL_SOCKET, libc::SO_TYPE);
    let found =
        Label { family: domain, socket_type: detect_type()?, proto: sys::socket_protocol(fd).unwrap_or(0) };
    let called = Label {
        family: if family == -1 { found.family } else { family },
        socket_type: if socket_type == -1 { found.socket_type } else { socket_type & !sys::TYPE_FLAGS },
        proto: if proto == -1 { found.proto } else { proto },
    };
    let lingers = option::lingers(fd);
    // The flag is left alone: the handle waits by itself whether it is on or off.
    let (id, slot) = handle::adopt(Kind::Socket, fd)?;
    // The calls go by what the socket is; what it is called is the caller's.
    slot.set_label(found, sys::send_flags(domain));
    slot.set_timeout(first_timeout(socket_type));
    slot.set_unsure();
    kernel_limit::learn(slot);
    if lingers {
        slot.set_may_linger();
    }
    slot.lock().set_label(slot, called);
    slot.set_visible();
    sys::take_over(fd);
    Ok(id)
}

/// A second handle of the same open file description: same label and timeout (R17).
pub fn duplicate(id: Id) -> Result<Id> {
    let pin = pin_socket(id)?;
    let slot = pin.slot();
    let fd = mode::expose(slot)?;
    slot.set_unsure();
    let called = slot.lock().label(slot);
    let _no_fork = NoForkGuard::enter();
    let copy = sys::duplicate(fd)?;
    let (new, twin) = open(copy, Label::of(slot), slot.timeout())?;
    twin.copy_kernel_limits(slot);
    twin.lock().set_label(twin, called);
    twin.set_unsure();
    twin.set_visible();
    Ok(new)
}

/// The descriptor's number; it still belongs to the handle.
pub fn fileno(id: Id) -> Result<i32> {
    let pin = pin_limited(id)?;
    if pin.slot().word().is_kind(Kind::Operation) {
        return Ok(pin.fd());
    }
    mode::expose(pin.slot())
}

/// The descriptor's number alone: it stays unexposed.
pub fn peek_fileno(id: Id) -> Result<i32> {
    Ok(pin_socket(id)?.fd())
}

/// Gives the descriptor back and ends the handle.
pub fn detach(id: Id) -> Result<i32> {
    drop(pin_socket(id)?);
    handle::detach(id, mode::hand_back)
}

/// The label of a handle.
pub fn label(id: Id) -> Result<Label> {
    let pin = pin_socket(id)?;
    Ok(pin.slot().lock().label(pin.slot()))
}

/// WSAIoctl (R204): how many bytes the system wrote.
pub fn ioctl(id: Id, request: u32, input: &[u8], output: &mut [MaybeUninit<u8>]) -> Result<usize> {
    Ok(sys::ioctl(pin_socket(id)?.fd(), request, input, output)?)
}

/// What another process needs to have the same socket (R205).
pub fn share(id: Id, process: i64) -> Result<[u8; sys::SHARE_SIZE]> {
    let pin = pin_socket(id)?;
    let process = u32::try_from(process).map_err(|_| {
        let most = u32::MAX;
        Code::errno(libc::EINVAL).because(format_args!("process: {process} is not within 0 to {most}"))
    })?;
    let mut bytes = [0; sys::SHARE_SIZE];
    sys::share(pin.fd(), process, &mut bytes)?;
    pin.slot().set_unsure();
    Ok(bytes)
}

/// The socket that another process has shared (R15, R205): in blocking mode, whatever the default timeout is.
pub fn from_share(bytes: &[u8]) -> Result<Id> {
    let Ok(bytes) = bytes.try_into() else {
        let (len, size) = (bytes.len(), sys::SHARE_SIZE);
        return Err(Code::errno(if size == 0 { libc::EOPNOTSUPP } else { libc::EINVAL })
            .because(format_args!("len: {len} is not {size}, the size of what sock_share writes")));
    };
    let _no_fork = NoForkGuard::enter();
    let fd = sys::from_share(bytes)?;
    let number = sys::number(&fd);
    let socket_type = sys::getsockopt_int(number, libc::SOL_SOCKET, libc::SO_TYPE)?;
    let (family, proto) = (sys::domain(number)?, sys::socket_protocol(number)?);
    let (id, slot) = open(fd, Label { family, socket_type, proto }, Nanos::FOREVER)?;
    kernel_limit::learn(slot);
    slot.set_unsure();
    Ok(id)
}

/// bind(2), once (R133).
pub fn bind(id: Id, address: &Address) -> Result<i32> {
    let pin = pin_socket(id)?;
    check(&pin, address)?;
    sys::bind(pin.fd(), address).map_err(|errno| explain(id, address, Use::Bind, errno.into()))?;
    Ok(0)
}

/// listen(2); a negative backlog is 0 (R134).
pub fn listen(id: Id, backlog: i32) -> Result<i32> {
    sys::listen(pin_socket(id)?.fd(), backlog.max(0))?;
    Ok(0)
}

/// shutdown(2) (R136).
pub fn shutdown(id: Id, how: i32) -> Result<i32> {
    sys::shutdown(pin_socket(id)?.fd(), how)?;
    Ok(0)
}

/// getsockname(2) (R143).
pub fn getsockname(id: Id) -> Result<Address> {
    // Without padding: AF_PACKET reports only what its hardware address fills.
    address::from_native(sys::getsockname(pin_socket(id)?.fd())?.bytes())
}

/// getpeername(2) (R143).
pub fn getpeername(id: Id) -> Result<Address> {
    Ok(sys::getpeername(pin_socket(id)?.fd())?)
}

/// Whether the descriptor survives exec (R25).
pub fn inheritable(id: Id) -> Result<i32> {
    Ok(sys::inheritable(pin_socket(id)?.fd())?.into())
}

/// Lets the descriptor survive exec, or not (R25). A program that inherits it sees the flag.
pub fn set_inheritable(id: Id, on: bool) -> Result<i32> {
    let pin = pin_socket(id)?;
    if on {
        mode::expose(pin.slot())?;
    }
    sys::set_inheritable(pin.fd(), on)?;
    Ok(0)
}
