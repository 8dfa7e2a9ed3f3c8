//! The stream itself: the object behind its handle, and its use by one call.

use super::buffer::Buffer;
use super::turn::{Half, Turn};
use crate::net::deadline;
use crate::net::error::{Code, Result};
use crate::net::handle::{self, Direction, Id, Kind, Object, Pin, Wake, pin, pin_socket};
use crate::net::transfer::need_stream;
use crate::net::transfer::send_until;
use crate::net::wait::Call;
use crate::sys;
use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Python's buffer (R195).
const CAPACITY: usize = 8192;

/// A stream: the socket by its handle, which it does not own.
pub struct Stream {
    socket: Id,
    pub capacity: usize,
    pub reader: Half<Buffer>,
    pub writer: Half<Buffer>,
    /// The bytes that the reader held were lost in a fork.
    pub torn: AtomicBool,
}

/// Opens a stream over a socket; capacity 0 is the usual one.
pub fn open(socket: Id, capacity: usize) -> Result<Id> {
    need_stream(&pin_socket(socket)?)?;
    let capacity = if capacity == 0 { CAPACITY } else { capacity };
    let stream =
        Stream { socket, capacity, reader: Half::new(), writer: Half::new(), torn: AtomicBool::new(false) };
    handle::open_object(Kind::Stream, Arc::new(stream))
}

/// How many bytes are in the buffer of a direction.
pub fn buffered(id: Id, direction: i32) -> Result<i64> {
    let pin = pin(id, Kind::Stream, None)?;
    let stream = Stream::of(&pin)?;
    let half = match direction {
        deadline::READ => &stream.reader,
        deadline::WRITE => &stream.writer,
        _ => {
            return Err(Code::errno(libc::EINVAL)
                .because(format_args!("direction: {direction} is neither SOCK_READ nor SOCK_WRITE")));
        }
    };
    Ok(half.state().len() as i64)
}

impl Stream {
    fn of(pin: &Pin) -> Result<Arc<Stream>> {
        handle::object(pin)
    }
}

impl Object for Stream {
    fn closing(&self) {
        // Their calls wait on the socket. If that is closed, they have been woken already.
        if let Ok(socket) = pin_socket(self.socket) {
            socket.slot().announce(Wake::All, || ());
        }
    }

    fn finish(&self) -> Result<()> {
        if self.writer.state().len() == 0 {
            return Ok(());
        }
        let socket = pin(self.socket, Kind::Socket, Some(Direction::Write));
        // The stream was open: that the socket is not must look different.
        let closed = |code| if code == Id::stale() { Code::CLOSED } else { code };
        let socket = socket.map_err(closed)?;
        let mut call = Call::new(&socket, Direction::Write);
        let turn = self.writer.take(&mut call)?;
        send(&mut call, &turn)
    }

    fn watched_socket(&self) -> Option<Id> {
        Some(self.socket)
    }

    fn is_readable(&self) -> bool {
        self.reader.state().len() > 0
    }

    fn forked(&self) {
        if self.reader.after_fork_child() {
            self.torn.store(true, Ordering::Relaxed);
        }
        self.writer.after_fork_child();
        // What was not sent yet is the parent's to send: once, not twice.
        let unsent = self.writer.state().len();
        self.writer.state().consume(unsent);
    }

    fn any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync> {
        self
    }
}

/// A stream and its socket in use by one call. (Pins end in the order opposite to their beginning:
/// the socket is first here.)
pub struct Use {
    pub socket: Pin,
    parent: Pin,
    pub stream: Arc<Stream>,
    direction: Direction,
}

impl Use {
    pub fn enter(id: Id, direction: Direction) -> Result<Use> {
        let parent = pin(id, Kind::Stream, None)?;
        let stream = Stream::of(&parent)?;
        let socket = pin(stream.socket, Kind::Socket, Some(direction))?;
        Ok(Use { socket, parent, stream, direction })
    }

    pub fn call(&self) -> Call<'_> {
        Call::with_parent(&self.socket, self.direction, &self.parent)
    }
}

impl Drop for Use {
    fn drop(&mut self) {
        // A poller cannot see what a read has left in the buffer.
        if self.direction == Direction::Read && self.stream.is_readable() {
            self.parent.announce_ready();
        }
    }
}

/// Sends all of the buffer.
pub fn send(call: &mut Call, turn: &Turn<Buffer>) -> Result<()> {
    let (fd, flags) = (call.pin().fd(), call.pin().slot().send_flags());
    let len = turn.state().len();
    if len == 0 {
        return Ok(());
    }
    let attempt = |done: usize| sys::send(fd, turn.state().bytes().get(done..).unwrap_or_default(), flags);
    let mut sent = 0;
    let ended = send_until(call, 0, true, len, &mut sent, attempt(0), &attempt);
    turn.state().consume(sent);
    Ok(ended?)
}
