//! The name of this machine. See gethostname(2).

use super::{Result, memory};
use std::ffi::{CStr, OsStr};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

/// The machine's name.
pub fn name() -> Result<Vec<u8>> {
    let name = nix::unistd::gethostname().map_err(super::of_nix)?;
    Ok(name.into_vec())
}

/// Gives the machine another name.
pub fn set_name(name: &[u8]) -> Result<()> {
    nix::unistd::sethostname(OsStr::from_bytes(name)).map_err(super::of_nix)
}

/// A variable of the environment. See getenv(3).
pub fn variable(name: &CStr) -> Result<Option<Vec<u8>>> {
    // SAFETY: a string; what is found is a string, as long as the host changes its environment as getenv(3)
    // demands, which is also what the standard library relies on.
    let found = unsafe { libc::getenv(name.as_ptr()).as_ref() };
    // SAFETY: as above.
    found.map(|found| memory::copy(unsafe { CStr::from_ptr(found) }.to_bytes())).transpose()
}
