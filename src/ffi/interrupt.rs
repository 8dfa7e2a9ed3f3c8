//! Interrupts
//!
//! A signal does not end a wait: the call goes on, and so does its clock. A language runtime that
//! must act on signals (to run handlers written in its own language, say) sets a hook.

use super::guard::guard;
use crate::net::interrupt;
use std::ffi::{c_int, c_void};

/// Sets the interrupt hook of the calling thread.
///
/// `hook`: called with `arg` in this thread whenever a signal interrupts a libsock wait. A negative
/// result ends the call with that code; any other lets it go on. The hook may use libsock and may
/// close the handle being waited on. It must not leave by longjmp or an exception. NULL removes the
/// hook.
/// `arg`: kept, never accessed.
/// Returns 0, or -ENOMEM in a thread that is ending.
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
