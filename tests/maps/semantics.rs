//! docs/semantics-map.md: every rule is settled somewhere, and every test named mentions its rule.

use super::platform::{self, COLUMNS, NOTHING, Platform, run_on, state};
use super::{cells, code, document, files_in, read};

const MAP: &str = "docs/semantics-map.md";
const RULES: usize = 207;

/// Whether a text mentions a rule: R5 is not in R57.
fn mentions(text: &str, rule: &str) -> bool {
    let ends = |at: usize| !text[at + rule.len()..].starts_with(|c: char| c.is_ascii_digit());
    let begins = |at: usize| !text[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    text.match_indices(rule).any(|(at, _)| begins(at) && ends(at))
}

/// The C tests of a folder and of the folders in it.
pub fn c_tests(folder: &str, found: &mut Vec<String>) {
    files_in(folder, found);
    let is_test = |path: &str| {
        let name = path.rsplit('/').next().unwrap_or_default();
        name.ends_with(".c") && (name.starts_with("test_") || name.starts_with("win_"))
    };
    found.retain(|path| is_test(path));
}

/// Every C test, with its text.
fn tests() -> Vec<(String, String)> {
    let mut paths = Vec::new();
    c_tests("ctests", &mut paths);
    paths.into_iter().map(|path| (path.clone(), read(&path))).collect()
}

/// What the columns say of a rule.
fn columns(rule: &str, about: &str) -> String {
    let foreign = ["AF_ALG", "afalg", "AF_VSOCK"].iter().any(|family| about.contains(family));
    let tested = |platform| run_on(platform).iter().filter(|s| mentions(&s.text, rule)).collect::<Vec<_>>();
    let on_linux = !tested(Platform::Linux).is_empty();
    // What libsock answers where it lacks a family: what refuses is in the code.
    let refused = state("sock_sendmsg_alg", Platform::Bsd);
    let says = |platform| match platform {
        Platform::Bsd | Platform::Windows if foreign => &refused,
        Platform::Linux if on_linux => "run",
        Platform::Portable if !tested(platform).is_empty() => "run",
        Platform::Portable if on_linux => "left out",
        Platform::Bsd if on_linux => "compiled",
        Platform::Windows => {
            let segments = tested(platform);
            match segments.iter().filter(|s| s.skips_under_wine).count() {
                0 if segments.is_empty() => {
                    if on_linux {
                        "compiled"
                    } else {
                        NOTHING
                    }
                }
                0 => "wine",
                skipped if skipped == segments.len() => "skipped",
                _ => "wine, in part",
            }
        }
        _ => NOTHING,
    };
    COLUMNS.map(|(platform, _)| says(platform)).join(" | ")
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
                let rest = row[2]
                    .split_once("; binding")
                    .map_or(String::new(), |(_, rest)| format!("; binding{rest}"));
                out +=
                    &format!("| {} | {} | {found}{rest} | {} |\n", row[0], row[1], columns(row[0], row[1]));
            }
            Some(row) => {
                out += &format!("| {} | {} | {} | {} |\n", row[0], row[1], row[2], columns(row[0], row[1]))
            }
            None if line.starts_with("| rule |") => {
                out += &format!("| rule | about | where |{}\n", platform::heads().0)
            }
            None if line.starts_with("|---|") => out += &format!("|---|---|---|{}\n", platform::heads().1),
            None => out += &format!("{line}\n"),
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
        assert!(row.len() == 3 + COLUMNS.len() && !row[1].is_empty(), "{row:?}: the columns");
        assert_eq!(row[3..].join(" | "), columns(rule, row[1]), "{MAP}: the platforms of {rule}");
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
