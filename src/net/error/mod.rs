//! Error codes, and the detail text of the last one in each thread.

#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
mod bsd;
mod code;
mod common;
mod entry;
mod last;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod linux;
mod list;
mod own;
#[cfg(windows)]
mod windows;

#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
use bsd as platform;
#[cfg(any(target_os = "linux", target_os = "android"))]
use linux as platform;
#[cfg(windows)]
use windows as platform;

pub use code::Code;
pub use common::ERRNOS as COMMON_ERRNOS;
pub use entry::{Entry, Traits};
#[cfg(test)]
pub use last::text_of;
pub use last::{Shown, note_panic, panicked, remember, with_last};
pub use own::CONSTANTS;
pub use platform::ERRNOS;

use super::codec::refused::{Refused, Why};
use std::ffi::CStr;

/// What every operation of this layer returns.
pub type Result<T> = std::result::Result<T, Code>;

impl Code {
    /// The entry of the list that describes this code.
    pub fn entry(self) -> Option<&'static Entry> {
        list::find(i64::from(self.raw()))
    }

    /// The system error number nearest to this code, for `errno`: 1 to 4095.
    pub fn nearest_errno(self) -> i32 {
        match self.entry() {
            Some(entry) => entry.errno,
            None if self.raw() > -4096 && self.raw() < 0 => -self.raw(),
            None => libc::EIO,
        }
    }
}

impl From<Refused> for Code {
    #[cold]
    fn from(refused: Refused) -> Code {
        let errno = match refused.why {
            Why::Malformed(_) | Why::Range { .. } | Why::Beyond { .. } => libc::EINVAL,
            Why::TooLong { .. } => libc::ENAMETOOLONG,
            Why::Room { .. } => libc::ENOBUFS,
            Why::Message(_) => libc::EBADMSG,
            Why::Family(_) => libc::EAFNOSUPPORT,
            Why::OtherPlatform(_) => libc::ENOTSUP,
            Why::NoInterface => libc::ENODEV,
            Why::Memory => libc::ENOMEM,
            Why::Lookup(errno) => errno,
        };
        Code::errno(errno).because(format_args!("{refused}"))
    }
}

impl From<crate::sys::Errno> for Code {
    #[inline]
    fn from(error: crate::sys::Errno) -> Code {
        let code = Code::errno(error.0);
        match crate::sys::own_words(error) {
            Some(words) => code.because(format_args!("{words}")),
            None => code,
        }
    }
}

/// The text of a code: never empty, the same in every locale.
pub fn text(code: i64) -> &'static CStr {
    list::find(code).map_or_else(|| no_entry(code), |entry| entry.text)
}

/// The name of a code's constant.
pub fn name(code: i64) -> &'static CStr {
    list::find(code).map_or_else(|| no_entry(code), |entry| entry.name)
}

/// Whether a code has a trait.
pub fn is(code: i64, wanted: Traits) -> bool {
    list::find(code).is_some_and(|entry| entry.traits.has(wanted))
}

const fn no_entry(code: i64) -> &'static CStr {
    if code == 0 { c"success" } else { c"unknown code" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn list_is_unique_and_complete() {
        let all: Vec<&Entry> = list::LIST.iter().copied().flatten().collect();
        for (i, a) in all.iter().enumerate() {
            assert!(a.code < 0 && a.errno > 0 && a.errno <= 4095, "{:?}", a.name);
            assert!(!a.text.is_empty() && !a.name.is_empty());
            for b in &all[i + 1..] {
                assert_ne!(a.code, b.code, "{:?} and {:?}", a.name, b.name);
                assert_ne!(a.name, b.name);
            }
        }
        let resolver = [Code::HOST_NOT_FOUND, Code::TRY_AGAIN, Code::NO_RECOVERY, Code::NO_DATA];
        assert_eq!([1, 2, 3, 4].map(Code::herror), resolver);
        for number in 1..=133 {
            let gap = number == 41 || number == 58;
            assert_eq!(list::find(-number).is_none(), gap, "errno {number}");
        }
    }
}
