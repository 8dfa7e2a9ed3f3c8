//! One attempt of a dial: a socket on its way to one address.

use crate::net::address;
use crate::net::error::{Code, Result};
use crate::net::handle::Label;
use crate::net::time::Nanos;
use crate::sys::{self, AddrInfo, Address, Errno, LooseSocket, OwnedFd};
use libc::{
    EADDRINUSE, EADDRNOTAVAIL, EALREADY, ECONNREFUSED, EINPROGRESS, EINTR, EISCONN, EMFILE, ENFILE, ENOBUFS,
    ENOMEM, SO_REUSEADDR, SOL_SOCKET,
};

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
    /// It is connected.
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
    /// no one, or it never left this machine.
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

impl SocketSetup {
    /// Whether the sockets of all attempts have one and the same port.
    fn fixes_port(&self) -> bool {
        self.source.is_some_and(|source| address::get_ip(&source).is_ok_and(|source| source.port() != 0))
    }
}

/// A socket under way.
pub struct InFlight {
    pub fd: LooseSocket,
    pub to: AddrInfo,
    pub label: Label,
    /// Which record is its own.
    pub attempt: usize,
    /// When it is given up.
    pub end: Nanos,
}

impl InFlight {
    /// As [`ask`], unless the program has closed the socket.
    pub fn ask(&self, setup: &SocketSetup) -> Option<Result<()>> {
        let gone =
            || Err(Code::errno(libc::EBADF).because(format_args!("the program has closed the socket")));
        if self.fd.is_same() { ask(self.fd.number(), &self.to.address, setup) } else { Some(gone()) }
    }
}

/// What became of the beginning.
pub enum Started {
    Connected(OwnedFd, Label),
    UnderWay(LooseSocket, Label),
    Failed(Phase, Code),
}

/// Makes a socket and sends it on its way.
pub fn begin(to: &AddrInfo, setup: &SocketSetup) -> Started {
    let label = Label { family: to.family, socket_type: to.socket_type, proto: to.proto };
    let fd = match sys::socket(label.family, label.socket_type, label.proto) {
        Ok(fd) => fd,
        Err(error) => return Started::Failed(Phase::Socket, error.into()),
    };
    if let Err(code) = prepare(sys::number(&fd), setup) {
        return Started::Failed(Phase::Bind, code);
    }
    // Over loopback the outcome is known at once.
    let number = sys::number(&fd);
    match ask(number, &to.address, setup).or_else(|| ask(number, &to.address, setup)) {
        Some(Ok(())) => Started::Connected(fd, label),
        None => Started::UnderWay(LooseSocket::new(fd), label),
        Some(Err(code)) => Started::Failed(Phase::Connect, code),
    }
}

fn prepare(fd: i32, setup: &SocketSetup) -> Result<()> {
    if setup.fast_open {
        sys::set_fast_open(fd)?;
    }
    if let Some(source) = &setup.source {
        // Attempts to several addresses share the port; connect(2) keeps them apart.
        share_port(fd, setup, true)?;
        sys::bind(fd, source)?;
    }
    Ok(())
}

fn share_port(fd: i32, setup: &SocketSetup, on: bool) -> Result<()> {
    if setup.fixes_port() {
        sys::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &i32::from(on).to_ne_bytes())?;
    }
    Ok(())
}

/// Starts an attempt, or asks for its outcome: `None` while it is under way. connect(2) itself knows, and brings
/// the kernel's state of the socket up to date.
fn ask(fd: i32, to: &Address, setup: &SocketSetup) -> Option<Result<()>> {
    match sys::connect(fd, to) {
        Ok(()) | Err(Errno(EISCONN)) if is_own_end(fd, to, setup) => {
            // Nobody listens: the kernel chose the very port as the source. A reset keeps the connection out of
            // TIME_WAIT, where it would keep a server from this port for a minute.
            let _ = sys::reset_on_close(fd);
            let why = format_args!("host: nobody listens, and the socket was connected to itself");
            Some(Err(Code::errno(ECONNREFUSED).because(why)))
        }
        Ok(()) | Err(Errno(EISCONN)) => Some(share_port(fd, setup, false)),
        Err(Errno(EALREADY | EINPROGRESS | EINTR)) => None,
        Err(error) => Some(Err(error.into())),
    }
}

/// Whether both ends of a connection are the same socket. A caller who fixes the port may want that.
fn is_own_end(fd: i32, to: &Address, setup: &SocketSetup) -> bool {
    let ip = |address: sys::Result<Address>| address::get_ip(&address.ok()?).ok();
    let (Some(to), Some(local)) = (ip(Ok(*to)), ip(sys::getsockname(fd))) else { return false };
    local.port() == to.port()
        && !setup.fixes_port()
        && ip(sys::getpeername(fd)).is_some_and(|peer| peer.ip() == local.ip() && peer.port() == local.port())
}

/// Whether an attempt failed for lack of what other attempts of the dial may hold.
pub fn is_held_up(code: Code) -> bool {
    [EADDRINUSE, EADDRNOTAVAIL, EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(&-code.raw())
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
