//! Bare system calls.
//!
//! The C library's wrappers of the calls that may block are cancellation points: in a threaded
//! process each costs two locked instructions, and a canceled thread would unwind through Rust
//! frames. Where we have no assembly, `syscall(2)` serves: it is no cancellation point either.

#[cfg(target_arch = "x86_64")]
mod arch {
    use std::arch::asm;

    /// # Safety
    /// The arguments are what system call `number` expects.
    #[inline(always)]
    pub unsafe fn call4(number: i64, a: usize, b: usize, c: usize, d: usize) -> isize {
        let mut result = number as isize;
        // SAFETY: the kernel changes rax, rcx and r11 only; memory effects are the caller's contract.
        unsafe {
            asm!("syscall", inlateout("rax") result, in("rdi") a, in("rsi") b, in("rdx") c, in("r10") d,
                 lateout("rcx") _, lateout("r11") _, options(nostack));
        }
        result
    }

    /// # Safety
    /// The arguments are what system call `number` expects.
    #[inline(always)]
    pub unsafe fn call6(number: i64, a: usize, b: usize, c: usize, d: usize, e: usize, f: usize) -> isize {
        let mut result = number as isize;
        // SAFETY: as in call4.
        unsafe {
            asm!("syscall", inlateout("rax") result, in("rdi") a, in("rsi") b, in("rdx") c, in("r10") d,
                 in("r8") e, in("r9") f, lateout("rcx") _, lateout("r11") _, options(nostack));
        }
        result
    }
}

#[cfg(target_arch = "aarch64")]
mod arch {
    use std::arch::asm;

    /// # Safety
    /// The arguments are what system call `number` expects.
    #[inline(always)]
    pub unsafe fn call4(number: i64, a: usize, b: usize, c: usize, d: usize) -> isize {
        let mut result = a as isize;
        // SAFETY: the kernel changes x0 only; memory effects are the caller's contract.
        unsafe {
            asm!("svc 0", in("x8") number, inlateout("x0") result, in("x1") b, in("x2") c, in("x3") d,
                 options(nostack));
        }
        result
    }

    /// # Safety
    /// The arguments are what system call `number` expects.
    #[inline(always)]
    pub unsafe fn call6(number: i64, a: usize, b: usize, c: usize, d: usize, e: usize, f: usize) -> isize {
        let mut result = a as isize;
        // SAFETY: as in call4.
        unsafe {
            asm!("svc 0", in("x8") number, inlateout("x0") result, in("x1") b, in("x2") c, in("x3") d,
                 in("x4") e, in("x5") f, options(nostack));
        }
        result
    }
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
mod arch {
    /// # Safety
    /// The arguments are what system call `number` expects.
    pub unsafe fn call4(number: libc::c_long, a: usize, b: usize, c: usize, d: usize) -> isize {
        // SAFETY: the caller's contract.
        unsafe { call6(number, a, b, c, d, 0, 0) }
    }

    /// # Safety
    /// The arguments are what system call `number` expects.
    pub unsafe fn call6(
        number: libc::c_long,
        a: usize,
        b: usize,
        c: usize,
        d: usize,
        e: usize,
        f: usize,
    ) -> isize {
        // SAFETY: errno is the thread's own; the rest is the caller's contract.
        unsafe {
            let before = *libc::__errno_location();
            let result = libc::syscall(number, a, b, c, d, e, f);
            let result = if result == -1 { -(*libc::__errno_location() as isize) } else { result as isize };
            *libc::__errno_location() = before;
            result
        }
    }
}

pub use arch::{call4, call6};
