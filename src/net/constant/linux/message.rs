//! Control messages, time stamps and the error queue.

use super::super::Block;
use crate::sys::uapi as libc;

/// The groups of this file.
pub const BLOCKS: &[Block] = &[
    // sys/socket.h and asm/socket.h
    from_libc! { c"SCM_":
        SCM_RIGHTS SCM_CREDENTIALS SCM_TIMESTAMP SCM_TIMESTAMPNS SCM_TIMESTAMPING SCM_TIMESTAMPING_OPT_STATS
        SCM_TIMESTAMPING_PKTINFO SCM_TXTIME SCM_WIFI_STATUS SCM_DEVMEM_LINEAR SCM_DEVMEM_DMABUF
    },
    // linux/socket.h
    literal! { c"SCM_":
        SCM_SECURITY = 3, SCM_PIDFD = 4,
    },
    // asm-generic/socket.h: Linux 6.13 and 6.17
    #[cfg(not(any(
        target_arch = "mips",
        target_arch = "mips64",
        target_arch = "sparc",
        target_arch = "sparc64"
    )))]
    literal! { c"SCM_":
        SCM_TS_OPT_ID = 81, SCM_INQ = 84,
    },
    // net/scm.h of the kernel: the most descriptors in one message
    literal! { c"SCM_":
        SCM_MAX_FD = 253,
    },
    // linux/errqueue.h
    literal! { c"SCM_":
        SCM_TSTAMP_SND = 0, SCM_TSTAMP_SCHED = 1, SCM_TSTAMP_ACK = 2, SCM_TSTAMP_COMPLETION = 3,
    },
    // linux/net_tstamp.h
    from_libc! { c"SOF_":
        SOF_TIMESTAMPING_TX_HARDWARE SOF_TIMESTAMPING_TX_SOFTWARE SOF_TIMESTAMPING_RX_HARDWARE
        SOF_TIMESTAMPING_RX_SOFTWARE SOF_TIMESTAMPING_SOFTWARE SOF_TIMESTAMPING_SYS_HARDWARE
        SOF_TIMESTAMPING_RAW_HARDWARE SOF_TIMESTAMPING_OPT_ID SOF_TIMESTAMPING_TX_SCHED
        SOF_TIMESTAMPING_TX_ACK SOF_TIMESTAMPING_OPT_CMSG SOF_TIMESTAMPING_OPT_TSONLY
        SOF_TIMESTAMPING_OPT_STATS SOF_TIMESTAMPING_OPT_PKTINFO SOF_TIMESTAMPING_OPT_TX_SWHW
        SOF_TIMESTAMPING_BIND_PHC SOF_TIMESTAMPING_OPT_ID_TCP SOF_TIMESTAMPING_OPT_RX_FILTER
        SOF_TXTIME_DEADLINE_MODE SOF_TXTIME_REPORT_ERRORS
    },
    // linux/net_tstamp.h: Linux 6.15
    literal! { c"SOF_":
        SOF_TIMESTAMPING_TX_COMPLETION = 1 << 18,
    },
    // linux/errqueue.h
    from_libc! { c"SO_EE_":
        SO_EE_ORIGIN_NONE SO_EE_ORIGIN_LOCAL SO_EE_ORIGIN_ICMP SO_EE_ORIGIN_ICMP6 SO_EE_ORIGIN_TXSTATUS
        SO_EE_ORIGIN_TIMESTAMPING
    },
    // linux/errqueue.h
    literal! { c"SO_EE_":
        SO_EE_ORIGIN_ZEROCOPY = 5, SO_EE_ORIGIN_TXTIME = 6, SO_EE_CODE_ZEROCOPY_COPIED = 1,
        SO_EE_CODE_TXTIME_INVALID_PARAM = 1, SO_EE_CODE_TXTIME_MISSED = 2, SO_EE_RFC4884_FLAG_INVALID = 1,
    },
];
