//! The interface of an address that holds one: its name, or its index in digits.

use super::escape::{Text, is_number, number, unescape};
use crate::net::codec::refused::{Refused, Why};

/// The system's interfaces.
pub trait Interfaces {
    /// The index of the interface with this name, or the system's error number.
    fn index(&self, name: &[u8]) -> Result<u32, i32>;

    /// The name of the interface with this index, if there is one.
    fn name(&self, index: u32) -> Option<Vec<u8>>;

    /// The number of the kernel control with this name, or the system's error number.
    #[cfg(target_vendor = "apple")]
    fn control(&self, name: &[u8]) -> Result<u32, i32>;
}

/// The size of an interface's name with its NUL.
const IFNAMSIZ: usize = 16;
const FIELD: &str = "interface";

/// The index of the interface with this name. Digits are an index and need no lookup; an empty name is 0,
/// which means every interface or none.
pub fn index(name: &[u8], interfaces: &dyn Interfaces) -> Result<i32, Refused> {
    if name.is_empty() {
        return Ok(0);
    }
    if is_number(name) {
        return number(name, FIELD, i32::MAX.into());
    }
    if name.contains(&0) {
        return Err(Refused::malformed(FIELD, "a name cannot hold a NUL"));
    }
    if name.len() >= IFNAMSIZ {
        return Err(Refused { field: FIELD, why: Why::NoInterface });
    }
    let found = interfaces.index(name).map_err(|errno| Refused { field: FIELD, why: Why::Lookup(errno) })?;
    i32::try_from(found).map_err(|_| Refused { field: FIELD, why: Why::NoInterface })
}

/// Like [`index()`], of a field of a text form, in which bytes may be escaped.
pub fn parse(piece: &[u8], interfaces: &dyn Interfaces) -> Result<i32, Refused> {
    let mut name = [0; IFNAMSIZ];
    let len = unescape(piece, &mut name, FIELD)?;
    // There may be more digits than a name has letters.
    if is_number(piece) { index(piece, interfaces) } else { index(&name[..len.min(IFNAMSIZ)], interfaces) }
}

/// Writes the interface of an index, unless it is negative. A name of digits would read back as another
/// index.
pub fn write(index: i32, to: &mut Text, interfaces: &dyn Interfaces) {
    let Ok(index) = u32::try_from(index) else { return };
    if index == 0 {
        return;
    }
    match interfaces.name(index) {
        Some(name) if !name.is_empty() && name.len() < IFNAMSIZ && !is_number(&name) => {
            to.escape(&name, b":?")
        }
        _ => to.decimal(index),
    }
}
