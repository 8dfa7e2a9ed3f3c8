//! Numbers and limits of Windows.

pub const MCAST_JOIN_GROUP: i32 = 41;
pub const MCAST_LEAVE_GROUP: i32 = 42;
pub const MCAST_JOIN_SOURCE_GROUP: i32 = 45;
pub const MCAST_LEAVE_SOURCE_GROUP: i32 = 46;

/// The most seconds of TCP_KEEPIDLE and TCP_KEEPINTVL that mean the same everywhere.
pub const KEEPALIVE_SECONDS_MAX: i64 = 32767;
/// The most probes that TCP_KEEPCNT takes.
pub const KEEPALIVE_COUNT_MAX: i32 = 255;
/// Room of an interface's name with its NUL.
pub const IFNAMSIZ: usize = 256;

/// No option: Windows has the limits in one form.
pub const SO_RCVTIMEO_NEW: i32 = -1;
/// No option: Windows has the limits in one form.
pub const SO_SNDTIMEO_NEW: i32 = -2;

pub use libc::{AI_ALL, AI_V4MAPPED};
/// WSANO_DATA.
pub const EAI_NODATA: i32 = 11004;
/// Never an answer of Winsock.
pub const EAI_ADDRFAMILY: i32 = -9;
/// Never an answer of Winsock.
pub const EAI_IDN_ENCODE: i32 = -105;

/// Of Linux; Windows refuses these.
pub const TCP_CA_NAME_MAX: usize = 16;
/// As above.
pub const IPPROTO_MPTCP: i32 = 262;
/// As above.
pub const SOL_MPTCP: i32 = 284;
/// As above.
pub const MPTCP_INFO: i32 = 1;
