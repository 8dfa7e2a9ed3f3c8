use super::*;
use std::collections::HashSet;
use std::path::Path;

fn all() -> Vec<Constant> {
    (0..count() as i64).map(|index| at(index).expect("an index within the count")).collect()
}

fn text(name: &CStr) -> &str {
    name.to_str().expect("ASCII")
}

#[test]
fn table_is_sorted_unique_and_complete() {
    let all = all();
    assert!(all.len() > 1200, "{}", all.len());
    for pair in all.windows(2) {
        assert!(pair[0].name < pair[1].name, "{:?} and {:?}", pair[0].name, pair[1].name);
    }
    let listed = platform::FILES.iter().copied().chain([own::BLOCKS]).flatten().map(|b| b.entries.len());
    assert_eq!(listed.sum::<usize>(), all.len());
    for constant in &all {
        let name = text(constant.name);
        assert!(name.len() >= 3 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'), "{name:?}");
    }
}

#[test]
fn every_name_is_found_with_its_value_and_group() {
    for block in platform::FILES.iter().copied().chain([own::BLOCKS]).flatten() {
        for (name, value) in block.entries {
            let found = find(name.as_bytes()).unwrap_or_else(|code| panic!("{name}: {code:?}"));
            assert_eq!((text(found.name), found.value, found.group), (*name, *value, block.group));
        }
    }
}

#[test]
fn names_begin_with_their_group() {
    let mut words = HashSet::new();
    for constant in all() {
        if !text(constant.name).starts_with(text(constant.group)) {
            words.insert(text(constant.group));
        }
    }
    // Names that begin with CANFD_ and CANXL_ are in the group CAN_, the options of levels in SO_.
    assert_eq!(words, HashSet::from(["CAN_", "errno", "h_errno", "libsock"]));
}

#[test]
fn names_of_a_group_may_not_be_mixed_with_libsocks() {
    let group = |name: &str| text(find(name.as_bytes()).expect("known").group);
    assert_eq!(group("SOCK_STREAM"), "SOCK_");
    assert_eq!(group("SOCK_FOREVER"), "libsock");
    assert_eq!(group("SOCK_ETIMEDOUT"), "libsock");
}

#[test]
fn a_missing_name_says_why() {
    let reason = |name: &[u8]| {
        let code = find(name).expect_err("no constant");
        (-code.raw(), crate::net::error::text_of(code))
    };
    let (code, why) = reason(b"AF_HYPERV");
    assert_eq!(
        (code, &*why),
        (libc::ENOTSUP, "name: AF_HYPERV is not on this platform, but on BSD, Windows")
    );
    let (code, why) = reason(b"AF_LINK");
    assert_eq!(code, libc::ENOTSUP);
    assert!(why.ends_with("macOS, BSD, Windows"), "{why}");
    for name in
        [&b""[..], b"AF_INE", b"AF_INET66", b"af_inet", b" AF_INET", b"AF_INET\0", b"\xff\xfe", b"zzz"]
    {
        let (code, why) = reason(name);
        assert_eq!(code, libc::ENOENT, "{name:?}");
        assert!(why.starts_with("name: "), "{why}");
    }
}

#[test]
fn an_index_outside_is_refused() {
    for index in [-1, count() as i64, i64::MIN, i64::MAX] {
        let code = at(index).expect_err("no such index");
        assert_eq!(-code.raw(), libc::EINVAL);
        let expected = format!("index: {index} is not within 0 to {}", count() - 1);
        assert_eq!(crate::net::error::text_of(code), expected);
    }
}

#[test]
fn names_of_other_platforms_are_not_here() {
    let names: Vec<&str> =
        platform::OTHER_PLATFORMS.iter().flat_map(|(_, names)| names.split_ascii_whitespace()).collect();
    let unique: HashSet<_> = names.iter().collect();
    assert_eq!(unique.len(), names.len());
    for name in names {
        assert!(look_up(name.as_bytes()).is_none(), "{name} is here");
    }
}

#[test]
fn texts_are_in_the_table() {
    for (name, value) in platform::TEXTS {
        let found = find(name.as_bytes()).expect("a text is listed as a constant");
        assert_eq!((found.text, found.value), (Some(*value), 0));
    }
    assert_eq!(all().iter().filter(|constant| constant.text.is_some()).count(), platform::TEXTS.len());
}

/// The number in a declaration: `-20001`, `0x10`, `1 << 62`.
fn number(expression: &str) -> Option<i64> {
    let plain = expression.trim().replace('_', "");
    if let Some((base, bits)) = plain.split_once("<<") {
        return Some(number(base)? << number(bits)?);
    }
    match plain.strip_prefix("0x") {
        Some(digits) => i64::from_str_radix(digits, 16).ok(),
        None => plain.parse().ok(),
    }
}

/// `pub const SOCK_X: i32 = 1;` in a source file and those below it.
fn declared(path: &Path, found: &mut Vec<(String, i64)>) {
    if path.is_dir() {
        for entry in std::fs::read_dir(path).expect("a directory of sources") {
            declared(&entry.expect("an entry").path(), found);
        }
        return;
    }
    let source = std::fs::read_to_string(path).expect("a source file");
    for line in source.lines() {
        let Some((name, rest)) = line.strip_prefix("pub const ").and_then(|rest| rest.split_once(": "))
        else {
            continue;
        };
        if !name.starts_with("SOCK_") {
            continue;
        }
        let value = rest.split_once(" = ").and_then(|(_, value)| number(value.trim_end_matches(';')));
        let value = value.unwrap_or_else(|| panic!("{name}: write the number itself: {rest}"));
        found.push((name.to_owned(), value));
    }
}

#[test]
fn own_constants_are_those_of_the_header() {
    let mut header = Vec::new();
    declared(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/ffi"), &mut header);
    header.sort();
    let own = all().into_iter().filter(|constant| constant.group == c"libsock");
    let own: Vec<_> = own.map(|constant| (text(constant.name).to_owned(), constant.value)).collect();
    assert_eq!(own, header, "src/net/constant/own.rs and the constants declared in src/ffi");
}

/// `ctests/run constants` compares the columns of all platforms, which takes a compiler for each; this one is at hand.
#[test]
#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
fn the_documents_column_of_linux_is_this_table() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/constants.md");
    let document = std::fs::read_to_string(path).expect("the document");
    let rows = document.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | "));
    let mut compared = 0;
    for (name, cells) in rows {
        let cell = cells.split(" | ").next().unwrap_or_default();
        let here = look_up(name.as_bytes()).map(|found| match found.text {
            Some(value) => text(value).to_owned(),
            None => found.value.to_string(),
        });
        assert_eq!(cell, here.as_deref().unwrap_or("–"), "{name}: `ctests/run constants` writes it");
        compared += 1;
    }
    assert_eq!(compared, 614);
}

/// What ctests/generated/constant_names.h holds: the table's names, each looked for in the system's headers.
fn names_for_c() -> String {
    let mut out = String::from(
        "/* Every constant of the table that is a number. Made by the test `names_for_c_are_the_tables`:\n \
         * SOCK_TEST_WRITE=1 cargo test names_for_c */\n",
    );
    for constant in all().iter().filter(|constant| constant.text.is_none()) {
        let name = text(constant.name);
        out += &format!("#ifdef {name}\nC({name})\n#endif\n");
    }
    out
}

#[test]
fn names_for_c_are_the_tables() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("ctests/generated/constant_names.h");
    let wanted = names_for_c();
    if std::env::var_os("SOCK_TEST_WRITE").is_some() {
        std::fs::write(&path, &wanted).expect("the file can be written");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == wanted, "{} is not of this table: SOCK_TEST_WRITE=1 cargo test", path.display());
}
