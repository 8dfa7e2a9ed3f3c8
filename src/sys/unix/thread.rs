//! Threads: the host's, which are not to be canceled inside the library, and the library's own.

use super::super::Errno;
use std::ffi::{c_int, c_void};
use std::mem::MaybeUninit;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicUsize, Ordering};

#[cfg(not(target_os = "android"))]
unsafe extern "C" {
    fn pthread_setcancelstate(state: c_int, before: *mut c_int) -> c_int;
}

/// Android has no cancellation.
#[cfg(target_os = "android")]
unsafe fn pthread_setcancelstate(_state: c_int, _before: *mut c_int) -> c_int {
    0
}

/// pthread.h: macOS numbers the two states the other way round.
const PTHREAD_CANCEL_DISABLE: c_int = if cfg!(target_vendor = "apple") { 0 } else { 1 };

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
pub fn start_thread(stack: usize, run: fn()) -> Result<(), Errno> {
    let mut all = MaybeUninit::<libc::sigset_t>::uninit();
    let mut before = MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: both sets are ours and are written before they are read; a new thread inherits the mask.
    unsafe {
        libc::sigfillset(all.as_mut_ptr());
        libc::pthread_sigmask(libc::SIG_SETMASK, all.as_ptr(), before.as_mut_ptr());
    }
    let started = spawn(stack, run);
    // SAFETY: puts back the mask that was found above.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, before.as_ptr(), ptr::null_mut()) };
    started
}

/// By the C library, which returns an error without memory: the standard library's threads register
/// thread-local destructors, which ends the process then.
fn spawn(stack: usize, run: fn()) -> Result<(), Errno> {
    extern "C" fn begin(run: *mut c_void) -> *mut c_void {
        // SAFETY: `spawn` passes a function of this type.
        let run = unsafe { std::mem::transmute::<*mut c_void, fn()>(run) };
        // What a panic says is noted by the hook; nobody waits for this thread.
        let _ = std::panic::catch_unwind(run).map_err(std::mem::forget);
        ptr::null_mut()
    }
    let mut attributes = MaybeUninit::<libc::pthread_attr_t>::uninit();
    let mut thread = MaybeUninit::<libc::pthread_t>::uninit();
    // SAFETY: attributes of ours, initialised before they are used and destroyed once; the thread begins
    // with a function and its argument.
    unsafe {
        answered(libc::pthread_attr_init(attributes.as_mut_ptr()))?;
        let attributes = attributes.as_mut_ptr();
        let mut error = libc::pthread_attr_setstacksize(attributes, stack);
        if error == 0 {
            error = libc::pthread_attr_setdetachstate(attributes, libc::PTHREAD_CREATE_DETACHED);
        }
        if error == 0 {
            error = libc::pthread_create(thread.as_mut_ptr(), attributes, begin, run as *mut c_void);
        }
        libc::pthread_attr_destroy(attributes);
        answered(error)
    }
}

/// Has a function called with this value when the calling thread ends, after its thread-local destructors.
/// Not by a destructor of `thread_local!`: without memory to register it, the C library ends the process.
pub fn at_thread_end(value: NonNull<c_void>, end: unsafe extern "C" fn(*mut c_void)) -> Result<(), Errno> {
    /// The key plus one; 0 before there is one. All callers have the same function.
    static KEY: AtomicUsize = AtomicUsize::new(0);
    let mut key = KEY.load(Ordering::Acquire);
    if key == 0 {
        let mut fresh: libc::pthread_key_t = 0;
        // SAFETY: a place of ours; the library is never unloaded, and the function with it.
        answered(unsafe { libc::pthread_key_create(&mut fresh, Some(end)) })?;
        key = fresh as usize + 1;
        if let Err(first) = KEY.compare_exchange(0, key, Ordering::AcqRel, Ordering::Acquire) {
            // SAFETY: no thread has a value for it yet.
            unsafe { libc::pthread_key_delete(fresh) };
            key = first;
        }
    }
    // SAFETY: a key that is never deleted.
    answered(unsafe { libc::pthread_setspecific((key - 1) as libc::pthread_key_t, value.as_ptr()) })
}

/// The result of a function that returns the error number.
fn answered(error: c_int) -> Result<(), Errno> {
    if error == 0 { Ok(()) } else { Err(Errno(error)) }
}
