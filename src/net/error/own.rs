//! libsock's own codes: the one list from which the constants of [`Code`], the names, the texts, the
//! predicates and the table of constants grow. The literals in `ffi/error.rs` repeat the numbers, because
//! cbindgen reads literals; a test compares the two.

use super::code::Code;
use super::entry::{Entry, Traits, c_text};
use super::platform;

/// name in Rust = code, prefix of the constant in C, name that `sock_err_name` returns, nearest errno,
/// traits, text.
macro_rules! own {
    ($($name:ident = $code:literal, $prefix:literal $shown:literal, $errno:expr, $traits:ident, $text:literal;)*) => {
        // Some codes only reach the program as numbers of the C library.
        #[allow(dead_code)]
        impl Code {
            $(#[doc = $shown] pub const $name: Code = Code::own($code);)*
        }

        /// What is known of each code.
        pub const OWN: &[Entry] = &[$(Entry {
            code: $code, name: c_text(concat!($shown, "\0")), text: $text, errno: $errno, traits: Traits::$traits,
        }),*];

        /// The constants for C, each with its code.
        pub const CONSTANTS: &[(&str, i64)] = &[$((concat!($prefix, $shown), $code)),*];
    };
}

own! {
    CLOSED = -20001, "" "SOCK_ECLOSED", libc::EBADF, CLOSED, c"handle closed while the call waited";
    CANCELED = -20002, "" "SOCK_ECANCELED", libc::ECANCELED, CANCELED, c"canceled by a cancel token";
    TIMED_OUT = -20003, "" "SOCK_ETIMEDOUT", libc::ETIMEDOUT, TIMEOUT_PASSED, c"timed out";
    PANIC = -20004, "" "SOCK_EPANIC", libc::EIO, NONE, c"internal error in libsock";
    EOF = -20005, "" "SOCK_EEOF", platform::ENODATA, NONE, c"stream ended before all had come";
    EAI_BADFLAGS = -21001, "SOCK_" "EAI_BADFLAGS", libc::EINVAL, RESOLVER, c"Bad value for lookup flags";
    EAI_NONAME = -21002, "SOCK_" "EAI_NONAME", libc::ENOENT, RESOLVER, c"Name or service not known";
    EAI_AGAIN = -21003, "SOCK_" "EAI_AGAIN", libc::EAGAIN, RESOLVER_AGAIN,
        c"Temporary failure in name resolution";
    EAI_FAIL = -21004, "SOCK_" "EAI_FAIL", libc::EIO, RESOLVER, c"Non-recoverable failure in name resolution";
    EAI_NODATA = -21005, "SOCK_" "EAI_NODATA", libc::ENOENT, RESOLVER, c"No address associated with hostname";
    EAI_FAMILY = -21006, "SOCK_" "EAI_FAMILY", libc::EAFNOSUPPORT, RESOLVER,
        c"Address family not supported by lookup";
    EAI_SOCKTYPE = -21007, "SOCK_" "EAI_SOCKTYPE", libc::ESOCKTNOSUPPORT, RESOLVER,
        c"Socket type not supported by lookup";
    EAI_SERVICE = -21008, "SOCK_" "EAI_SERVICE", libc::ENOENT, RESOLVER,
        c"Service not supported for socket type";
    EAI_ADDRFAMILY = -21009, "SOCK_" "EAI_ADDRFAMILY", libc::EAFNOSUPPORT, RESOLVER,
        c"Address family for hostname not supported";
    EAI_MEMORY = -21010, "SOCK_" "EAI_MEMORY", libc::ENOMEM, RESOLVER,
        c"Memory allocation failure in name resolution";
    EAI_SYSTEM = -21011, "SOCK_" "EAI_SYSTEM", libc::EIO, RESOLVER, c"System error in name resolution";
    EAI_OVERFLOW = -21012, "SOCK_" "EAI_OVERFLOW", libc::EOVERFLOW, RESOLVER,
        c"Result of the lookup too large";
    EAI_BADHINTS = -21013, "SOCK_" "EAI_BADHINTS", libc::EINVAL, RESOLVER, c"Bad hints for lookup";
    EAI_PROTOCOL = -21014, "SOCK_" "EAI_PROTOCOL", libc::EPROTONOSUPPORT, RESOLVER,
        c"Unknown protocol in name resolution";
    HOST_NOT_FOUND = -22001, "SOCK_" "HOST_NOT_FOUND", libc::ENOENT, RESOLVER, c"Unknown host";
    TRY_AGAIN = -22002, "SOCK_" "TRY_AGAIN", libc::EAGAIN, RESOLVER_AGAIN, c"Host name lookup failure";
    NO_RECOVERY = -22003, "SOCK_" "NO_RECOVERY", libc::EIO, RESOLVER, c"Unknown server error";
    NO_DATA = -22004, "SOCK_" "NO_DATA", libc::ENOENT, RESOLVER, c"No address associated with name";
}
