//! What the older resolver calls answer, from getaddrinfo(3) and getnameinfo(3): the older ones are not reentrant.
//! Names other than the official one are not reported.

use crate::sys::{AddrInfo, Address, Hints, HostEntry, LookupError, getaddrinfo, getnameinfo, memory};
use std::ffi::CString;

const HOST_NOT_FOUND: i32 = 1;
const TRY_AGAIN: i32 = 2;
const NO_RECOVERY: i32 = 3;
#[cfg(any(target_os = "linux", target_os = "android"))]
const EAI_NODATA: i32 = -5;
const NO_DATA: i32 = 4;

/// The older number of a failure.
fn older(error: LookupError) -> LookupError {
    match error {
        LookupError::Eai(libc::EAI_NONAME) => LookupError::Host(HOST_NOT_FOUND),
        #[cfg(any(target_os = "linux", target_os = "android"))]
        LookupError::Eai(EAI_NODATA) => LookupError::Host(NO_DATA),
        LookupError::Eai(libc::EAI_FAMILY) => LookupError::Host(NO_DATA),
        LookupError::Eai(libc::EAI_AGAIN) => LookupError::Host(TRY_AGAIN),
        LookupError::Eai(_) => LookupError::Host(NO_RECOVERY),
        other => other,
    }
}

/// Where in a native address the raw one is.
fn raw_place(family: i32) -> Option<std::ops::Range<usize>> {
    match family {
        libc::AF_INET => Some(4..8),
        libc::AF_INET6 => Some(8..24),
        _ => None,
    }
}

fn raw(found: &AddrInfo) -> Option<&[u8]> {
    found.address.bytes().get(raw_place(found.family)?)
}

/// Writes the family to the front of a native address; and its length, on the systems whose addresses begin with that.
fn put_family(native: &mut [u8], family: i32) {
    if cfg!(any(target_os = "linux", target_os = "android", windows)) {
        native[..2].copy_from_slice(&(family as u16).to_ne_bytes());
    } else {
        (native[0], native[1]) = (native.len() as u8, family as u8);
    }
}

/// A host by name.
pub fn gethostbyname(name: &CString, family: i32) -> Result<HostEntry, LookupError> {
    let hints = Hints { family, socket_type: libc::SOCK_STREAM, proto: 0, flags: libc::AI_CANONNAME };
    let found = getaddrinfo(Some(name), None, hints).map_err(older)?;
    let mut addresses: Vec<Vec<u8>> = Vec::new();
    for raw in found.iter().filter(|found| found.family == family).filter_map(raw) {
        if !addresses.iter().any(|known| known == raw) {
            memory::push(&mut addresses, memory::copy(raw)?)?;
        }
    }
    if addresses.is_empty() {
        return Err(LookupError::Host(NO_DATA));
    }
    let canonical = found.iter().find_map(|found| found.canonical.as_deref());
    let name = memory::copy(canonical.unwrap_or(name.to_bytes()))?;
    Ok(HostEntry { name, aliases: Vec::new(), family, addresses })
}

/// A host by its raw address.
pub fn gethostbyaddr(address: &[u8], family: i32) -> Result<HostEntry, LookupError> {
    let place = raw_place(family).filter(|place| place.len() == address.len());
    let place = place.ok_or(LookupError::Host(NO_RECOVERY))?;
    let len = if family == libc::AF_INET {
        size_of::<libc::sockaddr_in>()
    } else {
        size_of::<libc::sockaddr_in6>()
    };
    let mut native = [0_u8; size_of::<libc::sockaddr_in6>()];
    put_family(&mut native[..len], family);
    native[place].copy_from_slice(address);
    let (name, _) = getnameinfo(&Address::of(&native[..len]), libc::NI_NAMEREQD).map_err(older)?;
    let mut addresses = Vec::new();
    memory::push(&mut addresses, memory::copy(address)?)?;
    Ok(HostEntry { name, aliases: Vec::new(), family, addresses })
}
