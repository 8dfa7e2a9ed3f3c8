//! The boundary: a failure becomes a number and `errno`, a panic becomes a code, and neither
//! writes a byte to the host's standard error.

use crate::net::error::{self, Code, Result};
use crate::net::fork;
use crate::net::handle::Id;
use crate::net::time::Nanos;
use crate::sys;
use std::panic::{self, AssertUnwindSafe};

/// What the body of a public function returns, and what C receives: a failure is a negative number, or
/// NULL.
pub trait Reply {
    /// The type that C receives.
    type C;

    /// The result for this value.
    fn success(self) -> Self::C;

    /// The result for this failure.
    fn failure(code: Code) -> Self::C;
}

impl Reply for i32 {
    type C = i32;

    #[inline(always)]
    fn success(self) -> i32 {
        self
    }

    #[inline]
    fn failure(code: Code) -> i32 {
        code.raw()
    }
}

impl Reply for i64 {
    type C = i64;

    #[inline(always)]
    fn success(self) -> i64 {
        self
    }

    #[inline]
    fn failure(code: Code) -> i64 {
        i64::from(code.raw())
    }
}

impl Reply for Id {
    type C = i64;

    #[inline(always)]
    fn success(self) -> i64 {
        self.0
    }

    #[inline]
    fn failure(code: Code) -> i64 {
        i64::failure(code)
    }
}

impl Reply for Nanos {
    type C = i64;

    #[inline(always)]
    fn success(self) -> i64 {
        self.0
    }

    #[inline]
    fn failure(code: Code) -> i64 {
        i64::failure(code)
    }
}

impl<T> Reply for *mut T {
    type C = *mut T;

    #[inline(always)]
    fn success(self) -> *mut T {
        self
    }

    /// The one kind of pointer that is handed out is of the C library: a `FILE`.
    #[inline]
    fn failure(_: Code) -> *mut T {
        std::ptr::null_mut()
    }
}

/// Runs the body of a public function. No thread is canceled inside: that would unwind through these
/// frames, and end the process. `errno` is as before unless the function fails.
#[inline(always)]
pub fn guard<T: Reply>(body: impl FnOnce() -> Result<T>) -> T::C {
    guard_bare(|| uncancelable(body))
}

/// As [`guard`], for a body that is no cancellation point by itself and leaves `errno` alone: it makes bare
/// system calls or none, and waits by [`crate::net`], which sees to both there. Saves two locked
/// instructions.
#[inline(always)]
pub fn guard_bare<T: Reply>(body: impl FnOnce() -> Result<T>) -> T::C {
    let answer = panic::catch_unwind(AssertUnwindSafe(|| match body() {
        Ok(value) => value.success(),
        Err(code) => fail::<T>(code),
    }));
    match answer {
        Ok(value) => value,
        Err(payload) => fail::<T>(caught(payload)),
    }
}

/// For the part of a [`guard_bare`] body that may be a cancellation point, or change `errno`.
#[inline(always)]
pub fn uncancelable<T>(part: impl FnOnce() -> Result<T>) -> Result<T> {
    let _uncancelable = sys::Uncancelable::new();
    let _errno = sys::KeptErrno::new();
    part()
}

/// Runs the body of a public function that cannot fail but by a panic.
#[inline(always)]
pub fn guard_or<T>(fallback: T, body: impl FnOnce() -> T) -> T {
    let _uncancelable = sys::Uncancelable::new();
    let _errno = sys::KeptErrno::new();
    match panic::catch_unwind(AssertUnwindSafe(body)) {
        Ok(value) => value,
        Err(payload) => {
            caught(payload);
            fallback
        }
    }
}

#[cold]
#[inline(never)]
fn fail<T: Reply>(code: Code) -> T::C {
    // Named here, so that a static link takes along the object that it is in.
    #[cfg(not(test))]
    std::hint::black_box(&AT_LOAD);
    #[cfg(not(any(test, windows)))]
    std::hint::black_box(&AT_EXIT);
    error::remember(code);
    sys::set_errno(code.nearest_errno());
    T::failure(code)
}

/// A failure of a function that may run in a signal handler: it sets `errno` alone.
#[cold]
pub fn fail_silently<T: Reply>(code: Code) -> T::C {
    sys::set_errno(code.nearest_errno());
    T::failure(code)
}

#[cold]
fn caught(payload: Box<dyn std::any::Any + Send>) -> Code {
    // A payload whose own destructor panics would unwind into C.
    std::mem::forget(payload);
    error::panicked()
}

/// When the library is loaded: replaces the panic hook of its own copy of the standard library, so that
/// the text of a panic goes to `sock_last_error` and the host's standard error stays clean, and says
/// what is done around a fork. The handlers are registered now, so that those of the program run before them.
extern "C" fn at_load() {
    fork::install();
    panic::set_hook(Box::new(|info| {
        error::note_panic(format_args!("internal error in libsock: {info}"));
    }));
}

#[cfg(not(test))]
#[used]
// SAFETY: the loader calls the functions of this section once, without looking at their result.
#[cfg_attr(not(windows), unsafe(link_section = ".init_array"))]
#[cfg_attr(windows, unsafe(link_section = ".CRT$XCU"))]
static AT_LOAD: extern "C" fn() = at_load;

/// When the process ends: the thread that ends it leaves no descriptor behind. Its thread-specific data is not
/// destroyed, as that of other threads is.
#[cfg(not(windows))]
extern "C" fn at_exit() {
    sys::Threads::close_wakes_of_this();
}

#[cfg(not(any(test, windows)))]
#[used]
// SAFETY: the loader calls the functions of this section once, without looking at their result.
#[unsafe(link_section = ".fini_array")]
static AT_EXIT: extern "C" fn() = at_exit;
