//! Servers: a listening socket in one call, by Python's rules (R189 to R193).

use super::address::{self, codec};
use super::error::{Code, Result};
use super::handle::{self, Id, Label, NoForkGuard};
use super::lookup;
use super::operation::Limits;
use super::socket;
use super::time::Nanos;
use super::{connection, mode};
use crate::sys::{self, AddrInfo, Address, Errno, FileId, Hints, OwnedFd, memory};
use libc::{AF_INET, AF_INET6, AF_UNIX, AF_UNSPEC, SOCK_STREAM, SOL_SOCKET};
use std::ffi::CString;

/// Python's: min(SOMAXCONN, 128).
const BACKLOG: i32 = 128;
const MODE_MAX: u32 = 0o7777;
/// How many free ports are tried that must be free at every address.
const PORT_TRIES: u32 = 32;

/// How to listen; 0 is the default of each.
#[derive(Clone, Copy, Default)]
pub struct Options {
    pub family: i32,
    pub backlog: i32,
    pub reuse_port: bool,
    pub dualstack: bool,
    pub remove_stale: bool,
    pub file_mode: u32,
    pub timeout: Nanos,
    pub deadline: Nanos,
    pub token: Id,
}

#[cold]
fn invalid(sentence: &str) -> Code {
    Code::errno(libc::EINVAL).because(format_args!("{sentence}"))
}

impl Options {
    fn check(&self, family: i32) -> Result<()> {
        let ip = family == AF_INET || family == AF_INET6 || family == AF_UNSPEC;
        if self.reuse_port && !ip {
            return Err(invalid("reuse_port: only for AF_INET and AF_INET6"));
        }
        if self.dualstack && family != AF_INET6 {
            return Err(invalid("dualstack: only for AF_INET6"));
        }
        if self.file_mode > MODE_MAX {
            return Err(invalid("file_mode: beyond 07777"));
        }
        if family != AF_UNIX && (self.file_mode != 0 || self.remove_stale) {
            return Err(invalid("file_mode, remove_stale: only for AF_UNIX"));
        }
        Ok(())
    }

    fn limits(&self) -> Result<Limits> {
        Limits::of(self.timeout, self.deadline, self.token)
    }
}

/// A listening socket on the first address of a host, of one family: AF_INET if none is given.
pub fn create(host: Option<&[u8]>, port: Option<&[u8]>, options: &Options) -> Result<Id> {
    let family = if options.family == AF_UNSPEC { AF_INET } else { options.family };
    options.check(family)?;
    let limits = options.limits()?;
    if family == AF_UNIX {
        return listen_at(&unix_address(host, port)?, AF_UNIX, 0, options);
    }
    let hints = Hints { family, socket_type: SOCK_STREAM, flags: libc::AI_PASSIVE, proto: 0 };
    let address = lookup::resolve(host, port, hints, limits)?;
    listen_at(&address, family, 0, options)
}

/// Listening sockets on every address of a host: `room` takes the handles.
pub fn create_all(
    host: Option<&[u8]>,
    port: Option<&[u8]>,
    options: &Options,
    room: usize,
) -> Result<Vec<Id>> {
    options.check(options.family)?;
    if options.family == AF_UNIX {
        return create(host, port, options).map(|id| vec![id]);
    }
    // Here the wildcard is that of every family. By way of "", because of an absent text valgrind would
    // otherwise see the length looked at.
    let host = host.unwrap_or_default();
    let host = (!host.is_empty()).then_some(host);
    let hints = Hints { family: options.family, socket_type: SOCK_STREAM, flags: libc::AI_PASSIVE, proto: 0 };
    let port = port.filter(|port| !port.is_empty()).unwrap_or(b"0");
    let found = connection::addresses_for(host, Some(port), hints, options.limits()?)?;
    if found.len() > room {
        return Err(Code::errno(libc::ENOBUFS)
            .because(format_args!("cap: the host has {} addresses, there is room for {room}", found.len())));
    }
    let mut made = Vec::new();
    memory::reserve(&mut made, found.len())?;
    let mut tries = PORT_TRIES;
    loop {
        tries -= 1;
        let listened =
            found.iter().try_fold(None, |failed, found| listen_on(found, failed, &mut made, options));
        let code = match listened {
            Ok(failed) if made.is_empty() => return Err(failed.unwrap_or(Code::EAI_NODATA)),
            Ok(_) => return Ok(made),
            Err(code) => code,
        };
        // The kernel chose a port that is free at the first address, and it is taken at another.
        let chosen = !made.is_empty() && address::get_ip(&found[0].address).is_ok_and(|ip| ip.port() == 0);
        let code = made.drain(..).fold(code, |code, id| handle::abandon(id, code));
        if !(chosen && code == Code::errno(libc::EADDRINUSE) && tries > 0) {
            return Err(code);
        }
    }
}

/// One of several listeners. A family that this machine lacks is not a failure if another one works.
fn listen_on(
    found: &AddrInfo,
    failed: Option<Code>,
    made: &mut Vec<Id>,
    options: &Options,
) -> Result<Option<Code>> {
    let mut at = found.address;
    if let (Some(first), 0) = (made.first(), address::get_ip(&at)?.port()) {
        // A free port was asked for: the same one for all.
        let mut fields = address::get_ip(&at)?;
        fields.set_port(address::get_ip(&socket::getsockname(*first)?)?.port());
        at = codec::ip::native(&fields).into();
    }
    match listen_at(&at, found.family, found.proto, options) {
        Ok(id) => made.push(id),
        Err(code) if [libc::EAFNOSUPPORT, libc::EADDRNOTAVAIL].contains(&-code.raw()) => {
            return Ok(Some(code));
        }
        Err(code) => return Err(code),
    }
    Ok(failed)
}

/// The address of a path, or of an abstract name after an `@`: what follows `unix:` in texts.
fn unix_address(path: Option<&[u8]>, port: Option<&[u8]>) -> Result<Address> {
    if port.is_some_and(|port| !port.is_empty()) {
        return Err(invalid("port: an AF_UNIX address has none"));
    }
    let path = path.unwrap_or_default();
    address::parse(&[b"unix:", path].concat())
}

/// Makes a socket, binds it and has it listen. Nothing is left of one that fails.
fn listen_at(at: &Address, family: i32, proto: i32, options: &Options) -> Result<Id> {
    handle::watch_forks()?;
    let no_fork = NoForkGuard::enter();
    let fd = sys::socket(family, SOCK_STREAM, proto)?;
    let path = path_of(at, family)?;
    let bound = prepare(&fd, family, options).and_then(|()| bind(&fd, at, path.as_ref(), options));
    let file = bound.map_err(|code| failed_at(code, at))?;
    let discard = |code| {
        if let Some(path) = &path {
            unlink_if_same(path, file);
        }
        failed_at(code, at)
    };
    let backlog = if options.backlog == 0 { BACKLOG } else { options.backlog };
    if let Err(error) = sys::listen(sys::number(&fd), backlog.max(0)) {
        return Err(discard(error.into()));
    }
    let label = Label { family, socket_type: SOCK_STREAM, proto };
    let opened = socket::open(fd, label, mode::default_timeout());
    drop(no_fork);
    opened.map(|(id, _)| id).map_err(discard)
}

/// Removes the file at a path unless it is another one by now. The kernel has no call that compares and
/// unlinks at once: a file that is replaced between these two calls is still removed. `file` proves something
/// only as long as its file exists: a bound socket and an open descriptor keep it in existence.
fn unlink_if_same(path: &CString, file: Option<FileId>) -> bool {
    file.is_some() && sys::socket_file_at(path) == file && sys::unlink(path).is_ok()
}

/// R192: the sentence names the address.
#[cold]
fn failed_at(code: Code, at: &Address) -> Code {
    let text = address::format(at).map(|text| String::from_utf8_lossy(text.bytes()).into_owned());
    let why = super::error::text(code.raw().into()).to_string_lossy();
    code.because(format_args!("{}: {why}", text.unwrap_or_default()))
}

fn switch(fd: &OwnedFd, level: i32, name: i32, on: bool) -> Result<()> {
    Ok(sys::setsockopt(sys::number(fd), level, name, &i32::from(on).to_ne_bytes())?)
}

fn prepare(fd: &OwnedFd, family: i32, options: &Options) -> Result<()> {
    // R189: what fails here shows in bind.
    let _ = sys::prepare_listener(sys::number(fd));
    if options.reuse_port {
        switch(fd, SOL_SOCKET, libc::SO_REUSEPORT, true)?;
    }
    if family == AF_INET6 {
        switch(fd, libc::IPPROTO_IPV6, libc::IPV6_V6ONLY, !options.dualstack)?;
    }
    if options.file_mode != 0 {
        sys::set_mode(fd, options.file_mode)?;
    }
    Ok(())
}

/// Binds, and returns the socket file of a path. Somebody who replaces the file between bind and the look at
/// it passes for us; nothing but the path leads from a socket to its file.
fn bind(fd: &OwnedFd, at: &Address, path: Option<&CString>, options: &Options) -> Result<Option<FileId>> {
    let number = sys::number(fd);
    match (sys::bind(number, at), path) {
        (Err(Errno(libc::EADDRINUSE)), Some(path)) if options.remove_stale && remove_stale(at, path) => {
            sys::bind(number, at)?;
        }
        (result, _) => result?,
    }
    let Some(path) = path else { return Ok(None) };
    let file = sys::socket_file_at(path);
    if options.file_mode != 0 {
        // The file was born with what the umask left of the mode: never more than was asked for. A path that
        // is no socket any more, such as a symbolic link, is not ours to change.
        let changed = match file {
            Some(_) => sys::change_mode(path, options.file_mode),
            None => Err(Errno(libc::EADDRINUSE)),
        };
        changed.inspect_err(|_| {
            unlink_if_same(path, file);
        })?;
    }
    Ok(file)
}

/// The path of an AF_UNIX address; none of an abstract or unnamed one.
fn path_of(at: &Address, family: i32) -> Result<Option<CString>> {
    if family != AF_UNIX {
        return Ok(None);
    }
    match address::get_unix(at)? {
        [] | [0, ..] => Ok(None),
        path => CString::new(path).map(Some).map_err(|_| invalid("host: a NUL inside a path")),
    }
}

/// Removes the socket file of a server that is gone: one that refuses a connection. A server that has bound
/// its path and does not listen yet refuses too, so two must not start at the same path at once; one that has
/// replaced the file since it was probed is left alone.
fn remove_stale(at: &Address, path: &CString) -> bool {
    let Some((_held, stale)) = sys::hold_socket_file(path) else { return false };
    let Ok(probe) = sys::socket(AF_UNIX, SOCK_STREAM, 0) else { return false };
    sys::connect(sys::number(&probe), at) == Err(Errno(libc::ECONNREFUSED))
        && unlink_if_same(path, Some(stale))
}
