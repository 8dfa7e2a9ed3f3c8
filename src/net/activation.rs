//! Listeners from the service manager: the protocol of sd_listen_fds(3).

use super::error::{Code, Result};
use super::handle::Id;
use super::socket;
use crate::sys;
use std::ffi::CStr;
use std::sync::atomic::{AtomicU64, Ordering};

/// The first descriptor that is handed over.
const FIRST: i64 = 3;
/// More than any manager hands over.
const MOST: i64 = 1024;

/// A bit for each descriptor that has been taken: a number is a stranger's afterwards.
static TAKEN: [AtomicU64; MOST as usize / 64] = [const { AtomicU64::new(0) }; MOST as usize / 64];

fn variable(name: &CStr) -> Result<Option<String>> {
    Ok(sys::host::variable(name)?.and_then(|value| String::from_utf8(value).ok()))
}

/// How many descriptors were handed to this process; none where the variables are another's.
pub fn count() -> Result<i64> {
    let (Some(pid), Some(count)) = (variable(c"LISTEN_PID")?, variable(c"LISTEN_FDS")?) else { return Ok(0) };
    if pid.parse() != Ok(std::process::id()) {
        return Ok(0);
    }
    let number = count.parse().ok().filter(|count| (0..=MOST).contains(count));
    number.ok_or_else(|| {
        Code::errno(libc::EINVAL).because(format_args!("LISTEN_FDS: {count} is not within 0 to {MOST}"))
    })
}

fn check(index: i64) -> Result<i64> {
    let count = count()?;
    if (0..count).contains(&index) {
        return Ok(index);
    }
    Err(Code::errno(libc::EINVAL)
        .because(format_args!("index: {index} is none of the {count} descriptors handed over")))
}

/// The name of one of them: "unknown" where it has none.
pub fn name(index: i64) -> Result<Vec<u8>> {
    let at = check(index)? as usize;
    let names = variable(c"LISTEN_FDNAMES")?.unwrap_or_default();
    let name = names.split(':').nth(at).filter(|name| !name.is_empty());
    Ok(sys::memory::copy(name.unwrap_or("unknown").as_bytes())?)
}

/// Takes one of them over, once.
pub fn take(index: i64) -> Result<Id> {
    let at = check(index)?;
    let (word, bit) = (&TAKEN[at as usize / 64], 1u64 << (at % 64));
    if word.fetch_or(bit, Ordering::SeqCst) & bit != 0 {
        return Err(
            Code::errno(libc::EALREADY).because(format_args!("index: {index} has been taken over before"))
        );
    }
    let fd = (FIRST + at) as i32;
    let taken = socket::adopt(fd, -1, -1, -1).inspect_err(|_| {
        word.fetch_and(!bit, Ordering::SeqCst);
    })?;
    // Only now: a descriptor that is not a socket stays as it is. It cannot fail on one that is open.
    let _ = sys::set_inheritable(fd, false);
    Ok(taken)
}
