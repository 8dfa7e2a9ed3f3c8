//! docs/constants.md, and the section of docs/python-map.md that counts its rows. `ctests/run constants` compares the
//! values with the compiler's; what can be seen without a compiler for each platform is seen here.

use super::python::{self, names, section};
use super::read;
use std::collections::{BTreeMap, BTreeSet};

const TABLE: &str = "docs/constants.md";
const PLATFORMS: [&str; 7] = ["Linux", "Android", "macOS", "FreeBSD", "NetBSD", "OpenBSD", "Windows"];
const ABSENT: &str = "–";

/// (group, name, one cell for each platform), in order.
fn table() -> Vec<(String, String, Vec<String>)> {
    let (text, mut rows, mut group) = (read(TABLE), Vec::new(), String::new());
    for line in text.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            group = title.to_string();
        } else if let Some((name, rest)) = line.strip_prefix("| `").and_then(|row| row.split_once("` | ")) {
            let cells: Vec<String> = rest.trim_end_matches(" |").split(" | ").map(String::from).collect();
            assert_eq!(cells.len(), PLATFORMS.len(), "{TABLE}: {name}");
            rows.push((group.clone(), name.to_string(), cells));
        } else if line.starts_with("| constant |") {
            assert_eq!(line, format!("| constant | {} |", PLATFORMS.join(" | ")));
        }
    }
    rows
}

/// The map, with the rows that count the constants of each group.
pub fn with_summary(map: &str) -> String {
    let (before, rest) = map.split_once("\n| group |").expect("the table of groups");
    let after = rest.split_once("\n\n").map_or("", |(_, after)| after);
    let end = if after.is_empty() { String::new() } else { format!("\n{after}") };
    format!("{before}\n{}{end}", summary())
}

fn summary() -> String {
    let mut groups: Vec<(String, usize, [usize; 7])> = Vec::new();
    for (group, _, cells) in table() {
        if groups.last().is_none_or(|last| last.0 != group) {
            groups.push((group, 0, [0; 7]));
        }
        let last = groups.last_mut().expect("a group");
        last.1 += 1;
        for (count, cell) in last.2.iter_mut().zip(&cells) {
            *count += usize::from(cell != ABSENT);
        }
    }
    let mut out =
        format!("| group | Python | {} |\n|---|---:|{}\n", PLATFORMS.join(" | "), "---:|".repeat(7));
    for (group, all, counts) in groups {
        let counts = counts.map(|count| if count == 0 { ABSENT.to_string() } else { count.to_string() });
        out += &format!(
            "| [{group}](constants.md#{}) | {all} | {} |\n",
            group.to_lowercase(),
            counts.join(" | ")
        );
    }
    out
}

#[test]
fn the_map_counts_them() {
    let map = python::map();
    assert!(section(&map, "Constants").contains(&summary()), "{}: SOCK_TEST_WRITE=1 writes it", python::MAP);
}

#[test]
fn every_constant_is_in_its_group() {
    let rows: Vec<_> = table().into_iter().map(|(group, name, _)| (group, name)).collect();
    let (_, constants) = names();
    let distinct: BTreeSet<_> = rows.iter().collect();
    assert_eq!(distinct.len(), rows.len(), "{TABLE}: a row appears twice");
    assert_eq!(distinct, constants.iter().collect(), "{TABLE} and tests/data/python-names.txt");
}

/// The names that Linux's table has, and those of which it says that others have them.
fn on_linux() -> BTreeMap<String, bool> {
    let mut table = BTreeMap::new();
    let here = read("ctests/generated/constant_names.h");
    let here = here.lines().filter_map(|line| line.strip_prefix("C(")?.strip_suffix(')'));
    // The two that are texts are in no header's list of numbers.
    for name in here.chain(["BDADDR_ANY", "BDADDR_LOCAL"]) {
        table.insert(name.to_string(), true);
    }
    let other_platforms = read("src/net/constant/linux/other_platforms.rs");
    let (_, list) = other_platforms.split_once("OTHER_PLATFORMS: ").expect("the list");
    for name in words(list).filter(|word| word.contains('_') && word.to_uppercase() == **word) {
        assert!(table.insert(name.to_string(), false).is_none(), "{name} is here and on other platforms");
    }
    table
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
}

#[test]
fn the_column_of_linux_has_what_the_library_has() {
    let known = on_linux();
    for (_, name, cells) in table() {
        let here =
            known.get(&name).unwrap_or_else(|| panic!("{name} is in neither table of src/net/constant"));
        assert_eq!(cells[0] != ABSENT, *here, "{TABLE}: {name} on Linux");
    }
}

/// `NAME = NUMBER` in the sources.
fn written(text: &str) -> BTreeMap<&str, i64> {
    let mut found = BTreeMap::new();
    for (before, after) in text.split(" = ").zip(text.split(" = ").skip(1)) {
        let name = words(before).last().unwrap_or_default();
        let number = after.split([',', ' ', '\n', ';']).next().unwrap_or_default();
        let value = match number.strip_prefix("0x") {
            Some(digits) => i64::from_str_radix(digits, 16).ok(),
            None => number.parse().ok(),
        };
        if let Some(value) = value.filter(|_| !name.is_empty()) {
            found.insert(name, value);
        }
    }
    found
}

#[test]
fn the_column_of_windows_has_the_numbers_of_its_file() {
    let text = read("src/net/constant/windows.rs");
    let (written, mut compared) = (written(text.split("OTHER_PLATFORMS").next().unwrap_or_default()), 0);
    for (_, name, cells) in table() {
        if let (Some(value), Ok(cell)) = (written.get(name.as_str()), cells[6].parse::<i64>()) {
            assert_eq!(cell, *value, "{TABLE}: {name} on Windows; `ctests/run constants` writes it");
            compared += 1;
        }
    }
    assert!(compared > 150, "{compared} were compared");
}

#[test]
fn the_columns_of_the_bsds_have_names_of_their_files() {
    let mut files = Vec::new();
    super::files_in("src/net/constant/bsd", &mut files);
    let text: String =
        files.iter().filter(|path| !path.contains("other_platforms")).map(|path| read(path)).collect();
    let known: BTreeSet<&str> = words(&text).collect();
    // The numbers of errors are in a file that all systems share.
    for (_, name, cells) in table().into_iter().filter(|row| row.0 != "errno") {
        let somewhere = cells[2..6].iter().any(|cell| cell != ABSENT);
        assert!(!somewhere || known.contains(name.as_str()), "{TABLE}: {name} on the BSDs");
    }
}
