//! The C library's network database: services and protocols by name, wherever nsswitch.conf(5) finds
//! them. Its reentrant calls read files, and so are cancellation points.

#[cfg(target_env = "musl")]
use super::super::Lock;
use super::super::{Errno, Result, memory};
use std::ffi::{CStr, CString, c_char, c_int};
use std::ptr;

unsafe extern "C" {
    fn getservbyname_r(
        name: *const c_char,
        proto: *const c_char,
        entry: *mut libc::servent,
        buffer: *mut c_char,
        len: usize,
        found: *mut *mut libc::servent,
    ) -> c_int;
    fn getservbyport_r(
        port: c_int,
        proto: *const c_char,
        entry: *mut libc::servent,
        buffer: *mut c_char,
        len: usize,
        found: *mut *mut libc::servent,
    ) -> c_int;
    #[cfg(not(target_env = "musl"))]
    fn getprotobyname_r(
        name: *const c_char,
        entry: *mut libc::protoent,
        buffer: *mut c_char,
        len: usize,
        found: *mut *mut libc::protoent,
    ) -> c_int;
}

const FIRST_TRY: usize = 1024;
/// More than the C library takes for its configuration and modules.
const NEEDED: usize = 1 << 16;
/// An entry that needs more (its aliases do) is a broken database.
const LARGEST: usize = 1 << 20;

/// Asks with a buffer that grows until the entry fits. ENOENT is what no database has.
fn ask<Entry, T>(
    call: impl Fn(*mut Entry, *mut c_char, usize, *mut *mut Entry) -> c_int,
    read: impl FnOnce(&Entry) -> T,
) -> Result<T> {
    // The GNU C library does not survive a failure of malloc in here.
    memory::available(NEEDED)?;
    let mut len = FIRST_TRY;
    loop {
        // Words, because the C library puts pointers into it.
        let mut buffer = memory::filled(0usize, len / size_of::<usize>())?;
        let mut entry = std::mem::MaybeUninit::<Entry>::uninit();
        let mut found = ptr::null_mut();
        match call(entry.as_mut_ptr(), buffer.as_mut_ptr().cast(), len, &mut found) {
            // SAFETY: the call has filled the entry and points at it; its texts lie in `buffer`.
            0 if !found.is_null() => return Ok(read(unsafe { &*found })),
            0 | libc::ENOENT => return Err(Errno(libc::ENOENT)),
            // What musl answers to a protocol that it does not know.
            libc::EINVAL if cfg!(target_env = "musl") => return Err(Errno(libc::ENOENT)),
            libc::ERANGE if len < LARGEST => len *= 2,
            error => return Err(Errno(error)),
        }
    }
}

fn text(bytes: &[u8]) -> Result<CString> {
    memory::c_text(bytes)?.ok_or(Errno(libc::EINVAL))
}

fn optional(text: &Option<CString>) -> *const c_char {
    text.as_ref().map_or(ptr::null(), |text| text.as_ptr())
}

/// The port of a service, of one protocol ("tcp") or of any.
pub fn service_port(name: &[u8], protocol: Option<&[u8]>) -> Result<u16> {
    let (name, protocol) = (text(name)?, protocol.map(text).transpose()?);
    ask(
        // SAFETY: the texts are NUL-terminated, the places and the buffer are `ask`'s own.
        |entry, buffer, len, found| unsafe {
            getservbyname_r(name.as_ptr(), optional(&protocol), entry, buffer, len, found)
        },
        |entry: &libc::servent| u16::from_be(entry.s_port as u16),
    )
}

/// The name of the service at a port.
pub fn service_name(port: u16, protocol: Option<&[u8]>) -> Result<Vec<u8>> {
    let protocol = protocol.map(text).transpose()?;
    ask(
        // SAFETY: as in `service_port`.
        |entry, buffer, len, found| unsafe {
            getservbyport_r(port.to_be().into(), optional(&protocol), entry, buffer, len, found)
        },
        // SAFETY: the name is a NUL-terminated text in the buffer, which is alive.
        |entry: &libc::servent| memory::copy(unsafe { CStr::from_ptr(entry.s_name) }.to_bytes()),
    )?
}

/// The number of a protocol.
#[cfg(not(target_env = "musl"))]
pub fn protocol(name: &[u8]) -> Result<i32> {
    let name = text(name)?;
    ask(
        // SAFETY: as in `service_port`.
        |entry, buffer, len, found| unsafe { getprotobyname_r(name.as_ptr(), entry, buffer, len, found) },
        |entry: &libc::protoent| entry.p_proto,
    )
}

/// musl has no reentrant call for protocols, so libsock makes one at a time. The program's own calls are not kept out.
#[cfg(target_env = "musl")]
static ONE_AT_A_TIME: Lock<()> = Lock::new(());

/// The number of a protocol.
#[cfg(target_env = "musl")]
pub fn protocol(name: &[u8]) -> Result<i32> {
    let name = text(name)?;
    let _one = ONE_AT_A_TIME.lock();
    // SAFETY: a NUL-terminated text; what is found is the C library's until the next call, which is not made here.
    let found = unsafe { libc::getprotobyname(name.as_ptr()).as_ref() };
    found.map(|entry| entry.p_proto).ok_or(Errno(libc::ENOENT))
}

/// In a new process: takes the lock from a thread that does not exist here.
pub fn after_fork_child() {
    #[cfg(target_env = "musl")]
    ONE_AT_A_TIME.reset_after_fork();
}
