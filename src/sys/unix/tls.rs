//! The calling thread's record, found without a function call.
//!
//! A `thread_local!` of a shared library is reached through `__tls_get_addr`, which costs more than
//! the whole pin. On x86-64 one pointer in the static TLS block is reached with the initial-exec
//! model; `dlopen` accepts it while it stays this small. It begins as a pointer to a record that is always full,
//! so that the hot calls need not ask whether there is one.

use super::super::{NO_RECORD_YET, ThreadRecord};

#[cfg(all(target_arch = "x86_64", not(miri)))]
mod place {
    use super::{NO_RECORD_YET, ThreadRecord};
    use std::arch::{asm, global_asm};

    global_asm!(
        ".section .tdata,\"awT\",@progbits",
        ".p2align 3",
        ".globl libsock_record",
        ".hidden libsock_record",
        ".type libsock_record, @object",
        ".size libsock_record, 8",
        "libsock_record:",
        ".quad {none}",
        ".text",
        none = sym NO_RECORD_YET,
    );

    #[inline(always)]
    pub fn get() -> &'static ThreadRecord {
        let value: *const ThreadRecord;
        // SAFETY: reads the thread's own copy of the word defined above, which always points to a record.
        unsafe {
            asm!("mov {0}, qword ptr [rip + libsock_record@GOTTPOFF]", "mov {0}, qword ptr fs:[{0}]",
                 out(reg) value, options(pure, readonly, nostack, preserves_flags));
            &*value
        }
    }

    pub fn set(value: &'static ThreadRecord) {
        // SAFETY: writes the thread's own copy of the word defined above.
        unsafe {
            asm!("mov {0}, qword ptr [rip + libsock_record@GOTTPOFF]", "mov qword ptr fs:[{0}], {1}",
                 out(reg) _, in(reg) std::ptr::from_ref(value), options(nostack, preserves_flags));
        }
    }
}

#[cfg(not(all(target_arch = "x86_64", not(miri))))]
mod place {
    use super::{NO_RECORD_YET, ThreadRecord};
    use std::cell::Cell;

    thread_local! {
        static RECORD: Cell<Option<&'static ThreadRecord>> = const { Cell::new(None) };
    }

    #[inline(always)]
    pub fn get() -> &'static ThreadRecord {
        RECORD.get().unwrap_or(&NO_RECORD_YET)
    }

    pub fn set(value: &'static ThreadRecord) {
        RECORD.set(Some(value));
    }
}

/// The record that [`set_record`] gave to this thread, or [`NO_RECORD_YET`].
#[inline(always)]
pub fn record() -> &'static ThreadRecord {
    place::get()
}

/// Gives a record to this thread.
pub fn set_record(record: &'static ThreadRecord) {
    place::set(record);
}
