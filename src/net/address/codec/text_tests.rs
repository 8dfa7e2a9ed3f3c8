//! The text forms, one by one: what is written, read and refused, and the sentences of refusals.

use super::test_table::{NO_SUCH, Table, refused, text_of};
use super::text::parse;
use super::{Why, ip};

/// What libsock writes for the address that this text means.
fn rewritten(text: &str) -> String {
    match parse(text.as_bytes(), &Table) {
        Ok(native) => text_of(native.bytes()),
        Err(refused) => panic!("{text}: {refused}"),
    }
}

#[test]
fn forms_that_read_back_as_themselves() {
    for text in [
        "0.0.0.0:0",
        "192.0.2.1:80",
        "255.255.255.255:65535",
        "[::]:0",
        "[::1]:80",
        "[2001:db8::1]:80",
        "[2001:db8:0:1:1:1:1:1]:80",
        "[1:0:0:2::3]:1",
        "[1::2:0:0:3:4]:1",
        "[::ffff:192.0.2.1]:80",
        "[::192.0.2.1]:80",
        "[::ffff:0:0:1]:80",
        "[fe80::]:1",
        "[fe80::1%eth0]:80",
        "[fe80::1%99]:80",
        "[fe80::1%3]:80",
        "[fe80::1%a%25b%5dc]:80",
        "[fe80::1%%01%7f%c3%a9]:80",
        "[fe80::1%fifteen-letters]:80",
        "[ff02::1%lo]:5353",
        "[ff11::1%lo]:5353",
        "[2001:db8::1%2]:80",
        "[::1]:80?flowinfo=5",
        "[fe80::1%eth0]:80?flowinfo=1048575",
        "unix:",
        "unix:/run/x",
        "unix:relative",
        "unix:@",
        "unix:@name",
        "unix:@a%00b%00",
        "unix:@@",
        "unix:%40not-abstract",
        "unix:a@b c:d[]",
        "unix:/100%25/%0a%7f%ff",
        "unspec:",
        "af0:",
        "af2:",
        "af44:00ff",
        "af65535:00",
    ] {
        assert_eq!(rewritten(text), text);
    }
}

#[test]
fn other_spellings_become_the_one_form() {
    for (text, form) in [
        ("[2001:DB8:0:0:0:0:0:1]:080", "[2001:db8::1]:80"),
        ("[::ffff:c000:201]:80", "[::ffff:192.0.2.1]:80"),
        ("[fe80::1%2]:80", "[fe80::1%eth0]:80"),
        ("[fe80::1%%65th0]:80", "[fe80::1%eth0]:80"),
        ("[fe80::1%0]:80?flowinfo=0", "[fe80::1]:80"),
        ("[fe80::1%7]:80", "[fe80::1%7]:80"),
        ("unix:%2Frun%2fx", "unix:/run/x"),
        ("unix:caf\u{e9}", "unix:caf%c3%a9"),
        ("unix:@%40", "unix:@@"),
        ("af02:00FF", "af2:00ff"),
        ("af1:", "unix:"),
    ] {
        assert_eq!(rewritten(text), form, "{text}");
    }
}

#[test]
fn odd_native_forms_are_written_as_bytes() {
    let whole = ip::native(&"[fe80::1]:80".parse().unwrap());
    assert_eq!(text_of(&whole.bytes()[..24]), "af10:005000000000fe800000000000000000000000000001");
    let mut padding = ip::native(&"192.0.2.1:80".parse().unwrap()).bytes().to_vec();
    padding[15] = 1;
    assert_eq!(text_of(&padding), "af2:0050c00002010000000000000001");
    assert_eq!(text_of(&padding[..8]), "af2:0050c0000201");
    let mut class = whole.bytes().to_vec();
    class[4..8].copy_from_slice(&0x10_0000_u32.to_be_bytes());
    assert!(
        text_of(&class).starts_with("af10:005000100000fe80"),
        "no constructor takes this flow information"
    );
    let full_path = [1_u16.to_ne_bytes().as_slice(), &[b'p'; 108]].concat();
    assert_eq!(text_of(&full_path), format!("af1:{}", "70".repeat(108)));
    let without_nul = [1_u16.to_ne_bytes().as_slice(), b"/x"].concat();
    assert_eq!(text_of(&without_nul), "af1:2f78");
}

#[test]
fn refusals_name_the_field() {
    for (text, field) in [
        ("", "port"),
        ("192.0.2.1", "port"),
        ("192.0.2.1:", "port"),
        ("192.0.2.1:65536", "port"),
        ("192.0.2.1:-1", "port"),
        ("192.0.2.1:+1", "port"),
        ("192.0.2.1: 1", "port"),
        ("192.0.2.1:80 ", "port"),
        ("192.0.2.1:http", "port"),
        ("192.0.2.1:99999999999999999999", "port"),
        (":80", "host"),
        ("example.com:80", "host"),
        ("<broadcast>:80", "host"),
        ("192.0.2.01:80", "host"),
        ("127.1:80", "host"),
        ("0x7f.0.0.1:80", "host"),
        ("2130706433:80", "host"),
        ("192.0.2.1%lo:80", "host"),
        ("2001:db8::1:80", "host"),
        ("[192.0.2.1]:80", "host"),
        ("[::1:80", "host"),
        ("[]:80", "host"),
        ("[::1%]:80", "host"),
        ("[:::1]:80", "host"),
        ("[::12345]:80", "host"),
        ("[1:2:3:4:5:6:7:8:9]:80", "host"),
        ("[fe80::1%nowhere]:80", "host"),
        ("[fe80::1%sixteen-letters.]:80", "host"),
        ("[fe80::1%sixteen-letters.and-more]:80", "host"),
        ("[fe80::1%eth0%00]:80", "host"),
        ("[fe80::1%eth%0]:80", "host"),
        ("[2001:db8::1%eth0]:80", "host"),
        ("[fe80::1%4294967296]:80", "host"),
        ("[::1]", "port"),
        ("[::1]80", "port"),
        ("[::1]:", "port"),
        ("[::1]:80?", "text"),
        ("[::1]:80?flow=1", "text"),
        ("[::1]:80?flowinfo=", "flowinfo"),
        ("[::1]:80?flowinfo=1048576", "flowinfo"),
        ("unspec:x", "text"),
        ("unspec", "port"),
        ("unix", "port"),
        ("UNIX:/run/x", "host"),
        ("unix:a%", "path"),
        ("unix:a%0", "path"),
        ("unix:a%zz", "path"),
        ("unix:a%00", "path"),
        ("af:00", "family"),
        ("af65536:00", "family"),
        ("af-1:00", "family"),
        ("af2:0", "text"),
        ("af2:0g", "text"),
        ("af2:0 ", "text"),
    ] {
        assert_eq!(refused(text).field, field, "{text}");
    }
    let most = format!("af9:{}", "00".repeat(126));
    assert_eq!(rewritten(&most), most);
    assert_eq!(refused(&format!("{most}00")).to_string(), "len: 129 is not within 0 to 128");
    assert_eq!(refused("192.0.2.1:70000").to_string(), "port: 70000 is not within 0 to 65535");
    assert_eq!(refused("[fe80::1%nowhere]:80").why, Why::Lookup(NO_SUCH));
    assert_eq!(refused("[fe80::1%sixteen-letters.]:80").why, Why::NoInterface);
}

#[test]
fn hosts_of_the_constructors() {
    // R154: no host is the wildcard, "<broadcast>" the broadcast address; strict dotted quads only.
    let host = |text: &str| ip::new(Some(text.as_bytes()), 80, &Table).map(|address| address.to_string());
    assert_eq!(ip::new(None, 80, &Table).unwrap().to_string(), "0.0.0.0:80");
    assert_eq!(host("").unwrap(), "0.0.0.0:80");
    assert_eq!(host("<broadcast>").unwrap(), "255.255.255.255:80");
    assert_eq!(host("255.255.255.255").unwrap(), "255.255.255.255:80");
    assert_eq!(host("::1").unwrap(), "[::1]:80");
    for text in
        [" ", "localhost", "[::1]", "127.1", "0177.0.0.1", "<any>", "1.2.3.4 ", "::1%", "1.2.3.4%1", "\u{e9}"]
    {
        assert_eq!(host(text).unwrap_err().field, "host", "{text}");
    }
    // R156: the zone in the host is kept.
    assert_eq!(host("fe80::1%eth0").unwrap().to_string(), "[fe80::1%2]:80");
    assert_eq!(host("fe80::1%4294967295").unwrap(), "[fe80::1%4294967295]:80");
    assert_eq!(host("fe80::1%4294967296").unwrap_err().field, "host");
    // A host is not a text form: the zone is not escaped.
    assert_eq!(host("fe80::1%a%b]c").unwrap(), "[fe80::1%4]:80");
    assert_eq!(host("fe80::1%a%25b%5dc").unwrap_err().why, Why::Lookup(NO_SUCH));
}

#[test]
fn fields_of_ipv6_are_refused_by_name_and_never_wrap() {
    // R158.
    let new6 = |host: &str, flowinfo, scope_id| {
        ip::new6(Some(host.as_bytes()), 80, flowinfo, scope_id, &Table).map_err(|refused| refused.field)
    };
    assert_eq!(ip::new6(None, 0, 0, 0, &Table).unwrap().to_string(), "[::]:0");
    assert_eq!(new6("", 0, 0).unwrap().to_string(), "[::]:80");
    for beyond in [-1, 0x10_0000, 1 << 32, i64::MIN, i64::MAX] {
        assert_eq!(new6("::1", beyond, 0), Err("flowinfo"));
    }
    for beyond in [-1, 1 << 32, i64::MIN, i64::MAX] {
        assert_eq!(new6("::1", 0, beyond), Err("scope_id"));
        assert_eq!(ip::new6(Some(b"::1"), beyond, 0, 0, &Table).unwrap_err().field, "port");
    }
    for host in ["<broadcast>", "192.0.2.1", "[::1]", "name"] {
        assert_eq!(new6(host, 0, 0), Err("host"), "{host}");
    }
    let scope = |host, scope_id| match new6(host, 0xf_ffff, scope_id)? {
        std::net::SocketAddr::V6(v6) => Ok((v6.flowinfo(), v6.scope_id())),
        std::net::SocketAddr::V4(_) => Err("family"),
    };
    assert_eq!(scope("fe80::1%eth0", 0), Ok((0xf_ffff, 2)), "R156: a scope of 0 does not overwrite the zone");
    assert_eq!(scope("fe80::1%eth0", 2), Ok((0xf_ffff, 2)));
    assert_eq!(scope("fe80::1", 9), Ok((0xf_ffff, 9)));
    assert_eq!(scope("::1", i64::from(u32::MAX)), Ok((0xf_ffff, u32::MAX)));
    assert_eq!(scope("fe80::1%eth0", 3), Err("scope_id"));
}
