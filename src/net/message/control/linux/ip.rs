//! What IP and UDP report about a packet: IP_PKTINFO, IPV6_PKTINFO, TTL and hop limit, TOS and traffic class,
//! segment sizes, and SO_RXQ_OVFL.

use super::super::put::{Byte, put};
use super::super::walk::find_as;
use crate::net::codec::bytes::{field, i32_at, u16_at, u32_at};
use crate::net::codec::refused::{Refused, between, within};
use libc::{
    IP_PKTINFO, IP_TOS, IP_TTL, IPPROTO_IP, IPPROTO_IPV6, IPV6_HOPLIMIT, IPV6_PKTINFO, IPV6_TCLASS,
    SO_RXQ_OVFL, SOL_SOCKET, SOL_UDP, UDP_GRO, UDP_SEGMENT,
};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Where a packet arrived: the interface, and the addresses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Arrival {
    /// The interface.
    pub ifindex: u32,
    /// The destination in the packet.
    pub to: IpAddr,
    /// The local address it was for; `None` if the destination was a group.
    pub local: Option<IpAddr>,
}

impl Arrival {
    /// Finds it.
    pub fn find(control: &[u8]) -> Result<Option<Arrival>, Refused> {
        let kinds = [(IPPROTO_IP, IP_PKTINFO), (IPPROTO_IPV6, IPV6_PKTINFO)];
        find_as(control, &kinds, |which, data| {
            if which == 0 && cfg!(windows) {
                // The destination, and the index of the interface.
                let to: [u8; 4] = field(data, 0)?;
                let to = Ipv4Addr::from(to);
                let local = (!to.is_multicast()).then_some(to.into());
                return Some(Arrival { ifindex: u32_at(data, 4)?, to: to.into(), local });
            }
            if which == 0 {
                let own: [u8; 4] = field(data, 4)?;
                let to: [u8; 4] = field(data, 8)?;
                let local = Some(Ipv4Addr::from(own).into());
                return Some(Arrival { ifindex: u32_at(data, 0)?, to: Ipv4Addr::from(to).into(), local });
            }
            let to: [u8; 16] = field(data, 0)?;
            let to = Ipv6Addr::from(to);
            let local = (!to.is_multicast()).then_some(to.into());
            Some(Arrival { ifindex: u32_at(data, 16)?, to: to.into(), local })
        })
    }
}

/// Appends the address and the interface that a packet is to be sent from; with index 0 the kernel chooses.
pub fn put_origin(
    control: &mut [impl Byte],
    used: &mut usize,
    from: IpAddr,
    ifindex: i64,
) -> Result<(), Refused> {
    let ifindex: i32 = within("ifindex", ifindex, i32::MAX.into())?;
    match from {
        IpAddr::V4(from) if cfg!(windows) => {
            let mut data = [0; 8];
            data[..4].copy_from_slice(&from.octets());
            data[4..].copy_from_slice(&ifindex.to_ne_bytes());
            put(control, used, IPPROTO_IP, IP_PKTINFO, &data)
        }
        IpAddr::V4(from) => {
            let mut data = [0; 12];
            data[..4].copy_from_slice(&ifindex.to_ne_bytes());
            data[4..8].copy_from_slice(&from.octets());
            put(control, used, IPPROTO_IP, IP_PKTINFO, &data)
        }
        IpAddr::V6(from) => {
            let mut data = [0; 20];
            data[..16].copy_from_slice(&from.octets());
            data[16..].copy_from_slice(&ifindex.to_ne_bytes());
            put(control, used, IPPROTO_IPV6, IPV6_PKTINFO, &data)
        }
    }
}

/// Finds the TTL or hop limit.
pub fn ttl(control: &[u8]) -> Result<Option<i32>, Refused> {
    find_as(control, &[(IPPROTO_IP, IP_TTL), (IPPROTO_IPV6, IPV6_HOPLIMIT)], |_, data| i32_at(data, 0))
}

/// Appends the TTL of an IPv4 packet or the hop limit of an IPv6 one.
pub fn put_ttl(control: &mut [impl Byte], used: &mut usize, v6: bool, ttl: i64) -> Result<(), Refused> {
    // The kernel refuses an IPv4 packet with TTL 0.
    let value: i32 = between("ttl", ttl, u8::from(!v6), 255)?;
    let (level, kind) = if v6 { (IPPROTO_IPV6, IPV6_HOPLIMIT) } else { (IPPROTO_IP, IP_TTL) };
    put(control, used, level, kind, &value.to_ne_bytes())
}

/// Finds the TOS byte or the traffic class.
pub fn tos(control: &[u8]) -> Result<Option<i32>, Refused> {
    find_as(control, &[(IPPROTO_IP, IP_TOS), (IPPROTO_IPV6, IPV6_TCLASS)], |which, data| match which {
        // The kernel reports one byte; a sender may pass an int.
        0 if data.len() < 4 => data.first().map(|tos| i32::from(*tos)),
        _ => i32_at(data, 0),
    })
}

/// Appends the TOS byte of an IPv4 packet or the traffic class of an IPv6 one.
pub fn put_tos(control: &mut [impl Byte], used: &mut usize, v6: bool, tos: i64) -> Result<(), Refused> {
    let value: i32 = within("tos", tos, 255)?;
    let (level, kind) = if v6 { (IPPROTO_IPV6, IPV6_TCLASS) } else { (IPPROTO_IP, IP_TOS) };
    put(control, used, level, kind, &value.to_ne_bytes())
}

/// Finds how many packets the socket has dropped because its buffer was full (SO_RXQ_OVFL).
pub fn drops(control: &[u8]) -> Result<Option<u32>, Refused> {
    find_as(control, &[(SOL_SOCKET, SO_RXQ_OVFL)], |_, data| u32_at(data, 0))
}

/// Finds the size of each of the datagrams that were received as one.
pub fn gro_size(control: &[u8]) -> Result<Option<i32>, Refused> {
    find_as(control, &[(SOL_UDP, UDP_GRO)], |_, data| match data.len() {
        2 => u16_at(data, 0).map(i32::from),
        _ => i32_at(data, 0),
    })
}

/// Appends the size of the datagrams that the kernel is to split the data into.
pub fn put_gso_size(control: &mut [impl Byte], used: &mut usize, size: i64) -> Result<(), Refused> {
    let size: u16 = between("size", size, 1, u16::MAX.into())?;
    put(control, used, SOL_UDP, UDP_SEGMENT, &size.to_ne_bytes())
}
