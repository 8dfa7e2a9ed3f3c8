//! What a poller asks for and what it finds: numbers of our own, the same on every platform.

/// Something to read, or the end.
pub const IN: i32 = 1;
/// Room to write.
pub const OUT: i32 = 2;
/// Something exceptional: urgent data.
pub const PRI: i32 = 4;
/// An error; reported unasked.
pub const ERR: i32 = 8;
/// Both directions have ended; reported unasked.
pub const HUP: i32 = 16;
/// The peer sends no more, where the system reports that.
pub const RDHUP: i32 = 32;
/// To ask: only when something new happens.
pub const EDGE: i32 = 256;
/// To ask: one report.
pub const ONESHOT: i32 = 512;
/// To ask: wake few of several pollsets.
pub const EXCLUSIVE: i32 = 1024;
