//! The built library as an ELF file: what a loader, a packager and a host program rely on.
#![cfg(target_os = "linux")]

mod library;

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::OnceLock;

/// What readelf says with an option.
fn readelf(option: &str) -> String {
    static LIBRARY: OnceLock<std::path::PathBuf> = OnceLock::new();
    let path = LIBRARY.get_or_init(library::library);
    let done = Command::new("readelf").arg("-W").arg(option).arg(path).env("LC_ALL", "C").output();
    let done = done.expect("readelf: binutils, which docs/building.md names");
    assert!(done.status.success(), "{}: {}", path.display(), String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

/// {tag: all its values} of the dynamic section.
fn dynamic() -> BTreeMap<String, Vec<String>> {
    let mut found = BTreeMap::<String, Vec<String>>::new();
    for line in readelf("-d").lines().filter(|line| line.trim_start().starts_with("0x")) {
        let (_, rest) = line.split_once('(').expect("a tag in brackets");
        let (tag, value) = rest.split_once(')').expect("a tag in brackets");
        found.entry(tag.into()).or_default().push(value.trim().into());
    }
    assert!(found.contains_key("SYMTAB"), "{found:?}");
    found
}

/// The fields of the segments of a type: offset, addresses, file size, memory size, flags.
fn segments(kind: &str) -> Vec<Vec<String>> {
    let text = readelf("-l");
    let lines = text.lines().filter(|line| line.split_whitespace().next() == Some(kind));
    lines.map(|line| line.split_whitespace().skip(1).map(String::from).collect()).collect()
}

fn number(hexadecimal: &str) -> u64 {
    u64::from_str_radix(hexadecimal.trim_start_matches("0x"), 16).expect("a hexadecimal number")
}

#[test]
fn names_its_abi_and_stays_loaded() {
    let dynamic = dynamic();
    assert_eq!(dynamic["SONAME"], ["Library soname: [libsock.so.0]"]);
    // Fork handlers, thread records and blocked threads outlive any dlclose.
    assert!(dynamic["FLAGS_1"].iter().any(|flags| flags.contains("NODELETE")), "{:?}", dynamic["FLAGS_1"]);
}

#[test]
fn needs_the_c_library_alone() {
    for needed in &dynamic()["NEEDED"] {
        let usual = ["[libc.so", "[libc.musl", "[libgcc_s.so", "[ld-linux", "[libm.so", "[libpthread.so"];
        assert!(usual.iter().any(|name| needed.contains(name)), "{needed}");
    }
}

#[test]
fn keeps_code_unwritable_and_data_unexecutable() {
    let dynamic = dynamic();
    assert!(!dynamic.contains_key("TEXTREL"));
    assert!(!dynamic.get("FLAGS").is_some_and(|flags| flags[0].contains("TEXTREL")));
    for load in segments("LOAD").iter().chain(&segments("GNU_STACK")) {
        let flags = load[5..].concat();
        assert!(!(flags.contains('W') && flags.contains('E')), "{load:?}");
    }
    assert_eq!(segments("GNU_RELRO").len(), 1);
}

/// One word is reached by the initial-exec model, which puts all thread-locals of the library into the
/// room that the loader keeps for those that are loaded late: 512 bytes in glibc, shared by all.
#[test]
fn takes_little_of_the_static_tls() {
    let sizes: Vec<u64> = segments("TLS").iter().map(|tls| number(&tls[4])).collect();
    assert!(sizes.iter().sum::<u64>() <= 256, "{sizes:?}");
}

/// What a process pays for the library before it uses it: written pages, not the zeroed ones.
#[test]
fn has_little_data_of_its_own() {
    let text = readelf("-S");
    let data = text.lines().find(|line| line.split_whitespace().any(|field| field == ".data"));
    let fields: Vec<_> = data.expect(".data").split("PROGBITS").nth(1).unwrap().split_whitespace().collect();
    assert!(number(fields[2]) <= 16 << 10, "{fields:?}");
}
