//! The writing half.

use super::buffer::Buffer;
use super::object::{Use, send};
use super::turn::Turn;
use crate::net::error::Result;
use crate::net::handle::{Direction, Id};
use crate::net::transfer::send_until;
use crate::net::wait::Call;
use crate::sys;

/// Takes bytes into the buffer and sends what does not fit; `written` counts what was taken, sent or
/// not, also when it fails.
pub fn write(id: Id, data: &[u8], written: &mut usize) -> Result<i32> {
    let used = Use::enter(id, Direction::Write)?;
    let capacity = used.stream.capacity;
    let mut call = used.call();
    let turn = used.stream.writer.take(&mut call)?;
    while *written < data.len() {
        let rest = &data[*written..];
        let empty = turn.state().len() == 0;
        if empty && rest.len() >= capacity {
            // More than the buffer holds: straight to the socket.
            return send_direct(&mut call, rest, written);
        }
        *written += put(&turn, rest, capacity)?;
        if *written < data.len() {
            send(&mut call, &turn)?;
        }
    }
    Ok(0)
}

/// Sends what is in the buffer. What does not go stays there.
pub fn flush(id: Id) -> Result<i32> {
    let used = Use::enter(id, Direction::Write)?;
    let mut call = used.call();
    let turn = used.stream.writer.take(&mut call)?;
    send(&mut call, &turn).map(|()| 0)
}

/// Puts into the buffer what fits.
fn put(turn: &Turn<Buffer>, data: &[u8], capacity: usize) -> Result<usize> {
    let mut state = turn.state();
    let room = capacity - state.len().min(capacity);
    let data = &data[..room.min(data.len())];
    let mut count = 0;
    while count < data.len() {
        state.make_room(capacity, capacity)?;
        count += state.put(&data[count..]);
    }
    Ok(count)
}

fn send_direct(call: &mut Call, data: &[u8], written: &mut usize) -> Result<i32> {
    let (fd, flags) = (call.pin().fd(), call.pin().slot().send_flags());
    let attempt = |done: usize| sys::send(fd, &data[done..], flags);
    let mut sent = 0;
    let ended = send_until(call, 0, true, data.len(), &mut sent, attempt(0), &attempt);
    *written += sent;
    ended?;
    Ok(0)
}
