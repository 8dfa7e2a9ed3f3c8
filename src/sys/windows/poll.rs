//! Waits for sockets and event objects, with nanoseconds kept by the clock.

use super::afd::{Request, State};
use super::event::is_object;
use super::fd::{handle_of, socket_of};
use super::ret::last_errno;
use super::thread::pause;
use crate::sys::{Errno, Result, memory, now};
use libc::{POLLERR, POLLHUP, POLLIN, POLLNVAL, POLLOUT, POLLPRI};
use windows_sys::Win32::Foundation::{HANDLE, WAIT_FAILED, WAIT_OBJECT_0, WAIT_TIMEOUT};
use windows_sys::Win32::Networking::WinSock::{WSAPOLLFD, WSAPoll};
use windows_sys::Win32::System::Threading::{WaitForMultipleObjects, WaitForSingleObject};

/// The peer sends no more. Winsock has no such event: POLLHUP alone says it.
pub const POLLRDHUP: i16 = 0x2000;

const MILLISECOND: i64 = 1_000_000;
/// The longest that one call sleeps.
const LONGEST: i64 = 1 << 30;
/// How long a call sleeps that the events it is to end with cannot wake.
const SLICE: i64 = 5 * MILLISECOND;
/// In a longer list no socket is twice.
const FEW: usize = 8;
/// MAXIMUM_WAIT_OBJECTS.
const OBJECTS: usize = 64;

/// One descriptor to wait for; -1 is passed over.
#[derive(Clone, Copy)]
pub struct PollFd {
    fd: i32,
    events: i16,
    found: i16,
    /// The number is that of an event object.
    object: bool,
}

impl PollFd {
    /// Waits for `events` (POLLIN, POLLOUT, ...) of a descriptor.
    pub const fn new(fd: i32, events: i16) -> PollFd {
        PollFd { fd, events, found: 0, object: false }
    }

    /// What happened, after [`poll`].
    pub const fn found(&self) -> i16 {
        self.found
    }

    fn is_socket(&self) -> bool {
        self.fd >= 0 && !self.object
    }

    /// What Winsock found, as POSIX has it. Its POLLHUP without an error is what the peer's end of sending is
    /// elsewhere: something to read, and nothing to those who send.
    fn set_found(&mut self, revents: i16) {
        let revents = revents & (self.events | POLLHUP | POLLERR | POLLNVAL);
        self.found = revents;
        let reads = self.events & (POLLIN | POLLRDHUP);
        if revents & POLLHUP != 0 && revents & POLLERR == 0 {
            self.found = revents & !POLLHUP | reads;
        }
    }
}

/// Whether a descriptor takes something at once, or fails at once.
pub fn is_writable(fd: i32) -> bool {
    matches!(poll(&mut [PollFd::new(fd, POLLOUT)], Some(0)), Ok(1..))
}

/// Waits until one of the descriptors is ready or `timeout` nanoseconds have passed (`None`: for ever). Returns how
/// many are ready. Never early; late by at most a tick of the system's clock, which is 15.6 ms at most.
pub fn poll(fds: &mut [PollFd], timeout: Option<i64>) -> Result<usize> {
    let mut objects = Objects::new();
    let mut sockets = 0;
    for fd in fds.iter_mut() {
        (fd.found, fd.object) = (0, is_object(fd.fd));
        if fd.object {
            objects.add(handle_of(fd.fd));
        }
        sockets += usize::from(fd.is_socket());
    }
    let until = Until::new(timeout);
    loop {
        if sockets == 0 {
            objects.wait(None, &until)?;
        } else if !wait_for_all(fds, sockets, &mut objects, &until)? {
            in_slices(fds, sockets, &objects, &until)?;
        }
        for fd in fds.iter_mut().filter(|fd| fd.object && is_set(handle_of(fd.fd))) {
            fd.found = fd.events & POLLIN;
        }
        let ready = fds.iter().filter(|fd| fd.found != 0).count();
        if ready > 0 || until.left() == 0 {
            return Ok(ready);
        }
    }
}

/// When a wait ends.
struct Until {
    timeout: Option<i64>,
    end: i64,
}

impl Until {
    fn new(timeout: Option<i64>) -> Until {
        let end = timeout.filter(|ns| *ns > 0).map_or(0, |ns| now().saturating_add(ns));
        Until { timeout, end }
    }

    /// How many nanoseconds are left; 0 when it has come.
    fn left(&self) -> i64 {
        match self.timeout {
            None => i64::MAX,
            Some(..=0) => 0,
            Some(_) => (self.end - now()).max(0),
        }
    }
}

/// So many milliseconds, of which none is too few.
fn milliseconds(ns: i64) -> u32 {
    (ns / MILLISECOND + i64::from(ns % MILLISECOND != 0)).min(LONGEST) as u32
}

fn is_set(event: HANDLE) -> bool {
    // SAFETY: an event object that is not closed while a call waits for it.
    unsafe { WaitForSingleObject(event, 0) == WAIT_OBJECT_0 }
}

/// Event objects that end a wait. The first place is for that of a request.
struct Objects {
    handles: [HANDLE; OBJECTS],
    count: usize,
    /// There were more: they are looked at after each slice.
    more: bool,
}

impl Objects {
    fn new() -> Objects {
        Objects { handles: [std::ptr::null_mut(); OBJECTS], count: 1, more: false }
    }

    fn add(&mut self, handle: HANDLE) {
        match self.handles.get_mut(self.count) {
            Some(place) => (*place, self.count) = (handle, self.count + 1),
            None => self.more = true,
        }
    }

    /// Sleeps until one is set, that of a request included, or the time has come. Where there are too many, also until
    /// the end of a slice.
    fn wait(&mut self, request: Option<HANDLE>, until: &Until) -> Result<()> {
        let first = usize::from(request.is_none());
        self.handles[0] = request.unwrap_or(std::ptr::null_mut());
        let handles = &self.handles[first..self.count];
        loop {
            let left = until.left();
            let span = if self.more { left.min(SLICE) } else { left };
            if handles.is_empty() {
                pause(span);
            } else {
                let (count, at) = (handles.len() as u32, handles.as_ptr());
                // SAFETY: objects that are not closed while a call waits for them.
                match unsafe { WaitForMultipleObjects(count, at, 0, milliseconds(span)) } {
                    WAIT_TIMEOUT => {}
                    WAIT_FAILED => return Err(last_errno()),
                    _ => return Ok(()),
                }
            }
            if self.more || until.left() == 0 {
                return Ok(());
            }
        }
    }
}

/// One wait for sockets and events; false where the system does not take it.
fn wait_for_all(fds: &mut [PollFd], sockets: usize, objects: &mut Objects, until: &Until) -> Result<bool> {
    let mut request = Request::new(sockets)?;
    for fd in fds.iter().filter(|fd| fd.is_socket()) {
        request.push(socket_of(fd.fd), fd.events);
    }
    let mut state = State::new();
    let waits = until.left() > 0;
    let Some(mut pending) = request.begin(waits, &mut state) else { return Ok(false) };
    match pending.event() {
        Some(event) if waits => objects.wait(Some(event), until)?,
        _ => pending.finish(),
    }
    let Some(count) = pending.end() else { return Ok(false) };
    let mut next = 0;
    for at in 0..count {
        let (socket, found) = request.found(at);
        next = take(fds, socket as i32, found, next);
    }
    Ok(true)
}

/// Gives what was found to the descriptors of a number: among few, one may be there twice. The search begins at a
/// place; returns where the next begins, as results usually come in the order of the request.
fn take(fds: &mut [PollFd], fd: i32, found: i16, from: usize) -> usize {
    let (len, mut next) = (fds.len(), from);
    for at in (from..len).chain(0..from) {
        if fds[at].is_socket() && fds[at].fd == fd {
            fds[at].set_found(found | fds[at].found);
            next = (at + 1) % len;
            if len > FEW {
                break;
            }
        }
    }
    next
}

/// The same by WSAPoll, which no event ends: in slices.
fn in_slices(fds: &mut [PollFd], sockets: usize, objects: &Objects, until: &Until) -> Result<()> {
    let mut entries = Vec::new();
    memory::reserve(&mut entries, sockets)?;
    for fd in fds.iter().filter(|fd| fd.is_socket()) {
        let events = fd.events & (POLLIN | POLLPRI | POLLOUT);
        entries.push(WSAPOLLFD { fd: socket_of(fd.fd), events, revents: 0 });
    }
    loop {
        let wakes = objects.handles[1..objects.count].iter().any(|event| is_set(*event));
        let left = if wakes { 0 } else { until.left() };
        let span = if objects.count > 1 { left.min(SLICE) } else { left };
        let (count, span) = (entries.len() as u32, milliseconds(span) as i32);
        // SAFETY: an array that is borrowed mutably.
        let ready = unsafe { WSAPoll(entries.as_mut_ptr(), count, span) };
        if ready < 0 {
            match last_errno() {
                // Winsock answers so where all of the numbers are no sockets.
                Errno(libc::ENOTSOCK) => entries.iter_mut().for_each(|entry| entry.revents = POLLNVAL),
                error => return Err(error),
            }
        }
        if ready != 0 || left == 0 || objects.more {
            break;
        }
    }
    let mut entry = entries.iter();
    for fd in fds.iter_mut().filter(|fd| fd.is_socket()) {
        fd.set_found(entry.next().map_or(0, |entry| entry.revents));
    }
    Ok(())
}
