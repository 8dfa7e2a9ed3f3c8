//! The name of this machine. See gethostname(2).

use super::Result;
use std::ffi::OsStr;
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
