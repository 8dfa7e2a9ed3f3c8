//! Address and protocol families.
//!
//! The values are those that the libc crate has for each system.

use super::super::Block;

/// The groups of this file.
pub const BLOCKS: &[Block] = &[
    from_libc! { c"AF_":
        AF_UNSPEC AF_UNIX AF_LOCAL AF_INET AF_IPX AF_APPLETALK AF_INET6 AF_DECnet AF_ROUTE AF_SNA AF_ISDN
        AF_LINK
    },
    #[cfg(target_os = "openbsd")]
    from_libc! { c"AF_":
        AF_KEY
    },
    #[cfg(any(target_os = "netbsd", target_os = "openbsd"))]
    from_libc! { c"AF_":
        AF_MPLS
    },
    #[cfg(any(target_os = "freebsd", target_os = "netbsd", target_os = "openbsd"))]
    from_libc! { c"AF_":
        AF_BLUETOOTH
    },
    #[cfg(target_vendor = "apple")]
    from_libc! { c"AF_":
        AF_VSOCK AF_SYSTEM AF_SYS_CONTROL
    },
    from_libc! { c"PF_":
        PF_UNSPEC PF_UNIX PF_LOCAL PF_INET PF_IPX PF_APPLETALK PF_INET6 PF_DECnet PF_KEY PF_ROUTE PF_SNA
        PF_ISDN PF_LINK
    },
    #[cfg(any(target_os = "netbsd", target_os = "openbsd"))]
    from_libc! { c"PF_":
        PF_MPLS
    },
    #[cfg(any(target_os = "freebsd", target_os = "netbsd", target_os = "openbsd"))]
    from_libc! { c"PF_":
        PF_BLUETOOTH
    },
    #[cfg(target_vendor = "apple")]
    from_libc! { c"PF_":
        PF_VSOCK PF_SYSTEM
    },
    // sys/socket.h
    #[cfg(target_os = "freebsd")]
    literal! { c"AF_":
        AF_HYPERV = 43, AF_DIVERT = 44,
    },
    // sys/socket.h
    #[cfg(target_os = "freebsd")]
    literal! { c"PF_":
        PF_HYPERV = 43, PF_DIVERT = 44,
    },
];
