//! A `FILE` over a socket: it uses the socket's handle and does not own it.

use super::deadline;
use super::error::{Code, Result};
use super::handle::{Id, pin_socket};
use super::transfer;
use crate::sys::Errno;
use std::ffi::CStr;
use std::mem::MaybeUninit;

/// One direction of a socket, by its handle: once that is closed, everything fails.
pub struct File(Id);

impl File {
    /// The direction that a mode asks for, and the mode for the C library.
    pub fn open(id: Id, mode: &[u8]) -> Result<(File, &'static CStr)> {
        let wanted = direction(mode)?;
        drop(pin_socket(id)?);
        Ok((File(id), if wanted == deadline::READ { c"r" } else { c"w" }))
    }

    /// One receive. 0 is the end.
    pub fn receive(&self, buffer: &mut [MaybeUninit<u8>]) -> Result<i64> {
        transfer::recv(self.0, buffer, 0, None)
    }

    /// Sends all; `sent` counts what went, also when it fails.
    pub fn send(&self, data: &[u8], sent: &mut usize) -> Result<i32> {
        transfer::sendall(self.0, data, 0, sent)
    }
}

/// Why the C library has made no `FILE`.
pub fn not_made(error: Errno) -> Code {
    let code = Code::from(error);
    if code != Code::errno(libc::ENOSYS) {
        return code;
    }
    code.because(format_args!("FILE: this system cannot make one over a socket; use a buffered stream"))
}

/// The letters r, w and b in any order, as Python takes them (R194), but of the directions exactly one.
fn direction(mode: &[u8]) -> Result<i32> {
    let has = |letter| mode.contains(&letter);
    let known = mode.iter().all(|letter| b"rwb".contains(letter));
    match (known, has(b'r'), has(b'w')) {
        (true, true, false) => Ok(deadline::READ),
        (true, false, true) => Ok(deadline::WRITE),
        _ => Err(Code::errno(libc::EINVAL).because(format_args!(
            "mode: \"{}\" is neither \"r\" nor \"w\" (one FILE for each direction)",
            mode.escape_ascii()
        ))),
    }
}

/// The `errno` of a failure inside stdio. The C library's fgets gives the part of a line that has come
/// only when this is EAGAIN, so a limit of the caller shows as EAGAIN.
pub fn errno(code: Code) -> i32 {
    if code == Code::TIMED_OUT { libc::EAGAIN } else { code.nearest_errno() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_r194() {
        for (mode, wanted) in [("r", 1), ("rb", 1), ("br", 1), ("rr", 1), ("w", 2), ("wb", 2)] {
            assert_eq!(direction(mode.as_bytes()), Ok(wanted), "{mode}");
        }
        for mode in ["", "b", "rw", "rwb", "r+", "w+", "a", "rt", "U", "re"] {
            assert_eq!(direction(mode.as_bytes()), Err(Code::errno(libc::EINVAL)), "{mode}");
        }
    }
}
