//! Whether a number is still that of the descriptor that libsock made: a program may close any number and get
//! it again for something of its own.

use super::super::fd_owner::close_if_ours;
use super::super::into_number;
use super::ret::of_kernel;
use super::syscall::call4;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};

const F_SETSIG: usize = 10;
const F_GETSIG: usize = 11;
/// The mark: the signal for asynchronous events. Nothing asks for such events here, so none is ever sent, and
/// no program can choose this number, which the C libraries keep for themselves.
const MARK: usize = 33;

/// The kernel or a sandbox refuses the mark: then the type of the file has to do.
static UNMARKED: AtomicBool = AtomicBool::new(false);

fn fcntl(fd: i32, command: usize, argument: usize) -> super::super::Result<usize> {
    // SAFETY: these commands take numbers only.
    of_kernel(unsafe { call4(libc::SYS_fcntl, fd as usize, command, argument, 0) })
}

/// Marks a new descriptor, an eventfd(2) or epoll(7) instance, as libsock's.
pub(super) fn mark(fd: impl AsFd) {
    if fcntl(fd.as_fd().as_raw_fd(), F_SETSIG, MARK).is_err() {
        UNMARKED.store(true, Ordering::Relaxed);
    }
}

/// Whether a number is that of a descriptor that libsock has marked. Async-signal-safe; `errno` untouched.
pub fn is_ours(fd: i32) -> bool {
    match fcntl(fd, F_GETSIG, 0) {
        Ok(MARK) => true,
        Err(error) if error.0 == libc::EBADF => false,
        Ok(_) if !UNMARKED.load(Ordering::Relaxed) => false,
        _ => file(fd).is_some_and(|(kind, _)| kind == 0),
    }
}

/// A marked descriptor behind a handle, which outlives a call: the program may close it meanwhile, and have its
/// number for something of its own.
pub struct MarkedFd(i32);

impl MarkedFd {
    /// Of a descriptor that bears the mark of libsock.
    pub fn new(fd: OwnedFd) -> MarkedFd {
        MarkedFd(into_number(fd))
    }

    /// The number.
    pub fn number(&self) -> i32 {
        self.0
    }
}

impl Drop for MarkedFd {
    fn drop(&mut self) {
        close_if_ours(self.0);
    }
}

/// The number by which the kernel knows a socket.
pub fn socket_id(fd: i32) -> Option<u64> {
    file(fd).filter(|(kind, _)| *kind == libc::S_IFSOCK).map(|(_, number)| number)
}

/// The type and number of a file; event descriptors and epoll instances have no type.
fn file(fd: i32) -> Option<(libc::mode_t, u64)> {
    let mut about = MaybeUninit::<libc::stat>::uninit();
    // SAFETY: the place is ours, and read only when the call has filled it; errno is the thread's own.
    unsafe {
        let before = *libc::__errno_location();
        let known = libc::fstat(fd, about.as_mut_ptr()) == 0;
        *libc::__errno_location() = before;
        #[allow(clippy::unnecessary_cast)] // narrower on some targets
        known.then(|| {
            let about = about.assume_init();
            (about.st_mode & libc::S_IFMT, about.st_ino as u64)
        })
    }
}
