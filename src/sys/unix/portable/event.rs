//! Event descriptors: pipes, known by the number of the end that is read.
//!
//! The table remembers, for each such number, the other end and which files both are: a program may close any
//! number and get it again for something of its own.

use super::call::bare;
use super::create::{close, prepare};
use crate::sys::unix::ret::of_libc;
use crate::sys::{Errno, GrowOnlyTable, KeptErrno, Result, duplicate};
use std::mem::{MaybeUninit, forget as keep};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, IntoRawFd, OwnedFd};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// The pipe whose end to be read has the number of this entry.
#[derive(Default)]
struct Pipe {
    /// The other end's number plus one; 0: there is no pipe.
    writer: AtomicU32,
    device: AtomicU64,
    read_file: AtomicU64,
    write_file: AtomicU64,
}

static PIPES: GrowOnlyTable<Pipe, 16_384, 256> = GrowOnlyTable::new();

fn pipe_of(fd: i32) -> Option<&'static Pipe> {
    PIPES.get(usize::try_from(fd).ok()?)
}

impl Pipe {
    /// The other end, if both still are what they were.
    fn proved_writer(&self, fd: i32) -> Option<i32> {
        let writer = self.writer.load(Ordering::Acquire).checked_sub(1)? as i32;
        let device = self.device.load(Ordering::Relaxed);
        let proved = file(fd) == Some((libc::S_IFIFO, device, self.read_file.load(Ordering::Relaxed)))
            && file(writer) == Some((libc::S_IFIFO, device, self.write_file.load(Ordering::Relaxed)));
        proved.then_some(writer)
    }
}

/// An event descriptor that has one owner: dropping it closes both ends.
pub struct EventFd(i32);

impl Drop for EventFd {
    fn drop(&mut self) {
        let _ = close(self.0);
    }
}

impl AsFd for EventFd {
    fn as_fd(&self) -> BorrowedFd<'_> {
        // SAFETY: owned by this, and open as long as it lives.
        unsafe { BorrowedFd::borrow_raw(self.0) }
    }
}

/// The number goes to an owner who closes it with [`close`].
impl From<EventFd> for OwnedFd {
    fn from(event: EventFd) -> OwnedFd {
        let fd = event.0;
        keep(event);
        // SAFETY: nothing else owns it any more.
        unsafe { OwnedFd::from_raw_fd(fd) }
    }
}

/// A duplicate of an event descriptor, which outlives a call: the program may close it meanwhile, and have its number
/// for something of its own.
pub struct EventCopy {
    fd: i32,
    of: Option<File>,
}

impl EventCopy {
    /// Of an event descriptor.
    pub fn new(fd: i32) -> Result<EventCopy> {
        let fd = duplicate(fd)?.into_raw_fd();
        Ok(EventCopy { fd, of: file(fd) })
    }

    /// The number.
    pub fn number(&self) -> i32 {
        self.fd
    }

    /// In the child of a fork that has a copy of this in the middle of something: closes it by number.
    pub fn close_copy(&self) {
        if file(self.fd) == self.of {
            let _ = close(self.fd);
        }
    }
}

impl Drop for EventCopy {
    fn drop(&mut self) {
        self.close_copy();
    }
}

/// An event descriptor that the program may poll itself: any may.
pub use self::event_fd as program_event_fd;

/// A new pipe, close-on-exec and non-blocking, by its end to be read.
pub fn event_fd() -> Result<EventFd> {
    let mut ends = [0; 2];
    // SAFETY: two numbers are written to an array of ours.
    of_libc(unsafe { libc::pipe(ends.as_mut_ptr()) })?;
    // SAFETY: two new descriptors that nothing else owns.
    let (reader, writer) = unsafe { (OwnedFd::from_raw_fd(ends[0]), OwnedFd::from_raw_fd(ends[1])) };
    prepare(&reader)?;
    prepare(&writer)?;
    let place = PIPES.get_or_grow(reader.as_raw_fd() as usize).ok_or(Errno(libc::ENOMEM))?;
    let stale = place.writer.swap(0, Ordering::Acquire).checked_sub(1).map(|fd| fd as i32);
    // The program has closed the end that was read, and left the other.
    if let Some(stale) = stale.filter(|stale| {
        let was =
            (libc::S_IFIFO, place.device.load(Ordering::Relaxed), place.write_file.load(Ordering::Relaxed));
        file(*stale) == Some(was)
    }) {
        let _ = close(stale);
    }
    let about = file(reader.as_raw_fd()).zip(file(writer.as_raw_fd()));
    let ((_, device, read_file), (_, _, write_file)) = about.ok_or(Errno(libc::EBADF))?;
    place.device.store(device, Ordering::Relaxed);
    place.read_file.store(read_file, Ordering::Relaxed);
    place.write_file.store(write_file, Ordering::Relaxed);
    place.writer.store(writer.into_raw_fd() as u32 + 1, Ordering::Release);
    Ok(EventFd(reader.into_raw_fd()))
}

/// Makes an event descriptor readable; false where the number is no longer that of one of ours, and nothing
/// was written. Async-signal-safe; `errno` untouched.
pub fn signal(fd: i32) -> bool {
    let Some(writer) = pipe_of(fd).and_then(|pipe| pipe.proved_writer(fd)) else { return false };
    let byte = 1_u8;
    // SAFETY: one byte of ours is read. A full pipe is readable anyhow.
    bare(|| unsafe { libc::write(writer, std::ptr::from_ref(&byte).cast(), 1) });
    true
}

/// Makes an event descriptor unreadable again, unless the number is no longer that of one of ours.
pub fn drain(fd: i32) {
    if !is_ours(fd) {
        return;
    }
    let mut bytes = [0_u8; 64];
    // SAFETY: at most the size of our array is written.
    while bare(|| unsafe { libc::read(fd, bytes.as_mut_ptr().cast(), bytes.len()) }) == bytes.len() as isize {
    }
}

/// Whether a number is that of an event descriptor of libsock. Async-signal-safe; `errno` untouched.
pub fn is_ours(fd: i32) -> bool {
    pipe_of(fd).is_some_and(|pipe| pipe.proved_writer(fd).is_some())
}

/// Takes an event descriptor that is to be closed out of the table: its other end.
pub fn forget(fd: i32) -> Option<i32> {
    let pipe = pipe_of(fd).filter(|pipe| pipe.writer.load(Ordering::Relaxed) != 0)?;
    let writer = pipe.proved_writer(fd);
    pipe.writer.store(0, Ordering::Release);
    writer
}

/// The number by which the kernel knows a socket.
pub fn socket_id(fd: i32) -> Option<u64> {
    file(fd).filter(|(kind, ..)| *kind == libc::S_IFSOCK).map(|(.., number)| number)
}

/// The type, device and number of a file.
pub(super) type File = (libc::mode_t, u64, u64);

/// Which file a descriptor is of.
pub(super) fn file(fd: i32) -> Option<File> {
    let _errno = KeptErrno::new();
    let mut about = MaybeUninit::<libc::stat>::uninit();
    // SAFETY: the place is ours, and read only when the call has filled it.
    unsafe {
        (libc::fstat(fd, about.as_mut_ptr()) == 0).then(|| {
            let about = about.assume_init();
            #[allow(clippy::unnecessary_cast)] // of other types on some systems
            (about.st_mode & libc::S_IFMT, about.st_dev as u64, about.st_ino as u64)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::PollFd;
    use crate::sys::poll;

    fn is_readable(fd: i32) -> bool {
        poll(&mut [PollFd::new(fd, libc::POLLIN)], Some(0)) == Ok(1)
    }

    #[test]
    fn is_readable_from_a_signal_until_it_is_drained() {
        let event = event_fd().expect("an event");
        let fd = event.0;
        assert!(is_ours(fd) && !is_readable(fd));
        for _ in 0..200 {
            assert!(signal(fd));
        }
        assert!(is_readable(fd));
        drain(fd);
        assert!(!is_readable(fd));
        let copy = duplicate(fd).expect("a duplicate");
        assert!(!is_ours(copy.as_raw_fd()), "another number");
    }

    #[test]
    fn a_strangers_number_is_not_written_to() {
        let event = event_fd().expect("an event");
        let fd = event.0;
        let (stranger, _peer) =
            super::super::socketpair(libc::AF_UNIX, libc::SOCK_STREAM, 0).expect("a pair");
        let kept = duplicate(fd).expect("a duplicate");
        // SAFETY: replaces a descriptor of this test.
        assert_eq!(unsafe { libc::dup2(stranger.as_raw_fd(), fd) }, fd);
        assert!(!is_ours(fd) && !signal(fd));
        // SAFETY: puts it back, so that both ends are closed.
        assert_eq!(unsafe { libc::dup2(kept.as_raw_fd(), fd) }, fd);
        assert!(is_ours(fd));
    }
}
