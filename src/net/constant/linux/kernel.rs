//! Families between a program and its kernel or machine: VSOCK, ALG, XDP, QIPCRTR, MCTP and others.

use super::super::Block;
use crate::sys::number::GET_LOCAL_CID;
use crate::sys::uapi as libc;

/// The option takes a struct timeval, and its number determines how wide that is.
const CONNECT_TIMEOUT: i64 = if cfg!(all(target_env = "musl", target_pointer_width = "32")) { 8 } else { 6 };

/// The groups of this file.
pub const BLOCKS: &[Block] = &[
    // linux/vm_sockets.h
    from_libc! { c"VMADDR_":
        VMADDR_CID_ANY VMADDR_CID_HOST VMADDR_CID_LOCAL VMADDR_PORT_ANY VMADDR_CID_HYPERVISOR
    },
    // linux/vm_sockets.h
    literal! { c"VMADDR_":
        VMADDR_FLAG_TO_HOST = 0x01,
    },
    // linux/vm_sockets.h
    literal! { c"VM_":
        VM_SOCKETS_INVALID_VERSION = 0xffff_ffff,
    },
    // linux/vm_sockets.h
    literal! { c"SO_":
        SO_VM_SOCKETS_BUFFER_MAX_SIZE = 2, SO_VM_SOCKETS_BUFFER_MIN_SIZE = 1, SO_VM_SOCKETS_BUFFER_SIZE = 0,
        SO_VM_SOCKETS_PEER_HOST_VM_ID = 3, SO_VM_SOCKETS_TRUSTED = 5,
        SO_VM_SOCKETS_CONNECT_TIMEOUT = CONNECT_TIMEOUT, SO_VM_SOCKETS_NONBLOCK_TXRX = 7,
    },
    // linux/vm_sockets.h: _IO(7, 0xb9)
    literal! { c"IOCTL_":
        IOCTL_VM_SOCKETS_GET_LOCAL_CID = GET_LOCAL_CID as i64,
    },
    // linux/if_alg.h
    from_libc! { c"ALG_":
        ALG_OP_DECRYPT ALG_OP_ENCRYPT ALG_SET_AEAD_ASSOCLEN ALG_SET_AEAD_AUTHSIZE ALG_SET_IV ALG_SET_KEY
        ALG_SET_OP ALG_SET_DRBG_ENTROPY ALG_SET_KEY_BY_KEY_SERIAL
    },
    // of patches that no released kernel has taken up; Python defines them with these numbers
    literal! { c"ALG_":
        ALG_OP_SIGN = 2, ALG_OP_VERIFY = 3, ALG_SET_PUBKEY = 6,
    },
    // linux/if_xdp.h
    from_libc! { c"XDP_":
        XDP_SHARED_UMEM XDP_COPY XDP_ZEROCOPY XDP_USE_NEED_WAKEUP XDP_MMAP_OFFSETS XDP_RX_RING XDP_TX_RING
        XDP_UMEM_REG XDP_UMEM_FILL_RING XDP_UMEM_COMPLETION_RING XDP_STATISTICS XDP_OPTIONS
        XDP_OPTIONS_ZEROCOPY XDP_RING_NEED_WAKEUP XDP_PGOFF_RX_RING
        XDP_UMEM_PGOFF_FILL_RING XDP_UMEM_PGOFF_COMPLETION_RING
    },
    // linux/if_xdp.h; libc's type for it has 32 bits and a sign on some processors
    literal! { c"XDP_":
        XDP_PGOFF_TX_RING = 0x8000_0000,
    },
    // linux/qrtr.h
    literal! { c"QRTR_":
        QRTR_NODE_BCAST = 0xffff_ffff, QRTR_PORT_CTRL = 0xffff_fffe,
    },
    // linux/mctp.h
    literal! { c"MCTP_":
        MCTP_NET_ANY = 0x0, MCTP_ADDR_NULL = 0x00, MCTP_ADDR_ANY = 0xff, MCTP_TAG_MASK = 0x07,
        MCTP_TAG_OWNER = 0x08, MCTP_TAG_PREALLOC = 0x10, MCTP_OPT_ADDR_EXT = 1,
    },
    // linux/if_pppox.h
    literal! { c"PX_":
        PX_PROTO_OE = 0, PX_PROTO_OL2TP = 1, PX_PROTO_PPTP = 2,
    },
    // linux/nfc.h
    literal! { c"NFC_":
        NFC_SOCKPROTO_RAW = 0, NFC_SOCKPROTO_LLCP = 1,
    },
    // netipx/ipx.h
    literal! { c"IPX_":
        IPX_TYPE = 1,
    },
];
