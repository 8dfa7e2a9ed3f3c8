//! The system error numbers of macOS and the BSDs: those that all have, and those of some.

use super::entry::{Entry, Traits, c_text};

/// The nearest error number for the end of a stream.
#[cfg(any(target_vendor = "apple", target_os = "netbsd"))]
pub const ENODATA: i32 = libc::ENODATA;
/// FreeBSD and OpenBSD have none of that name.
#[cfg(not(any(target_vendor = "apple", target_os = "netbsd")))]
pub const ENODATA: i32 = libc::ENOMSG;

/// System codes: (errno constant, traits, text); the code is the negative number.
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

system! {
    (EPERM, NONE, c"Operation not permitted"),
    (ENOENT, NONE, c"No such file or directory"),
    (ESRCH, NONE, c"No such process"),
    (EINTR, TEMPORARY, c"Interrupted system call"),
    (EIO, NONE, c"Input/output error"),
    (ENXIO, NONE, c"No such device or address"),
    (E2BIG, NONE, c"Argument list too long"),
    (ENOEXEC, NONE, c"Exec format error"),
    (EBADF, CLOSED, c"Bad file descriptor"),
    (ECHILD, NONE, c"No child processes"),
    (EAGAIN, TEMPORARY, c"Resource temporarily unavailable"),
    (ENOMEM, TEMPORARY, c"Cannot allocate memory"),
    (EACCES, NONE, c"Permission denied"),
    (EFAULT, NONE, c"Bad address"),
    (ENOTBLK, NONE, c"Block device required"),
    (EBUSY, NONE, c"Device or resource busy"),
    (EEXIST, NONE, c"File exists"),
    (EXDEV, NONE, c"Invalid cross-device link"),
    (ENODEV, NONE, c"No such device"),
    (ENOTDIR, NONE, c"Not a directory"),
    (EISDIR, NONE, c"Is a directory"),
    (EINVAL, NONE, c"Invalid argument"),
    (ENFILE, TEMPORARY, c"Too many open files in system"),
    (EMFILE, TEMPORARY, c"Too many open files"),
    (ENOTTY, NONE, c"Inappropriate ioctl for device"),
    (ETXTBSY, NONE, c"Text file busy"),
    (EFBIG, NONE, c"File too large"),
    (ENOSPC, NONE, c"No space left on device"),
    (ESPIPE, NONE, c"Illegal seek"),
    (EROFS, NONE, c"Read-only file system"),
    (EMLINK, NONE, c"Too many links"),
    (EPIPE, NONE, c"Broken pipe"),
    (EDOM, NONE, c"Numerical argument out of domain"),
    (ERANGE, NONE, c"Numerical result out of range"),
    (EDEADLK, NONE, c"Resource deadlock avoided"),
    (ENAMETOOLONG, NONE, c"File name too long"),
    (ENOLCK, NONE, c"No locks available"),
    (ENOSYS, NONE, c"Function not implemented"),
    (ENOTEMPTY, NONE, c"Directory not empty"),
    (ELOOP, NONE, c"Too many levels of symbolic links"),
    (ENOMSG, NONE, c"No message of desired type"),
    (EIDRM, NONE, c"Identifier removed"),
    (EREMOTE, NONE, c"Object is remote"),
    (EPROTO, NONE, c"Protocol error"),
    (EBADMSG, NONE, c"Bad message"),
    (EOVERFLOW, NONE, c"Value too large for defined data type"),
    (EILSEQ, NONE, c"Invalid or incomplete multibyte or wide character"),
    (EUSERS, NONE, c"Too many users"),
    (ENOTSOCK, NONE, c"Socket operation on non-socket"),
    (EDESTADDRREQ, NONE, c"Destination address required"),
    (EMSGSIZE, NONE, c"Message too long"),
    (EPROTOTYPE, NONE, c"Protocol wrong type for socket"),
    (ENOPROTOOPT, NONE, c"Protocol not available"),
    (EPROTONOSUPPORT, NONE, c"Protocol not supported"),
    (ESOCKTNOSUPPORT, NONE, c"Socket type not supported"),
    (EOPNOTSUPP, NONE, c"Operation not supported"),
    (EPFNOSUPPORT, NONE, c"Protocol family not supported"),
    (EAFNOSUPPORT, NONE, c"Address family not supported by protocol"),
    (EADDRINUSE, NONE, c"Address already in use"),
    (EADDRNOTAVAIL, NONE, c"Cannot assign requested address"),
    (ENETDOWN, NONE, c"Network is down"),
    (ENETUNREACH, NONE, c"Network is unreachable"),
    (ENETRESET, NONE, c"Network dropped connection on reset"),
    (ECONNABORTED, TEMPORARY, c"Software caused connection abort"),
    (ECONNRESET, NONE, c"Connection reset by peer"),
    (ENOBUFS, TEMPORARY, c"No buffer space available"),
    (EISCONN, NONE, c"Transport endpoint is already connected"),
    (ENOTCONN, NONE, c"Transport endpoint is not connected"),
    (ESHUTDOWN, NONE, c"Cannot send after transport endpoint shutdown"),
    (ETOOMANYREFS, NONE, c"Too many references: cannot splice"),
    (ETIMEDOUT, TIMEOUT, c"Connection timed out"),
    (ECONNREFUSED, NONE, c"Connection refused"),
    (EHOSTDOWN, NONE, c"Host is down"),
    (EHOSTUNREACH, NONE, c"No route to host"),
    (EALREADY, TEMPORARY, c"Operation already in progress"),
    (EINPROGRESS, TEMPORARY, c"Operation now in progress"),
    (ESTALE, NONE, c"Stale file handle"),
    (EDQUOT, NONE, c"Disk quota exceeded"),
    (ECANCELED, CANCELED, c"Operation canceled"),
    (EOWNERDEAD, NONE, c"Owner died"),
    (ENOTRECOVERABLE, NONE, c"State not recoverable"),
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
