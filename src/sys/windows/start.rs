//! Winsock is started once, and the library stays loaded: threads of it outlive any FreeLibrary.

use super::code::errno_of;
use crate::sys::{Errno, Result};
use once_cell::sync::OnceCell;
use std::mem::MaybeUninit;
use windows_sys::Win32::Networking::WinSock::WSAStartup;
use windows_sys::Win32::System::LibraryLoader::{
    GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, GET_MODULE_HANDLE_EX_FLAG_PIN, GetModuleHandleExW,
};

static STARTED: OnceCell<()> = OnceCell::new();

/// Starts Winsock 2.2, unless that has been done. Nothing ends it.
pub fn start() -> Result<()> {
    STARTED.get_or_try_init(begin).copied()
}

#[cold]
fn begin() -> Result<()> {
    let mut about = MaybeUninit::uninit();
    // SAFETY: one struct of ours is written.
    match unsafe { WSAStartup(0x0202, about.as_mut_ptr()) } {
        0 => {}
        code => return Err(errno_of(code as u32)),
    }
    let flags = GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN;
    let mut module = std::ptr::null_mut();
    // SAFETY: an address within this library; a place of ours.
    if unsafe { GetModuleHandleExW(flags, (&raw const STARTED).cast(), &mut module) } == 0 {
        return Err(Errno(libc::EIO));
    }
    Ok(())
}
