//! The reading half.

use super::buffer::Buffer;
use super::object::Use;
use super::turn::Turn;
use crate::net::error::{Code, Result};
use crate::net::handle::{Direction, Id};
use crate::net::transfer::receive_rest;
use crate::net::wait::Call;
use crate::sys::{self, RawResult};
use libc::MSG_DONTWAIT;
use std::cell::Cell;
use std::mem::MaybeUninit;
use std::sync::atomic::Ordering;

/// A call on the reading half, its turn come.
struct Reader<'a> {
    call: Call<'a>,
    turn: Turn<'a, Buffer>,
    fd: i32,
    capacity: usize,
}

impl<'a> Reader<'a> {
    fn begin(used: &'a Use) -> Result<Reader<'a>> {
        let mut call = used.call();
        let turn = used.stream.reader.take(&mut call)?;
        if used.stream.torn.load(Ordering::Relaxed) {
            return Err(Code::errno(libc::EIO).because(format_args!(
                "another thread was reading when the process forked: bytes are lost"
            )));
        }
        Ok(Reader { call, turn, fd: used.socket.fd(), capacity: used.stream.capacity })
    }

    /// One receive into the buffer, which may grow up to `limit`. 0 at the end.
    fn fill(&mut self, limit: usize) -> Result<usize> {
        self.turn.state().make_room(self.capacity, limit)?;
        let (turn, fd) = (&self.turn, self.fd);
        let count =
            receive_rest(&mut self.call, 0, usize::MAX, RawResult::NONE, &Cell::new(false), &mut |_| {
                let mut state = turn.state();
                let answer = sys::recv_over(fd, state.room(), MSG_DONTWAIT);
                state.filled(answer.count().max(0) as usize);
                answer
            })?;
        Ok(count as usize)
    }

    /// One receive past the buffer, which is empty. 0 at the end.
    fn receive(&mut self, buffer: &mut [MaybeUninit<u8>]) -> Result<usize> {
        let fd = self.fd;
        let count =
            receive_rest(&mut self.call, 0, buffer.len(), RawResult::NONE, &Cell::new(false), &mut |_| {
                sys::recv(fd, buffer, MSG_DONTWAIT)
            })?;
        Ok(count as usize)
    }

    /// What is in the buffer, else one receive. 0 at the end.
    fn some(&mut self, buffer: &mut [MaybeUninit<u8>]) -> Result<usize> {
        if self.turn.state().len() == 0 {
            if buffer.len() >= self.capacity {
                return self.receive(buffer);
            }
            self.fill(0)?;
        }
        Ok(self.turn.state().take(buffer))
    }

    /// Takes what a caller asked for; a long line's memory is given back.
    fn take(&self, buffer: &mut [MaybeUninit<u8>]) -> i64 {
        let mut state = self.turn.state();
        let count = state.take(buffer);
        state.trim(self.capacity);
        count as i64
    }
}

/// What is there, after a wait if nothing is. 0 at the end of the stream.
pub fn read(id: Id, buffer: &mut [MaybeUninit<u8>]) -> Result<i64> {
    let used = Use::enter(id, Direction::Read)?;
    let mut reader = Reader::begin(&used)?;
    if buffer.is_empty() { Ok(0) } else { Ok(reader.some(buffer)? as i64) }
}

/// All of the buffer; `received` counts what is in it, also when it fails.
pub fn read_exact(id: Id, buffer: &mut [MaybeUninit<u8>], received: &mut usize) -> Result<i32> {
    let used = Use::enter(id, Direction::Read)?;
    let mut reader = Reader::begin(&used)?;
    while *received < buffer.len() {
        let count = reader.some(&mut buffer[*received..])?;
        if count == 0 {
            return Err(Code::EOF);
        }
        *received += count;
        if *received < buffer.len() {
            reader.call.progressed()?;
        }
    }
    Ok(0)
}

/// A line with its newline; without one when the buffer is full or the stream ends. 0 at the end.
pub fn read_line(id: Id, buffer: &mut [MaybeUninit<u8>]) -> Result<i64> {
    let used = Use::enter(id, Direction::Read)?;
    let mut reader = Reader::begin(&used)?;
    match until(&mut reader, b"\n", buffer.len())? {
        Found::At(len) => Ok(reader.take(&mut buffer[..len])),
        Found::Beyond | Found::End => Ok(reader.take(buffer)),
    }
}

/// Everything up to a mark, the mark included. 0 when the stream has ended and nothing is left.
pub fn read_until(id: Id, mark: &[u8], buffer: &mut [MaybeUninit<u8>]) -> Result<i64> {
    let used = Use::enter(id, Direction::Read)?;
    if mark.is_empty() || mark.len() > buffer.len() {
        return Err(Code::errno(libc::EINVAL).because(format_args!(
            "mark: of {} bytes, for a buffer of {}",
            mark.len(),
            buffer.len()
        )));
    }
    let mut reader = Reader::begin(&used)?;
    match until(&mut reader, mark, buffer.len())? {
        Found::At(len) => Ok(reader.take(&mut buffer[..len])),
        Found::Beyond => Err(Code::errno(libc::EMSGSIZE)
            .because(format_args!("mark: not within the first {} bytes, which stay", buffer.len()))),
        Found::End if reader.turn.state().len() == 0 => Ok(0),
        Found::End => Err(Code::EOF),
    }
}

/// Where a mark is.
enum Found {
    /// So many bytes up to its end.
    At(usize),
    /// Not within the limit.
    Beyond,
    /// Nowhere: the stream has ended.
    End,
}

/// Receives until the buffer holds a mark, or `limit` bytes. Nothing is taken out.
fn until(reader: &mut Reader, mark: &[u8], limit: usize) -> Result<Found> {
    let mut scanned = 0;
    loop {
        {
            let state = reader.turn.state();
            match state.find(mark, &mut scanned) {
                Some(len) if len <= limit => return Ok(Found::At(len)),
                None if state.len() < limit => {}
                _ => return Ok(Found::Beyond),
            }
        }
        if reader.fill(limit)? == 0 {
            return Ok(Found::End);
        }
        reader.call.progressed()?;
    }
}
