//! Linux: system calls and what only this platform has.

mod barrier;
mod batch;
mod clock;
mod epoll;
mod eventfd;
mod family;
mod file;
mod fork;
pub mod futex;
mod identity;
mod io;
mod message;
mod netdb;
pub mod number;
mod path;
mod pipe;
mod pipe_signal;
mod poll;
pub mod readiness;
mod ready;
mod resolve;
mod ret;
mod shared_lock;
mod socket;
mod stdio;
mod syscall;
mod thread;
mod timer;
mod tls;
mod uring;
mod vsock;

pub use barrier::{barrier, barrier_ready};
pub use batch::{
    MESSAGES_AT_ONCE, batch_receive_flags, is_udp, knows_segments, messages_at_once, recvmmsg, sendmmsg,
    set_gro,
};
pub use clock::{now, pause};
pub use epoll::{Edge, epoll, epoll_add, epoll_remove, marked_epoll};
pub use eventfd::{drain, event_fd, signal};
pub use family::*;
pub use file::{
    PipeCopy, Source, is_readable, position, read_at, read_now, send_file, set_position, source, splice,
};
pub use fork::{
    Child, ForkPhases, fork_epoch, forked, process_epoch, set_fork_phases, settle, settle_if_forked,
    settles_without_handlers, watch_forks,
};
pub use identity::{is_ours, socket_id};
pub use io::{recv, recv_over, recvfrom, send, sendto};
pub use message::{MOST_PIECES, peek_control, recv_told, recvmsg, sendmsg};
pub use netdb::{protocol, service_name, service_port};
pub use path::{FileId, change_mode, hold_socket_file, set_mode, socket_file_at, unlink};
pub use pipe::{Pipe, cannot_splice, splice_into, write_at};
pub use pipe_signal::NoPipeSignal;
pub use poll::{PollFd, is_writable, poll};
pub use ready::{
    Ready, ReadyMemory, WAKE_KEY, add_ready_fd, begin_ready_fd, end_ready_fd, epoll_change, epoll_register,
    epoll_signal, epoll_unregister, forget_ready_fd, renew_ready_fd, reset_ready_lock,
};
pub use resolve::{
    AddrInfo, Hints, HostEntry, LookupError, getaddrinfo, gethostbyaddr, gethostbyname, getnameinfo,
};
pub use ret::{KeptErrno, set_errno};
pub(super) use ret::{last_errno, of_nix};
pub use shared_lock::SharedLock;
pub use socket::*;
pub use stdio::{Stdio, open_stdio};
pub use thread::{Uncancelable, at_thread_end, is_asleep, name_thread, start_thread, thread_number};
pub use timer::Timer;
pub(super) use tls::{record, set_record};
pub use uring::{accept_now, end_ring};
pub use vsock::vsock_cid;
