//! Names that this machine knows without the network: its own, services, protocols, interfaces.

use super::codec::refused::within;
use super::error::{Code, Result, Shown};
use super::{handle, socket};
use crate::sys::{self, Errno, host, interface, memory};

pub use crate::sys::interface::Entry;

/// gethostname(2).
pub fn host_name() -> Result<Vec<u8>> {
    Ok(host::name()?)
}

/// sethostname(2).
pub fn set_host_name(name: &[u8]) -> Result<i32> {
    host::set_name(name)?;
    Ok(0)
}

/// The code of a failed lookup: a sentence if no database has the name, otherwise the error unchanged.
fn not_found(errno: Errno, field: &str, what: &[u8], protocol: Option<&[u8]>) -> Code {
    if errno.0 != libc::ENOENT {
        return errno.into();
    }
    let (what, code) = (Shown(what), Code::errno(libc::ENOENT));
    match protocol.map(Shown) {
        Some(protocol) => {
            code.because(format_args!("{field}: {what} was not found for the protocol {protocol}"))
        }
        None => code.because(format_args!("{field}: {what} was not found")),
    }
}

/// getservbyname(3): the port in host order.
pub fn service_port(name: &[u8], protocol: Option<&[u8]>) -> Result<i32> {
    let port = sys::service_port(name, protocol);
    Ok(port.map_err(|errno| not_found(errno, "name", name, protocol))?.into())
}

/// getservbyport(3).
pub fn service_name(port: i64, protocol: Option<&[u8]>) -> Result<Vec<u8>> {
    let port: u16 = within("port", port, u16::MAX.into())?;
    let name = sys::service_name(port, protocol);
    name.map_err(|errno| not_found(errno, "port", port.to_string().as_bytes(), protocol))
}

/// getprotobyname(3).
pub fn protocol(name: &[u8]) -> Result<i32> {
    sys::protocol(name).map_err(|errno| not_found(errno, "name", name, None))
}

/// if_nametoindex(3).
pub fn interface_index(name: &[u8]) -> Result<i64> {
    let index = interface::index(name).map_err(|errno| {
        let name = Shown(name);
        Code::from(errno).because(format_args!("name: there is no interface {name}"))
    })?;
    Ok(index.into())
}

/// if_indextoname(3).
pub fn interface_name(index: i64) -> Result<Vec<u8>> {
    let index: u32 = within("index", index, u32::MAX.into())?;
    interface::name(index)
        .map_err(|errno| Code::from(errno).because(format_args!("index: there is no interface {index}")))
}

/// if_nameindex(3).
pub fn interfaces() -> Result<Vec<(u32, Vec<u8>)>> {
    Ok(interface::list()?)
}

/// getifaddrs(3), each with the index of its interface: 0 if it disappeared meanwhile.
pub fn interface_addresses() -> Result<Vec<(u32, Entry)>> {
    let names = interface::list()?;
    let index = |name: &[u8]| names.iter().find(|known| known.1 == name).map_or(0, |known| known.0);
    Ok(memory::collect(interface::addresses()?.into_iter().map(|entry| (index(&entry.name), entry)))?)
}

/// Whether one IPv6 stream socket can serve IPv4 as well on this machine (R193).
pub fn has_dual_stack() -> bool {
    let Ok(probe) = socket::create(libc::AF_INET6, libc::SOCK_STREAM, 0) else { return false };
    let cleared = super::option::set_int(probe, libc::IPPROTO_IPV6, libc::IPV6_V6ONLY, 0).is_ok();
    let _ = handle::close(probe);
    cleared
}
