//! AF_ALG: an algorithm of the kernel's cryptography by type and name. See the kernel's
//! Documentation/crypto/userspace-if.rst.

use super::super::escape::{Text, unescape};
use super::super::native::Native;
use super::super::text_fields::TextFields;
use super::kernel::Alg as Form;
use super::number::AF_ALG;
use crate::net::codec::bytes::field;
use crate::net::codec::refused::{Refused, Why, within};
use std::mem::{offset_of, size_of};

/// The letters that fit before the NUL.
pub(crate) const TYPE_MAX: usize = 13;
pub(crate) const NAME_MAX: usize = 63;
const WORD_MAX: i64 = 0xffff_ffff;

/// The fields.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Alg<'a> {
    pub kind: &'a [u8],
    pub name: &'a [u8],
    pub feat: u32,
    pub mask: u32,
}

impl<'a> Alg<'a> {
    /// From a caller's values.
    pub fn new(kind: &'a [u8], name: &'a [u8], feat: i64, mask: i64) -> Result<Alg<'a>, Refused> {
        let kind = fitting("type", kind, kind.len(), TYPE_MAX)?;
        let name = fitting("name", name, name.len(), NAME_MAX)?;
        Ok(Alg { kind, name, feat: within("feat", feat, WORD_MAX)?, mask: within("mask", mask, WORD_MAX)? })
    }

    /// From a native address; `None` if it is too short or a text in it has no NUL.
    pub fn read(bytes: &'a [u8]) -> Option<Alg<'a>> {
        Some(Alg {
            kind: text_at(bytes, offset_of!(Form, kind), TYPE_MAX)?,
            name: text_at(bytes, offset_of!(Form, name), NAME_MAX)?,
            feat: u32::from_ne_bytes(field(bytes, offset_of!(Form, feat))?),
            mask: u32::from_ne_bytes(field(bytes, offset_of!(Form, mask))?),
        })
    }

    /// The native address.
    pub fn native(&self) -> Native {
        let mut native = Native::of_len(AF_ALG, size_of::<Form>());
        native.set(offset_of!(Form, kind), self.kind);
        native.set(offset_of!(Form, feat), &self.feat.to_ne_bytes());
        native.set(offset_of!(Form, mask), &self.mask.to_ne_bytes());
        native.set(offset_of!(Form, name), self.name);
        native
    }

    /// The native address of the fields after `alg:`.
    pub fn parse(text: &[u8]) -> Result<Native, Refused> {
        let (mut kind, mut name) = ([0; TYPE_MAX], [0; NAME_MAX]);
        let mut fields = TextFields::of(text);
        let kind_len = unescape(fields.need("type")?, &mut kind, "type")?;
        let name_len = unescape(fields.need("name")?, &mut name, "name")?;
        let (feat, mask) = (fields.number_or_0("feat", WORD_MAX)?, fields.number_or_0("mask", WORD_MAX)?);
        fields.end()?;
        let kind = fitting("type", &kind, kind_len, TYPE_MAX)?;
        let name = fitting("name", &name, name_len, NAME_MAX)?;
        Ok(Alg { kind, name, feat, mask }.native())
    }

    /// Writes the text form.
    pub fn write(&self, to: &mut Text) {
        to.push(b"alg:");
        to.escape(self.kind, b":");
        to.push(b":");
        to.escape(self.name, b":");
        if self.feat != 0 || self.mask != 0 {
            to.push(b":");
            to.hex(self.feat.into());
        }
        if self.mask != 0 {
            to.push(b":");
            to.hex(self.mask.into());
        }
    }
}

/// A text of `len` bytes, of which `room` holds as many as fit.
fn fitting<'a>(field: &'static str, room: &'a [u8], len: usize, max: usize) -> Result<&'a [u8], Refused> {
    if len > max {
        return Err(Refused { field, why: Why::TooLong { len, max } });
    }
    let text = &room[..len];
    if text.contains(&0) {
        return Err(Refused::malformed(field, "cannot hold a NUL"));
    }
    Ok(text)
}

/// The text before the NUL, in a field with room for `max` letters and the NUL.
fn text_at(bytes: &[u8], at: usize, max: usize) -> Option<&[u8]> {
    let room = bytes.get(at..)?.get(..=max)?;
    room.get(..room.iter().position(|&byte| byte == 0)?)
}
