//! Numbers that the libc crate lacks on some of these systems, each beside its header, and limits that the kernel does
//! not report. A number below 0 belongs to nothing: the kernel refuses it as it refuses any option that it lacks.

/// netinet/in.h: the options of RFC 3678, which NetBSD and OpenBSD lack.
pub const MCAST_JOIN_GROUP: i32 = 80;
/// netinet/in.h.
pub const MCAST_LEAVE_GROUP: i32 = 81;
/// netinet/in.h.
pub const MCAST_JOIN_SOURCE_GROUP: i32 = 82;
/// netinet/in.h.
pub const MCAST_LEAVE_SOURCE_GROUP: i32 = 83;

/// Seconds of the three figures of keepalive: an int, which the kernel checks.
pub const KEEPALIVE_SECONDS_MAX: i64 = i32::MAX as i64;
/// Probes: an int, which the kernel checks.
pub const KEEPALIVE_COUNT_MAX: i32 = i32::MAX;
/// netinet/tcp.h of FreeBSD: room of a congestion control's name with its NUL.
#[cfg(target_os = "freebsd")]
pub const TCP_CA_NAME_MAX: usize = 16;

/// Linux's second form of SO_RCVTIMEO.
pub const SO_RCVTIMEO_NEW: i32 = -1;
/// Linux's second form of SO_SNDTIMEO.
pub const SO_SNDTIMEO_NEW: i32 = -2;

#[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
pub use libc::{AI_ALL, AI_V4MAPPED};
/// Flags that the resolver lacks are left out.
#[cfg(not(any(target_vendor = "apple", target_os = "freebsd")))]
pub const AI_ALL: i32 = 0;
/// As [`AI_ALL`].
#[cfg(not(any(target_vendor = "apple", target_os = "freebsd")))]
pub const AI_V4MAPPED: i32 = 0;

/// netdb.h: no address of the name; FreeBSD's no longer has it.
pub const EAI_NODATA: i32 = if cfg!(target_os = "openbsd") { -5 } else { 7 };
/// netdb.h: no address of the family that was asked for.
pub const EAI_ADDRFAMILY: i32 = if cfg!(target_os = "openbsd") { -9 } else { 1 };
/// Linux's error for a name that the encoding of international names refuses.
pub const EAI_IDN_ENCODE: i32 = i32::MIN;
