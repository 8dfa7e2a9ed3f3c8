//! The Internet protocols: numbers, addresses, options of IPv4 and IPv6, multicast.
//!
//! The values are those that the libc crate has for each system, and those of the systems' headers that it lacks.

use super::super::Block;

/// The groups of this file.
pub const BLOCKS: &[Block] = &[
    from_libc! { c"IPPROTO_":
        IPPROTO_IP IPPROTO_ICMP IPPROTO_IGMP IPPROTO_IPIP IPPROTO_TCP IPPROTO_EGP IPPROTO_PUP IPPROTO_UDP
        IPPROTO_IDP IPPROTO_TP IPPROTO_IPV6 IPPROTO_RSVP IPPROTO_GRE IPPROTO_ESP IPPROTO_AH IPPROTO_ENCAP
        IPPROTO_PIM IPPROTO_RAW IPPROTO_HOPOPTS IPPROTO_ROUTING IPPROTO_FRAGMENT IPPROTO_ICMPV6
        IPPROTO_NONE IPPROTO_DSTOPTS IPPROTO_EON IPPROTO_GGP IPPROTO_IPCOMP IPPROTO_MAX
    },
    #[cfg(any(target_os = "freebsd", target_os = "netbsd"))]
    from_libc! { c"IPPROTO_":
        IPPROTO_DCCP
    },
    #[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
    from_libc! { c"IPPROTO_":
        IPPROTO_MTP IPPROTO_HELLO IPPROTO_IGP IPPROTO_ND IPPROTO_PGM IPPROTO_RDP IPPROTO_ST IPPROTO_XTP
    },
    #[cfg(any(target_vendor = "apple", target_os = "freebsd", target_os = "netbsd"))]
    from_libc! { c"IPPROTO_":
        IPPROTO_SCTP
    },
    #[cfg(target_os = "freebsd")]
    from_libc! { c"IPPROTO_":
        IPPROTO_UDPLITE IPPROTO_MH
    },
    #[cfg(any(target_os = "freebsd", target_os = "openbsd"))]
    from_libc! { c"IPPROTO_":
        IPPROTO_MPLS
    },
    #[cfg(target_os = "netbsd")]
    from_libc! { c"IPPROTO_":
        IPPROTO_L2TP IPPROTO_VRRP
    },
    from_libc! { c"INADDR_":
        INADDR_ANY INADDR_BROADCAST INADDR_NONE INADDR_LOOPBACK
    },
    from_libc! { c"IP_":
        IP_TOS IP_TTL IP_HDRINCL IP_MULTICAST_IF IP_MULTICAST_TTL IP_MULTICAST_LOOP IP_ADD_MEMBERSHIP
        IP_DROP_MEMBERSHIP IP_RECVDSTADDR IP_RECVIF
    },
    #[cfg(any(target_vendor = "apple", target_os = "netbsd"))]
    from_libc! { c"IP_":
        IP_PKTINFO
    },
    #[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
    from_libc! { c"IP_":
        IP_RECVTTL IP_RECVTOS IP_UNBLOCK_SOURCE IP_BLOCK_SOURCE IP_ADD_SOURCE_MEMBERSHIP
        IP_DROP_SOURCE_MEMBERSHIP
    },
    #[cfg(target_os = "freebsd")]
    from_libc! { c"IP_":
        IP_ORIGDSTADDR IP_RECVORIGDSTADDR IP_MINTTL
    },
    #[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
    from_libc! { c"MCAST_":
        MCAST_JOIN_GROUP MCAST_BLOCK_SOURCE MCAST_UNBLOCK_SOURCE MCAST_LEAVE_GROUP MCAST_JOIN_SOURCE_GROUP
        MCAST_LEAVE_SOURCE_GROUP
    },
    #[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
    from_libc! { c"IPV6_":
        IPV6_CHECKSUM IPV6_RECVHOPLIMIT IPV6_HOPLIMIT
    },
    from_libc! { c"IPV6_":
        IPV6_UNICAST_HOPS IPV6_MULTICAST_IF IPV6_MULTICAST_HOPS IPV6_MULTICAST_LOOP IPV6_V6ONLY
        IPV6_RECVPKTINFO IPV6_PKTINFO IPV6_DONTFRAG IPV6_RECVTCLASS IPV6_TCLASS IPV6_JOIN_GROUP
        IPV6_LEAVE_GROUP
    },
    #[cfg(target_os = "freebsd")]
    from_libc! { c"IPV6_":
        IPV6_ORIGDSTADDR IPV6_RECVORIGDSTADDR
    },
    #[cfg(any(target_os = "freebsd", target_os = "netbsd", target_os = "openbsd"))]
    from_libc! { c"IPPROTO_":
        IPPROTO_MOBILE
    },
    #[cfg(any(target_os = "freebsd", target_os = "netbsd", target_os = "openbsd"))]
    from_libc! { c"IP_":
        IP_SENDSRCADDR
    },
    #[cfg(target_vendor = "apple")]
    from_libc! { c"IP_":
        IP_BOUND_IF
    },
    #[cfg(target_vendor = "apple")]
    from_libc! { c"IPV6_":
        IPV6_BOUND_IF
    },
    // netinet6/in6.h, by RFC 3542. macOS has older numbers too, unless __APPLE_USE_RFC_3542 is defined, as in Python.
    literal! { c"IPV6_":
        IPV6_RECVRTHDR = 38, IPV6_RECVHOPOPTS = 39, IPV6_RECVDSTOPTS = 40, IPV6_USE_MIN_MTU = 42,
        IPV6_RECVPATHMTU = 43, IPV6_PATHMTU = 44, IPV6_NEXTHOP = 48, IPV6_HOPOPTS = 49, IPV6_DSTOPTS = 50,
        IPV6_RTHDR = 51, IPV6_RTHDR_TYPE_0 = 0,
    },
    #[cfg(target_vendor = "apple")]
    literal! { c"IPV6_":
        IPV6_RTHDRDSTOPTS = 57,
    },
    #[cfg(not(target_vendor = "apple"))]
    literal! { c"IPV6_":
        IPV6_RTHDRDSTOPTS = 35,
    },
    #[cfg(any(target_os = "netbsd", target_os = "openbsd"))]
    literal! { c"IPV6_":
        IPV6_CHECKSUM = 26, IPV6_RECVHOPLIMIT = 37, IPV6_HOPLIMIT = 47,
    },
    // netinet/in.h
    #[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
    literal! { c"IP_":
        IP_OPTIONS = 1, IP_RECVOPTS = 5, IP_RECVRETOPTS = 6, IP_RETOPTS = 8, IP_DEFAULT_MULTICAST_TTL = 1,
        IP_DEFAULT_MULTICAST_LOOP = 1,
    },
    #[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
    literal! { c"IPPORT_":
        IPPORT_USERRESERVED = 5000,
    },
    literal! { c"IPPORT_":
        IPPORT_RESERVED = 1024,
    },
    // netinet/in.h: in the byte order of the host
    literal! { c"INADDR_":
        INADDR_UNSPEC_GROUP = 0xe000_0000, INADDR_ALLHOSTS_GROUP = 0xe000_0001,
        INADDR_ALLRTRS_GROUP = 0xe000_0002, INADDR_MAX_LOCAL_GROUP = 0xe000_00ff,
    },
];
