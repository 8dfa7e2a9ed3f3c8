//! AF_NETLINK: a port, usually a process ID, and a set of groups. See netlink(7).

use super::super::escape::Text;
use super::super::native::Native;
use super::super::text_fields::TextFields;
use super::kernel::Netlink as Form;
use super::number::AF_NETLINK;
use crate::net::codec::bytes::field;
use crate::net::codec::refused::{Refused, within};
use std::mem::{offset_of, size_of};

const MAX: i64 = 0xffff_ffff;

/// The fields.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Netlink {
    pub pid: u32,
    pub groups: u32,
}

impl Netlink {
    /// From a caller's numbers.
    pub fn new(pid: i64, groups: i64) -> Result<Netlink, Refused> {
        Ok(Netlink { pid: within("pid", pid, MAX)?, groups: within("groups", groups, MAX)? })
    }

    /// From a native address; `None` if it is too short.
    pub fn read(bytes: &[u8]) -> Option<Netlink> {
        Some(Netlink {
            pid: u32::from_ne_bytes(field(bytes, offset_of!(Form, pid))?),
            groups: u32::from_ne_bytes(field(bytes, offset_of!(Form, groups))?),
        })
    }

    /// The native address.
    pub fn native(&self) -> Native {
        let mut native = Native::of_len(AF_NETLINK, size_of::<Form>());
        native.set(offset_of!(Form, pid), &self.pid.to_ne_bytes());
        native.set(offset_of!(Form, groups), &self.groups.to_ne_bytes());
        native
    }

    /// From the fields after `netlink:`.
    pub fn parse(text: &[u8]) -> Result<Netlink, Refused> {
        let mut fields = TextFields::of(text);
        let (pid, groups) = (fields.number("pid", MAX)?, fields.number_or_0("groups", MAX)?);
        fields.end()?;
        Ok(Netlink { pid, groups })
    }

    /// Writes the text form.
    pub fn write(&self, to: &mut Text) {
        to.push(b"netlink:");
        to.decimal(self.pid);
        if self.groups != 0 {
            to.push(b":");
            to.hex(self.groups.into());
        }
    }
}
