//! What the columns of platforms say, from the C tests, the lists of tests that are skipped, and the code that refuses.

use super::read;
use super::semantics::c_tests;
use std::collections::BTreeSet;
use std::sync::OnceLock;

/// A column.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Platform {
    Linux,
    /// Linux, with the backend for every Unix.
    Portable,
    /// macOS and the BSDs: nothing has been run there.
    Bsd,
    /// Under wine.
    Windows,
}
use Platform::*;

pub const COLUMNS: [(Platform, &str); 4] =
    [(Linux, "Linux"), (Portable, "portable"), (Bsd, "macOS, BSD"), (Windows, "Windows")];

/// What one of the columns says of a thing that does not exist there.
pub const NOTHING: &str = "–";

/// The heads of the columns, as a table's first two lines end.
pub fn heads() -> (String, String) {
    let names: Vec<&str> = COLUMNS.iter().map(|column| column.1).collect();
    (format!(" {} |", names.join(" | ")), "---|".repeat(names.len()))
}

/// Part of a C test: a function with the comments before it.
pub struct Segment {
    pub text: String,
    /// Whether the tests under wine skip it there, or in part.
    pub skips_under_wine: bool,
}

/// A C test, cut after each function.
fn segments(path: &str, left_out: &BTreeSet<(String, String)>) -> Vec<Segment> {
    let program = path.rsplit('/').next().and_then(|name| name.strip_suffix(".c")).expect("a C file");
    let text = read(path);
    let parts = text.split("\n}\n").filter(|part| {
        let test = part.split("static void ").skip(1).filter_map(|rest| rest.split_once("(void)")).last();
        !test.is_some_and(|(name, _)| left_out.contains(&(program.to_string(), name.to_string())))
    });
    parts
        .map(|part| Segment {
            text: part.to_string(),
            skips_under_wine: part.contains("under_wine()") && part.contains("SKIP("),
        })
        .collect()
}

/// `LEFT_OUT` of one of the runner's files: (program, test).
fn left_out(path: &str) -> BTreeSet<(String, String)> {
    let text = read(path);
    let (_, rest) = text.split_once("\nLEFT_OUT = {").expect("a table of tests that are left out");
    let table = if rest.starts_with('}') { "" } else { rest.split("\n}\n").next().unwrap_or_default() };
    let (mut found, mut program) = (BTreeSet::new(), "");
    for (name, after) in quoted(table) {
        if after.starts_with(": {") {
            program = name;
        } else if after.starts_with(':') {
            found.insert((program.to_string(), name.to_string()));
        }
    }
    found
}

/// Every text in quotation marks, with what comes after it.
fn quoted(text: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('"') {
        let Some((inside, after)) = after.split_once('"') else { break };
        found.push((inside, after));
        rest = after;
    }
    found
}

/// What runs on a platform.
pub fn run_on(platform: Platform) -> &'static [Segment] {
    static RUN: OnceLock<[Vec<Segment>; 4]> = OnceLock::new();
    let run = RUN.get_or_init(|| {
        let mut all = Vec::new();
        c_tests("ctests", &mut all);
        let (windows, unix): (Vec<_>, Vec<_>) = all.into_iter().partition(|path| path.contains("/windows/"));
        let of = |paths: &[String], left_out: BTreeSet<_>| {
            paths.iter().flat_map(|path| segments(path, &left_out)).collect::<Vec<_>>()
        };
        let portable = left_out("ctests/runner/backend.py");
        assert!(portable.len() > 20, "the table of the portable backend was read");
        let mut under_wine = windows;
        let runner = read("ctests/runner/windows.py");
        let (_, shared) = runner.split_once("\nSHARED = [").expect("the tests that every system has");
        let shared = quoted(shared.split(']').next().unwrap_or_default());
        under_wine.extend(shared.iter().map(|(name, _)| format!("ctests/{name}.c")));
        let skipped = left_out("ctests/runner/windows.py");
        [of(&unix, BTreeSet::new()), of(&unix, portable), Vec::new(), of(&under_wine, skipped)]
    });
    &run[platform as usize]
}

/// A function that a platform refuses, and the code that does so: a function of a file, whose body has the error's name.
struct Refusal {
    functions: &'static [&'static str],
    on: &'static [Platform],
    error: &'static str,
    file: &'static str,
    code: &'static str,
}

const REFUSALS: [Refusal; 7] = [
    refusal(&["sock_share"], &[Linux, Portable, Bsd], "EOPNOTSUPP", "src/sys/unix/socket.rs", "share"),
    refusal(
        &["sock_fromshare"],
        &[Linux, Portable, Bsd],
        "EOPNOTSUPP",
        "src/sys/unix/socket.rs",
        "from_share",
    ),
    refusal(&["sock_ioctl"], &[Linux, Portable, Bsd], "EOPNOTSUPP", "src/sys/unix/socket.rs", "ioctl"),
    refusal(&["sock_fdopen"], &[Windows], "ENOSYS", "src/sys/windows/stdio.rs", "open_stdio"),
    refusal(&["sock_sethostname"], &[Windows], "ENOSYS", "src/sys/windows/host.rs", "set_name"),
    refusal(&["sock_sendmsg_alg"], &[Bsd], "EAFNOSUPPORT", "src/net/family/absent.rs", "no_option"),
    refusal(&["sock_sendmsg_alg"], &[Windows], "EAFNOSUPPORT", "src/ffi/family/absent.rs", "lacks"),
];

const fn refusal(
    functions: &'static [&'static str],
    on: &'static [Platform],
    error: &'static str,
    file: &'static str,
    code: &'static str,
) -> Refusal {
    Refusal { functions, on, error, file, code }
}

/// What a function does on a platform.
pub fn state(function: &str, platform: Platform) -> String {
    let refusal = REFUSALS.iter().find(|r| r.functions.contains(&function) && r.on.contains(&platform));
    if let Some(refusal) = refusal {
        return format!("-{}", refusal.error);
    }
    let call = format!("{function}(");
    let called = |segment: &Segment| {
        let mut before =
            segment.text.match_indices(&call).map(|(at, _)| segment.text[..at].chars().next_back());
        before.any(|c| !c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_'))
    };
    match platform {
        Bsd => "compiled",
        Windows if run_on(Windows).iter().any(called) => "wine",
        _ if run_on(platform).iter().any(called) => "run",
        _ => "compiled",
    }
    .to_string()
}

#[test]
fn what_refuses_is_in_the_code() {
    for refusal in &REFUSALS {
        let text = read(refusal.file);
        let (_, rest) = text.split_once(&format!("fn {}", refusal.code)).unwrap_or_else(|| {
            panic!("{}: no {}; what do {:?} do now?", refusal.file, refusal.code, refusal.functions)
        });
        let body = rest.split("\n}").next().unwrap_or_default();
        let error = format!("libc::{})", refusal.error);
        assert!(body.contains(&error), "{}: {} does not fail with {error}", refusal.file, refusal.code);
    }
    let absent = read("src/ffi/family/absent.rs");
    assert!(absent.contains("sock_sendmsg_alg: i64"), "refused on Windows");
}

/// Bodies in sys that do nothing but fail, and what callers do about it. A new one needs a place here or above.
const REPLACED: [(&str, &str); 13] = [
    ("src/sys/windows/file.rs", "send_file"), // through memory
    ("src/sys/windows/path.rs", "set_mode"),  // an option of sock_create_server
    ("src/sys/windows/path.rs", "change_mode"),
    ("src/sys/windows/family.rs", "set_fast_open"), // the ordinary handshake
    ("src/sys/windows/family.rs", "new"),           // pauses instead of edges
    ("src/sys/windows/family.rs", "peer_process"),  // not of Python's module
    ("src/sys/bsd/family.rs", "set_fast_open"),
    ("src/sys/unix/portable/no_splice.rs", "new"), // through memory
    ("src/sys/unix/portable/no_splice.rs", "splice_into"),
    ("src/sys/unix/portable/no_splice.rs", "splice"),
    ("src/sys/unix/portable/no_splice.rs", "take"),
    ("src/sys/unix/portable/batch.rs", "set_gro"), // not of Python's module
    ("src/sys/unix/portable/file.rs", "send_file"),
];

#[test]
fn every_body_that_only_fails_is_known() {
    let mut files = Vec::new();
    super::files_in("src/sys", &mut files);
    let mut found = 0;
    for path in files.iter().filter(|path| path.ends_with(".rs") && !path.ends_with("edge.rs")) {
        for part in read(path).split("fn ").skip(1) {
            let Some((head, body)) = part.split_once("{\n") else { continue };
            let line = body.lines().next().unwrap_or_default().trim();
            if !(line.starts_with("Err(") && line.ends_with("))") && line.contains("Errno(libc::E")) {
                continue;
            }
            found += 1;
            let name = head.split(['(', '<']).next().unwrap_or_default();
            let known = REFUSALS.iter().any(|r| (r.file, r.code) == (path, name))
                || REPLACED.contains(&(path.as_str(), name));
            assert!(
                known,
                "{path}: which functions of sock.h does {name} make fail? Say so in tests/maps/platform.rs"
            );
        }
    }
    assert!(found > 5, "the bodies were found");
}

#[test]
fn tests_that_are_left_out_do_not_count() {
    let has =
        |platform, test: &str| run_on(platform).iter().any(|s| s.text.contains(&format!("{test}(void)\n{{")));
    assert!(has(Linux, "test_back_pressure") && !has(Portable, "test_back_pressure"));
    assert!(
        has(Linux, "test_pipe_keeps_what_did_not_go") && !has(Portable, "test_pipe_keeps_what_did_not_go")
    );
    assert!(has(Portable, "test_both_directions"), "others do");
    assert_eq!(state("sock_socket", Portable), "run");
    assert_eq!(state("sock_socket", Windows), "wine");
    assert_eq!(state("sock_nothing", Linux), "compiled");
}
