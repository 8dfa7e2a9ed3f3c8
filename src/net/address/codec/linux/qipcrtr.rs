//! AF_QIPCRTR: a node of Qualcomm's message router, and a port. See linux/qrtr.h.

use super::super::escape::Text;
use super::super::native::Native;
use super::super::text_fields::TextFields;
use super::kernel::Qipcrtr as Form;
use super::number::AF_QIPCRTR;
use crate::net::codec::bytes::field;
use crate::net::codec::refused::{Refused, within};
use std::mem::{offset_of, size_of};

const MAX: i64 = 0xffff_ffff;

/// The fields.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Qipcrtr {
    pub node: u32,
    pub port: u32,
}

impl Qipcrtr {
    /// From a caller's numbers.
    pub fn new(node: i64, port: i64) -> Result<Qipcrtr, Refused> {
        Ok(Qipcrtr { node: within("node", node, MAX)?, port: within("port", port, MAX)? })
    }

    /// From a native address; `None` if it is too short.
    pub fn read(bytes: &[u8]) -> Option<Qipcrtr> {
        Some(Qipcrtr {
            node: u32::from_ne_bytes(field(bytes, offset_of!(Form, node))?),
            port: u32::from_ne_bytes(field(bytes, offset_of!(Form, port))?),
        })
    }

    /// The native address.
    pub fn native(&self) -> Native {
        let mut native = Native::of_len(AF_QIPCRTR, size_of::<Form>());
        native.set(offset_of!(Form, node), &self.node.to_ne_bytes());
        native.set(offset_of!(Form, port), &self.port.to_ne_bytes());
        native
    }

    /// From the fields after `qipcrtr:`.
    pub fn parse(text: &[u8]) -> Result<Qipcrtr, Refused> {
        let mut fields = TextFields::of(text);
        let (node, port) = (fields.number("node", MAX)?, fields.number("port", MAX)?);
        fields.end()?;
        Ok(Qipcrtr { node, port })
    }

    /// Writes the text form.
    pub fn write(&self, to: &mut Text) {
        to.push(b"qipcrtr:");
        to.decimal(self.node);
        to.push(b":");
        to.decimal(self.port);
    }
}
