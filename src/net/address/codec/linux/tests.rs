//! The text forms of the families beyond AF_INET, AF_INET6 and AF_UNIX, one by one, and what is refused.

use super::super::Why;
use super::super::family::canonical;
use super::super::test_table::{Table, refused, text_of};
use super::super::text::parse;
use super::bluetooth::Bluetooth;

fn bytes_of(text: &str) -> Vec<u8> {
    match parse(text.as_bytes(), &Table) {
        Ok(native) => native.bytes().to_vec(),
        Err(refused) => panic!("{text}: {refused}"),
    }
}

#[test]
fn forms_that_read_back_as_themselves() {
    for text in [
        "netlink:0",
        "netlink:4294967295:0xffffffff",
        "packet::0x3",
        "packet:eth0:0x800",
        "packet:99:0x800:4",
        "packet:eth0:0x800:0:1",
        "packet:eth0:0x0:0:0:02:00:5e:10:00:01",
        "packet:lo:0xffff:255:65535:01:02:03:04:05:06:07:ff",
        "can:",
        "can:eth0",
        "can:99",
        "can:3",
        "can:a%25b]c",
        "can::isotp:0x7ff:0x9fffffff",
        "can:eth0:j1939:0x0:0x40000:0xff",
        "can:eth0:j1939:0xffffffffffffffff:0x3ffff:0x0",
        "tipc:name:1000:1",
        "tipc:name:1000:1:7?scope=3",
        "tipc:range:1000:0:4294967295?scope=-2",
        "tipc:id:16781313:4242",
        "l2cap:00:1A:7D:DA:71:13:4097",
        "l2cap:00:00:00:FF:FF:FF:1:0:1",
        "l2cap:00:00:00:00:00:00:0:65535",
        "rfcomm:00:1A:7D:DA:71:13:30",
        "hci:0",
        "hci:65535:3",
        "sco:00:1A:7D:DA:71:13",
        "alg:skcipher:cbc(aes)",
        "alg:hash:sha256:0xf:0xe",
        "alg:hash:a%3ab%20",
        "alg::",
        "vsock:3:1024",
        "vsock:4294967295:4294967295:0x1",
        "qipcrtr:1:4294967294",
    ] {
        let expected = text.replace("%20", " ");
        assert_eq!(text_of(&bytes_of(text)), expected);
    }
}

#[test]
fn other_spellings_become_the_one_form() {
    for (text, form) in [
        ("netlink:0:0", "netlink:0"),
        ("netlink:0x10:16", "netlink:16:0x10"),
        ("packet:2:2048:0:0", "packet:eth0:0x800"),
        ("can:0", "can:"),
        ("can:%65th0", "can:eth0"),
        ("can:eth0:isotp:291:0X9000000F", "can:eth0:isotp:0x123:0x9000000f"),
        ("can:eth0:j1939:18446744073709551615:262144:255", "can:eth0:j1939:0xffffffffffffffff:0x40000:0xff"),
        ("tipc:name:1000:1:0?scope=0", "tipc:name:1000:1"),
        ("l2cap:0:1a:7d:Da:71:f:0x1001:0:0", "l2cap:00:1A:7D:DA:71:0F:4097"),
        ("hci:0:0", "hci:0"),
        ("alg:hash:sha1:0:0", "alg:hash:sha1"),
        ("vsock:3:1024:0", "vsock:3:1024"),
    ] {
        assert_eq!(text_of(&bytes_of(text)), form, "{text}");
    }
}

#[test]
fn refusals_name_the_field() {
    for (text, field) in [
        ("netlink:", "pid"),
        ("netlink:-1", "pid"),
        ("netlink:4294967296", "pid"),
        ("netlink:0:", "groups"),
        ("netlink:0:0x100000000", "groups"),
        ("netlink:0:0:0", "text"),
        ("packet:", "protocol"),
        ("packet:nowhere:3", "interface"),
        ("packet:eth0:65536", "protocol"),
        ("packet:eth0:3:256", "type"),
        ("packet:eth0:3:0:65536", "hatype"),
        ("packet:eth0:3:0:1:2", "hwaddr"),
        ("packet:eth0:3:0:1:", "hwaddr"),
        ("packet:eth0:3:0:1:1:2:3:4:5:6:7:8:9", "hwaddr"),
        ("packet:eth0:3:0:1:01:02:03:04:05:06:07:08:09", "hwaddr"),
        ("can:nowhere", "interface"),
        ("can:sixteen-letters.", "interface"),
        ("can:sixteen-letters.and-more", "interface"),
        ("can:eth0%00", "interface"),
        ("can:eth%0", "interface"),
        ("can:2147483648", "interface"),
        ("can:eth0:", "text"),
        ("can:eth0:raw", "text"),
        ("can:eth0:isotp", "rx_id"),
        ("can:eth0:isotp:1", "tx_id"),
        ("can:eth0:isotp:0x800:1", "rx_id"),
        ("can:eth0:isotp:1:0xa0000000", "tx_id"),
        ("can:eth0:isotp:1:0x100000000", "tx_id"),
        ("can:eth0:isotp:1:2:3", "text"),
        ("can:eth0:j1939", "name"),
        ("can:eth0:j1939:0x10000000000000000:0:0", "name"),
        ("can:eth0:j1939:-1:0:0", "name"),
        ("can:eth0:j1939:0:0x40001:0", "pgn"),
        ("can:eth0:j1939:0:0:256", "address"),
        ("can:eth0:j1939:0:0", "address"),
        ("tipc:", "text"),
        ("tipc:1:2", "text"),
        ("tipc:name", "type"),
        ("tipc:name:1", "instance"),
        ("tipc:name:1:2:x", "domain"),
        ("tipc:name:1:2:3:4", "text"),
        ("tipc:range:1:2", "upper"),
        ("tipc:range:1:2:1", "upper"),
        ("tipc:range:1:-1:1", "lower"),
        ("tipc:id:4294967296:1", "node"),
        ("tipc:id:1", "ref"),
        ("tipc:id:1:2:0", "text"),
        ("tipc:name:1:2?scope=4", "scope"),
        ("tipc:name:1:2?scope=--1", "scope"),
        ("tipc:name:1:2?domain=1", "text"),
        ("l2cap:", "bdaddr"),
        ("l2cap:00:1A:7D:DA:71:13", "psm"),
        ("l2cap:00:1A:7D:DA:71:113:1", "bdaddr"),
        ("l2cap:00:1A:7D:DA:71:13:65536", "psm"),
        ("l2cap:00:1A:7D:DA:71:13:1:65536", "cid"),
        ("l2cap:00:1A:7D:DA:71:13:1:0:256", "bdaddr_type"),
        ("l2cap:00:1A:7D:DA:71:13:1:0:0:0", "text"),
        ("rfcomm:00:1A:7D:DA:71:13", "channel"),
        ("rfcomm:00:1A:7D:DA:71:13:256", "channel"),
        ("rfcomm:00:1A:7D:DA:71:g:1", "bdaddr"),
        ("hci:", "dev"),
        ("hci:65536", "dev"),
        ("hci:0:65536", "channel"),
        ("hci:0:0:0", "text"),
        ("sco:00:1A:7D:DA:71", "bdaddr"),
        ("sco:00:1A:7D:DA:71:13:1", "bdaddr"),
        ("sco:00:1A:7D:DA:71:+1", "bdaddr"),
        ("sco:00-1A-7D-DA-71-13", "bdaddr"),
        ("alg:hash", "name"),
        ("alg:fourteen-chars:x", "type"),
        ("alg:hash:a%00", "name"),
        ("alg:ha%00:a", "type"),
        ("alg:hash:a:4294967296", "feat"),
        ("alg:hash:a:0:-1", "mask"),
        ("alg:hash:a:0:0:0", "text"),
        ("vsock:3", "port"),
        ("vsock:-1:3", "cid"),
        ("vsock:3:4294967296", "port"),
        ("vsock:3:4:256", "flags"),
        ("vsock:3:4:0:0", "text"),
        ("qipcrtr:1", "port"),
        ("qipcrtr:4294967296:1", "node"),
        ("qipcrtr:1:2:3", "text"),
        ("CAN:eth0", "host"),
    ] {
        assert_eq!(refused(text).field, field, "{text}");
    }
    assert_eq!(refused(&format!("alg:hash:{}", "x".repeat(64))).why, Why::TooLong { len: 64, max: 63 });
    assert_eq!(refused("tipc:range:1:2:1").to_string(), "upper: is below lower");
}

#[test]
fn families_of_other_platforms_are_known() {
    for (text, sentence) in [
        ("system:com.apple.x", "text: AF_SYSTEM exists on macOS only"),
        ("link:en0", "text: AF_LINK exists on macOS, BSD and Windows only"),
        ("divert:0.0.0.0:1", "text: AF_DIVERT exists on BSD only"),
        ("hyperv:", "text: AF_HYPERV exists on Windows only"),
    ] {
        assert!(matches!(refused(text).why, Why::OtherPlatform(_)));
        assert_eq!(refused(text).to_string(), sentence);
    }
}

/// Six hexadecimal numbers joined by colons, and nothing after them.
#[test]
fn controllers() {
    for good in ["00:00:00:00:00:00", "0:1:2:3:4:5", "fF:Ff:FF:ff:0:0A"] {
        assert!(Bluetooth::sco(good.as_bytes()).is_ok(), "{good}");
    }
    for bad in [
        "",
        "00",
        "00:00:00:00:00",
        "00:00:00:00:00:",
        "00:00:00:00:00:00:",
        "00:00:00:00:00:00 ",
        " 00:00:00:00:00:00",
        "00:00:00:00:00:100",
        "00:00:00:00:00:-1",
        "00:00:00:00:00:0x1",
        "00:00:00:00:00:g0",
        "00.00.00.00.00.00",
        "00::00:00:00:00",
        "000000000000",
    ] {
        assert_eq!(Bluetooth::sco(bad.as_bytes()).unwrap_err().field, "bdaddr", "{bad:?}");
    }
}

/// A family number in front of bytes.
fn of(family: u16, rest: &[u8]) -> Vec<u8> {
    [&family.to_ne_bytes(), rest].concat()
}

#[test]
fn stray_bytes_go_where_one_form_is_known() {
    let kept = |bytes: &[u8]| canonical(bytes).expect("an address").bytes().to_vec();
    for text in [
        "netlink:7:1",
        "tipc:name:1:2:3",
        "tipc:id:1:2",
        "alg:hash:sha1",
        "vsock:3:1024:1",
        "qipcrtr:1:2",
        "packet:lo:3:0:1:01:02",
    ] {
        let whole = bytes_of(text);
        assert_eq!(kept(&[whole.as_slice(), &[0xaa; 20]].concat()), whole, "{text}: longer");
    }
    let mut padded = bytes_of("netlink:7:1");
    padded[2] = 1;
    assert_eq!(kept(&padded), bytes_of("netlink:7:1"), "nl_pad");
    let mut padded = bytes_of("alg:hash:sha1");
    padded[10] = b'x';
    padded[80] = b'x';
    assert_eq!(kept(&padded), bytes_of("alg:hash:sha1"), "behind the NULs");
    let mut padded = bytes_of("vsock:3:1024");
    padded[15] = 1;
    assert_eq!(kept(&padded), bytes_of("vsock:3:1024"), "svm_zero");
    let mut padded = bytes_of("l2cap:1:2:3:4:5:6:7");
    padded[13] = 1;
    assert_eq!(kept(&padded), bytes_of("l2cap:1:2:3:4:5:6:7"));
    // As getsockname(2) of a packet socket returns it: no longer than the hardware address.
    let link = bytes_of("packet:lo:3:0:1:01:02:03:04:05:06");
    assert_eq!(kept(&link[..18]), link);
    // The length alone determines the form.
    let can = [bytes_of("can:eth0"), vec![0; 16]].concat();
    assert_eq!(text_of(&kept(&can)), "can:eth0:j1939:0x0:0x0:0x0");
    for odd in [of(29, &[0; 8]), of(29, &[1; 20]), of(31, &[1; 10]), of(31, &[1; 14]), of(31, &[1; 126])] {
        assert_eq!(kept(&odd), odd);
    }
}

#[test]
fn odd_native_forms_are_written_as_bytes() {
    let mut infiniband = of(17, &[0; 30]);
    infiniband[11] = 20;
    assert_eq!(canonical(&infiniband).unwrap().bytes(), infiniband, "a hardware address of 20 bytes");
    assert!(text_of(&infiniband).starts_with("af17:"));
    infiniband[11] = 21;
    assert_eq!(canonical(&infiniband).unwrap().bytes(), infiniband, "longer than the address");
    let mut identifier = bytes_of("can:eth0:isotp:1:2");
    identifier[9] = 8;
    assert!(text_of(&identifier).starts_with("af29:"), "a standard identifier above 0x7ff");
    let mut group = bytes_of("can:eth0:j1939:0:0x40000:0");
    group[16] = 1;
    assert!(text_of(&group).starts_with("af29:"));
    let mut scope = bytes_of("tipc:name:1:2");
    scope[3] = 0x80;
    assert!(text_of(&scope).starts_with("af30:"));
    let mut kind = bytes_of("tipc:name:1:2");
    kind[2] = 4;
    assert!(text_of(&kind).starts_with("af30:"));
    let mut unended = bytes_of("alg:hash:sha1");
    unended[2..16].fill(b'x');
    assert!(text_of(&unended).starts_with("af38:"));
    let negative = of(29, &[0, 0, 255, 255, 255, 255]);
    assert!(text_of(&negative).starts_with("af29:") && negative.len() == 8);
}
