//! What a lookup has found, behind a handle.

use crate::net::address::{self, Address};
use crate::net::error::{Code, Result};
use crate::net::handle::{self, Id, Kind, Object, pin};
use crate::sys::{AddrInfo, HostEntry, memory};
use libc::AF_INET;
use std::any::Any;
use std::net::IpAddr;
use std::sync::Arc;

/// Answers in their order.
#[derive(Default)]
pub struct List {
    found: Vec<AddrInfo>,
    aliases: Vec<Vec<u8>>,
}

impl Object for List {
    fn closing(&self) {}

    fn finish(&self) -> Result<()> {
        Ok(())
    }

    fn forked(&self) {}

    fn any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync> {
        self
    }
}

impl List {
    /// Opens a list of what getaddrinfo has found.
    pub fn open(found: Vec<AddrInfo>) -> Result<Id> {
        List { found, aliases: Vec::new() }.into_handle()
    }

    /// Opens a list of what one of the older calls has found: the name is that of the first entry.
    pub fn open_host(entry: HostEntry) -> Result<Id> {
        let mut name = Some(entry.name);
        let found = entry.addresses.iter().filter_map(|raw| {
            let address = address_of_raw(raw, entry.family)?;
            Some(AddrInfo { family: entry.family, socket_type: 0, proto: 0, canonical: name.take(), address })
        });
        let found = memory::collect(found)?;
        List { found, aliases: entry.aliases }.into_handle()
    }

    fn into_handle(self) -> Result<Id> {
        handle::open_object(Kind::List, Arc::new(self))
    }

    fn of(id: Id) -> Result<Arc<List>> {
        let pin = pin(id, Kind::List, None)?;
        handle::object(&pin)
    }

    /// How many answers there are.
    pub fn count(id: Id) -> Result<i64> {
        Ok(List::of(id)?.found.len() as i64)
    }

    /// One of them.
    pub fn at(id: Id, index: i64) -> Result<AddrInfo> {
        let list = List::of(id)?;
        let Some(found) = list.found.get(place(index)?) else { return Err(beyond(index, list.found.len())) };
        Ok(found.copy()?)
    }

    /// How many other names the host has.
    pub fn alias_count(id: Id) -> Result<i64> {
        Ok(List::of(id)?.aliases.len() as i64)
    }

    /// One of them.
    pub fn alias(id: Id, index: i64) -> Result<Vec<u8>> {
        let list = List::of(id)?;
        let alias = list.aliases.get(place(index)?).ok_or_else(|| beyond(index, list.aliases.len()))?;
        Ok(memory::copy(alias)?)
    }
}

/// The address of raw bytes in network order.
fn address_of_raw(raw: &[u8], family: i32) -> Option<Address> {
    let host = match (family, raw.len()) {
        (AF_INET, 4) => IpAddr::from(<[u8; 4]>::try_from(raw).ok()?),
        (_, 16) => IpAddr::from(<[u8; 16]>::try_from(raw).ok()?),
        _ => return None,
    };
    address::ip(Some(host.to_string().as_bytes()), 0).ok()
}

fn place(index: i64) -> Result<usize> {
    usize::try_from(index)
        .map_err(|_| Code::errno(libc::EINVAL).because(format_args!("index: {index} is negative")))
}

#[cold]
fn beyond(index: i64, len: usize) -> Code {
    Code::errno(libc::EINVAL).because(format_args!("index: {index} is beyond the {len} entries"))
}
