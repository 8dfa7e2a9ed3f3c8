//! What every Unix has, as POSIX describes it; and in `portable` the mechanisms made of that alone.

pub(super) mod clock;
pub(super) mod fork;
pub(super) mod message;
pub(super) mod padding;
pub(super) mod path;
mod pipe_signal;
pub(super) mod poll;
#[cfg(any(sock_portable, not(target_os = "linux")))]
pub mod portable;
pub(super) mod resolve;
pub(super) mod ret;
pub(super) mod shared_lock;
pub(super) mod socket;
pub(super) mod thread;
mod tls;
mod transmit;

pub use clock::now;
pub use fork::{Child, ForkPhases};
pub use message::{MOST_PIECES, peek_control, recv_told, recvmsg, sendmsg};
pub use path::{FileId, change_mode, set_mode, socket_file_at, unlink};
pub use pipe_signal::NoPipeSignal;
pub use poll::{PollFd, is_writable};
#[cfg(any(sock_portable, not(target_os = "linux")))]
pub use portable::*;
pub use resolve::{AddrInfo, Hints, HostEntry, LookupError, getaddrinfo, getnameinfo};
pub use ret::{KeptErrno, set_errno};
pub(super) use ret::{last_errno, of_nix};
pub use shared_lock::SharedLock;
pub(super) use socket::owned_number;
pub use socket::*;
pub use std::os::fd::{AsFd, OwnedFd};
pub use thread::{Uncancelable, at_thread_end, start_thread};
pub(super) use tls::{record, set_record};
pub use transmit::{HAS_TRANSMIT, transmit};
