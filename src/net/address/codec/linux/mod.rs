//! The address families that only Linux has, each in a module of its own: its fields, the native form and the
//! text form. The native structs are in [`kernel`].
//!
//! What `family.rs` and `text.rs` need from a platform: [`Known`] and [`parse`].

pub mod alg;
pub mod bluetooth;
pub mod can;
pub mod kernel;
pub mod netlink;
pub mod number;
pub mod packet;
pub mod qipcrtr;
pub mod tipc;
pub mod vsock;

#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod tests;

use super::Interfaces;
use super::escape::Text;
use super::native::Native;
use crate::net::codec::refused::{Refused, Why};
use alg::Alg;
use bluetooth::Bluetooth;
use can::Can;
use netlink::Netlink;
use number::*;
use packet::{HWADDR_MAX, Packet};
use qipcrtr::Qipcrtr;
use tipc::Tipc;
use vsock::Vsock;

/// The fields of an address of one of these families.
pub enum Known<'a> {
    Netlink(Netlink),
    Packet(Packet<'a>),
    Can(Can),
    Tipc(Tipc),
    Bluetooth(Bluetooth),
    Alg(Alg<'a>),
    Vsock(Vsock),
    Qipcrtr(Qipcrtr),
}

impl<'a> Known<'a> {
    /// Reads the fields of an address of this family; `None` for other families and for forms that are too
    /// short or too long.
    pub fn read(family: u16, bytes: &'a [u8]) -> Option<Known<'a>> {
        match family {
            AF_NETLINK => Netlink::read(bytes).map(Known::Netlink),
            AF_PACKET => Packet::read(bytes).map(Known::Packet),
            AF_CAN => Can::read(bytes).map(Known::Can),
            AF_TIPC => Tipc::read(bytes).map(Known::Tipc),
            AF_BLUETOOTH => Bluetooth::read(bytes).map(Known::Bluetooth),
            AF_ALG => Alg::read(bytes).map(Known::Alg),
            AF_VSOCK => Vsock::read(bytes).map(Known::Vsock),
            AF_QIPCRTR => Qipcrtr::read(bytes).map(Known::Qipcrtr),
            _ => None,
        }
    }

    /// The native form that libsock writes for these fields.
    pub fn native(&self) -> Native {
        match self {
            Known::Netlink(fields) => fields.native(),
            Known::Packet(fields) => fields.native(),
            Known::Can(fields) => fields.native(),
            Known::Tipc(fields) => fields.native(),
            Known::Bluetooth(fields) => fields.native(),
            Known::Alg(fields) => fields.native(),
            Known::Vsock(fields) => fields.native(),
            Known::Qipcrtr(fields) => fields.native(),
        }
    }

    /// Writes the text form; false, with nothing written, if the fields have none.
    pub fn write(&self, to: &mut Text, interfaces: &dyn Interfaces) -> bool {
        match self {
            Known::Packet(fields) => return fields.write(to, interfaces),
            Known::Can(fields) => return fields.write(to, interfaces),
            Known::Tipc(fields) => return fields.write(to),
            Known::Netlink(fields) => fields.write(to),
            Known::Bluetooth(fields) => fields.write(to),
            Known::Alg(fields) => fields.write(to),
            Known::Vsock(fields) => fields.write(to),
            Known::Qipcrtr(fields) => fields.write(to),
        }
        true
    }
}

/// The native address of a text form: `word` is what precedes the first colon, `fields` what follows it.
/// `None` if no family begins with this word.
pub fn parse(word: &[u8], fields: &[u8], interfaces: &dyn Interfaces) -> Option<Result<Native, Refused>> {
    Some(match word {
        b"netlink" => Netlink::parse(fields).map(|fields| fields.native()),
        b"packet" => Packet::parse(fields, &mut [0; HWADDR_MAX], interfaces).map(|fields| fields.native()),
        b"can" => Can::parse(fields, interfaces).map(|fields| fields.native()),
        b"tipc" => Tipc::parse(fields).map(|fields| fields.native()),
        b"l2cap" => Bluetooth::parse_l2cap(fields).map(|fields| fields.native()),
        b"rfcomm" => Bluetooth::parse_rfcomm(fields).map(|fields| fields.native()),
        b"hci" => Bluetooth::parse_hci(fields).map(|fields| fields.native()),
        b"sco" => Bluetooth::sco(fields).map(|fields| fields.native()),
        b"alg" => Alg::parse(fields),
        b"vsock" => Vsock::parse(fields).map(|fields| fields.native()),
        b"qipcrtr" => Qipcrtr::parse(fields).map(|fields| fields.native()),
        b"system" => other_platform("AF_SYSTEM exists on macOS only"),
        b"link" => other_platform("AF_LINK exists on macOS, BSD and Windows only"),
        b"divert" => other_platform("AF_DIVERT exists on BSD only"),
        b"hyperv" => other_platform("AF_HYPERV exists on Windows only"),
        _ => return None,
    })
}

fn other_platform(sentence: &'static str) -> Result<Native, Refused> {
    Err(Refused { field: "text", why: Why::OtherPlatform(sentence) })
}
