//! Socket types, options of the socket level, message flags, control messages and option levels.
//!
//! The values are those that the libc crate has for each system.

use super::super::Block;

/// The groups of this file.
pub const BLOCKS: &[Block] = &[
    from_libc! { c"SOCK_":
        SOCK_STREAM SOCK_DGRAM SOCK_RAW SOCK_RDM SOCK_SEQPACKET
    },
    #[cfg(target_os = "netbsd")]
    from_libc! { c"SOCK_":
        SOCK_DCCP
    },
    #[cfg(any(target_os = "freebsd", target_os = "netbsd", target_os = "openbsd"))]
    from_libc! { c"SOCK_":
        SOCK_CLOEXEC SOCK_NONBLOCK
    },
    from_libc! { c"SHUT_":
        SHUT_RD SHUT_WR SHUT_RDWR
    },
    from_libc! { c"SOMAXCONN":
        SOMAXCONN
    },
    from_libc! { c"SO_":
        SO_DEBUG SO_REUSEADDR SO_TYPE SO_ERROR SO_DONTROUTE SO_BROADCAST SO_SNDBUF SO_RCVBUF SO_KEEPALIVE
        SO_OOBINLINE SO_LINGER SO_REUSEPORT SO_RCVLOWAT SO_SNDLOWAT SO_RCVTIMEO SO_SNDTIMEO SO_ACCEPTCONN
        SO_TIMESTAMP SO_USELOOPBACK
    },
    #[cfg(target_os = "openbsd")]
    from_libc! { c"SO_":
        SO_PEERCRED SO_RTABLE SO_BINDANY
    },
    #[cfg(any(target_os = "freebsd", target_os = "openbsd"))]
    from_libc! { c"SO_":
        SO_PROTOCOL SO_DOMAIN SO_SPLICE
    },
    from_libc! { c"MSG_":
        MSG_OOB MSG_PEEK MSG_DONTROUTE MSG_CTRUNC MSG_TRUNC MSG_DONTWAIT MSG_EOR MSG_WAITALL MSG_NOSIGNAL
    },
    #[cfg(any(target_os = "freebsd", target_os = "netbsd", target_os = "openbsd"))]
    from_libc! { c"MSG_":
        MSG_WAITFORONE MSG_CMSG_CLOEXEC
    },
    from_libc! { c"SOL_":
        SOL_SOCKET
    },
    from_libc! { c"SCM_":
        SCM_RIGHTS SCM_TIMESTAMP
    },
    #[cfg(any(target_os = "freebsd", target_os = "netbsd"))]
    from_libc! { c"LOCAL_":
        LOCAL_CREDS
    },
    #[cfg(target_os = "freebsd")]
    from_libc! { c"LOCAL_":
        LOCAL_CREDS_PERSISTENT
    },
    #[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
    from_libc! { c"LOCAL_":
        LOCAL_PEERCRED
    },
    #[cfg(any(target_os = "netbsd", target_os = "openbsd"))]
    from_libc! { c"MSG_":
        MSG_BCAST MSG_MCAST
    },
    #[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
    from_libc! { c"MSG_":
        MSG_EOF
    },
    #[cfg(any(target_os = "freebsd", target_os = "netbsd"))]
    from_libc! { c"MSG_":
        MSG_NOTIFICATION
    },
    #[cfg(any(target_vendor = "apple", target_os = "freebsd", target_os = "netbsd"))]
    from_libc! { c"SCM_":
        SCM_CREDS
    },
    #[cfg(target_os = "freebsd")]
    from_libc! { c"SCM_":
        SCM_CREDS2
    },
    #[cfg(target_os = "freebsd")]
    from_libc! { c"SO_":
        SO_REUSEPORT_LB SO_SETFIB SO_USER_COOKIE
    },
    #[cfg(target_vendor = "apple")]
    from_libc! { c"SYSPROTO_":
        SYSPROTO_CONTROL SYSPROTO_EVENT
    },
    #[cfg(any(target_vendor = "apple", target_os = "freebsd", target_os = "netbsd"))]
    from_libc! { c"SO_":
        SO_NOSIGPIPE
    },
    #[cfg(target_os = "netbsd")]
    from_libc! { c"LOCAL_":
        LOCAL_PEEREID
    },
    #[cfg(target_vendor = "apple")]
    from_libc! { c"LOCAL_":
        LOCAL_PEERPID
    },
    #[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
    from_libc! { c"SOL_":
        SOL_LOCAL
    },
];
