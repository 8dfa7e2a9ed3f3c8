//! Windows: Winsock behind the numbers and calls that the layers above know from POSIX.
//!
//! A socket is known by its SOCKET as a number. All sockets of handles are non-blocking, because Winsock has no flag
//! for one call; waits are WSAPoll. What polls for others (pollers, operations) is shared with `unix/portable`.

mod afd;
mod clock;
mod code;
mod create;
mod event;
mod family;
mod fd;
mod file;
mod fork;
pub mod futex;
pub mod host;
pub mod interface;
pub(super) mod io;
mod message;
pub mod names;
mod netdb;
pub mod number;
mod path;
mod poll;
mod ret;
mod socket;
mod start;
mod stdio;
mod thread;
mod tls;
mod transmit;

#[path = "../unix/portable/batch.rs"]
mod batch;
#[path = "../unix/portable/member.rs"]
mod member;
#[path = "../unix/portable/no_ready_fd.rs"]
mod no_ready_fd;
#[path = "../unix/portable/no_splice.rs"]
mod no_splice;
#[path = "../unix/padding.rs"]
mod padding;
#[path = "../unix/message.rs"]
mod pieces;
#[path = "../unix/portable/pollset.rs"]
mod pollset;
#[path = "../unix/portable/ready.rs"]
mod ready;
#[path = "../unix/resolve.rs"]
mod resolve;
#[path = "../unix/portable/resolve.rs"]
mod resolve_older;
#[path = "../unix/portable/watch_set.rs"]
mod watch_set;

pub use batch::{MESSAGES_AT_ONCE, knows_segments, recvmmsg, sendmmsg, set_gro};
pub use clock::now;
pub use code::own_words;
pub use create::{SHARE_SIZE, accept, close, duplicate, from_share, share, socket, socketpair};
pub use event::{EventCopy, EventFd, drain, event_fd, is_ours, signal, socket_id};
pub use family::*;
pub(super) use fd::owned_number;
pub use fd::{AsFd, OwnedFd, into_number, number};
pub use file::*;
pub use fork::*;
pub use io::{recv, recv_over, recvfrom, send, sendto};
pub use message::{CLOSE_ON_EXEC, receive_message, send_message};
pub use netdb::{protocol, service_name, service_port};
pub use no_ready_fd::*;
pub use no_splice::*;
pub use path::{FileId, change_mode, hold_socket_file, set_mode, socket_file_at, unlink};
pub use pieces::{MOST_PIECES, peek_control, recv_told, recvmsg, sendmsg};
pub use poll::{POLLRDHUP, PollFd, is_writable, poll};
pub use pollset::{
    PollTimer, WAKE_KEY, new_pollset, pollset_change, pollset_register, pollset_signal, pollset_unregister,
    reset_ready_lock,
};
pub use ready::{Ready, ReadyMemory};
pub use resolve::{AddrInfo, Hints, HostEntry, LookupError, getaddrinfo, getnameinfo};
pub use resolve_older::{gethostbyaddr, gethostbyname};
pub use ret::{KeptErrno, set_errno};
pub use socket::*;
pub use stdio::{Stdio, open_stdio};
pub use thread::*;
pub(super) use tls::{record, set_record};
pub use transmit::{HAS_TRANSMIT, transmit};
pub use watch_set::WatchSet;
