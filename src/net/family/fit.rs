//! Whether an address suits a socket. Most kernels say no more than EINVAL of one that does not, and read
//! some as what they are not.

use super::bluetooth::{HCI, L2CAP, RFCOMM, SCO};
use super::qipcrtr::AF_QIPCRTR;
use crate::net::address::{self, Address};
use crate::net::constant;
use crate::net::error::{Code, Result};
use crate::net::handle::{Id, Label, Pin, pin_socket};
use crate::sys;
use libc::{
    AF_ALG, AF_BLUETOOTH, AF_CAN, AF_INET, AF_INET6, AF_NETLINK, AF_PACKET, AF_RDS, AF_TIPC, AF_UNIX,
    AF_UNSPEC, AF_VSOCK, CAN_ISOTP, CAN_J1939, SO_DOMAIN, SOL_SOCKET,
};

/// The families of which libsock knows the addresses. What others take is the kernel's to say.
const KNOWN: [i32; 12] = [
    AF_UNIX,
    AF_INET,
    AF_INET6,
    AF_NETLINK,
    AF_PACKET,
    AF_RDS,
    AF_CAN,
    AF_TIPC,
    AF_BLUETOOTH,
    AF_ALG,
    AF_VSOCK,
    AF_QIPCRTR,
];

/// Refuses, before bind and connect, what the kernel would read as another address: raw sockets of AF_INET,
/// AF_ALG and ISO-TP do not look at the family, Bluetooth not at the length, which tells its forms.
pub fn check(pin: &Pin, address: &Address) -> Result<()> {
    let family = address::family(address)?;
    let label = Label::of(pin.slot());
    if family == AF_UNSPEC {
        return Ok(());
    }
    if family != label.family {
        // The label is the caller's.
        let domain = sys::getsockopt_int(pin.fd(), SOL_SOCKET, SO_DOMAIN).unwrap_or(label.family);
        return if KNOWN.contains(&domain) && !speaks(domain, family) {
            Err(foreign(family, domain))
        } else {
            Ok(())
        };
    }
    match form(&label, address.bytes().len()) {
        Some(code) if family == AF_BLUETOOTH => Err(code),
        _ => Ok(()),
    }
}

/// What the kernel's answer to an address means: a foreign family has one code, whatever the kernel calls
/// it, and its sentence.
#[cold]
pub fn explain(id: Id, address: &Address, code: Code) -> Code {
    let told = [libc::EINVAL, libc::EAFNOSUPPORT, libc::ENXIO, libc::ENODEV];
    let Ok(family) = address::family(address) else { return code };
    if !told.contains(&-code.raw()) || family == AF_UNSPEC {
        return code;
    }
    let Ok(pin) = pin_socket(id) else { return code };
    // Not the label, which is the caller's.
    let Ok(domain) = sys::getsockopt_int(pin.fd(), SOL_SOCKET, SO_DOMAIN) else { return code };
    if !speaks(domain, family) || domain == AF_INET6 && family == AF_INET {
        return foreign(family, domain);
    }
    if code != Code::errno(libc::EINVAL) {
        return code;
    }
    form(&Label::of(pin.slot()), address.bytes().len()).unwrap_or(code)
}

/// Whether a socket of one family may have use for addresses of another: IPv6 sockets send to IPv4 where
/// they may, and RDS has the addresses of IP.
fn speaks(domain: i32, family: i32) -> bool {
    match domain {
        AF_RDS | AF_INET6 => family == AF_INET || family == AF_INET6,
        _ => family == domain,
    }
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

/// Why an address of the socket's family is not of its protocol's form, as far as the length tells.
fn form(label: &Label, len: usize) -> Option<Code> {
    let (name, fits) = match (label.family, label.proto) {
        // A program may hand in the whole struct of the system, of 24 bytes.
        (AF_CAN, CAN_ISOTP) => ("CAN_ISOTP, of 16 bytes", len >= 16),
        (AF_CAN, CAN_J1939) => ("CAN_J1939, of 24 bytes", len >= 24),
        (AF_BLUETOOTH, L2CAP) => ("BTPROTO_L2CAP, of 14 bytes", ![6, 8, 10].contains(&len)),
        (AF_BLUETOOTH, RFCOMM) => ("BTPROTO_RFCOMM, of 10 bytes", ![6, 8, 14].contains(&len)),
        (AF_BLUETOOTH, SCO) => ("BTPROTO_SCO, of 8 bytes", ![6, 10, 14].contains(&len)),
        (AF_BLUETOOTH, HCI) => ("BTPROTO_HCI, of 6 bytes", ![8, 10, 14].contains(&len)),
        _ => return None,
    };
    if fits {
        return None;
    }
    Some(
        Code::errno(libc::EINVAL)
            .because(format_args!("addr: of {len} bytes, where the socket needs an address of {name}")),
    )
}
