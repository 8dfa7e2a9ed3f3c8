//! One attempt of a dial: a socket on its way to one address.

use crate::net::error::{Code, Result};
use crate::net::handle::Label;
use crate::net::time::Nanos;
use crate::sys::{self, AddrInfo, Address, Errno, PollFd};
use libc::{EINPROGRESS, EINTR, EISCONN, POLLERR, POLLHUP, POLLOUT, SOL_SOCKET};
use std::os::fd::OwnedFd;

/// How far an attempt got.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[repr(i32)]
pub enum Phase {
    /// The name of one family was looked up.
    Lookup = 1,
    /// The socket was made.
    Socket = 2,
    /// Its options were set and it was bound to the source address.
    Bind = 3,
    /// It was on its way.
    Connect = 4,
    /// It is there.
    Connected = 5,
}

/// What is known of an attempt, also after its end.
#[derive(Clone, Copy)]
pub struct Attempt {
    pub address: Address,
    pub phase: Phase,
    /// 0 while it is under way, and of the winner.
    pub code: i32,
    pub start: Nanos,
    /// 0 while it is under way.
    pub end: Nanos,
}

impl Attempt {
    /// How far it got: the phase, and where that says nothing, whether the other end has answered, or
    /// nobody, or it never left this machine.
    fn reach(&self) -> (Phase, u8) {
        let answered = match -self.code {
            libc::ECONNREFUSED | libc::ECONNRESET | libc::EACCES | libc::EPERM => 3,
            libc::ETIMEDOUT => 2,
            _ if self.code == Code::TIMED_OUT.raw() => 2,
            libc::EHOSTUNREACH => 1,
            _ => 0,
        };
        (self.phase, answered)
    }
}

/// The code of the attempt that got furthest; of several, the last, as in Python.
pub fn furthest(attempts: &[Attempt]) -> Option<Code> {
    let failed = attempts.iter().filter(|record| record.code != 0);
    failed.max_by_key(|record| record.reach()).map(|record| Code::from_raw(record.code))
}

/// How the sockets of a dial are made.
#[derive(Clone, Copy)]
pub struct SocketSetup {
    pub source: Option<Address>,
    pub fast_open: bool,
}

/// A socket under way.
pub struct InFlight {
    pub fd: OwnedFd,
    pub label: Label,
    /// Which record is its own.
    pub attempt: usize,
    /// When it is given up.
    pub end: Nanos,
}

/// What became of the beginning.
pub enum Started {
    Connected(OwnedFd, Label),
    UnderWay(OwnedFd, Label),
    Failed(Phase, Code),
}

/// Makes a socket and sends it on its way.
pub fn begin(to: &AddrInfo, setup: &SocketSetup) -> Started {
    let label = Label { family: to.family, socket_type: to.socket_type, proto: to.proto };
    let fd = match sys::socket(label.family, label.socket_type, label.proto) {
        Ok(fd) => fd,
        Err(error) => return Started::Failed(Phase::Socket, error.into()),
    };
    if let Err(code) = prepare(&fd, setup) {
        return Started::Failed(Phase::Bind, code);
    }
    match sys::connect(sys::number(&fd), &to.address) {
        Ok(()) => Started::Connected(fd, label),
        Err(Errno(EINPROGRESS | EINTR)) => Started::UnderWay(fd, label),
        Err(error) => Started::Failed(Phase::Connect, error.into()),
    }
}

fn prepare(fd: &OwnedFd, setup: &SocketSetup) -> Result<()> {
    let number = sys::number(fd);
    if setup.fast_open {
        sys::set_fast_open(number)?;
    }
    if let Some(source) = &setup.source {
        sys::bind(number, source)?;
    }
    Ok(())
}

/// How an attempt under way stands now: `None` while it is.
pub fn outcome(attempt: &InFlight) -> Option<Result<()>> {
    let mut fds = [PollFd::new(sys::number(&attempt.fd), POLLOUT)];
    let found = match sys::poll(&mut fds, Some(0)) {
        Ok(1) => fds[0].found(),
        _ => return None,
    };
    if found & (POLLERR | POLLHUP) == 0 && found & POLLOUT != 0 {
        return Some(Ok(()));
    }
    match sys::getsockopt_int(sys::number(&attempt.fd), SOL_SOCKET, libc::SO_ERROR) {
        Ok(0 | EISCONN) if found & POLLOUT != 0 => Some(Ok(())),
        Ok(0) => None,
        Ok(errno) | Err(Errno(errno)) => Some(Err(Code::errno(errno))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(phase: Phase, code: i32) -> Attempt {
        Attempt { address: Address::NONE, phase, code, start: Nanos(0), end: Nanos(1) }
    }

    #[test]
    fn the_code_is_that_of_the_attempt_that_got_furthest() {
        use Phase::{Bind, Connect, Lookup};
        let refused = record(Connect, -libc::ECONNREFUSED);
        let timed_out = record(Connect, Code::TIMED_OUT.raw());
        let unreachable = record(Connect, -libc::ENETUNREACH);
        let no_name = record(Lookup, Code::EAI_NONAME.raw());
        let bound = record(Bind, -libc::EADDRNOTAVAIL);
        let of = |attempts: &[Attempt]| furthest(attempts).map(Code::raw);
        assert_eq!(of(&[refused, unreachable, no_name, bound]), Some(-libc::ECONNREFUSED));
        assert_eq!(of(&[unreachable, timed_out]), Some(Code::TIMED_OUT.raw()));
        assert_eq!(of(&[unreachable, no_name, bound]), Some(-libc::ENETUNREACH));
        assert_eq!(of(&[no_name, bound]), Some(-libc::EADDRNOTAVAIL));
        assert_eq!(of(&[record(Connect, 0)]), None);
        let other = record(Connect, -libc::ENETDOWN);
        assert_eq!(of(&[unreachable, other]), Some(-libc::ENETDOWN), "the last of equals");
    }
}
