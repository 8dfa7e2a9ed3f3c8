//! Threads and signals, as far as POSIX knows them.

use super::call::bare;
use crate::sys::Uncancelable;
use crate::sys::unix::clock::timespec;
use std::ffi::CStr;
use std::mem::MaybeUninit;

/// Sleeps for so many nanoseconds, less than a second.
pub fn pause(nanoseconds: i64) {
    let span = timespec(nanoseconds);
    // SAFETY: reads a span of ours; what is left of it is not asked for.
    bare(|| unsafe { libc::nanosleep(&span, std::ptr::null_mut()) } as isize);
}

/// A number that no other living thread has, and not 0.
pub fn thread_number() -> u32 {
    thread_local! {
        static WORD: u8 = const { 0 };
    }
    // Words of different threads are far apart.
    WORD.with(|word| std::ptr::from_ref(word) as usize >> 3) as u32 | 1
}

/// Whether a thread sleeps. There is no way to ask: it may.
pub fn is_asleep(_thread: u32) -> bool {
    true
}

/// Names the calling thread, for debuggers and ps(1), where the system has names of threads.
pub fn name_thread(name: &CStr) {
    #[cfg(any(target_os = "linux", target_os = "freebsd"))]
    // SAFETY: the calling thread, and a string, which is copied.
    unsafe {
        libc::pthread_setname_np(libc::pthread_self(), name.as_ptr());
    }
    #[cfg(target_vendor = "apple")]
    // SAFETY: a string, which is copied.
    unsafe {
        libc::pthread_setname_np(name.as_ptr());
    }
    let _ = name;
}

/// Takes one pending signal of a set away, if there is one: sigwait(3), which returns at once then.
pub fn take_pending(set: &libc::sigset_t) {
    let _uncancelable = Uncancelable::new();
    let mut waiting = MaybeUninit::uninit();
    // SAFETY: both sets are valid; sigpending writes the second whole, and cannot fail.
    let waits = unsafe {
        libc::sigpending(waiting.as_mut_ptr());
        let waiting = waiting.assume_init();
        libc::sigismember(set, libc::SIGPIPE) == 1 && libc::sigismember(&waiting, libc::SIGPIPE) == 1
    };
    if waits {
        let mut taken = 0;
        // SAFETY: a valid set of blocked signals, one of which is pending; a place of ours.
        unsafe { libc::sigwait(set, &mut taken) };
    }
}
