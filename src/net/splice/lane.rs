//! A lane: bytes on their way from a socket to another descriptor, in a pipe or in memory.
//!
//! splice(2) relies on O_NONBLOCK of sockets. Where somebody else may switch it, where the kernel has no splice for a
//! socket, and where no pipe can be had, the bytes go through memory.

use crate::net::handle::{NoForkGuard, Slot};
use crate::net::mode::Relying;
use crate::sys::{self, Errno, Pipe, cannot_splice};
use libc::{EAGAIN, MSG_DONTWAIT};

/// The most for one system call: while it runs, a close has to wait.
const BLOCK: usize = 1 << 20;
/// Of what goes through memory.
const CHUNK: usize = 64 << 10;

/// A connection that brings so much at once, so many times, gets a large pipe.
const BULK: usize = 16 << 10;
const BULK_TIMES: u32 = 8;

/// A socket as one end of a lane.
pub struct End<'a> {
    slot: &'a Slot,
    /// The kernel has refused to splice it.
    refuses: bool,
}

impl<'a> End<'a> {
    pub fn new(slot: &'a Slot) -> End<'a> {
        End { slot, refuses: false }
    }

    pub fn slot(&self) -> &'a Slot {
        self.slot
    }

    pub fn can_splice(&self) -> bool {
        !self.refuses && !self.slot.is_shared()
    }

    /// Runs a splice on the socket; `None` where that is not possible any more.
    pub fn splice(&mut self, call: impl FnOnce(i32) -> sys::Result<usize>) -> Option<sys::Result<usize>> {
        let relying = Relying::begin(self.slot)?;
        let result = call(self.slot.fd());
        drop(relying);
        self.refuses = result.is_err_and(cannot_splice);
        (!self.refuses).then_some(result)
    }
}

/// Where the bytes of a lane go.
pub enum Target<'a> {
    Socket(End<'a>),
    /// A file: at this position, or at its own.
    File(i32, Option<i64>),
    /// A pipe of the caller.
    Pipe(i32),
}

/// The pipe that lanes share: each has it only while it has bytes in it.
#[derive(Default)]
pub struct Spare {
    pipe: Option<Pipe>,
    /// No pipe can be had.
    refused: bool,
    /// How often much came at once.
    bulk: u32,
}

impl Spare {
    fn take(&mut self) -> Option<Pipe> {
        if let Some(mut pipe) = self.pipe.take().filter(Pipe::is_own) {
            if self.bulk >= BULK_TIMES {
                pipe.grow();
            }
            return Some(pipe);
        }
        if self.refused {
            return None;
        }
        let _no_fork = NoForkGuard::enter();
        let made = Pipe::new();
        self.refused = made.is_err();
        made.ok()
    }
}

/// Bytes that were taken from a socket and not given to the target yet.
#[derive(Default)]
pub struct Lane {
    pipe: Option<Pipe>,
    in_pipe: usize,
    chunk: Vec<u8>,
    begin: usize,
    end: usize,
}

impl Lane {
    /// How many bytes are on their way.
    pub fn len(&self) -> usize {
        self.in_pipe + self.end - self.begin
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Forgets what is on its way: how much that was.
    pub fn discard(&mut self) -> usize {
        let lost = self.len();
        // With its bytes the pipe serves nobody.
        (self.pipe, self.in_pipe, self.begin, self.end) = (None, 0, 0, 0);
        lost
    }

    /// In the child of a fork that a hook of this call made, the bytes in the pipe are the parent's: how many.
    pub fn forget_foreign(&mut self) -> usize {
        match &self.pipe {
            Some(pipe) if !pipe.is_own() => {
                self.pipe = None;
                std::mem::take(&mut self.in_pipe)
            }
            _ => 0,
        }
    }

    fn chunk(&mut self, len: usize) -> sys::Result<&mut [u8]> {
        if self.chunk.len() < len {
            self.chunk = sys::memory::filled(0, len)?;
        }
        Ok(&mut self.chunk[..len])
    }

    /// Takes what comes next, at most so much; only of an empty lane. 0 at the end. `promised` says that poll has
    /// reported something to read: splice does not pass urgent data, and answers EAGAIN for ever.
    pub fn fill(
        &mut self,
        from: &mut End,
        to: &Target,
        most: usize,
        promised: bool,
        spare: &mut Spare,
    ) -> sys::Result<usize> {
        let accepts = match to {
            Target::Socket(end) => end.can_splice(),
            Target::File(..) | Target::Pipe(_) => true,
        };
        if accepts && from.can_splice() {
            if let Some(pipe) = spare.take() {
                let tried = from.splice(|fd| pipe.take_from(fd, most.min(BLOCK)));
                match tried {
                    Some(Ok(count)) if count > 0 => {
                        spare.bulk += u32::from(count >= BULK && spare.bulk < BULK_TIMES);
                        (self.pipe, self.in_pipe) = (Some(pipe), count);
                        return Ok(count);
                    }
                    other => {
                        spare.pipe = Some(pipe);
                        match other {
                            Some(Err(Errno(EAGAIN))) if promised => {}
                            Some(result) => return result,
                            None => {}
                        }
                    }
                }
            }
        }
        let fd = from.slot.fd();
        let chunk = self.chunk(most.min(CHUNK))?;
        let count = sys::recv_over(fd, chunk, MSG_DONTWAIT).outcome().unwrap_or(Ok(0))?;
        (self.begin, self.end) = (0, count);
        Ok(count)
    }

    /// Gives what is on its way to the target: how much it took.
    pub fn drain(&mut self, to: &mut Target, spare: &mut Spare) -> sys::Result<usize> {
        let count = match to {
            Target::Socket(end) => self.drain_to_socket(end)?,
            Target::File(fd, position) => {
                let count = self.drain_to_file(*fd, *position)?;
                *position = position.map(|position| position + count as i64);
                count
            }
            Target::Pipe(fd) => self.drain_to_pipe(*fd)?,
        };
        if self.in_pipe == 0 {
            if let Some(pipe) = self.pipe.take() {
                spare.pipe = Some(pipe);
            }
        }
        // 0 would be tried for ever.
        if count == 0 { Err(Errno(libc::EIO)) } else { Ok(count) }
    }

    fn drain_to_socket(&mut self, to: &mut End) -> sys::Result<usize> {
        if self.begin == self.end && to.can_splice() {
            if let (Some(pipe), count) = (&self.pipe, self.in_pipe) {
                if let Some(result) = to.splice(|fd| pipe.give_to(fd, None, count)) {
                    self.in_pipe -= result?;
                    return result;
                }
            }
        }
        self.move_to_memory()?;
        let sent = sys::send(to.slot.fd(), &self.chunk[self.begin..self.end], to.slot.send_flags());
        let sent = sent.outcome().unwrap_or(Ok(0))?;
        self.begin += sent;
        Ok(sent)
    }

    fn drain_to_file(&mut self, fd: i32, position: Option<i64>) -> sys::Result<usize> {
        if let (Some(pipe), true) = (&self.pipe, self.begin == self.end) {
            match pipe.give_to(fd, position, self.in_pipe) {
                // Files that are appended to, and file systems without splice.
                Err(error) if cannot_splice(error) => {}
                result => {
                    self.in_pipe -= result?;
                    return result;
                }
            }
        }
        self.move_to_memory()?;
        let written = sys::write_at(fd, &self.chunk[self.begin..self.end], position)?;
        self.begin += written;
        Ok(written)
    }

    fn drain_to_pipe(&mut self, fd: i32) -> sys::Result<usize> {
        if let (Some(pipe), true) = (&self.pipe, self.begin == self.end) {
            match pipe.give_to(fd, None, self.in_pipe) {
                Err(error) if cannot_splice(error) => {}
                result => {
                    self.in_pipe -= result?;
                    return result;
                }
            }
        }
        self.move_to_memory()?;
        let written = sys::write_pipe(fd, &self.chunk[self.begin..self.end])?;
        self.begin += written;
        Ok(written)
    }

    /// Moves what is in the pipe to memory, as much as there is room for.
    fn move_to_memory(&mut self) -> sys::Result<()> {
        if self.begin == self.end && self.in_pipe > 0 {
            let len = self.in_pipe.min(CHUNK);
            let Some(pipe) = self.pipe.take() else { return Err(Errno(libc::EIO)) };
            let read = self.chunk(len).and_then(|chunk| pipe.read(chunk));
            self.pipe = Some(pipe);
            (self.begin, self.end) = (0, read?);
            self.in_pipe -= self.end;
        }
        Ok(())
    }
}
