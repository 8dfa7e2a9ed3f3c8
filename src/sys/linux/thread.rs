//! What proc(5) and prctl(2) know of threads.

use super::syscall::call4;
use std::ffi::CStr;
use std::io::Write;

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

/// Names the calling thread, for debuggers and ps(1): at most 15 bytes.
pub fn name_thread(name: &CStr) {
    // SAFETY: a string, which is copied.
    unsafe { libc::prctl(libc::PR_SET_NAME, name.as_ptr()) };
}
