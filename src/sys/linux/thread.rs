//! Threads: the host's, which are not to be canceled inside the library, and the library's own.

use super::super::Errno;
use super::syscall::call4;
use std::ffi::c_int;
use std::io::Write;
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

/// The number by which the kernel knows the calling thread.
pub fn thread_number() -> u32 {
    // SAFETY: a number only; it cannot fail.
    unsafe { call4(libc::SYS_gettid, 0, 0, 0, 0) as u32 }
}

/// Whether a thread of this process sleeps, by proc(5); also where that does not say. It does not, as long as
/// it runs, waits for its processor or is inside the kernel's fork. Allocates nothing.
pub fn is_asleep(thread: u32) -> bool {
    let (mut path, mut text) = ([0u8; 48], [0u8; 64]);
    let written = write!(&mut path[..47], "/proc/self/task/{thread}/stat");
    if written.is_err() {
        return true;
    }
    // SAFETY: the path ends with a NUL; at most the size of our array is written.
    let count = unsafe {
        let (at, flags) = (libc::AT_FDCWD as usize, (libc::O_RDONLY | libc::O_CLOEXEC) as usize);
        let fd = call4(libc::SYS_openat, at, path.as_ptr() as usize, flags, 0);
        if fd < 0 {
            return true;
        }
        let count = call4(libc::SYS_read, fd as usize, text.as_mut_ptr() as usize, text.len(), 0);
        call4(libc::SYS_close, fd as usize, 0, 0, 0);
        usize::try_from(count).unwrap_or(0)
    };
    // "number (name) state ...": the name may have any bytes.
    let state = text[..count].iter().rposition(|byte| *byte == b')').and_then(|end| text.get(end + 2));
    state.is_none_or(|state| !matches!(state, b'R' | b'D'))
}
