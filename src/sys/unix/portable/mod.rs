//! The mechanisms of a Unix that is not Linux, made of POSIX alone: poll, pipes, fcntl.
//!
//! `--cfg sock_portable` builds them on Linux too, so that they are tested there (`make check-portable`).

mod batch;
mod call;
mod create;
pub(in crate::sys) mod event;
mod file;
mod fork;
pub mod futex;
mod io;
#[cfg(not(sock_kqueue))]
mod member;
mod message;
mod netdb;
mod no_ready_fd;
mod no_splice;
mod poll;
#[cfg(not(sock_kqueue))]
mod pollset;
#[cfg(not(sock_kqueue))]
mod ready;
mod resolve;
mod thread;
mod watch_set;

pub use batch::{MESSAGES_AT_ONCE, knows_segments, recvmmsg, sendmmsg, set_gro};
pub use create::{accept, close, socket, socketpair};
pub use event::{EventCopy, EventFd, drain, event_fd, is_ours, signal, socket_id};
#[cfg(not(any(target_vendor = "apple", target_os = "freebsd")))]
pub use file::send_file;
pub use file::{
    Source, hold_socket_file, is_readable, position, read_at, read_now, set_position, source, write_at,
    write_pipe,
};
pub use fork::{
    fork_epoch, forked, process_epoch, set_fork_phases, settle, settle_if_forked, settles_without_handlers,
    undivided, watch_forks,
};
pub use io::{recv, recv_over, recvfrom, send, sendto};
pub use message::{CLOSE_ON_EXEC, receive_message, send_message};
pub use netdb::{protocol, service_name, service_port};
pub use no_ready_fd::{add_ready_fd, begin_ready_fd, end_ready_fd, forget_ready_fd, renew_ready_fd};
pub use no_splice::{HAS_SPLICE, Pipe, PipeCopy, cannot_splice, splice, splice_into};
pub use poll::poll;
#[cfg(not(sock_kqueue))]
pub use pollset::{
    PollTimer, WAKE_KEY, end_pollset, forget_pollsets, is_pollset, new_pollset, pollset_change,
    pollset_register, pollset_signal, pollset_unregister, reset_ready_lock,
};
#[cfg(not(sock_kqueue))]
pub use ready::{Ready, ReadyMemory};
pub use resolve::{gethostbyaddr, gethostbyname};
pub use thread::{is_asleep, name_thread, pause, take_pending, thread_number};
pub use watch_set::WatchSet;

use crate::sys::{Address, Result};
use std::os::fd::OwnedFd;

/// Whether threads can be made to pass a memory fence: they cannot, so the handles count their calls.
pub fn barrier_ready() -> bool {
    false
}

/// Only where [`barrier_ready`].
pub fn barrier() {}

/// An accept that does not wait, whatever O_NONBLOCK says: there is none.
pub fn accept_now(_fd: i32, _peer: Option<&mut Address>) -> Option<Result<OwnedFd>> {
    None
}

/// Ends what the calling thread has for [`accept_now`]: nothing.
pub fn end_ring() {}

/// Sending without a copy, which only Linux has: every send copies.
pub fn start_zerocopy(_fd: i32) -> bool {
    false
}

#[cfg(all(any(target_os = "linux", target_os = "android"), not(sock_kqueue)))]
mod edge;
#[cfg(all(any(target_os = "linux", target_os = "android"), not(sock_kqueue)))]
pub use edge::Edge;
