//! sendfile: a file, or the data from a pipe, sent under one limit.
//!
//! sendfile(2) and splice(2) rely on O_NONBLOCK. Where somebody else may switch it, the data goes through memory and
//! send(2), which has a flag of its own.

use super::error::{Code, Result};
use super::handle::{Direction, Id, Kind, NoForkGuard, Pin, pin};
use super::mode::Relying;
use super::splice::pin_stream;
use super::transfer::{need_stream, send_until};
use super::wait::Call;
use crate::sys::{self, Errno, NoPipeSignal, Source};
use libc::{EAGAIN, EINVAL, ENOSYS, EOPNOTSUPP, EPERM, EPIPE, ESPIPE};

/// Until the end of the file.
const ALL: i64 = -1;
/// The most for one system call (R126 allows 1 GiB): while it runs, a close has to wait, and whoever wants the
/// descriptor's number.
const BLOCK: i64 = 1 << 20;
/// Of what has to go through memory.
const CHUNK: usize = 64 << 10;

/// Sends `count` bytes of a file from a position on, or fewer where the file ends. `sent` counts what
/// went out, also when it fails; the file's position is then behind it (R130).
pub fn sendfile(id: Id, file: i32, offset: i64, count: i64, sent: &mut i64) -> Result<i64> {
    *sent = 0;
    let pin = pin(id, Kind::Socket, Some(Direction::Write))?;
    need_stream(&pin)?; // R122
    let (source, count) = check("file", file, offset, count)?;
    let call = Call::new(&pin, Direction::Write);
    if call.is_nonblocking() {
        // R124: only what needs no wait at all.
        return if source == Source::Regular(0) { Ok(0) } else { Err(refused("s: in non-blocking mode")) };
    }
    let mut job = Job { call, pin: &pin, file, offset, count, sent, quiet: NoPipeSignal::new() };
    let result = match source {
        Source::Regular(_) | Source::Seekable => job.send_file(),
        Source::Pipe => job.send_pipe(),
        Source::Flowing => job.send_flow(),
    };
    if matches!(source, Source::Regular(_) | Source::Seekable) && *sent > 0 {
        // The file could be read at this position, so the position is valid.
        let _ = sys::set_position(file, offset + *sent);
    }
    result.map(|()| *sent)
}

/// As [`sendfile`], in every mode, from files and pipes only. The position of the file matters and moves only where
/// `offset` is -1.
pub fn from_fd(id: Id, file: i32, offset: i64, count: i64, sent: &mut i64) -> Result<i64> {
    *sent = 0;
    let pin = pin_stream(id, Direction::Write, "to")?;
    let (source, count) = check("fd", file, if offset == -1 { 0 } else { offset }, count)?;
    if source == Source::Flowing {
        return Err(refused("fd: neither a file nor a pipe"));
    }
    let has_positions = source != Source::Pipe;
    let begin = if offset == -1 && has_positions { sys::position(file)? } else { offset.max(0) };
    let call = Call::new(&pin, Direction::Write);
    let at_once = call.is_nonblocking();
    let mut job = Job { call, pin: &pin, file, offset: begin, count, sent, quiet: NoPipeSignal::new() };
    let result = if has_positions { job.send_file() } else { job.send_pipe() };
    if offset == -1 && has_positions && *sent > 0 {
        let _ = sys::set_position(file, begin + *sent);
    }
    match result {
        Err(code) if !(at_once && *sent > 0 && code == Code::errno(EAGAIN)) => Err(code),
        _ => Ok(*sent),
    }
}

fn refused(why: &str) -> Code {
    Code::errno(EINVAL).because(format_args!("{why}"))
}

/// The arguments, as R121 and R132 have them: what the file is, and how many bytes of it. A count beyond the end
/// of every file means all that there is.
fn check(field: &str, file: i32, offset: i64, count: i64) -> Result<(Source, i64)> {
    if count <= 0 && count != ALL {
        return Err(refused("count: neither positive nor -1"));
    }
    if !(0..i64::MAX).contains(&offset) {
        return Err(refused("offset: negative, or beyond every file"));
    }
    let count = count.min(i64::MAX - offset);
    if file < 0 {
        return Err(Code::errno(libc::EBADF).because(format_args!("{field}: {file} is negative")));
    }
    let source = sys::source(file)?;
    if offset > 0 && matches!(source, Source::Pipe | Source::Flowing) {
        return Err(Code::errno(libc::ESPIPE).because(format_args!("offset: {file} has no positions")));
    }
    Ok((source, count))
}

struct Job<'a, 'p> {
    call: Call<'p>,
    pin: &'p Pin,
    file: i32,
    offset: i64,
    count: i64,
    sent: &'a mut i64,
    quiet: NoPipeSignal,
}

impl Job<'_, '_> {
    fn position(&self) -> i64 {
        self.offset + *self.sent
    }

    /// How many bytes the next step may move; `None` when all have gone.
    fn next(&self, most: i64) -> Option<usize> {
        let left = if self.count == ALL { i64::MAX } else { self.count - *self.sent };
        (left > 0).then_some(left.min(most) as usize)
    }

    fn wait_for_source(&mut self) -> Result<()> {
        match self.call.is_nonblocking() {
            true => Err(Code::errno(EAGAIN)),
            false => self.call.wait_readable(self.file),
        }
    }

    /// Moves bytes in the kernel until all have gone. `step` tries once; `is_empty` says whether a try met
    /// EAGAIN because of the source and not of the socket.
    fn pump(
        &mut self,
        step: impl Fn(i32, &Self, usize) -> sys::Result<usize>,
        is_empty: impl Fn(&Self) -> bool,
    ) -> Result<Pumped> {
        let slot = self.pin.slot();
        while let Some(most) = self.next(BLOCK) {
            let Some(relying) = Relying::begin(slot) else { return Ok(Pumped::Shared) };
            let tried = step(slot.fd(), self, most);
            drop(relying);
            match tried {
                Ok(0) => return Ok(Pumped::All),
                Ok(moved) => {
                    *self.sent += moved as i64;
                    if self.next(BLOCK).is_some() {
                        self.call.progressed()?;
                    }
                }
                Err(Errno(EAGAIN)) if is_empty(self) => self.wait_for_source()?,
                Err(error) => {
                    if error == Errno(EPIPE) {
                        self.quiet.raised();
                    }
                    self.call.retry(error, false)?;
                }
            }
        }
        Ok(Pumped::All)
    }

    /// TransmitFile of Windows. It does not say how much of a block has gone that is cut short, so calls with a limit
    /// go through memory; and what it does not take.
    fn transmit(&mut self) -> Result<Pumped> {
        while let Some(most) = self.next(BLOCK) {
            if !self.call.is_unlimited() {
                return Ok(Pumped::Shared);
            }
            let (fd, from, call) = (self.pin.fd(), self.position(), &mut self.call);
            let done = sys::transmit(fd, self.file, from, most, |ended| call.wait_readable(ended));
            let Some(done) = done else { return Ok(Pumped::Shared) };
            *self.sent += done.moved as i64;
            done.waited?;
            match done.result.map_err(Code::from) {
                Err(code) if *self.sent == 0 && cannot_send_file(code) => return Ok(Pumped::Shared),
                result => result?,
            }
            if done.moved == 0 {
                return Ok(Pumped::Shared);
            }
            if self.next(BLOCK).is_some() {
                self.call.progressed()?;
            }
        }
        Ok(Pumped::All)
    }

    /// Files: sendfile(2), and where a file system cannot do that, before the first byte, through
    /// memory (R123, R129).
    fn send_file(&mut self) -> Result<()> {
        let step = |socket: i32, job: &Self, most| sys::send_file(socket, job.file, job.position(), most);
        let pumped = if sys::HAS_TRANSMIT { self.transmit() } else { self.pump(step, |_| false) };
        match pumped {
            Ok(Pumped::All) => return Ok(()),
            Ok(Pumped::Shared) => {}
            Err(code) if *self.sent == 0 && cannot_send_file(code) => {}
            Err(code) => return Err(code),
        }
        let read = |job: &mut Self, buffer: &mut [u8]| Ok(sys::read_at(job.file, buffer, job.position())?);
        match self.through_memory(read, |_, _| Ok(())) {
            // Devices that take lseek(2) without having positions.
            Err(code) if *self.sent == 0 && self.offset == 0 && code == Code::errno(ESPIPE) => {
                self.send_flow()
            }
            done => done,
        }
    }

    /// Pipes: splice(2), which leaves in the pipe what does not go. Through memory: copies, and takes from the
    /// pipe what has gone.
    fn send_pipe(&mut self) -> Result<()> {
        let step = |socket: i32, job: &Self, most| sys::splice(job.file, socket, most);
        match self.pump(step, |job| !sys::is_readable(job.file)) {
            Ok(Pumped::All) => return Ok(()),
            Ok(Pumped::Shared) => {}
            Err(code) if *self.sent == 0 && cannot_send_file(code) => {}
            Err(code) => return Err(code),
        }
        // Without splice(2) and tee(2), what was read and does not go is lost: not for calls that never wait.
        let waits = !self.call.is_nonblocking();
        let refused = |code| cannot_send_file(code) && waits;
        let mut copy = match pipe_copy().map_err(Code::from) {
            Err(code) if refused(code) => return self.send_flow(),
            made => made?,
        };
        let result = self.through_memory(
            |job, buffer| {
                job.read_next(|file| {
                    // A child that a hook has forked goes on with a pipe of its own.
                    if !copy.is_own() {
                        copy = pipe_copy()?;
                    }
                    copy.read(file, buffer)
                })
            },
            |job, count| Ok(sys::PipeCopy::take(job.file, count)?),
        );
        match result {
            Err(code) if *self.sent == 0 && refused(code) => self.send_flow(),
            done => done,
        }
    }

    /// Repeats a read until it finds something, or the end.
    fn read_next(&mut self, mut read: impl FnMut(i32) -> sys::Result<usize>) -> Result<usize> {
        loop {
            match read(self.file) {
                Err(Errno(EAGAIN)) => self.wait_for_source()?,
                Err(error) => self.call.retry(error, false)?,
                Ok(count) => return Ok(count),
            }
        }
    }

    /// Whatever can only be read: what was read and does not go is lost.
    fn send_flow(&mut self) -> Result<()> {
        self.through_memory(|job, buffer| job.read_next(|file| sys::read_now(file, buffer)), |_, _| Ok(()))
    }

    /// Reads and sends, chunk by chunk (R131). `gone` says how much of what was read has gone.
    fn through_memory(
        &mut self,
        mut read: impl FnMut(&mut Self, &mut [u8]) -> Result<usize>,
        gone: impl Fn(&Self, usize) -> Result<()>,
    ) -> Result<()> {
        let (fd, flags) = (self.pin.fd(), self.pin.slot().send_flags());
        let mut chunk = sys::memory::filled(0, self.next(CHUNK as i64).unwrap_or(0))?;
        while let Some(most) = self.next(CHUNK as i64) {
            let len = read(self, &mut chunk[..most])?;
            if len == 0 {
                break;
            }
            let attempt = |done: usize| sys::send(fd, &chunk[done..len], flags);
            let mut done = 0;
            let ended = send_until(&mut self.call, 0, true, len, &mut done, attempt(0), &attempt);
            *self.sent += done as i64;
            // What has gone and stays in its source must not go again.
            let taken = gone(self, done);
            ended?;
            taken?;
            if self.next(1).is_some() {
                self.call.progressed()?;
            }
        }
        Ok(())
    }
}

/// How moving bytes in the kernel has ended.
enum Pumped {
    All,
    /// The rest goes through memory: the kernel's calls rely on O_NONBLOCK, which somebody else may switch.
    Shared,
}

/// A pipe that a child of a fork in another thread closes.
fn pipe_copy() -> sys::Result<sys::PipeCopy> {
    let _no_fork = NoForkGuard::enter();
    sys::PipeCopy::new()
}

/// What the kernel or a sandbox says of a descriptor or system call that does not serve.
fn cannot_send_file(code: Code) -> bool {
    [EINVAL, ENOSYS, EOPNOTSUPP, EPERM].contains(&-code.raw())
}
