//! `src/net` names no item of the libc crate that another system lacks, except in modules named `linux`, `bsd` or `windows`. Neither does
//! `src/sys/unix`, which every Unix is built with, and it uses nothing of `src/sys/linux`.
//!
//! The libc crate's own sources say what macOS, FreeBSD, NetBSD and OpenBSD have. The test reads definitions, not
//! conditions: a name that a shared file defines for some systems only counts as present on all of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where the libc crate defines the items of each system: files, and directories with all files below them.
const SYSTEMS: [(&str, &[&str]); 4] = [
    ("macOS", &["unix/bsd/apple", "new/apple"]),
    (
        "FreeBSD",
        &[
            "unix/bsd/freebsdlike/mod.rs",
            "unix/bsd/freebsdlike/freebsd/mod.rs",
            "unix/bsd/freebsdlike/freebsd/freebsd14",
            "new/freebsd",
        ],
    ),
    ("NetBSD", &["unix/bsd/netbsdlike/mod.rs", "unix/bsd/netbsdlike/netbsd", "new/netbsd"]),
    ("OpenBSD", &["unix/bsd/netbsdlike/mod.rs", "unix/bsd/netbsdlike/openbsd", "new/openbsd"]),
];
/// What all of them share.
const SHARED: [&str; 4] = ["primitives.rs", "unix/mod.rs", "unix/bsd/mod.rs", "new/common/posix"];

/// Every Rust file at a path or below it.
fn files(path: &Path, found: &mut Vec<PathBuf>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).expect("a directory of sources") {
            files(&entry.expect("an entry").path(), found);
        }
    } else if path.extension().is_some_and(|extension| extension == "rs") {
        found.push(path.into());
    }
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The sources of the libc crate that this library is built with.
fn libc_sources() -> PathBuf {
    let mut metadata = Command::new(env!("CARGO"));
    metadata.args([
        "metadata",
        "--format-version",
        "1",
        "--locked",
        "--filter-platform",
        "x86_64-unknown-linux-gnu",
    ]);
    let done = metadata.current_dir(env!("CARGO_MANIFEST_DIR")).output().expect("cargo");
    let text = String::from_utf8_lossy(&done.stdout);
    let (_, libc) = text.split_once(r#""name":"libc","version":"#).expect("cargo metadata names libc");
    let (_, path) = libc.split_once(r#""manifest_path":""#).expect("the place of libc");
    let (path, _) = path.split_once('"').expect("the end of a path");
    Path::new(path).parent().expect("the directory of libc").join("src")
}

/// The words of a text.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric() && letter != '_').filter(|word| !word.is_empty())
}

/// The names that a source file defines.
fn defined(text: &str) -> BTreeSet<String> {
    const KEYWORDS: [&str; 7] = ["const", "fn", "static", "type", "struct", "union", "enum"];
    let mut found = BTreeSet::new();
    let mut before = "";
    for word in words(text) {
        if KEYWORDS.contains(&before) {
            found.insert(word.to_owned());
        }
        before = word;
    }
    found
}

/// What each system has.
fn systems() -> BTreeMap<&'static str, BTreeSet<String>> {
    let sources = libc_sources();
    let mut systems = BTreeMap::new();
    for (system, places) in SYSTEMS {
        let mut paths = Vec::new();
        for place in SHARED.iter().chain(places) {
            let before = paths.len();
            files(&sources.join(place), &mut paths);
            assert!(paths.len() > before, "the libc crate has no {place}: its sources have a new layout");
        }
        let names: BTreeSet<String> = paths.iter().flat_map(|path| defined(&read(path))).collect();
        assert!(names.len() > 2000, "{system}: only {} names were found", names.len());
        systems.insert(system, names);
    }
    systems
}

/// The items of libc that a source file names: `libc::NAME`, and those of `use libc::{...}`.
fn named(text: &str) -> BTreeSet<String> {
    let code: Vec<&str> = text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect();
    let code = code.join("\n");
    let mut found = BTreeSet::new();
    for rest in code.split("libc::").skip(1) {
        let names = match rest.strip_prefix('{').and_then(|group| group.split_once('}')) {
            Some((group, _)) => group,
            None => rest
                .split(|letter: char| !letter.is_alphanumeric() && letter != '_')
                .next()
                .unwrap_or_default(),
        };
        found.extend(words(names).map(str::to_owned));
    }
    found
}

/// Whether a file is of a module named after a system.
fn is_of_a_system(path: &Path) -> bool {
    let own = ["linux", "linux.rs", "bsd", "bsd.rs", "windows", "windows.rs"];
    path.components().any(|part| own.iter().any(|own| part.as_os_str() == *own))
}

/// What a text names that some system lacks, with those systems.
fn lacking(text: &str, systems: &BTreeMap<&str, BTreeSet<String>>) -> Vec<String> {
    let mut found = Vec::new();
    for name in named(text) {
        let lack: Vec<&str> =
            systems.iter().filter(|(_, has)| !has.contains(&name)).map(|(system, _)| *system).collect();
        if !lack.is_empty() {
            found.push(format!("{name} is not on {}", lack.join(", ")));
        }
    }
    found
}

#[test]
fn net_names_what_every_system_has() {
    let systems = systems();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/net");
    let mut paths = Vec::new();
    files(&root, &mut paths);
    paths.sort();
    let (own, portable): (Vec<_>, Vec<_>) =
        paths.into_iter().partition(|path| is_of_a_system(path.strip_prefix(&root).expect("a file of net")));
    assert!(own.len() > 30 && portable.len() > 80, "{} and {} files", own.len(), portable.len());
    let mut faults = Vec::new();
    for path in portable {
        let place = path.strip_prefix(&root).expect("a file of net").display().to_string();
        faults.extend(lacking(&read(&path), &systems).into_iter().map(|fault| format!("{place}: {fault}")));
    }
    assert!(faults.is_empty(), "move these to a module named after the system:\n{}", faults.join("\n"));
}

/// What `src/sys/unix` names for one system at a time, under a condition.
const CONDITIONAL: [&str; 5] = ["__errno_location", "__errno", "__error", "UIO_MAXIOV", "pthread_setname_np"];

#[test]
fn the_unix_backend_names_what_every_system_has() {
    let systems = systems();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/sys/unix");
    let mut paths = Vec::new();
    files(&root, &mut paths);
    assert!(paths.len() > 20, "{} files", paths.len());
    let mut faults = Vec::new();
    for path in paths {
        let place = path.strip_prefix(&root).expect("a file of sys/unix").display().to_string();
        let text = read(&path);
        let lacks = lacking(&text, &systems).into_iter();
        let lacks =
            lacks.filter(|fault| !CONDITIONAL.iter().any(|name| fault.starts_with(&format!("{name} "))));
        faults.extend(lacks.map(|fault| format!("{place}: {fault}")));
    }
    assert!(faults.is_empty(), "move these to a module named after the system:\n{}", faults.join("\n"));
}

#[test]
fn planted_names_are_found() {
    let systems = systems();
    let everywhere = "EINVAL, AF_INET6, SOL_SOCKET, c_int";
    assert_eq!(lacking(&format!("use libc::{{{everywhere}}};"), &systems), Vec::<String>::new());
    let planted =
        "use libc::{EINVAL,\n    AF_NETLINK};\nlet x = libc::SO_DOMAIN; // libc::EPOLLIN\nlibc::TCP_KEEPIDLE";
    assert_eq!(
        lacking(planted, &systems),
        [
            "AF_NETLINK is not on FreeBSD, NetBSD, OpenBSD, macOS",
            "SO_DOMAIN is not on NetBSD, macOS",
            "TCP_KEEPIDLE is not on OpenBSD, macOS"
        ]
    );
    for (path, own) in [("family/linux/can.rs", true), ("message/bsd.rs", true), ("socket.rs", false)] {
        assert_eq!(is_of_a_system(Path::new(path)), own, "{path}");
    }
}
