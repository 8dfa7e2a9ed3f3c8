//! libsock's own constants. Their declarations for C are beside the functions that take them, in `src/ffi`; a
//! test compares the two.

use super::Block;
use crate::net::codec::control_kind as kind;
use crate::net::error::CONSTANTS;

const fn number(digits: &str) -> i64 {
    match i64::from_str_radix(digits, 10) {
        Ok(number) => number,
        Err(_) => panic!("a version is made of numbers"),
    }
}

const MAJOR: i64 = number(env!("CARGO_PKG_VERSION_MAJOR"));
const MINOR: i64 = number(env!("CARGO_PKG_VERSION_MINOR"));
const PATCH: i64 = number(env!("CARGO_PKG_VERSION_PATCH"));

/// The groups of this file. SOCK_STREAM and the like belong to the system and have a group of their own.
pub const BLOCKS: &[Block] = &[
    Block { group: c"libsock", entries: CONSTANTS },
    literal! { c"libsock":
        SOCK_VERSION_MAJOR = MAJOR, SOCK_VERSION_MINOR = MINOR, SOCK_VERSION_PATCH = PATCH,
        SOCK_VERSION_NUMBER = MAJOR * 1_000_000 + MINOR * 1000 + PATCH, SOCK_ABI = 0,
        SOCK_FOREVER = 1 << 62, SOCK_READ = 1, SOCK_WRITE = 2, SOCK_BACKLOG_DEFAULT = 128,
        SOCK_POLL_IN = 1, SOCK_POLL_OUT = 2, SOCK_POLL_PRI = 4, SOCK_POLL_ERR = 8, SOCK_POLL_HUP = 16,
        SOCK_POLL_RDHUP = 32, SOCK_POLL_WAKE = 64, SOCK_POLL_TIMER = 128, SOCK_POLL_EDGE = 256,
        SOCK_POLL_ONESHOT = 512, SOCK_POLL_EXCLUSIVE = 1024,
        SOCK_MPTCP_NONE = 0, SOCK_MPTCP_ASKED = 1, SOCK_MPTCP_ACTIVE = 2, SOCK_MPTCP_FALLBACK = 3,
        SOCK_CONTROL_CREDENTIALS = kind::CREDENTIALS, SOCK_CONTROL_PIDFD = kind::PIDFD,
        SOCK_CONTROL_TIMESTAMP = kind::TIMESTAMP, SOCK_CONTROL_PKTINFO = kind::PKTINFO,
        SOCK_CONTROL_TTL = kind::TTL, SOCK_CONTROL_TOS = kind::TOS, SOCK_CONTROL_ERROR = kind::ERROR,
        SOCK_CONTROL_DROPS = kind::DROPS, SOCK_CONTROL_GRO = kind::GRO,
        SOCK_CONTROL_SECURITY = kind::SECURITY,
        SOCK_BATCH_PLAIN = 1, SOCK_PHASE_LOOKUP = 1, SOCK_PHASE_SOCKET = 2, SOCK_PHASE_BIND = 3, SOCK_PHASE_CONNECT = 4,
        SOCK_PHASE_CONNECTED = 5,
    },
];
