//! Linux: what only this system has.
//!
//! Numbers, families and what the C library has for `FILE` are always these. The mechanisms (bare system calls, epoll,
//! eventfd, membarrier ...) take the place of those of `unix/portable`; with `--cfg sock_portable` they are left out.
//! On Android too: its sandbox ends a process for system calls that it does not know.

mod family;
pub mod number;
mod process;
mod report;
mod stdio;
pub mod uapi;
mod vsock;

pub use family::*;
pub use process::{is_gone, peer_process};
pub use report::take_report;
pub use stdio::{Stdio, open_stdio};
pub use vsock::vsock_cid;

#[cfg(not(any(sock_portable, target_os = "android")))]
mod barrier;
#[cfg(not(any(sock_portable, target_os = "android")))]
mod batch;
#[cfg(not(any(sock_portable, target_os = "android")))]
mod create;
#[cfg(not(any(sock_portable, target_os = "android")))]
mod epoll;
#[cfg(not(any(sock_portable, target_os = "android")))]
mod eventfd;
#[cfg(not(any(sock_portable, target_os = "android")))]
mod file;
#[cfg(not(any(sock_portable, target_os = "android")))]
mod fork;
#[cfg(not(any(sock_portable, target_os = "android")))]
pub mod futex;
#[cfg(not(any(sock_portable, target_os = "android")))]
mod identity;
#[cfg(not(any(sock_portable, target_os = "android")))]
mod io;
#[cfg(not(any(sock_portable, target_os = "android")))]
mod message;
#[cfg(not(any(sock_portable, target_os = "android")))]
mod netdb;
#[cfg(not(any(sock_portable, target_os = "android")))]
mod path;
#[cfg(not(any(sock_portable, target_os = "android")))]
mod pause;
#[cfg(not(any(sock_portable, target_os = "android")))]
mod pipe;
#[cfg(not(any(sock_portable, target_os = "android")))]
mod poll;
#[cfg(not(any(sock_portable, target_os = "android")))]
mod readiness;
#[cfg(not(any(sock_portable, target_os = "android")))]
mod ready;
#[cfg(not(any(sock_portable, target_os = "android")))]
mod resolve;
#[cfg(not(any(sock_portable, target_os = "android")))]
mod signal;
#[cfg(not(any(sock_portable, target_os = "android")))]
mod syscall;
#[cfg(not(any(sock_portable, target_os = "android")))]
mod thread;
#[cfg(not(any(sock_portable, target_os = "android")))]
mod timer;
#[cfg(not(any(sock_portable, target_os = "android")))]
mod uring;
#[cfg(not(any(sock_portable, target_os = "android")))]
mod watch_set;
#[cfg(not(any(sock_portable, target_os = "android")))]
mod zerocopy;

#[cfg(not(any(sock_portable, target_os = "android")))]
pub use mechanisms::*;

/// What `net` uses of the mechanisms.
#[cfg(not(any(sock_portable, target_os = "android")))]
mod mechanisms {
    pub use super::barrier::{barrier, barrier_ready};
    pub use super::batch::{MESSAGES_AT_ONCE, knows_segments, recvmmsg, sendmmsg, set_gro};
    pub use super::create::{accept, close, socket, socketpair};
    pub use super::epoll::{Edge, epoll as new_pollset};
    pub use super::eventfd::{EventCopy, EventFd, drain, event_fd, signal};
    pub use super::file::{
        PipeCopy, Source, is_readable, position, read_at, read_now, send_file, set_position, source, splice,
    };
    pub use super::fork::{
        fork_epoch, forked, process_epoch, set_fork_phases, settle, settle_if_forked,
        settles_without_handlers, undivided, watch_forks,
    };
    pub use super::identity::{is_ours, socket_id};
    pub use super::io::{recv, recv_over, recvfrom, send, sendto};
    pub use super::message::{CLOSE_ON_EXEC, receive_message, send_message};
    pub use super::netdb::{protocol, service_name, service_port};
    pub use super::path::hold_socket_file;
    pub use super::pause::pause;
    pub use super::pipe::{HAS_SPLICE, Pipe, cannot_splice, splice_into, write_at, write_pipe};
    pub use super::poll::poll;
    pub use super::ready::{
        PollTimer, Ready, ReadyMemory, WAKE_KEY, add_ready_fd, begin_ready_fd, end_ready_fd, forget_ready_fd,
        pollset_change, pollset_register, pollset_signal, pollset_unregister, renew_ready_fd,
        reset_ready_lock,
    };
    pub use super::resolve::{gethostbyaddr, gethostbyname};
    pub use super::signal::take_pending;
    pub use super::thread::{is_asleep, name_thread, thread_number};
    pub use super::uring::{accept_now, end_ring};
    pub use super::watch_set::WatchSet;
    pub use super::zerocopy::start_zerocopy;
}

// What every Unix has, found beside what Linux has.
use super::unix::ret;
#[cfg(not(any(sock_portable, target_os = "android")))]
use super::unix::{clock, padding, shared_lock, socket};
