//! AF_PACKET: an interface, a protocol, and fields of the frame's header. See packet(7).

use super::super::escape::{Text, hex_byte};
use super::super::native::Native;
use super::super::text_fields::TextFields;
use super::super::{Interfaces, interface};
use super::kernel::Packet as Form;
use super::number::AF_PACKET;
use crate::net::codec::bytes::field;
use crate::net::codec::refused::{Refused, Why, within};
use std::mem::{offset_of, size_of};

const PROTOCOL_MAX: i64 = 0xffff;
const TYPE_MAX: i64 = 0xff;
/// Bytes of hardware address in the struct; longer ones, which the kernel may return, continue after it.
pub(crate) const HWADDR_MAX: usize = 8;

/// The fields, the protocol in host order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Packet<'a> {
    pub ifindex: i32,
    pub protocol: u16,
    pub kind: u8,
    pub hatype: u16,
    pub hwaddr: &'a [u8],
}

impl<'a> Packet<'a> {
    /// From a caller's values.
    pub fn new(
        interface: &[u8],
        protocol: i64,
        kind: i64,
        hatype: i64,
        hwaddr: &'a [u8],
        interfaces: &dyn Interfaces,
    ) -> Result<Packet<'a>, Refused> {
        let protocol = within("protocol", protocol, PROTOCOL_MAX)?;
        let kind = within("type", kind, TYPE_MAX)?;
        let hatype = within("hatype", hatype, PROTOCOL_MAX)?;
        if hwaddr.len() > HWADDR_MAX {
            return Err(too_long(hwaddr.len()));
        }
        Ok(Packet { ifindex: interface::index(interface, interfaces)?, protocol, kind, hatype, hwaddr })
    }

    /// From a native address; `None` if it is too short for the struct or for its hardware address.
    pub fn read(bytes: &'a [u8]) -> Option<Packet<'a>> {
        let [len] = field(bytes, offset_of!(Form, halen))?;
        let [kind] = field(bytes, offset_of!(Form, pkttype))?;
        Some(Packet {
            ifindex: i32::from_ne_bytes(field(bytes, offset_of!(Form, ifindex))?),
            protocol: u16::from_be_bytes(field(bytes, offset_of!(Form, protocol))?),
            kind,
            hatype: u16::from_ne_bytes(field(bytes, offset_of!(Form, hatype))?),
            hwaddr: bytes.get(offset_of!(Form, addr)..)?.get(..len.into())?,
        })
    }

    /// The native address: the whole struct, longer if the hardware address is.
    pub fn native(&self) -> Native {
        let len = size_of::<Form>().max(offset_of!(Form, addr) + self.hwaddr.len());
        let mut native = Native::of_len(AF_PACKET, len);
        native.set(offset_of!(Form, protocol), &self.protocol.to_be_bytes());
        native.set(offset_of!(Form, ifindex), &self.ifindex.to_ne_bytes());
        native.set(offset_of!(Form, hatype), &self.hatype.to_ne_bytes());
        native.set(offset_of!(Form, pkttype), &[self.kind]);
        native.set(offset_of!(Form, halen), &[self.hwaddr.len() as u8]);
        native.set(offset_of!(Form, addr), self.hwaddr);
        native
    }

    /// From the fields after `packet:`; the hardware address is put into `room`.
    pub fn parse(
        text: &[u8],
        room: &'a mut [u8; HWADDR_MAX],
        interfaces: &dyn Interfaces,
    ) -> Result<Packet<'a>, Refused> {
        let mut fields = TextFields::of(text);
        let ifindex = interface::parse(fields.need("interface")?, interfaces)?;
        let protocol = fields.number("protocol", PROTOCOL_MAX)?;
        let kind = fields.number_or_0("type", TYPE_MAX)?;
        let hatype = fields.number_or_0("hatype", PROTOCOL_MAX)?;
        let mut len = 0;
        while let Some(digits) = fields.next() {
            let byte = hex_byte(digits);
            let byte =
                byte.ok_or(Refused::malformed("hwaddr", "not pairs of digits, as in 02:00:5e:10:00:01"))?;
            *room.get_mut(len).ok_or(too_long(len + 1))? = byte;
            len += 1;
        }
        Ok(Packet { ifindex, protocol, kind, hatype, hwaddr: &room[..len] })
    }

    /// Writes the text form; false if there is none.
    pub fn write(&self, to: &mut Text, interfaces: &dyn Interfaces) -> bool {
        if self.ifindex < 0 || self.hwaddr.len() > HWADDR_MAX {
            return false;
        }
        to.push(b"packet:");
        interface::write(self.ifindex, to, interfaces);
        to.push(b":");
        to.hex(self.protocol.into());
        if self.kind != 0 || self.hatype != 0 || !self.hwaddr.is_empty() {
            to.push(b":");
            to.decimal(self.kind.into());
        }
        if self.hatype != 0 || !self.hwaddr.is_empty() {
            to.push(b":");
            to.decimal(self.hatype.into());
        }
        for byte in self.hwaddr {
            to.push(b":");
            to.hex_bytes(&[*byte]);
        }
        true
    }
}

fn too_long(len: usize) -> Refused {
    Refused { field: "hwaddr", why: Why::TooLong { len, max: HWADDR_MAX } }
}
