//! `ctests/symbols.txt` is the register of exported symbols, each with the release that brought it: it is
//! compared with what the built library exports and with what the header declares. What was once released
//! is never taken out. `SOCK_WRITE_HEADER=1` (`make header`) adds functions that the header has and the
//! register lacks.

mod library;

use library::library;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;
use std::{env, fs};

const REGISTER: &str = "ctests/symbols.txt";
const FRONT: &str =
    "# Every exported symbol and the release that introduced it. A line is never removed or changed.\n";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// {symbol: release}
fn register() -> BTreeMap<String, String> {
    let text = fs::read_to_string(root().join(REGISTER)).unwrap_or_default();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let entry = |line: &str| {
        let (name, release) = line.split_once(' ').expect("a line is `symbol release`");
        (name.to_string(), release.to_string())
    };
    lines.map(entry).collect()
}

/// {function: the release that its comment names}, from the header as it is committed.
fn declared() -> BTreeMap<String, String> {
    let text = fs::read_to_string(root().join("include/sock.h")).expect("include/sock.h");
    let mut found = BTreeMap::new();
    let mut since = String::new();
    for line in text.lines() {
        if line.starts_with("/**") {
            since.clear();
        }
        if let Some((_, release)) = line.split_once("Since ") {
            let end = release.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(release.len());
            since = release[..end].trim_end_matches('.').to_string();
        }
        let is_code = line.starts_with(|c: char| c.is_ascii_alphabetic()) && !line.starts_with("typedef");
        if let Some((head, _)) = line.split_once('(').filter(|_| is_code) {
            let name = head.rsplit([' ', '*']).next().unwrap();
            assert!(!since.is_empty(), "{name} does not say since when");
            found.insert(name.to_string(), since.clone());
        }
    }
    assert!(!found.is_empty());
    found
}

fn exported() -> BTreeSet<String> {
    let library = library();
    let nm = Command::new("nm").args(["-D", "--defined-only"]).arg(&library).output();
    let nm = nm.expect("nm: binutils, which README names");
    assert!(nm.status.success(), "{}: {}", library.display(), String::from_utf8_lossy(&nm.stderr));
    let text = String::from_utf8(nm.stdout).unwrap();
    let names = text.lines().filter_map(|line| line.rsplit(' ').next());
    names.map(|name| name.split('@').next().unwrap().to_string()).collect()
}

fn names(of: &BTreeMap<String, String>) -> BTreeSet<String> {
    of.keys().cloned().collect()
}

fn assert_same(what: &str, left: &BTreeSet<String>, right: &BTreeSet<String>) {
    let only_left: Vec<_> = left.difference(right).collect();
    let only_right: Vec<_> = right.difference(left).collect();
    assert!(left == right, "{what}: only in the first {only_left:?}, only in the second {only_right:?}");
}

#[test]
fn register_holds_what_the_header_declares() {
    let declared = declared();
    if env::var_os("SOCK_WRITE_HEADER").is_some() {
        let mut all = declared;
        all.extend(register()); // what is registered stays as it is
        let lines: String = all.iter().map(|(name, release)| format!("{name} {release}\n")).collect();
        fs::write(root().join(REGISTER), FRONT.to_string() + &lines).unwrap();
        return;
    }
    let register = register();
    assert_same("header and register (`make header` adds to it)", &names(&declared), &names(&register));
    for (name, release) in declared {
        assert_eq!(release, register[&name], "{name}: \"Since\" and the register");
    }
}

#[test]
fn library_exports_what_is_registered_and_nothing_else() {
    assert_same("library and register", &exported(), &names(&register()));
}

#[test]
fn names_and_releases_are_well_formed() {
    let number = |release: &str| -> Vec<u64> { release.split('.').map(|n| n.parse().unwrap()).collect() };
    let now = number(env!("CARGO_PKG_VERSION"));
    for (name, release) in register() {
        assert!(name.starts_with("sock_"), "{name} is not of libsock's namespace");
        let release = number(&release);
        assert!(release.len() == 3 && release <= now, "{name}: {release:?} is no release up to {now:?}");
    }
}
