//! The calling thread's record, found without a function call.
//!
//! A `thread_local!` of a shared library is reached through `__tls_get_addr`, which costs more than
//! the whole pin. On x86-64 one pointer in the static TLS block is reached with the initial-exec
//! model; `dlopen` accepts it while it stays this small.

use super::super::ThreadRecord;

#[cfg(all(target_arch = "x86_64", not(miri)))]
mod place {
    use std::arch::{asm, global_asm};

    global_asm!(
        ".section .tbss,\"awT\",@nobits",
        ".p2align 3",
        ".globl libsock_record",
        ".hidden libsock_record",
        ".type libsock_record, @object",
        ".size libsock_record, 8",
        "libsock_record:",
        ".zero 8",
        ".text"
    );

    #[inline(always)]
    pub fn get() -> usize {
        let value: usize;
        // SAFETY: reads the thread's own copy of the word defined above.
        unsafe {
            asm!("mov {0}, qword ptr [rip + libsock_record@GOTTPOFF]", "mov {0}, qword ptr fs:[{0}]",
                 out(reg) value, options(pure, readonly, nostack, preserves_flags));
        }
        value
    }

    pub fn set(value: usize) {
        // SAFETY: writes the thread's own copy of the word defined above.
        unsafe {
            asm!("mov {0}, qword ptr [rip + libsock_record@GOTTPOFF]", "mov qword ptr fs:[{0}], {1}",
                 out(reg) _, in(reg) value, options(nostack, preserves_flags));
        }
    }
}

#[cfg(not(all(target_arch = "x86_64", not(miri))))]
mod place {
    use std::cell::Cell;

    thread_local! {
        static RECORD: Cell<usize> = const { Cell::new(0) };
    }

    #[inline(always)]
    pub fn get() -> usize {
        RECORD.get()
    }

    pub fn set(value: usize) {
        RECORD.set(value);
    }
}

/// The record that [`set_record`] gave to this thread.
#[inline(always)]
pub fn record() -> Option<&'static ThreadRecord> {
    // SAFETY: the word is 0 or was made from a `&'static ThreadRecord` by `set_record`.
    unsafe { (place::get() as *const ThreadRecord).as_ref() }
}

/// Gives a record to this thread.
pub fn set_record(record: &'static ThreadRecord) {
    place::set(std::ptr::from_ref(record) as usize);
}
