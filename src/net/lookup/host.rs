//! The older calls of Python: gethostbyname_ex, gethostbyaddr, getfqdn; and getnameinfo.

use super::{Answer, List, Work, c_text, idna, numeric, resolve_within, wait};
use crate::net::address::{self, Address};
use crate::net::error::{Code, Result, Traits, is};
use crate::net::operation::Limits;
use crate::sys::{self, Hints, HostEntry};
use libc::{AF_INET, AF_UNSPEC, NI_NUMERICHOST, NI_NUMERICSERV};
use std::net::IpAddr;

/// The address of raw bytes in network order.
pub fn address_of_raw(raw: &[u8], family: i32) -> Option<Address> {
    let host = match (family, raw.len()) {
        (AF_INET, 4) => IpAddr::from(<[u8; 4]>::try_from(raw).ok()?),
        (_, 16) => IpAddr::from(<[u8; 16]>::try_from(raw).ok()?),
        _ => return None,
    };
    address::ip(Some(host.to_string().as_bytes()), 0).ok()
}

fn raw_of(address: &Address) -> Result<(Vec<u8>, i32)> {
    Ok(match address::get_ip(address)?.ip() {
        IpAddr::V4(v4) => (v4.octets().to_vec(), AF_INET),
        IpAddr::V6(v6) => (v6.octets().to_vec(), libc::AF_INET6),
    })
}

fn entry(answer: Answer) -> Result<HostEntry> {
    match answer {
        Answer::Host(entry) => Ok(entry),
        _ => Err(Code::PANIC),
    }
}

/// The first address of a name, under limits that several lookups share.
fn first_address(name: &[u8], family: i32, limits: Limits) -> Result<Address> {
    resolve_within(Some(name), None, Hints { family, ..Hints::default() }, limits)
}

/// gethostbyname_ex: resolves first, with that failure's code, and asks the old call then (R172).
pub fn host_by_name(name: &[u8], limits: Limits) -> Result<i64> {
    first_address(name, AF_INET, limits)?;
    let name = c_text("name", &idna::encode(name)?)?;
    List::open_host(entry(wait(limits, Work::Host { name, family: AF_INET })?)?)
}

fn reverse(name: &[u8], limits: Limits) -> Result<HostEntry> {
    let (raw, family) = raw_of(&first_address(name, AF_UNSPEC, limits)?)?;
    entry(wait(limits, Work::Reverse { raw, family })?)
}

/// gethostbyaddr: resolves its argument in any family, and asks for the name of the address (R173).
pub fn host_by_address(name: &[u8], limits: Limits) -> Result<i64> {
    List::open_host(reverse(name, limits)?)
}

/// getfqdn (R176): without a name this machine's; the first of name and aliases that has a dot; the
/// name that was given where nothing is found.
pub fn fqdn(name: &[u8], limits: Limits) -> Result<Vec<u8>> {
    let name = name.trim_ascii();
    let name = match name {
        b"" | b"0.0.0.0" | b"::" => sys::host::name()?,
        name => name.to_vec(),
    };
    match reverse(&name, limits) {
        Ok(entry) => {
            let dotted = std::iter::once(&entry.name).chain(&entry.aliases).find(|name| name.contains(&b'.'));
            Ok(dotted.cloned().unwrap_or(entry.name))
        }
        Err(code) if is(code.raw().into(), Traits::RESOLVER) => Ok(name),
        Err(code) => Err(code),
    }
}

/// Host and service.
pub type Names = (Vec<u8>, Vec<u8>);

/// What is asked of getnameinfo(3), and whether both are wanted as numbers: then nothing is looked up.
pub fn ask_names(address: &Address, flags: i32) -> Result<(Work, bool)> {
    address::check(address)?;
    numeric::check_name_flags(flags)?;
    let both = NI_NUMERICHOST | NI_NUMERICSERV;
    Ok((Work::Names { address: *address, flags }, flags & both == both))
}

/// The names in an answer.
pub fn names_of(answer: Answer) -> Result<Names> {
    match answer {
        Answer::Names(host, service) => Ok((host, service)),
        _ => Err(Code::PANIC),
    }
}

/// getnameinfo(3).
pub fn names(address: &Address, flags: i32, limits: Limits) -> Result<Names> {
    let (work, numbers) = ask_names(address, flags)?;
    names_of(if numbers { work.run()? } else { wait(limits, work)? })
}
