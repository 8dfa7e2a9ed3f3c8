//! Waits for sockets that end with an event object: an overlapped IOCTL_AFD_POLL, which is what select() and WSAPoll
//! send to the system and wait for. Its form is not documented; that of libuv, mio and wepoll is used.

use crate::sys::{Result, memory};
use libc::{POLLERR, POLLHUP, POLLIN, POLLNVAL, POLLOUT, POLLPRI};
use std::cell::Cell;
use std::marker::PhantomData;
use std::ptr;
use windows_sys::Win32::Foundation::{
    CloseHandle, ERROR_IO_PENDING, GetLastError, HANDLE, STATUS_CANCELLED, STATUS_PENDING, STATUS_SUCCESS,
    STATUS_TIMEOUT,
};
use windows_sys::Win32::Networking::WinSock::SOCKET;
use windows_sys::Win32::System::IO::{CancelIoEx, DeviceIoControl, OVERLAPPED};
use windows_sys::Win32::System::Threading::{CreateEventW, INFINITE, WaitForSingleObject};

const IOCTL_AFD_POLL: u32 = 0x0001_2024;

const RECEIVE: u32 = 0x1;
const RECEIVE_EXPEDITED: u32 = 0x2;
const SEND: u32 = 0x4;
/// The peer sends no more.
const DISCONNECT: u32 = 0x8;
const ABORT: u32 = 0x10;
const LOCAL_CLOSE: u32 = 0x20;
const ACCEPT: u32 = 0x80;
const CONNECT_FAIL: u32 = 0x100;

/// AFD_POLL_INFO.
#[repr(C)]
struct Head {
    timeout: i64,
    count: u32,
    exclusive: u32,
}

/// AFD_POLL_HANDLE_INFO.
#[repr(C)]
#[derive(Clone, Copy)]
struct Entry {
    socket: SOCKET,
    events: u32,
    status: i32,
}

const HEAD: usize = size_of::<Head>() / size_of::<u64>();
/// So many sockets need no memory.
const FEW: usize = 8;
const FEW_WORDS: usize = HEAD + FEW * size_of::<Entry>() / size_of::<u64>();

const fn words(count: usize) -> usize {
    HEAD + (count * size_of::<Entry>()).div_ceil(size_of::<u64>())
}

/// What is asked for, or was found, in the numbers of Winsock's poll.
fn asked(events: i16) -> u32 {
    let mut all = ABORT | LOCAL_CLOSE | CONNECT_FAIL;
    for (poll, afd) in [(POLLIN, RECEIVE | ACCEPT), (POLLPRI, RECEIVE_EXPEDITED), (POLLOUT, SEND)] {
        if events & poll != 0 {
            all |= afd;
        }
    }
    // An end of the peer's sending does not concern who sends.
    if events & !(POLLPRI | POLLOUT) != 0 { all | DISCONNECT } else { all }
}

fn found(events: u32) -> i16 {
    let pairs = [
        (RECEIVE | ACCEPT, POLLIN),
        (RECEIVE_EXPEDITED, POLLPRI),
        (SEND, POLLOUT),
        (DISCONNECT, POLLHUP),
        (ABORT, POLLERR | POLLHUP),
        (CONNECT_FAIL, POLLERR),
        (LOCAL_CLOSE, POLLNVAL),
    ];
    pairs.iter().filter(|(afd, _)| events & afd != 0).fold(0, |all, (_, poll)| all | poll)
}

/// A request for several sockets. It stays where it is while the system has it.
pub(super) struct Request {
    few: [u64; FEW_WORDS],
    many: Vec<u64>,
    count: usize,
}

impl Request {
    /// Room for so many sockets.
    pub(super) fn new(room: usize) -> Result<Request> {
        let mut request = Request { few: [0; FEW_WORDS], many: Vec::new(), count: 0 };
        if room > FEW {
            memory::reserve(&mut request.many, words(room))?;
            request.many.resize(words(room), 0);
        }
        Ok(request)
    }

    fn room(&self) -> usize {
        let words = if self.many.is_empty() { FEW_WORDS } else { self.many.len() };
        (words - HEAD) * size_of::<u64>() / size_of::<Entry>()
    }

    fn memory(&mut self) -> *mut u64 {
        if self.many.is_empty() { self.few.as_mut_ptr() } else { self.many.as_mut_ptr() }
    }

    fn place(&mut self, at: usize) -> *mut Entry {
        assert!(at < self.room());
        // SAFETY: the place is within the memory, as has just been checked.
        unsafe { self.memory().add(HEAD).cast::<Entry>().add(at) }
    }

    /// Adds a socket, and for what it is asked.
    pub(super) fn push(&mut self, socket: SOCKET, events: i16) {
        let place = self.place(self.count);
        // SAFETY: a place within the memory, aligned for numbers of 64 bits.
        unsafe { place.write(Entry { socket, events: asked(events), status: 0 }) };
        self.count += 1;
    }

    /// The sockets that were found ready, after [`Pending::end`] has returned how many.
    pub(super) fn found(&mut self, at: usize) -> (SOCKET, i16) {
        // SAFETY: all of the memory is initialised, and any bytes are a valid entry.
        let entry = unsafe { self.place(at).read() };
        (entry.socket, found(entry.events))
    }

    /// Gives the request to the system: it ends when a socket is ready, at once if it is not to wait. `None` where the
    /// system refuses it: one of the numbers is no socket.
    pub(super) fn begin<'r>(&'r mut self, waits: bool, state: &'r mut State) -> Option<Pending<'r>> {
        let event = Completion::get()?;
        let timeout = if waits { i64::MAX } else { 0 };
        let head = Head { timeout, count: self.count as u32, exclusive: 0 };
        // SAFETY: at least one entry was added; see `place`.
        let socket = unsafe { self.place(0).read() }.socket as HANDLE;
        let len = (HEAD * size_of::<u64>() + self.count * size_of::<Entry>()) as u32;
        let memory = self.memory();
        // The lowest bit: no completion port of the program hears of it.
        state.0.hEvent = (event as usize | 1) as HANDLE;
        state.0.Internal = STATUS_PENDING as usize;
        let overlapped = &raw mut state.0;
        let place = memory.cast_const().cast();
        // SAFETY: the memory and the OVERLAPPED are borrowed until `Pending` is dropped, which ends the request.
        let ended = unsafe {
            memory.cast::<Head>().write(head);
            let none = ptr::null_mut();
            DeviceIoControl(socket, IOCTL_AFD_POLL, place, len, memory.cast(), len, none, overlapped) != 0
        };
        let mut pending =
            Pending { request: self, overlapped, socket, event, running: false, state: PhantomData };
        if !ended {
            // SAFETY: reads a word of the calling thread.
            let code = unsafe { GetLastError() };
            pending.running = code == ERROR_IO_PENDING;
            if !pending.running && pending.status() != STATUS_TIMEOUT {
                return None;
            }
        }
        Some(pending)
    }
}

/// The state of a request, which the system writes.
pub(super) struct State(OVERLAPPED);

impl State {
    pub(super) fn new() -> State {
        State(OVERLAPPED::default())
    }
}

/// A request that the system has.
pub(super) struct Pending<'r> {
    request: &'r mut Request,
    overlapped: *mut OVERLAPPED,
    socket: HANDLE,
    event: HANDLE,
    running: bool,
    state: PhantomData<&'r mut State>,
}

impl Pending<'_> {
    fn status(&self) -> i32 {
        // SAFETY: the OVERLAPPED is borrowed; the system may write it at any time.
        unsafe { (&raw const (*self.overlapped).Internal).read_volatile() as i32 }
    }

    /// The event that is set when the request has ended.
    pub(super) fn event(&self) -> Option<HANDLE> {
        self.running.then_some(self.event)
    }

    /// Waits for the end of a request that was not to wait, or was cancelled: then the system has written to the memory
    /// for the last time.
    pub(super) fn finish(&mut self) {
        if self.running {
            // SAFETY: an event object of ours.
            unsafe { WaitForSingleObject(self.event, INFINITE) };
            self.running = false;
        }
    }

    fn cancel(&mut self) {
        if self.running {
            // SAFETY: the request is ours; whether it has just ended is no matter.
            unsafe { CancelIoEx(self.socket, self.overlapped) };
            self.finish();
        }
    }

    /// Ends the request: how many sockets were found ready; `None` where it has failed.
    pub(super) fn end(mut self) -> Option<usize> {
        let cancelled = self.running;
        self.cancel();
        match self.status() {
            STATUS_TIMEOUT => Some(0),
            STATUS_CANCELLED if cancelled => Some(0),
            STATUS_SUCCESS => {
                // SAFETY: the system has written the head, or left it as it was.
                let count = unsafe { self.request.memory().cast::<Head>().read() }.count as usize;
                Some(count.min(self.request.count))
            }
            _ => None,
        }
    }
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        self.cancel();
    }
}

/// The event of a thread's requests, of which it has one at a time.
struct Completion(Cell<HANDLE>);

thread_local! {
    static COMPLETION: Completion = const { Completion(Cell::new(ptr::null_mut())) };
}

impl Completion {
    /// `None` where none can be made, and in a thread that ends.
    fn get() -> Option<HANDLE> {
        let known = COMPLETION.try_with(|event| {
            if event.0.get().is_null() {
                // SAFETY: no attributes and no name; it stays as it was set, and begins unset.
                event.0.set(unsafe { CreateEventW(ptr::null(), 1, 0, ptr::null()) });
            }
            event.0.get()
        });
        known.ok().filter(|event| !event.is_null())
    }
}

impl Drop for Completion {
    fn drop(&mut self) {
        if !self.0.get().is_null() {
            // SAFETY: the thread's own, and no request of it is running.
            unsafe { CloseHandle(self.0.get()) };
        }
    }
}
