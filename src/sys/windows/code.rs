//! Windows' own error codes: the `errno` number of each, and what the system says about it.

use crate::sys::Errno;
use std::cell::Cell;
use windows_sys::Win32::System::Diagnostics::Debug::{
    FORMAT_MESSAGE_FROM_SYSTEM, FORMAT_MESSAGE_IGNORE_INSERTS, FormatMessageW,
};

/// Windows' code, and the nearest number of `errno`. Those of Winsock are in the order of `<winsock2.h>`.
const TABLE: &[(u32, i32)] = &[
    (2, libc::ENOENT),      // ERROR_FILE_NOT_FOUND
    (3, libc::ENOENT),      // ERROR_PATH_NOT_FOUND
    (4, libc::EMFILE),      // ERROR_TOO_MANY_OPEN_FILES
    (5, libc::EACCES),      // ERROR_ACCESS_DENIED
    (6, libc::EBADF),       // WSA_INVALID_HANDLE
    (8, libc::ENOMEM),      // WSA_NOT_ENOUGH_MEMORY
    (14, libc::ENOMEM),     // ERROR_OUTOFMEMORY
    (31, libc::EIO),        // ERROR_GEN_FAILURE
    (32, libc::EBUSY),      // ERROR_SHARING_VIOLATION
    (50, libc::EOPNOTSUPP), // ERROR_NOT_SUPPORTED
    (64, libc::ECONNRESET), // ERROR_NETNAME_DELETED
    (80, libc::EEXIST),     // ERROR_FILE_EXISTS
    (87, libc::EINVAL),     // WSA_INVALID_PARAMETER
    (109, libc::EPIPE),     // ERROR_BROKEN_PIPE
    (120, libc::ENOSYS),    // ERROR_CALL_NOT_IMPLEMENTED
    (121, libc::ETIMEDOUT), // ERROR_SEM_TIMEOUT
    (122, libc::ENOBUFS),   // ERROR_INSUFFICIENT_BUFFER
    (123, libc::EINVAL),    // ERROR_INVALID_NAME
    (183, libc::EEXIST),    // ERROR_ALREADY_EXISTS
    (206, libc::ENAMETOOLONG),
    (232, libc::EPIPE),             // ERROR_NO_DATA
    (995, libc::ECANCELED),         // WSA_OPERATION_ABORTED
    (996, libc::EAGAIN),            // WSA_IO_INCOMPLETE
    (997, libc::EAGAIN),            // WSA_IO_PENDING
    (1225, libc::ECONNREFUSED),     // ERROR_CONNECTION_REFUSED
    (1231, libc::ENETUNREACH),      // ERROR_NETWORK_UNREACHABLE
    (1232, libc::EHOSTUNREACH),     // ERROR_HOST_UNREACHABLE
    (1234, libc::ECONNREFUSED),     // ERROR_PORT_UNREACHABLE
    (1236, libc::ECONNABORTED),     // ERROR_CONNECTION_ABORTED
    (1450, libc::ENOBUFS),          // ERROR_NO_SYSTEM_RESOURCES
    (10004, libc::EINTR),           // WSAEINTR
    (10009, libc::EBADF),           // WSAEBADF
    (10013, libc::EACCES),          // WSAEACCES
    (10014, libc::EFAULT),          // WSAEFAULT
    (10022, libc::EINVAL),          // WSAEINVAL
    (10024, libc::EMFILE),          // WSAEMFILE
    (10035, libc::EAGAIN),          // WSAEWOULDBLOCK
    (10036, libc::EINPROGRESS),     // WSAEINPROGRESS
    (10037, libc::EALREADY),        // WSAEALREADY
    (10038, libc::ENOTSOCK),        // WSAENOTSOCK
    (10039, libc::EDESTADDRREQ),    // WSAEDESTADDRREQ
    (10040, libc::EMSGSIZE),        // WSAEMSGSIZE
    (10041, libc::EPROTOTYPE),      // WSAEPROTOTYPE
    (10042, libc::ENOPROTOOPT),     // WSAENOPROTOOPT
    (10043, libc::EPROTONOSUPPORT), // WSAEPROTONOSUPPORT
    (10044, libc::ESOCKTNOSUPPORT), // WSAESOCKTNOSUPPORT
    (10045, libc::EOPNOTSUPP),      // WSAEOPNOTSUPP
    (10046, libc::EPFNOSUPPORT),    // WSAEPFNOSUPPORT
    (10047, libc::EAFNOSUPPORT),    // WSAEAFNOSUPPORT
    (10048, libc::EADDRINUSE),      // WSAEADDRINUSE
    (10049, libc::EADDRNOTAVAIL),   // WSAEADDRNOTAVAIL
    (10050, libc::ENETDOWN),        // WSAENETDOWN
    (10051, libc::ENETUNREACH),     // WSAENETUNREACH
    (10052, libc::ENETRESET),       // WSAENETRESET
    (10053, libc::ECONNABORTED),    // WSAECONNABORTED
    (10054, libc::ECONNRESET),      // WSAECONNRESET
    (10055, libc::ENOBUFS),         // WSAENOBUFS
    (10056, libc::EISCONN),         // WSAEISCONN
    (10057, libc::ENOTCONN),        // WSAENOTCONN
    (10058, libc::EPIPE),           // WSAESHUTDOWN
    (10059, libc::ETOOMANYREFS),    // WSAETOOMANYREFS
    (10060, libc::ETIMEDOUT),       // WSAETIMEDOUT
    (10061, libc::ECONNREFUSED),    // WSAECONNREFUSED
    (10062, libc::ELOOP),           // WSAELOOP
    (10063, libc::ENAMETOOLONG),    // WSAENAMETOOLONG
    (10064, libc::EHOSTDOWN),       // WSAEHOSTDOWN
    (10065, libc::EHOSTUNREACH),    // WSAEHOSTUNREACH
    (10066, libc::ENOTEMPTY),       // WSAENOTEMPTY
    (10067, libc::EAGAIN),          // WSAEPROCLIM
    (10068, libc::EUSERS),          // WSAEUSERS
    (10069, libc::EDQUOT),          // WSAEDQUOT
    (10070, libc::ESTALE),          // WSAESTALE
    (10071, libc::EREMOTE),         // WSAEREMOTE
    (10091, libc::ENETDOWN),        // WSASYSNOTREADY
    (10092, libc::ENOSYS),          // WSAVERNOTSUPPORTED
    (10093, libc::ENETDOWN),        // WSANOTINITIALISED
    (10101, libc::EPIPE),           // WSAEDISCON
    (10103, libc::ECANCELED),       // WSAECANCELLED
    (10111, libc::ECANCELED),       // WSA_E_CANCELLED
    (10112, libc::ECONNREFUSED),    // WSAEREFUSED
];

thread_local! {
    /// The code that this thread has translated last.
    static LAST: Cell<u32> = const { Cell::new(0) };
}

/// The `errno` number of a code of Windows. The code is remembered, for [`native`].
pub(super) fn errno_of(code: u32) -> Errno {
    let found = errno_number(code);
    if found != libc::EAGAIN {
        LAST.set(code);
    }
    Errno(found)
}

/// The same, and nothing is remembered.
pub(super) fn errno_number(code: u32) -> i32 {
    let at = TABLE.binary_search_by_key(&code, |entry| entry.0);
    at.map_or(libc::EIO, |at| TABLE[at].1)
}

/// The code of Windows behind an error number, and what the system says about it.
pub struct OwnWords(u32);

/// What the system itself says about an error that the calling thread has just got.
pub fn own_words(errno: Errno) -> Option<OwnWords> {
    let code = LAST.get();
    (code != 0 && errno_number(code) == errno.0).then_some(OwnWords(code))
}

impl std::fmt::Display for OwnWords {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(to, "Windows error {}: {}", self.0, text(self.0, &mut [0; 512]))
    }
}

/// The system's text, in its own language: UTF-8 in the front of `text`.
fn text(code: u32, text: &mut [u8; 512]) -> &str {
    let mut wide = [0_u16; 256];
    let flags = FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS;
    // SAFETY: at most the size of our array is written.
    let len = unsafe {
        FormatMessageW(
            flags,
            std::ptr::null(),
            code,
            0,
            wide.as_mut_ptr(),
            wide.len() as u32,
            std::ptr::null(),
        )
    };
    let mut at = 0;
    for letter in char::decode_utf16(wide[..(len as usize).min(wide.len())].iter().copied()) {
        let letter = letter.unwrap_or(char::REPLACEMENT_CHARACTER);
        if at + letter.len_utf8() > text.len() {
            break;
        }
        at += letter.encode_utf8(&mut text[at..]).len();
    }
    std::str::from_utf8(&text[..at]).unwrap_or_default().trim_end()
}

const _: () = {
    let mut at = 1;
    while at < TABLE.len() {
        assert!(TABLE[at - 1].0 < TABLE[at].0, "in order");
        at += 1;
    }
};
