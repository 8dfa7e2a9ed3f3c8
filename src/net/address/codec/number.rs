//! The numbers of the address families that every system has.

pub const AF_UNIX: u16 = libc::AF_UNIX as u16;
pub const AF_INET: u16 = libc::AF_INET as u16;
pub const AF_INET6: u16 = libc::AF_INET6 as u16;
