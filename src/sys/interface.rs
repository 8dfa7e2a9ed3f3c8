//! Network interfaces: names, indexes, addresses. See if_nametoindex(3), if_nameindex(3), getifaddrs(3).

use super::{Address, Errno, KeptErrno, Result, memory};
use nix::net::if_;
use std::ffi::{CStr, c_char};
use std::{ptr, slice};

/// The index of the interface with this name.
pub fn index(name: &[u8]) -> Result<u32, Errno> {
    let _errno = KeptErrno::new();
    if_::if_nametoindex(name).map_err(super::of_nix)
}

/// The name of the interface with this index.
///
/// (Not through nix, which takes the NULL of a failure for a name.)
pub fn name(index: u32) -> Result<Vec<u8>, Errno> {
    // An address without the name is written with the index.
    let _errno = KeptErrno::new();
    let mut name: [c_char; libc::IF_NAMESIZE] = [0; libc::IF_NAMESIZE];
    // SAFETY: at most IF_NAMESIZE bytes are written, with a NUL at the end.
    let found = unsafe { libc::if_indextoname(index, name.as_mut_ptr()) };
    if found.is_null() {
        return Err(super::last_errno());
    }
    // SAFETY: the call succeeded: a NUL-terminated text in our array.
    Ok(unsafe { CStr::from_ptr(found) }.to_bytes().to_vec())
}

/// Index and name of every interface.
pub fn list() -> Result<Vec<(u32, Vec<u8>)>> {
    let list = if_::if_nameindex().map_err(super::of_nix)?;
    memory::collect(list.iter().map(|each| (each.index(), each.name().to_bytes().to_vec())))
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
    /// Where to broadcast, or the other end of a point-to-point link.
    pub broadcast: Address,
}

/// Frees the C library's list.
struct List(*mut libc::ifaddrs);

impl Drop for List {
    fn drop(&mut self) {
        // SAFETY: the list that getifaddrs made, freed once.
        unsafe { libc::freeifaddrs(self.0) };
    }
}

/// Every address of every interface. (Not through nix, which gives up names that are not UTF-8.)
pub fn addresses() -> Result<Vec<Entry>> {
    let mut first = ptr::null_mut();
    // SAFETY: the place is ours.
    if unsafe { libc::getifaddrs(&mut first) } != 0 {
        return Err(super::last_errno());
    }
    let list = List(first);
    let mut entries = Vec::new();
    let mut next = list.0;
    // SAFETY: NULL or an entry of the list, which is alive and which no one else has.
    while let Some(entry) = unsafe { next.as_ref() } {
        next = entry.ifa_next;
        // SAFETY: every entry has a NUL-terminated name.
        let name = unsafe { CStr::from_ptr(entry.ifa_name) }.to_bytes().to_vec();
        // SAFETY: each is NULL or a native address of its family, or one of all zeros.
        let [address, netmask, broadcast] =
            unsafe { [native(entry.ifa_addr), native(entry.ifa_netmask), native(entry.ifa_ifu)] };
        memory::push(&mut entries, Entry { name, flags: entry.ifa_flags, address, netmask, broadcast })?;
    }
    Ok(entries)
}

/// Copies an address whose length follows from its family alone.
///
/// # Safety
/// `address` is NULL or a valid native address of its family.
unsafe fn native(address: *const libc::sockaddr) -> Address {
    // SAFETY: by this function's contract.
    let Some(family) = (unsafe { address.as_ref() }).map(|address| address.sa_family) else {
        return Address::NONE;
    };
    let len = match i32::from(family) {
        libc::AF_INET => size_of::<libc::sockaddr_in>(),
        libc::AF_INET6 => size_of::<libc::sockaddr_in6>(),
        libc::AF_PACKET => {
            let link = address.cast::<libc::sockaddr_ll>();
            // SAFETY: of this family the address is a sockaddr_ll. A hardware address longer than its
            // field (IP over InfiniBand has 20 bytes) goes on behind it, in glibc's storage for 24.
            let hardware = usize::from(unsafe { ptr::addr_of!((*link).sll_halen).read() });
            std::mem::offset_of!(libc::sockaddr_ll, sll_addr) + hardware.clamp(8, 24)
        }
        _ => return Address::NONE,
    };
    // SAFETY: a native address of this family has this many bytes.
    let bytes = unsafe { slice::from_raw_parts(address.cast::<u8>(), len.min(Address::CAPACITY)) };
    Address::of(bytes)
}
