//! Network interfaces: names and indexes as if_indextoname has them, addresses by GetAdaptersAddresses.

use super::code::errno_of;
use crate::sys::{Address, Errno, KeptErrno, Result, memory};
use std::ptr;
use windows_sys::Win32::Foundation::ERROR_BUFFER_OVERFLOW;
use windows_sys::Win32::NetworkManagement::IpHelper::{
    GAA_FLAG_SKIP_ANYCAST, GAA_FLAG_SKIP_DNS_SERVER, GAA_FLAG_SKIP_MULTICAST, GetAdaptersAddresses,
    IP_ADAPTER_ADDRESSES_LH, if_indextoname, if_nametoindex,
};
use windows_sys::Win32::Networking::WinSock::SOCKET_ADDRESS;

/// IFF_UP, IFF_BROADCAST, IFF_LOOPBACK and IFF_MULTICAST, with the numbers of ws2ipdef.h.
const UP: u32 = 1;
const BROADCAST: u32 = 2;
const LOOPBACK: u32 = 4;
const MULTICAST: u32 = 0x10;
/// IfOperStatusUp; IF_TYPE_SOFTWARE_LOOPBACK; IP_ADAPTER_NO_MULTICAST.
const OPERATIONAL: i32 = 1;
const TYPE_LOOPBACK: u32 = 24;
const NO_MULTICAST: u32 = 0x10;

/// The index of the interface with this name.
pub fn index(name: &[u8]) -> Result<u32, Errno> {
    let _errno = KeptErrno::new();
    let name = memory::c_text(name)?.ok_or(Errno(libc::EINVAL))?;
    // SAFETY: a text with a NUL at its end.
    match unsafe { if_nametoindex(name.as_ptr().cast()) } {
        0 => Err(Errno(libc::ENODEV)),
        index => Ok(index),
    }
}

/// The name of the interface with this index.
pub fn name(index: u32) -> Result<Vec<u8>, Errno> {
    let _errno = KeptErrno::new();
    let mut name = [0_u8; 257];
    // SAFETY: at most IF_MAX_STRING_SIZE bytes and a NUL are written, which the array holds.
    if unsafe { if_indextoname(index, name.as_mut_ptr().cast()) }.is_null() {
        return Err(Errno(libc::ENXIO));
    }
    let end = name.iter().position(|&byte| byte == 0).unwrap_or(name.len());
    memory::copy(&name[..end])
}

/// The list of Windows, in memory of ours.
struct Adapters(Vec<u64>);

impl Adapters {
    fn get() -> Result<Adapters> {
        let flags = GAA_FLAG_SKIP_ANYCAST | GAA_FLAG_SKIP_MULTICAST | GAA_FLAG_SKIP_DNS_SERVER;
        let mut bytes = 16 << 10;
        loop {
            let mut room = Vec::new();
            let words = bytes as usize / 8 + 1;
            memory::reserve(&mut room, words)?;
            room.resize(words, 0_u64);
            let first = room.as_mut_ptr().cast();
            // SAFETY: at most `bytes` bytes of our room are written.
            match unsafe { GetAdaptersAddresses(0, flags, ptr::null(), first, &mut bytes) } {
                0 => return Ok(Adapters(room)),
                ERROR_BUFFER_OVERFLOW => {}
                // ERROR_NO_DATA: there is none.
                232 => return Ok(Adapters(Vec::new())),
                error => return Err(errno_of(error)),
            }
        }
    }

    fn iter(&self) -> impl Iterator<Item = &IP_ADAPTER_ADDRESSES_LH> {
        let first = if self.0.is_empty() { ptr::null() } else { self.0.as_ptr().cast() };
        // SAFETY: NULL, or an entry of the list, which lies in memory that lives as long.
        let first: Option<&IP_ADAPTER_ADDRESSES_LH> = unsafe { first_of(first) };
        // SAFETY: as above.
        std::iter::successors(first, |entry| unsafe { first_of(entry.Next) })
    }
}

/// # Safety
/// NULL, or an entry of a list that lives as long as is said.
unsafe fn first_of<'a, T>(at: *const T) -> Option<&'a T> {
    // SAFETY: by this function's contract.
    unsafe { at.as_ref() }
}

fn index_of(adapter: &IP_ADAPTER_ADDRESSES_LH) -> u32 {
    // SAFETY: a union of a number and the pair that it is made of.
    match unsafe { adapter.Anonymous1.Anonymous.IfIndex } {
        0 => adapter.Ipv6IfIndex,
        index => index,
    }
}

/// Index and name of every interface.
pub fn list() -> Result<Vec<(u32, Vec<u8>)>> {
    let mut found = Vec::new();
    for adapter in Adapters::get()?.iter() {
        let index = index_of(adapter);
        if let Ok(name) = name(index) {
            memory::push(&mut found, (index, name))?;
        }
    }
    Ok(found)
}

/// One address of an interface.
pub struct Entry {
    /// The interface's name.
    pub name: Vec<u8>,
    /// IFF_UP and its like.
    pub flags: u32,
    /// The address itself; empty where the interface has none.
    pub address: Address,
    /// Its netmask.
    pub netmask: Address,
    /// Where to broadcast: of IPv4.
    pub broadcast: Address,
}

/// # Safety
/// The address is NULL, or valid for its length.
unsafe fn native(address: &SOCKET_ADDRESS) -> Address {
    if address.lpSockaddr.is_null() || address.iSockaddrLength <= 0 {
        return Address::NONE;
    }
    let len = (address.iSockaddrLength as usize).min(Address::CAPACITY);
    // SAFETY: by this function's contract.
    Address::of(unsafe { std::slice::from_raw_parts(address.lpSockaddr.cast::<u8>(), len) })
}

/// The netmask of a prefix, in the form of an address.
fn netmask(address: &Address, prefix: u8) -> Address {
    let mut bytes = [0_u8; 28];
    let (at, len, end) =
        match address.bytes().get(..2).map(|family| u16::from_ne_bytes([family[0], family[1]])) {
            Some(family) if i32::from(family) == libc::AF_INET => (4, 4, 16),
            Some(family) if i32::from(family) == libc::AF_INET6 => (8, 16, 28),
            _ => return Address::NONE,
        };
    bytes[..2].copy_from_slice(&address.bytes()[..2]);
    for bit in 0..usize::from(prefix).min(len * 8) {
        bytes[at + bit / 8] |= 0x80 >> (bit % 8);
    }
    Address::of(&bytes[..end])
}

/// The broadcast address of an IPv4 network.
fn broadcast(address: &Address, netmask: &Address) -> Address {
    let mut bytes = [0_u8; 16];
    if address.bytes().len() != 16 || netmask.bytes().len() != 16 {
        return Address::NONE;
    }
    bytes.copy_from_slice(address.bytes());
    for (at, byte) in bytes.iter_mut().enumerate().take(8).skip(4) {
        *byte |= !netmask.bytes()[at];
    }
    Address::of(&bytes)
}

/// Every address of every interface; one without addresses has one entry.
pub fn addresses() -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for adapter in Adapters::get()?.iter() {
        let name = name(index_of(adapter)).unwrap_or_default();
        let loopback = adapter.IfType == TYPE_LOOPBACK;
        // SAFETY: a union of a number and the bits that it is made of.
        let multicast = unsafe { adapter.Anonymous2.Flags } & NO_MULTICAST == 0;
        let flags = if adapter.OperStatus == OPERATIONAL { UP } else { 0 }
            | if loopback { LOOPBACK } else { BROADCAST }
            | if multicast { MULTICAST } else { 0 };
        // SAFETY: NULL, or an entry of a list in memory that lives as long.
        let mut next = unsafe { first_of(adapter.FirstUnicastAddress) };
        if next.is_none() {
            let none = Address::NONE;
            let entry = Entry { name: name.clone(), flags, address: none, netmask: none, broadcast: none };
            memory::push(&mut entries, entry)?;
        }
        while let Some(found) = next {
            // SAFETY: an address of the list, valid for its length.
            let address = unsafe { native(&found.Address) };
            let netmask = netmask(&address, found.OnLinkPrefixLength);
            let broadcast = if loopback { Address::NONE } else { broadcast(&address, &netmask) };
            memory::push(&mut entries, Entry { name: name.clone(), flags, address, netmask, broadcast })?;
            // SAFETY: as above.
            next = unsafe { first_of(found.Next) };
        }
    }
    Ok(entries)
}
