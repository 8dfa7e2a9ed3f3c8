//! Whether an address suits a socket. Most kernels say only EINVAL of one that does not, and some misread it.

use super::platform::address_form::{accepts, checks_length, knows, wrong_form};
use crate::net::address::{self, Address};
use crate::net::constant;
use crate::net::error::{Code, Result};
use crate::net::handle::{Id, Label, Pin, pin_socket};
use libc::{AF_INET, AF_INET6, AF_UNSPEC, IPPROTO_ICMPV6, SOCK_DGRAM};

/// Refuses, before bind and connect, what the kernel would read as another address: raw sockets of AF_INET,
/// AF_ALG and ISO-TP ignore the family, Bluetooth the length, which distinguishes its forms.
pub fn check(pin: &Pin, address: &Address) -> Result<()> {
    let family = address::family(address)?;
    let label = Label::of(pin.slot());
    if family == AF_UNSPEC {
        return Ok(());
    }
    let domain = label.family;
    if family != domain {
        return if knows(domain) && !accepts(domain, family) { Err(foreign(family, domain)) } else { Ok(()) };
    }
    if !checks_length(family) {
        return Ok(());
    }
    wrong_form(&label, address.bytes().len()).map_or(Ok(()), Err)
}

/// What an address is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Use {
    Bind,
    Connect,
    Send,
}

/// What the kernel's error for an address means: an address of another family always has the same code and
/// its own sentence, whatever the kernel reports.
#[cold]
pub fn explain(id: Id, address: &Address, used: Use, code: Code) -> Code {
    let vague = [libc::EINVAL, libc::EAFNOSUPPORT, libc::ENXIO, libc::ENODEV];
    let Ok(family) = address::family(address) else { return code };
    if !vague.contains(&-code.raw()) || family == AF_UNSPEC {
        return code;
    }
    let Ok(pin) = pin_socket(id) else { return code };
    let domain = pin.slot().family();
    let four_by_six = domain == AF_INET6 && family == AF_INET;
    if !accepts(domain, family) || four_by_six && !(used != Use::Bind && maps(&Label::of(pin.slot()), code)) {
        return foreign(family, domain);
    }
    if code != Code::errno(libc::EINVAL) {
        return code;
    }
    wrong_form(&Label::of(pin.slot()), address.bytes().len()).unwrap_or(code)
}

/// Whether an IPv6 socket takes IPv4 destinations, so that an error says nothing of the family: UDP does.
fn maps(label: &Label, code: Code) -> bool {
    label.socket_type == SOCK_DGRAM
        && label.proto != IPPROTO_ICMPV6
        && code != Code::errno(libc::EAFNOSUPPORT)
}

#[cold]
fn foreign(family: i32, domain: i32) -> Code {
    let name = |number: i32| match constant::name_in(c"AF_", number.into()) {
        Some(name) => name.to_string_lossy().into_owned(),
        None => number.to_string(),
    };
    let (family, domain) = (name(family), name(domain));
    Code::errno(libc::EAFNOSUPPORT)
        .because(format_args!("addr: of family {family}, where the socket is of family {domain}"))
}
