//! The numbers of the address families that only Linux has: linux/socket.h. A test compares them with those of the
//! libc crate, which other systems' lacks.

pub const AF_NETLINK: u16 = 16;
pub const AF_PACKET: u16 = 17;
pub const AF_CAN: u16 = 29;
pub const AF_TIPC: u16 = 30;
pub const AF_BLUETOOTH: u16 = 31;
pub const AF_ALG: u16 = 38;
pub const AF_VSOCK: u16 = 40;
pub const AF_QIPCRTR: u16 = 42;

#[cfg(test)]
#[test]
fn numbers_are_those_of_the_libc_crate() {
    let ours = [AF_NETLINK, AF_PACKET, AF_CAN, AF_TIPC, AF_BLUETOOTH, AF_ALG, AF_VSOCK];
    let theirs = [
        libc::AF_NETLINK,
        libc::AF_PACKET,
        libc::AF_CAN,
        libc::AF_TIPC,
        libc::AF_BLUETOOTH,
        libc::AF_ALG,
        libc::AF_VSOCK,
    ];
    assert_eq!(ours.map(i32::from), theirs);
}
