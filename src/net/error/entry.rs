//! What is known of a code.

use std::ffi::CStr;

/// What a program may ask about a code without comparing numbers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Traits(u8);

impl Traits {
    /// Nothing of the below.
    pub const NONE: Traits = Traits(0);
    /// A time limit has passed, the caller's or the kernel's.
    pub const TIMEOUT: Traits = Traits(1);
    /// The same call may succeed later without any change.
    pub const TEMPORARY: Traits = Traits(2);
    /// The handle is closed.
    pub const CLOSED: Traits = Traits(4);
    /// The code comes from a name lookup.
    pub const RESOLVER: Traits = Traits(8);
    /// The call was canceled.
    pub const CANCELED: Traits = Traits(16);

    pub const RESOLVER_AGAIN: Traits = Traits::RESOLVER.and(Traits::TEMPORARY);
    pub const TIMEOUT_PASSED: Traits = Traits::TIMEOUT.and(Traits::TEMPORARY);

    /// Whether this has every trait of the other.
    pub const fn has(self, other: Traits) -> bool {
        self.0 & other.0 == other.0
    }

    const fn and(self, other: Traits) -> Traits {
        Traits(self.0 | other.0)
    }
}

/// A code and what is known of it.
pub struct Entry {
    /// What C receives: negative.
    pub code: i32,
    /// The constant's name.
    pub name: &'static CStr,
    /// One line for people.
    pub text: &'static CStr,
    /// The nearest system error number, for `errno`.
    pub errno: i32,
    /// What the predicates answer.
    pub traits: Traits,
}

/// A name with the NUL at its end, as C has it.
pub const fn c_text(name: &'static str) -> &'static CStr {
    match CStr::from_bytes_with_nul(name.as_bytes()) {
        Ok(name) => name,
        Err(_) => panic!("a name with one NUL, at its end"),
    }
}

/// A table of the system's codes: (errno constant, traits, text); the code is the negative number.
macro_rules! system {
    ($($(#[$where:meta])* ($name:ident, $traits:ident, $text:literal),)*) => {
        /// What is known of each code.
        pub const SYSTEM: &[Entry] = &[$($(#[$where])* Entry {
            code: -libc::$name,
            name: c_text(concat!(stringify!($name), "\0")),
            text: $text, errno: libc::$name, traits: Traits::$traits,
        }),*];

        /// The names and numbers.
        pub const ERRNOS: &[(&str, i64)] = &[$($(#[$where])* (stringify!($name), libc::$name as i64)),*];
    };
}
pub(super) use system;
