//! The C library's resolver: getaddrinfo(3) and its kin, so that nsswitch, hosts files and mDNS keep
//! working. These calls block for as long as they like: only workers of the lookup pool make them.

use super::super::{Address, Errno, memory};
use super::ret::last_errno;
use std::ffi::{CStr, c_char};
use std::ptr;

/// Why a lookup failed, as the C library numbers it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LookupError {
    /// An EAI_* number.
    Eai(i32),
    /// The system error behind EAI_SYSTEM.
    System(Errno),
    /// An h_errno number of the older calls.
    Host(i32),
}

/// One answer of getaddrinfo(3).
pub struct AddrInfo {
    pub family: i32,
    pub socket_type: i32,
    pub proto: i32,
    /// The official name, only where it was asked for, and only in the first answer.
    pub canonical: Option<Vec<u8>>,
    pub address: Address,
}

impl AddrInfo {
    /// A copy, unless there is no memory for it.
    pub fn copy(&self) -> Result<AddrInfo, Errno> {
        let canonical = self.canonical.as_deref().map(memory::copy).transpose()?;
        let AddrInfo { family, socket_type, proto, address, .. } = *self;
        Ok(AddrInfo { family, socket_type, proto, canonical, address })
    }
}

/// What an answer of getaddrinfo(3) must be like.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Hints {
    pub family: i32,
    pub socket_type: i32,
    pub proto: i32,
    pub flags: i32,
}

/// An answer of the older calls: `struct hostent`.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct HostEntry {
    pub name: Vec<u8>,
    pub aliases: Vec<Vec<u8>>,
    pub family: i32,
    /// The addresses, raw, in network order.
    pub addresses: Vec<Vec<u8>>,
}

impl From<Errno> for LookupError {
    fn from(errno: Errno) -> LookupError {
        LookupError::System(errno)
    }
}

fn failure(code: i32) -> LookupError {
    if code == libc::EAI_SYSTEM { LookupError::System(last_errno()) } else { LookupError::Eai(code) }
}

/// A result list of the C library, freed when this is dropped.
struct Answers(*mut libc::addrinfo);

impl Drop for Answers {
    fn drop(&mut self) {
        if !self.0.is_null() {
            // SAFETY: the list is getaddrinfo's and is freed once.
            unsafe { libc::freeaddrinfo(self.0) };
        }
    }
}

/// getaddrinfo(3).
pub fn getaddrinfo(
    host: Option<&CStr>,
    port: Option<&CStr>,
    hints: Hints,
) -> Result<Vec<AddrInfo>, LookupError> {
    // SAFETY: all zero is an addrinfo without requirements.
    let mut wanted: libc::addrinfo = unsafe { std::mem::zeroed() };
    wanted.ai_family = hints.family;
    wanted.ai_socktype = hints.socket_type;
    wanted.ai_protocol = hints.proto;
    wanted.ai_flags = hints.flags;
    let mut first = Answers(ptr::null_mut());
    let text = |text: Option<&CStr>| text.map_or(ptr::null(), CStr::as_ptr);
    // SAFETY: two strings or NULL, hints of ours, a place of ours for the list.
    let code = unsafe { libc::getaddrinfo(text(host), text(port), &wanted, &mut first.0) };
    if code != 0 {
        return Err(failure(code));
    }
    let mut found = Vec::new();
    let mut next = first.0;
    // SAFETY: each entry of the list is valid until it is freed.
    while let Some(entry) = unsafe { next.as_ref() } {
        next = entry.ai_next;
        #[allow(clippy::unnecessary_cast)] // a size_t on Windows
        let address_len = entry.ai_addrlen as usize;
        // SAFETY: the entry's address is valid for its length, its name a string or NULL.
        let (address, canonical) =
            unsafe { (address_at(entry.ai_addr, address_len), text_at(entry.ai_canonname.cast())?) };
        let found_one = AddrInfo {
            family: entry.ai_family,
            socket_type: entry.ai_socktype,
            proto: entry.ai_protocol,
            canonical,
            address,
        };
        memory::push(&mut found, found_one)?;
    }
    Ok(found)
}

/// # Safety
/// `at` is NULL or valid for `len` bytes.
unsafe fn address_at(at: *const libc::sockaddr, len: usize) -> Address {
    let mut address = Address::NONE;
    if !at.is_null() && len <= Address::CAPACITY {
        address.len = len as u32;
        // SAFETY: `len` bytes are read by this function's contract, and fit the storage.
        unsafe { ptr::copy_nonoverlapping(at.cast::<u8>(), address.native.as_mut_ptr().cast(), len) };
    }
    address
}

/// # Safety
/// `text` is NULL or a valid string.
pub(in crate::sys) unsafe fn text_at(text: *const c_char) -> Result<Option<Vec<u8>>, Errno> {
    if text.is_null() {
        return Ok(None);
    }
    // SAFETY: a string, by this function's contract.
    memory::copy(unsafe { CStr::from_ptr(text) }.to_bytes()).map(Some)
}

/// getnameinfo(3): host and service.
pub fn getnameinfo(address: &Address, flags: i32) -> Result<(Vec<u8>, Vec<u8>), LookupError> {
    let mut host = [0u8; 1025];
    let mut service = [0u8; 256];
    // SAFETY: at most 128 bytes of the address are read; the two buffers are written within their sizes.
    let code = unsafe {
        libc::getnameinfo(
            address.native.as_ptr().cast(),
            address.len.min(Address::CAPACITY as u32),
            host.as_mut_ptr().cast(),
            host.len() as _,
            service.as_mut_ptr().cast(),
            service.len() as _,
            flags,
        )
    };
    if code != 0 {
        return Err(failure(code));
    }
    let until_nul = |bytes: &[u8]| bytes.split(|&byte| byte == 0).next().unwrap_or_default().to_vec();
    Ok((until_nul(&host), until_nul(&service)))
}
