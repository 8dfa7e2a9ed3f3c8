//! TransmitFile: a file goes to a socket without passing through memory of the program.
//!
//! A call ends when all of it has gone. Of one that is cut short, the system does not promise to know how much has
//! gone, so the layer above uses it where nothing but a close is expected to do that. Editions of Windows for clients run
//! two calls at a time, and have the others wait: more of ours than that go through memory.

use super::event::event_fd;
use super::fd::{AsFd, handle_of, socket_of};
use super::ret::last_errno;
use crate::sys::Result;
use std::ptr;
use std::sync::atomic::{AtomicU32, Ordering};
use windows_sys::Win32::Foundation::{ERROR_IO_PENDING, GetLastError, HANDLE};
use windows_sys::Win32::Networking::WinSock::{TransmitFile, WSAGetOverlappedResult};
use windows_sys::Win32::Storage::FileSystem::{FILE_TYPE_DISK, GetFileSizeEx, GetFileType};
use windows_sys::Win32::System::IO::{CancelIoEx, OVERLAPPED};
use windows_sys::Win32::System::Threading::{INFINITE, WaitForSingleObject};

/// Whether this system has it.
pub const HAS_TRANSMIT: bool = true;

const AT_ONCE: u32 = 2;
static RUNNING: AtomicU32 = AtomicU32::new(0);

/// One of the calls that may run at once.
struct Turn;

impl Turn {
    fn take() -> Option<Turn> {
        let more = |running| (running < AT_ONCE).then_some(running + 1);
        RUNNING.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).ok().map(|_| Turn)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        RUNNING.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What a call has done: how many bytes have gone, and how the wait and the call ended.
pub struct Transmitted<E> {
    pub moved: usize,
    pub waited: std::result::Result<(), E>,
    pub result: Result<()>,
}

/// Sends up to `most` bytes of a file from a position on. `wait` is given an event descriptor that becomes readable
/// when they have gone; the call is cut short if it returns before. `None`: nothing was begun.
pub fn transmit<E>(
    socket: i32,
    file: i32,
    from: i64,
    most: usize,
    wait: impl FnOnce(i32) -> std::result::Result<(), E>,
) -> Option<Transmitted<E>> {
    let left = size(file)?.checked_sub(from).filter(|left| *left > 0)?;
    let count = (most as i64).min(left).min(i64::from(i32::MAX - 1)) as u32;
    let (_turn, event) = (Turn::take()?, event_fd().ok()?);
    let mut state = OVERLAPPED::default();
    state.Anonymous.Anonymous.Offset = from as u32;
    state.Anonymous.Anonymous.OffsetHigh = (from >> 32) as u32;
    // The lowest bit: no completion port of the program hears of it.
    state.hEvent = (handle_of(event.number()) as usize | 1) as HANDLE;
    let overlapped = &raw mut state;
    let mut call = Running { socket, overlapped, event: handle_of(event.number()), running: false };
    // SAFETY: the OVERLAPPED and the event are there until `call` is dropped, which ends the call.
    let ended = unsafe {
        TransmitFile(socket_of(socket), handle_of(file), count, 0, overlapped, ptr::null(), 0) != 0
    };
    // SAFETY: reads a word of the calling thread.
    call.running = !ended && unsafe { GetLastError() } == ERROR_IO_PENDING;
    if !ended && !call.running {
        return None;
    }
    let waited = if call.running { wait(event.number()) } else { Ok(()) };
    let (moved, result) = call.end();
    Some(Transmitted { moved, waited, result })
}

fn size(file: i32) -> Option<i64> {
    let mut size = 0;
    // SAFETY: a number, which need not be a handle; one number of ours is written.
    let known = unsafe {
        GetFileType(handle_of(file)) == FILE_TYPE_DISK && GetFileSizeEx(handle_of(file), &mut size) != 0
    };
    known.then_some(size)
}

/// A call that the system has.
struct Running {
    socket: i32,
    overlapped: *mut OVERLAPPED,
    event: HANDLE,
    running: bool,
}

impl Running {
    fn finish(&mut self) {
        if !self.running {
            return;
        }
        // SAFETY: the event of the call, which is set when the system has written its state for the last time. Whether
        // the call has just ended is no matter to CancelIoEx.
        unsafe {
            if WaitForSingleObject(self.event, 0) != 0 {
                CancelIoEx(handle_of(self.socket), self.overlapped);
                WaitForSingleObject(self.event, INFINITE);
            }
        }
        self.running = false;
    }

    fn end(mut self) -> (usize, Result<()>) {
        self.finish();
        let (mut moved, mut flags) = (0, 0);
        // SAFETY: the state of a call that has ended is read.
        let ended = unsafe {
            WSAGetOverlappedResult(socket_of(self.socket), self.overlapped, &mut moved, 0, &mut flags)
        };
        let result = if ended != 0 { Ok(()) } else { Err(last_errno()) };
        // SAFETY: as above.
        (unsafe { (*self.overlapped).InternalHigh }, result)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.finish();
    }
}
