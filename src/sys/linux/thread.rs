//! Threads: the host's, which are not to be canceled inside the library, and the library's own.

use super::super::Errno;
use std::ffi::c_int;
use std::mem::MaybeUninit;
use std::ptr;

unsafe extern "C" {
    fn pthread_setcancelstate(state: c_int, before: *mut c_int) -> c_int;
}

const PTHREAD_CANCEL_DISABLE: c_int = 1;

/// Cancellation of the calling thread, disabled while this lives: a thread that is canceled in here
/// would unwind through Rust frames, which ends the process. It stays pending, for the thread's next
/// cancellation point.
pub struct Uncancelable(c_int);

impl Uncancelable {
    /// Disables it.
    #[allow(clippy::new_without_default)]
    #[inline]
    pub fn new() -> Uncancelable {
        let mut before = 0;
        // SAFETY: changes the calling thread's own state; the place is ours.
        unsafe { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &mut before) };
        Uncancelable(before)
    }
}

impl Drop for Uncancelable {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: puts back what `new` found.
        unsafe { pthread_setcancelstate(self.0, ptr::null_mut()) };
    }
}

/// Starts a thread that no one joins and that no signal reaches.
pub fn start_thread(name: &str, stack: usize, run: fn()) -> Result<(), Errno> {
    let mut all = MaybeUninit::<libc::sigset_t>::uninit();
    let mut before = MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: both sets are ours and are written before they are read; a new thread inherits the mask.
    unsafe {
        libc::sigfillset(all.as_mut_ptr());
        libc::pthread_sigmask(libc::SIG_SETMASK, all.as_ptr(), before.as_mut_ptr());
    }
    let started = std::thread::Builder::new().name(name.into()).stack_size(stack).spawn(run);
    // SAFETY: puts back the mask that was found above.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, before.as_ptr(), ptr::null_mut()) };
    match started {
        Ok(_) => Ok(()),
        Err(error) => Err(Errno(error.raw_os_error().unwrap_or(libc::EAGAIN))),
    }
}
