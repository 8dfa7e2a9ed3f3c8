//! accept that never blocks, whatever O_NONBLOCK says: io_uring(7) has a flag for one call, which accept4(2) has
//! not.
//!
//! Each thread that needs it has a ring of its own for one call at a time. The ring is registered with the thread
//! and its descriptor closed, so that no number can be closed or reused by the program, and a child of a fork cannot
//! enter it.

use super::super::{Address, Errno, Result, Threads};
use super::ret::of_kernel;
use super::syscall::{call4, call6};
use std::cell::Cell;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// What of `linux/io_uring.h` is used here.
const OP_ACCEPT: u8 = 13;
const OP_ASYNC_CANCEL: u8 = 14;
const ACCEPT_DONTWAIT: u16 = 1 << 1;
const SETUP_CLAMP: u32 = 1 << 4;
const FEAT_SINGLE_MMAP: u32 = 1 << 0;
const FEAT_FAST_POLL: u32 = 1 << 5;
const ENTER_GETEVENTS: usize = 1 << 0;
const ENTER_REGISTERED_RING: usize = 1 << 4;
const REGISTER_RING_FDS: usize = 20;
const OFF_SQES: i64 = 0x1000_0000;

#[repr(C)]
#[derive(Default)]
struct SubmissionOffsets {
    head: u32,
    tail: u32,
    ring_mask: u32,
    ring_entries: u32,
    flags: u32,
    dropped: u32,
    array: u32,
    reserved: u32,
    user_address: u64,
}

#[repr(C)]
#[derive(Default)]
struct CompletionOffsets {
    head: u32,
    tail: u32,
    ring_mask: u32,
    ring_entries: u32,
    overflow: u32,
    entries: u32,
    flags: u32,
    reserved: u32,
    user_address: u64,
}

#[repr(C)]
#[derive(Default)]
struct Params {
    sq_entries: u32,
    cq_entries: u32,
    flags: u32,
    sq_thread_cpu: u32,
    sq_thread_idle: u32,
    features: u32,
    wq_fd: u32,
    reserved: [u32; 3],
    sq: SubmissionOffsets,
    cq: CompletionOffsets,
}

/// A submission.
#[repr(C)]
#[derive(Default)]
struct Submission {
    opcode: u8,
    flags: u8,
    ioprio: u16,
    fd: i32,
    address2: u64,
    address: u64,
    len: u32,
    call_flags: u32,
    user_data: u64,
    rest: [u64; 3],
}

/// A completion.
#[repr(C)]
#[derive(Clone, Copy)]
struct Completion {
    user_data: u64,
    result: i32,
    flags: u32,
}

const _: () = assert!(size_of::<Params>() == 120 && size_of::<Submission>() == 64);

const ENTRIES: u32 = 2;
const ACCEPT: u64 = 1;
const CANCEL: u64 = 2;

/// Memory that the kernel maps for a ring.
struct Mapping {
    start: *mut u8,
    len: usize,
}

impl Mapping {
    fn new(ring: &OwnedFd, offset: i64, len: usize) -> Result<Mapping> {
        let (protection, flags) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED | libc::MAP_POPULATE);
        // SAFETY: a new mapping, which moves nothing that exists.
        let start =
            unsafe { libc::mmap64(ptr::null_mut(), len, protection, flags, ring.as_raw_fd(), offset) };
        if start == libc::MAP_FAILED {
            return Err(crate::sys::last_errno());
        }
        Ok(Mapping { start: start.cast(), len })
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: a mapping of our own, which nothing refers to any more.
        unsafe { libc::munmap(self.start.cast(), self.len) };
    }
}

/// A ring of one thread, which makes one call at a time.
struct Ring {
    /// Its place among the rings that are registered with the thread.
    index: usize,
    queues: Mapping,
    submissions: Mapping,
    sq: SubmissionOffsets,
    cq: CompletionOffsets,
    /// Where the kernel writes the peer of a connection: the ring's own, so that it outlives every call.
    peer: *mut Address,
    /// The kernel knows ACCEPT_DONTWAIT. Before Linux 6.10 a second submission cancels the first.
    has_dontwait: bool,
    /// The process that made it.
    process: u32,
}

impl Ring {
    fn new() -> Result<Ring> {
        let mut params = Params { flags: SETUP_CLAMP, ..Params::default() };
        // SAFETY: the kernel reads and writes one parameter block of ours.
        let fd = of_kernel(unsafe {
            call4(libc::SYS_io_uring_setup, ENTRIES as usize, ptr::from_mut(&mut params) as usize, 0, 0)
        })?;
        // SAFETY: a new descriptor that nothing else owns.
        let fd = unsafe { OwnedFd::from_raw_fd(fd as i32) };
        let needed = FEAT_SINGLE_MMAP | FEAT_FAST_POLL;
        if params.features & needed != needed {
            return Err(Errno(libc::ENOSYS));
        }
        let entry = size_of::<Completion>();
        let submitted = params.sq.array as usize + params.sq_entries as usize * size_of::<u32>();
        let completed = params.cq.entries as usize + params.cq_entries as usize * entry;
        let queues = Mapping::new(&fd, 0, submitted.max(completed))?;
        let submissions = Mapping::new(&fd, OFF_SQES, params.sq_entries as usize * size_of::<Submission>())?;
        // struct io_uring_rsrc_update: any place, and the ring's descriptor.
        let mut place = [u64::from(u32::MAX), fd.as_raw_fd() as u64];
        // SAFETY: the kernel reads and writes one update of ours.
        let registered = of_kernel(unsafe {
            let at = place.as_mut_ptr() as usize;
            call4(libc::SYS_io_uring_register, fd.as_raw_fd() as usize, REGISTER_RING_FDS, at, 1)
        })?;
        if registered != 1 {
            return Err(Errno(libc::ENOSYS));
        }
        // The offset is the first four bytes of the update.
        let bytes = place[0].to_ne_bytes();
        let index = u32::from_ne_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) as usize;
        let peer = Box::into_raw(Box::new(Address::NONE));
        let (sq, cq, process) = (params.sq, params.cq, super::process_epoch());
        let mut ring = Ring { index, queues, submissions, sq, cq, peer, has_dontwait: true, process };
        // Flags are looked at before the descriptor.
        ring.has_dontwait = ring.accept(-1, false)? == -libc::EBADF;
        Ok(ring)
    }

    fn word(&self, offset: u32) -> &AtomicU32 {
        // SAFETY: an aligned word of the mapping, by an offset that the kernel gave.
        unsafe { &*self.queues.start.add(offset as usize).cast() }
    }

    /// One accept that does not wait: what it answered. An error: the ring does not work.
    fn accept(&mut self, fd: i32, named: bool) -> Result<i32> {
        let accept = Submission {
            opcode: OP_ACCEPT,
            fd,
            ioprio: if self.has_dontwait { ACCEPT_DONTWAIT } else { 0 },
            // SAFETY: the place is alive; only addresses are taken.
            address: if named { unsafe { ptr::addr_of!((*self.peer).native) as u64 } } else { 0 },
            // SAFETY: as above.
            address2: if named { unsafe { ptr::addr_of!((*self.peer).len) as u64 } } else { 0 },
            call_flags: (libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK) as u32,
            user_data: ACCEPT,
            ..Submission::default()
        };
        let cancel = Submission {
            opcode: OP_ASYNC_CANCEL,
            fd: -1,
            address: ACCEPT,
            user_data: CANCEL,
            ..Submission::default()
        };
        if self.has_dontwait { self.run([accept]) } else { self.run([accept, cancel]) }
    }

    /// Submits, and waits until all is complete, which never takes long: the answer of the accept.
    fn run<const N: usize>(&mut self, submissions: [Submission; N]) -> Result<i32> {
        let first = self.word(self.sq.tail).load(Ordering::Relaxed);
        let mask = self.word(self.sq.ring_mask).load(Ordering::Relaxed);
        for (n, submission) in submissions.into_iter().enumerate() {
            let at = first.wrapping_add(n as u32) & mask;
            // SAFETY: an entry of the mapping that the kernel does not read now.
            unsafe { self.submissions.start.cast::<Submission>().add(at as usize).write(submission) };
            self.word(self.sq.array + 4 * at).store(at, Ordering::Relaxed);
        }
        let last = first.wrapping_add(N as u32);
        self.word(self.sq.tail).store(last, Ordering::Release);
        let (mut left, mut answer) = (N, 0);
        while left > 0 {
            let head = self.word(self.sq.head).load(Ordering::Acquire);
            let entered = self.enter(last.wrapping_sub(head) as usize, left);
            let before = left;
            self.reap(|completion| {
                left -= 1;
                if completion.user_data == ACCEPT {
                    answer = completion.result;
                }
            });
            match entered {
                // Interrupted, or out of memory for a moment. What was submitted has to come back.
                Err(Errno(libc::EINTR | libc::EAGAIN | libc::EBUSY)) if left < N || self.has_begun(first) => {
                }
                Err(error) if left == before => {
                    self.word(self.sq.tail).store(first, Ordering::Release);
                    return Err(error);
                }
                _ => {}
            }
        }
        Ok(answer)
    }

    fn has_begun(&self, first: u32) -> bool {
        self.word(self.sq.head).load(Ordering::Acquire) != first
    }

    fn enter(&self, submit: usize, complete: usize) -> Result<usize> {
        let flags = ENTER_GETEVENTS | ENTER_REGISTERED_RING;
        // SAFETY: the kernel works on memory of the ring, and on the ring's place for the peer.
        of_kernel(unsafe { call6(libc::SYS_io_uring_enter, self.index, submit, complete, flags, 0, 0) })
    }

    fn reap(&self, mut each: impl FnMut(Completion)) {
        let mut head = self.word(self.cq.head).load(Ordering::Relaxed);
        let mask = self.word(self.cq.ring_mask).load(Ordering::Relaxed);
        while head != self.word(self.cq.tail).load(Ordering::Acquire) {
            let at = self.cq.entries as usize + (head & mask) as usize * size_of::<Completion>();
            // SAFETY: an entry of the mapping that the kernel has completed.
            each(unsafe { self.queues.start.add(at).cast::<Completion>().read() });
            head = head.wrapping_add(1);
            self.word(self.cq.head).store(head, Ordering::Release);
        }
    }
}

impl Drop for Ring {
    fn drop(&mut self) {
        // SAFETY: made by a box; no call of the kernel uses it any more.
        drop(unsafe { Box::from_raw(self.peer) });
    }
}

thread_local! {
    // A pointer without a destructor: registering one takes memory, and the C library ends the process without.
    // The thread's record ends it: see `end_ring`.
    static RING: Cell<*mut State> = const { Cell::new(ptr::null_mut()) };
}

enum State {
    None,
    Open(Ring),
    /// It could not be made; so many calls later it is tried again.
    Failed(u32),
    /// A filter of system calls is there.
    Never,
}

/// The kernel has no io_uring, or no use of it for this process.
static REFUSED: AtomicBool = AtomicBool::new(false);
const RETRY_AFTER: u32 = 1000;

/// Whether this thread may use io_uring: a filter of system calls may kill a process for one that it does not
/// know. A filter may come at any time, and never goes.
fn is_filtered() -> bool {
    // SAFETY: numbers only.
    unsafe { call4(libc::SYS_prctl, libc::PR_GET_SECCOMP as usize, 0, 0, 0) != 0 }
}

/// accept4(2), close-on-exec and O_NONBLOCK, that never blocks: EAGAIN where no connection waits. `None`: io_uring
/// cannot be used here.
pub fn accept_now(fd: i32, peer: Option<&mut Address>) -> Option<Result<OwnedFd>> {
    if REFUSED.load(Ordering::Relaxed) {
        return None;
    }
    // Without a record there is nobody to end the ring with its thread.
    if Threads::current().number() == 0 {
        return None;
    }
    // Taken for the call: a call within it finds none.
    let taken = RING.replace(ptr::null_mut());
    let mut state = match NonNull::new(taken) {
        // SAFETY: made by a box, and taken out of its place.
        Some(state) => unsafe { Box::from_raw(state.as_ptr()) },
        None => Box::new(State::None),
    };
    let answer = accept_in(&mut state, fd, peer);
    let before = RING.replace(Box::into_raw(state));
    end(before);
    answer
}

/// Ends the ring of a thread that ends.
pub fn end_ring() {
    end(RING.replace(ptr::null_mut()));
}

fn end(state: *mut State) {
    if !state.is_null() {
        // SAFETY: made by a box, and taken out of its place.
        drop(unsafe { Box::from_raw(state) });
    }
}

fn accept_in(state: &mut State, fd: i32, peer: Option<&mut Address>) -> Option<Result<OwnedFd>> {
    if matches!(state, State::Open(ring) if ring.process != super::process_epoch()) {
        // The parent's: not to be touched here. Its memory is left mapped (MADV_DONTFORK would take it away, behind the
        // back of tools such as valgrind).
        std::mem::forget(std::mem::replace(state, State::None));
    }
    if !matches!(state, State::Never) && is_filtered() {
        *state = State::Never;
    }
    match state {
        State::Open(_) => {}
        State::Never => return None,
        State::Failed(left @ 1..) => {
            *left -= 1;
            return None;
        }
        State::None | State::Failed(0) => match Ring::new() {
            Ok(ring) => *state = State::Open(ring),
            Err(error) => {
                if matches!(error, Errno(libc::ENOSYS | libc::EPERM | libc::EINVAL)) {
                    REFUSED.store(true, Ordering::Relaxed);
                }
                *state = State::Failed(RETRY_AFTER);
                return None;
            }
        },
    }
    let State::Open(ring) = state else { return None };
    // SAFETY: the ring's own place, which no call uses now.
    unsafe { ring.peer.write(Address { len: Address::CAPACITY as u32, ..Address::NONE }) };
    let answer = match ring.accept(fd, peer.is_some()) {
        Ok(answer) => answer,
        // For a moment.
        Err(Errno(libc::EAGAIN | libc::EBUSY | libc::EINTR | libc::ENOMEM)) => return None,
        Err(_) => {
            *state = State::Failed(RETRY_AFTER);
            return None;
        }
    };
    Some(match answer {
        0.. => {
            if let Some(peer) = peer {
                // SAFETY: the ring's own place; numbers, whatever the kernel wrote.
                *peer = unsafe { ring.peer.read() };
                peer.len = peer.len.min(Address::CAPACITY as u32);
            }
            // SAFETY: a new descriptor that nothing else owns.
            Ok(unsafe { OwnedFd::from_raw_fd(answer) })
        }
        code if code == -libc::ECANCELED => Err(Errno(libc::EAGAIN)),
        code => Err(Errno(-code)),
    })
}

#[cfg(test)]
#[cfg(not(miri))]
mod tests {
    use super::*;
    use std::net::{TcpListener, TcpStream};

    /// A ring, where this machine allows one.
    fn ring() -> Option<Ring> {
        let ring = if is_filtered() { None } else { Ring::new().ok() };
        if ring.is_none() {
            println!("no io_uring here");
        }
        ring
    }

    fn owned(answer: Result<i32>) -> OwnedFd {
        let fd = answer.expect("a ring that works");
        assert!(fd >= 0, "accept: {fd}");
        // SAFETY: a new descriptor that nothing else owns.
        unsafe { OwnedFd::from_raw_fd(fd) }
    }

    #[test]
    fn accept_neither_blocks_nor_loses_a_connection() {
        let Some(mut ring) = ring() else { return };
        let listener = TcpListener::bind("127.0.0.1:0").expect("a listener, in blocking mode");
        let at = listener.local_addr().expect("its address");
        let fd = listener.as_raw_fd();
        let newest = ring.has_dontwait;
        for dontwait in [newest, false] {
            ring.has_dontwait = dontwait;
            let empty = if dontwait { -libc::EAGAIN } else { -libc::ECANCELED };
            for _ in 0..100 {
                assert_eq!(ring.accept(fd, false), Ok(empty));
                let _client = TcpStream::connect(at).expect("a connection");
                drop(owned(ring.accept(fd, true)));
                assert_eq!(ring.accept(fd, false), Ok(empty));
            }
        }
        assert_eq!(ring.accept(-1, false), Ok(-libc::EBADF));
    }

    #[test]
    fn it_answers_as_accept4() {
        if ring().is_none() {
            return;
        }
        let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
        let client = TcpStream::connect(listener.local_addr().expect("an address")).expect("a connection");
        let mut peer = Address::NONE;
        let fd = accept_now(listener.as_raw_fd(), Some(&mut peer)).expect("io_uring").expect("a connection");
        assert_eq!((peer.len, crate::sys::nonblock(fd.as_raw_fd())), (16, Ok(true)));
        assert_eq!(crate::sys::inheritable(fd.as_raw_fd()), Ok(false));
        let port = client.local_addr().expect("an address").port();
        assert_eq!(peer.bytes()[2..4], port.to_be_bytes());
        let again = accept_now(listener.as_raw_fd(), None).expect("io_uring");
        assert_eq!(again.err(), Some(Errno(libc::EAGAIN)));
        // What does not listen.
        let refused = accept_now(client.as_raw_fd(), None).expect("io_uring");
        assert_eq!(refused.err(), Some(Errno(libc::EINVAL)));
    }
}
