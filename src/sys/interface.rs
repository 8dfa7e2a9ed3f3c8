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

/// The C library's list of names, freed when this is dropped.
struct Names(*mut libc::if_nameindex);

impl Drop for Names {
    fn drop(&mut self) {
        // SAFETY: the list that if_nameindex made, freed once.
        unsafe { libc::if_freenameindex(self.0) };
    }
}

/// Index and name of every interface. (Not through nix, which lacks it on Android.)
pub fn list() -> Result<Vec<(u32, Vec<u8>)>> {
    // SAFETY: no arguments.
    let names = Names(unsafe { libc::if_nameindex() });
    if names.0.is_null() {
        std::mem::forget(names);
        return Err(super::last_errno());
    }
    let mut found = Vec::new();
    let mut next = names.0;
    loop {
        // SAFETY: an entry of the list, which is alive; the last has index 0 and no name.
        let entry = unsafe { &*next };
        if entry.if_index == 0 || entry.if_name.is_null() {
            return Ok(found);
        }
        // SAFETY: a NUL-terminated name of the list.
        let name = memory::copy(unsafe { CStr::from_ptr(entry.if_name) }.to_bytes())?;
        memory::push(&mut found, (entry.if_index, name))?;
        // SAFETY: the entry of index 0 has not come yet.
        next = unsafe { next.add(1) };
    }
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
            unsafe { [native(entry.ifa_addr), native(entry.ifa_netmask), native(broadcast_of(entry))] };
        memory::push(&mut entries, Entry { name, flags: entry.ifa_flags, address, netmask, broadcast })?;
    }
    Ok(entries)
}

/// Where to broadcast, or the other end.
fn broadcast_of(entry: &libc::ifaddrs) -> *const libc::sockaddr {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    return entry.ifa_ifu;
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    entry.ifa_dstaddr
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
        #[cfg(any(target_os = "linux", target_os = "android"))]
        libc::AF_PACKET => {
            let link = address.cast::<libc::sockaddr_ll>();
            // SAFETY: of this family the address is a sockaddr_ll. A hardware address longer than its
            // field (IP over InfiniBand has 20 bytes) goes on behind it, in glibc's storage for 24.
            let hardware = usize::from(unsafe { ptr::addr_of!((*link).sll_halen).read() });
            std::mem::offset_of!(libc::sockaddr_ll, sll_addr) + hardware.clamp(8, 24)
        }
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        // SAFETY: every address begins with its length.
        libc::AF_LINK => usize::from(unsafe { ptr::addr_of!((*address).sa_len).read() }),
        _ => return Address::NONE,
    };
    // SAFETY: a native address of this family has this many bytes.
    let bytes = unsafe { slice::from_raw_parts(address.cast::<u8>(), len.min(Address::CAPACITY)) };
    Address::of(bytes)
}
