//! One subject has one name: the section's title, the module of `src/ffi`, the module of `src/net` and the
//! C test. What has another name, or no counterpart, is listed here with its reason.

use super::source::{self, Section};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Subjects without a `src/net/SUBJECT`: where their behaviour is, and why.
const ELSEWHERE_IN_NET: &[(&str, &str, &str)] = &[
    ("control", "src/net/message/control", "control data is a part of a message"),
    ("version", "Cargo.toml", "the package states it, nothing is left to decide"),
];

/// Modules of `src/net` that are no section: what they are for.
const INSIDE_NET: &[(&str, &str)] = &[
    ("accept", "a call of `socket`"),
    ("activation", "sockets from the service manager, for `server`"),
    ("codec", "what the pure codecs of the subjects share"),
    ("connect", "a call of `socket`"),
    ("fork", "what every layer does at a fork"),
    ("kernel_limit", "SO_RCVTIMEO, SO_SNDTIMEO and SO_RCVLOWAT, for `wait`"),
    ("operation", "what `lookup` and `connection` have in common"),
    ("time", "the clock of `mode` and `deadline`"),
    ("wait", "the loop of every call that waits"),
];

/// Subjects without a `ctests/**/test_SUBJECT.c`: the program that tests them, and why.
const TESTED_ELSEWHERE: &[(&str, &str, &str)] = &[];

/// C tests that are named after no subject: what they test.
const OF_NO_SUBJECT: &[(&str, &str)] = &[
    ("bsd", "sock_bsd.h"),
    ("conventions", "the conventions, in every function"),
    ("fork", "the convention FORK"),
    ("ip_protocols", "SCTP, DCCP, UDP-Lite and MPTCP, which use the addresses of AF_INET and AF_INET6"),
    ("kernel", "the kernel's own answers, by the sentences of its manual pages"),
    ("misuse", "the conventions HANDLES and ARGUMENTS"),
    ("conventions", "the conventions of sock.h, in every function"),
    ("python_rules", "Python's rules that belong to several subjects"),
    ("rds", "AF_RDS, which uses the addresses of AF_INET"),
    ("resources", "descriptors, memory and threads that run out"),
    ("signal", "the convention SIGNALS"),
    ("wait_cpu", "the CPU time of calls that wait"),
    ("wake", "what wakes a call that waits"),
];

/// The last parts of the paths of all files below a directory that end in `suffix`, without it.
fn stems(dir: &Path, suffix: &str) -> Vec<String> {
    let entries = fs::read_dir(source::root().join(dir)).unwrap_or_else(|e| panic!("{}: {e}", dir.display()));
    let mut found = Vec::new();
    for entry in entries.map(|entry| entry.unwrap()) {
        let name = entry.file_name().into_string().unwrap();
        if entry.file_type().unwrap().is_dir() {
            found.extend(stems(&dir.join(&name), suffix));
        } else if let Some(stem) = name.strip_suffix(suffix) {
            found.push(stem.to_string());
        }
    }
    found
}

/// The names after which C tests may be called: subjects, and the modules within them (families).
fn subjects(sections: &[Section]) -> Vec<String> {
    let mut all: Vec<String> = sections.iter().map(|section| section.subject.clone()).collect();
    for section in sections {
        let dir = PathBuf::from("src/ffi").join(&section.subject);
        if source::root().join(&dir).is_dir() {
            all.extend(stems(&dir, ".rs"));
        }
    }
    all
}

/// The subject whose test a program is: `test_option_tcp` is one of `option`.
fn named<'a>(program: &str, subjects: impl IntoIterator<Item = &'a str>) -> bool {
    let name = program.strip_prefix("test_").expect("a test");
    subjects.into_iter().any(|s| name.strip_prefix(s).is_some_and(|r| r.is_empty() || r.starts_with('_')))
}

/// Whether a title begins with the name of a module, or its plural: "Cancel tokens" is `cancel`.
fn is_title_of(title: &str, subject: &str) -> bool {
    let word = title.split(' ').next().unwrap().to_lowercase();
    let plural = match subject.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None => format!("{subject}s"),
    };
    word == subject || word == plural || word == format!("{subject}es")
}

#[test]
fn titles_are_the_names_of_modules() {
    let sections = source::sections();
    for section in &sections {
        let (title, subject) = (&section.text[0], &section.subject);
        assert!(
            is_title_of(title, subject),
            "src/ffi/{subject}: the title \"{title}\" names another subject"
        );
        let others = sections.iter().filter(|other| is_title_of(title, &other.subject)).count();
        assert_eq!(others, 1, "\"{title}\" names several modules");
    }
}

#[test]
fn every_subject_has_its_module_in_net() {
    let exceptions: BTreeMap<&str, &str> =
        ELSEWHERE_IN_NET.iter().map(|&(name, path, _)| (name, path)).collect();
    for section in source::sections() {
        let own = Path::new("src/net").join(&section.subject);
        let exists = |path: &Path| source::root().join(path).exists();
        let has = exists(&own.with_extension("rs")) || exists(&own.join("mod.rs"));
        match exceptions.get(&*section.subject) {
            Some(path) => assert!(!has && exists(Path::new(path)), "{}: {path}", section.subject),
            None => assert!(has, "{} does not exist, and no exception says why", own.display()),
        }
    }
}

#[test]
fn every_module_of_net_is_a_subject() {
    let text = source::read("src/net/mod.rs");
    let modules = text.lines().filter_map(|line| {
        let line = line.strip_prefix("pub ").unwrap_or(line);
        line.strip_prefix("mod ")?.strip_suffix(';')
    });
    let modules: Vec<&str> = modules.collect();
    let sections = source::sections();
    let is_subject = |name: &str| sections.iter().any(|section| section.subject == name);
    let inside = |name: &str| INSIDE_NET.iter().any(|(module, _)| *module == name);
    for name in &modules {
        assert!(
            is_subject(name) != inside(name),
            "src/net/{name}: a section of sock.h, or listed here, not both"
        );
    }
    for (name, _) in INSIDE_NET {
        assert!(modules.contains(name), "src/net/{name} is listed here and does not exist");
    }
}

#[test]
fn every_subject_has_its_test() {
    let programs = stems(Path::new("ctests"), ".c");
    let exists = |program: &str| programs.iter().any(|other| other == program);
    let exceptions: BTreeMap<&str, &str> =
        TESTED_ELSEWHERE.iter().map(|&(name, path, _)| (name, path)).collect();
    for section in source::sections() {
        let own = format!("test_{}", section.subject);
        match exceptions.get(&*section.subject) {
            Some(path) => assert!(!exists(&own) && exists(path), "{}: {path}", section.subject),
            None => assert!(exists(&own), "ctests: {own}.c does not exist, and no exception says why"),
        }
    }
}

#[test]
fn every_test_is_of_a_subject() {
    let sections = source::sections();
    let subjects = subjects(&sections);
    let subjects = || subjects.iter().map(|subject| subject.as_str());
    let mut programs = stems(Path::new("ctests"), ".c");
    programs.retain(|program| program.starts_with("test_"));
    for program in &programs {
        let listed = named(program, OF_NO_SUBJECT.iter().map(|(name, _)| *name));
        assert!(named(program, subjects()) != listed, "{program}.c: a subject's, or listed here, not both");
    }
    for (name, _) in OF_NO_SUBJECT {
        assert!(
            programs.iter().any(|program| named(program, [*name])),
            "test_{name} is listed, and does not exist"
        );
    }
}

#[test]
fn names_are_compared_by_whole_words() {
    assert!(is_title_of("Cancel tokens", "cancel") && is_title_of("FILE (stdio)", "file"));
    assert!(is_title_of("Families", "family") && is_title_of("Addresses", "address"));
    assert!(!is_title_of("Sendfile", "file") && !is_title_of("Standard streams", "stream"));
    assert!(named("test_option_tcp", ["option"]) && named("test_can", ["can"]));
    assert!(!named("test_cancel", ["can"]) && !named("test_wake_close", ["close"]));
}
