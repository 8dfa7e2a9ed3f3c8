//! What is asked of getaddrinfo(3), checked, and the answers that need no lookup.

use super::idna;
use super::numeric::{self, check_family};
use super::resolver_call::ResolverCall;
use crate::net::error::{Code, Result};
use crate::sys::{AddrInfo, Hints, memory};
use std::ffi::CString;
use std::sync::Arc;

/// What is asked of getaddrinfo, checked: each text without NUL, the port a name or within its range.
pub struct Request {
    host: Option<Arc<CString>>,
    port: Option<Arc<CString>>,
    hints: Hints,
}

/// A request that is answered already, or one for the C library.
pub enum Resolution {
    Known(Vec<AddrInfo>),
    Open(Request),
}

/// A text for the C library.
pub(super) fn c_text(field: &str, text: &[u8]) -> Result<CString> {
    memory::c_text(text)?
        .ok_or_else(|| Code::errno(libc::EINVAL).because(format_args!("{field}: a NUL inside")))
}

/// The answers to a request about numbers alone; none where it takes a lookup, or a name is asked for.
pub fn numeric_answers(
    host: Option<&[u8]>,
    port: Option<&[u8]>,
    hints: Hints,
) -> Result<impl Iterator<Item = AddrInfo>> {
    check_family(hints.family)?;
    let number = numeric::port(port)?;
    let host = host.filter(|host| !host.is_empty() && hints.flags & libc::AI_CANONNAME == 0);
    let found = match (host, number) {
        (Some(host), Some(number)) => numeric::answers(host, number, &hints)?,
        _ => None,
    };
    Ok(found.into_iter().flatten())
}

impl Request {
    /// Looks at a request, and answers it if it is about numbers alone. Both absent, or an empty host:
    /// EAI_NONAME (R164).
    pub fn ask(host: Option<&[u8]>, port: Option<&[u8]>, hints: Hints) -> Result<Resolution> {
        check_family(hints.family)?;
        let number = numeric::port(port)?;
        match (host, port) {
            (None, None) | (Some(b""), _) => return Err(Code::EAI_NONAME),
            (Some(host), _) => {
                if let Some(number) = number {
                    if let Some(found) = numeric::answers(host, number, &hints)? {
                        return Ok(Resolution::Known(memory::collect(found)?));
                    }
                }
            }
            _ => {}
        }
        if number.is_none() && hints.flags & libc::AI_NUMERICSERV != 0 {
            return Err(Code::EAI_NONAME);
        }
        let host = host.map(idna::encode).transpose()?;
        let host = host.map(|host| c_text("host", &host)).transpose()?.map(Arc::new);
        // Without a text as without a port; the C library would refuse "".
        let port =
            port.filter(|port| !port.is_empty()).map(|port| c_text("port", port)).transpose()?.map(Arc::new);
        Ok(Resolution::Open(Request { host, port, hints }))
    }

    /// As a call for the pool, for one of the families.
    pub fn call(&self, family: i32) -> ResolverCall {
        let hints = Hints { family, ..self.hints };
        ResolverCall::Addresses { host: self.host.clone(), port: self.port.clone(), hints }
    }

    /// The family that was asked for.
    pub fn family(&self) -> i32 {
        self.hints.family
    }
}
