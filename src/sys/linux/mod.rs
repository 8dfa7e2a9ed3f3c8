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
mod path;
mod pipe_signal;
mod poll;
mod resolve;
mod socket;
mod stdio;
mod syscall;
mod thread;
mod tls;
mod vsock;
mod wake;
mod watch;

pub use barrier::{barrier, barrier_ready};
pub use clock::now;
pub use edge::Edge;
pub use errno::set_errno;
pub use file::{Source, is_readable, read_at, read_now, send_file, set_position, source, splice};
pub use fork::{forked, on_fork, settle_fork};
pub use io::{recv, recv_over, recvfrom, send, sendto};
pub use message::{MOST_PIECES, peek_control, recvmsg, sendmsg};
pub use netdb::{protocol, service_name, service_port};
pub use path::{FileId, change_mode, hold_socket_file, set_mode, socket_file_at, unlink};
pub use pipe_signal::NoPipeSignal;
pub use poll::{PollFd, poll};
pub use resolve::{
    Found, Hints, HostEntry, LookupError, getaddrinfo, gethostbyaddr, gethostbyname, getnameinfo,
};
pub use socket::*;
pub use stdio::{Stdio, open_stdio};
pub use thread::{Uncancelable, start_thread};
pub(super) use tls::{record, set_record};
pub(crate) use vsock::GET_LOCAL_CID;
pub use vsock::vsock_cid;
pub use wake::{drain, event_fd, is_event_fd, signal};
pub use watch::{epoll, epoll_add, epoll_remove, timer, timer_set};
