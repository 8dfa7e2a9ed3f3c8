//! Versions
//!
//! Macros are the version that a program was compiled with; functions return the version it runs
//! with. The ABI number changes only when existing programs would break. All functions are
//! async-signal-safe.

use std::ffi::{c_char, c_int};

/// Major version of this header.
pub const SOCK_VERSION_MAJOR: i32 = 0;
/// Minor version of this header.
pub const SOCK_VERSION_MINOR: i32 = 1;
/// Patch version of this header.
pub const SOCK_VERSION_PATCH: i32 = 0;
/// As one number: major * 1000000 + minor * 1000 + patch.
pub const SOCK_VERSION_NUMBER: i32 = 1000;
/// ABI number of this header, as in the SONAME.
pub const SOCK_ABI: i32 = 0;

/// Returns the version of the running library as text: "0.1.0".
#[unsafe(no_mangle)]
pub extern "C" fn sock_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// Returns the version of the running library as a number, as SOCK_VERSION_NUMBER.
#[unsafe(no_mangle)]
pub extern "C" fn sock_version_number() -> c_int {
    SOCK_VERSION_NUMBER
}

/// Returns the ABI number of the running library.
#[unsafe(no_mangle)]
pub extern "C" fn sock_abi() -> c_int {
    SOCK_ABI
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_is_the_packages() {
        let text = format!("{SOCK_VERSION_MAJOR}.{SOCK_VERSION_MINOR}.{SOCK_VERSION_PATCH}");
        assert_eq!(text, env!("CARGO_PKG_VERSION"));
        let number = SOCK_VERSION_MAJOR * 1_000_000 + SOCK_VERSION_MINOR * 1000 + SOCK_VERSION_PATCH;
        assert_eq!(number, SOCK_VERSION_NUMBER);
    }
}
