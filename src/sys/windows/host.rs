//! The name of this machine, and the environment.

use super::ret::last_errno;
use crate::sys::{Errno, Result, memory};
use std::ffi::CStr;
use windows_sys::Win32::System::SystemInformation::{ComputerNamePhysicalDnsHostname, GetComputerNameExW};

/// The machine's name, as DNS has it: longer ones than NetBIOS has are whole.
pub fn name() -> Result<Vec<u8>> {
    let mut wide = [0_u16; 256];
    let mut len = wide.len() as u32;
    // SAFETY: at most `len` units are written to an array of ours.
    if unsafe { GetComputerNameExW(ComputerNamePhysicalDnsHostname, wide.as_mut_ptr(), &mut len) } == 0 {
        return Err(last_errno());
    }
    memory::copy(String::from_utf16_lossy(&wide[..len as usize]).as_bytes())
}

/// Windows gives a machine another name only after a restart: ENOSYS, as Python has no such function there.
pub fn set_name(_name: &[u8]) -> Result<()> {
    Err(Errno(libc::ENOSYS))
}

/// A variable of the environment.
pub fn variable(name: &CStr) -> Result<Option<Vec<u8>>> {
    let name = name.to_str().map_err(|_| Errno(libc::EINVAL))?;
    Ok(std::env::var(name).ok().map(String::into_bytes))
}
