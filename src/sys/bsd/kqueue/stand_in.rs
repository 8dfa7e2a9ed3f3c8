//! kqueue(2) for the tests on Linux: the names of sys/event.h that `ctests/kqueue/kqueue.c` defines, in FreeBSD's
//! numbers.
#![allow(non_camel_case_types)]

use libc::{c_int, c_void, timespec};

#[repr(C)]
#[derive(Clone, Copy)]
pub struct kevent {
    pub ident: usize,
    pub filter: i16,
    pub flags: u16,
    pub fflags: u32,
    pub data: isize,
    pub udata: *mut c_void,
}

pub const EVFILT_READ: i16 = -1;
pub const EVFILT_WRITE: i16 = -2;
pub const EVFILT_TIMER: i16 = -7;
pub const EVFILT_USER: i16 = -11;
/// macOS's number.
pub const EVFILT_EXCEPT: i16 = -15;

pub const EV_ADD: u16 = 0x1;
pub const EV_DELETE: u16 = 0x2;
pub const EV_ENABLE: u16 = 0x4;
pub const EV_ONESHOT: u16 = 0x10;
pub const EV_CLEAR: u16 = 0x20;
pub const EV_DISPATCH: u16 = 0x80;
pub const EV_EOF: u16 = 0x8000;

pub const NOTE_LOWAT: u32 = 0x1;
pub const NOTE_OOB: u32 = 0x2;
pub const NOTE_NSECONDS: u32 = 0x8;
pub const NOTE_TRIGGER: u32 = 0x0100_0000;

unsafe extern "C" {
    pub fn kqueue() -> c_int;
    pub fn kevent(
        queue: c_int,
        changes: *const kevent,
        change_count: c_int,
        events: *mut kevent,
        event_count: c_int,
        timeout: *const timespec,
    ) -> c_int;
}
