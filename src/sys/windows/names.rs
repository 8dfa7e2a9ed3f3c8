//! The POSIX names that the layers above use, with the numbers of Windows: those of `<errno.h>`, of Winsock, and
//! numbers of libsock's own for what Windows lacks. The root of the crate makes them `libc::NAME` there.

// The names are POSIX's, and documented there.
#![allow(missing_docs)]

use std::ffi::{c_char, c_int, c_void};
use windows_sys::Win32::Networking::WinSock;

pub use std::ffi::c_long;

/// `<errno.h>` of the Microsoft C runtime; mingw has the same.
mod errno {
    pub const EPERM: i32 = 1;
    pub const ENOENT: i32 = 2;
    pub const ESRCH: i32 = 3;
    pub const EINTR: i32 = 4;
    pub const EIO: i32 = 5;
    pub const ENXIO: i32 = 6;
    pub const E2BIG: i32 = 7;
    pub const ENOEXEC: i32 = 8;
    pub const EBADF: i32 = 9;
    pub const ECHILD: i32 = 10;
    pub const EAGAIN: i32 = 11;
    pub const ENOMEM: i32 = 12;
    pub const EACCES: i32 = 13;
    pub const EFAULT: i32 = 14;
    pub const EBUSY: i32 = 16;
    pub const EEXIST: i32 = 17;
    pub const EXDEV: i32 = 18;
    pub const ENODEV: i32 = 19;
    pub const ENOTDIR: i32 = 20;
    pub const EISDIR: i32 = 21;
    pub const EINVAL: i32 = 22;
    pub const ENFILE: i32 = 23;
    pub const EMFILE: i32 = 24;
    pub const ENOTTY: i32 = 25;
    pub const EFBIG: i32 = 27;
    pub const ENOSPC: i32 = 28;
    pub const ESPIPE: i32 = 29;
    pub const EROFS: i32 = 30;
    pub const EMLINK: i32 = 31;
    pub const EPIPE: i32 = 32;
    pub const EDOM: i32 = 33;
    pub const ERANGE: i32 = 34;
    pub const EDEADLK: i32 = 36;
    pub const ENAMETOOLONG: i32 = 38;
    pub const ENOLCK: i32 = 39;
    pub const ENOSYS: i32 = 40;
    pub const ENOTEMPTY: i32 = 41;
    pub const EILSEQ: i32 = 42;
    pub const EADDRINUSE: i32 = 100;
    pub const EADDRNOTAVAIL: i32 = 101;
    pub const EAFNOSUPPORT: i32 = 102;
    pub const EALREADY: i32 = 103;
    pub const EBADMSG: i32 = 104;
    pub const ECANCELED: i32 = 105;
    pub const ECONNABORTED: i32 = 106;
    pub const ECONNREFUSED: i32 = 107;
    pub const ECONNRESET: i32 = 108;
    pub const EDESTADDRREQ: i32 = 109;
    pub const EHOSTUNREACH: i32 = 110;
    pub const EIDRM: i32 = 111;
    pub const EINPROGRESS: i32 = 112;
    pub const EISCONN: i32 = 113;
    pub const ELOOP: i32 = 114;
    pub const EMSGSIZE: i32 = 115;
    pub const ENETDOWN: i32 = 116;
    pub const ENETRESET: i32 = 117;
    pub const ENETUNREACH: i32 = 118;
    pub const ENOBUFS: i32 = 119;
    pub const ENODATA: i32 = 120;
    pub const ENOLINK: i32 = 121;
    pub const ENOMSG: i32 = 122;
    pub const ENOPROTOOPT: i32 = 123;
    pub const ENOSR: i32 = 124;
    pub const ENOSTR: i32 = 125;
    pub const ENOTCONN: i32 = 126;
    pub const ENOTRECOVERABLE: i32 = 127;
    pub const ENOTSOCK: i32 = 128;
    pub const ENOTSUP: i32 = 129;
    pub const EOPNOTSUPP: i32 = 130;
    pub const EOVERFLOW: i32 = 132;
    pub const EOWNERDEAD: i32 = 133;
    pub const EPROTO: i32 = 134;
    pub const EPROTONOSUPPORT: i32 = 135;
    pub const EPROTOTYPE: i32 = 136;
    pub const ETIME: i32 = 137;
    pub const ETIMEDOUT: i32 = 138;
    pub const ETXTBSY: i32 = 139;
    /// Not in `<errno.h>`: the numbers of Winsock less 9000, below 4096 and clear of the others.
    pub const ESOCKTNOSUPPORT: i32 = 1044;
    pub const EPFNOSUPPORT: i32 = 1046;
    pub const ESHUTDOWN: i32 = 1058;
    pub const ETOOMANYREFS: i32 = 1059;
    pub const EHOSTDOWN: i32 = 1064;
    pub const EUSERS: i32 = 1068;
    pub const EDQUOT: i32 = 1069;
    pub const ESTALE: i32 = 1070;
    pub const EREMOTE: i32 = 1071;
}
pub use errno::*;

pub const AF_UNSPEC: i32 = 0;
pub const AF_UNIX: i32 = 1;
pub const AF_INET: i32 = 2;
pub const AF_INET6: i32 = 23;

/// Types of sockets: by a macro, so that the generator of the header does not take them for libsock's own. The last two
/// are numbers of Linux: Winsock has no such bits, and libsock takes them out.
macro_rules! types {
    ($($name:ident = $value:literal,)*) => { $(pub const $name: i32 = $value;)* };
}
types! {
    SOCK_STREAM = 1,
    SOCK_DGRAM = 2,
    SOCK_RAW = 3,
    SOCK_RDM = 4,
    SOCK_SEQPACKET = 5,
    SOCK_NONBLOCK = 0o4000,
    SOCK_CLOEXEC = 0o2000000,
}

pub const IPPROTO_IP: i32 = 0;
pub const IPPROTO_ICMP: i32 = 1;
pub const IPPROTO_TCP: i32 = 6;
pub const IPPROTO_UDP: i32 = 17;
pub const IPPROTO_IPV6: i32 = 41;
pub const IPPROTO_ICMPV6: i32 = 58;
pub const IPPROTO_RAW: i32 = 255;

pub const SOL_SOCKET: i32 = 0xffff;
pub const SO_DEBUG: i32 = 1;
pub const SO_ACCEPTCONN: i32 = 2;
pub const SO_REUSEADDR: i32 = 4;
pub const SO_EXCLUSIVEADDRUSE: i32 = !SO_REUSEADDR;
pub const SO_KEEPALIVE: i32 = 8;
pub const SO_DONTROUTE: i32 = 0x10;
pub const SO_BROADCAST: i32 = 0x20;
pub const SO_USELOOPBACK: i32 = 0x40;
pub const SO_LINGER: i32 = 0x80;
pub const SO_OOBINLINE: i32 = 0x100;
pub const SO_SNDBUF: i32 = 0x1001;
pub const SO_RCVBUF: i32 = 0x1002;
pub const SO_SNDLOWAT: i32 = 0x1003;
pub const SO_RCVLOWAT: i32 = 0x1004;
pub const SO_SNDTIMEO: i32 = 0x1005;
pub const SO_RCVTIMEO: i32 = 0x1006;
pub const SO_ERROR: i32 = 0x1007;
pub const SO_TYPE: i32 = 0x1008;
/// Not in Winsock: the system refuses it with ENOPROTOOPT.
pub const SO_REUSEPORT: i32 = 0x7fff_0200;

/// Options and messages of Linux that Winsock lacks: it refuses these numbers.
pub const SO_RXQ_OVFL: i32 = 0x7fff_0100;
pub const SO_TIMESTAMP: i32 = 0x7fff_0101;
pub const SO_TIMESTAMPING: i32 = 0x7fff_0102;
pub const SO_TIMESTAMPNS: i32 = 0x7fff_0103;
pub const SO_BINDTODEVICE: i32 = 0x7fff_0104;
pub const SO_DOMAIN: i32 = 0x7fff_0105;
pub const SO_PEERCRED: i32 = 0x7fff_0106;
pub const SO_PROTOCOL: i32 = 0x7fff_0107;
pub const SCM_CREDENTIALS: i32 = 0x7fff_0108;
pub const TCP_CONGESTION: i32 = 0x7fff_0109;
pub const TCP_INFO: i32 = 0x7fff_010a;
pub const TCP_USER_TIMEOUT: i32 = 0x7fff_010b;
pub const UDP_GRO: i32 = 0x7fff_010c;
pub const UDP_SEGMENT: i32 = 0x7fff_010d;
pub const ALG_SET_AEAD_ASSOCLEN: i32 = 0x7fff_010e;
pub const ALG_SET_IV: i32 = 0x7fff_010f;
pub const ALG_SET_OP: i32 = 0x7fff_0110;
/// As above, as levels and families.
pub const SOL_ALG: i32 = 0x7fff_0180;
pub const SOL_PACKET: i32 = 0x7fff_0181;
pub const SOL_UDP: i32 = IPPROTO_UDP;
pub const AF_VSOCK: i32 = 0x7fff_0182;

pub const TCP_NODELAY: i32 = 1;
pub const TCP_KEEPIDLE: i32 = 3;
pub const TCP_MAXSEG: i32 = 4;
pub const TCP_KEEPCNT: i32 = 16;
pub const TCP_KEEPINTVL: i32 = 17;

pub const IP_TOS: i32 = 3;
pub const IP_TTL: i32 = 4;
pub const IP_PKTINFO: i32 = 19;
pub const IPV6_PKTINFO: i32 = 19;
pub const IPV6_HOPLIMIT: i32 = 21;
pub const IPV6_V6ONLY: i32 = 27;
pub const IP_RECVERR: i32 = 75;
pub const IPV6_RECVERR: i32 = 75;
pub const IPV6_TCLASS: i32 = 39;

pub const MSG_OOB: i32 = 1;
pub const MSG_PEEK: i32 = 2;
pub const MSG_DONTROUTE: i32 = 4;
pub const MSG_WAITALL: i32 = 8;
pub const MSG_TRUNC: i32 = 0x100;
pub const MSG_CTRUNC: i32 = 0x200;
/// Numbers of libsock's own from here on; the system gets none of them.
pub const MSG_EOR: i32 = 0x0100_0000;
pub const MSG_DONTWAIT: i32 = 0x0200_0000;
pub const MSG_NOSIGNAL: i32 = 0x0400_0000;
pub const MSG_CMSG_CLOEXEC: i32 = 0x0800_0000;

pub const SHUT_RD: i32 = 0;
pub const SHUT_WR: i32 = 1;
pub const SHUT_RDWR: i32 = 2;

/// POLLRDNORM; Winsock's POLLIN is that and POLLRDBAND.
pub const POLLIN: i16 = 0x100;
/// POLLRDBAND: urgent data. Winsock refuses its own POLLPRI.
pub const POLLPRI: i16 = 0x200;
pub const POLLOUT: i16 = 0x10;
pub const POLLERR: i16 = 1;
pub const POLLHUP: i16 = 2;
pub const POLLNVAL: i16 = 4;

pub const AI_PASSIVE: i32 = 1;
pub const AI_CANONNAME: i32 = 2;
pub const AI_NUMERICHOST: i32 = 4;
pub const AI_NUMERICSERV: i32 = 8;
pub const AI_ALL: i32 = 0x100;
pub const AI_ADDRCONFIG: i32 = 0x400;
pub const AI_V4MAPPED: i32 = 0x800;
pub const NI_NOFQDN: i32 = 1;
pub const NI_NUMERICHOST: i32 = 2;
pub const NI_NAMEREQD: i32 = 4;
pub const NI_NUMERICSERV: i32 = 8;
pub const NI_DGRAM: i32 = 16;
pub const EAI_AGAIN: i32 = 11002;
pub const EAI_BADFLAGS: i32 = 10022;
pub const EAI_FAIL: i32 = 11003;
pub const EAI_FAMILY: i32 = 10047;
pub const EAI_MEMORY: i32 = 8;
pub const EAI_NONAME: i32 = 11001;
pub const EAI_SERVICE: i32 = 10109;
pub const EAI_SOCKTYPE: i32 = 10044;
/// Never an answer of Winsock.
pub const EAI_OVERFLOW: i32 = -12;
pub const EAI_SYSTEM: i32 = -11;

/// Not in Winsock.
pub const SCM_RIGHTS: i32 = 1;

#[allow(non_camel_case_types)]
pub type time_t = i64;
#[allow(non_camel_case_types)]
pub type socklen_t = i32;
/// Types of files: no socket has one of them.
pub const S_IFREG: u32 = 0o100000;
/// As above.
pub const S_IFDIR: u32 = 0o040000;

/// A type without values. By a macro, as above.
macro_rules! opaque {
    ($name:ident) => {
        /// A `FILE` of the C runtime, which libsock has no means to make.
        pub enum $name {}
    };
}
opaque!(FILE);

/// A piece of memory.
#[repr(C)]
#[allow(non_camel_case_types)]
pub struct iovec {
    pub iov_base: *mut c_void,
    pub iov_len: usize,
}

/// A message, as POSIX has it; the system's own form is made of it for each call.
#[repr(C)]
#[allow(non_camel_case_types)]
pub struct msghdr {
    pub msg_name: *mut c_void,
    pub msg_namelen: u32,
    pub msg_iov: *mut iovec,
    pub msg_iovlen: usize,
    pub msg_control: *mut c_void,
    pub msg_controllen: usize,
    pub msg_flags: c_int,
}

pub use WinSock::{
    ADDRINFOA as addrinfo, SOCKADDR as sockaddr, SOCKADDR_IN as sockaddr_in, SOCKADDR_IN6 as sockaddr_in6,
    SOCKADDR_STORAGE as sockaddr_storage, SOCKADDR_UN as sockaddr_un,
};

unsafe extern "C" {
    pub fn malloc(size: usize) -> *mut c_void;
    pub fn free(piece: *mut c_void);
}

/// getaddrinfo(), after Winsock has been started.
///
/// # Safety
/// As for the function of Winsock: texts or NULL, hints or NULL, a place for the list.
pub unsafe fn getaddrinfo(
    host: *const c_char,
    port: *const c_char,
    hints: *const addrinfo,
    found: *mut *mut addrinfo,
) -> c_int {
    if super::start::start().is_err() {
        return EAI_SYSTEM;
    }
    // SAFETY: by this function's contract.
    unsafe { WinSock::getaddrinfo(host.cast(), port.cast(), hints, found) }
}

pub use WinSock::freeaddrinfo;

/// getnameinfo(), after Winsock has been started.
///
/// # Safety
/// As for the function of Winsock.
pub unsafe fn getnameinfo(
    address: *const sockaddr,
    len: u32,
    host: *mut c_char,
    host_len: i32,
    service: *mut c_char,
    service_len: i32,
    flags: c_int,
) -> c_int {
    if super::start::start().is_err() {
        return EAI_SYSTEM;
    }
    // SAFETY: by this function's contract.
    unsafe {
        WinSock::getnameinfo(
            address,
            len as i32,
            host.cast(),
            host_len as u32,
            service.cast(),
            service_len as u32,
            flags,
        )
    }
}
