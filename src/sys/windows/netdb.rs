//! Winsock's database of services and protocols. What it returns belongs to the calling thread until its next call.

use super::start::start;
use crate::sys::{Errno, Result, memory};
use std::ffi::{CStr, CString};
use std::ptr;
use windows_sys::Win32::Networking::WinSock::{getprotobyname, getservbyname, getservbyport};

fn text(bytes: &[u8]) -> Result<CString> {
    memory::c_text(bytes)?.ok_or(Errno(libc::EINVAL))
}

fn optional(text: &Option<CString>) -> *const u8 {
    text.as_ref().map_or(ptr::null(), |text| text.as_ptr().cast())
}

/// The port of a service, of one protocol ("tcp") or of any.
pub fn service_port(name: &[u8], protocol: Option<&[u8]>) -> Result<u16> {
    let (name, protocol) = (text(name)?, protocol.map(text).transpose()?);
    start()?;
    // SAFETY: NUL-terminated texts; what is found is read before the thread's next call.
    let found = unsafe { getservbyname(name.as_ptr().cast(), optional(&protocol)).as_ref() };
    found.map(|entry| u16::from_be(entry.s_port as u16)).ok_or(Errno(libc::ENOENT))
}

/// The name of the service at a port.
pub fn service_name(port: u16, protocol: Option<&[u8]>) -> Result<Vec<u8>> {
    let protocol = protocol.map(text).transpose()?;
    start()?;
    // SAFETY: as in `service_port`; the name is a NUL-terminated text.
    unsafe {
        let found = getservbyport(port.to_be().into(), optional(&protocol)).as_ref();
        let entry = found.ok_or(Errno(libc::ENOENT))?;
        memory::copy(CStr::from_ptr(entry.s_name.cast()).to_bytes())
    }
}

/// The number of a protocol.
pub fn protocol(name: &[u8]) -> Result<i32> {
    let name = text(name)?;
    start()?;
    // SAFETY: as in `service_port`.
    let found = unsafe { getprotobyname(name.as_ptr().cast()).as_ref() };
    found.map(|entry| entry.p_proto.into()).ok_or(Errno(libc::ENOENT))
}
