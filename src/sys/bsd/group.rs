//! Multicast groups without the options of RFC 3678: IP_ADD_MEMBERSHIP and IPV6_JOIN_GROUP.

use crate::sys::{Errno, Result, interface, setsockopt};
use std::net::{IpAddr, SocketAddr};

/// Joins or leaves a group on the interface of an index; with 0 the kernel chooses.
pub fn change_group(fd: i32, join: bool, group: &SocketAddr, index: u32) -> Result<()> {
    match group.ip() {
        IpAddr::V4(group) => {
            // struct ip_mreq: the group, and an address of the interface.
            let own = if index == 0 { [0; 4] } else { address_of(index)? };
            let option = if join { libc::IP_ADD_MEMBERSHIP } else { libc::IP_DROP_MEMBERSHIP };
            setsockopt(fd, libc::IPPROTO_IP, option, &[group.octets(), own].concat())
        }
        IpAddr::V6(group) => {
            // struct ipv6_mreq: the group and the index.
            let request = [&group.octets()[..], &index.to_ne_bytes()].concat();
            let option = if join { libc::IPV6_JOIN_GROUP } else { libc::IPV6_LEAVE_GROUP };
            setsockopt(fd, libc::IPPROTO_IPV6, option, &request)
        }
    }
}

/// The first IPv4 address of an interface.
fn address_of(index: u32) -> Result<[u8; 4]> {
    let name = interface::name(index)?;
    let own = interface::addresses()?.into_iter().filter(|entry| entry.name == name);
    // Behind the length, the family and the port.
    let raw = own.filter_map(|entry| match entry.address.bytes() {
        [_, family, _, _, a, b, c, d, ..] if i32::from(*family) == libc::AF_INET => Some([*a, *b, *c, *d]),
        _ => None,
    });
    raw.into_iter().next().ok_or(Errno(libc::EADDRNOTAVAIL))
}
