//! Numbers of socket options that the libc crate lacks, each beside its kernel header, and the limits
//! that the kernel sets without telling.

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
pub const SO_PEERPIDFD: i32 = 77;

/// net/tcp.h: the most seconds that TCP_KEEPIDLE and TCP_KEEPINTVL take.
pub const KEEPALIVE_SECONDS_MAX: i64 = 32767;
/// net/tcp.h: the most probes that TCP_KEEPCNT takes.
pub const KEEPALIVE_COUNT_MAX: i32 = 127;
/// linux/tcp.h: room of a congestion control's name with its NUL; a longer one would be cut.
pub const TCP_CA_NAME_MAX: usize = 16;
/// linux/if.h: room of an interface's name with its NUL; a longer one would be cut.
pub const IFNAMSIZ: usize = 16;
