//! Numbers that the libc crate lacks, each beside its header, and limits that the kernel does not report.

/// linux/in.h, protocol independent multicast options.
pub const MCAST_JOIN_GROUP: i32 = 42;
/// linux/in.h.
pub const MCAST_LEAVE_GROUP: i32 = 45;
/// linux/in.h.
pub const MCAST_JOIN_SOURCE_GROUP: i32 = 46;
/// linux/in.h.
pub const MCAST_LEAVE_SOURCE_GROUP: i32 = 47;

/// linux/in.h.
pub const IPPROTO_MPTCP: i32 = 262;
/// linux/socket.h: the level of MPTCP's options.
pub const SOL_MPTCP: i32 = 284;
/// linux/mptcp.h.
pub const MPTCP_INFO: i32 = 1;

/// asm-generic/socket.h, since Linux 6.5.
pub const SO_PASSPIDFD: i32 = 76;
/// asm-generic/socket.h, since Linux 6.5.
pub const SO_PEERPIDFD: i32 = 77;
/// asm-generic/sockios.h.
pub const SIOCATMARK: u16 = 0x8905;

/// net/tcp.h: the most seconds that TCP_KEEPIDLE and TCP_KEEPINTVL take.
pub const KEEPALIVE_SECONDS_MAX: i64 = 32767;
/// net/tcp.h: the most probes that TCP_KEEPCNT takes.
pub const KEEPALIVE_COUNT_MAX: i32 = 127;
/// linux/tcp.h: room of a congestion control's name with its NUL; a longer one would be cut.
pub const TCP_CA_NAME_MAX: usize = 16;
/// linux/if.h: room of an interface's name with its NUL; a longer one would be cut.
pub const IFNAMSIZ: usize = 16;

/// SO_RCVTIMEO with a 64-bit time on every architecture: asm-generic/socket.h.
pub const SO_RCVTIMEO_NEW: i32 = 66;
/// SO_SNDTIMEO with a 64-bit time on every architecture: asm-generic/socket.h.
pub const SO_SNDTIMEO_NEW: i32 = 67;

/// linux/socket.h.
pub const AF_QIPCRTR: i32 = 42;

/// bluetooth/bluetooth.h.
pub const BTPROTO_L2CAP: i32 = 0;
/// bluetooth/bluetooth.h.
pub const BTPROTO_HCI: i32 = 1;
/// bluetooth/bluetooth.h.
pub const BTPROTO_SCO: i32 = 2;
/// bluetooth/bluetooth.h.
pub const BTPROTO_RFCOMM: i32 = 3;

/// netdb.h; not every system has these.
pub use libc::{AI_ALL, AI_V4MAPPED, EAI_NODATA};

/// netdb.h: no address of the family that was asked for.
pub const EAI_ADDRFAMILY: i32 = -9;
/// netdb.h: a name that the encoding of international names refuses.
pub const EAI_IDN_ENCODE: i32 = -105;

/// linux/vm_sockets.h: `IOCTL_VM_SOCKETS_GET_LOCAL_CID`, `_IO(7, 0xb9)`. "No data" is 1 in bit 29 on these
/// architectures, and 0 elsewhere.
pub const GET_LOCAL_CID: libc::c_ulong = if cfg!(any(
    target_arch = "mips",
    target_arch = "mips64",
    target_arch = "powerpc",
    target_arch = "powerpc64",
    target_arch = "sparc",
    target_arch = "sparc64"
)) {
    0x2000_07b9
} else {
    0x07b9
};
