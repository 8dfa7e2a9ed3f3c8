//! What IP reports about a packet: its destination and interface, TTL and hop limit, TOS and traffic class.
//!
//! IPv4: IP_PKTINFO where there is one (macOS, NetBSD), else IP_RECVDSTADDR and IP_RECVIF, whose `struct sockaddr_dl`
//! has the interface. IPv6 is that of RFC 3542 everywhere.

use super::super::put::{Byte, put};
use super::super::walk::{find, find_as};
use super::layout::space_of;
use crate::net::codec::bytes::{field, i32_at, u16_at, u32_at};
use crate::net::codec::refused::{Refused, Why, between, within};
use libc::{IP_RECVDSTADDR, IP_RECVIF, IPPROTO_IP, IPPROTO_IPV6, IPV6_PKTINFO, IPV6_TCLASS};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

// netinet/in.h, netinet6/in6.h; the libc crate lacks some of them on some systems.
#[cfg(target_vendor = "apple")]
const IP_RECVTTL: i32 = 24;
#[cfg(target_os = "netbsd")]
const IP_RECVTTL: i32 = 23;
#[cfg(target_os = "openbsd")]
const IP_RECVTTL: i32 = 31;
#[cfg(any(target_os = "freebsd", target_os = "dragonfly"))]
const IP_RECVTTL: i32 = 65;
#[cfg(target_vendor = "apple")]
const IP_RECVTOS: i32 = 27;
#[cfg(target_os = "freebsd")]
const IP_RECVTOS: i32 = 68;
/// No message has it.
#[cfg(not(any(target_vendor = "apple", target_os = "freebsd")))]
const IP_RECVTOS: i32 = -1;
const IPV6_HOPLIMIT: i32 = 47;

/// The message that has an IPv4 packet sent from an address, and names that at which one arrived: IP_SENDSRCADDR.
#[cfg(any(target_vendor = "apple", target_os = "netbsd"))]
use libc::IP_PKTINFO;
#[cfg(not(any(target_vendor = "apple", target_os = "netbsd")))]
const IP_PKTINFO: i32 = -1;
const HAS_PKTINFO: bool = IP_PKTINFO != -1;

/// Where a packet arrived: the interface, and the addresses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Arrival {
    /// The interface; 0 where the system does not say.
    pub ifindex: u32,
    /// The destination in the packet.
    pub to: IpAddr,
    /// The local address it was for; `None` if the destination was a group.
    pub local: Option<IpAddr>,
}

impl Arrival {
    /// Finds it.
    pub fn find(control: &[u8]) -> Result<Option<Arrival>, Refused> {
        let kinds = [(IPPROTO_IPV6, IPV6_PKTINFO), (IPPROTO_IP, IP_PKTINFO), (IPPROTO_IP, IP_RECVDSTADDR)];
        // The interface of an IPv4 packet may be in a message of its own: the index is behind length and family.
        let link = find(control, &[(IPPROTO_IP, IP_RECVIF)])?.and_then(|(_, data)| u16_at(data, 2));
        find_as(control, &kinds, |which, data| match which {
            0 => {
                let to = Ipv6Addr::from(field::<16>(data, 0)?);
                let local = (!to.is_multicast()).then_some(to.into());
                Some(Arrival { ifindex: u32_at(data, 16)?, to: to.into(), local })
            }
            1 => {
                // macOS: index, local address, destination. NetBSD: destination, index.
                let (ifindex, to) = match cfg!(target_os = "netbsd") {
                    true => (u32_at(data, 4)?, field::<4>(data, 0)?),
                    false => (u32_at(data, 0)?, field::<4>(data, 8)?),
                };
                let own = if cfg!(target_os = "netbsd") { to } else { field(data, 4)? };
                let to = Ipv4Addr::from(to);
                Some(Arrival { ifindex, to: to.into(), local: local(to, own.into()) })
            }
            _ => {
                let to = Ipv4Addr::from(field::<4>(data, 0)?);
                Some(Arrival { ifindex: link.unwrap_or(0).into(), to: to.into(), local: local(to, to) })
            }
        })
    }
}

fn local(to: Ipv4Addr, own: Ipv4Addr) -> Option<IpAddr> {
    (!to.is_multicast() || own != to).then_some(own.into())
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
        IpAddr::V4(from) if HAS_PKTINFO => {
            let mut data = [0; 12];
            let (index, own) = if cfg!(target_os = "netbsd") { (4, 0) } else { (0, 4) };
            data[index..index + 4].copy_from_slice(&ifindex.to_ne_bytes());
            data[own..own + 4].copy_from_slice(&from.octets());
            let len = if cfg!(target_os = "netbsd") { 8 } else { 12 };
            put(control, used, IPPROTO_IP, IP_PKTINFO, &data[..len])
        }
        IpAddr::V4(_) if ifindex != 0 => {
            let why = Why::OtherPlatform("this system chooses the interface of an IPv4 packet itself");
            Err(Refused { field: "ifindex", why })
        }
        // IP_SENDSRCADDR is the same number.
        IpAddr::V4(from) => put(control, used, IPPROTO_IP, IP_RECVDSTADDR, &from.octets()),
        IpAddr::V6(from) => {
            let mut data = [0; 20];
            data[..16].copy_from_slice(&from.octets());
            data[16..].copy_from_slice(&ifindex.to_ne_bytes());
            put(control, used, IPPROTO_IPV6, IPV6_PKTINFO, &data)
        }
    }
}

/// One byte or an int.
fn number(data: &[u8]) -> Option<i32> {
    if data.len() < 4 { data.first().map(|byte| i32::from(*byte)) } else { i32_at(data, 0) }
}

/// Finds the TTL or hop limit.
pub fn ttl(control: &[u8]) -> Result<Option<i32>, Refused> {
    let kinds = [(IPPROTO_IP, IP_RECVTTL), (IPPROTO_IP, libc::IP_TTL), (IPPROTO_IPV6, IPV6_HOPLIMIT)];
    find_as(control, &kinds, |_, data| number(data))
}

/// Appends the TTL of an IPv4 packet or the hop limit of an IPv6 one.
pub fn put_ttl(control: &mut [impl Byte], used: &mut usize, v6: bool, ttl: i64) -> Result<(), Refused> {
    let value: i32 = between("ttl", ttl, u8::from(!v6), 255)?;
    let (level, kind) = if v6 { (IPPROTO_IPV6, IPV6_HOPLIMIT) } else { (IPPROTO_IP, libc::IP_TTL) };
    put(control, used, level, kind, &value.to_ne_bytes())
}

/// Finds the TOS byte or the traffic class.
pub fn tos(control: &[u8]) -> Result<Option<i32>, Refused> {
    let kinds = [(IPPROTO_IP, IP_RECVTOS), (IPPROTO_IP, libc::IP_TOS), (IPPROTO_IPV6, IPV6_TCLASS)];
    find_as(control, &kinds, |_, data| number(data))
}

/// Appends the TOS byte of an IPv4 packet or the traffic class of an IPv6 one.
pub fn put_tos(control: &mut [impl Byte], used: &mut usize, v6: bool, tos: i64) -> Result<(), Refused> {
    let value: i32 = within("tos", tos, 255)?;
    if v6 {
        return put(control, used, IPPROTO_IPV6, IPV6_TCLASS, &value.to_ne_bytes());
    }
    // FreeBSD takes a byte.
    put(control, used, IPPROTO_IP, libc::IP_TOS, &[value as u8])
}

/// SO_RXQ_OVFL, which only Linux has.
pub fn drops(_control: &[u8]) -> Result<Option<u32>, Refused> {
    Ok(None)
}

/// UDP_GRO, which only Linux has.
pub fn gro_size(_control: &[u8]) -> Result<Option<i32>, Refused> {
    Ok(None)
}

/// UDP_SEGMENT, which only Linux has.
pub fn put_gso_size(_control: &mut [impl Byte], _used: &mut usize, size: i64) -> Result<(), Refused> {
    let _: u16 = between("size", size, 1, u16::MAX.into())?;
    Err(Refused {
        field: "size",
        why: Why::OtherPlatform("the kernel of Linux alone cuts data into datagrams"),
    })
}

/// The room for the destination and the interface of a packet of either protocol.
pub(super) const ARRIVAL_ROOM: usize = space_of(12) + space_of(4) + space_of(64) + space_of(20);
