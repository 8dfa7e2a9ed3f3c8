//! `ctests/symbols.txt` is the register of exported symbols, each with the release that brought it: it is
//! compared with what the built library exports and with what the header declares. What was once released
//! is never taken out. `SOCK_WRITE_HEADER=1` (`make header`) adds functions that the header has and the
//! register lacks: a function that is new says "Since" with the release under way, unless that is the one
//! which the header states for all.

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

/// The release that the header states for every function that names none.
fn default_release(header: &str) -> String {
    let words = header.split_whitespace().filter(|&word| word != "*").collect::<Vec<_>>().join(" ");
    let (_, rest) = words.split_once("Every function is available since ").expect("sock.h: VERSIONS");
    rest.split_once(", unless its comment names a later release.").expect("sock.h: VERSIONS").0.to_string()
}

/// {function: the release that its comment names, or the default}, of a header.
fn declared_in(header: &str) -> BTreeMap<String, String> {
    let default = default_release(header);
    let mut found = BTreeMap::new();
    let mut since = None;
    for line in header.lines() {
        if line.starts_with("/*") {
            since = None;
        }
        if let Some((_, release)) = line.split_once("Since ") {
            let end = release.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(release.len());
            since = Some(release[..end].trim_end_matches('.').to_string());
            assert_ne!(since.as_ref(), Some(&default), "{line}: the header says this once for all");
        }
        let is_code = line.starts_with(|c: char| c.is_ascii_alphabetic()) && !line.starts_with("typedef");
        if let Some((head, _)) = line.split_once('(').filter(|_| is_code) {
            let name = head.rsplit([' ', '*']).next().unwrap();
            found.insert(name.to_string(), since.take().unwrap_or_else(|| default.clone()));
        }
    }
    assert!(!found.is_empty());
    found
}

/// What the header declares, as it is committed.
fn declared() -> BTreeMap<String, String> {
    declared_in(&fs::read_to_string(root().join("include/sock.h")).expect("include/sock.h"))
}

/// Adds to a register what it lacks. A function that is new comes with the release under way.
fn extended(
    mut register: BTreeMap<String, String>,
    declared: BTreeMap<String, String>,
    now: &str,
) -> BTreeMap<String, String> {
    for (name, release) in declared {
        if release == now {
            register.entry(name).or_insert(release);
        } else {
            assert!(register.contains_key(&name), "{name} is new: its comment must say \"Since {now}.\"");
        }
    }
    register
}

fn exported() -> BTreeSet<String> {
    let library = library();
    let nm = Command::new("nm").args(["-D", "--defined-only"]).arg(&library).output();
    let nm = nm.expect("nm: binutils, which docs/building.md names");
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
        let all = extended(register(), declared, env!("CARGO_PKG_VERSION"));
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

const SAMPLE: &str = "/* VERSIONS. Every function is available since 0.1.0,\n * unless its comment names a later release.\n */\n/** Old. */\n\
    int sock_old(void);\n/** New.\n * Since 0.2.0. See x(2).\n */\nint sock_new(void);\n/** Old too. */\nint \
    sock_third(void);\n";

#[test]
fn a_function_is_of_the_release_that_it_names_or_of_the_default() {
    let found = declared_in(SAMPLE);
    let found: Vec<(&str, &str)> = found.iter().map(|(name, release)| (&**name, &**release)).collect();
    assert_eq!(found, [("sock_new", "0.2.0"), ("sock_old", "0.1.0"), ("sock_third", "0.1.0")]);
    let repeated = SAMPLE.replace("Since 0.2.0", "Since 0.1.0");
    assert!(std::panic::catch_unwind(|| declared_in(&repeated)).is_err(), "the default is not repeated");
}

#[test]
fn a_new_function_must_name_the_release_under_way() {
    let mut register = declared_in(SAMPLE);
    register.remove("sock_new");
    let all = extended(register.clone(), declared_in(SAMPLE), "0.2.0");
    assert_eq!(all, declared_in(SAMPLE));
    register.remove("sock_old");
    let forgotten = || extended(register.clone(), declared_in(SAMPLE), "0.2.0");
    assert!(std::panic::catch_unwind(forgotten).is_err(), "a new function of the release under way");
}
