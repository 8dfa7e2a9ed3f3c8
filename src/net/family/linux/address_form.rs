//! Which families a socket takes addresses of, and which form of address its protocol needs.

use crate::net::error::Code;
use crate::net::handle::Label;
use crate::sys::number::{AF_QIPCRTR, BTPROTO_HCI, BTPROTO_L2CAP, BTPROTO_RFCOMM, BTPROTO_SCO};
use crate::sys::uapi::{
    AF_ALG, AF_BLUETOOTH, AF_CAN, AF_INET, AF_INET6, AF_NETLINK, AF_PACKET, AF_RDS, AF_TIPC, AF_UNIX,
    AF_VSOCK, CAN_ISOTP, CAN_J1939,
};

/// The families whose addresses libsock knows. What others accept is up to the kernel.
const KNOWN: [i32; 12] = [
    AF_UNIX,
    AF_INET,
    AF_INET6,
    AF_NETLINK,
    AF_PACKET,
    AF_RDS,
    AF_CAN,
    AF_TIPC,
    AF_BLUETOOTH,
    AF_ALG,
    AF_VSOCK,
    AF_QIPCRTR,
];

/// Whether libsock knows the addresses of a family.
pub fn knows(family: i32) -> bool {
    KNOWN.contains(&family)
}

/// Whether a socket of one family may accept addresses of another: IPv6 sockets send to IPv4 where they can,
/// and RDS uses the addresses of IP.
pub fn accepts(domain: i32, family: i32) -> bool {
    match domain {
        AF_RDS | AF_INET6 => family == AF_INET || family == AF_INET6,
        _ => family == domain,
    }
}

/// Whether a form of the wrong length must be refused before the kernel sees it: the length is all that
/// distinguishes the forms of Bluetooth, and the kernel does not check it.
pub fn checks_length(family: i32) -> bool {
    family == AF_BLUETOOTH
}

/// Why an address of the socket's family does not have the form of its protocol, as far as the length shows.
pub fn wrong_form(label: &Label, len: usize) -> Option<Code> {
    let (name, fits) = match (label.family, label.proto) {
        // A program may pass the whole struct of the system, of 24 bytes.
        (AF_CAN, CAN_ISOTP) => ("CAN_ISOTP, of 16 bytes", len >= 16),
        (AF_CAN, CAN_J1939) => ("CAN_J1939, of 24 bytes", len >= 24),
        (AF_BLUETOOTH, BTPROTO_L2CAP) => ("BTPROTO_L2CAP, of 14 bytes", ![6, 8, 10].contains(&len)),
        (AF_BLUETOOTH, BTPROTO_RFCOMM) => ("BTPROTO_RFCOMM, of 10 bytes", ![6, 8, 14].contains(&len)),
        (AF_BLUETOOTH, BTPROTO_SCO) => ("BTPROTO_SCO, of 8 bytes", ![6, 10, 14].contains(&len)),
        (AF_BLUETOOTH, BTPROTO_HCI) => ("BTPROTO_HCI, of 6 bytes", ![8, 10, 14].contains(&len)),
        _ => return None,
    };
    if fits {
        return None;
    }
    Some(
        Code::errno(libc::EINVAL)
            .because(format_args!("addr: of {len} bytes, where the socket needs an address of {name}")),
    )
}
