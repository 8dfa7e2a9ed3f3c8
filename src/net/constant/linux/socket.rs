//! Socket types, options of the socket level, message flags and option levels.

use super::super::Block;
use crate::sys::uapi as libc;

/// The groups of this file.
pub const BLOCKS: &[Block] = &[
    // sys/socket.h
    from_libc! { c"SOCK_":
        SOCK_STREAM SOCK_DGRAM SOCK_RAW SOCK_RDM SOCK_SEQPACKET SOCK_DCCP SOCK_CLOEXEC SOCK_NONBLOCK
    },
    // sys/socket.h
    from_libc! { c"SHUT_":
        SHUT_RD SHUT_WR SHUT_RDWR
    },
    // sys/socket.h
    from_libc! { c"SOMAXCONN":
        SOMAXCONN
    },
    // asm/socket.h: the numbers differ by architecture
    from_libc! { c"SO_":
        SO_DEBUG SO_REUSEADDR SO_TYPE SO_ERROR SO_DONTROUTE SO_BROADCAST SO_SNDBUF SO_RCVBUF SO_SNDBUFFORCE
        SO_RCVBUFFORCE SO_KEEPALIVE SO_OOBINLINE SO_NO_CHECK SO_PRIORITY SO_LINGER SO_BSDCOMPAT SO_REUSEPORT
        SO_PASSCRED SO_PEERCRED SO_RCVLOWAT SO_SNDLOWAT SO_RCVTIMEO SO_SNDTIMEO SO_BINDTODEVICE
        SO_ATTACH_FILTER SO_DETACH_FILTER SO_GET_FILTER SO_PEERNAME SO_ACCEPTCONN SO_PEERSEC SO_PASSSEC
        SO_MARK SO_PROTOCOL SO_DOMAIN SO_RXQ_OVFL SO_WIFI_STATUS SO_PEEK_OFF SO_NOFCS SO_LOCK_FILTER
        SO_SELECT_ERR_QUEUE SO_BUSY_POLL SO_MAX_PACING_RATE SO_BPF_EXTENSIONS SO_INCOMING_CPU SO_ATTACH_BPF
        SO_DETACH_BPF SO_ATTACH_REUSEPORT_CBPF SO_ATTACH_REUSEPORT_EBPF SO_CNX_ADVICE SO_MEMINFO
        SO_INCOMING_NAPI_ID SO_COOKIE SO_PEERGROUPS SO_ZEROCOPY SO_TXTIME SO_BINDTOIFINDEX SO_TIMESTAMP
        SO_TIMESTAMPNS SO_TIMESTAMPING SO_DETACH_REUSEPORT_BPF SO_PREFER_BUSY_POLL SO_BUSY_POLL_BUDGET
        SO_NETNS_COOKIE SO_BUF_LOCK SO_RESERVE_MEM SO_TXREHASH SO_RCVMARK SO_PASSPIDFD SO_PEERPIDFD
        SO_DEVMEM_LINEAR SO_DEVMEM_DMABUF SO_DEVMEM_DONTNEED
    },
    // asm-generic/socket.h: Linux 6.14, 6.16 and 6.17
    #[cfg(not(any(
        target_arch = "mips",
        target_arch = "mips64",
        target_arch = "sparc",
        target_arch = "sparc64"
    )))]
    literal! { c"SO_":
        SO_RCVPRIORITY = 82, SO_PASSRIGHTS = 83, SO_INQ = 84,
    },
    // linux/netfilter_ipv4.h
    from_libc! { c"SO_":
        SO_ORIGINAL_DST
    },
    // sys/socket.h
    from_libc! { c"MSG_":
        MSG_OOB MSG_PEEK MSG_DONTROUTE MSG_CTRUNC MSG_TRUNC MSG_DONTWAIT MSG_EOR MSG_WAITALL MSG_FIN MSG_SYN
        MSG_CONFIRM MSG_RST MSG_ERRQUEUE MSG_NOSIGNAL MSG_MORE MSG_WAITFORONE MSG_ZEROCOPY MSG_FASTOPEN
        MSG_CMSG_CLOEXEC
    },
    // sys/socket.h: another name of MSG_DONTROUTE, which some C libraries leave out
    literal! { c"MSG_":
        MSG_TRYHARD = 4,
    },
    // linux/socket.h
    literal! { c"MSG_":
        MSG_PROXY = 0x10, MSG_BATCH = 0x40000, MSG_SOCK_DEVMEM = 0x2000000,
    },
    // sys/socket.h
    from_libc! { c"SOL_":
        SOL_SOCKET SOL_IP SOL_TCP SOL_UDP SOL_IPV6 SOL_ICMPV6 SOL_RAW SOL_DECNET SOL_X25 SOL_PACKET SOL_ATM
        SOL_AAL SOL_IRDA SOL_NETBEUI SOL_LLC SOL_DCCP SOL_NETLINK SOL_TIPC SOL_BLUETOOTH SOL_ALG SOL_TLS
        SOL_XDP
    },
    // netinet/in.h and linux/socket.h: the numbers of the protocols
    literal! { c"SOL_":
        SOL_ICMP = 1, SOL_SCTP = 132, SOL_UDPLITE = 136,
    },
    // netax25/ax25.h, netipx/ipx.h, netatalk/at.h, netrom/netrom.h, netrose/rose.h
    literal! { c"SOL_":
        SOL_AX25 = 257, SOL_IPX = 256, SOL_ATALK = 258, SOL_NETROM = 259, SOL_ROSE = 260,
    },
    // linux/socket.h
    literal! { c"SOL_":
        SOL_PPPOL2TP = 273, SOL_RXRPC = 272, SOL_PNPIPE = 275, SOL_RDS = 276, SOL_IUCV = 277,
        SOL_CAIF = 278, SOL_NFC = 280, SOL_KCM = 281, SOL_MPTCP = 284, SOL_MCTP = 285, SOL_SMC = 286,
        SOL_VSOCK = 287,
    },
];
