//! Names and services.
//!
//! The values are those that the libc crate has for each system.

use super::super::Block;

/// The groups of this file.
pub const BLOCKS: &[Block] = &[
    from_libc! { c"AI_":
        AI_PASSIVE AI_CANONNAME AI_NUMERICHOST AI_ADDRCONFIG AI_NUMERICSERV
    },
    #[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
    from_libc! { c"AI_":
        AI_V4MAPPED AI_ALL
    },
    from_libc! { c"NI_":
        NI_MAXHOST NI_NUMERICHOST NI_NUMERICSERV NI_NOFQDN NI_NAMEREQD NI_DGRAM
    },
    from_libc! { c"EAI_":
        EAI_BADFLAGS EAI_NONAME EAI_AGAIN EAI_FAIL EAI_FAMILY EAI_SOCKTYPE EAI_SERVICE EAI_MEMORY
        EAI_SYSTEM EAI_OVERFLOW
    },
    #[cfg(any(target_vendor = "apple", target_os = "netbsd", target_os = "openbsd"))]
    from_libc! { c"EAI_":
        EAI_NODATA
    },
    #[cfg(target_vendor = "apple")]
    from_libc! { c"AI_":
        AI_DEFAULT AI_MASK AI_V4MAPPED_CFG
    },
    // netdb.h
    literal! { c"NI_":
        NI_MAXSERV = 32,
    },
    // netdb.h
    literal! { c"h_errno":
        HOST_NOT_FOUND = 1, TRY_AGAIN = 2, NO_RECOVERY = 3, NO_DATA = 4,
    },
];
