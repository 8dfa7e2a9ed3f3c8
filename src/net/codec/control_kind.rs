//! The kinds of control messages that a receiver makes room for: the bits of SOCK_CONTROL_*.

pub const CREDENTIALS: i64 = 1 << 0;
pub const PIDFD: i64 = 1 << 1;
pub const TIMESTAMP: i64 = 1 << 2;
pub const PKTINFO: i64 = 1 << 3;
pub const TTL: i64 = 1 << 4;
pub const TOS: i64 = 1 << 5;
pub const ERROR: i64 = 1 << 6;
pub const DROPS: i64 = 1 << 7;
pub const GRO: i64 = 1 << 8;
pub const SECURITY: i64 = 1 << 9;
