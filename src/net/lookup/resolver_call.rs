//! What a worker of the pool does: one call of the C library that may block for any length of time.

use crate::net::error::{Code, Result};
use crate::sys::number::{EAI_ADDRFAMILY, EAI_IDN_ENCODE, EAI_NODATA};
use crate::sys::{self, AddrInfo, Address, Errno, Hints, HostEntry, LookupError};
use std::ffi::CString;
use std::sync::Arc;

/// One lookup, with everything that it needs.
pub enum ResolverCall {
    /// getaddrinfo(3).
    Addresses { host: Option<Arc<CString>>, port: Option<Arc<CString>>, hints: Hints },
    /// getnameinfo(3).
    Names { address: Address, flags: i32 },
    /// gethostbyname(3) in one family.
    Host { name: CString, family: i32 },
    /// gethostbyaddr(3) of a raw address.
    Reverse { raw: Vec<u8>, family: i32 },
}

/// What a lookup has found.
pub enum Resolved {
    Addresses(Vec<AddrInfo>),
    Names(Vec<u8>, Vec<u8>),
    Host(HostEntry),
}

impl Resolved {
    /// The addresses of getaddrinfo(3).
    pub fn addresses(self) -> Result<Vec<AddrInfo>> {
        match self {
            Resolved::Addresses(found) => Ok(found),
            _ => Err(Code::PANIC),
        }
    }

    /// The names of getnameinfo(3).
    pub fn names(self) -> Result<(Vec<u8>, Vec<u8>)> {
        match self {
            Resolved::Names(host, service) => Ok((host, service)),
            _ => Err(Code::PANIC),
        }
    }

    /// The entry of the older calls.
    pub fn host(self) -> Result<HostEntry> {
        match self {
            Resolved::Host(entry) => Ok(entry),
            _ => Err(Code::PANIC),
        }
    }
}

impl ResolverCall {
    /// Does it, in the calling thread.
    pub fn run(&self) -> Result<Resolved> {
        match self {
            ResolverCall::Addresses { host, port, hints } => {
                let host = host.as_ref().map(|host| host.as_c_str());
                let port = port.as_ref().map(|port| port.as_c_str());
                sys::getaddrinfo(host, port, *hints).map(Resolved::Addresses)
            }
            ResolverCall::Names { address, flags } => {
                sys::getnameinfo(address, *flags).map(|(host, service)| Resolved::Names(host, service))
            }
            ResolverCall::Host { name, family } => sys::gethostbyname(name, *family).map(Resolved::Host),
            ResolverCall::Reverse { raw, family } => sys::gethostbyaddr(raw, *family).map(Resolved::Host),
        }
        .map_err(Code::from)
    }
}

/// The C library's numbers differ from one to the next; ours are the same everywhere.
const EAI: &[(i32, Code)] = &[
    (libc::EAI_BADFLAGS, Code::EAI_BADFLAGS),
    (libc::EAI_NONAME, Code::EAI_NONAME),
    (libc::EAI_AGAIN, Code::EAI_AGAIN),
    (libc::EAI_FAIL, Code::EAI_FAIL),
    (EAI_NODATA, Code::EAI_NODATA),
    (libc::EAI_FAMILY, Code::EAI_FAMILY),
    (libc::EAI_SOCKTYPE, Code::EAI_SOCKTYPE),
    (libc::EAI_SERVICE, Code::EAI_SERVICE),
    (EAI_ADDRFAMILY, Code::EAI_ADDRFAMILY),
    (libc::EAI_MEMORY, Code::EAI_MEMORY),
    (libc::EAI_OVERFLOW, Code::EAI_OVERFLOW),
];

impl From<LookupError> for Code {
    fn from(error: LookupError) -> Code {
        match error {
            LookupError::System(Errno(number)) => Code::errno(number),
            LookupError::Eai(EAI_IDN_ENCODE) => Code::EAI_NONAME,
            LookupError::Eai(number) => {
                EAI.iter().find(|(of, _)| *of == number).map_or(Code::EAI_FAIL, |(_, code)| *code)
            }
            LookupError::Host(number @ 1..=4) => Code::herror(number),
            LookupError::Host(_) => Code::herror(3),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_of_the_resolver_has_a_code_of_the_same_name() {
        for (number, code) in EAI {
            assert_eq!(Code::from(LookupError::Eai(*number)), *code);
            assert!(code.entry().is_some_and(|entry| entry.name.to_bytes().starts_with(b"EAI_")), "{code:?}");
        }
        for number in 1..=4 {
            let code = Code::from(LookupError::Host(number));
            assert_eq!(code.raw(), -22000 - number);
            assert!(code.entry().is_some());
        }
        assert_eq!(Code::from(LookupError::System(Errno(libc::EMFILE))), Code::errno(libc::EMFILE));
    }
}
