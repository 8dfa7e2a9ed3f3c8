//! Threads of the library's own.

use super::super::Errno;
use std::mem::MaybeUninit;
use std::ptr;

/// Starts a thread that nobody joins and that no signal reaches.
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
