//! `ctests/README.md` lists every C program and header of `ctests/`, names no missing file, and has a program
//! for every module of `src/ffi`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// The C files of a folder and of the folders in it, as the README names them: programs without `.c`, the
/// others with their ending.
fn files(folder: &Path, before: &str, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
        let entry = entry.expect("an entry");
        let name = format!("{before}{}", entry.file_name().to_str().expect("a name"));
        if entry.file_type().expect("a type").is_dir() {
            files(&entry.path(), &format!("{name}/"), found);
        } else if name.ends_with(".h") {
            found.insert(name);
        } else if let Some(stem) = name.strip_suffix(".c") {
            let text = fs::read_to_string(entry.path()).expect("a C file");
            // TEST_MAIN, COUNT_MAIN or WAKE_MAIN.
            found.insert(if text.contains("_MAIN") { stem.to_string() } else { name });
        }
    }
}

fn tree() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    files(&root().join("ctests"), "", &mut found);
    found
}

/// (first cell, the column of files) of every table row. In the table of shared files the first column
/// names the files.
fn rows(readme: &str) -> Vec<(&str, &str)> {
    let mut rows = Vec::new();
    let mut column = 1;
    for line in readme.lines() {
        let Some(inside) = line.strip_prefix("| ").and_then(|line| line.strip_suffix(" |")) else { continue };
        let cells: Vec<&str> = inside.split(" | ").collect();
        match cells[1] {
            "programs" => column = 1,
            "used by" => column = 0,
            _ => rows.push((cells[0], cells[column])),
        }
    }
    rows
}

/// The words in code type of a text.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// The files that no row names, and the names in rows that are no files.
fn differences(readme: &str, files: &BTreeSet<String>) -> (Vec<String>, Vec<String>) {
    let named: BTreeSet<String> =
        rows(readme).iter().flat_map(|(_, cell)| code(cell)).map(String::from).collect();
    (files.difference(&named).cloned().collect(), named.difference(files).cloned().collect())
}

#[test]
fn readme_lists_every_file() {
    let (unlisted, missing) = differences(&read("ctests/README.md"), &tree());
    assert!(
        unlisted.is_empty() && missing.is_empty(),
        "ctests/README.md: files in no row {unlisted:?}, rows that name missing files {missing:?}"
    );
}

/// The public modules of a folder: those of `src/ffi` are the sections of the header.
fn modules(folder: &str) -> Vec<String> {
    let text = read(&format!("{folder}/mod.rs"));
    let lines = text.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    lines.map(String::from).collect()
}

#[test]
fn every_module_of_ffi_has_a_program() {
    let (modules, readme, files) = (modules("src/ffi"), read("ctests/README.md"), tree());
    assert!(modules.len() > 20, "src/ffi/mod.rs was read: {modules:?}");
    for module in &modules {
        let program = format!("test_{module}");
        let there = files.iter().any(|file| file.rsplit('/').next() == Some(&program));
        assert!(there, "src/ffi/{module}: no program {program} in ctests/");
        let row = rows(&readme).into_iter().find(|(subject, _)| subject == module);
        let (_, cell) = row.unwrap_or_else(|| panic!("ctests/README.md: no row for the subject {module}"));
        let first = code(cell).next().and_then(|name| name.rsplit('/').next());
        assert_eq!(first, Some(program.as_str()), "ctests/README.md: the first program of {module}");
    }
}

#[test]
fn every_family_has_a_program() {
    let (families, files) = (modules("src/ffi/family"), tree());
    assert!(families.len() > 5, "src/ffi/family/mod.rs was read: {families:?}");
    for family in families {
        let program = format!("family/test_{family}");
        assert!(files.contains(&program), "src/ffi/family/{family}: no program {program} in ctests/");
    }
}

#[test]
fn planted_differences_are_found() {
    let readme = "| subject | programs | covers |\n|---|---|---|\n| a | `test_a`, `x/test_b` | `test_z` |\n\
                  | file | used by |\n|---|---|\n| `a.h` | `test_a` |\n";
    let files = |names: &[&str]| names.iter().map(|name| name.to_string()).collect::<BTreeSet<_>>();
    let none: Vec<String> = Vec::new();
    assert_eq!(differences(readme, &files(&["test_a", "x/test_b", "a.h"])), (none.clone(), none.clone()));
    let more = files(&["test_a", "x/test_b", "a.h", "test_new"]);
    assert_eq!(differences(readme, &more), (vec!["test_new".to_string()], none.clone()));
    let fewer = files(&["test_a", "a.h"]);
    assert_eq!(differences(readme, &fewer), (none, vec!["x/test_b".to_string()]));
}
