//! The system error numbers of macOS and the BSDs: those that all have, and those of some.

use super::entry::{Entry, Traits, c_text, system};

/// The nearest error number for the end of a stream.
#[cfg(any(target_vendor = "apple", target_os = "netbsd"))]
pub const ENODATA: i32 = libc::ENODATA;
/// FreeBSD and OpenBSD have none of that name.
#[cfg(not(any(target_vendor = "apple", target_os = "netbsd")))]
pub const ENODATA: i32 = libc::ENOMSG;

system! {
    (ENOTBLK, NONE, c"Block device required"),
    #[cfg(any(target_vendor = "apple", target_os = "netbsd", target_os = "openbsd"))]
    (ENOTSUP, NONE, c"Not supported"),
    (EAUTH, NONE, c"Authentication error"),
    (EBADRPC, NONE, c"RPC struct is bad"),
    (ERPCMISMATCH, NONE, c"RPC version wrong"),
    (EPROGUNAVAIL, NONE, c"RPC program not available"),
    (EPROGMISMATCH, NONE, c"Program version wrong"),
    (EPROCUNAVAIL, NONE, c"Bad procedure for program"),
    (EPROCLIM, TEMPORARY, c"Too many processes"),
    (EFTYPE, NONE, c"Inappropriate file type or format"),
    (ENEEDAUTH, NONE, c"Need authenticator"),
    (ENOATTR, NONE, c"Attribute not found"),
    #[cfg(target_os = "freebsd")]
    (EDOOFUS, NONE, c"Programming error"),
    #[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
    (ENOTCAPABLE, NONE, c"Capabilities insufficient"),
    #[cfg(target_os = "freebsd")]
    (ECAPMODE, NONE, c"Not permitted in capability mode"),
    #[cfg(target_os = "freebsd")]
    (EINTEGRITY, NONE, c"Integrity check failed"),
    #[cfg(target_os = "openbsd")]
    (EIPSEC, NONE, c"IPsec processing failure"),
    #[cfg(target_os = "openbsd")]
    (EMEDIUMTYPE, NONE, c"Wrong medium type"),
    #[cfg(target_os = "openbsd")]
    (ENOMEDIUM, NONE, c"No medium found"),
    #[cfg(any(target_vendor = "apple", target_os = "freebsd", target_os = "netbsd"))]
    (EMULTIHOP, NONE, c"Multihop attempted"),
    #[cfg(any(target_vendor = "apple", target_os = "netbsd"))]
    (ENODATA, NONE, c"No data available"),
    #[cfg(any(target_vendor = "apple", target_os = "freebsd", target_os = "netbsd"))]
    (ENOLINK, NONE, c"Link has been severed"),
    #[cfg(target_vendor = "apple")]
    (ENOPOLICY, NONE, c"Policy not found"),
    #[cfg(any(target_vendor = "apple", target_os = "netbsd"))]
    (ENOSR, NONE, c"Out of streams resources"),
    #[cfg(any(target_vendor = "apple", target_os = "netbsd"))]
    (ENOSTR, NONE, c"Device not a stream"),
    #[cfg(any(target_vendor = "apple", target_os = "netbsd"))]
    (ETIME, NONE, c"Timer expired"),
    #[cfg(target_vendor = "apple")]
    (EBADARCH, NONE, c"Bad CPU type in executable"),
    #[cfg(target_vendor = "apple")]
    (EBADEXEC, NONE, c"Bad executable"),
    #[cfg(target_vendor = "apple")]
    (EBADMACHO, NONE, c"Malformed Mach-o file"),
    #[cfg(target_vendor = "apple")]
    (EDEVERR, NONE, c"Device error"),
    #[cfg(target_vendor = "apple")]
    (EPWROFF, NONE, c"Device power is off"),
    #[cfg(target_vendor = "apple")]
    (EQFULL, TEMPORARY, c"Interface output queue is full"),
    #[cfg(target_vendor = "apple")]
    (ESHLIBVERS, NONE, c"Shared library version mismatch"),
}
