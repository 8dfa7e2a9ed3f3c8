//! AF_LINK: an interface, its type (IFT_ETHER ...) and its hardware address. See link_addr(3), net/if_dl.h.
//!
//! Every system has the first eight bytes of `struct sockaddr_dl` alike: the length, the family, the index, the type
//! and the lengths of the name, the address and the selector. Then the name and the address follow. libsock writes no
//! name: the index means the same.

use super::super::escape::{Text, hex_byte};
use super::super::native::Native;
use super::super::text_fields::TextFields;
use super::super::{Interfaces, interface};
use crate::net::codec::bytes::field;
use crate::net::codec::refused::{Refused, Why};

pub const AF_LINK: u16 = libc::AF_LINK as u16;

const INDEX: usize = 2;
const TYPE: usize = 4;
const NAME_LEN: usize = 5;
const ADDRESS_LEN: usize = 6;
const SELECTOR_LEN: usize = 7;
const DATA: usize = 8;
/// The smallest `struct sockaddr_dl`, that of macOS and NetBSD.
const LEN_MIN: usize = 20;
/// Bytes of hardware address: those of InfiniBand.
pub(crate) const HWADDR_MAX: usize = 20;
const TYPE_MAX: i64 = 0xff;

/// The fields.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Link<'a> {
    pub index: u16,
    pub kind: u8,
    pub hwaddr: &'a [u8],
}

impl<'a> Link<'a> {
    /// From a native address; `None` if it is cut, if it has a selector, or if its name says what its index does
    /// not.
    pub fn read(bytes: &'a [u8]) -> Option<Link<'a>> {
        let index = u16::from_ne_bytes(field(bytes, INDEX)?);
        let [kind] = field(bytes, TYPE)?;
        let [name] = field(bytes, NAME_LEN)?;
        let [len] = field(bytes, ADDRESS_LEN)?;
        let [selector] = field(bytes, SELECTOR_LEN)?;
        if selector != 0 || name != 0 && index == 0 {
            return None;
        }
        let hwaddr = bytes.get(DATA + usize::from(name)..)?.get(..len.into())?;
        (hwaddr.len() <= HWADDR_MAX).then_some(Link { index, kind, hwaddr })
    }

    /// The native address.
    pub fn native(&self) -> Native {
        let mut native = Native::of_len(AF_LINK, LEN_MIN.max(DATA + self.hwaddr.len()));
        native.set(INDEX, &self.index.to_ne_bytes());
        native.set(TYPE, &[self.kind]);
        native.set(ADDRESS_LEN, &[self.hwaddr.len() as u8]);
        native.set(DATA, self.hwaddr);
        native
    }

    /// From the fields after `link:`; the hardware address is put into `room`.
    pub fn parse(
        text: &[u8],
        room: &'a mut [u8; HWADDR_MAX],
        interfaces: &dyn Interfaces,
    ) -> Result<Link<'a>, Refused> {
        let mut fields = TextFields::of(text);
        let index = interface::parse(fields.need("interface")?, interfaces)?;
        let index = u16::try_from(index).map_err(|_| Refused {
            field: "interface",
            why: Why::Range { value: index.into(), low: 0, high: u16::MAX.into() },
        })?;
        let kind = fields.number_or_0("type", TYPE_MAX)?;
        let mut len = 0;
        while let Some(digits) = fields.next() {
            let byte = hex_byte(digits);
            let byte =
                byte.ok_or(Refused::malformed("hwaddr", "not pairs of digits, as in 02:00:5e:10:00:01"))?;
            let long = Refused { field: "hwaddr", why: Why::TooLong { len: len + 1, max: HWADDR_MAX } };
            *room.get_mut(len).ok_or(long)? = byte;
            len += 1;
        }
        Ok(Link { index, kind, hwaddr: &room[..len] })
    }

    /// Writes the text form.
    pub fn write(&self, to: &mut Text, interfaces: &dyn Interfaces) {
        to.push(b"link:");
        interface::write(self.index.into(), to, interfaces);
        if self.kind != 0 || !self.hwaddr.is_empty() {
            to.push(b":");
            to.decimal(self.kind.into());
        }
        for byte in self.hwaddr {
            to.push(b":");
            to.hex_bytes(&[*byte]);
        }
    }
}
