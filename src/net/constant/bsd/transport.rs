//! Options of TCP and UDP.
//!
//! The values are those that the libc crate has for each system.

use super::super::Block;

/// The groups of this file.
pub const BLOCKS: &[Block] = &[
    from_libc! { c"TCP_":
        TCP_NODELAY TCP_MAXSEG
    },
    #[cfg(any(target_os = "freebsd", target_os = "netbsd"))]
    from_libc! { c"TCP_":
        TCP_KEEPIDLE
    },
    #[cfg(any(target_vendor = "apple", target_os = "freebsd", target_os = "netbsd"))]
    from_libc! { c"TCP_":
        TCP_KEEPINTVL TCP_KEEPCNT
    },
    #[cfg(any(target_os = "freebsd", target_os = "netbsd", target_os = "openbsd"))]
    from_libc! { c"TCP_":
        TCP_INFO TCP_MD5SIG
    },
    #[cfg(target_os = "freebsd")]
    from_libc! { c"TCP_":
        TCP_CONGESTION
    },
    #[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
    from_libc! { c"TCP_":
        TCP_FASTOPEN
    },
    #[cfg(target_vendor = "apple")]
    from_libc! { c"TCP_":
        TCP_CONNECTION_INFO TCP_KEEPALIVE
    },
];
