//! docs/python-map.md against the names of Python's module and sock.h.

use super::constants;
use super::platform::{self, COLUMNS, NOTHING, state};
use super::{cells, code, document, read};
use std::collections::BTreeSet;

pub const MAP: &str = "docs/python-map.md";

/// The functions of sock.h: each begins at the start of a line.
fn functions() -> BTreeSet<String> {
    let text = read("include/sock.h");
    let heads = text.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_alphabetic()));
    let names = heads.filter_map(|line| line.split_once('(')?.0.rsplit([' ', '*']).next());
    names.filter(|name| name.starts_with("sock_")).map(String::from).collect()
}

/// The names `sock_...` of a text that are not in code type: functions that are still to come.
fn coming(text: &str) -> Vec<&str> {
    let plain = text.split('`').step_by(2);
    let words = plain.flat_map(|part| part.split(|c: char| !c.is_ascii_alphanumeric() && c != '_'));
    words.filter(|word| word.starts_with("sock_") && *word != "sock_t").collect()
}

/// Puts functions that have arrived into code type, and takes the remark away with the last of them.
fn arrived(text: &str) -> String {
    let functions = functions();
    let mut out = String::new();
    for line in text.lines() {
        let mut line = line.to_string();
        let waits = line.contains("| with ");
        for name in coming(&line.clone()).into_iter().filter(|name| waits && functions.contains(*name)) {
            let words: Vec<&str> = line.split(name).collect();
            // A name may be the beginning of another one.
            let mut joined = words[0].to_string();
            for part in &words[1..] {
                let longer = part.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
                let done = joined.ends_with('`');
                joined += &if longer || done { name.to_string() } else { format!("`{name}`") };
                joined += part;
            }
            line = joined;
        }
        if waits && coming(&line).is_empty() {
            let (before, rest) = line.split_once("| with ").expect("a remark");
            let (_, rest) = rest.split_once(": ").expect("the remark's colon");
            line = format!("{before}| {rest}");
        }
        out += &line;
        out.push('\n');
    }
    out
}

fn renew(text: &str) -> String {
    let lines: String = arrived(text).lines().map(|line| with_columns(line) + "\n").collect();
    constants::with_summary(&lines)
}

/// A line of the map, with what the columns of platforms say.
fn with_columns(line: &str) -> String {
    if line.starts_with("| Python |") {
        return format!("| Python | C | binding |{}", platform::heads().0);
    }
    if line == "|---|---|---|" || line.starts_with("|---|---|---|---|") && !line.contains(':') {
        return format!("|---|---|---|{}", platform::heads().1);
    }
    match cells(line) {
        Some(row) if row[0].starts_with('`') => {
            let binding = row.get(2).copied().unwrap_or_default();
            format!("| {} | {} | {binding} | {} |", row[0], row[1], columns(row[1]))
        }
        _ => line.to_string(),
    }
}

/// What the columns say of the functions of a row: one word where it holds for all, otherwise the exceptions too.
fn columns(c: &str) -> String {
    let functions: Vec<&str> = code(c).filter(|name| name.starts_with("sock_")).collect();
    let says = |platform| {
        let states: Vec<(&str, String)> =
            functions.iter().map(|name| (*name, state(name, platform))).collect();
        let Some((_, first)) = states.first() else { return NOTHING.to_string() };
        let others = states.iter().filter(|(_, state)| state != first);
        others.fold(first.clone(), |said, (name, state)| format!("{said}; `{name}` {state}"))
    };
    COLUMNS.map(|(platform, _)| says(platform)).join(" | ")
}

pub fn map() -> String {
    document(MAP, renew)
}

pub type Pair = (String, String);

/// (kind, name) of every name, and (group, name) of every constant.
pub fn names() -> (BTreeSet<Pair>, Vec<Pair>) {
    let text = read("tests/data/python-names.txt");
    let (mut names, mut constants) = (BTreeSet::new(), Vec::new());
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (kind, name) = line.split_once(' ').expect("kind and name");
        match kind {
            "constant" => {
                let (group, name) = name.split_once(' ').expect("group and name");
                constants.push((group.into(), name.into()));
            }
            _ => assert!(names.insert((kind.into(), name.into())), "{line} appears twice"),
        }
    }
    assert_eq!((names.len(), constants.len()), (107, 614), "tests/data/python-names.txt is whole");
    (names, constants)
}

pub fn section<'a>(map: &'a str, title: &str) -> &'a str {
    let (_, rest) =
        map.split_once(&format!("\n## {title}\n")).unwrap_or_else(|| panic!("no section {title}"));
    rest.split("\n## ").next().unwrap_or_default()
}

#[test]
fn every_name_has_a_row() {
    let map = map();
    let mut rows = BTreeSet::new();
    for (kind, title) in [
        ("exception", "Exceptions"),
        ("class", "Classes"),
        ("module-function", "Module functions"),
        ("method", "Methods"),
        ("attribute", "Attributes"),
    ] {
        for row in section(&map, title).lines().filter_map(cells) {
            let name = code(row[0]).next().unwrap_or_else(|| panic!("{row:?} names nothing"));
            assert_eq!(row.len(), 3 + COLUMNS.len(), "{name}: the columns");
            assert_eq!(row[3..].join(" | "), columns(row[1]), "{MAP}: the platforms of {name}");
            let says = row[1].contains("sock_") || row[1].split(' ').count() > 3;
            assert!(says, "{name}: neither a function nor a sentence");
            assert!(rows.insert((kind.to_string(), name.to_string())), "{name} appears twice in {title}");
        }
    }
    let (names, _) = names();
    let missing: Vec<_> = names.difference(&rows).collect();
    let unknown: Vec<_> = rows.difference(&names).collect();
    assert!(missing.is_empty() && unknown.is_empty(), "{MAP}: missing {missing:?}, unknown {unknown:?}");
}

#[test]
fn every_function_named_is_in_the_header() {
    let (map, functions) = (map(), functions());
    assert!(functions.contains("sock_socket") && functions.len() > 60, "sock.h was read");
    for name in code(&map).filter(|name| name.starts_with("sock_")) {
        let name = name.split('(').next().unwrap_or(name);
        assert!(functions.contains(name) || name == "sock_x", "{MAP}: {name} is not in sock.h");
    }
    let rows = map.lines().filter(|line| line.contains("| with "));
    let waiting: Vec<_> = rows.inspect(|row| assert!(!coming(row).is_empty(), "{row}")).collect();
    assert!(waiting.is_empty(), "{} rows still wait: {waiting:#?}", waiting.len());
    let rows = map.lines().filter(|line| line.starts_with("| `") && !line.contains("| with "));
    for line in rows {
        assert_eq!(coming(line), [""; 0], "{line}: a function that is not in code type");
    }
}

#[test]
fn functions_that_arrive_are_put_into_code_type() {
    let row = |text: &str| arrived(&format!("| `x` | {text} | none |"));
    assert_eq!(
        row("with tests: sock_send, sock_never"),
        "| `x` | with tests: `sock_send`, sock_never | none |\n"
    );
    assert_eq!(row("with tests: sock_send, sock_sendall"), "| `x` | `sock_send`, `sock_sendall` | none |\n");
    assert_eq!(row("with tests: sock_sendall, sock_send"), "| `x` | `sock_sendall`, `sock_send` | none |\n");
    assert_eq!(row("`sock_send`"), "| `x` | `sock_send` | none |\n");
}
