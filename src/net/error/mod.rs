//! Error codes, and the detail text of the last one in each thread.

mod code;
mod entry;
#[cfg(target_os = "linux")]
mod linux;
mod list;
mod own;

#[cfg(target_os = "linux")]
use linux as platform;

pub use code::Code;
pub use entry::{Entry, Traits};
pub use own::CONSTANTS;
pub use platform::ERRNOS;

use super::codec::refused::{Refused, Why};
use std::cell::RefCell;
use std::ffi::CStr;
use std::fmt;

/// What every operation of this layer returns.
pub type Result<T> = std::result::Result<T, Code>;

impl Code {
    /// This code, with a sentence for `sock_last_error` that names the field at fault.
    #[cold]
    pub fn because(self, detail: fmt::Arguments<'_>) -> Code {
        let detail = Some(detail.to_string());
        with_last(|last| *last = Last { code: self.0, detail, fresh: true });
        self
    }

    /// The entry of the list that describes this code.
    pub fn entry(self) -> Option<&'static Entry> {
        list::find(i64::from(self.0))
    }

    /// The system error number nearest to this code, for `errno`: 1 to 4095.
    pub fn nearest_errno(self) -> i32 {
        match self.entry() {
            Some(entry) => entry.errno,
            None if self.0 > -4096 && self.0 < 0 => -self.0,
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
            Why::Lookup(errno) => errno,
        };
        Code::errno(errno).because(format_args!("{refused}"))
    }
}

impl From<crate::sys::Errno> for Code {
    #[inline]
    fn from(error: crate::sys::Errno) -> Code {
        Code::errno(error.0)
    }
}

/// The last failure of a thread: its code and, where there is one, a sentence that names the field.
struct Last {
    code: i32,
    detail: Option<String>,
    /// The detail was set by the call that runs now, not by an earlier one.
    fresh: bool,
}

thread_local! {
    static LAST: RefCell<Last> = const { RefCell::new(Last { code: 0, detail: None, fresh: false }) };
}

/// A thread that has run its thread-local destructors, or a signal handler inside one of these functions,
/// loses the text; the code itself is in the return value.
fn with_last(change: impl FnOnce(&mut Last)) {
    let _ = LAST.try_with(|last| {
        if let Ok(mut last) = last.try_borrow_mut() {
            change(&mut last);
        }
    });
}

/// Remembers the failure that a public function is about to return, with the detail if one was set on the
/// way.
pub fn remember(code: Code) {
    with_last(|last| {
        if last.fresh && last.code == code.0 {
            last.fresh = false;
        } else {
            *last = Last { code: code.0, detail: None, fresh: false };
        }
    });
}

/// The code and text of the last failure of this thread; (0, "success") before the first.
pub fn last() -> (i32, String) {
    let found = LAST.try_with(|last| {
        let last = last.try_borrow().ok()?;
        let text = last.detail.clone();
        Some((last.code, text.unwrap_or_else(|| text_of(last.code))))
    });
    found.ok().flatten().unwrap_or_else(|| (0, text_of(0)))
}

fn text_of(code: i32) -> String {
    text(i64::from(code)).to_string_lossy().into_owned()
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

    #[test]
    fn detail_belongs_to_its_code() {
        assert_eq!(last(), (0, "success".into()));
        let code = Code::errno(libc::EINVAL).because(format_args!("port: 70000 is not within 0 to 65535"));
        remember(code);
        assert_eq!(last(), (-libc::EINVAL, "port: 70000 is not within 0 to 65535".into()));
        remember(Code::errno(libc::EINVAL));
        assert_eq!(last().1, "Invalid argument", "the detail of an earlier call");
        remember(Code::errno(libc::EBADF));
        assert_eq!(last(), (-libc::EBADF, "Bad file descriptor".into()));
    }
}
