//! The one list from which codes, names, texts and predicates grow.
//!
//! Texts are our own copies of the C library's English ones: static, and the same in every locale.

use std::ffi::CStr;

/// What a program may want to know of a code without comparing numbers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Traits(u8);

impl Traits {
    const NONE: Traits = Traits(0);
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

    /// Whether this has every trait of the other.
    pub const fn has(self, other: Traits) -> bool {
        self.0 & other.0 == other.0
    }

    const fn and(self, other: Traits) -> Traits {
        Traits(self.0 | other.0)
    }
}

/// One code and all that is known of it.
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

const RESOLVER_AGAIN: Traits = Traits::RESOLVER.and(Traits::TEMPORARY);

/// Own codes: (code, name, nearest errno, traits, text).
macro_rules! own {
    ($(($code:literal, $name:literal, $errno:ident, $traits:expr, $text:literal),)*) => {
        const OWN: &[Entry] = &[$(Entry {
            code: $code, name: $name, text: $text, errno: libc::$errno, traits: $traits,
        }),*];
    };
}

/// System codes: (errno constant, traits, text); the code is the negative number.
macro_rules! system {
    ($(($name:ident, $traits:ident, $text:literal),)*) => {
        const SYSTEM: &[Entry] = &[$(Entry {
            code: -libc::$name,
            name: match CStr::from_bytes_with_nul(concat!(stringify!($name), "\0").as_bytes()) {
                Ok(name) => name,
                Err(_) => panic!("an errno name holds no NUL"),
            },
            text: $text, errno: libc::$name, traits: Traits::$traits,
        }),*];
    };
}

own! {
    (-20001, c"SOCK_ECLOSED", EBADF, Traits::CLOSED, c"handle closed while the call waited"),
    (-20002, c"SOCK_ECANCELED", ECANCELED, Traits::CANCELED, c"canceled by a cancel token"),
    (-20003, c"SOCK_ETIMEDOUT", ETIMEDOUT, Traits::TIMEOUT.and(Traits::TEMPORARY), c"timed out"),
    (-20004, c"SOCK_EPANIC", EIO, Traits::NONE, c"internal error in libsock"),
    (-20005, c"SOCK_EEOF", ENODATA, Traits::NONE, c"stream ended before all had come"),
    (-21001, c"EAI_BADFLAGS", EINVAL, Traits::RESOLVER, c"Bad value for lookup flags"),
    (-21002, c"EAI_NONAME", ENOENT, Traits::RESOLVER, c"Name or service not known"),
    (-21003, c"EAI_AGAIN", EAGAIN, RESOLVER_AGAIN, c"Temporary failure in name resolution"),
    (-21004, c"EAI_FAIL", EIO, Traits::RESOLVER, c"Non-recoverable failure in name resolution"),
    (-21005, c"EAI_NODATA", ENOENT, Traits::RESOLVER, c"No address associated with hostname"),
    (-21006, c"EAI_FAMILY", EAFNOSUPPORT, Traits::RESOLVER, c"Address family not supported by lookup"),
    (-21007, c"EAI_SOCKTYPE", ESOCKTNOSUPPORT, Traits::RESOLVER, c"Socket type not supported by lookup"),
    (-21008, c"EAI_SERVICE", ENOENT, Traits::RESOLVER, c"Service not supported for socket type"),
    (-21009, c"EAI_ADDRFAMILY", EAFNOSUPPORT, Traits::RESOLVER, c"Address family for hostname not supported"),
    (-21010, c"EAI_MEMORY", ENOMEM, Traits::RESOLVER, c"Memory allocation failure in name resolution"),
    (-21011, c"EAI_SYSTEM", EIO, Traits::RESOLVER, c"System error in name resolution"),
    (-21012, c"EAI_OVERFLOW", EOVERFLOW, Traits::RESOLVER, c"Result of the lookup too large"),
    (-21013, c"EAI_BADHINTS", EINVAL, Traits::RESOLVER, c"Bad hints for lookup"),
    (-21014, c"EAI_PROTOCOL", EPROTONOSUPPORT, Traits::RESOLVER, c"Unknown protocol in name resolution"),
    (-22001, c"HOST_NOT_FOUND", ENOENT, Traits::RESOLVER, c"Unknown host"),
    (-22002, c"TRY_AGAIN", EAGAIN, RESOLVER_AGAIN, c"Host name lookup failure"),
    (-22003, c"NO_RECOVERY", EIO, Traits::RESOLVER, c"Unknown server error"),
    (-22004, c"NO_DATA", ENOENT, Traits::RESOLVER, c"No address associated with name"),
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
    (ECHRNG, NONE, c"Channel number out of range"),
    (EL2NSYNC, NONE, c"Level 2 not synchronized"),
    (EL3HLT, NONE, c"Level 3 halted"),
    (EL3RST, NONE, c"Level 3 reset"),
    (ELNRNG, NONE, c"Link number out of range"),
    (EUNATCH, NONE, c"Protocol driver not attached"),
    (ENOCSI, NONE, c"No CSI structure available"),
    (EL2HLT, NONE, c"Level 2 halted"),
    (EBADE, NONE, c"Invalid exchange"),
    (EBADR, NONE, c"Invalid request descriptor"),
    (EXFULL, NONE, c"Exchange full"),
    (ENOANO, NONE, c"No anode"),
    (EBADRQC, NONE, c"Invalid request code"),
    (EBADSLT, NONE, c"Invalid slot"),
    (EBFONT, NONE, c"Bad font file format"),
    (ENOSTR, NONE, c"Device not a stream"),
    (ENODATA, NONE, c"No data available"),
    (ETIME, NONE, c"Timer expired"),
    (ENOSR, NONE, c"Out of streams resources"),
    (ENONET, NONE, c"Machine is not on the network"),
    (ENOPKG, NONE, c"Package not installed"),
    (EREMOTE, NONE, c"Object is remote"),
    (ENOLINK, NONE, c"Link has been severed"),
    (EADV, NONE, c"Advertise error"),
    (ESRMNT, NONE, c"Srmount error"),
    (ECOMM, NONE, c"Communication error on send"),
    (EPROTO, NONE, c"Protocol error"),
    (EMULTIHOP, NONE, c"Multihop attempted"),
    (EDOTDOT, NONE, c"RFS specific error"),
    (EBADMSG, NONE, c"Bad message"),
    (EOVERFLOW, NONE, c"Value too large for defined data type"),
    (ENOTUNIQ, NONE, c"Name not unique on network"),
    (EBADFD, NONE, c"File descriptor in bad state"),
    (EREMCHG, NONE, c"Remote address changed"),
    (ELIBACC, NONE, c"Can not access a needed shared library"),
    (ELIBBAD, NONE, c"Accessing a corrupted shared library"),
    (ELIBSCN, NONE, c".lib section in a.out corrupted"),
    (ELIBMAX, NONE, c"Attempting to link in too many shared libraries"),
    (ELIBEXEC, NONE, c"Cannot exec a shared library directly"),
    (EILSEQ, NONE, c"Invalid or incomplete multibyte or wide character"),
    (ERESTART, NONE, c"Interrupted system call should be restarted"),
    (ESTRPIPE, NONE, c"Streams pipe error"),
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
    (EUCLEAN, NONE, c"Structure needs cleaning"),
    (ENOTNAM, NONE, c"Not a XENIX named type file"),
    (ENAVAIL, NONE, c"No XENIX semaphores available"),
    (EISNAM, NONE, c"Is a named type file"),
    (EREMOTEIO, NONE, c"Remote I/O error"),
    (EDQUOT, NONE, c"Disk quota exceeded"),
    (ENOMEDIUM, NONE, c"No medium found"),
    (EMEDIUMTYPE, NONE, c"Wrong medium type"),
    (ECANCELED, CANCELED, c"Operation canceled"),
    (ENOKEY, NONE, c"Required key not available"),
    (EKEYEXPIRED, NONE, c"Key has expired"),
    (EKEYREVOKED, NONE, c"Key has been revoked"),
    (EKEYREJECTED, NONE, c"Key was rejected by service"),
    (EOWNERDEAD, NONE, c"Owner died"),
    (ENOTRECOVERABLE, NONE, c"State not recoverable"),
    (ERFKILL, NONE, c"Operation not possible due to RF-kill"),
    (EHWPOISON, NONE, c"Memory page has hardware error"),
}

/// Every code that libsock knows, own ones first.
pub const LIST: &[&[Entry]] = &[OWN, SYSTEM];

/// The entry of a code, if it is one of the list.
pub fn find(code: i64) -> Option<&'static Entry> {
    LIST.iter().copied().flatten().find(|entry| i64::from(entry.code) == code)
}
