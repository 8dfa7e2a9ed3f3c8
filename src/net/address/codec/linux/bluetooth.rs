//! AF_BLUETOOTH: four protocols, each with its own address; the length determines which one.

use super::super::escape::{Text, hex_byte};
use super::super::native::Native;
use super::super::text_fields::TextFields;
use super::kernel::{Hci, L2cap, Rfcomm, Sco};
use super::number::AF_BLUETOOTH;
use crate::net::codec::bytes::field;
use crate::net::codec::refused::{Refused, within};
use std::mem::{offset_of, size_of};

const WORD_MAX: i64 = 0xffff;
const BYTE_MAX: i64 = 0xff;

const NO_BDADDR: Refused =
    Refused::malformed("bdaddr", "not six hexadecimal numbers, as in 00:1A:7D:DA:71:13");

/// The address of a controller, in the order of its text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bdaddr(pub [u8; 6]);

impl Bdaddr {
    /// From a text: six hexadecimal numbers of one or two digits.
    pub fn new(text: &[u8]) -> Result<Bdaddr, Refused> {
        let mut fields = TextFields::of(text);
        let bdaddr = Bdaddr::take(&mut fields)?;
        fields.end().map_err(|_| NO_BDADDR)?;
        Ok(bdaddr)
    }

    /// The next six fields of a text form.
    pub fn take(fields: &mut TextFields) -> Result<Bdaddr, Refused> {
        let mut bytes = [0; 6];
        for place in &mut bytes {
            *place = match fields.next().ok_or(NO_BDADDR)? {
                [digit] => hex_byte(&[b'0', *digit]),
                digits => hex_byte(digits),
            }
            .ok_or(NO_BDADDR)?;
        }
        Ok(Bdaddr(bytes))
    }

    /// The bytes of a native address, which are in reverse order.
    pub fn of_native(mut bytes: [u8; 6]) -> Bdaddr {
        bytes.reverse();
        Bdaddr(bytes)
    }

    /// To such bytes.
    pub fn native(self) -> [u8; 6] {
        Bdaddr::of_native(self.0).0
    }

    /// Writes the text, in capitals as is usual.
    pub fn write(&self, to: &mut Text) {
        const HEX: &[u8; 16] = b"0123456789ABCDEF";
        for (i, byte) in self.0.iter().enumerate() {
            if i > 0 {
                to.push(b":");
            }
            to.push(&[HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
        }
    }
}

/// The fields of each form.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Bluetooth {
    /// BTPROTO_L2CAP.
    L2cap { bdaddr: Bdaddr, psm: u16, cid: u16, bdaddr_type: u8 },
    /// BTPROTO_RFCOMM. The channel is a byte, and on Windows 32 bits.
    Rfcomm { bdaddr: Bdaddr, channel: u32 },
    /// BTPROTO_HCI.
    Hci { dev: u16, channel: u16 },
    /// BTPROTO_SCO.
    Sco { bdaddr: Bdaddr },
}

impl Bluetooth {
    /// An L2CAP address.
    pub fn l2cap(bdaddr: &[u8], psm: i64, cid: i64, bdaddr_type: i64) -> Result<Bluetooth, Refused> {
        Ok(Bluetooth::L2cap {
            bdaddr: Bdaddr::new(bdaddr)?,
            psm: within("psm", psm, WORD_MAX)?,
            cid: within("cid", cid, WORD_MAX)?,
            bdaddr_type: within("bdaddr_type", bdaddr_type, BYTE_MAX)?,
        })
    }

    /// An RFCOMM address.
    pub fn rfcomm(bdaddr: &[u8], channel: i64) -> Result<Bluetooth, Refused> {
        Ok(Bluetooth::Rfcomm { bdaddr: Bdaddr::new(bdaddr)?, channel: within("channel", channel, BYTE_MAX)? })
    }

    /// An HCI address.
    pub fn hci(dev: i64, channel: i64) -> Result<Bluetooth, Refused> {
        Ok(Bluetooth::Hci {
            dev: within("dev", dev, WORD_MAX)?,
            channel: within("channel", channel, WORD_MAX)?,
        })
    }

    /// A SCO address.
    pub fn sco(bdaddr: &[u8]) -> Result<Bluetooth, Refused> {
        Ok(Bluetooth::Sco { bdaddr: Bdaddr::new(bdaddr)? })
    }

    /// From a native address of one of the four lengths.
    pub fn read(bytes: &[u8]) -> Option<Bluetooth> {
        let bdaddr = |at| field(bytes, at).map(Bdaddr::of_native);
        let len = bytes.len();
        if len == size_of::<L2cap>() {
            let [bdaddr_type] = field(bytes, offset_of!(L2cap, bdaddr_type))?;
            return Some(Bluetooth::L2cap {
                bdaddr: bdaddr(offset_of!(L2cap, bdaddr))?,
                psm: u16::from_le_bytes(field(bytes, offset_of!(L2cap, psm))?),
                cid: u16::from_le_bytes(field(bytes, offset_of!(L2cap, cid))?),
                bdaddr_type,
            });
        }
        if len == size_of::<Rfcomm>() {
            let [channel] = field(bytes, offset_of!(Rfcomm, channel))?;
            let bdaddr = bdaddr(offset_of!(Rfcomm, bdaddr))?;
            return Some(Bluetooth::Rfcomm { bdaddr, channel: channel.into() });
        }
        if len == size_of::<Hci>() {
            return Some(Bluetooth::Hci {
                dev: u16::from_ne_bytes(field(bytes, offset_of!(Hci, dev))?),
                channel: u16::from_ne_bytes(field(bytes, offset_of!(Hci, channel))?),
            });
        }
        if len == size_of::<Sco>() {
            return Some(Bluetooth::Sco { bdaddr: bdaddr(offset_of!(Sco, bdaddr))? });
        }
        None
    }

    /// The native address, with the exact length of its form.
    pub fn native(&self) -> Native {
        let of = |len| Native::of_len(AF_BLUETOOTH, len);
        match *self {
            Bluetooth::L2cap { bdaddr, psm, cid, bdaddr_type } => {
                let mut native = of(size_of::<L2cap>());
                native.set(offset_of!(L2cap, psm), &psm.to_le_bytes());
                native.set(offset_of!(L2cap, bdaddr), &bdaddr.native());
                native.set(offset_of!(L2cap, cid), &cid.to_le_bytes());
                native.set(offset_of!(L2cap, bdaddr_type), &[bdaddr_type]);
                native
            }
            Bluetooth::Rfcomm { bdaddr, channel } => {
                let mut native = of(size_of::<Rfcomm>());
                native.set(offset_of!(Rfcomm, bdaddr), &bdaddr.native());
                native.set(offset_of!(Rfcomm, channel), &[channel as u8]);
                native
            }
            Bluetooth::Hci { dev, channel } => {
                let mut native = of(size_of::<Hci>());
                native.set(offset_of!(Hci, dev), &dev.to_ne_bytes());
                native.set(offset_of!(Hci, channel), &channel.to_ne_bytes());
                native
            }
            Bluetooth::Sco { bdaddr } => {
                let mut native = of(size_of::<Sco>());
                native.set(offset_of!(Sco, bdaddr), &bdaddr.native());
                native
            }
        }
    }

    /// From the fields after `l2cap:`.
    pub fn parse_l2cap(text: &[u8]) -> Result<Bluetooth, Refused> {
        let mut fields = TextFields::of(text);
        let bdaddr = Bdaddr::take(&mut fields)?;
        let psm = fields.number("psm", WORD_MAX)?;
        let cid = fields.number_or_0("cid", WORD_MAX)?;
        let bdaddr_type = fields.number_or_0("bdaddr_type", BYTE_MAX)?;
        fields.end()?;
        Ok(Bluetooth::L2cap { bdaddr, psm, cid, bdaddr_type })
    }

    /// From the fields after `rfcomm:`.
    pub fn parse_rfcomm(text: &[u8]) -> Result<Bluetooth, Refused> {
        let mut fields = TextFields::of(text);
        let bdaddr = Bdaddr::take(&mut fields)?;
        let channel = fields.number("channel", BYTE_MAX)?;
        fields.end()?;
        Ok(Bluetooth::Rfcomm { bdaddr, channel })
    }

    /// From the fields after `hci:`.
    pub fn parse_hci(text: &[u8]) -> Result<Bluetooth, Refused> {
        let mut fields = TextFields::of(text);
        let (dev, channel) = (fields.number("dev", WORD_MAX)?, fields.number_or_0("channel", WORD_MAX)?);
        fields.end()?;
        Ok(Bluetooth::Hci { dev, channel })
    }

    /// Writes the text form.
    pub fn write(&self, to: &mut Text) {
        let optional = |to: &mut Text, values: &[u16]| {
            let count = values.iter().rposition(|value| *value != 0).map_or(0, |last| last + 1);
            for value in &values[..count] {
                to.push(b":");
                to.decimal((*value).into());
            }
        };
        match *self {
            Bluetooth::L2cap { bdaddr, psm, cid, bdaddr_type } => {
                to.push(b"l2cap:");
                bdaddr.write(to);
                to.push(b":");
                to.decimal(psm.into());
                optional(to, &[cid, bdaddr_type.into()]);
            }
            Bluetooth::Rfcomm { bdaddr, channel } => {
                to.push(b"rfcomm:");
                bdaddr.write(to);
                to.push(b":");
                to.decimal(channel);
            }
            Bluetooth::Hci { dev, channel } => {
                to.push(b"hci:");
                to.decimal(dev.into());
                optional(to, &[channel]);
            }
            Bluetooth::Sco { bdaddr } => {
                to.push(b"sco:");
                bdaddr.write(to);
            }
        }
    }
}
