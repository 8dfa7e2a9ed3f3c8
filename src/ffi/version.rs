//! Versions
//!
//! The version that a program was compiled with stands in the macros, the one it runs with comes
//! from the functions. The ABI number changes only when a program built before would break.

use std::ffi::{c_char, c_int};

/// Major version of this header.
pub const SOCK_VERSION_MAJOR: i32 = 0;
/// Minor version of this header.
pub const SOCK_VERSION_MINOR: i32 = 1;
/// Patch version of this header.
pub const SOCK_VERSION_PATCH: i32 = 0;
/// The version as one number: major * 1000000 + minor * 1000 + patch.
pub const SOCK_VERSION_NUMBER: i32 = 1000;
/// The ABI number of this header, which is that of the SONAME.
pub const SOCK_ABI: i32 = 0;

/// The version of the library that runs, as text: "0.1.0". Static, never freed.
/// Any thread; async-signal-safe. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn sock_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// The version of the library that runs, as one number: major * 1000000 + minor * 1000 + patch.
/// Any thread; async-signal-safe. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn sock_version_number() -> c_int {
    SOCK_VERSION_NUMBER
}

/// The ABI number of the library that runs. Any thread; async-signal-safe. Since 0.1.0.
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
