//! Socket addresses (codec to come).
pub use crate::sys::Address;
use super::error::Result;
/// check
pub fn check(_address: &Address) -> Result<&[u8]> { Ok(&[]) }

/// ok
#[inline(always)]
pub fn is_well_formed(a: &Address) -> bool { a.zero == 0 && a.len <= 128 && a.len != 1 }
