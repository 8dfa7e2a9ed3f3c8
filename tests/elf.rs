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

/// Figures of the library as it is installed: an unoptimised one has others.
#[cfg(target_arch = "x86_64")]
mod footprint {
    use super::*;

    fn is_installed_like() -> bool {
        !library::library().components().any(|part| part.as_os_str() == "debug")
    }

    /// A loader writes each relocation, and the pages they are in are no longer shared between processes. It finds
    /// those of the second kind by name.
    #[test]
    fn has_few_relocations() {
        let text = readelf("-r");
        let count = |kind: &str| text.lines().filter(|line| line.contains(kind)).count();
        let (relative, named) = (count("_RELATIV"), count("_GLOB_DA") + count("_JUMP_SLO"));
        assert!(relative > 0 && named > 0, "{relative} relative, {named} by name");
        assert!(
            !is_installed_like() || relative <= 1_050 && named <= 130,
            "{relative} relative, {named} by name"
        );
    }

    /// The loaded part of the file, without what strip(1) removes: what a package installs.
    #[test]
    fn is_small() {
        let bytes: u64 = segments("LOAD").iter().map(|load| number(&load[3])).sum();
        assert!(bytes > 100_000 && (!is_installed_like() || bytes <= 1_300_000), "{bytes} bytes");
    }

    /// What dlopen(3) alone makes a process pay: pages that the relocations and the library's start have written.
    #[test]
    fn loads_with_few_written_pages() {
        let path = std::ffi::CString::new(library::library().to_str().expect("a path in UTF-8")).unwrap();
        // SAFETY: the library's start does nothing but register handlers.
        let handle = unsafe { libc::dlopen(path.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL) };
        assert!(!handle.is_null());
        let maps = std::fs::read_to_string("/proc/self/smaps").expect("proc(5)");
        let (mut ours, mut last, mut kilobytes) = (false, "", 0);
        for line in maps.lines() {
            if let Some((range, rest)) = line.split_once(' ').filter(|(range, _)| range.contains('-')) {
                let (begin, end) = range.split_once('-').expect("a range");
                ours = rest.contains("/libsock.so") || ours && begin == last && !rest.contains('/');
                last = end;
            } else if let Some(value) = line.strip_prefix("Private_Dirty:").filter(|_| ours) {
                kilobytes += value.trim_end_matches(" kB").trim().parse::<u64>().expect("a number");
            }
        }
        assert!(kilobytes >= 4 && (!is_installed_like() || kilobytes <= 44), "{kilobytes} kB");
    }
}
