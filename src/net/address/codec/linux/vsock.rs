//! AF_VSOCK: a machine by its context identifier, and a port. See vsock(7).

use super::super::escape::Text;
use super::super::native::Native;
use super::super::text_fields::TextFields;
use super::kernel::Vsock as Form;
use super::number::AF_VSOCK;
use crate::net::codec::bytes::field;
use crate::net::codec::refused::{Refused, within};
use std::mem::{offset_of, size_of};

const MAX: i64 = 0xffff_ffff;
const FLAGS_MAX: i64 = 0xff;

/// The fields.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Vsock {
    pub cid: u32,
    pub port: u32,
    pub flags: u8,
}

impl Vsock {
    /// From a caller's numbers.
    pub fn new(cid: i64, port: i64, flags: i64) -> Result<Vsock, Refused> {
        let (cid, port) = (within("cid", cid, MAX)?, within("port", port, MAX)?);
        Ok(Vsock { cid, port, flags: within("flags", flags, FLAGS_MAX)? })
    }

    /// From a native address; `None` if it is too short.
    pub fn read(bytes: &[u8]) -> Option<Vsock> {
        let [flags, ..] = field::<4>(bytes, offset_of!(Form, flags))?;
        Some(Vsock {
            cid: u32::from_ne_bytes(field(bytes, offset_of!(Form, cid))?),
            port: u32::from_ne_bytes(field(bytes, offset_of!(Form, port))?),
            flags,
        })
    }

    /// The native address.
    pub fn native(&self) -> Native {
        let mut native = Native::of_len(AF_VSOCK, size_of::<Form>());
        native.set(offset_of!(Form, port), &self.port.to_ne_bytes());
        native.set(offset_of!(Form, cid), &self.cid.to_ne_bytes());
        native.set(offset_of!(Form, flags), &[self.flags]);
        native
    }

    /// From the fields after `vsock:`.
    pub fn parse(text: &[u8]) -> Result<Vsock, Refused> {
        let mut fields = TextFields::of(text);
        let (cid, port) = (fields.number("cid", MAX)?, fields.number("port", MAX)?);
        let flags = fields.number_or_0("flags", FLAGS_MAX)?;
        fields.end()?;
        Ok(Vsock { cid, port, flags })
    }

    /// Writes the text form.
    pub fn write(&self, to: &mut Text) {
        to.push(b"vsock:");
        to.decimal(self.cid);
        to.push(b":");
        to.decimal(self.port);
        if self.flags != 0 {
            to.push(b":");
            to.hex(self.flags.into());
        }
    }
}
