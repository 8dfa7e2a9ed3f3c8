//! The numbers of the address families that only Linux has.

pub const AF_NETLINK: u16 = libc::AF_NETLINK as u16;
pub const AF_PACKET: u16 = libc::AF_PACKET as u16;
pub const AF_CAN: u16 = libc::AF_CAN as u16;
pub const AF_TIPC: u16 = libc::AF_TIPC as u16;
pub const AF_BLUETOOTH: u16 = libc::AF_BLUETOOTH as u16;
pub const AF_ALG: u16 = libc::AF_ALG as u16;
pub const AF_VSOCK: u16 = libc::AF_VSOCK as u16;
/// linux/socket.h; the libc crate lacks it.
pub const AF_QIPCRTR: u16 = 42;
