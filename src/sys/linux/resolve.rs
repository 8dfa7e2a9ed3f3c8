//! gethostbyname2_r(3) and gethostbyaddr_r(3), which no standard has.

use crate::sys::unix::resolve::{HostEntry, LookupError, text_at};
use crate::sys::{Errno, memory};
use std::ffi::{CString, c_char, c_int};
use std::net::IpAddr;
use std::ptr;

/// The room that gethostby*_r is given, doubled while it asks for more.
const FIRST_ROOM: usize = 8192;
const LAST_ROOM: usize = 1 << 20;

/// Calls a reentrant function of the old kind until its buffer is large enough.
fn host_entry(
    mut call: impl FnMut(&mut libc::hostent, &mut [c_char], &mut *mut libc::hostent, &mut c_int) -> c_int,
) -> Result<HostEntry, LookupError> {
    let mut room = FIRST_ROOM;
    loop {
        let mut buffer = memory::filled(0, room)?;
        // SAFETY: all zero is a hostent that is written before it is read.
        let mut entry: libc::hostent = unsafe { std::mem::zeroed() };
        let mut found = ptr::null_mut();
        // The call's own code, not the process-wide one (R174).
        let mut code = 0;
        let result = call(&mut entry, &mut buffer, &mut found, &mut code);
        if result == libc::ERANGE && room < LAST_ROOM {
            room *= 2;
            continue;
        }
        // SAFETY: on success the result is our entry, whose pointers lead into our buffer.
        match unsafe { found.as_ref() } {
            // SAFETY: as above.
            Some(entry) if result == 0 => return Ok(unsafe { copied(entry) }?),
            // NETDB_INTERNAL: the number of the system error is the result.
            _ if code < 0 => return Err(LookupError::System(Errno(result.max(1)))),
            _ => return Err(LookupError::Host(if code == 0 { 1 } else { code })),
        }
    }
}

/// # Safety
/// A filled hostent.
unsafe fn copied(entry: &libc::hostent) -> Result<HostEntry, Errno> {
    let len = usize::try_from(entry.h_length).unwrap_or_default();
    // SAFETY: lists that end with NULL, of strings and of addresses of the entry's length.
    unsafe {
        let name = text_at(entry.h_name)?.unwrap_or_default();
        let mut aliases = list_at(entry.h_aliases, |at| Ok(text_at(at)?.unwrap_or_default()))?;
        if cfg!(target_env = "musl") {
            // musl lists the name itself too.
            aliases.retain(|alias| *alias != name);
        }
        Ok(HostEntry {
            name,
            aliases,
            family: entry.h_addrtype,
            addresses: list_at(entry.h_addr_list, |at| {
                memory::copy(std::slice::from_raw_parts(at.cast(), len))
            })?,
        })
    }
}

/// # Safety
/// `list` is NULL or an array of valid pointers that ends with NULL.
unsafe fn list_at(
    list: *mut *mut c_char,
    copy: impl Fn(*mut c_char) -> Result<Vec<u8>, Errno>,
) -> Result<Vec<Vec<u8>>, Errno> {
    let mut items = Vec::new();
    if list.is_null() {
        return Ok(items);
    }
    for i in 0.. {
        // SAFETY: the end has not been reached.
        match unsafe { *list.add(i) } {
            at if at.is_null() => break,
            at => memory::push(&mut items, copy(at)?)?,
        }
    }
    Ok(items)
}

unsafe extern "C" {
    fn gethostbyname2_r(
        name: *const c_char,
        family: c_int,
        entry: *mut libc::hostent,
        buffer: *mut c_char,
        len: usize,
        found: *mut *mut libc::hostent,
        code: *mut c_int,
    ) -> c_int;
    fn gethostbyaddr_r(
        address: *const libc::c_void,
        address_len: libc::socklen_t,
        family: c_int,
        entry: *mut libc::hostent,
        buffer: *mut c_char,
        len: usize,
        found: *mut *mut libc::hostent,
        code: *mut c_int,
    ) -> c_int;
}

/// gethostbyname2_r(3).
pub fn gethostbyname(name: &CString, family: i32) -> Result<HostEntry, LookupError> {
    host_entry(|entry, buffer, found, code| {
        // SAFETY: a string, and places of ours.
        unsafe {
            gethostbyname2_r(name.as_ptr(), family, entry, buffer.as_mut_ptr(), buffer.len(), found, code)
        }
    })
}

/// gethostbyaddr_r(3) of a raw address.
pub fn gethostbyaddr(raw: &[u8], family: i32) -> Result<HostEntry, LookupError> {
    let entry = gethostbyaddr_of_libc(raw, family)?;
    // musl answers with the address where there is no name.
    let numeric = |name: &[u8]| std::str::from_utf8(name).is_ok_and(|name| name.parse::<IpAddr>().is_ok());
    if cfg!(target_env = "musl") && numeric(&entry.name) { Err(LookupError::Host(1)) } else { Ok(entry) }
}

fn gethostbyaddr_of_libc(raw: &[u8], family: i32) -> Result<HostEntry, LookupError> {
    host_entry(|entry, buffer, found, code| {
        // SAFETY: an address of its length, and places of ours.
        unsafe {
            gethostbyaddr_r(
                raw.as_ptr().cast(),
                raw.len() as libc::socklen_t,
                family,
                entry,
                buffer.as_mut_ptr(),
                buffer.len(),
                found,
                code,
            )
        }
    })
}
