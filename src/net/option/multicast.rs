//! Multicast groups, with the protocol-independent options of RFC 3678.

use super::codec::group::Request;
use super::{pin_socket, refused};
use crate::net::address::{self, Address};
use crate::net::error::{Code, Result, Shown};
use crate::net::handle::Id;
use crate::sys::{self, interface, number};
use std::net::SocketAddr;

/// Joins or leaves a group, for every source or one source.
pub fn change(
    id: Id,
    join: bool,
    group: &Address,
    source: Option<&Address>,
    name: Option<&[u8]>,
    index: i64,
) -> Result<i32> {
    let at = address::get_ip(group)?;
    if !at.ip().is_multicast() {
        return Err(refused("group", format_args!("{} is not a multicast address", at.ip())));
    }
    if let Some(source) = source {
        let from = address::get_ip(source)?;
        if from.is_ipv4() != at.is_ipv4() {
            return Err(refused("source", format_args!("{} is not of the group's family", from.ip())));
        }
    }
    let interface = choose(&at, name, index)?;
    #[cfg(any(target_os = "netbsd", target_os = "openbsd"))]
    if source.is_none() {
        // Without the options of RFC 3678.
        sys::change_group(pin_socket(id)?.fd(), join, &at, interface)?;
        return Ok(0);
    }
    let level = if at.is_ipv4() { libc::IPPROTO_IP } else { libc::IPPROTO_IPV6 };
    let option = match (join, source.is_some()) {
        (true, false) => number::MCAST_JOIN_GROUP,
        (true, true) => number::MCAST_JOIN_SOURCE_GROUP,
        (false, false) => number::MCAST_LEAVE_GROUP,
        (false, true) => number::MCAST_LEAVE_SOURCE_GROUP,
    };
    let request = Request::new(interface, group.bytes(), source.map(Address::bytes));
    sys::setsockopt(pin_socket(id)?.fd(), level, option, request.bytes())?;
    Ok(0)
}

/// The index of the interface: from its name, its index, or the zone of the group; those that are set must
/// mean the same one. With 0 the kernel chooses.
fn choose(group: &SocketAddr, name: Option<&[u8]>, index: i64) -> Result<u32> {
    let given = u32::try_from(index).ok().filter(|index| i32::try_from(*index).is_ok());
    let given =
        given.ok_or_else(|| refused("index", format_args!("{index} is not within 0 to {}", i32::MAX)))?;
    let zone = match group {
        SocketAddr::V4(_) => 0,
        SocketAddr::V6(v6) => v6.scope_id(),
    };
    let named = match name.unwrap_or_default() {
        b"" => 0,
        name => interface::index(name).map_err(|errno| {
            let name = Shown(name);
            Code::from(errno).because(format_args!("device: there is no {name}"))
        })?,
    };
    let mut chosen = 0;
    for (field, each) in [("group", zone), ("device", named), ("index", given)] {
        if each != 0 && chosen != 0 && each != chosen {
            return Err(refused(field, format_args!("interface {each}, but {chosen} is named before")));
        }
        chosen = if each == 0 { chosen } else { each };
    }
    Ok(chosen)
}
