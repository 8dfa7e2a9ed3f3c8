//! What holds for every address and every text.

use super::family::canonical;
use super::linux::number::{
    AF_ALG, AF_BLUETOOTH, AF_CAN, AF_NETLINK, AF_PACKET, AF_QIPCRTR, AF_TIPC, AF_VSOCK,
};
use super::number::{AF_INET, AF_INET6, AF_UNIX};
use super::test_table::Table;
use super::text::{format, parse};
use super::{Native, ip, unix};
use proptest::collection::vec;
use proptest::prelude::*;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

fn bytes_of(text: &[u8]) -> Vec<u8> {
    match parse(text, &Table) {
        Ok(native) => native.bytes().to_vec(),
        Err(refused) => panic!("{}: {refused}", String::from_utf8_lossy(text)),
    }
}

fn text_of(bytes: &[u8]) -> String {
    String::from_utf8(format(bytes, &Table).bytes().to_vec()).expect("ASCII")
}

/// The families beyond AF_INET, AF_INET6 and AF_UNIX.
const NEW: [u16; 8] = [AF_NETLINK, AF_PACKET, AF_CAN, AF_TIPC, AF_BLUETOOTH, AF_ALG, AF_VSOCK, AF_QIPCRTR];

/// Native bytes of every kind: empty, of any family, of the known ones, short, long, garbage.
fn any_native() -> impl Strategy<Value = Vec<u8>> {
    let known = prop::sample::select([&[0, AF_UNIX, AF_INET, AF_INET6, 44], NEW.as_slice()].concat());
    let exact = prop::sample::select(vec![4_usize, 6, 8, 10, 12, 14, 18, 22, 26, 86, 108]);
    let len = prop_oneof![2 => exact, 1 => 0_usize..=126];
    let rest = len.prop_flat_map(|len| {
        prop_oneof![vec(any::<u8>(), len), vec(prop::sample::select(vec![0, b'a', b'%', b'@', 0xfe]), len)]
    });
    let whole = (prop_oneof![known, any::<u16>()], rest);
    prop_oneof![1 => Just(Vec::new()), 30 => whole.prop_map(|(family, rest)| [&family.to_ne_bytes(), rest.as_slice()].concat())]
}

/// IPv6 hosts with runs of zeros and the prefixes with rules of their own.
fn any_v6() -> impl Strategy<Value = Ipv6Addr> {
    let group = prop::sample::select(vec![0_u16, 0, 0, 1, 0xffff, 0xfe80, 0xff02, 0x2001]);
    prop_oneof![any::<[u16; 8]>(), prop::array::uniform8(group)].prop_map(Ipv6Addr::from)
}

/// Texts near the forms: their pieces in any order.
fn near_text() -> impl Strategy<Value = String> {
    let pieces = vec![
        "[",
        "]",
        ":",
        "::",
        "%",
        "%00",
        "%40",
        "@",
        "unix:",
        "af",
        "af1:",
        "unspec:",
        "?flowinfo=",
        "fe80",
        "eth0",
        "192.0.2.1",
        "80",
        "65536",
        "0",
        "ffff",
        "1048576",
        "g",
        " ",
        "é",
        ".",
        "/run/x",
        "2001:db8::1",
        "lo",
        "7",
        "netlink:",
        "packet:",
        "can:",
        "isotp:",
        "j1939:",
        "tipc:",
        "range:",
        "name:",
        "id:",
        "?scope=-",
        "l2cap:",
        "rfcomm:",
        "hci:",
        "sco:",
        "alg:",
        "vsock:",
        "qipcrtr:",
        "hash",
        "0x7ff",
        "00:1A:7D:DA:71:13",
        "1:2",
    ];
    vec(prop::sample::select(pieces), 0..9).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 10 } else { 2000 }, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_native_form_has_a_text_that_reads_back(bytes in any_native()) {
        let text = text_of(&bytes);
        prop_assert_eq!(bytes_of(text.as_bytes()), bytes, "{}", text);
        prop_assert!(text.bytes().all(|letter| (b' '..=b'~').contains(&letter)), "{}", text);
    }

    #[test]
    fn a_kept_address_is_kept_again(bytes in vec(any::<u8>(), 0..140)) {
        match canonical(&bytes) {
            Ok(kept) => {
                let again = canonical(kept.bytes()).expect("what was kept is an address");
                prop_assert_eq!(again.bytes(), kept.bytes());
                prop_assert_eq!(&kept.bytes()[..bytes.len().min(2)], &bytes[..bytes.len().min(2)]);
            }
            Err(_) => prop_assert!(bytes.len() == 1 || bytes.len() > 128),
        }
    }

    #[test]
    fn a_text_reads_as_an_address_or_is_refused(text in prop_oneof![near_text(), any::<String>()]) {
        if let Ok(native) = parse(text.as_bytes(), &Table) {
            let again = text_of(native.bytes());
            prop_assert_eq!(bytes_of(again.as_bytes()), native.bytes(), "{} -> {}", text, again);
        }
    }

    #[test]
    fn every_ip_address_keeps_its_fields(
        v4 in any::<[u8; 4]>(), v6 in any_v6(), port: u16, flowinfo in 0_i64..=0xf_ffff, scope: u32,
    ) {
        let host = Ipv4Addr::from(v4);
        let address = ip::new(Some(host.to_string().as_bytes()), port.into(), &Table).expect("an IPv4 address");
        prop_assert_eq!(address, SocketAddr::from((host, port)));
        prop_assert_eq!(ip::read(ip::native(&address).bytes()), Some(address));
        prop_assert_eq!(text_of(ip::native(&address).bytes()), address.to_string());

        let host = v6.to_string();
        let address = ip::new6(Some(host.as_bytes()), port.into(), flowinfo, scope.into(), &Table).expect("IPv6");
        let native = ip::native(&address);
        prop_assert_eq!(ip::read(native.bytes()), Some(address));
        let text = text_of(native.bytes());
        prop_assert!(text.starts_with('['), "{}", text);
        prop_assert_eq!(bytes_of(text.as_bytes()), native.bytes());
        let mut written = super::escape::Text::new();
        ip::write_host(&IpAddr::V6(v6), &mut written);
        let written = std::str::from_utf8(written.bytes()).expect("ASCII");
        prop_assert_eq!(written.parse::<Ipv6Addr>(), Ok(v6), "{}", written);
    }

    #[test]
    fn every_unix_name_keeps_its_bytes(name in vec(any::<u8>(), 0..=112), abstract_ in any::<bool>()) {
        let name = if abstract_ { [&[0], name.as_slice()].concat() } else { name };
        let is_path = name.first().is_some_and(|first| *first != 0);
        let fits = if is_path { name.len() <= 107 && !name.contains(&0) } else { name.len() <= 108 };
        match unix::new(&name) {
            Ok(native) => {
                prop_assert!(fits);
                prop_assert_eq!(unix::read(&native.bytes()[2..]), Some(name.as_slice()));
                let text = text_of(native.bytes());
                prop_assert!(text.starts_with("unix:"), "{}", text);
                prop_assert_eq!(bytes_of(text.as_bytes()), native.bytes());
            }
            Err(_) => prop_assert!(!fits),
        }
    }
}

#[test]
fn every_length_of_every_known_family_reads_back() {
    for family in [[0, AF_UNIX, AF_INET, AF_INET6, 9, u16::MAX].as_slice(), &NEW].concat() {
        // Under Miri every 14th length, the ends among them.
        let lengths = (0..=126).step_by(if cfg!(miri) { 14 } else { 1 });
        for (len, fill) in lengths.flat_map(|len| [(len, 0), (len, 0x41), (len, 0xff)]) {
            let bytes = [&family.to_ne_bytes(), vec![fill; len].as_slice()].concat();
            assert_eq!(bytes_of(text_of(&bytes).as_bytes()), bytes);
        }
    }
    assert_eq!(Native::EMPTY.words(), [0; 16]);
}
