//! The interrupt hook: what a thread runs when a signal interrupts its wait.

use super::error::{Code, Result};
use crate::sys::{self, Threads};

/// How the boundary calls a hook: (function, argument) to the hook's answer.
pub type Caller = fn(usize, usize) -> i32;

static CALLER: std::sync::OnceLock<Caller> = std::sync::OnceLock::new();

/// Sets the hook of the calling thread; a function of 0 removes it.
pub fn set(hook: usize, argument: usize, caller: Caller) -> Result<i32> {
    let record = Threads::current();
    if record.number() == 0 {
        return Err(Code::errno(libc::ENOMEM).because(format_args!("hook: this thread has no record")));
    }
    CALLER.get_or_init(|| caller);
    record.set_hook(hook, argument);
    Ok(0)
}

/// Runs the hook after EINTR. The caller holds its pin and no lock: the hook may use libsock, and
/// close the very same handle. A negative answer ends the call with that code.
pub fn run() -> Result<()> {
    let (hook, argument) = Threads::current().hook();
    match CALLER.get() {
        Some(call) if hook != 0 => {
            // A thread canceled inside would unwind through the call that waits.
            let _uncancelable = sys::Uncancelable::new();
            // The call goes on, and may succeed.
            let _errno = sys::KeptErrno::new();
            match call(hook, argument) {
                answer if answer < 0 => Err(Code::from_raw(answer)),
                _ => Ok(()),
            }
        }
        _ => Ok(()),
    }
}
