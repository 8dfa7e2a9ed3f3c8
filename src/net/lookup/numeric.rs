//! Hosts and ports that are numbers: answered here, without a lookup, a system call or an allocation.

use crate::net::address::codec::{self, numeric};
use crate::net::address::{self, Address};
use crate::net::error::{Code, Result, Shown};
use crate::sys::number::{AI_ALL, AI_V4MAPPED};
use crate::sys::{AddrInfo, Hints, memory};
use libc::{AF_INET, AF_INET6, AF_UNSPEC, IPPROTO_TCP, IPPROTO_UDP, SOCK_DGRAM, SOCK_RAW, SOCK_STREAM};
use std::net::{IpAddr, SocketAddr};

/// Flags that make no difference to a numeric answer, or one that is made here.
const KNOWN: i32 = libc::AI_PASSIVE
    | libc::AI_CANONNAME
    | libc::AI_NUMERICHOST
    | libc::AI_NUMERICSERV
    | AI_V4MAPPED
    | AI_ALL
    | libc::AI_ADDRCONFIG;

/// The number that a port text is; none where it is the name of a service. What looks like a number and
/// is no port is refused: the C library would cut it to 16 bits.
#[inline]
pub fn port(text: Option<&[u8]>) -> Result<Option<u16>> {
    let Some(text) = text else { return Ok(Some(0)) };
    let mut number = 0u32;
    for byte in text {
        match byte {
            b'0'..=b'9' if number <= 65535 => number = number * 10 + u32::from(byte - b'0'),
            _ => return odd_port(text),
        }
    }
    if number > 65535 { odd_port(text) } else { Ok(Some(number as u16)) }
}

#[cold]
fn odd_port(text: &[u8]) -> Result<Option<u16>> {
    let shown = Shown(text);
    let digits = text.trim_ascii_start().strip_prefix(b"-").or(text.trim_ascii_start().strip_prefix(b"+"));
    let digits = digits.unwrap_or(text.trim_ascii_start());
    if digits.first().is_some_and(u8::is_ascii_digit) && digits.iter().all(u8::is_ascii_digit) {
        return Err(Code::errno(libc::EINVAL).because(format_args!("port: {shown} is not within 0 to 65535")));
    }
    Ok(None)
}

/// An address as one of the family that is wanted. As the C library has it, an IPv4 address in IPv6's
/// clothes is one of IPv4 too; the other way round only where `mapping` asks for it.
#[inline]
fn in_family(address: Address, family: i32, mapping: bool) -> Result<Address> {
    if family == AF_UNSPEC || family == address::family(&address)? {
        return Ok(address);
    }
    let fields = address::get_ip(&address)?;
    let port = fields.port().into();
    let other = match fields.ip() {
        IpAddr::V4(v4) if mapping => Some(v4.to_ipv6_mapped().to_string()),
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map(|v4| v4.to_string()),
        IpAddr::V4(_) => None,
    };
    match other {
        Some(text) => address::ip(Some(text.as_bytes()), port),
        None => Err(Code::EAI_ADDRFAMILY),
    }
}

/// The first answer of Python's order of tests, where it needs no lookup: "" is the wildcard,
/// "<broadcast>" the IPv4 broadcast address, and then numbers (R154). None if that takes a lookup.
#[inline(always)]
pub fn resolve(host: Option<&[u8]>, port: u16, family: i32) -> Result<Option<Address>> {
    let host = host.unwrap_or_default();
    if let Some(number) = numeric::host(host) {
        let own = if number.is_ipv4() { AF_INET } else { AF_INET6 };
        if family == AF_UNSPEC || family == own {
            return Ok(Some(codec::ip::native(&SocketAddr::new(number, port)).into()));
        }
    }
    resolve_unusual(host, port, family)
}

#[cold]
fn resolve_unusual(host: &[u8], port: u16, family: i32) -> Result<Option<Address>> {
    let address = match host {
        b"" if family == AF_INET6 => address::ip6(None, port.into(), 0, 0)?,
        b"" | b"<broadcast>" => address::ip(Some(host), port.into())?,
        host => match address_of(host, port)? {
            Some(address) => address,
            None => return Ok(None),
        },
    };
    in_family(address, family, false).map(Some)
}

/// The address of a numeric host, with its zone if it has one; none of a name.
#[inline]
fn address_of(host: &[u8], port: u16) -> Result<Option<Address>> {
    if let Some(number) = numeric::host(host) {
        return Ok(Some(codec::ip::native(&SocketAddr::new(number, port)).into()));
    }
    if !is_zoned(host) {
        return Ok(None);
    }
    match address::ip(Some(host), port.into()) {
        Ok(address) => Ok(Some(address)),
        Err(_) => Err(Code::EAI_NONAME.because(format_args!("host: no interface has this zone"))),
    }
}

fn is_zoned(host: &[u8]) -> bool {
    let at = host.iter().position(|&byte| byte == b'%');
    at.is_some_and(|at| numeric::v6(&host[..at]).is_some())
}

/// What getaddrinfo(3) answers for a numeric host and port, in its order; none where it must be asked.
pub fn answers<'a>(
    host: &'a [u8],
    port: u16,
    hints: &Hints,
) -> Result<Option<impl Iterator<Item = AddrInfo> + use<'a>>> {
    let kinds = match (hints.socket_type, hints.proto) {
        _ if hints.flags & !KNOWN != 0 => return Ok(None),
        (0, 0) => &[(SOCK_STREAM, IPPROTO_TCP), (SOCK_DGRAM, IPPROTO_UDP), (SOCK_RAW, 0)][..],
        (SOCK_STREAM, 0 | IPPROTO_TCP) | (0, IPPROTO_TCP) => &[(SOCK_STREAM, IPPROTO_TCP)],
        (SOCK_DGRAM, 0 | IPPROTO_UDP) | (0, IPPROTO_UDP) => &[(SOCK_DGRAM, IPPROTO_UDP)],
        _ => return Ok(None),
    };
    let Some(mut address) = address_of(host, port)? else { return Ok(None) };
    address = in_family(address, hints.family, hints.flags & AI_V4MAPPED != 0)?;
    let family = address::family(&address)?;
    let wants_name = hints.flags & libc::AI_CANONNAME != 0;
    let mut name = if wants_name { Some(memory::copy(host)?) } else { None };
    Ok(Some(kinds.iter().map(move |(socket_type, proto)| AddrInfo {
        family,
        socket_type: *socket_type,
        proto: *proto,
        canonical: name.take(),
        address,
    })))
}

/// The flags that getnameinfo(3) has.
pub fn check_name_flags(flags: i32) -> Result<()> {
    const ALL: i32 = 0x1ff;
    if flags & !ALL == 0 {
        return Ok(());
    }
    Err(Code::EAI_BADFLAGS.because(format_args!("flags: {flags:#x} has unknown bits")))
}

/// The families that a lookup can be asked for.
pub fn check_family(family: i32) -> Result<()> {
    match family {
        AF_UNSPEC | AF_INET | AF_INET6 => Ok(()),
        _ => {
            Err(Code::EAI_FAMILY
                .because(format_args!("family: {family} is not AF_UNSPEC, AF_INET or AF_INET6")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys;
    use std::ffi::CString;

    #[test]
    fn ports_are_numbers_within_16_bits_or_names() {
        assert_eq!(port(None), Ok(Some(0)));
        assert_eq!(port(Some(b"")), Ok(Some(0)));
        assert_eq!(port(Some(b"65535")), Ok(Some(65535)));
        assert_eq!(port(Some(b"000080")), Ok(Some(80)));
        assert_eq!(port(Some(b"http")), Ok(None));
        assert_eq!(port(Some(b"80x")), Ok(None));
        for refused in ["65536", "70000", "-1", " 70000", "+80000", "99999999999999999999"] {
            assert_eq!(port(Some(refused.as_bytes())), Err(Code::errno(libc::EINVAL)), "{refused}");
        }
    }

    #[test]
    fn answers_are_those_of_the_c_library() {
        let hosts = ["127.0.0.1", "::1", "2001:db8::5", "192.0.2.255", "::ffff:1.2.3.4", "fe80::1%1"];
        let mut compared = 0;
        for host in hosts {
            for family in [AF_UNSPEC, AF_INET, AF_INET6] {
                for (socket_type, proto) in [
                    (0, 0),
                    (SOCK_STREAM, 0),
                    (SOCK_DGRAM, 0),
                    (SOCK_STREAM, 6),
                    (0, 6),
                    (0, 17),
                    (SOCK_DGRAM, 17),
                ] {
                    for flags in [0, libc::AI_CANONNAME, libc::AI_NUMERICHOST, AI_V4MAPPED, libc::AI_PASSIVE]
                    {
                        let hints = Hints { family, socket_type, proto, flags };
                        let ours = answers(host.as_bytes(), 80, &hints);
                        let (name, port) = (CString::new(host).expect("no NUL"), c"80");
                        let theirs = sys::getaddrinfo(Some(&name), Some(port), hints).map_err(Code::from);
                        let flat = |found: Vec<AddrInfo>| -> Vec<_> {
                            let entry = |f: AddrInfo| {
                                (f.family, f.socket_type, f.proto, f.canonical, f.address.bytes().to_vec())
                            };
                            found.into_iter().map(entry).collect()
                        };
                        let ours = ours.map(|found| flat(found.expect("a numeric host").collect()));
                        assert_eq!(ours, theirs.map(flat), "{host} {hints:?}");
                        compared += 1;
                    }
                }
            }
        }
        assert_eq!(compared, 6 * 3 * 7 * 5);
    }

    #[test]
    fn the_order_of_tests() {
        // R154
        let shown = |host: &str, family| {
            resolve(Some(host.as_bytes()), 7, family).map(|found| {
                found
                    .map(|a| String::from_utf8_lossy(address::format(&a).expect("text").bytes()).into_owned())
            })
        };
        assert_eq!(shown("", AF_UNSPEC), Ok(Some("0.0.0.0:7".into())));
        assert_eq!(shown("", AF_INET6), Ok(Some("[::]:7".into())));
        assert_eq!(shown("<broadcast>", AF_INET), Ok(Some("255.255.255.255:7".into())));
        assert_eq!(shown("<broadcast>", AF_INET6), Err(Code::EAI_ADDRFAMILY));
        assert_eq!(shown("::1", AF_INET), Err(Code::EAI_ADDRFAMILY));
        assert_eq!(shown("localhost", AF_UNSPEC), Ok(None));
        assert_eq!(shown("1.2.3", AF_UNSPEC), Ok(None), "the short forms are the C library's");
        assert_eq!(shown("fe80::1%nosuch", AF_UNSPEC), Err(Code::EAI_NONAME));
    }
}
