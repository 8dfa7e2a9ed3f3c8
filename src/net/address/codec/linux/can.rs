//! AF_CAN: an interface, and what the protocol adds to it; the length determines which one. See the kernel's
//! Documentation/networking/can.rst, iso15765-2.rst and j1939.rst.

use super::super::escape::Text;
use super::super::native::Native;
use super::super::text_fields::{TextFields, any_u64};
use super::super::{Interfaces, interface};
use super::kernel::{Can as Plain, CanIsotp as Isotp, CanJ1939 as J1939};
use super::number::AF_CAN;
use crate::net::codec::bytes::field;
use crate::net::codec::refused::{Refused, within};
use std::mem::{offset_of, size_of};

/// linux/can.h: CAN_EFF_FLAG, the mark of an identifier of 29 bits, and the masks of both kinds.
const EXTENDED: u32 = 0x8000_0000;
const EXTENDED_MASK: u32 = 0x1fff_ffff;
const STANDARD_MASK: u32 = 0x7ff;
const ID_MAX: i64 = 0xffff_ffff;
/// linux/can/j1939.h: J1939_NO_PGN, one more than the largest.
const PGN_MAX: i64 = 0x4_0000;
const ADDR_MAX: i64 = 0xff;

/// The fields of each form.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Can {
    /// CAN_RAW and CAN_BCM.
    Plain { ifindex: i32 },
    /// CAN_ISOTP.
    Isotp { ifindex: i32, rx_id: u32, tx_id: u32 },
    /// CAN_J1939.
    J1939 { ifindex: i32, name: u64, pgn: u32, addr: u8 },
}

impl Can {
    /// Only an interface.
    pub fn new(interface: &[u8], interfaces: &dyn Interfaces) -> Result<Can, Refused> {
        Ok(Can::Plain { ifindex: interface::index(interface, interfaces)? })
    }

    /// ISO-TP: the identifiers of what is received and of what is sent.
    pub fn isotp(
        interface: &[u8],
        rx_id: i64,
        tx_id: i64,
        interfaces: &dyn Interfaces,
    ) -> Result<Can, Refused> {
        let (rx_id, tx_id) = (identifier("rx_id", rx_id)?, identifier("tx_id", tx_id)?);
        Ok(Can::Isotp { ifindex: interface::index(interface, interfaces)?, rx_id, tx_id })
    }

    /// J1939: a name of 64 bits, a parameter group and an address.
    pub fn j1939(
        interface: &[u8],
        name: u64,
        pgn: i64,
        addr: i64,
        interfaces: &dyn Interfaces,
    ) -> Result<Can, Refused> {
        let (pgn, addr) = (within("pgn", pgn, PGN_MAX)?, within("address", addr, ADDR_MAX)?);
        Ok(Can::J1939 { ifindex: interface::index(interface, interfaces)?, name, pgn, addr })
    }

    /// From a native address of one of the three lengths.
    pub fn read(bytes: &[u8]) -> Option<Can> {
        let ifindex = i32::from_ne_bytes(field(bytes, offset_of!(Plain, ifindex))?);
        let word = |at| field(bytes, at).map(u32::from_ne_bytes);
        if bytes.len() == size_of::<Plain>() {
            return Some(Can::Plain { ifindex });
        }
        if bytes.len() == size_of::<Isotp>() {
            let (rx_id, tx_id) = (word(offset_of!(Isotp, rx_id))?, word(offset_of!(Isotp, tx_id))?);
            return Some(Can::Isotp { ifindex, rx_id, tx_id });
        }
        if bytes.len() == size_of::<J1939>() {
            let name = u64::from_ne_bytes(field(bytes, offset_of!(J1939, name))?);
            let [addr] = field(bytes, offset_of!(J1939, addr))?;
            return Some(Can::J1939 { ifindex, name, pgn: word(offset_of!(J1939, pgn))?, addr });
        }
        None
    }

    /// The native address, with the exact length of its form.
    pub fn native(&self) -> Native {
        let of = |len, ifindex: i32| {
            let mut native = Native::of_len(AF_CAN, len);
            native.set(offset_of!(Plain, ifindex), &ifindex.to_ne_bytes());
            native
        };
        match *self {
            Can::Plain { ifindex } => of(size_of::<Plain>(), ifindex),
            Can::Isotp { ifindex, rx_id, tx_id } => {
                let mut native = of(size_of::<Isotp>(), ifindex);
                native.set(offset_of!(Isotp, rx_id), &rx_id.to_ne_bytes());
                native.set(offset_of!(Isotp, tx_id), &tx_id.to_ne_bytes());
                native
            }
            Can::J1939 { ifindex, name, pgn, addr } => {
                let mut native = of(size_of::<J1939>(), ifindex);
                native.set(offset_of!(J1939, name), &name.to_ne_bytes());
                native.set(offset_of!(J1939, pgn), &pgn.to_ne_bytes());
                native.set(offset_of!(J1939, addr), &[addr]);
                native
            }
        }
    }

    /// The interface, which every form has.
    pub fn ifindex(&self) -> i32 {
        match *self {
            Can::Plain { ifindex } | Can::Isotp { ifindex, .. } | Can::J1939 { ifindex, .. } => ifindex,
        }
    }

    /// From the fields after `can:`.
    pub fn parse(text: &[u8], interfaces: &dyn Interfaces) -> Result<Can, Refused> {
        let mut fields = TextFields::of(text);
        let ifindex = interface::parse(fields.need("interface")?, interfaces)?;
        let can = match fields.next() {
            None => Can::Plain { ifindex },
            Some(b"isotp") => {
                let rx_id = identifier("rx_id", fields.number("rx_id", ID_MAX)?)?;
                Can::Isotp { ifindex, rx_id, tx_id: identifier("tx_id", fields.number("tx_id", ID_MAX)?)? }
            }
            Some(b"j1939") => {
                let name = any_u64(fields.need("name")?, "name")?;
                let pgn = fields.number("pgn", PGN_MAX)?;
                Can::J1939 { ifindex, name, pgn, addr: fields.number("address", ADDR_MAX)? }
            }
            Some(_) => {
                return Err(Refused::malformed("text", "only isotp or j1939 may follow the interface"));
            }
        };
        fields.end()?;
        Ok(can)
    }

    /// Writes the text form; false if there is none: numbers that no constructor accepts.
    pub fn write(&self, to: &mut Text, interfaces: &dyn Interfaces) -> bool {
        let odd = match *self {
            Can::Plain { .. } => false,
            Can::Isotp { rx_id, tx_id, .. } => {
                identifier("rx_id", rx_id.into()).is_err() || identifier("tx_id", tx_id.into()).is_err()
            }
            Can::J1939 { pgn, .. } => i64::from(pgn) > PGN_MAX,
        };
        if odd || self.ifindex() < 0 {
            return false;
        }
        to.push(b"can:");
        interface::write(self.ifindex(), to, interfaces);
        match *self {
            Can::Plain { .. } => {}
            Can::Isotp { rx_id, tx_id, .. } => {
                to.push(b":isotp:");
                to.hex(rx_id.into());
                to.push(b":");
                to.hex(tx_id.into());
            }
            Can::J1939 { name, pgn, addr, .. } => {
                to.push(b":j1939:");
                to.hex(name);
                to.push(b":");
                to.hex(pgn.into());
                to.push(b":");
                to.hex(addr.into());
            }
        }
        true
    }
}

/// An identifier that the kernel accepts: 11 bits, or 29 bits with CAN_EFF_FLAG. Old kernels truncate others.
fn identifier(field: &'static str, value: i64) -> Result<u32, Refused> {
    let id: u32 = within(field, value, ID_MAX)?;
    let mask = if id & EXTENDED == 0 { STANDARD_MASK } else { EXTENDED | EXTENDED_MASK };
    if id & !mask == 0 {
        return Ok(id);
    }
    Err(Refused::malformed(field, "neither 11 bits nor 29 bits with CAN_EFF_FLAG"))
}
