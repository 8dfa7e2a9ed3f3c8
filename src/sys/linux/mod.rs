//! Linux: system calls and what only this platform has.

mod barrier;
mod clock;
mod edge;
mod errno;
mod file;
mod fork;
pub mod futex;
mod io;
mod message;
mod netdb;
pub mod option;
mod pipe_signal;
mod poll;
mod socket;
mod stdio;
mod syscall;
mod tls;
mod wake;

pub use barrier::{barrier, barrier_ready};
pub use clock::now;
pub use edge::Edge;
pub use errno::set_errno;
pub use file::{Source, is_readable, read_at, read_now, send_file, set_position, source, splice};
pub use fork::{forked, on_fork, settle_fork};
pub use io::{recv, recv_over, recvfrom, send, sendto};
pub use message::{MOST_PIECES, peek_control, recvmsg, sendmsg};
pub use netdb::{protocol, service_name, service_port};
pub use pipe_signal::NoPipeSignal;
pub use poll::{PollFd, poll};
pub use socket::*;
pub use stdio::{Stdio, open_stdio};
pub(super) use tls::{record, set_record};
pub use wake::{drain, event_fd, signal};
