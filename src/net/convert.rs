//! Byte order and the text forms of bare IP hosts. See byteorder(3), inet(3), inet_pton(3).

use super::address::Text;
use super::address::codec::{inet_aton, ip, numeric};
use super::codec::refused::{Refused, within};
use super::error::{Code, Result};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// 16 bits from host order to network order, or back, which is the same.
pub fn swap16(field: &'static str, value: i64) -> Result<i64> {
    Ok(within::<u16>(field, value, u16::MAX.into())?.to_be().into())
}

/// 32 bits, in the same way.
pub fn swap32(field: &'static str, value: i64) -> Result<i64> {
    Ok(within::<u32>(field, value, u32::MAX.into())?.to_be().into())
}

fn no_address(form: &'static str) -> Code {
    Refused::malformed("text", form).into()
}

fn unknown(family: i32) -> Code {
    Code::errno(libc::EAFNOSUPPORT).because(format_args!("family: {family} is neither AF_INET nor AF_INET6"))
}

/// inet_aton(3): the old forms as well (R180).
pub fn aton(text: &[u8]) -> Result<[u8; 4]> {
    let host = inet_aton::v4(text)
        .ok_or_else(|| no_address("not an IPv4 address, in none of the inet_aton forms"))?;
    Ok(host.octets())
}

/// inet_pton(3): the strict forms (R181).
pub fn pton(family: i32, text: &[u8]) -> Result<IpAddr> {
    match family {
        libc::AF_INET => numeric::v4(text).map(IpAddr::V4),
        libc::AF_INET6 => numeric::v6(text).map(IpAddr::V6),
        _ => return Err(unknown(family)),
    }
    .ok_or_else(|| no_address("not a numeric address of this family"))
}

/// inet_ntop(3) of exactly the family's number of bytes (R182).
pub fn ntop(family: i32, bytes: &[u8]) -> Result<Text> {
    let host = match family {
        libc::AF_INET => <[u8; 4]>::try_from(bytes).ok().map(|bytes| IpAddr::V4(Ipv4Addr::from(bytes))),
        libc::AF_INET6 => <[u8; 16]>::try_from(bytes).ok().map(|bytes| IpAddr::V6(Ipv6Addr::from(bytes))),
        _ => return Err(unknown(family)),
    };
    let host = host.ok_or_else(|| {
        let wanted = if family == libc::AF_INET { 4 } else { 16 };
        Code::errno(libc::EINVAL).because(format_args!("len: {} bytes, not {wanted}", bytes.len()))
    })?;
    let mut text = Text::new();
    ip::write_host(&host, &mut text);
    Ok(text)
}
