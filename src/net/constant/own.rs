//! libsock's own constants. Their declarations for C stand beside the functions that take them; a test
//! compares the two.

use super::Block;
use crate::net::error::LIST;

const fn number(digits: &str) -> i64 {
    match i64::from_str_radix(digits, 10) {
        Ok(number) => number,
        Err(_) => panic!("a version is made of numbers"),
    }
}

const MAJOR: i64 = number(env!("CARGO_PKG_VERSION_MAJOR"));
const MINOR: i64 = number(env!("CARGO_PKG_VERSION_MINOR"));
const PATCH: i64 = number(env!("CARGO_PKG_VERSION_PATCH"));

/// The codes that are neither system errors nor resolver errors: those whose name begins with SOCK_.
const fn is_own(name: &[u8]) -> bool {
    name.len() > 5 && matches!(name.first_chunk(), Some(b"SOCK_"))
}

const COUNT: usize = {
    let (mut count, mut i) = (0, 0);
    while i < LIST[0].len() {
        count += is_own(LIST[0][i].name.to_bytes()) as usize;
        i += 1;
    }
    count
};

const CODES: [(&str, i64); COUNT] = {
    let mut codes = [("", 0); COUNT];
    let (mut count, mut i) = (0, 0);
    while i < LIST[0].len() {
        let entry = &LIST[0][i];
        if is_own(entry.name.to_bytes()) {
            let Ok(name) = entry.name.to_str() else { panic!("a constant's name is ASCII") };
            codes[count] = (name, entry.code as i64);
            count += 1;
        }
        i += 1;
    }
    codes
};

/// The groups of this file. SOCK_STREAM and its like are the system's and have a group of their own.
pub const BLOCKS: &[Block] = &[
    Block { group: c"libsock", entries: &CODES },
    literal! { c"libsock":
        SOCK_VERSION_MAJOR = MAJOR, SOCK_VERSION_MINOR = MINOR, SOCK_VERSION_PATCH = PATCH,
        SOCK_VERSION_NUMBER = MAJOR * 1_000_000 + MINOR * 1000 + PATCH, SOCK_ABI = 0,
        SOCK_FOREVER = 1 << 62, SOCK_READ = 1, SOCK_WRITE = 2, SOCK_BACKLOG_DEFAULT = 128,
        SOCK_MPTCP_NONE = 0, SOCK_MPTCP_ASKED = 1, SOCK_MPTCP_ACTIVE = 2, SOCK_MPTCP_FALLBACK = 3,
        SOCK_CONTROL_CREDENTIALS = 1, SOCK_CONTROL_PIDFD = 2, SOCK_CONTROL_TIMESTAMP = 4,
        SOCK_CONTROL_PKTINFO = 8, SOCK_CONTROL_TTL = 16, SOCK_CONTROL_TOS = 32, SOCK_CONTROL_ERROR = 64,
        SOCK_CONTROL_DROPS = 128, SOCK_CONTROL_GRO = 256, SOCK_CONTROL_SECURITY = 512,
        SOCK_PHASE_LOOKUP = 1, SOCK_PHASE_SOCKET = 2, SOCK_PHASE_BIND = 3, SOCK_PHASE_CONNECT = 4,
        SOCK_PHASE_CONNECTED = 5,
        // The codes of lookups, whose `sock_err_name` is that of the C library.
        SOCK_EAI_BADFLAGS = -21001, SOCK_EAI_NONAME = -21002, SOCK_EAI_AGAIN = -21003,
        SOCK_EAI_FAIL = -21004, SOCK_EAI_NODATA = -21005, SOCK_EAI_FAMILY = -21006,
        SOCK_EAI_SOCKTYPE = -21007, SOCK_EAI_SERVICE = -21008, SOCK_EAI_ADDRFAMILY = -21009,
        SOCK_EAI_MEMORY = -21010, SOCK_EAI_SYSTEM = -21011, SOCK_EAI_OVERFLOW = -21012,
        SOCK_EAI_BADHINTS = -21013, SOCK_EAI_PROTOCOL = -21014, SOCK_HOST_NOT_FOUND = -22001,
        SOCK_TRY_AGAIN = -22002, SOCK_NO_RECOVERY = -22003, SOCK_NO_DATA = -22004,
    },
];
