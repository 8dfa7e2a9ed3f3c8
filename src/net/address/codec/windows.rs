//! The address families that only Windows has: AF_BTH, with the addresses of RFCOMM, and AF_HYPERV. See ws2bth.h and
//! hvsocket.h.
//!
//! What `family.rs` and `text.rs` need from a platform: [`Known`] and [`parse`].

use super::Interfaces;
use super::escape::{Text, hex_byte};
use super::linux::bluetooth::{Bdaddr, Bluetooth};
use super::native::Native;
use super::text_fields::TextFields;
use crate::net::codec::bytes::field;
use crate::net::codec::refused::{Refused, Why, within};
use std::marker::PhantomData;

/// AF_BLUETOOTH of other systems.
pub const AF_BTH: u16 = 32;
/// Sockets of virtual machines.
pub const AF_HYPERV: u16 = 34;

/// `struct SOCKADDR_BTH`, packed: family, 64 bits of controller, GUID of a service, channel.
mod bth {
    pub const BDADDR: usize = 2;
    pub const SERVICE: usize = 10;
    pub const CHANNEL: usize = 26;
    pub const LEN: usize = 30;
}

/// `struct SOCKADDR_HV`: family, 16 bits of zero, two GUIDs.
mod hv {
    pub const VM: usize = 4;
    pub const SERVICE: usize = 20;
    pub const LEN: usize = 36;
}

const CHANNEL_MAX: i64 = 0xffff_ffff;

/// A GUID in the order of its text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Guid(pub [u8; 16]);

impl Guid {
    /// How long the parts of its text are, in bytes: hyphens separate them.
    const PARTS: [usize; 5] = [4, 2, 2, 2, 6];
    /// The text of one byte after another has this many digits and hyphens.
    const TEXT_LEN: usize = 36;

    fn new(text: &[u8], field: &'static str) -> Result<Guid, Refused> {
        let refused = Refused::malformed(field, "not a GUID, as in e0e16197-dd56-4a10-9195-5ee7a155a838");
        let mut parts = text.split(|&letter| letter == b'-');
        let (mut bytes, mut at) = ([0; 16], 0);
        for len in Guid::PARTS {
            let part = parts.next().filter(|part| part.len() == 2 * len).ok_or(refused)?;
            for digits in part.chunks_exact(2) {
                bytes[at] = hex_byte(digits).ok_or(refused)?;
                at += 1;
            }
        }
        if text.len() == Guid::TEXT_LEN { Ok(Guid(bytes)) } else { Err(refused) }
    }

    /// To or from the native order, which has the first three parts as numbers of a little-endian machine.
    fn swapped(self) -> [u8; 16] {
        let mut bytes = self.0;
        bytes[0..4].reverse();
        bytes[4..6].reverse();
        bytes[6..8].reverse();
        bytes
    }

    fn write(&self, to: &mut Text) {
        let mut at = 0;
        for len in Guid::PARTS {
            if at > 0 {
                to.push(b"-");
            }
            to.hex_bytes(&self.0[at..at + len]);
            at += len;
        }
    }
}

/// An AF_HYPERV address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Hyperv {
    pub vm: Guid,
    pub service: Guid,
}

impl Hyperv {
    fn read(bytes: &[u8]) -> Option<Hyperv> {
        let guid = |at| field(bytes, at).map(|native| Guid(Guid(native).swapped()));
        (bytes.len() == hv::LEN).then_some(())?;
        Some(Hyperv { vm: guid(hv::VM)?, service: guid(hv::SERVICE)? })
    }

    fn native(&self) -> Native {
        let mut native = Native::of_len(AF_HYPERV, hv::LEN);
        native.set(hv::VM, &self.vm.swapped());
        native.set(hv::SERVICE, &self.service.swapped());
        native
    }

    /// From the fields after `hyperv:`.
    fn parse(text: &[u8]) -> Result<Hyperv, Refused> {
        let mut fields = TextFields::of(text);
        let vm = Guid::new(fields.need("vm_id")?, "vm_id")?;
        let service = Guid::new(fields.need("service_id")?, "service_id")?;
        fields.end()?;
        Ok(Hyperv { vm, service })
    }

    fn write(&self, to: &mut Text) {
        to.push(b"hyperv:");
        self.vm.write(to);
        to.push(b":");
        self.service.write(to);
    }
}

/// An RFCOMM address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rfcomm {
    pub bdaddr: Bdaddr,
    pub channel: u32,
    /// The GUID of a service, by which Windows finds the channel; all zero is none. Only its native form has it.
    service: [u8; 16],
}

impl Rfcomm {
    /// An address without a service.
    pub fn new(bdaddr: &[u8], channel: i64) -> Result<Rfcomm, Refused> {
        let channel = within("channel", channel, CHANNEL_MAX)?;
        Ok(Rfcomm { bdaddr: Bdaddr::new(bdaddr)?, channel, service: [0; 16] })
    }

    fn read(bytes: &[u8]) -> Option<Rfcomm> {
        (bytes.len() == bth::LEN).then_some(())?;
        Some(Rfcomm {
            bdaddr: Bdaddr::of_native(field(bytes, bth::BDADDR)?),
            channel: u32::from_le_bytes(field(bytes, bth::CHANNEL)?),
            service: field(bytes, bth::SERVICE)?,
        })
    }

    /// The native address.
    pub fn native(&self) -> Native {
        let mut native = Native::of_len(AF_BTH, bth::LEN);
        native.set(bth::BDADDR, &self.bdaddr.native());
        native.set(bth::SERVICE, &self.service);
        native.set(bth::CHANNEL, &self.channel.to_le_bytes());
        native
    }

    /// From the fields after `rfcomm:`.
    fn parse(text: &[u8]) -> Result<Rfcomm, Refused> {
        let mut fields = TextFields::of(text);
        let bdaddr = Bdaddr::take(&mut fields)?;
        let channel = fields.number("channel", CHANNEL_MAX)?;
        fields.end()?;
        Ok(Rfcomm { bdaddr, channel, service: [0; 16] })
    }

    /// Writes the text form; false, with nothing written, of an address with a service.
    fn write(&self, to: &mut Text) -> bool {
        let plain = self.service == [0; 16];
        if plain {
            Bluetooth::Rfcomm { bdaddr: self.bdaddr, channel: self.channel }.write(to);
        }
        plain
    }
}

/// The fields of an address of one of these families.
pub enum Known<'a> {
    Rfcomm(Rfcomm),
    /// The lifetime is that of fields which other systems leave where they are.
    Hyperv(Hyperv, PhantomData<&'a [u8]>),
}

impl<'a> Known<'a> {
    /// Reads the fields of an address of this family; `None` for other families and for forms that are too
    /// short or too long.
    pub fn read(family: u16, bytes: &'a [u8]) -> Option<Known<'a>> {
        match family {
            AF_BTH => Rfcomm::read(bytes).map(Known::Rfcomm),
            AF_HYPERV => Hyperv::read(bytes).map(|fields| Known::Hyperv(fields, PhantomData)),
            _ => None,
        }
    }

    /// The native form that libsock writes for these fields.
    pub fn native(&self) -> Native {
        match self {
            Known::Rfcomm(fields) => fields.native(),
            Known::Hyperv(fields, _) => fields.native(),
        }
    }

    /// Writes the text form; false, with nothing written, if the fields have none.
    pub fn write(&self, to: &mut Text, _interfaces: &dyn Interfaces) -> bool {
        match self {
            Known::Rfcomm(fields) => return fields.write(to),
            Known::Hyperv(fields, _) => fields.write(to),
        }
        true
    }
}

/// The native address of a text form; refuses those of families that Windows lacks, or that libsock does not know
/// there. `None` if no family begins with this word.
pub fn parse(word: &[u8], fields: &[u8], _interfaces: &dyn Interfaces) -> Option<Result<Native, Refused>> {
    let sentence = match word {
        b"rfcomm" => return Some(Rfcomm::parse(fields).map(|fields| fields.native())),
        b"hyperv" => return Some(Hyperv::parse(fields).map(|fields| fields.native())),
        b"netlink" => "AF_NETLINK exists on Linux only",
        b"packet" => "AF_PACKET exists on Linux only",
        b"can" => "AF_CAN exists on Linux only",
        b"tipc" => "AF_TIPC exists on Linux only",
        b"alg" => "AF_ALG exists on Linux only",
        b"vsock" => "AF_VSOCK exists on Linux only",
        b"qipcrtr" => "AF_QIPCRTR exists on Linux only",
        b"l2cap" | b"hci" | b"sco" => "L2CAP, HCI and SCO exist on Linux and BSD only",
        b"system" => "AF_SYSTEM exists on macOS only",
        b"link" => "libsock does not know AF_LINK of Windows",
        b"divert" => "AF_DIVERT exists on BSD only",
        _ => return None,
    };
    Some(Err(Refused { field: "text", why: Why::OtherPlatform(sentence) }))
}

/// On every little-endian system.
#[cfg(all(test, target_endian = "little"))]
mod tests {
    use super::*;
    use crate::net::address::codec::test_table::Table;

    const CHILDREN: &str = "90db8b89-0d35-4f79-8ce9-49ea0ac8b7cd";
    const LOOPBACK: &str = "e0e16197-dd56-4a10-9195-5ee7a155a838";

    fn parsed(text: &str) -> Result<Native, Refused> {
        let (word, fields) = text.split_once(':').expect("a colon");
        parse(word.as_bytes(), fields.as_bytes(), &Table).expect("a known word")
    }

    fn text_of(family: u16, native: &Native) -> String {
        let mut text = Text::new();
        let known = Known::read(family, native.bytes()).expect("known fields");
        assert!(known.native().bytes() == native.bytes() && known.write(&mut text, &Table));
        String::from_utf8_lossy(text.bytes()).into_owned()
    }

    #[test]
    fn an_rfcomm_address_is_a_packed_sockaddr_bth() {
        let native = parsed("rfcomm:0:1A:7D:DA:71:13:0xffffffff").expect("an address");
        let mut expected = vec![32, 0, 0x13, 0x71, 0xda, 0x7d, 0x1a, 0x00, 0, 0];
        expected.extend([0; 16]);
        expected.extend([0xff; 4]);
        assert_eq!(native.bytes(), expected);
        assert_eq!(text_of(AF_BTH, &native), "rfcomm:00:1A:7D:DA:71:13:4294967295");
        assert!(Known::read(AF_BTH, &native.bytes()[..29]).is_none());
        // A service is not lost.
        expected[10] = 1;
        let known = Known::read(AF_BTH, &expected).expect("fields");
        assert_eq!(known.native().bytes(), expected);
        assert!(!known.write(&mut Text::new(), &Table));
        for bad in ["rfcomm:00:1A:7D:DA:71:13", "rfcomm:1:2:3:4:5:6:4294967296", "rfcomm:1:2:3:4:5:6:7:8"] {
            assert!(parsed(bad).is_err(), "{bad}");
        }
        assert!(Rfcomm::new(b"1:2:3:4:5:6", -1).is_err() && Rfcomm::new(b"1:2:3:4:5", 1).is_err());
    }

    #[test]
    fn a_hyperv_address_has_two_guids() {
        let native = parsed(&format!("hyperv:{}:{CHILDREN}", LOOPBACK.to_uppercase())).expect("an address");
        assert_eq!(native.bytes().len(), 36);
        assert_eq!(&native.bytes()[..12], [34, 0, 0, 0, 0x97, 0x61, 0xe1, 0xe0, 0x56, 0xdd, 0x10, 0x4a]);
        assert_eq!(native.bytes()[12..20], [0x91, 0x95, 0x5e, 0xe7, 0xa1, 0x55, 0xa8, 0x38]);
        assert_eq!(text_of(AF_HYPERV, &native), format!("hyperv:{LOOPBACK}:{CHILDREN}"));
        for bad in ["", ":", &LOOPBACK.replace('-', ""), "90db8b89-0d35-4f79-8ce9-49ea0ac8b7cg"] {
            assert!(parsed(&format!("hyperv:{bad}:{CHILDREN}")).is_err(), "{bad}");
            assert!(parsed(&format!("hyperv:{CHILDREN}:{bad}")).is_err(), "{bad}");
        }
        assert!(parsed(&format!("hyperv:{CHILDREN}")).is_err());
        assert!(parsed(&format!("hyperv:{CHILDREN}:{CHILDREN}:0")).is_err());
        assert!(parsed(&format!("hyperv:{CHILDREN}-00:{CHILDREN}")).is_err());
    }

    #[test]
    fn families_of_other_systems_are_refused() {
        for (word, sentence) in [("l2cap", "L2CAP"), ("netlink", "Linux"), ("system", "macOS")] {
            let refused = parsed(&format!("{word}:1")).err().expect("refused").to_string();
            assert!(refused.contains(sentence), "{refused}");
        }
        assert!(parse(b"other", b"", &Table).is_none());
    }
}
