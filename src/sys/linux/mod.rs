//! Linux: system calls and what only this platform has.

mod barrier;
mod clock;
mod epoll;
mod eventfd;
mod family;
mod file;
mod fork;
pub mod futex;
mod io;
mod message;
mod netdb;
pub mod number;
mod path;
mod pipe_signal;
mod poll;
pub mod readiness;
mod resolve;
mod ret;
mod socket;
mod stdio;
mod syscall;
mod thread;
mod timer;
mod tls;
mod vsock;

pub use barrier::{barrier, barrier_ready};
pub use clock::now;
pub use epoll::{
    Edge, Ready, ReadyMemory, epoll, epoll_add, epoll_change, epoll_register, epoll_remove, epoll_unregister,
};
pub use eventfd::{counting_event_fd, drain, event_fd, is_event_fd, signal, signal_times, take_one};
pub use family::*;
pub use file::{Source, is_readable, read_at, read_now, send_file, set_position, source, splice};
pub use fork::{ForkPhases, forked, set_fork_phases, settle, settle_if_forked, watch_forks};
pub use io::{recv, recv_over, recvfrom, send, sendto};
pub use message::{MOST_PIECES, peek_control, recvmsg, sendmsg};
pub use netdb::{protocol, service_name, service_port};
pub use path::{FileId, change_mode, hold_socket_file, set_mode, socket_file_at, unlink};
pub use pipe_signal::NoPipeSignal;
pub use poll::{PollFd, poll};
pub use resolve::{
    AddrInfo, Hints, HostEntry, LookupError, getaddrinfo, gethostbyaddr, gethostbyname, getnameinfo,
};
pub use ret::set_errno;
pub(super) use ret::{last_errno, of_nix};
pub use socket::*;
pub use stdio::{Stdio, open_stdio};
pub use thread::{Uncancelable, start_thread};
pub use timer::Timer;
pub(super) use tls::{record, set_record};
pub use vsock::vsock_cid;
