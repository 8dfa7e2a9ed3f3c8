//! AF_TIPC: services by name or range of names, sockets by their number. See tipc(7), linux/tipc.h.

use super::super::escape::Text;
use super::super::native::Native;
use super::super::text_fields::{TextFields, any_number};
use super::kernel::Tipc as Form;
use super::number::AF_TIPC;
use crate::net::codec::bytes::field;
use crate::net::codec::refused::{Refused, within};
use std::mem::{offset_of, size_of};

const MAX: i64 = 0xffff_ffff;
const SCOPE_MAX: i8 = 3;

const NO_SCOPE: Refused = Refused::malformed("scope", "neither 0 nor a TIPC scope, 1 to 3 or negated");
const NO_RANGE: Refused = Refused::malformed("upper", "is below lower");

/// The kinds of addresses: linux/tipc.h, TIPC_SERVICE_RANGE, TIPC_SERVICE_ADDR, TIPC_SOCKET_ADDR, which
/// were TIPC_ADDR_NAMESEQ, TIPC_ADDR_NAME and TIPC_ADDR_ID.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Range = 1,
    Name = 2,
    Id = 3,
}

impl Kind {
    fn of(number: i64) -> Option<Kind> {
        [Kind::Range, Kind::Name, Kind::Id].into_iter().find(|kind| *kind as i64 == number)
    }

    /// The names of the three numbers.
    fn fields(self) -> [&'static str; 3] {
        match self {
            Kind::Range => ["type", "lower", "upper"],
            Kind::Name => ["type", "instance", "domain"],
            Kind::Id => ["node", "ref", "v3"],
        }
    }
}

/// The fields: `values` in the order of [`Kind::fields`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tipc {
    pub kind: Kind,
    pub values: [u32; 3],
    pub scope: i8,
}

impl Tipc {
    /// From a caller's numbers.
    pub fn new(kind: i64, values: [i64; 3], scope: i64) -> Result<Tipc, Refused> {
        let kind = Kind::of(kind).ok_or(Refused::malformed(
            "addr_type",
            "neither TIPC_ADDR_NAMESEQ nor TIPC_ADDR_NAME nor TIPC_ADDR_ID",
        ))?;
        let mut checked = [0; 3];
        for ((place, value), field) in checked.iter_mut().zip(values).zip(kind.fields()) {
            *place = within(field, value, if field == "v3" { 0 } else { MAX })?;
        }
        let scope = i8::try_from(scope).ok().filter(|scope| is_scope(*scope)).ok_or(NO_SCOPE)?;
        Tipc { kind, values: checked, scope }.checked()
    }

    fn checked(self) -> Result<Tipc, Refused> {
        if self.kind == Kind::Range && self.values[1] > self.values[2] {
            return Err(NO_RANGE);
        }
        Ok(self)
    }

    /// From a native address; `None` if it is too short or of an unknown kind.
    pub fn read(bytes: &[u8]) -> Option<Tipc> {
        let [kind] = field(bytes, offset_of!(Form, addrtype))?;
        let [scope] = field(bytes, offset_of!(Form, scope))?;
        let word = |i: usize| field(bytes, offset_of!(Form, words) + 4 * i).map(u32::from_ne_bytes);
        let (kind, scope) = (Kind::of(kind.into())?, i8::from_ne_bytes([scope]));
        let words = [word(0)?, word(1)?, word(2)?];
        let values = if kind == Kind::Id { [words[1], words[0], 0] } else { words };
        Some(Tipc { kind, values, scope })
    }

    /// The native address.
    pub fn native(&self) -> Native {
        let mut native = Native::of_len(AF_TIPC, size_of::<Form>());
        native.set(offset_of!(Form, addrtype), &[self.kind as u8]);
        native.set(offset_of!(Form, scope), &self.scope.to_ne_bytes());
        let [a, b, c] = self.values;
        let words = if self.kind == Kind::Id { [b, a, 0] } else { [a, b, c] };
        native.set(offset_of!(Form, words), words.map(u32::to_ne_bytes).as_flattened());
        native
    }

    /// From the fields after `tipc:`.
    pub fn parse(text: &[u8]) -> Result<Tipc, Refused> {
        let (text, scope) = match text.iter().position(|&byte| byte == b'?') {
            None => (text, 0),
            Some(at) => {
                let scope = text[at..].strip_prefix(b"?scope=");
                let scope = scope.ok_or(Refused::malformed("text", "only ?scope= may follow"))?;
                let (sign, digits) = scope.strip_prefix(b"-").map_or((1, scope), |digits| (-1, digits));
                (&text[..at], sign * any_number::<i8>(digits, "scope", SCOPE_MAX.into())?)
            }
        };
        let mut fields = TextFields::of(text);
        let kind = match fields.need("text")? {
            b"range" => Kind::Range,
            b"name" => Kind::Name,
            b"id" => Kind::Id,
            _ => return Err(Refused::malformed("text", "tipc: must be followed by range, name or id")),
        };
        let [one, two, three] = kind.fields();
        let values = [
            fields.number(one, MAX)?,
            fields.number(two, MAX)?,
            match kind {
                Kind::Range => fields.number(three, MAX)?,
                Kind::Name => fields.number_or_0(three, MAX)?,
                Kind::Id => 0,
            },
        ];
        fields.end()?;
        Tipc { kind, values, scope }.checked()
    }

    /// Writes the text form; false if there is none: numbers that no constructor accepts.
    pub fn write(&self, to: &mut Text) -> bool {
        if !is_scope(self.scope) || self.checked().is_err() {
            return false;
        }
        let (word, count) = match self.kind {
            Kind::Range => (b"tipc:range".as_slice(), 3),
            Kind::Name => (b"tipc:name".as_slice(), if self.values[2] == 0 { 2 } else { 3 }),
            Kind::Id => (b"tipc:id".as_slice(), 2),
        };
        to.push(word);
        for value in &self.values[..count] {
            to.push(b":");
            to.decimal(*value);
        }
        if self.scope != 0 {
            to.push(if self.scope < 0 { b"?scope=-" } else { b"?scope=" });
            to.decimal(self.scope.unsigned_abs().into());
        }
        true
    }
}

/// No scope, or one of TIPC_ZONE_SCOPE, TIPC_CLUSTER_SCOPE and TIPC_NODE_SCOPE; negated it unbinds.
fn is_scope(scope: i8) -> bool {
    scope.unsigned_abs() <= SCOPE_MAX.unsigned_abs()
}
