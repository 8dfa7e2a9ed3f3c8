//! The C library's network database: services and protocols by name. POSIX has only the calls that return memory of
//! the C library, so libsock makes one at a time. The program's own calls are not kept out.

use crate::sys::{Errno, Lock, Result, memory};
use std::ffi::{CStr, CString, c_char};
use std::ptr;

static ONE_AT_A_TIME: Lock<()> = Lock::new(());

/// In a new process: takes the lock from a thread that does not exist here.
pub fn after_fork_child() {
    ONE_AT_A_TIME.reset_after_fork();
}

fn text(bytes: &[u8]) -> Result<CString> {
    memory::c_text(bytes)?.ok_or(Errno(libc::EINVAL))
}

fn optional(text: &Option<CString>) -> *const c_char {
    text.as_ref().map_or(ptr::null(), |text| text.as_ptr())
}

/// The port of a service, of one protocol ("tcp") or of any.
pub fn service_port(name: &[u8], protocol: Option<&[u8]>) -> Result<u16> {
    let (name, protocol) = (text(name)?, protocol.map(text).transpose()?);
    let _one = ONE_AT_A_TIME.lock();
    // SAFETY: NUL-terminated texts; what is found is the C library's until the next call, which is not made here.
    let found = unsafe { libc::getservbyname(name.as_ptr(), optional(&protocol)).as_ref() };
    found.map(|entry| u16::from_be(entry.s_port as u16)).ok_or(Errno(libc::ENOENT))
}

/// The name of the service at a port.
pub fn service_name(port: u16, protocol: Option<&[u8]>) -> Result<Vec<u8>> {
    let protocol = protocol.map(text).transpose()?;
    let _one = ONE_AT_A_TIME.lock();
    // SAFETY: as in `service_port`; the name is a NUL-terminated text.
    unsafe {
        let found = getservbyport(port.to_be().into(), optional(&protocol)).as_ref();
        let entry = found.ok_or(Errno(libc::ENOENT))?;
        memory::copy(CStr::from_ptr(entry.s_name).to_bytes())
    }
}

/// The number of a protocol.
pub fn protocol(name: &[u8]) -> Result<i32> {
    let name = text(name)?;
    let _one = ONE_AT_A_TIME.lock();
    // SAFETY: as in `service_port`.
    let found = unsafe { libc::getprotobyname(name.as_ptr()).as_ref() };
    found.map(|entry| entry.p_proto).ok_or(Errno(libc::ENOENT))
}

unsafe extern "C" {
    fn getservbyport(port: libc::c_int, proto: *const c_char) -> *mut libc::servent;
}
