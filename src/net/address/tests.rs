//! The codec behind the value that C holds: what goes in, what comes out, and the codes of refusals.

use super::*;

fn detail<T>(result: Result<T>) -> (i32, String) {
    match result {
        Ok(_) => panic!("not refused"),
        Err(code) => (code.raw(), crate::net::error::text_of(code)),
    }
}

fn code<T>(result: Result<T>) -> i32 {
    detail(result).0
}

#[test]
fn every_function_refuses_a_malformed_address() {
    let good = ip(Some(b"192.0.2.1"), 80).unwrap();
    let foreign =
        [Address { len: 129, ..good }, Address { len: u32::MAX, ..good }, Address { len: 1, ..good }];
    for bad in foreign.iter().chain(&[Address { zero: 1, ..good }]) {
        let field = if bad.zero == 0 { "len: " } else { "zero: " };
        let takers = [
            detail(check(bad)),
            detail(format(bad)),
            detail(family(bad)),
            detail(get_ip(bad)),
            detail(get_unix(bad)),
            detail(equal(bad, &good)),
            detail(equal(&good, bad)),
        ];
        for (code, text) in takers {
            assert_eq!(code, -libc::EINVAL);
            assert!(text.starts_with(field), "{text}");
        }
    }
}

#[test]
fn codes_of_refusals() {
    assert_eq!(detail(ip(None, 70000)), (-libc::EINVAL, "port: 70000 is not within 0 to 65535".into()));
    assert_eq!(code(ip(Some(b"fe80::1%no-such-if"), 80)), -libc::ENODEV);
    assert_eq!(code(ip(Some(b"fe80::1%no-such-interface"), 80)), -libc::ENODEV);
    assert_eq!(code(unix(&[b'x'; 108])), -libc::ENAMETOOLONG);
    assert_eq!(code(unix(b"a\0b")), -libc::EINVAL);
    let path = unix(b"/run/x").unwrap();
    assert_eq!(code(get_ip(&path)), -libc::EAFNOSUPPORT);
    assert_eq!(code(get_unix(&ip(None, 0).unwrap())), -libc::EAFNOSUPPORT);
    assert_eq!(code(get_unix(&parse(b"unspec:").unwrap())), -libc::EAFNOSUPPORT);
    assert_eq!(code(get_ip(&parse(b"af2:0050").unwrap())), -libc::EINVAL);
}

#[test]
fn a_value_holds_its_bytes_and_zeros_behind_them() {
    let unnamed = unix(b"").unwrap();
    assert_eq!((unnamed.len, unnamed.zero), (2, 0));
    assert_eq!(unnamed.bytes(), (libc::AF_UNIX as u16).to_ne_bytes());
    let full = from_native(&[44; 128]).unwrap();
    assert_eq!(full.bytes(), [44; 128]);
    let short = from_native(&[44; 9]).unwrap();
    assert_eq!(short.bytes(), [44; 9]);
    assert_eq!(short.native[2..], [0; 14]);
    assert_eq!(family(&short).unwrap(), 44 * 257);
    assert_eq!(family(&from_native(b"").unwrap()).unwrap(), libc::AF_UNSPEC);
}

#[test]
fn equal_ignores_padding_only() {
    let clean = ip(Some(b"192.0.2.1"), 80).unwrap();
    let mut padded = clean;
    padded.native[1] = u64::MAX;
    assert!(equal(&clean, &padded).unwrap());
    assert!(!equal(&clean, &ip(Some(b"192.0.2.1"), 81).unwrap()).unwrap());
    assert!(!equal(&unix(b"a").unwrap(), &unix(b"\0a").unwrap()).unwrap());
    assert!(!equal(&unix(b"\0a").unwrap(), &unix(b"\0a\0").unwrap()).unwrap());
}

#[test]
fn zones_are_interfaces_of_the_system() {
    let Ok(index) = interface::index(b"lo") else {
        // This system has no loopback interface.
        assert!(interface::name(1).is_err());
        return;
    };
    assert_eq!(interface::name(index).unwrap(), b"lo");
    let by_name = ip(Some(b"fe80::1%lo"), 80).unwrap();
    let by_index = ip6(Some(b"fe80::1"), 80, 0, index.into()).unwrap();
    assert!(equal(&by_name, &by_index).unwrap());
    assert_eq!(format(&by_index).unwrap().bytes(), b"[fe80::1%lo]:80");
}
