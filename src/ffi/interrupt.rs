//! Interrupts
//!
//! A signal does not end a wait: the call goes on, its clock too. A language runtime that must run
//! something when a signal came (handlers written in its own language, say) sets a hook.

use super::guard::guard;
use crate::net::interrupt;
use std::ffi::{c_int, c_void};

/// Sets the interrupt hook of the calling thread.
///
/// `hook`: called with `arg` in this thread whenever a signal has interrupted a wait of libsock; a
/// negative answer ends the call with that number, any other lets it go on. The hook may use
/// libsock, and may close the very handle that is waited on. It must not leave by longjmp or by an
/// exception. NULL removes it. `arg`: kept, never looked at.
/// Returns 0, or -ENOMEM in a thread that is ending. Not from a signal handler. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn sock_set_interrupt(
    hook: Option<unsafe extern "C" fn(*mut c_void) -> c_int>,
    arg: *mut c_void,
) -> c_int {
    guard(|| interrupt::set(hook.map_or(0, |hook| hook as usize), arg as usize, call))
}

/// Calls a hook that [`sock_set_interrupt`] turned into numbers.
fn call(hook: usize, arg: usize) -> i32 {
    // SAFETY: the number was made from a function of exactly this type, and is not 0.
    let hook: unsafe extern "C" fn(*mut c_void) -> c_int = unsafe { std::mem::transmute(hook) };
    // SAFETY: the program gave the hook for being called with this argument.
    unsafe { hook(arg as *mut c_void) }
}
