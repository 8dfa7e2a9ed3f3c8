//! Threads. Windows has no signals and cancels no thread.

use super::ret::last_errno;
use crate::sys::{Errno, Result};
use std::ffi::{CStr, c_void};
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use windows_sys::Win32::Foundation::CloseHandle;
use windows_sys::Win32::System::Threading::{
    CreateThread, FLS_OUT_OF_INDEXES, FlsAlloc, FlsFree, FlsSetValue, GetCurrentThreadId,
    STACK_SIZE_PARAM_IS_A_RESERVATION, Sleep,
};

/// Cancellation of the calling thread: there is none.
pub struct Uncancelable;

impl Uncancelable {
    /// Nothing.
    #[allow(clippy::new_without_default)]
    #[inline]
    pub fn new() -> Uncancelable {
        Uncancelable
    }
}

/// SIGPIPE: there is none.
pub struct NoPipeSignal;

impl NoPipeSignal {
    /// Nothing.
    #[allow(clippy::new_without_default)]
    pub fn new() -> NoPipeSignal {
        NoPipeSignal
    }

    /// Nothing.
    pub fn raised(&self) {}
}

/// Starts a thread that no one joins.
pub fn start_thread(stack: usize, run: fn()) -> Result<()> {
    unsafe extern "system" fn begin(run: *mut c_void) -> u32 {
        // SAFETY: `start_thread` passes a function of this type.
        let run = unsafe { std::mem::transmute::<*mut c_void, fn()>(run) };
        // What a panic says is noted by the hook; nobody waits for this thread.
        let _ = std::panic::catch_unwind(run).map_err(std::mem::forget);
        0
    }
    let flags = STACK_SIZE_PARAM_IS_A_RESERVATION;
    // SAFETY: the thread begins with a function and its argument.
    let thread =
        unsafe { CreateThread(ptr::null(), stack, Some(begin), run as *mut c_void, flags, ptr::null_mut()) };
    if thread.is_null() {
        return Err(last_errno());
    }
    // SAFETY: a new handle that nothing else owns; the thread goes on without it.
    unsafe { CloseHandle(thread) };
    Ok(())
}

/// The function of [`at_thread_end`].
static END: AtomicUsize = AtomicUsize::new(0);

unsafe extern "system" fn call_end(value: *const c_void) {
    let end = END.load(Ordering::Acquire);
    if end != 0 && !value.is_null() {
        // SAFETY: `at_thread_end` has stored a function of this type, and its argument as the value.
        unsafe { std::mem::transmute::<usize, unsafe extern "C" fn(*mut c_void)>(end)(value.cast_mut()) };
    }
}

/// Has a function called with this value when the calling thread ends. All callers have the same function.
pub fn at_thread_end(value: NonNull<c_void>, end: unsafe extern "C" fn(*mut c_void)) -> Result<(), Errno> {
    static INDEX: AtomicU32 = AtomicU32::new(FLS_OUT_OF_INDEXES);
    END.store(end as usize, Ordering::Release);
    let mut index = INDEX.load(Ordering::Acquire);
    if index == FLS_OUT_OF_INDEXES {
        // SAFETY: a function of this library, which is never unloaded.
        let fresh = unsafe { FlsAlloc(Some(call_end)) };
        if fresh == FLS_OUT_OF_INDEXES {
            return Err(Errno(libc::ENOMEM));
        }
        index = fresh;
        let none = FLS_OUT_OF_INDEXES;
        if let Err(first) = INDEX.compare_exchange(none, fresh, Ordering::AcqRel, Ordering::Acquire) {
            // SAFETY: no thread has a value for it yet.
            unsafe { FlsFree(fresh) };
            index = first;
        }
    }
    // SAFETY: an index that is never freed.
    if unsafe { FlsSetValue(index, value.as_ptr()) } == 0 { Err(Errno(libc::ENOMEM)) } else { Ok(()) }
}

/// Sleeps for so many nanoseconds, up to a tick of the system's clock longer.
pub fn pause(nanoseconds: i64) {
    let milliseconds = nanoseconds.max(0).div_euclid(1_000_000) + i64::from(nanoseconds % 1_000_000 != 0);
    // SAFETY: a number.
    unsafe { Sleep(milliseconds.min(i64::from(u32::MAX - 1)) as u32) };
}

/// A number that no other living thread has, and not 0.
pub fn thread_number() -> u32 {
    // SAFETY: no arguments.
    unsafe { GetCurrentThreadId() }
}

/// Whether a thread sleeps. There is no cheap way to ask: it may.
pub fn is_asleep(_thread: u32) -> bool {
    true
}

/// Names of threads are not set.
pub fn name_thread(_name: &CStr) {}
