//! AF_INET and AF_INET6: numeric hosts, zones, ports. See ip(7), ipv6(7), inet_pton(3), RFC 4007, RFC 5952.
//!
//! The fields are kept in the standard library's `SocketAddr`, the flow information in host order.

use super::escape::{Text, is_number, number, unescape};
use super::native::{Native, split};
use super::number::{AF_INET, AF_INET6};
use super::{Interfaces, numeric};
use crate::net::codec::refused::{Refused, Why, within};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

/// The largest flow label: 20 bits. The bits above it in a native address are the traffic class.
const FLOWINFO_MAX: i64 = 0xf_ffff;
const PORT_MAX: i64 = 65535;
const SCOPE_MAX: i64 = 0xffff_ffff;
/// The size of an interface's name with its NUL.
const IFNAMSIZ: usize = 16;

const NOT_NUMERIC: Refused = Refused::malformed("host", "not a numeric IPv4 or IPv6 address");
const NO_BRACKETS: Refused = Refused::malformed("host", "not a numeric IPv4 address, nor IPv6 in brackets");
const NOT_V6: Refused = Refused::malformed("host", "not a numeric IPv6 address");
const NO_PORT: Refused = Refused::malformed("port", "the port is missing, as in 192.0.2.1:80");

/// The fields of a native address; `None` if it is too short.
pub fn read(bytes: &[u8]) -> Option<SocketAddr> {
    let (family, rest) = split(bytes)?;
    let (port, rest) = rest.split_first_chunk()?;
    let port = u16::from_be_bytes(*port);
    if family == AF_INET {
        let (host, rest) = rest.split_first_chunk::<4>()?;
        rest.first_chunk::<8>()?;
        return Some(SocketAddrV4::new(Ipv4Addr::from(*host), port).into());
    }
    let (flowinfo, rest) = rest.split_first_chunk()?;
    let (host, rest) = rest.split_first_chunk::<16>()?;
    let scope_id = u32::from_ne_bytes(*rest.first_chunk()?);
    Some(SocketAddrV6::new(Ipv6Addr::from(*host), port, u32::from_be_bytes(*flowinfo), scope_id).into())
}

/// The native form: `struct sockaddr_in` or `struct sockaddr_in6`, all of it.
#[inline]
pub fn native(address: &SocketAddr) -> Native {
    let port = address.port().to_be_bytes();
    match address {
        SocketAddr::V4(v4) => {
            let mut native = Native::of_family(AF_INET);
            native.push(&port);
            native.push(&v4.ip().octets());
            native.push(&[0; 8]);
            native
        }
        SocketAddr::V6(v6) => {
            let mut native = Native::of_family(AF_INET6);
            native.push(&port);
            native.push(&v6.flowinfo().to_be_bytes());
            native.push(&v6.ip().octets());
            native.push(&v6.scope_id().to_ne_bytes());
            native
        }
    }
}

/// The address of a numeric host and a port: no host or "" is 0.0.0.0, "<broadcast>" is 255.255.255.255.
#[inline(always)]
pub fn new(host: Option<&[u8]>, port: i64, interfaces: &dyn Interfaces) -> Result<SocketAddr, Refused> {
    let port = within("port", port, PORT_MAX)?;
    let (host, scope_id) = match host.unwrap_or_default() {
        b"" => (Ipv4Addr::UNSPECIFIED.into(), 0),
        b"<broadcast>" => (Ipv4Addr::BROADCAST.into(), 0),
        text => zoned(text, interfaces)?,
    };
    Ok(match host {
        IpAddr::V4(host) => SocketAddrV4::new(host, port).into(),
        IpAddr::V6(host) => SocketAddrV6::new(host, port, 0, scope_id).into(),
    })
}

/// The IPv6 address of all four fields: no host or "" is `::`. A zone in the host and a scope that is
/// not 0 must mean the same interface.
pub fn new6(
    host: Option<&[u8]>,
    port: i64,
    flowinfo: i64,
    scope_id: i64,
    interfaces: &dyn Interfaces,
) -> Result<SocketAddr, Refused> {
    let port = within("port", port, PORT_MAX)?;
    let flowinfo = within("flowinfo", flowinfo, FLOWINFO_MAX)?;
    let scope_id = within("scope_id", scope_id, SCOPE_MAX)?;
    let (host, zone) = match host.unwrap_or_default() {
        b"" => (Ipv6Addr::UNSPECIFIED, 0),
        text => match zoned(text, interfaces)? {
            (IpAddr::V6(host), zone) => (host, zone),
            (IpAddr::V4(_), _) => return Err(NOT_V6),
        },
    };
    if zone != 0 && scope_id != 0 && zone != scope_id {
        return Err(Refused::malformed("scope_id", "differs from the zone in host"));
    }
    let scope_id = if zone == 0 { scope_id } else { zone };
    Ok(SocketAddrV6::new(host, port, flowinfo, scope_id).into())
}

/// A numeric host, with the index of its zone or 0.
#[inline]
fn zoned(text: &[u8], interfaces: &dyn Interfaces) -> Result<(IpAddr, u32), Refused> {
    if let Some(host) = numeric::host(text) {
        return Ok((host, 0));
    }
    let at = text.iter().position(|&byte| byte == b'%').ok_or(NOT_NUMERIC)?;
    match numeric::host(&text[..at]).ok_or(NOT_NUMERIC)? {
        IpAddr::V6(host) => Ok((host.into(), index_of_zone(&host, &text[at + 1..], interfaces)?)),
        IpAddr::V4(_) => Err(Refused::malformed("host", "only an IPv6 address has a zone")),
    }
}

/// A zone of digits is an index and needs no lookup, even if an interface has such a name. Any other zone is
/// a name, and only the addresses for which getaddrinfo(3) accepts a name may have one.
fn index_of_zone(host: &Ipv6Addr, zone: &[u8], interfaces: &dyn Interfaces) -> Result<u32, Refused> {
    if is_number(zone) {
        return number(zone, "host", SCOPE_MAX);
    }
    if zone.is_empty() || zone.contains(&0) {
        return Err(Refused::malformed("host", "the zone is neither the name nor the index of an interface"));
    }
    if !takes_names(host) {
        return Err(Refused::malformed("host", "only a link-local address takes the name of an interface"));
    }
    if zone.len() >= IFNAMSIZ {
        return Err(Refused { field: "host", why: Why::NoInterface });
    }
    interfaces.index(zone).map_err(|errno| Refused { field: "host", why: Why::Lookup(errno) })
}

/// Link-local unicast, interface-local and link-local multicast.
fn takes_names(host: &Ipv6Addr) -> bool {
    let first = host.segments()[0];
    first & 0xffc0 == 0xfe80 || matches!(first & 0xff0f, 0xff01 | 0xff02)
}

/// The address of `192.0.2.1:80` or `[fe80::1%eth0]:80?flowinfo=5`.
pub fn parse(text: &[u8], interfaces: &dyn Interfaces) -> Result<SocketAddr, Refused> {
    let Some(inside) = text.strip_prefix(b"[") else {
        let colon = text.iter().rposition(|&byte| byte == b':').ok_or(NO_PORT)?;
        let host = numeric::v4(&text[..colon]).ok_or(NO_BRACKETS)?;
        let port = number(&text[colon + 1..], "port", PORT_MAX)?;
        return Ok(SocketAddrV4::new(host, port).into());
    };
    let close = inside.iter().position(|&byte| byte == b']');
    let close = close.ok_or(Refused::malformed("host", "the closing bracket is missing"))?;
    let (host, scope_id) = parse_zoned(&inside[..close], interfaces)?;
    let mut behind = inside[close + 1..].strip_prefix(b":").ok_or(NO_PORT)?;
    let mut flowinfo = 0;
    if let Some(question) = behind.iter().position(|&byte| byte == b'?') {
        let digits = behind[question..].strip_prefix(b"?flowinfo=");
        let digits = digits.ok_or(Refused::malformed("text", "only ?flowinfo= may follow the port"))?;
        flowinfo = number(digits, "flowinfo", FLOWINFO_MAX)?;
        behind = &behind[..question];
    }
    Ok(SocketAddrV6::new(host, number(behind, "port", PORT_MAX)?, flowinfo, scope_id).into())
}

/// The host between the brackets. The letters of the zone may be escaped, the `%` before it is not.
fn parse_zoned(text: &[u8], interfaces: &dyn Interfaces) -> Result<(Ipv6Addr, u32), Refused> {
    let at = text.iter().position(|&byte| byte == b'%').unwrap_or(text.len());
    let host = numeric::v6(&text[..at]).ok_or(NOT_V6)?;
    let Some(zone) = text.get(at + 1..) else { return Ok((host, 0)) };
    if is_number(zone) {
        return Ok((host, index_of_zone(&host, zone, interfaces)?));
    }
    let mut name = [0; IFNAMSIZ];
    let len = unescape(zone, &mut name, "host")?;
    Ok((host, index_of_zone(&host, &name[..len.min(IFNAMSIZ)], interfaces)?))
}

/// Writes the text form; false if there is none (flow information that no constructor accepts).
pub fn write(address: &SocketAddr, to: &mut Text, interfaces: &dyn Interfaces) -> bool {
    match address {
        SocketAddr::V4(v4) => write_v4(v4.ip(), to),
        SocketAddr::V6(v6) if i64::from(v6.flowinfo()) > FLOWINFO_MAX => return false,
        SocketAddr::V6(v6) => {
            to.push(b"[");
            write_v6(v6.ip(), to);
            write_zone(v6, to, interfaces);
            to.push(b"]");
        }
    }
    to.push(b":");
    to.decimal(address.port().into());
    if let SocketAddr::V6(v6) = address {
        if v6.flowinfo() != 0 {
            to.push(b"?flowinfo=");
            to.decimal(v6.flowinfo());
        }
    }
    true
}

/// Writes a host as inet_ntop(3) does, without the zone.
pub fn write_host(host: &IpAddr, to: &mut Text) {
    match host {
        IpAddr::V4(v4) => write_v4(v4, to),
        IpAddr::V6(v6) => write_v6(v6, to),
    }
}

fn write_v4(host: &Ipv4Addr, to: &mut Text) {
    for (i, byte) in host.octets().into_iter().enumerate() {
        if i > 0 {
            to.push(b".");
        }
        to.decimal(byte.into());
    }
}

/// RFC 5952, with the last four bytes dotted in `::ffff:1.2.3.4` and `::1.2.3.4`.
fn write_v6(host: &Ipv6Addr, to: &mut Text) {
    let groups = host.segments();
    let (start, len) = longest_zeros(&groups);
    let dotted = start == 0 && (len == 6 || len == 5 && groups[5] == 0xffff);
    let shown = if dotted { 6 } else { 8 };
    let mut i = 0;
    while i < shown {
        if i == start && len > 1 {
            to.push(b"::");
            i += len;
            continue;
        }
        if i > 0 && i != start + len {
            to.push(b":");
        }
        to.hex_number(groups[i]);
        i += 1;
    }
    if dotted {
        if len == 5 {
            to.push(b":");
        }
        let [.., a, b, c, d] = host.octets();
        write_v4(&Ipv4Addr::new(a, b, c, d), to);
    }
}

/// The start and the length of the longest run of two or more zero groups, the first of equals; (8, 0) if
/// there is none.
fn longest_zeros(groups: &[u16; 8]) -> (usize, usize) {
    let mut best = (8, 0);
    let mut run = 0;
    for (i, group) in groups.iter().enumerate() {
        run = if *group == 0 { run + 1 } else { 0 };
        if run > best.1.max(1) {
            best = (i + 1 - run, run);
        }
    }
    best
}

/// Writes `%` and the zone, if there is one. A name of digits would read back as another index.
fn write_zone(v6: &SocketAddrV6, to: &mut Text, interfaces: &dyn Interfaces) {
    if v6.scope_id() == 0 {
        return;
    }
    to.push(b"%");
    let name = if takes_names(v6.ip()) { interfaces.name(v6.scope_id()) } else { None };
    match name {
        Some(name) if !name.is_empty() && name.len() < IFNAMSIZ && !is_number(&name) => {
            to.escape(&name, b"]")
        }
        _ => to.decimal(v6.scope_id()),
    }
}
