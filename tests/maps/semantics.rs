//! docs/semantics-map.md: every rule is settled somewhere, and every test named mentions its rule.

use super::{cells, code, document, read, root};
use std::fs;

const MAP: &str = "docs/semantics-map.md";
const RULES: usize = 207;

/// Whether a text mentions a rule: R5 is not in R57.
fn mentions(text: &str, rule: &str) -> bool {
    let ends = |at: usize| !text[at + rule.len()..].starts_with(|c: char| c.is_ascii_digit());
    let begins = |at: usize| !text[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    text.match_indices(rule).any(|(at, _)| begins(at) && ends(at))
}

/// The C tests of a folder and of the folders in it.
fn c_tests(folder: &str, found: &mut Vec<String>) {
    for entry in fs::read_dir(root().join(folder)).unwrap_or_else(|e| panic!("{folder}: {e}")) {
        let entry = entry.expect("an entry");
        let name = entry.file_name().into_string().expect("a name");
        let path = format!("{folder}/{name}");
        if entry.file_type().expect("a type").is_dir() {
            c_tests(&path, found);
        } else if name.starts_with("test_") && name.ends_with(".c") {
            found.push(path);
        }
    }
}

/// Every C test, with its text.
fn tests() -> Vec<(String, String)> {
    let mut paths = Vec::new();
    c_tests("ctests", &mut paths);
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), read(&path))).collect()
}

/// Names, in the rows of the core, every test that mentions the rule.
fn renew(text: &str) -> String {
    let tests = tests();
    let mut out = String::new();
    for line in text.lines() {
        match cells(line) {
            Some(row) if row[2].starts_with("not yet") || row[2].starts_with('`') => {
                let found: Vec<String> = tests
                    .iter()
                    .filter(|(_, text)| mentions(text, row[0]))
                    .map(|(name, _)| format!("`{name}`"))
                    .collect();
                let found = if found.is_empty() { "not yet".into() } else { found.join(", ") };
                let rest = row[2].split_once("; ").map_or(String::new(), |(_, rest)| format!("; {rest}"));
                out += &format!("| {} | {} | {found}{rest} |\n", row[0], row[1]);
            }
            _ => out += &format!("{line}\n"),
        }
    }
    out
}

#[test]
fn every_rule_is_settled_somewhere() {
    let map = document(MAP, renew);
    let rows: Vec<Vec<&str>> = map.lines().filter_map(cells).collect();
    assert_eq!(rows.len(), RULES);
    for (i, row) in rows.iter().enumerate() {
        let rule = row[0];
        assert_eq!(rule, format!("R{}", i + 1), "the rules stand in order");
        assert!(row.len() == 3 && !row[1].is_empty(), "{row:?}: three columns");
        for test in code(row[2]) {
            assert!(mentions(&read(test), rule), "{MAP}: {test} does not mention {rule}");
        }
        let settled = ["`ctests/", "binding: ", "not Linux"];
        assert!(settled.iter().any(|word| row[2].starts_with(word)), "{rule}: {}", row[2]);
    }
}

#[test]
fn a_rule_is_not_the_beginning_of_another() {
    assert!(mentions("see R5, R57.", "R5") && mentions("R57", "R57"));
    assert!(!mentions("R57 and ER5 and R_R5", "R5"));
    assert!(!mentions("R1", "R10"));
}
