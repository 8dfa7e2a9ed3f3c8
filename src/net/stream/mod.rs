//! Buffered streams over sockets: lines and pieces of bytes, with a buffer for each direction.
//!
//! What a call has received and not given out stays in the buffer, what it has taken and not sent as
//! well: after a timeout the next call goes on where it stopped.

mod buffer;
mod object;
mod read;
mod turn;
mod write;

pub use object::{buffered, open};
pub use read::{read, read_exact, read_line, read_until};
pub use write::{flush, write};
