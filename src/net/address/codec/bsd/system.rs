//! AF_SYSTEM of macOS: a kernel control by its number and unit, or by its name. See sys/kern_control.h.

use super::super::Interfaces;
use super::super::escape::{Text, is_number};
use super::super::native::Native;
use super::super::text_fields::TextFields;
use crate::net::codec::bytes::field;
use crate::net::codec::refused::{Refused, Why};
use std::mem::{offset_of, size_of};

pub const AF_SYSTEM: u16 = libc::AF_SYSTEM as u16;

const MAX: i64 = 0xffff_ffff;
/// The bytes of a control's name with its NUL: MAX_KCTL_NAME.
const NAME_LEN: usize = 96;

/// The fields.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct System {
    /// The control's number, which differs with every start of the system.
    pub id: u32,
    /// The unit; 0: the kernel chooses one.
    pub unit: u32,
}

impl System {
    /// From a native address; `None` if it is too short or of another kind than AF_SYS_CONTROL.
    pub fn read(bytes: &[u8]) -> Option<System> {
        let kind = u16::from_ne_bytes(field(bytes, offset_of!(libc::sockaddr_ctl, ss_sysaddr))?);
        if bytes.len() < size_of::<libc::sockaddr_ctl>() || i32::from(kind) != libc::AF_SYS_CONTROL {
            return None;
        }
        Some(System {
            id: u32::from_ne_bytes(field(bytes, offset_of!(libc::sockaddr_ctl, sc_id))?),
            unit: u32::from_ne_bytes(field(bytes, offset_of!(libc::sockaddr_ctl, sc_unit))?),
        })
    }

    /// The native address.
    pub fn native(&self) -> Native {
        let mut native = Native::of_len(AF_SYSTEM, size_of::<libc::sockaddr_ctl>());
        let kind = libc::AF_SYS_CONTROL as u16;
        native.set(offset_of!(libc::sockaddr_ctl, ss_sysaddr), &kind.to_ne_bytes());
        native.set(offset_of!(libc::sockaddr_ctl, sc_id), &self.id.to_ne_bytes());
        native.set(offset_of!(libc::sockaddr_ctl, sc_unit), &self.unit.to_ne_bytes());
        native
    }

    /// From the fields after `system:`: a number or a name, and the unit unless it is 0.
    pub fn parse(text: &[u8], interfaces: &dyn Interfaces) -> Result<System, Refused> {
        let mut fields = TextFields::of(text);
        let control = fields.need("control")?;
        let unit = fields.number_or_0("unit", MAX)?;
        fields.end()?;
        let id = if is_number(control) {
            super::super::escape::number(control, "control", MAX)?
        } else {
            if control.len() >= NAME_LEN {
                let (len, max) = (control.len(), NAME_LEN - 1);
                return Err(Refused { field: "control", why: Why::TooLong { len, max } });
            }
            let found = interfaces.control(control);
            found.map_err(|errno| Refused { field: "control", why: Why::Lookup(errno) })?
        };
        Ok(System { id, unit })
    }

    /// Writes the text form.
    pub fn write(&self, to: &mut Text) {
        to.push(b"system:");
        to.decimal(self.id);
        if self.unit != 0 {
            to.push(b":");
            to.decimal(self.unit);
        }
    }
}
