//! Names and services: flags of getaddrinfo and getnameinfo, the system's own resolver errors.
//!
//! libsock's functions return codes of their own for resolver errors; `sock_err_name` returns the name that
//! has the system's number here.

use super::super::Block;
use crate::sys::uapi as libc;

/// The groups of this file.
pub const BLOCKS: &[Block] = &[
    // netdb.h
    from_libc! { c"AI_":
        AI_PASSIVE AI_CANONNAME AI_NUMERICHOST AI_V4MAPPED AI_ALL AI_ADDRCONFIG AI_NUMERICSERV
    },
    // netdb.h: of the GNU C library
    literal! { c"AI_":
        AI_IDN = 0x0040, AI_CANONIDN = 0x0080,
    },
    // netdb.h
    from_libc! { c"NI_":
        NI_MAXHOST NI_NUMERICHOST NI_NUMERICSERV NI_NOFQDN NI_NAMEREQD NI_DGRAM
    },
    // netdb.h: NI_IDN is of the GNU C library
    literal! { c"NI_":
        NI_MAXSERV = 32, NI_IDN = 32,
    },
    // netdb.h
    from_libc! { c"EAI_":
        EAI_BADFLAGS EAI_NONAME EAI_AGAIN EAI_FAIL EAI_NODATA EAI_FAMILY EAI_SOCKTYPE EAI_SERVICE EAI_MEMORY
        EAI_SYSTEM EAI_OVERFLOW
    },
    // netdb.h: of the GNU C library
    literal! { c"EAI_":
        EAI_ADDRFAMILY = -9, EAI_IDN_ENCODE = -105,
    },
    // netdb.h
    literal! { c"h_errno":
        HOST_NOT_FOUND = 1, TRY_AGAIN = 2, NO_RECOVERY = 3, NO_DATA = 4, NO_ADDRESS = 4,
    },
];
