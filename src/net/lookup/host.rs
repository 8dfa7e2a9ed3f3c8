//! The older calls of Python: gethostbyname_ex, gethostbyaddr, getfqdn; and getnameinfo.

use super::idna;
use super::list::List;
use super::numeric;
use super::request::c_text;
use super::resolve::{resolve, wait};
use super::resolver_call::ResolverCall;
use crate::net::address::{self, Address};
use crate::net::error::{Result, Traits, is};
use crate::net::handle::Id;
use crate::net::operation::Limits;
use crate::sys::{self, Hints, HostEntry, memory};
use libc::{AF_INET, AF_UNSPEC, NI_NUMERICHOST, NI_NUMERICSERV};
use std::net::IpAddr;

fn raw_of(address: &Address) -> Result<(Vec<u8>, i32)> {
    Ok(match address::get_ip(address)?.ip() {
        IpAddr::V4(v4) => (v4.octets().to_vec(), AF_INET),
        IpAddr::V6(v6) => (v6.octets().to_vec(), libc::AF_INET6),
    })
}

/// The first address of a name, under limits that several lookups share.
fn first_address(name: &[u8], family: i32, limits: Limits) -> Result<Address> {
    resolve(Some(name), None, Hints { family, ..Hints::default() }, limits)
}

/// gethostbyname_ex: resolves first, with that failure's code, and asks the old call then (R172).
pub fn host_by_name(name: &[u8], limits: Limits) -> Result<Id> {
    first_address(name, AF_INET, limits)?;
    let name = c_text("name", &idna::encode(name)?)?;
    List::open_host(wait(limits, ResolverCall::Host { name, family: AF_INET })?.host()?)
}

fn reverse(name: &[u8], limits: Limits) -> Result<HostEntry> {
    let (raw, family) = raw_of(&first_address(name, AF_UNSPEC, limits)?)?;
    wait(limits, ResolverCall::Reverse { raw, family })?.host()
}

/// gethostbyaddr: resolves its argument in any family, and asks for the name of the address (R173).
pub fn host_by_address(name: &[u8], limits: Limits) -> Result<Id> {
    List::open_host(reverse(name, limits)?)
}

/// getfqdn (R176): without a name this machine's; the first of name and aliases that has a dot; the
/// name that was given where nothing is found.
pub fn fqdn(name: &[u8], limits: Limits) -> Result<Vec<u8>> {
    let name = name.trim_ascii();
    let name = match name {
        b"" | b"0.0.0.0" | b"::" => sys::host::name()?,
        name => memory::copy(name)?,
    };
    match reverse(&name, limits) {
        Ok(entry) => {
            let dotted = std::iter::once(&entry.name).chain(&entry.aliases).find(|name| name.contains(&b'.'));
            Ok(dotted.map(|name| memory::copy(name)).transpose()?.unwrap_or(entry.name))
        }
        Err(code) if is(code.raw().into(), Traits::RESOLVER) => Ok(name),
        Err(code) => Err(code),
    }
}

/// Host and service.
pub type Names = (Vec<u8>, Vec<u8>);

/// What is asked of getnameinfo(3), and whether both are wanted as numbers: then nothing is looked up.
pub fn ask_names(address: &Address, flags: i32) -> Result<(ResolverCall, bool)> {
    address::check(address)?;
    numeric::check_name_flags(flags)?;
    let both = NI_NUMERICHOST | NI_NUMERICSERV;
    Ok((ResolverCall::Names { address: *address, flags }, flags & both == both))
}

/// getnameinfo(3).
pub fn names(address: &Address, flags: i32, limits: Limits) -> Result<Names> {
    let (call, numbers) = ask_names(address, flags)?;
    if numbers { call.run()?.names() } else { wait(limits, call)?.names() }
}
