//! What pollers of Linux share to be woken. Elsewhere a pollset is woken by what it has itself.

use crate::sys::Result;

/// Nothing.
pub fn begin_ready_fd() -> Result<()> {
    Ok(())
}

/// Nothing.
pub fn renew_ready_fd() -> Result<()> {
    Ok(())
}

/// Nothing.
pub fn end_ready_fd() {}

/// Nothing.
pub fn forget_ready_fd() {}

/// Nothing.
pub fn add_ready_fd(_set: i32, _armed: bool) -> Result<()> {
    Ok(())
}
