//! What holds for every address of the families beyond AF_INET, AF_INET6 and AF_UNIX: the fields that go
//! in come out again, of the native address and of the text.

use super::super::family;
use super::super::test_table::Table;
use super::super::text::{format, parse};
use super::super::{Native, Refused};
use super::Known;
use super::alg::Alg;
use super::bluetooth::Bluetooth;
use super::can::Can;
use super::netlink::Netlink;
use super::packet::Packet;
use super::qipcrtr::Qipcrtr;
use super::tipc::Tipc;
use super::vsock::Vsock;
use proptest::collection::vec;
use proptest::prelude::*;

/// Numbers in and around a range: its ends, what lies beyond, anything.
fn near(high: i64) -> impl Strategy<Value = i64> {
    prop_oneof![
        4 => 0..=high,
        1 => prop::sample::select(vec![0, 1, high, high + 1, -1, i64::MIN, i64::MAX, 1 << 32, high << 8]),
    ]
}

/// Names of interfaces: of the table, as digits, unknown, too long, with a NUL.
fn interface() -> impl Strategy<Value = &'static [u8]> {
    let names: Vec<&[u8]> = vec![
        b"",
        b"lo",
        b"eth0",
        b"a%b]c",
        b"\x01\x7f\xc3\xa9",
        b"7",
        b"99",
        b"0",
        b"nowhere",
        b"sixteen-letters.",
        b"4294967296",
        b"a\0b",
    ];
    prop::sample::select(names)
}

/// Of a constructed address: the text reads back as the address, and the native bytes as the same fields.
fn holds<'a>(native: &'a Native, scheme: &str) -> Result<Known<'a>, TestCaseError> {
    let text = String::from_utf8(format(native.bytes(), &Table).bytes().to_vec()).expect("ASCII");
    prop_assert!(text.starts_with(scheme), "{} is no {}", text, scheme);
    let again = parse(text.as_bytes(), &Table);
    prop_assert!(again.is_ok(), "{}", text);
    let again = again.unwrap_or(Native::EMPTY);
    prop_assert_eq!(again.bytes(), native.bytes(), "{}", text);
    let Some(family::Known::Platform(known)) = family::Known::read(native.bytes()) else {
        return Err(TestCaseError::fail(text));
    };
    let written = known.native();
    prop_assert_eq!(written.bytes(), native.bytes(), "{}", text);
    Ok(known)
}

/// The refusal names a field whose number is out of range.
fn blames<T: std::fmt::Debug>(
    result: Result<T, Refused>,
    fields: &[(&str, bool)],
) -> Result<(), TestCaseError> {
    let refused = result.expect_err("a field is out of range").field;
    prop_assert!(fields.iter().any(|(field, bad)| *bad && *field == refused), "{} is fine", refused);
    Ok(())
}

const U32: i64 = u32::MAX as i64;

fn is_identifier(value: i64) -> bool {
    (0..=0x7ff).contains(&value) || (0x8000_0000..=0x9fff_ffff).contains(&value)
}

fn identifier() -> impl Strategy<Value = i64> {
    prop_oneof![
        0_i64..=0x7ff,
        0x8000_0000_i64..=0x9fff_ffff,
        near(0x9fff_ffff),
        Just(0x2000_0000),
        Just(0x4000_0001)
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 10 } else { 2000 }, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pairs_of_numbers(a in near(U32), b in near(U32), flags in near(0xff)) {
        let (bad_a, bad_b) = (!(0..=U32).contains(&a), !(0..=U32).contains(&b));
        match Netlink::new(a, b) {
            Ok(fields) => {
                prop_assert_eq!((i64::from(fields.pid), i64::from(fields.groups)), (a, b));
                prop_assert!(matches!(holds(&fields.native(), "netlink:")?, Known::Netlink(same) if same == fields));
            }
            refused => blames(refused, &[("pid", bad_a), ("groups", bad_b)])?,
        }
        match Qipcrtr::new(a, b) {
            Ok(fields) => {
                prop_assert_eq!((i64::from(fields.node), i64::from(fields.port)), (a, b));
                prop_assert!(matches!(holds(&fields.native(), "qipcrtr:")?, Known::Qipcrtr(same) if same == fields));
            }
            refused => blames(refused, &[("node", bad_a), ("port", bad_b)])?,
        }
        match Vsock::new(a, b, flags) {
            Ok(fields) => {
                let numbers = (fields.cid.into(), fields.port.into(), fields.flags.into());
                prop_assert_eq!(numbers, (a, b, flags));
                prop_assert!(matches!(holds(&fields.native(), "vsock:")?, Known::Vsock(same) if same == fields));
            }
            refused => blames(refused, &[("cid", bad_a), ("port", bad_b), ("flags", !(0..=255).contains(&flags))])?,
        }
    }

    #[test]
    fn can(interface in interface(), rx in identifier(), tx in identifier(), name: u64, pgn in near(0x4_0000), addr in near(0xff)) {
        let index = super::super::interface::index(interface, &Table);
        match Can::new(interface, &Table) {
            Ok(fields) => {
                prop_assert_eq!(Ok(fields.ifindex()), index);
                let native = fields.native();
                prop_assert_eq!(native.bytes().len(), 8);
                prop_assert!(matches!(holds(&native, "can:")?, Known::Can(same) if same == fields));
            }
            Err(refused) => prop_assert_eq!(Err(refused), index),
        }
        let bad_interface = index.is_err();
        match Can::isotp(interface, rx, tx, &Table) {
            Ok(fields) => {
                let same = matches!(fields, Can::Isotp { rx_id, tx_id, .. } if (i64::from(rx_id), i64::from(tx_id)) == (rx, tx));
                prop_assert!(same, "{:?}", fields);
                let native = fields.native();
                prop_assert_eq!(native.bytes().len(), 16);
                prop_assert!(matches!(holds(&native, "can:")?, Known::Can(same) if same == fields));
            }
            refused => blames(refused, &[("interface", bad_interface), ("rx_id", !is_identifier(rx)), ("tx_id", !is_identifier(tx))])?,
        }
        match Can::j1939(interface, name, pgn, addr, &Table) {
            Ok(fields) => {
                let same = matches!(fields, Can::J1939 { name: n, pgn: p, addr: a, .. } if (n, i64::from(p), i64::from(a)) == (name, pgn, addr));
                prop_assert!(same, "{:?}", fields);
                let native = fields.native();
                prop_assert_eq!(native.bytes().len(), 24);
                prop_assert!(matches!(holds(&native, "can:")?, Known::Can(same) if same == fields));
            }
            refused => blames(refused, &[("interface", bad_interface), ("pgn", !(0..=0x4_0000).contains(&pgn)), ("address", !(0..=255).contains(&addr))])?,
        }
    }

    #[test]
    fn packet(interface in interface(), protocol in near(0xffff), kind in near(0xff), hatype in near(0xffff), hwaddr in vec(any::<u8>(), 0..=10)) {
        let index = super::super::interface::index(interface, &Table);
        match Packet::new(interface, protocol, kind, hatype, &hwaddr, &Table) {
            Ok(fields) => {
                prop_assert_eq!(Ok(fields.ifindex), index);
                prop_assert_eq!((i64::from(fields.protocol), i64::from(fields.kind), i64::from(fields.hatype)), (protocol, kind, hatype));
                let native = fields.native();
                prop_assert_eq!(native.bytes().len(), 20);
                prop_assert!(matches!(holds(&native, "packet:")?, Known::Packet(same) if same == fields));
            }
            refused => blames(refused, &[
                ("interface", index.is_err()), ("protocol", !(0..=0xffff).contains(&protocol)),
                ("type", !(0..=0xff).contains(&kind)), ("hatype", !(0..=0xffff).contains(&hatype)), ("hwaddr", hwaddr.len() > 8),
            ])?,
        }
    }

    #[test]
    fn tipc(kind in near(3), a in near(U32), b in near(U32), c in prop_oneof![Just(0), near(U32)], scope in -4_i64..=4) {
        let bad = |value| !(0..=U32).contains(&value);
        match Tipc::new(kind, [a, b, c], scope) {
            Ok(fields) => {
                prop_assert_eq!((fields.kind as i64, fields.values.map(i64::from), i64::from(fields.scope)), (kind, [a, b, c], scope));
                let native = fields.native();
                prop_assert_eq!(native.bytes().len(), 16);
                prop_assert!(matches!(holds(&native, "tipc:")?, Known::Tipc(same) if same == fields));
            }
            refused => blames(refused, &[
                ("addr_type", !(1..=3).contains(&kind)), ("type", kind < 3 && bad(a)), ("node", kind == 3 && bad(a)),
                ("lower", kind == 1 && bad(b)), ("instance", kind == 2 && bad(b)), ("ref", kind == 3 && bad(b)),
                ("upper", kind == 1 && (bad(c) || c < b)), ("domain", kind == 2 && bad(c)), ("v3", kind == 3 && c != 0),
                ("scope", !(-3..=3).contains(&scope)),
            ])?,
        }
    }

    #[test]
    fn bluetooth(bytes: [u8; 6], psm in near(0xffff), cid in near(0xffff), kind in near(0xff), short: bool) {
        let bdaddr = bytes.map(|byte| if short { format!("{byte:x}") } else { format!("{byte:02X}") }).join(":");
        let bdaddr = bdaddr.as_bytes();
        let (bad_psm, bad_cid) = (!(0..=0xffff).contains(&psm), !(0..=0xffff).contains(&cid));
        let bad_kind = !(0..=0xff).contains(&kind);
        let made = [
            (Bluetooth::l2cap(bdaddr, psm, cid, kind), "l2cap:", 14, vec![("psm", bad_psm), ("cid", bad_cid), ("bdaddr_type", bad_kind)]),
            (Bluetooth::rfcomm(bdaddr, kind), "rfcomm:", 10, vec![("channel", bad_kind)]),
            (Bluetooth::hci(psm, cid), "hci:", 6, vec![("dev", bad_psm), ("channel", bad_cid)]),
            (Bluetooth::sco(bdaddr), "sco:", 8, vec![]),
        ];
        for (made, scheme, len, fields) in made {
            match made {
                Ok(fields) => {
                    let native = fields.native();
                    prop_assert_eq!(native.bytes().len(), len);
                    prop_assert!(matches!(holds(&native, scheme)?, Known::Bluetooth(same) if same == fields));
                }
                refused => blames(refused, &fields)?,
            }
        }
        let native = Bluetooth::sco(bdaddr).expect("an address").native();
        let mut backwards = bytes;
        backwards.reverse();
        prop_assert_eq!(&native.bytes()[2..], backwards);
    }

    #[test]
    fn alg(kind in vec(1_u8.., 0..=15), name in vec(1_u8.., 0..=66), feat in near(U32), mask in near(U32), nul: bool) {
        let (mut kind, mut name) = (kind, name);
        if nul {
            kind.iter_mut().chain(&mut name).step_by(5).for_each(|byte| *byte = 0);
        }
        let bad = |text: &[u8], max| text.len() > max || text.contains(&0);
        match Alg::new(&kind, &name, feat, mask) {
            Ok(fields) => {
                prop_assert_eq!((i64::from(fields.feat), i64::from(fields.mask)), (feat, mask));
                let native = fields.native();
                prop_assert_eq!(native.bytes().len(), 88);
                prop_assert!(matches!(holds(&native, "alg:")?, Known::Alg(same) if same == fields));
            }
            refused => blames(refused, &[
                ("type", bad(&kind, 13)), ("name", bad(&name, 63)),
                ("feat", !(0..=U32).contains(&feat)), ("mask", !(0..=U32).contains(&mask)),
            ])?,
        }
    }
}
